"""Runs in which somebody sells a kWh a second time: it is refused, and counted (K27)."""

from dataclasses import replace

import numpy as np
import pytest

import p2p
from p2p.agents import phases
from p2p.base.units import WH_PER_KWH
from p2p.behaviour.marginal_value import quote
from p2p.behaviour.needs import needs
from p2p.build.build import build
from p2p.kpis import KPIS
from p2p.model import ExchangeModel
from p2p.results import Results
from p2p.running import simulate
from tests.running import FEW, ONE_DAY, assert_closed, few


class Twice:
    """Every offer is made twice, word for word."""

    def __call__(self, known):
        once = quote(known, needs(known))
        again = once.take(~once.bids)
        return type(once).concat([once.replace(arrival=2 * once.arrival), again.replace(arrival=2 * again.arrival + 1)])


def simulated(folder, strategies=None, **changes):
    setup = build(p2p.Scenario.of({}, FEW | changes))
    folder.mkdir()
    simulate(setup if strategies is None else replace(setup, strategies=strategies), folder)
    return Results(folder)


def kpi(results):
    return KPIS["sold_twice"].of(results)


def test_today_nobody_sells_twice(tmp_path):
    results = few(tmp_path / "run", population__aggregators=[{"name": "a", "share": 0.5, "strategy": "truthful", "up_kw": 0.5}])
    assert results.total("offered_wh") > 0
    assert not results.intervals["refused_wh"].any()
    assert kpi(results) == 0.0


@pytest.mark.parametrize("mechanism", ["uniform", "blocks"])
def test_a_second_sale_is_refused_and_counted(mechanism, tmp_path):
    """Whoever offers all it has twice is refused half of what it asks for, but for half a Wh an order."""
    results = simulated(tmp_path / "run", (Twice(),), **{"market.mechanism": mechanism})
    assert_closed(results)
    assert results.total("traded_wh") > 0
    if mechanism == "uniform":
        assert kpi(results) == pytest.approx(50.0, abs=0.1)
    else:  # plans of stores are offers, too, where a day is cleared as a whole
        assert 10.0 < kpi(results) < 50.0


def test_the_grid_operator_does_not_pay_for_what_is_sold(tmp_path, monkeypatch):
    """Were trades left to stand whose energy is held back, both would pay for it: the compensation is refused, and counted."""
    changes = {"grid.voltage_band": [0.99, 1.0265], "results.reference": False}
    right = p2p.run(ONE_DAY.changed(changes), tmp_path / "right")
    assert right.total("withdrawn_wh") > 0
    assert kpi(right) == 0.0
    monkeypatch.setattr(phases, "withdraw", lambda orders, cleared, trades, lost: cleared)
    wrong = p2p.run(ONE_DAY.changed(changes), tmp_path / "wrong")
    assert_closed(wrong)
    assert wrong.total("withdrawn_wh") == 0
    assert kpi(wrong) > 0.0
    owed = wrong.frame("postings").query("reason == 'compensation'").amount_neur.sum()
    price = wrong.intervals["feed_in_eur_per_mwh"] * 1_000
    paid_for = wrong.intervals["held_back_wh"] - wrong.intervals["refused_wh"]
    assert abs(-owed - float((paid_for * price).sum())) <= 1e-9 * abs(owed)
    assert right.frame("postings").query("reason == 'compensation'").amount_neur.sum() < 0


@pytest.mark.parametrize("mind", sorted(p2p.STRATEGIES))
def test_every_strategy_sells_what_it_has(mind):
    """Whatever devices a home has and whatever it bids by, its offers are at most what it expects to feed in at its lowest power."""
    devices = {f"population.{kind}": 0.5 for kind in ("battery", "ev", "heat_pump", "chp", "boiler", "wind")}
    model = ExchangeModel(build(p2p.Scenario.of({}, FEW | devices | {"population.strategies": {mind: 1.0}})))
    offered = 0
    for _ in range(96):
        known = model.situation().known
        orders = phases.quote(model.cohorts, known)
        offers = orders.take(~orders.bids)
        sold, count = np.bincount(offers.agent, offers.energy, 12), np.bincount(offers.agent, minlength=12)
        assert np.all(sold <= np.maximum(-known.floor, 0.0) * known.hours * WH_PER_KWH + count / 2 + 1e-6)
        offered += sold.sum()
        model.step()
    assert offered > 0
