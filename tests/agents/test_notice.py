"""Processes that must say ahead of time what they do: who plans, plans them; who does not, leaves them to their own plan."""

import numpy as np
import pytest

from p2p.behaviour.plans import Mpc, PriceTakerSchedule
from tests.running import assert_closed, few, price_file, price_rows

#: a Wednesday, cheap from 16 to 22 local time; batches run from 6 to 22 and take half of what full power would
PRICES = np.tile(np.where((np.arange(24) >= 16) & (np.arange(24) < 22), 20.0, 300.0), 3)
FIRMS = {
    "clock__start": "2016-07-06", "population__households": 3, "population__commercial": 1.0, "population__process": 1.0,
    "population__pv": 0.0, "population__battery": 0.0, "devices__process__batch": 1.0,
}  # fmt: skip


def drawn(folder, mind, notice):
    """[24] by hour, kWh that processes drew; and what they missed."""
    prices = price_file(folder / "prices.csv", price_rows(PRICES, "2016-07-05T22:00"))
    changes = {"national__prices": str(prices), "devices__process__notice": [notice, notice], "population__strategies": {mind: 1.0}}
    results = few(folder / f"{mind} {notice}", **FIRMS, **changes)
    assert_closed(results)
    table = results.columns("devices")
    own = table["device"] == "process"
    return table["drawn_wh"][own].reshape(24, -1).sum(axis=1) / 1_000, table["missed_wh"][own].sum()


@pytest.mark.parametrize("mind", ["price_taker_schedule", "mpc"])
def test_a_plan_is_committed_in_time(mind, tmp_path):
    """With two hours of notice the batch of eight hours at full power takes all six cheap ones, as without a notice, and is done by 22."""
    (free, _), (bound, missed), (own, _) = (drawn(tmp_path, *case) for case in ((mind, 0.0), (mind, 2.0), ("marginal_value", 2.0)))
    batch = own.sum()
    assert bound.sum() == pytest.approx(batch, abs=0.1)
    assert missed == 0
    assert bound[16:22] == pytest.approx(np.full(6, batch / 8), abs=0.1)
    assert bound[16:22] == pytest.approx(free[16:22], abs=0.1)
    assert own[7:21] == pytest.approx(np.full(14, batch / 16), abs=0.1)  # nobody plans: even over its window
    assert bound[:6].sum() == bound[22:].sum() == 0


def test_a_plan_says_what_it_intends_as_far_as_it_goes():
    from tests.behaviour.test_plans import BY_HAND, home

    plan = PriceTakerSchedule(left_over=0.0).plan(home(BY_HAND, [100, 300, 200], net=1.0))
    for mind in (PriceTakerSchedule(), Mpc()):
        assert mind.intends(plan, 1)["store"][:, 0].tolist() == pytest.approx([-0.64, 0.0])
        assert len(mind.intends(plan, 5)["store"]) == 0
