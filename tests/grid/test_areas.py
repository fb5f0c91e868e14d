"""Feeders below a medium-voltage grid: which bus is in which, and what each takes from above, against sums by hand."""

import numpy as np
import pytest

from p2p.grid import Branches, areas_of, power_flow
from tests.grid.grids import grid_of

KV = [20.0, 20.0, 0.4, 0.4, 0.4, 0.4]
R = np.array([0.001, 0.004, 0.01, 0.005, 0.02])
"""p.u. on 100 kVA: the medium-voltage line, T1 and its line, T2 and its line."""


def two_feeders():
    """Buses 2 and 3 hang by T1 on bus 1, buses 4 and 5 by T2, which is told from its lower end; the source is bus 0."""
    names = np.array(["upper line", "T1", "line A", "T2", "line B"])
    start, end = np.array([0, 1, 2, 4, 4], np.int32), np.array([1, 2, 3, 1, 5], np.int32)
    lines = Branches.lines(names, start, end, R, 0 * R, np.array([0.0, 40.0, 0.0, 80.0, 0.0]))
    grid = grid_of("two feeders", np.arange(6).astype(str), 0.4, np.zeros(6), np.zeros(6), lines, base_kva=100.0)
    return type(grid)(grid.name, grid.buses.replace(kv=np.array(KV)), grid.branches, 0, 1.0, 100.0)


def test_which_bus_is_where():
    areas = areas_of(two_feeders())
    assert areas.name.tolist() == ["upstream", "T1", "T2"]
    assert areas.at_bus.tolist() == [0, 0, 1, 1, 2, 2]
    assert areas.branch.tolist() == [1, 3]
    assert areas.area.tolist() == [1, 2]
    assert areas.of_homes(np.array([5, 0, 3], np.int32)).tolist() == [2, 0, 1]


@pytest.mark.parametrize("fed_in", [0.0, 50.0])
def test_a_feeder_takes_what_its_homes_draw_and_what_is_lost_on_the_way(fed_in):
    """Losses of a resistance are |V - V'|² / r; those of a transformer are its feeder's."""
    grid = two_feeders()
    drawn = np.array([0.0, 7.0, 5.0, 20.0, 8.0, 12.0 - fed_in])
    flow = power_flow(grid, drawn, np.zeros(6))
    fall = np.abs(flow.phasor[grid.branches.from_bus] - flow.phasor[grid.branches.to_bus])
    lost = fall**2 / R * 100.0
    taken, loading = areas_of(grid).exchange(grid, flow)
    assert taken[1] == pytest.approx(25.0 + lost[1] + lost[2], abs=1e-5)
    assert taken[2] == pytest.approx(20.0 - fed_in + lost[3] + lost[4], abs=1e-5)
    assert taken[0] == pytest.approx(drawn.sum() + lost.sum(), abs=1e-5)
    assert np.isnan(loading[0])
    assert loading[1:] == pytest.approx(100.0 * (fall[[1, 3]] / R[[1, 3]]) * 100.0 / [40.0, 80.0], rel=1e-3)


def test_a_grid_of_one_voltage_is_one_area():
    grid = two_feeders()
    one = type(grid)(grid.name, grid.buses.replace(kv=np.full(6, 0.4)), grid.branches, 0, 1.0, 100.0)
    areas = areas_of(one)
    assert (len(areas), areas.at_bus.tolist(), len(areas.branch)) == (1, [0] * 6, 0)
