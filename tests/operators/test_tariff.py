"""Network prices that are published ahead, worked by hand on a line.

A line of resistance r alone, in p.u., from a source at 1: where P p.u. are drawn at its end, V² - V + r P = 0 there.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.base.errors import InputError, LawBroken
from p2p.grid.distances import from_source
from p2p.operators.dso import DSO_REGIMES, Ahead, Bounds, Curtail, MeasureOnly, NetworkTariff, Notice, publishes
from tests.operators.test_dso import BAND, R, feeder, offers, usage

FEE, LOCAL = 100_000, 40_000


def ahead(grid, bus, expected, time=None, bounds=Bounds(0.95, 1.05)):  # noqa: B008
    """A day; expected: of each interval, of each home [kW]."""
    expected = np.array(expected, float)
    count = len(expected)
    time = np.arange(count) if time is None else np.array(time, float)
    flat = np.ones(count, np.int64)
    return Ahead(grid, bounds, 0, 1.0, time, np.array(bus, np.int32), expected, 0 * expected, FEE * flat, LOCAL * flat)


def factors(notice):
    """What the fees were multiplied with, the same of both."""
    assert notice.own is None
    assert notice.per_kw == 0
    assert (notice.local_network / LOCAL).tolist() == pytest.approx((notice.network / FEE).tolist(), abs=2e-5)
    return notice.network / FEE


def test_flat_is_the_rulebook():
    day = ahead(feeder(R), [1], [[1.0]] * 3)
    notice = NetworkTariff().publish(day)
    assert factors(notice).tolist() == [1, 1, 1]


def test_windows_of_the_day():
    """17 to 21 h is dear, 0 to 6 h cheap, by the local clock: an hour belongs to a window from its start to before its end."""
    clock = [0.0, 5.75, 6.0, 16.75, 17.0, 20.75, 21.0, 23.75]
    day = ahead(feeder(R), [1], [[1.0]] * 8, clock)
    assert factors(NetworkTariff("time_of_use").publish(day)).tolist() == [0.4, 0.4, 1, 1, 1.5, 1.5, 1, 1]
    over_midnight = NetworkTariff("time_of_use", high_hours=(21.0, 5.0), high=2.0)
    assert factors(over_midnight.publish(day)).tolist() == [2, 0.4, 1, 1, 1, 1, 2, 2]
    never = NetworkTariff("time_of_use", high_hours=(17.0, 17.0), low_hours=(3.0, 3.0))
    assert factors(never.publish(day)).tolist() == [1] * 8


def test_windows_that_bring_in_what_a_flat_fee_does():
    """1 kW at night at 0.4 and 3 kW in the evening at 1.5 pay 4.9 where 4 is due: all times 4 / 4.9. Who feeds in pays nothing."""
    day = ahead(feeder(R), [1, 1], [[1.0, -9.0], [3.0, 0.0]], [3.0, 18.0])
    found = factors(NetworkTariff("time_of_use", neutral=True).publish(day))
    assert found.tolist() == pytest.approx([0.4 * 4 / 4.9, 1.5 * 4 / 4.9], abs=1e-5)


@given(
    drawn=st.lists(st.floats(-20, 20), min_size=24, max_size=24),
    high=st.floats(1, 10),
    low=st.floats(0.1, 1),
    windows=st.tuples(*[st.floats(0, 24)] * 4),
)
def test_a_neutral_tariff_brings_in_what_the_flat_one_does(drawn, high, low, windows):
    day = ahead(feeder(R), [1], [[power] for power in drawn])
    notice = NetworkTariff("time_of_use", windows[:2], windows[2:], high, low, neutral=True).publish(day)
    draws = np.maximum(drawn, 0)
    assert draws @ notice.network == pytest.approx(draws.sum() * FEE, rel=1e-5, abs=24 * 20)


def test_nothing_to_scale_by():
    """Nobody draws, or all at a factor of nothing: the factors stay."""
    low = NetworkTariff("time_of_use", low=0.0, neutral=True)
    for expected in ([[-1.0], [0.0]], [[1.0], [0.0]]):
        assert factors(low.publish(ahead(feeder(R), [1], expected, [1.0, 12.0]))).tolist() == [0, 1]
    assert factors(low.publish(ahead(feeder(R), [1], [[1.0], [1e-6]], [1.0, 12.0]))).tolist() == [0, 10]


def test_a_capacity_price_and_a_quarter_of_the_energy_fee():
    notice = NetworkTariff("capacity", energy_part=0.25, per_kw=0.2).publish(ahead(feeder(R), [1], [[1.0]] * 2))
    assert (notice.network.tolist(), notice.local_network.tolist(), notice.per_kw) == ([25_000] * 2, [10_000] * 2, 200_000)


def test_the_local_fee_by_the_way_to_the_source():
    """Ways of 1, 4 and 7 R, 4 in the mean: a quarter, once and 7 quarters of the way; half of the fee of 40 goes by it."""
    grid = feeder(R, 3 * R, 3 * R)
    assert from_source(grid, "ohm").tolist() == pytest.approx([0, R, 4 * R, 7 * R])
    day = ahead(grid, [1, 2, 3], [[1.0] * 3] * 2)
    notice = NetworkTariff("distance").publish(day)
    assert notice.network.tolist() == [FEE] * 2
    assert notice.local_network.tolist() == [LOCAL] * 2
    assert notice.own.tolist() == [[-15_000, 0, 15_000]] * 2
    by_branches = NetworkTariff("distance", along="km", distance_part=1.0).publish(day)  # lines without lengths count as 1 km
    assert by_branches.own.tolist() == [[-20_000, 0, 20_000]] * 2


def test_who_lives_at_the_source_alone_pays_the_mean():
    assert NetworkTariff("distance").publish(ahead(feeder(R), [0, 0], [[1.0, 1.0]])).own.tolist() == [[0, 0]]


@given(part=st.floats(0, 1), bus=st.lists(st.integers(0, 4), min_size=1, max_size=9))
def test_local_fees_by_distance_are_not_negative_and_keep_their_mean(part, bus):
    own = NetworkTariff("distance", distance_part=part).publish(ahead(feeder(R, R, R, R), bus, [[0.0] * len(bus)])).own
    assert own.min() >= -LOCAL
    assert abs(own.sum()) <= len(bus)
    assert np.array_equal(np.argsort(own[0], kind="stable"), np.argsort(bus, kind="stable")) or part < 1e-3 or not own.any()


def test_a_branch_that_will_be_loaded():
    """Of 100 kVA, 70 kW are the threshold, 85 half way, 100 the bound; where they are fed in, the price falls instead."""
    drawn = [0.0, 70.0, 85.0, 100.0, 130.0, -70.0, -85.0, -100.0, -200.0]
    day = ahead(feeder(1e-9, rating=100.0), [1, 1], [[power + 5, -5.0] for power in drawn])
    found = factors(NetworkTariff("dynamic", most=3.0, least=0.2).publish(day))
    assert found.tolist() == pytest.approx([1, 1, 2, 3, 3, 1, 0.6, 0.2, 0.2], abs=1e-5)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_voltage_that_will_leave_its_band(sign):
    """V = 1 -+ 0.04 is 0.8 of the band's half: of the way from 0.7 to 1 a third. r P = V - V² there."""
    voltage = 1 - sign * 0.04
    kw = 100 * (voltage - voltage**2) / R
    assert np.sign(kw) == sign
    found = factors(NetworkTariff("dynamic").publish(ahead(feeder(R), [1], [[kw], [kw / 4]])))
    assert found.tolist() == pytest.approx([4 / 3 if sign > 0 else 2 / 3, 1], abs=1e-5)


def test_prognoses_that_no_grid_could_carry():
    """2000 kW drawn have no solution, since r P = 1 is over 1/4: the highest price. Fed in they lift V to 1.6: the lowest."""
    found = factors(NetworkTariff("dynamic").publish(ahead(feeder(R), [1], [[2000.0], [-2000.0]])))
    assert found.tolist() == [2, 0]


def test_who_publishes():
    assert {name for name, regime in DSO_REGIMES.items() if publishes(regime())} == {"tariff"}


@pytest.mark.parametrize(("last", "other"), [(True, Curtail()), (False, MeasureOnly())])
def test_what_prices_do_not_do_the_last_resort_does(last, other):
    grid, drawn, offered = feeder(R), usage((1, -140.0)), offers((0, 1, 140.0, 80))
    found, same = (rule(grid, drawn, BAND, lambda: offered) for rule in (NetworkTariff(last_resort=last), other))
    assert found.held == same.held == last
    assert np.array_equal(found.flow.voltage, same.flow.voltage)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"kind": "cheap"}, "kind: 'cheap'; allowed: flat, time_of_use, capacity, distance, dynamic"),
        ({"along": "air"}, "along: 'air'; allowed: ohm, km"),
        ({"high_hours": (17.0, 25.0)}, "high_hours: 25.0; 0 to 24"),
        ({"low_hours": (-1.0, 5.0)}, "low_hours: -1.0; 0 to 24"),
        ({"high": 0.9}, "high: 0.9; 1 to 10"),
        ({"most": 11.0}, "most: 11.0; 1 to 10"),
        ({"low": 1.1}, "low: 1.1; 0 to 1"),
        ({"least": -0.1}, "least: -0.1; 0 to 1"),
        ({"energy_part": 2.0}, "energy_part: 2.0; 0 to 1"),
        ({"distance_part": 1.5}, "distance_part: 1.5; 0 to 1"),
        ({"per_kw": -1.0}, "per_kw: -1.0; 0 to 1000"),
        ({"threshold": 1.0}, "threshold: 1.0; 0 to 0.99"),
    ],
)
def test_levels_out_of_range(wrong, says):
    with pytest.raises(InputError, match=says):
        NetworkTariff(**wrong)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"network": np.zeros(2)}, "network of the network prices published is no int64 array of shape"),
        ({"local_network": np.zeros(3, np.int64)}, "local_network .* of shape"),
        ({"own": np.zeros((2, 2), np.int64)}, "own .* of shape"),
        ({"network": np.array([0, 300_000_000])}, "network .* passes 250,000,000"),
    ],
)
def test_prices_that_nobody_could_order_by(wrong, says):
    good = {"network": np.zeros(2, np.int64), "local_network": np.zeros(2, np.int64), "own": np.zeros((2, 3), np.int64)}
    Notice(**good).check(2, 3)
    with pytest.raises(LawBroken, match=says):
        Notice(**good | wrong).check(2, 3)
