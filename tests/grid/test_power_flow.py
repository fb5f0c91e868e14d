"""Power flow: papers' feeders, a closed form, Kirchhoff on drawn grids, no answer where there is none."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from p2p.base.errors import GridInvalid
from p2p.grid import Branches, power_flow, sensitivities
from p2p.sources import read_grid
from tests.grid.grids import CHANGED, FEEDERS, drawn_grids, grid_of, paper_feeder


@pytest.mark.parametrize("name", FEEDERS)
def test_a_feeder_of_a_paper_has_its_losses_and_voltages(name):
    grid, case = paper_feeder(name), FEEDERS[name]
    expected, tolerance = case["expected"], case["tolerance"]
    flow = power_flow(grid)
    assert flow.converged
    assert grid.radial
    assert flow.losses_kw == pytest.approx(expected["losses_kw"], rel=tolerance["losses_relative"])
    assert flow.voltage.min() == pytest.approx(expected["min_voltage_pu"], abs=tolerance["voltage_pu"])
    assert grid.buses.name[flow.voltage.argmin()] == str(expected["min_voltage_bus"])
    if "losses_kvar" in expected:
        assert flow.losses_kvar == pytest.approx(expected["losses_kvar"], rel=tolerance["losses_relative"])
    published(case, flow)
    if "voltage_pu" in expected:
        np.testing.assert_allclose(flow.voltage, expected["voltage_pu"], atol=tolerance["voltage_pu"])


def published(case, flow):
    """What papers say, to the digits in which they say it."""
    for quantity, value in (("losses_kw", flow.losses_kw), ("min_voltage_pu", flow.voltage.min())):
        if quantity in case.get("published", {}):
            said = case["published"][quantity]
            digits = len(str(said).partition(".")[2])
            assert value == pytest.approx(said, abs=0.6 * 10**-digits), quantity


@pytest.mark.parametrize("case", CHANGED["cases"], ids=lambda case: case["name"])
def test_a_feeder_that_is_switched_or_given_plants_has_its_losses_and_voltages(case):
    grid = paper_feeder(case["feeder"], case.get("open"), case.get("feeds_in", ()))
    expected, tolerance = case["expected"], CHANGED["tolerance"]
    flow = power_flow(grid)
    assert flow.converged
    assert grid.radial
    if "open" in case:
        assert len(grid.branches) == len(FEEDERS[case["feeder"]]["branches"]) - len(case["open"])
    assert flow.losses_kw == pytest.approx(expected["losses_kw"], rel=tolerance["losses_relative"])
    assert flow.losses_kvar == pytest.approx(expected["losses_kvar"], rel=tolerance["losses_relative"])
    assert flow.voltage.min() == pytest.approx(expected["min_voltage_pu"], abs=tolerance["voltage_pu"])
    assert grid.buses.name[flow.voltage.argmin()] == str(expected["min_voltage_bus"])
    published(case, flow)


def two_buses(r=0.02, x=0.01, p=0.0, q=0.0, **more):
    line = Branches.lines(
        np.array(["line"]), np.array([0], np.int32), np.array([1], np.int32), np.array([r]), np.array([x]), np.array([100.0])
    )
    return grid_of("two", ["a", "b"], 0.4, [0, p], [0, q], line, base_kva=1000.0, **more)


@pytest.mark.parametrize(("p", "q"), [(500.0, 100.0), (-800.0, 0.0), (3000.0, -200.0), (0.0, 900.0), (9000.0, 2000.0)])
def test_one_line_has_the_closed_form(p, q):
    """|V|² = a + sqrt(a² - (r² + x²)(p² + q²)), a = 1/2 - (r p + x q): the upper root of the receiving end's biquadratic."""
    r, x, base = 0.02, 0.01, 1000.0
    a = 0.5 - (r * p + x * q) / base
    square = a + np.sqrt(a**2 - (r**2 + x**2) * (p**2 + q**2) / base**2)
    flow = power_flow(two_buses(r, x, p, q))
    current = (p**2 + q**2) / base**2 / square
    assert flow.converged
    assert flow.voltage[1] == pytest.approx(np.sqrt(square), abs=1e-9)
    assert flow.losses_kw == pytest.approx(r * current * base, abs=1e-5)
    assert flow.losses_kvar == pytest.approx(x * current * base, abs=1e-5)
    assert flow.loading[0] == pytest.approx(100 * np.sqrt(current) * base / 100.0, rel=1e-8)
    assert flow.import_kw == pytest.approx(p + r * current * base, abs=1e-5)


def test_beyond_the_most_a_line_can_carry_there_is_no_number():
    """At unity power factor and x = 0 the most is V²/4r, here 12.5 MW."""
    carries = power_flow(two_buses(x=0.0, p=12_300.0))
    fails = power_flow(two_buses(x=0.0, p=12_600.0))
    assert carries.converged
    assert carries.voltage[1] == pytest.approx(0.5 + np.sqrt(0.25 - 0.246), abs=1e-7)
    assert not fails.converged
    for column in (fails.voltage, fails.phasor, fails.loading, fails.p_kw, fails.losses_kw, fails.import_kw, fails.import_kvar):
        assert np.all(np.isnan(column))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e300])
def test_withdrawals_that_are_no_numbers_do_not_converge(wrong):
    flow = power_flow(paper_feeder("case12da"), np.full((3, 12), [[1.0], [wrong], [2.0]]))
    assert flow.converged.tolist() == [True, False, True]
    assert np.all(np.isnan(flow.voltage[1]))
    assert np.all(np.isfinite(flow.voltage[[0, 2]]))


@given(st.integers(0, 3).flatmap(lambda meshes: drawn_grids(meshes)))
def test_powers_close_at_every_bus_and_over_the_grid(grid):
    flow = power_flow(grid)
    assume(flow.converged)
    assert grid.radial == (len(grid.branches) == len(grid.buses) - 1)
    v, branches = flow.phasor, grid.branches
    # the pi circuit behind an ideal transformer, by Ohm's law and not by the admittances that the flow uses
    turns = branches.tap * np.exp(1j * branches.shift)
    inner = v[branches.from_bus] / turns
    through = (inner - v[branches.to_bus]) / (branches.r + 1j * branches.x)
    into_from = v[branches.from_bus] * np.conj((through + (branches.g_from + 1j * branches.b_from) * inner) / np.conj(turns))
    into_to = v[branches.to_bus] * np.conj(-through + (branches.g_to + 1j * branches.b_to) * v[branches.to_bus])
    drawn = (grid.buses.p_kw + 1j * grid.buses.q_kvar) / grid.base_kva + np.abs(v) ** 2 * (grid.buses.shunt_g - 1j * grid.buses.shunt_b)
    np.add.at(drawn, branches.from_bus, into_from)
    np.add.at(drawn, branches.to_bus, into_to)
    drawn[grid.slack] -= (flow.import_kw + 1j * flow.import_kvar) / grid.base_kva
    assert np.abs(drawn).max() < 1e-7
    assert flow.import_kw == pytest.approx(grid.buses.p_kw.sum() + flow.losses_kw, abs=1e-8)
    assert flow.import_kvar == pytest.approx(grid.buses.q_kvar.sum() + flow.losses_kvar, abs=1e-8)
    assert abs(v[grid.slack]) == pytest.approx(1.02)
    np.testing.assert_allclose(flow.p_kw + 1j * flow.q_kvar, into_from * grid.base_kva, atol=1e-6)
    rated = branches.rating_kva > 0
    ends = np.abs(into_from / v[branches.from_bus]) * branches.from_rated, np.abs(into_to / v[branches.to_bus]) * branches.to_rated
    np.testing.assert_allclose(
        flow.loading[rated], (100 * grid.base_kva * np.maximum(*ends))[rated] / branches.rating_kva[rated], rtol=1e-6
    )
    assert np.all(flow.loading[~rated] == 0)


@given(drawn_grids(), st.integers(0, 2**32 - 1))
def test_an_interval_is_the_same_alone_and_in_a_batch(grid, seed):
    random = np.random.default_rng(seed)
    p = grid.buses.p_kw * random.uniform(0, 1.2, (5, 1))
    q = grid.buses.q_kvar * random.uniform(0, 1.2, (5, 1))
    batch, backwards = power_flow(grid, p, q), power_flow(grid, p[::-1], q[::-1])
    for t in range(5):
        alone = power_flow(grid, p[t], q[t])
        assert alone.phases is None
        for column in alone.__match_args__[:-1]:
            np.testing.assert_array_equal(getattr(alone, column), getattr(batch, column)[t])
            np.testing.assert_array_equal(getattr(alone, column), getattr(backwards, column)[4 - t])


def test_the_grids_own_withdrawal_stands_in_for_what_is_not_given():
    grid = paper_feeder("case33bw")
    whole = power_flow(grid)
    for flow in (power_flow(grid, grid.buses.p_kw), power_flow(grid, None, grid.buses.q_kvar), power_flow(grid, grid.buses.p_kw, None)):
        np.testing.assert_array_equal(flow.voltage, whole.voltage)
    two = power_flow(grid, np.stack([grid.buses.p_kw, 0 * grid.buses.p_kw]))
    np.testing.assert_array_equal(two.voltage[0], whole.voltage)
    assert two.converged.shape == (2,)
    assert whole.converged.shape == ()


@pytest.mark.parametrize("shape", [(32,), (2, 32), (2, 2, 33), ()])
def test_withdrawals_of_another_shape_are_refused(shape):
    with pytest.raises(GridInvalid, match=r"\[33\] or \[T, 33\]"):
        power_flow(paper_feeder("case33bw"), np.zeros(shape), np.zeros(shape))
    with pytest.raises(GridInvalid, match="33"):
        power_flow(paper_feeder("case33bw"), np.zeros((2, 32)))


@pytest.mark.parametrize("kw", [0.0, 1e-9, 1e-6])
def test_a_feeder_on_which_nobody_draws_has_its_no_load_voltages(kw):
    """What the powers of many strong lines leave in rounding must not be taken for a mismatch."""
    feeder = paper_feeder("case69")
    branches = feeder.branches
    strong = replace(feeder, branches=branches.replace(r=branches.r * 1e-4, x=branches.x * 1e-4))
    for grid in (feeder, strong, read_grid("1-LV-rural3--0-sw").grid):
        flow = power_flow(grid, np.full(len(grid.buses), kw), np.zeros(len(grid.buses)))
        assert flow.converged
        assert flow.voltage == pytest.approx(grid.slack_voltage, abs=1e-3)


def test_no_intervals_are_an_answer():
    flow = power_flow(paper_feeder("case12da"), np.zeros((0, 12)), np.zeros((0, 12)))
    assert flow.voltage.shape == (0, 12)
    assert flow.losses_kw.shape == (0,)


def test_half_the_rating_is_twice_the_loading():
    grid = two_buses(p=50.0)
    half = grid.with_ratings_scaled(0.5)
    assert half.branches.rating_kva[0] == 50.0
    assert power_flow(half).loading[0] == pytest.approx(2 * power_flow(grid).loading[0], rel=1e-12)
    assert half.name == grid.name


def test_a_branch_of_almost_no_impedance_is_solved():
    """A switch modelled as 1e-8 ohm at 12.66 kV, as in published feeders, must neither fail nor spoil the sums."""
    grid = two_buses(r=0.0, x=6e-11, p=20_000.0, q=10_000.0)
    flow = power_flow(grid)
    assert flow.converged
    assert flow.voltage[1] == pytest.approx(1.0, abs=1e-8)
    assert flow.losses_kw == pytest.approx(0.0, abs=0.1)


@given(st.integers(0, 2).flatmap(lambda meshes: drawn_grids(meshes)), st.integers(0, 39))
def test_sensitivities_are_the_slopes_of_the_flow(grid, bus):
    flow = power_flow(grid)
    assume(flow.converged)
    effect = sensitivities(grid, flow)
    bus %= len(grid.buses)
    step = 0.05
    more, less = grid.buses.p_kw.copy(), grid.buses.p_kw.copy()
    more[bus] += step
    less[bus] -= step
    up, down = power_flow(grid, more), power_flow(grid, less)
    slope = (up.voltage - down.voltage) / (2 * step)
    np.testing.assert_allclose(effect.voltage[:, bus], slope, rtol=1e-2, atol=1e-8)
    smooth = flow.loading > 2.0  # near no current the loading has a kink
    slope = (up.loading - down.loading) / (2 * step)
    np.testing.assert_allclose(effect.loading[smooth, bus], slope[smooth], rtol=2e-2, atol=1e-3)
    assert np.all(effect.voltage[grid.slack] == 0)
    assert np.all(effect.voltage[:, grid.slack] == 0)


def test_sensitivities_take_voltages_too_and_refuse_what_has_not_converged():
    grid = two_buses(p=500.0, q=100.0)
    flow = power_flow(grid)
    np.testing.assert_array_equal(sensitivities(grid, flow.phasor).voltage, sensitivities(grid, flow).voltage)
    with pytest.raises(GridInvalid, match="converged"):
        sensitivities(grid, power_flow(two_buses(p=1e9)))
    with pytest.raises(GridInvalid, match="shape"):
        sensitivities(grid, power_flow(grid, np.zeros((2, 2))))
