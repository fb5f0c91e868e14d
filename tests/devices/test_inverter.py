"""Reactive power of inverters: points by hand, and laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.devices.inverter import DROOP_IEEE_1547, cos_phi_of_power, fixed_cos_phi, least_cos_phi, q_of_voltage, within_apparent

POWERS = st.floats(-20, 20)


def test_a_fixed_factor() -> None:
    """cos phi 0.9: tan(arccos 0.9) = 0.484322; 0.95: 0.328684. Underexcited draws."""
    power = np.array([-10.0, 5.0])
    assert fixed_cos_phi(power, 0.9) == pytest.approx([4.84322, 2.42161], abs=1e-5)
    assert fixed_cos_phi(power, 0.95, underexcited=False) == pytest.approx([-3.28684, -1.64342], abs=1e-5)
    assert fixed_cos_phi(power, 1.0) == pytest.approx([0, 0])


def test_the_factor_that_a_plant_must_reach() -> None:
    assert least_cos_phi(np.array([3.0, 4.6, 4.7, 30.0])).tolist() == [0.95, 0.95, 0.9, 0.9]


def test_the_standard_characteristic() -> None:
    """Up to half: none; at three quarters 0.95 of the way to 0.9: 7.5 x 0.328684; at full 10 x 0.484322; drawing: none."""
    power = np.array([0.0, -5.0, -7.5, -10.0, 8.0])
    reactive = cos_phi_of_power(power, np.full(5, 10.0), 0.9)
    assert reactive == pytest.approx([0, 0, 2.46513, 4.84322, 0], abs=1e-5)


def test_the_droop() -> None:
    """Half way from 1.03 to 1.07 half of it is drawn; at 0.93 all is given."""
    voltage = np.array([0.85, 0.93, 0.95, 0.97, 1.0, 1.03, 1.05, 1.07, 1.2])
    expected = np.array([-4, -4, -2, 0, 0, 0, 2, 4, 4.0])
    assert q_of_voltage(voltage, np.full(9, 4.0)) == pytest.approx(expected)
    assert q_of_voltage(np.array([1.05]), np.array([0.44]), DROOP_IEEE_1547) == pytest.approx([0.22])


def test_power_first_or_reactive_power_first() -> None:
    """10 kVA, 8 kW and 8 kvar wanted: what comes first stays, the other has 6."""
    power, reactive, apparent = np.array([-8.0]), np.array([8.0]), np.array([10.0])
    assert within_apparent(power, reactive, apparent) == (pytest.approx([-8]), pytest.approx([6]))
    assert within_apparent(power, reactive, apparent, power_first=False) == (pytest.approx([-6]), pytest.approx([8]))


@given(POWERS, POWERS, st.floats(0, 20), st.booleans())
def test_no_inverter_gives_more_than_its_apparent_power(power: float, reactive: float, apparent: float, first: bool) -> None:
    p, q = within_apparent(np.array([power]), np.array([reactive]), np.array([apparent]), first)
    assert np.hypot(p, q)[0] <= apparent * (1 + 1e-12)
    assert abs(p[0]) <= abs(power)
    assert abs(q[0]) <= abs(reactive)
    assert p[0] * power >= 0
    assert q[0] * reactive >= 0
    if np.hypot(power, reactive) <= apparent * (1 - 1e-9):
        assert (p[0], q[0]) == (power, pytest.approx(reactive))


@given(st.lists(st.floats(0, 1), min_size=2, max_size=20), st.floats(0.8, 1))
def test_more_power_draws_more_reactive_power(parts: list[float], least: float) -> None:
    power = -10 * np.sort(np.array(parts))
    reactive = cos_phi_of_power(power, np.full(len(parts), 10.0), least)
    assert np.all(np.diff(reactive) >= -1e-12)
    assert np.all(reactive >= 0)
    assert np.all(-power >= least * np.hypot(power, reactive) - 1e-9)


@given(st.lists(st.floats(0.8, 1.2), min_size=2, max_size=20), st.floats(0, 10))
def test_a_higher_voltage_draws_more_and_each_side_of_the_band_has_one_sign(voltages: list[float], most: float) -> None:
    voltage = np.sort(np.array(voltages))
    reactive = q_of_voltage(voltage, np.full(len(voltage), most))
    assert np.all(np.diff(reactive) >= -1e-12)
    assert np.all(np.abs(reactive) <= most)
    assert np.all(reactive[voltage <= 1.03] <= 0)
    assert np.all(reactive[voltage >= 0.97] >= 0)
