"""Generators: fuel and shortest runs by hand."""

import numpy as np
import pytest

from p2p.base.errors import InputError
from p2p.devices.flexible import generator
from p2p.devices.flexible.generator import CO2, LITRE, Generator, Sizes, State
from tests.devices.days import PRICES, make_homes, owners


def one(*values):
    return np.array(values, np.float64)


def engine(**changes):
    plain = {
        "rating": 50.0, "minimum": 15.0, "stay": 1.0, "idle": 1.66 / 50 * LITRE, "slope": 6.82 / 25 * LITRE, "begin": 1_000_000.0,
    }  # fmt: skip
    return Generator(np.zeros(1, np.int32), *(one(value) for value in (plain | changes).values()))


def state(run=0.0):
    return State(one(run), one(0.0), np.zeros(1, np.int32))


def test_fuel_by_hand():
    """The example of HOMER's manual: 50 kW burns 8.48 l/h at 25 kW and 15.3 l/h at 50 kW, so efficiency falls with the load."""
    for power, litres in ((25.0, 8.48), (50.0, 15.3)):
        after = generator.step(engine(), state(), one(-power), 1.0)
        assert after.fuel / LITRE == pytest.approx(litres)
        assert after.run == 1.0
        assert after.starts == 1
    assert generator.step(engine(), state(), one(0.0), 1.0).fuel == 0.0


def test_carbon_by_hand():
    """74.1 t/TJ x 3.6 GJ/MWh = 266.76 kg/MWh of lower heating value, times 0.95."""
    assert pytest.approx(0.0741 * 3.6 * 0.95, abs=1e-4) == CO2


def test_shortest_run_by_hand():
    """One hour, 15 kW: after half an hour it may not stop; after 0.9 h it makes 15 kW for 0.1 h of a quarter: 6 kW; then it may."""
    for run, high in ((0.0, 0.0), (0.5, -15.0), (0.9, -6.0), (1.0, 0.0), (3.0, 0.0)):
        low, highest = generator.span(engine(), state(run), 0.25)
        assert low == -50.0
        assert highest == pytest.approx(high)
    stopped = generator.step(engine(), state(0.9), one(-6.0), 0.25)
    assert stopped.run == 0.0
    assert stopped.fuel == pytest.approx(LITRE * (0.1 * 1.66 + 1.5 * 6.82 / 25))
    assert stopped.starts == 0


def test_a_mean_below_the_minimum_is_a_part_of_the_interval():
    """5 kW for an hour is 15 kW for 20 minutes: at the end of it, if it starts; at the beginning, if it stops."""
    started = generator.step(engine(), state(), one(-5.0), 1.0)
    assert started.run == pytest.approx(1 / 3)
    assert started.starts == 1
    stopped = generator.step(engine(), state(4.0), one(-5.0), 1.0)
    assert stopped.run == 0.0
    assert started.fuel == pytest.approx(stopped.fuel)
    assert started.fuel == pytest.approx(LITRE * (1.66 / 3 + 5 * 6.82 / 25))


def test_what_it_holds():
    """None or 15 kW and more, whichever is nearer; and not less than it must."""
    for power, held in ((-7.0, 0.0), (-8.0, -15.0), (-30.0, -30.0), (0.0, 0.0)):
        assert generator.hold(engine(), state(), one(power), 0.25) == held
    assert generator.hold(engine(), state(0.9), one(-10.0), 0.25) == pytest.approx(-6.0)
    assert generator.hold(engine(), state(0.9), one(-11.0), 0.25) == -15.0


def test_worth_by_hand():
    """Full load burns 15.3 l/h x 10.5 kWh/l / 50 kW = 3.213 kWh a kWh, at 0.12 EUR 0.38556 EUR; a start of 1 EUR over 50 kWh is 0.02.

    While it must run, only the slope counts: 6.82 / 25 x 10.5 x 0.12 = 0.343728 EUR.
    """
    for run, worth in ((0.0, 405_560.0), (5.0, 385_560.0), (0.5, 343_728.0)):
        met = state(run)
        span = generator.span(engine(), met, 0.25)
        steps = generator.worth(engine(), met, generator.Today(), 0, span, PRICES, 0.25)
        assert steps.worth == pytest.approx(worth)
        assert steps.width[0] == pytest.approx(span[1] - span[0])


def test_two_half_steps_are_one_step():
    once = generator.step(engine(), state(), one(-30.0), 1.0)
    half = generator.step(engine(), state(), one(-30.0), 0.5)
    whole = generator.step(engine(), half, one(-30.0), 0.5)
    assert whole.run == once.run
    assert half.fuel + whole.fuel == pytest.approx(once.fuel)
    assert half.starts + whole.starts == once.starts


def test_sizes():
    made = Sizes()(make_homes(20), owners(20))
    assert np.all((made.rating >= 5) & (made.rating <= 10))
    sheet = generator.specification(made)
    assert np.all(sheet.bidirectional)
    with pytest.raises(InputError) as error:
        Sizes((0.0, 1.0), 0.0, float("nan"), -1.0)
    assert {fault.where for fault in error.value.faults} == {"share", "minimum", "stay", "begin"}
