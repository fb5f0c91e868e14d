"""Every device keeps the law of devices: any power in its span leads to a legal state, and its energy closes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.devices import DEVICES, Battery, Load, Pv, Wind, battery, load, pv, wind

unit = st.floats(0, 1)
hours = st.sampled_from([1 / 12, 0.25, 0.5, 1.0])


def column(*values):
    return np.array(values, np.float64)


OWNER = np.zeros(1, np.int32)


@given(soc=unit, at=unit, hours=hours, rating=st.floats(0.5, 20), capacity=st.floats(0.5, 50), efficiency=st.floats(0.5, 1))
def test_battery(soc, at, hours, rating, capacity, efficiency):
    cell = Battery(OWNER, column(rating), column(capacity), column(efficiency))
    before = column(soc * capacity)
    low, high = battery.span(cell, before, hours)
    assert low <= 0 <= high
    assert max(-low, high) <= rating
    power = low + at * (high - low)
    after = battery.step(cell, before, power, hours)
    assert np.all((after >= 0) & (after <= capacity))
    stored = power * hours * (efficiency if power > 0 else 1 / efficiency)
    assert after - before == pytest.approx(stored, abs=1e-9 * capacity)


@given(wanted=st.floats(0, 50), at=unit, hours=hours)
def test_load(wanted, at, hours):
    home = Load(OWNER, OWNER, column(1.0), column(0.0))
    low, high = load.span(home, column(wanted), hours)
    power = low + at * (high - low)
    unserved = load.step(home, column(wanted), power, hours)
    assert 0 <= unserved <= wanted * hours * (1 + 1e-12)
    assert unserved + power * hours == pytest.approx(wanted * hours)


@given(available=st.floats(0, 50), at=unit, hours=hours)
def test_pv(available, at, hours):
    roof = Pv(OWNER, OWNER, column(1.0))
    low, high = pv.span(roof, column(available), hours)
    power = low + at * (high - low)
    spilled = pv.step(roof, column(available), power, hours)
    assert -1e-12 <= spilled <= available * hours * (1 + 1e-12)
    assert spilled - power * hours == pytest.approx(available * hours)


def test_every_device_that_only_comes_has_its_law():
    """Those that are steered are held to theirs in `test_all_devices`."""
    tested = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert {name for name, kind in DEVICES.items() if not kind.flexible} <= tested


@given(available=st.floats(0, 50), at=unit, hours=hours)
def test_wind(available, at, hours):
    mill = Wind(OWNER, OWNER, column(1.0))
    low, high = wind.span(mill, column(available), hours)
    power = low + at * (high - low)
    spilled = wind.step(mill, column(available), power, hours)
    assert -1e-12 <= spilled <= available * hours * (1 + 1e-12)
    assert spilled - power * hours == pytest.approx(available * hours)


def test_battery_by_hand():
    """Capacity 1000, charging 0.9, discharging 0.9 of an hour at 100: 500 + 90 = 590, and 500 - 111.1 = 388.9.

    The charging figure is assume-framework/assume's tests/test_storage.py (1000 MWh, 0.9, 100 MW for 1 h: 0.59); the
    other is worked by hand, 100 / 0.9. A request beyond the span is cut: at 50 left, 45 can be given.
    """
    cell = Battery(OWNER, column(100.0), column(1000.0), column(0.9))
    assert battery.step(cell, column(500.0), column(100.0), 1.0) == pytest.approx(590.0)
    assert battery.step(cell, column(500.0), column(-100.0), 1.0) == pytest.approx(500 - 100 / 0.9)
    low, high = battery.span(cell, column(50.0), 1.0)
    assert low == pytest.approx(-45.0)
    assert high == pytest.approx(100.0)


def test_two_half_steps_are_one_step():
    """Losses don't hang on the length of the interval (the trap of CityLearn issue 163)."""
    cell = Battery(OWNER, column(5.0), column(10.0), column(0.9))
    once = battery.step(cell, column(2.0), column(3.0), 1.0)
    twice = battery.step(cell, battery.step(cell, column(2.0), column(3.0), 0.5), column(3.0), 0.5)
    assert once == pytest.approx(twice)
