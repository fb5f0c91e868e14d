"""What devices do that nobody steers."""

import numpy as np
import pytest

from p2p.base.errors import ScenarioInvalid
from p2p.build.build import build
from p2p.devices import FLEXIBLE
from p2p.devices.flexible import ev
from p2p.model import ExchangeModel
from p2p.scenario import Scenario

HABITUAL = [name for name, kind in FLEXIBLE.items() if kind.habitual]
SHARES = {"ev": 1.0, "heat_pump": 0.4, "boiler": 0.4, "night_storage": 0.2, "appliance": 0.5, "battery": 0.3}


def model_of(fixed):
    strategies = {"price_taker_schedule": 0.5, "marginal_value": 0.5}
    population = {"households": 12, "strategies": strategies, "fixed": fixed} | SHARES
    return ExchangeModel(build(Scenario.of({"clock": {"start": "2016-01-11", "days": 1}, "population": population})))


def test_an_ev_charges_until_what_was_wished():
    """By hand: 9 kWh short of 40, 0.9 efficient: 40 kW for a quarter of an hour, of which the charger gives 11; then 1 kW; then none."""
    three = np.ones(3)
    car = ev.Ev(
        np.arange(3, dtype=np.int32), 11 * three, 1.38 * three, 60 * three, 0.9 * three, 0 * three, 0.9 * three, 0.9 * three,
        0.3 * three, 40 * three, 0 * three, three, three, np.zeros((3, 0, 3)),
    )  # fmt: skip
    state = ev.State(np.array([31.0, 39.775, 50.0]), np.array([10.0, 10.0, 10.0]), np.zeros(3))
    assert ev.habit(car, state, (np.zeros(3), 11 * three), 0.25) == pytest.approx([11.0, 1.0, 0.0])


@pytest.mark.parametrize("name", HABITUAL)
def test_by_habit_nothing_is_left_to_steer(name):
    """Its lowest power is its highest, none of its steps has a width, and what it does is legal, all day long."""
    model = model_of([name])
    rows = model.setup.fleet.rows[name]
    assert rows.stop > rows.start
    drawn = 0.0
    while model.running:
        can = model.situation().can
        assert np.array_equal(can.low[rows], can.high[rows])
        assert not can.width[:, rows].any()
        assert can.width.any()
        drawn += can.low[rows].sum()
        model.step()
    assert drawn > 0


def test_others_are_steered_as_before():
    """In the first interval, before anything has come of it, all other devices can do the same and find it worth the same."""
    steered, fixed = (model_of(names).situation().can for names in ([], ["ev"]))
    rows = model_of([]).setup.fleet.rows
    for name in set(rows) - {"ev"}:
        for column in ("low", "high"):
            assert np.array_equal(getattr(steered, column)[rows[name]], getattr(fixed, column)[rows[name]])


def test_what_has_no_habit_is_refused():
    with pytest.raises(ScenarioInvalid, match="'battery' has no habit"):
        Scenario.of({"population": {"fixed": ["battery"]}})
