"""Unbalanced flow: by hand, against the balanced one, against Ohm's law in phase coordinates, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from p2p.base.errors import GridInvalid
from p2p.grid import Branches, ZeroSequence, at_phases, connections, power_flow, sensitivities, unbalanced_flow
from p2p.grid.phases import zero_sequence
from tests.grid.grids import drawn_grids, grid_of, paper_feeder

TURN = np.exp(2j * np.pi / 3)


def two_buses(r=0.02, x=0.01, *, kind="line", zero=None, base_kva=1000.0):
    """A source and a bus behind one branch."""
    line = Branches.lines(
        np.array(["line"]), np.array([0], np.int32), np.array([1], np.int32), np.array([r]), np.array([x]), np.array([100.0])
    )
    return replace(
        grid_of("two", ["a", "b"], 0.4, [0, 0], [0, 0], line.replace(kind=np.array([kind])), base_kva=base_kva),
        zero=None if zero is None else ZeroSequence(np.array([zero[0]]), np.array([zero[1]]), np.zeros(1), np.array([""])),
    )


def one_phase(p, phase=0, buses=2, bus=1):
    column = np.zeros((buses, 3))
    column[bus, phase] = p
    return column


@pytest.mark.parametrize("phase", [0, 1, 2])
def test_a_load_on_one_phase_by_hand(phase):
    """A resistance alone, r = 0.02 p.u. on 1000 kVA, R0 = 4 R1; 50 kW between one phase and neutral, cos phi = 1.

    Self and mutual impedance of the line (Kersting, ch. 4): zs = (r0 + 2 r1) / 3 = (0.08 + 0.04) / 3 = 0.04,
    zm = (r0 - r1) / 3 = 0.06 / 3 = 0.02. By phase, 1 p.u. of power is 1000 / 3 kVA, so the load is 0.15 p.u.
    Its own phase: V = 1 - zs I, V I = 0.15, so V² - V + 0.006 = 0, V = (1 + sqrt(1 - 0.024)) / 2 = 0.9939636...,
    I = 0.15 / V = 0.1509109... The other two have no current and only what it induces: V_b = a² - zm I, V_c = a - zm I.
    Sequences: V1 = (V_a + a V_b + a² V_c) / 3 = 1 - (zs - zm) I / 3, V2 = (V_a + a² V_b + a V_c) / 3 = -(zs - zm) I / 3.
    The neutral carries I, which is 1000 / (sqrt(3) 0.4) = 1443.4 A a p.u.
    """
    flow = unbalanced_flow(two_buses(x=0.0), one_phase(50.0, phase), np.zeros((2, 3)))
    v = (1 + np.sqrt(1 - 4 * 0.04 * 0.15)) / 2
    current = 0.15 / v
    assert v == pytest.approx(0.9939636, abs=1e-7)
    others = abs(TURN - 0.02 * current)
    assert flow.converged
    expected = np.full(3, others)
    expected[phase] = v
    assert flow.phases.voltage[1] == pytest.approx(expected, abs=1e-9)
    assert flow.phases.voltage[0] == pytest.approx(np.ones(3), abs=1e-12)
    third = 0.02 * current / 3
    assert flow.phases.unbalance[1] == pytest.approx(100 * third / (1 - third), abs=1e-7)
    assert flow.phases.unbalance[0] == 0
    assert flow.voltage[1] == pytest.approx(v, abs=1e-9)
    assert flow.loading[0] == pytest.approx(100 * current * 1000 / 100, rel=1e-8)
    assert flow.phases.neutral[0] == pytest.approx(current * 1000 / (np.sqrt(3) * 0.4), rel=1e-8)
    assert flow.losses_kw == pytest.approx(0.04 * current**2 * 1000 / 3, abs=1e-6)
    assert flow.import_kw == pytest.approx(50 + 0.04 * current**2 * 1000 / 3, abs=1e-6)


def test_a_transformer_is_an_earthed_source():
    """Dyn, z0 = z1 = 0.02: the loaded phase sees (z0 + 2 z1) / 3 = z1 alone and the others nothing, as of three single phases.

    50 kW on phase a, 0.15 p.u. of a phase: V² - V + 0.02 x 0.15 = 0.
    """
    flow = unbalanced_flow(two_buses(x=0.0, kind="transformer"), one_phase(50.0), np.zeros((2, 3)))
    assert flow.phases.voltage[1] == pytest.approx([(1 + np.sqrt(1 - 4 * 0.003)) / 2, 1, 1], abs=1e-9)


def test_what_the_source_says_of_the_zero_sequence_counts():
    """R0 = R1: no coupling of the phases, so that those without load stay where they are; X0 = 5 X1 by itself as well."""
    apart = unbalanced_flow(two_buses(x=0.0, zero=(0.02, 0.0)), one_phase(50.0), np.zeros((2, 3)))
    assert apart.phases.voltage[1, 1:] == pytest.approx(1.0, abs=1e-12)
    assumed, given = zero_sequence(two_buses().branches), zero_sequence(two_buses().branches, two_buses(zero=(0.03, 0.05)).zero)
    assert (assumed.r[0], assumed.x[0]) == (0.08, 0.04)
    assert (given.r[0], given.x[0]) == (0.03, 0.05)


@given(st.integers(0, 2).flatmap(lambda meshes: drawn_grids(meshes)))
def test_equal_phases_are_the_balanced_flow(grid):
    grid = replace(grid, branches=grid.branches.replace(kind=np.full(len(grid.branches), "line")))
    flow = power_flow(grid)
    assume(flow.converged)
    thirds = (np.repeat(column[:, None] / 3, 3, axis=1) for column in (grid.buses.p_kw, grid.buses.q_kvar))
    three = unbalanced_flow(grid, *thirds)
    assert three.converged
    for name in ("phasor", "voltage", "loading", "p_kw", "q_kvar", "losses_kw", "losses_kvar", "import_kw", "import_kvar"):
        scale = 1.0 if name in ("phasor", "voltage") else np.abs(getattr(flow, name)).max() + grid.base_kva
        np.testing.assert_allclose(getattr(three, name) / scale, getattr(flow, name) / scale, atol=1e-9)
    assert three.phases.voltage.std(axis=1).max() < 1e-9
    assert three.phases.unbalance.max() < 1e-6
    np.testing.assert_array_equal(three.extremes[0], three.phases.voltage.min(axis=1))


@st.composite
def unbalanced(draw):
    """A grid of lines and Dyn transformers, all stars away from the slack, and withdrawals of each phase."""
    grid = draw(drawn_grids())
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    branches, depth = grid.branches, {grid.slack: 0}
    for _ in range(len(grid.buses)):
        for f, t in zip(branches.from_bus.tolist(), branches.to_bus.tolist(), strict=True):
            for near, far in ((f, t), (t, f)):
                if near in depth:
                    depth.setdefault(far, depth[near] + 1)
    outward = np.array([depth[f] < depth[t] for f, t in zip(branches.from_bus.tolist(), branches.to_bus.tolist(), strict=True)])
    kind = np.where((branches.kind == "transformer") & outward, "transformer", "line")
    plain = kind == "line"
    branches = branches.replace(
        kind=kind, tap=np.where(plain, 1.0, branches.tap), shift=np.where(plain, 0.0, branches.shift),
        g_from=np.zeros(len(kind)), g_to=np.zeros(len(kind)), b_from=np.where(plain, branches.b_to, 0.0),
        b_to=np.where(plain, branches.b_to, 0.0),
    )  # fmt: skip
    share = random.dirichlet(np.ones(3), len(grid.buses)) * draw(st.floats(0.1, 2.0))
    p, q = grid.buses.p_kw[:, None] * share, grid.buses.q_kvar[:, None] * share
    return replace(grid, branches=branches), p, q


@given(unbalanced())
def test_powers_close_on_every_phase_at_every_bus(case):
    """Kirchhoff and Ohm in phase coordinates: lines by their 3 x 3 impedance matrices, transformers by their windings."""
    grid, p, q = case
    flow = unbalanced_flow(grid, p, q)
    assume(flow.converged)
    v, branches = flow.phases.phasor, grid.branches
    drawn = 3 * (p + 1j * q) / grid.base_kva + np.abs(v) ** 2 * (grid.buses.shunt_g - 1j * grid.buses.shunt_b)[:, None]
    highest = np.zeros(len(branches))
    for row in range(len(branches)):
        f, t = branches.from_bus[row], branches.to_bus[row]
        z1 = branches.r[row] + 1j * branches.x[row]
        if branches.kind[row] == "line":
            series = np.linalg.inv(z1 * np.eye(3) + (4 * z1 - z1) / 3 * np.ones((3, 3)))  # zs = (z0 + 2 z1) / 3, zm = (z0 - z1) / 3
            through = series @ (v[f] - v[t])
            into_f, into_t = through + 1j * branches.b_to[row] * v[f], -through + 1j * branches.b_to[row] * v[t]
        else:  # each secondary winding is induced by the part of the primary's voltage that sums to zero: a delta has no other
            without_zero = v[f] - v[f].mean()
            into_t = (v[t] - _turned(without_zero / branches.tap[row], -branches.shift[row])) / z1
            into_f = -_turned(into_t - into_t.mean(), branches.shift[row]) / branches.tap[row]
        drawn[f] += v[f] * np.conj(into_f)
        drawn[t] += v[t] * np.conj(into_t)
        if branches.rating_kva[row]:
            ends = np.abs(into_f).max() * branches.from_rated[row], np.abs(into_t).max() * branches.to_rated[row]
            highest[row] = 100 * grid.base_kva * max(ends) / branches.rating_kva[row]
    taken = drawn[grid.slack].sum() * grid.base_kva / 3
    assert (flow.import_kw, flow.import_kvar) == pytest.approx((taken.real, taken.imag), abs=1e-4)
    drawn[grid.slack] = 0
    assert np.abs(drawn).max() < 1e-7
    np.testing.assert_allclose(flow.loading, highest, rtol=1e-6, atol=1e-6)
    assert flow.import_kw == pytest.approx(p.sum() + flow.losses_kw, abs=1e-8)
    assert flow.losses_kw >= -1e-6
    sequences = np.linalg.solve(np.array([[1, 1, 1], [1, TURN**2, TURN], [1, TURN, TURN**2]]), v.T)
    np.testing.assert_allclose(flow.phases.unbalance, 100 * np.abs(sequences[2] / sequences[1]), atol=1e-8)
    np.testing.assert_allclose(flow.phasor, sequences[1], atol=1e-12)
    furthest = np.abs(v)[np.arange(len(v)), np.abs(np.abs(v) - 1).argmax(axis=1)]
    np.testing.assert_allclose(flow.voltage, furthest)


def _turned(three, angle):
    """Phase values without zero sequence whose positive sequence is turned by an angle, and the negative one back."""
    positive = (three[0] + TURN * three[1] + TURN**2 * three[2]) / 3 * np.exp(1j * angle)
    negative = (three[0] + TURN**2 * three[1] + TURN * three[2]) / 3 * np.exp(-1j * angle)
    return positive * np.array([1, TURN**2, TURN]) + negative * np.array([1, TURN, TURN**2])


@given(unbalanced(), st.integers(0, 2**32 - 1))
def test_an_interval_is_the_same_alone_and_in_a_batch(case, seed):
    grid, p, q = case
    scale = np.random.default_rng(seed).uniform(0, 1.2, (4, 1, 1))
    batch = unbalanced_flow(grid, scale * p, scale * q)
    for t in range(4):
        alone = unbalanced_flow(grid, scale[t] * p, scale[t] * q)
        for part, whole in ((alone, batch), (alone.phases, batch.phases)):
            for column in part.__match_args__:
                if column != "phases":
                    np.testing.assert_array_equal(getattr(part, column), getattr(whole, column)[t])


@given(unbalanced(), st.integers(0, 2**32 - 1))
def test_sensitivities_are_the_slopes_of_the_flow(case, seed):
    grid, p, q = case
    flow = unbalanced_flow(grid, p, q)
    assume(flow.converged and flow.voltage.min() > 0.7)
    random = np.random.default_rng(seed)
    bus = int(random.choice(np.delete(np.arange(len(grid.buses)), grid.slack)))
    place = int(random.integers(0, 4))
    more = np.zeros((2, len(grid.buses), 3))
    step = 1e-3 * grid.base_kva
    more[:, bus] = np.array([[step], [-step]]) * (np.ones(3) / 3 if place == 0 else np.eye(3)[place - 1])
    beside = unbalanced_flow(grid, p + more, np.stack([q, q]))
    assume(beside.converged.all())
    near = sensitivities(grid, flow)
    slope = (beside.every_voltage[0] - beside.every_voltage[1]) / (2 * step)
    np.testing.assert_allclose(near.voltage[:, 4 * bus + place], slope, atol=1e-5 * np.abs(slope).max() + 1e-9)
    rated = flow.loading > 1  # where little flows, the size of a current has a bend
    slope = (beside.loading[0] - beside.loading[1]) / (2 * step)
    smooth = np.abs(beside.loading[0] + beside.loading[1] - 2 * flow.loading) <= 1e-3 * np.abs(beside.loading[0] - beside.loading[1])
    np.testing.assert_allclose(near.loading[rated & smooth, 4 * bus + place], slope[rated & smooth], atol=2e-3 * np.abs(slope).max() + 1e-9)


def test_sensitivities_need_an_operating_point():
    none = unbalanced_flow(two_buses(), one_phase(1e6), np.zeros((2, 3)))
    assert not none.converged
    assert np.isnan(none.phases.voltage).all()
    with pytest.raises(GridInvalid, match="has not converged"):
        sensitivities(two_buses(), none)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1e300])
def test_withdrawals_that_are_no_numbers_do_not_converge(wrong):
    column = np.stack([one_phase(1.0), one_phase(wrong)])
    flow = unbalanced_flow(two_buses(), column, np.zeros((2, 2, 3)))
    assert flow.converged.tolist() == [True, False]
    assert np.isnan(flow.phases.unbalance[1]).all()


@pytest.mark.parametrize("shape", [(2,), (3, 3), (2, 2), (1, 2, 2, 3)])
def test_withdrawals_of_another_shape_are_refused(shape):
    with pytest.raises(GridInvalid, match=r"\[2, 3\] or \[T, 2, 3\]"):
        unbalanced_flow(two_buses(), np.zeros(shape), np.zeros(shape))


def test_connections_hang_on_their_phase():
    """9 kW on all three, 1 on a, 2 on c at bus 1: [4, 3, 5]."""
    bus = np.array([1, 1, 1, 0], np.int32)
    grid = connections(two_buses(), bus, np.array([0, 1, 3, 2], np.int8))
    p, q = at_phases(grid, bus, np.array([9.0, 1.0, 2.0, 7.0]), np.array([0.0, 0.0, 0.5, 0.0]))
    assert p.tolist() == [[0, 7, 0], [4, 3, 5]]
    assert q[1].tolist() == [0, 0, 0.5]


def test_connections_that_the_grid_has_not_are_refused_all_at_once():
    with pytest.raises(GridInvalid) as caught:
        connections(two_buses(), np.array([1, 2, 0], np.int32), np.array([4, 1, -1], np.int8))
    assert [fault.what for fault in caught.value.faults] == [
        "2 of 3 hang on a phase that is not there: rows 0, 2", "1 of 3 hang on a bus that is not there: rows 1",
    ]  # fmt: skip
    grid = connections(two_buses(), np.array([1, 1], np.int32), np.array([1, 2], np.int8))
    with pytest.raises(GridInvalid, match="knows the phase of 2 connections, not of 3"):
        at_phases(grid, np.ones(3, np.int32), np.zeros(3), np.zeros(3))


def test_a_bus_without_a_way_to_earth_is_refused():
    """Fed from the star's side, the delta's side has no zero-sequence path."""
    grid = two_buses(kind="transformer")
    turned = grid.branches.replace(from_bus=grid.branches.to_bus, to_bus=grid.branches.from_bus)
    with pytest.raises(GridInvalid, match="no way to earth"):
        connections(replace(grid, branches=turned), np.array([1], np.int32), np.array([1], np.int8))


def test_a_zero_sequence_with_gaps_is_refused():
    feeder = paper_feeder("case12da")
    rows = len(feeder.branches)
    given = ZeroSequence(np.full(rows, 0.1), np.full(rows, 0.1), np.zeros(rows), np.full(rows, "", dtype="<U12"))
    gap, wrong, group = given.r.copy(), given.x.copy(), given.group.copy()
    gap[3], wrong[5], group[0] = np.nan, -0.1, "YNyn0"
    kind = np.where(np.arange(rows) == 0, "transformer", "line")
    with pytest.raises(GridInvalid) as caught:
        zero_sequence(feeder.branches.replace(kind=kind), given.replace(r=gap, x=wrong, group=group))
    assert [fault.what for fault in caught.value.faults] == [
        "1 of 11 branches have no zero-sequence impedance, where other lines have one: 4-5",
        "1 of 11 branches have an impossible zero-sequence impedance: 6-7",
        "1 of 11 branches are transformers of another vector group: 1-2",
    ]
