"""Hosting capacity: worked by hand on a line, laws on drawn grids, and the default feeder.

A line of resistance r alone, in p.u. on 100 kVA, carries P p.u. at unity power factor from a source at 1: the far voltage solves
V² - V - r P = 0 when P is fed in there, and V² - V + r P = 0 when it is drawn.
"""

from dataclasses import replace
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.base.errors import InputError
from p2p.build.build import build
from p2p.grid import Branches, power_flow
from p2p.operators.dso import Bounds
from p2p.operators.dso.positions import holds
from p2p.scenario import Scenario
from p2p.studies.hosting import CopperPrices, annuity_factor, flexible, passive
from p2p.studies.hosting.case import Case, Placements, hosted, keeps, limits
from p2p.studies.hosting.flexible import Trial
from p2p.studies.hosting.passive import capacity, drawn
from p2p.studies.hosting.quantile import ranks, reached
from p2p.studies.hosting.reinforcement import Built, reinforced
from p2p.studies.hosting.situations import drawn_anyway, loads_alone, situations
from tests.grid.grids import drawn_grids, grid_of

BAND = Bounds(0.95, 1.05)
ONE = CopperPrices(interest=0.0, years=10.0)
SMALL = Scenario.of({"clock": {"interval_minutes": 60}, "population": {"households": 8}})


def line(*resistance, rating=0.0, km=0.1, kind="line"):
    """Buses in a row behind a source of 1 p.u., base 100 kVA."""
    count = len(resistance)
    rows = np.arange(count, dtype=np.int32)
    ohms, names = np.array(resistance), np.array([f"line {row + 1}" for row in rows])
    lines = Branches.lines(names, rows, rows + 1, ohms, 0 * ohms, np.full(count, float(rating)), np.full(count, km))
    lines = lines.replace(kind=np.full(count, kind))
    names = ["source", *(f"bus {row + 1}" for row in rows)]
    return grid_of("feeder", names, 0.4, np.zeros(count + 1), np.zeros(count + 1), lines, base_kva=100.0)


def case_of(grid, homes, sign, anyway=0.0, bounds=BAND):
    """One situation with homes at given buses, each device at full power."""
    p = np.zeros((1, len(grid.buses)))
    p[0, -1] = anyway
    return Case(grid, bounds, np.array(homes, np.int32), p, 0 * p, np.array([[sign]]), np.zeros((1, 1)))


def alike(case, kw, placements=3):
    """Placements of devices of one size, each in its own order."""
    homes = len(case.bus)
    turn = np.stack([np.random.default_rng(row).permutation(homes) for row in range(placements)])
    return Placements(turn, np.full(turn.shape, float(kw)), np.zeros(turn.shape, np.int64))


@pytest.mark.parametrize(
    ("sign", "rating", "count", "name"),
    [
        (-1.0, 0.0, 10, "voltage at bus 1"),  # r P = 1.05² - 1.05 = 0.0525, so 105 kW are fed in
        (1.0, 0.0, 9, "voltage at bus 1"),  # r P = 0.95 - 0.95² = 0.0475, so 95 kW are drawn
        (-1.0, 75.0, 7, "loading of line 1"),  # 75 kVA at 1 p.u.; at the far voltage of 1.037 the end carries no more current than that
    ],
)
def test_devices_of_ten_kw_on_one_line(sign, rating, count, name):
    case = case_of(line(0.05, rating=rating), [1] * 20, sign)
    found = capacity(case, "pv", alike(case, 10.0), 0.05, 0.95)
    assert found.counts.tolist() == [count] * 3
    assert (found.share.value, found.power.value) == (5.0 * count, 10.0 * count)
    assert found.limits == {name: 1.0}


def test_load_makes_room_for_generation():
    """At 105 kW net; 30 kW are drawn anyway, so 135 are fed in: 13 devices."""
    case = case_of(line(0.05), [1] * 20, -1.0, anyway=30.0)
    assert hosted(case, alike(case, 10.0)).tolist() == [13] * 3


def test_a_grid_that_breaks_by_itself_hosts_nothing():
    """100 kW are drawn, where 95 may be."""
    case = case_of(line(0.05), [1] * 20, -1.0, anyway=100.0)
    placed = alike(case, 10.0)
    assert hosted(case, placed).tolist() == [0] * 3
    assert limits(case, placed, np.zeros(3, np.int64)) == {"voltage at bus 1": 1.0}


def test_a_grid_that_carries_all():
    case = case_of(line(0.05), [1] * 4, -1.0)
    found = capacity(case, "pv", alike(case, 10.0), 0.05, 0.95)
    assert (found.share.value, found.limits) == (100.0, {"nothing": 1.0})


@st.composite
def drawn_cases(draw):
    """Homes, loads and devices on a drawn grid, in three situations, and placements on it."""
    grid = draw(drawn_grids())
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    homes, buses = draw(st.integers(1, 12)), len(grid.buses)
    sign = draw(st.sampled_from((-1.0, 1.0)))
    p = random.uniform(0, 1, (3, buses))
    bounds = Bounds(0.93, 1.09)
    size = draw(st.sampled_from((30.0, 100.0, 300.0)))
    case = Case(
        grid,
        bounds,
        random.integers(0, buses, homes).astype(np.int32),
        p,
        0.3 * p,
        sign * random.random((3, 2)),
        0.2 * random.random((3, 2)),
    )
    turn = np.stack([random.permutation(homes) for _ in range(4)])
    return case, Placements(turn, size * random.random(turn.shape), random.integers(0, 2, turn.shape))


@given(drawn=drawn_cases())
def test_what_is_hosted_holds_and_one_more_does_not(drawn):
    """By single power flows, homes added up one by one."""
    case, placed = drawn
    for row, count in enumerate(hosted(case, placed)):
        if not with_devices(case, placed, row, 0):
            assert count == 0
            continue
        assert with_devices(case, placed, row, count)
        assert count == len(case.bus) or not with_devices(case, placed, row, count + 1)


def with_devices(case, placed, row, count):
    """Whether all situations hold with so many devices of a placement."""
    held = True
    for now in range(len(case.p)):
        p, q = case.p[now].copy(), case.q[now].copy()
        for home in np.flatnonzero(placed.turn[row] < count):
            size, column = placed.size[row, home], placed.column[row, home]
            p[case.bus[home]] += size * case.power[now, column]
            q[case.bus[home]] += size * case.reactive[now, column]
        held &= holds(power_flow(case.grid, p, q), case.bounds)
    return held


@given(drawn=drawn_cases())
def test_a_wider_band_and_larger_ratings_never_host_less(drawn):
    """Without reactive power of devices, which would let some put voltages right that others had put wrong."""
    case, placed = replace(drawn[0], reactive=0 * drawn[0].reactive), drawn[1]
    counts = hosted(case, placed)
    wider = replace(case, bounds=Bounds(0.9, 1.12))
    assert np.all(hosted(wider, placed) >= counts)
    assert np.all(hosted(case.on(case.grid.with_ratings_scaled(1.5)), placed) >= counts)


def test_ranks_of_a_median():
    """W. J. Conover, "Practical Nonparametric Statistics": of 10 values the 2nd and the 9th, of 20 the 6th and the 15th."""
    assert ranks(10, 0.5, 0.95) == (2, 9)
    assert ranks(20, 0.5, 0.95) == (6, 15)


def test_too_few_runs_have_no_lower_end():
    """0.95^72 = 0.0249 is the first below 0.025."""
    assert ranks(71, 0.05, 0.95)[0] == 0
    assert ranks(72, 0.05, 0.95)[0] == 1
    assert reached(np.arange(20.0), 0.05, 0.95, (-7.0, 99.0)).low == -7.0


def test_the_value_that_95_of_100_reach():
    assert reached(np.arange(1.0, 101.0)[::-1], 0.05, 0.95, (0.0, 200.0)).value == 6.0


@given(st.integers(1, 300), st.floats(0.01, 0.9), st.sampled_from((0.8, 0.95, 0.99)))
def test_the_interval_holds_the_truth_often_enough(runs, alpha, confidence):
    """The exact chance that the quantile of a continuous distribution lies between the ranks, term by term."""
    lower, upper = ranks(runs, alpha, confidence)
    chance = sum(comb(runs, below) * alpha**below * (1 - alpha) ** (runs - below) for below in range(lower, upper))
    assert 0 <= lower < upper <= runs + 1
    assert chance >= confidence - 1e-9


def test_more_placements_narrow_the_interval():
    widths = [np.diff(ranks(runs, 0.05, 0.95))[0] / runs for runs in (100, 1_000, 10_000)]
    assert widths[0] > 2 * widths[1] > 4 * widths[2]


def test_an_annuity_by_hand():
    """1 / (1/1.1 + 1/1.21 + 1/1.331)"""
    assert annuity_factor(0.1, 3) == pytest.approx(1 / (1 / 1.1 + 1 / 1.21 + 1 / 1.331))
    assert annuity_factor(0.0, 40) == 1 / 40


@pytest.mark.parametrize(("count", "more"), [(10, 0), (14, 1), (21, 1), (22, 2)])
def test_parallel_lines_for_voltage(count, more):
    """One line carries 105 kW, n of them n times as much. 100 m at 60,000 EUR/km, paid off in ten years without interest."""
    case = case_of(line(0.05), [1] * 30, -1.0)
    copper = reinforced(case, alike(case, 10.0), count, 0.05, ONE)
    assert copper.held == 1.0
    assert copper.held_before == (more == 0)
    assert [(one.branch, one.capital, one.a_year) for one in copper.measures] == [("line 1", 6_000.0 * more, 600.0 * more)] * bool(more)


def test_the_next_transformer_for_load():
    """140 kW through 100 kVA: 160 kVA is the next size, at the price of one."""
    case = case_of(line(1e-6, rating=100.0, kind="transformer"), [1] * 30, 1.0)
    copper = reinforced(case, alike(case, 10.0), 14, 0.05, ONE)
    assert [(one.what, one.capital) for one in copper.measures] == [("100 to 160 kVA", 10_000.0)]
    assert copper.a_year == 1_000.0


def test_no_measure_is_in_vain():
    case = case_of(line(0.03, 0.01, 0.03, rating=150.0), [1] * 5 + [2] * 5 + [3] * 10, -1.0)
    placed = alike(case, 10.0, placements=40)
    copper = reinforced(case, placed, 16, 0.05, ONE)
    assert copper.held >= 0.95 > copper.held_before
    built = Built.none(case.grid)
    for one in copper.measures:
        row = list(case.grid.branches.name).index(one.branch)
        for _ in range(round(one.capital / 6_000)):
            built = built.more_at(row)
    everyone = np.full(len(placed), 16)
    assert (hosted(case.on(built.grid), placed) >= everyone).mean() == copper.held
    for row in built.rows:
        assert (hosted(case.on(built.without(int(row)).grid), placed) >= everyone).mean() < 0.95


def test_copper_is_no_help_where_the_source_is_out_of_the_band():
    case = case_of(line(0.05), [1] * 4, -1.0, bounds=Bounds(1.01, 1.05))
    copper = reinforced(case, alike(case, 1.0), 4, 0.05, ONE)
    assert (copper.held, copper.measures, copper.a_year) == (0.0, (), 0)


def test_no_length_no_price():
    case = case_of(line(0.05, km=0.0), [1] * 30, -1.0)
    copper = reinforced(case, alike(case, 10.0), 14, 0.05, ONE)
    assert [(one.capital, one.a_year) for one in copper.measures] == [(None, None)]
    assert copper.a_year is None


@pytest.fixture(scope="module")
def default():
    return situations(Scenario(), "pv")


def test_the_default_feeder_hosts_part_of_its_homes(default):
    placed = drawn(default, 40)
    found = capacity(default.case, "pv", placed, 0.05, 0.95)
    at = np.full(len(placed), round(found.share.value * found.homes / 100))
    flows_hold = [hosted(default.case, placed.take(slice(row, row + 1)))[0] >= at[row] for row in range(0, 40, 8)]
    assert 0 < found.share.value < 100
    assert found.share.low <= found.share.value <= found.share.high
    assert np.mean(found.counts >= at) >= 0.95 > np.mean(found.counts >= at + 1)
    assert sum(found.limits.values()) == pytest.approx(1)
    assert flows_hold == [bool(one) for one in (found.counts >= at)[::8]]


def test_few_placements_are_the_first_of_many(default):
    few, many = drawn(default, 3), drawn(default, 5)
    assert all(np.array_equal(a, b[:3]) for a, b in zip(few.columns().values(), many.columns().values(), strict=True))
    assert np.array_equal(np.sort(many.turn, axis=1)[0], np.arange(len(default.case.bus)))


def test_plants_that_draw_reactive_power_fit_in_larger_numbers(default):
    """The voltage is what binds here, and reactive power that is drawn lowers it."""
    under = situations(Scenario.of({"population": {"inverter": "cos_phi"}}), "pv")
    placed, reactive = drawn(default, 10), drawn(under, 10)
    assert np.array_equal(placed.size, reactive.size)
    assert np.all(hosted(under.case, reactive) >= hosted(default.case, placed))


@pytest.mark.parametrize(
    ("changes", "technology", "more", "words"),
    [
        ({}, "wind", {}, "'wind' is unknown"),
        ({"population": {"inverter": "q_v"}}, "pv", {}, "q_v"),
        ({"grid": {"phases": "unbalanced"}}, "pv", {}, "grid.phases"),
        ({}, "pv", {"placements": 0, "alpha": 1.0, "confidence": 1.0}, "placements.*\n.*alpha.*\n.*confidence"),
    ],
)
def test_what_is_refused(changes, technology, more, words):
    with pytest.raises(InputError, match=words):
        passive(Scenario.of(changes), technology, **more)


def test_a_regime_that_has_nothing_to_do_gains_nothing():
    """A grid a hundred times as strong, in a wide band."""
    strong = SMALL.changed({"grid.rating_scale": 100, "grid.voltage_band": [0.5, 1.5]})
    gain = flexible(strong, "pv", runs=1, workers=1)
    assert (gain.flexible.tolist(), gain.alone.tolist(), gain.gain) == ([8], [8], 0.0)


def test_holding_back_hosts_more_the_more_it_may():
    """With ratings that bind, curtailment adds homes; with nothing to be lost, it adds none."""
    weak = SMALL.changed({"grid.rating_scale": 0.04, "grid.voltage_band": [0.5, 1.5], "dso.regime": "curtail"})
    few, many = (flexible(weak, "pv", runs=1, lost=lost, workers=1) for lost in (0.0, 0.3))
    assert few.alone[0] == many.alone[0] == few.flexible[0] < many.flexible[0]


class _Sums(dict):
    def total(self, name):
        return self.get(name, 0.0)


@pytest.mark.parametrize(
    ("sums", "little"),
    [
        ({"generation_wh": 95.0, "held_back_wh": 5.0}, True),
        ({"generation_wh": 94.0, "held_back_wh": 6.0}, False),
        ({"load_wh": 90.0, "devices_wh": 5.0, "unserved_wh": 2.0, "missed_wh": 3.0}, True),
        ({"load_wh": 90.0, "devices_wh": 4.0, "unserved_wh": 3.0, "missed_wh": 3.0}, False),
        ({}, True),
    ],
)
def test_what_little_is(sums, little):
    """5 of 100 are, 6 are not."""
    assert Trial(SMALL, "pv", (), 8, 0.05, None)._loses_little(_Sums(sums)) == little


@pytest.mark.slow
def test_two_processes_find_the_same():
    weak = SMALL.changed({"grid.rating_scale": 0.06, "dso.regime": "curtail"})
    one, two = (flexible(weak, "pv", runs=2, workers=workers) for workers in (1, 2))
    assert np.array_equal(one.flexible, two.flexible)
    assert np.array_equal(one.alone, two.alone)


@pytest.mark.slow
@pytest.mark.parametrize("technology", ["pv", "heat_pump"])
def test_critical_hours_stand_for_the_year(technology):
    """What is hosted in them is hosted in all 35,136 quarter-hours, for placements drawn."""
    found, setup = situations(Scenario(), technology), build(loads_alone(Scenario()))
    placed, (anyway, reactive) = drawn(found, 4), drawn_anyway(setup)
    for row, count in enumerate(hosted(found.case, placed)):
        column, on = placed.column[row], np.where(placed.turn[row] < count, placed.size[row], 0.0)
        for first in range(0, len(anyway), 4_392):
            rows = np.arange(first, first + 4_392)
            p = anyway[rows] + (found.technology.at(rows)[0][:, column] * on) @ found.case.incidence
            assert keeps(power_flow(setup.grid, p, reactive[rows]), found.case.bounds).all()
