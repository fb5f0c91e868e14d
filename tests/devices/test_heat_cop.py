"""Coefficients of performance: the published regression, and how near it is to fits of test-bench data."""

import numpy as np
import pytest

from p2p.devices.heat.cop import FLOOR, RADIATOR, coefficient, curve, flow_temperature

HPLIB = [
    # ground, source, flow, coefficient of hplib 1.9's generic models (regulated air and brine, brine on-off), fitted to Keymark data
    (False, -7, 35, 2.902), (False, 2, 35, 4.289), (False, 7, 35, 5.059),
    (True, -7, 35, 3.983), (True, 2, 35, 4.870), (True, 7, 35, 5.362), (True, 0, 35, 4.640), (True, 0, 35, 4.353), (True, 0, 35, 4.194),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ground", "lift", "value"),
    [
        (False, -5, 6.5425), (False, 20, 4.48), (False, 30, 3.83), (False, 35, 3.5425), (False, 40, 3.28), (False, 50, 2.83),
        (True, 20, 6.57), (True, 30, 5.07), (True, 40, 3.81), (True, 50, 2.79),
    ],
)  # fmt: skip
def test_the_regression_is_that_of_the_paper(ground, lift, value):
    """Ruhnau, Hirth and Praktiknjo 2019: 6.08 - 0.09 x + 0.0005 x2 for air, 10.29 - 0.21 x + 0.0012 x2 for ground."""
    assert curve(np.array([float(lift)]), ground) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(("ground", "source", "flow", "value"), HPLIB)
def test_it_is_within_a_quarter_of_keymark_fits_at_35_degrees(ground, source, flow, value):
    ours = curve(np.array([float(flow - source)]), ground)
    assert ours == pytest.approx(value, rel=0.25)


@pytest.mark.parametrize("ground", [False, True])
@pytest.mark.parametrize("source", [-7.0, 0.0, 7.0])
def test_warmer_water_costs_more(ground, source):
    assert curve(np.array([35.0 - source]), ground) > curve(np.array([55.0 - source]), ground)


def test_the_flow_follows_the_heating_curve():
    """At -10 degC a radiator wants 40 + 10 = 50 degC, a floor 30 + 5 = 35 degC."""
    at_zero, fall = np.array([RADIATOR, FLOOR]).T
    assert flow_temperature(-10.0, at_zero, fall) == pytest.approx([50.0, 35.0])


def test_in_operation_by_hand():
    """Air at 0 degC, radiators at 40 degC: 3.28 on the bench, 0.85 of it is 2.788. Ground of 5 degC, floor of 30: lift 25, 5.79.

    At 25 degC outside the floor's 17.5 degC would be a lift of -7.5 K: it counts as 15 K, 6.08 - 1.35 + 0.1125 = 4.8425. And a lift
    of 100 K gives 6.08 - 9 + 5 = 2.08; a quality of 0.3 would leave less than the heat of the power itself.
    """
    air = coefficient(0.0, np.array([5.0]), np.array([False]), np.array([40.0]), np.array([1.0]), np.array([0.85]))
    assert air == pytest.approx(2.788)
    brine = coefficient(0.0, np.array([5.0]), np.array([True]), np.array([30.0]), np.array([0.5]), np.array([1.0]))
    assert brine == pytest.approx(10.29 - 0.21 * 25 + 0.0012 * 625)
    warm = coefficient(25.0, np.array([5.0]), np.array([False]), np.array([30.0]), np.array([0.5]), np.array([1.0]))
    assert warm == pytest.approx(4.8425)
    least = coefficient(0.0, np.array([5.0]), np.array([False]), np.array([100.0]), np.array([0.0]), np.array([0.3]))
    assert least == pytest.approx(1.0)
