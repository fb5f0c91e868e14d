"""What one more kW does: the adjoint solve against the forward one, and against differences of power flows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p.base.errors import GridInvalid
from p2p.grid import THE_IMPORT, Elements, gradients, power_flow, sensitivities
from tests.grid.grids import drawn_grids


def state_of(grid, scale=1.0):
    p, q = grid.buses.p_kw * scale, grid.buses.q_kvar * scale
    return power_flow(grid, p, q), p, q


@settings(max_examples=40, deadline=None)
@given(grid=st.one_of(drawn_grids(), drawn_grids(meshes=3)))
def test_turned_round_it_is_the_same(grid):
    """One solve an element gives the rows that one solve a bus gives the columns of."""
    flow, p, q = state_of(grid)
    if not flow.converged:
        return
    buses, branches = len(grid.buses), len(grid.branches)
    every = Elements.of(np.arange(buses), np.arange(branches))
    active, _ = gradients(grid, flow, p, q, every)
    near = sensitivities(grid, flow)
    assert np.allclose(active[:buses], near.voltage, rtol=1e-7, atol=1e-13)
    assert np.allclose(active[buses:], near.loading, rtol=1e-6, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(grid=drawn_grids(), seed=st.integers(0, 2**32 - 1))
def test_differences_of_flows(grid, seed):
    """Active and reactive power at any bus, on voltages, loadings in a fixed direction, and the import."""
    flow, p, q = state_of(grid)
    if not flow.converged:
        return
    random = np.random.default_rng(seed)
    voltages, loadings = random.integers(0, len(grid.buses), 3), random.integers(0, len(grid.branches), 3)
    elements = Elements.concat([Elements.of(voltages, loadings).with_angles(grid, flow), THE_IMPORT])
    found = gradients(grid, flow, p, q, elements)
    bus, step = int(random.integers(0, len(grid.buses))), 1e-3 * max(1.0, float(np.abs(p).max()))
    for which, slope in enumerate(found):
        more, less = [p.copy(), q.copy()], [p.copy(), q.copy()]
        more[which][bus] += step
        less[which][bus] -= step
        ends = [elements.values(grid, power_flow(grid, *ends)) for ends in (more, less)]
        assert np.allclose((ends[0] - ends[1]) / (2 * step), slope[:, bus], rtol=1e-4, atol=1e-6)


def test_a_direction_is_measured_by_its_projection():
    """A current of 1 at 0 rad is cos(60 degrees) of that in a direction of 60 degrees, and the other way round its opposite."""
    from tests.operators.test_dso import feeder

    grid = feeder(0.05, rating=100.0)
    flow = power_flow(grid, np.array([0.0, 40.0]), np.zeros(2))
    one = Elements.of(np.zeros(0, np.int64), np.zeros(1, np.int64))
    own = one.with_angles(grid, flow)
    loading = float(flow.loading[0])
    assert own.values(grid, flow) == pytest.approx([loading])
    turned = own.replace(angle=own.angle + np.pi / 3)
    assert turned.values(grid, flow) == pytest.approx([loading / 2])
    assert own.replace(angle=own.angle + np.pi).values(grid, flow) == pytest.approx([-loading])


def test_a_state_that_is_none_is_refused():
    from tests.operators.test_dso import feeder

    grid = feeder(0.05)
    p, q = np.array([0.0, 1e5]), np.zeros(2)
    with pytest.raises(GridInvalid, match="no operating point"):
        gradients(grid, power_flow(grid, p, q), p, q, THE_IMPORT)
