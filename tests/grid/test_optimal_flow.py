"""Optimal flow: published objectives, the power flow where nothing is chosen, prices as slopes, what gives way."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from p2p.base.errors import GridInvalid
from p2p.grid import Branches, Buses, Grid, check, power_flow
from p2p.grid.optimal_flow import Bounds, Upstream, Withdrawals, optimal_flow
from tests.grid.grids import FEEDERS, grid_of, paper_feeder

CASES = json.loads((Path(__file__).parents[1] / "cases/optimal_flow/cases.json").read_text(encoding="utf-8"))["cases"]
ALONE = Upstream(most_sold=0.0, most_bought=0.0, holds_voltage=False, gives_reactive=False)


def case_of(case):
    """A case of the file: its grid, generators as withdrawals, and voltage bounds; costs are per MWh, so a kW is a MW here."""
    buses, generators, branches = (np.array(case[name], float) for name in ("buses", "generators", "branches"))
    row = {int(number): at for at, number in enumerate(buses[:, 0])}
    ends = [np.array([row[int(number)] for number in branches[:, side]], np.int32) for side in (0, 1)]
    zero, one = np.zeros(len(branches)), np.ones(len(branches))
    lines = Branches(
        np.char.mod("branch %d", np.arange(len(branches))),
        np.where(branches[:, 6] > 0, "transformer", "line"),
        *ends,
        branches[:, 2],
        branches[:, 3],
        zero,
        branches[:, 4] / 2,
        zero,
        branches[:, 4] / 2,
        np.where(branches[:, 6] > 0, branches[:, 6], 1.0),
        zero,
        branches[:, 5],
        one,
        one,
        zero,
    )
    names, nought = np.char.mod("%d", buses[:, 0].astype(int)), np.zeros(len(buses))
    nodes = Buses(names, nought + 230.0, nought, nought, buses[:, 1], buses[:, 2], buses[:, 3] / 100, buses[:, 4] / 100)
    at = np.array([row[int(number)] for number in generators[:, 0]], np.int32)
    nothing = np.zeros(len(at))
    offers = Withdrawals(
        at, -generators[:, 2], -generators[:, 1], generators[:, 6], 2 * generators[:, 5], nothing, -generators[:, 4], -generators[:, 3]
    )
    return check(Grid(case["name"], nodes, lines, 0, 1.0, 100.0)), offers, Bounds(buses[:, 6], buses[:, 5], of_current=False, lost_load=1e4)


@pytest.mark.parametrize(
    ("case", "model"),
    [
        pytest.param(case, model, id=f"{case['name']}, {model}")
        for case in CASES
        for model in ("socp", "lindistflow")
        if model in case["expected"]
    ],
)
def test_a_published_case_has_its_objective(case, model):
    expected = case["expected"]
    grid, offers, bounds = case_of(case)
    found = optimal_flow(grid, offers, ALONE, bounds, model)
    cost = sum(row[7] for row in case["generators"]) - found.welfare
    assert found.faults == ()
    assert cost == pytest.approx(expected[model], abs=expected["tolerance"])


def row_of_buses(r, kva, **more):
    """Buses a, b, c ... in a row of lines of r p.u. on 100 kVA, with ratings, as in docs/network_cases.md."""
    count = len(r) + 1
    ends = np.arange(count, dtype=np.int32)
    names = np.array(list("abcdef")[:count])
    lines = Branches.lines(
        np.char.add(np.char.add(names[:-1], "-"), names[1:]), ends[:-1], ends[1:], np.array(r), 0 * np.array(r), np.array(kva)
    )
    return check(grid_of("row", names, 0.4, np.zeros(count), np.zeros(count), lines, base_kva=100.0, **more))


def buying(bus, most, worth):
    return bus, 0.0, most, worth


def selling(bus, most, worth):
    return bus, -most, 0.0, worth


def orders(*rows):
    bus, *columns = np.array(rows, float).reshape(-1, 4).T
    return Withdrawals.straight(bus.astype(np.int32), *columns)


LOSSLESS = ["linear", "lindistflow"]


@pytest.mark.parametrize("model", LOSSLESS)
def test_two_buses_one_line_too_small_by_hand(model):
    """docs/network_cases.md: 50 kW come over the line, 30 from the seller; 0.15 a kVA is the line worth."""
    found = optimal_flow(
        row_of_buses([0.02], [50.0]), orders(buying(1, 80, 0.40), selling(1, 60, 0.25)), Upstream(0.10, 0.05), Bounds(), model
    )
    np.testing.assert_allclose(found.p_kw, [80, -30], atol=1e-6)
    np.testing.assert_allclose(found.price, [0.10, 0.25], atol=1e-8)
    assert found.import_kw == pytest.approx(50, abs=1e-6)
    assert found.rating_price == pytest.approx([0.15], abs=1e-8)
    assert found.welfare == pytest.approx(19.50, abs=1e-7)
    rent = 80 * found.price[1] - 30 * found.price[1] - 50 * found.price[0]
    assert rent == pytest.approx(7.50, abs=1e-6)
    assert rent == pytest.approx(found.rating_price @ [50.0], abs=1e-6)
    assert found.voltage == pytest.approx([1.0, np.sqrt(1 - 2 * 0.02 * 0.5)], abs=1e-8)
    assert not found.exact


@pytest.mark.parametrize("model", LOSSLESS)
def test_three_buses_in_a_row_by_hand(model):
    """docs/network_cases.md: prices 0.10, 0.20, 0.30, each line worth 0.10 a kVA, a rent of 9.00."""
    rows = orders(buying(1, 40, 0.50), selling(1, 50, 0.20), buying(2, 50, 0.50), selling(2, 40, 0.30))
    found = optimal_flow(row_of_buses([0.01, 0.01], [60.0, 30.0]), rows, Upstream(0.10, 0.05), Bounds(), model)
    np.testing.assert_allclose(found.p_kw, [40, -10, 50, -20], atol=1e-6)
    np.testing.assert_allclose(found.price, [0.10, 0.20, 0.30], atol=1e-8)
    np.testing.assert_allclose(found.rating_price, [0.10, 0.10], atol=1e-8)
    np.testing.assert_allclose(found.branch_p_kw, [60, 30], atol=1e-6)
    assert found.welfare == pytest.approx(31.00, abs=1e-7)
    rent = found.price[[1, 1, 2, 2]] @ found.p_kw - found.price[0] * found.import_kw
    assert rent == pytest.approx(9.00, abs=1e-6)
    assert rent == pytest.approx(found.rating_price @ [60.0, 30.0], abs=1e-6)


@pytest.mark.parametrize("model", LOSSLESS)
def test_a_roof_that_lifts_the_voltage_by_hand(model):
    """docs/network_cases.md: (1.05² - 1) / 0.2 p.u. are sold, one p.u. of voltage is worth 84 an hour."""
    found = optimal_flow(row_of_buses([0.1], [0.0]), orders(selling(1, 100, 0.0)), Upstream(0.30, 0.08), Bounds(0.95, 1.05), model)
    np.testing.assert_allclose(found.p_kw, [-51.25], atol=1e-6)
    np.testing.assert_allclose(found.price, [0.08, 0.00], atol=1e-8)
    np.testing.assert_allclose(found.high_voltage_price, [0, 84], atol=1e-6)
    np.testing.assert_allclose(found.low_voltage_price, 0, atol=1e-6)
    assert found.voltage[1] == pytest.approx(1.05, abs=1e-9)
    assert found.welfare == pytest.approx(4.10, abs=1e-7)


def test_two_buses_with_losses_by_hand():
    """docs/network_cases.md: 50 kW for 47.5, and the last kWh there needs 1 / (1 - 0.1) here."""
    grid = row_of_buses([0.1], [0.0])
    found = optimal_flow(grid, orders(), Upstream(0.18, 0.05), Bounds(), given=(np.array([0, 47.5]), np.zeros(2)))
    assert found.import_kw == pytest.approx(50, abs=1e-6)
    assert found.losses_kw == pytest.approx(2.5, abs=1e-6)
    assert found.voltage == pytest.approx([1.0, 0.95], abs=1e-8)
    np.testing.assert_allclose(found.price, [0.18, 0.20], atol=1e-7)
    assert found.welfare == pytest.approx(-9.00, abs=1e-6)
    assert found.exact


def test_prices_in_a_triangle_of_like_lines_lie_in_the_middle():
    """One unit from a to c goes two thirds over a-c, so b's price is the mean where a-c alone binds (as in DC nodal pricing).

    Without reactance and reactive power the linear flow is Kirchhoff's on the squared voltages. Sellers: 0.10 at a, 0.30 at
    c; load of 90 kW at c. Line a-c of 40 kVA carries 2/3 of what a sends, so a sends 60 and c's seller gives 30; one kWh more
    at b is half from a and half from c.
    """
    names = np.array(["a", "b", "c"])
    lines = Branches.lines(
        np.array(["a-b", "b-c", "a-c"]),
        np.array([0, 1, 0], np.int32),
        np.array([1, 2, 2], np.int32),
        np.full(3, 0.02),
        np.zeros(3),
        np.array([0, 0, 40.0]),
    )
    grid = check(grid_of("triangle", names, 0.4, [0, 0, 90], np.zeros(3), lines, base_kva=100.0))
    for model in LOSSLESS:
        found = optimal_flow(grid, orders(selling(2, 90, 0.30)), Upstream(0.10, 0.05), Bounds(), model)
        assert found.import_kw == pytest.approx(60, abs=1e-5)
        np.testing.assert_allclose(found.price, [0.10, 0.20, 0.30], atol=1e-6)
        assert found.rating_price[2] == pytest.approx(0.30, abs=1e-6)  # 0.20 a kWh, of which 2/3 load the line
        assert found.rating_price @ [0, 0, 40.0] == pytest.approx(90 * 0.30 - 30 * 0.30 - 60 * 0.10, abs=1e-4)


ALMOST = {"case22", "case141"}
"""Feeders with a branch of almost no impedance or load, whose current costs next to nothing: the solver stops before it is tight."""


@pytest.mark.parametrize("name", FEEDERS)
def test_where_nothing_is_chosen_the_optimum_is_the_power_flow(name):
    """The losses of the papers, as in the power flow's own test: the relaxation is exact on a feeder with loads alone."""
    grid, case = paper_feeder(name), FEEDERS[name]
    flow = power_flow(grid)
    found = optimal_flow(grid, orders(), Upstream(0.3, 0.1), Bounds(min(0.9, float(flow.voltage.min()) - 0.01)))
    assert found.exact or name in ALMOST
    assert found.losses_kw == pytest.approx(case["expected"]["losses_kw"], rel=case["tolerance"]["losses_relative"])
    assert found.losses_kw == pytest.approx(flow.losses_kw, rel=1e-6)
    np.testing.assert_allclose(found.voltage, flow.voltage, atol=1e-7)
    assert found.import_kvar == pytest.approx(flow.import_kvar, rel=1e-7)


@st.composite
def questions(draw):
    """A low-voltage feeder behind a tapped transformer, with buyers and sellers, often more than it can carry."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.sampled_from([2, 5, 10]))
    lines = count - 2
    first = np.array([0, *(random.integers(1, bus) for bus in range(2, count))], np.int32)
    km, zero, one = random.uniform(0.05, 0.6, lines), np.zeros(count - 1), np.ones(count - 1)
    branches = Branches(
        np.char.mod("branch %d", np.arange(count - 1)),
        np.array(["transformer", *["line"] * lines]),
        first,
        np.arange(1, count, dtype=np.int32),
        np.array([0.04, *(0.3 * km / 0.16)]),
        np.array([0.16, *(0.08 * km / 0.16)]),
        np.array([1e-3, *zero[1:]]),
        np.array([-2e-3, *(zero[1:] + 1e-4)]),
        zero,
        np.array([0.0, *(zero[1:] + 1e-4)]),
        np.array([random.uniform(0.985, 1.03), *one[1:]]),
        zero,
        np.array([100.0, *random.uniform(15, 60, lines)]),
        one,
        one + random.uniform(-0.03, 0.03),
        np.array([0.0, *km]),
    )
    grid = grid_of(
        "drawn", np.char.mod("bus %d", np.arange(count)), 0.4, random.uniform(0, 3, count), random.uniform(0, 1, count), branches
    )
    rows, side = 3 * count, random.random(3 * count) < draw(st.sampled_from([0.1, 0.5, 0.95]))
    size = random.uniform(1, draw(st.sampled_from([6.0, 25.0, 60.0])), rows)
    chosen = Withdrawals(
        random.integers(0, count, rows).astype(np.int32),
        np.where(side, 0, -size),
        np.where(side, size, 0),
        np.where(side, random.uniform(0.15, 0.6, rows), random.uniform(0.0, 0.35, rows)),
        np.where(random.random(rows) < 0.3, 0.01, 0.0),
        np.where(side, 0.3, 0.0),
        np.where(side, 0, -0.3 * size),
        np.where(side, 0, 0.3 * size),
    )
    return check(replace(grid, slack_voltage=1.02)), chosen


MARKET, LOW_VOLTAGE = Upstream(0.30, 0.08), Bounds(0.97, 1.04)


@settings(max_examples=10)
@given(questions())
def test_the_power_flow_at_an_exact_optimum_has_its_voltages_and_losses_and_keeps_its_limits(question):
    grid, chosen = question
    found = optimal_flow(grid, chosen, MARKET, LOW_VOLTAGE)
    assume(found.exact)
    p = grid.buses.p_kw - found.lost_kw + np.bincount(chosen.bus, found.p_kw, len(grid.buses))
    share = np.divide(found.lost_kw, grid.buses.p_kw, out=np.zeros_like(p), where=grid.buses.p_kw != 0)
    q = grid.buses.q_kvar * (1 - share) + np.bincount(chosen.bus, found.q_kvar, len(grid.buses))
    flow = power_flow(grid, p, q)
    assert flow.converged
    np.testing.assert_allclose(found.voltage, flow.voltage, atol=1e-6)
    np.testing.assert_allclose(found.branch_p_kw, flow.p_kw, atol=1e-3)
    np.testing.assert_allclose(found.branch_q_kvar, flow.q_kvar, atol=1e-3)
    assert found.losses_kw == pytest.approx(flow.losses_kw, rel=1e-5, abs=1e-5)
    assert found.import_kw == pytest.approx(flow.import_kw, abs=1e-3)
    assert np.all(flow.loading <= 100 + 1e-3)
    assert np.all(np.delete(flow.voltage, grid.slack) <= LOW_VOLTAGE.voltage_high + 1e-6)


@settings(max_examples=4)
@given(questions(), st.sampled_from(["socp", *LOSSLESS]), st.integers(0, 9))
def test_a_price_is_what_one_more_kwh_costs(question, model, bus):
    grid, chosen = question
    bus %= len(grid.buses)
    found, step = optimal_flow(grid, chosen, MARKET, LOW_VOLTAGE, model), np.zeros(len(grid.buses))
    step[bus] = 0.05
    assume(not found.faults)  # what is given up is a share of what is given, so more of it is lost, too
    p, q = grid.buses.p_kw, grid.buses.q_kvar
    for given_there, price in (((p + step, p - step), found.price), ((q + step, q - step), found.reactive_price)):
        active = price is found.price
        more, less = (optimal_flow(grid, chosen, MARKET, LOW_VOLTAGE, model, (at, q) if active else (p, at)) for at in given_there)
        # welfare is concave in what is given, so the price lies between the slopes on either side
        assert (found.welfare - more.welfare) / 0.05 >= price[bus] - 1e-4
        assert (less.welfare - found.welfare) / 0.05 <= price[bus] + 1e-4


@settings(max_examples=4)
@given(questions(), st.sampled_from(["socp", *LOSSLESS]))
def test_the_worth_of_a_wider_limit_is_its_price(question, model):
    grid, chosen = question
    found = optimal_flow(grid, chosen, MARKET, LOW_VOLTAGE, model)
    row, bus = int(found.rating_price.argmax()), int(found.high_voltage_price.argmax())
    for price, wider, step in (
        (found.rating_price[row], lambda by: (rated(grid, row, by), LOW_VOLTAGE), 0.02),
        (
            found.high_voltage_price[bus],
            lambda by: (grid, replace(LOW_VOLTAGE, voltage_high=LOW_VOLTAGE.voltage_high + by * (np.arange(len(grid.buses)) == bus))),
            1e-4,
        ),
    ):
        more, less = (optimal_flow(one, chosen, MARKET, bounds, model).welfare for one, bounds in (wider(step), wider(-step)))
        assert (more - found.welfare) / step <= price + 1e-3 * (1 + price)
        assert (found.welfare - less) / step >= price - 1e-3 * (1 + price)


def rated(grid, row, by):
    """The grid with one rating changed."""
    return replace(grid, branches=grid.branches.replace(rating_kva=grid.branches.rating_kva + by * (np.arange(len(grid.branches)) == row)))


@settings(max_examples=4)
@given(questions())
def test_the_linear_model_is_at_most_a_little_worse_than_the_circle(question):
    grid, chosen = question
    circle, polygon = (optimal_flow(grid, chosen, MARKET, LOW_VOLTAGE, model) for model in ("lindistflow", "linear"))
    wide = optimal_flow(grid.with_ratings_scaled(1 / np.cos(np.pi / 24)), chosen, MARKET, LOW_VOLTAGE, "linear")
    size = 1e-6 * (1 + abs(circle.welfare))
    assert polygon.welfare <= circle.welfare + size
    assert circle.welfare <= wide.welfare + size


def test_a_load_that_no_line_carries_is_lost_at_its_value_and_named():
    grid = row_of_buses([0.02, 0.02], [0.0, 30.0])
    for model in ("socp", *LOSSLESS):
        found = optimal_flow(grid, orders(), Upstream(0.10, 0.05), Bounds(0.8, lost_load=8.0), model, (np.array([0, 5, 50.0]), np.zeros(3)))
        carried = 30 * found.voltage[2] if model == "socp" else 30  # the rating is one of current, where there is one
        assert found.lost_kw == pytest.approx([0, 0, 50 - carried], abs=1e-4)
        assert found.price[2] == pytest.approx(8.0, rel=1e-5)
        assert found.price[1] < 1  # what it takes from the voltage behind it counts
        text = "\n".join(map(str, found.faults))
        assert "bus c" in text
        assert "branch b-c: it carries its 30 kVA" in text
        assert "bus b" not in text


def test_a_voltage_that_no_load_keeps_is_named():
    grid = row_of_buses([0.1], [0.0])
    found = optimal_flow(grid, orders(), Upstream(0.10, 0.05), Bounds(0.95), "lindistflow", (np.array([0, 80.0]), np.zeros(2)))
    # 0.95² = 1 - 0.2 P: 48.75 kW are carried
    assert found.lost_kw[1] == pytest.approx(80 - 48.75, abs=1e-4)
    assert [str(fault) for fault in found.faults] == [
        "row, bus b: 31.25 kW of withdrawal are not met; less, or wider limits",
        "row, bus b: its voltage stands at the limit of 0.95 p.u.; a lower limit",
    ]


def test_feed_in_and_least_withdrawals_that_do_not_fit_are_given_up():
    grid = row_of_buses([0.1], [40.0])
    feeding = optimal_flow(grid, orders(), Upstream(0.10, 0.05), Bounds(), "linear", (np.array([0, -60.0]), np.zeros(2)))
    assert feeding.lost_kw == pytest.approx([0, -20], abs=1e-5)
    least = Withdrawals.straight(np.array([1], np.int32), np.array([60.0]), np.array([70.0]), np.array([0.4]))
    found = optimal_flow(grid, least, Upstream(0.10, 0.05), Bounds(0.8), "linear")
    assert found.p_kw == pytest.approx([40], abs=1e-5)
    assert "bus b: 20 kW of withdrawal are not met" in str(found.faults[0])


def test_a_limit_that_not_even_an_idle_grid_keeps_is_broken_and_named():
    grid = row_of_buses([0.1], [0.0], slack_voltage=1.08)
    for model in LOSSLESS:
        found = optimal_flow(grid, orders(), Upstream(0.10, 0.05), Bounds(0.95, 1.05), model)
        assert [str(fault) for fault in found.faults] == ["row, bus b: 1.08 p.u.; 0.95 to 1.05 p.u."]


def test_power_burnt_in_a_current_that_no_line_has_is_said_to_be_inexact():
    """The idle line of 1.08 p.u.: w = 1.08² - r² l falls to 1.05² at r l = 0.0639 / 0.1 p.u. of loss."""
    found = optimal_flow(row_of_buses([0.1], [0.0], slack_voltage=1.08), orders(), Upstream(0.10, 0.05), Bounds(0.95, 1.05))
    assert found.losses_kw == pytest.approx(100 * (1.08**2 - 1.05**2) / 0.1, rel=1e-6)
    assert found.gap > 0.1
    assert not found.exact


def test_wrong_questions_get_every_fault_at_once():
    grid = row_of_buses([0.1], [40.0])
    wrong = Withdrawals.straight(np.array([1, 5], np.int32), np.array([2.0, np.nan]), np.array([1.0, 3.0]), np.array([0.4, 0.4]))
    with pytest.raises(GridInvalid) as error:
        optimal_flow(grid, wrong, Upstream(0.1, 0.2, -1.0), Bounds(1.1, 0.9, lost_load=0.0), "exact", (np.zeros(3), np.zeros(2)))
    for part in (
        "'exact'",
        "socp | lindistflow | linear",
        "shape (3,)",
        "bus that is not there: rows [1]",
        "rows [0]",
        "not finite",
        "buys at 0.2",
        "-1.0",
        "0 < low",
        "lost load",
    ):
        assert part in str(error.value)


@pytest.mark.slow
@settings(max_examples=25)
@given(questions(), st.sampled_from(["socp", *LOSSLESS]), st.integers(0, 9))
def test_the_laws_above_on_many_feeders(question, model, bus):
    test_the_worth_of_a_wider_limit_is_its_price.hypothesis.inner_test(question, model)
    test_the_linear_model_is_at_most_a_little_worse_than_the_circle.hypothesis.inner_test(question)
    test_a_price_is_what_one_more_kwh_costs.hypothesis.inner_test(question, model, bus)
    test_the_power_flow_at_an_exact_optimum_has_its_voltages_and_losses_and_keeps_its_limits.hypothesis.inner_test(question)
