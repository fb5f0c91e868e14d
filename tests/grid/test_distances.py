"""How far it is along the grid, by hand."""

import numpy as np

from p2p.grid import Branches
from p2p.grid.distances import distances, has_lengths
from p2p.sources import read_grid
from tests.grid.grids import grid_of


def ring(km):
    """0 - 1 - 2 - 3 - 0, and 4 behind 3."""
    ends = np.array([[0, 1], [1, 2], [2, 3], [3, 0], [3, 4]], np.int32)
    some = np.full(5, 0.01)
    lines = Branches.lines(np.array(list("abcde")), ends[:, 0], ends[:, 1], some, some, 0 * some, km)
    return grid_of("ring", list("01234"), 0.4, np.zeros(5), np.zeros(5), lines)


def test_the_shortest_way_round():
    """By hand: from 0 to 2 over 1 is 0.4, over 3 is 0.6; from 1 to 3 over 0 is 0.3, over 2 it is 0.7."""
    km = distances(ring(np.array([0.1, 0.3, 0.4, 0.2, 0.5])))
    expected = [[0, 0.1, 0.4, 0.2, 0.7], [0.1, 0, 0.3, 0.3, 0.8], [0.4, 0.3, 0, 0.4, 0.9], [0.2, 0.3, 0.4, 0, 0.5], [0.7, 0.8, 0.9, 0.5, 0]]
    assert np.allclose(km, expected)


def test_without_lengths_branches_are_counted():
    grid = ring(None)
    assert not has_lengths(grid)
    assert distances(grid)[0].tolist() == [0, 1, 2, 1, 2]


def test_of_two_branches_side_by_side_the_shorter_counts():
    grid = ring(np.array([0.1, 0.3, 0.4, 0.2, 0.5]))
    twice = grid.branches.take(np.array([0, 1, 2, 3, 4, 4]))
    grid = grid_of("twice", list("01234"), 0.4, np.zeros(5), np.zeros(5), twice.replace(km=np.array([0.1, 0.3, 0.4, 0.2, 0.5, 0.05])))
    assert distances(grid)[3, 4] == 0.05


def test_a_feeder_of_simbench_has_its_cables():
    """SimBench's rural feeder: 129 buses, cables of its tables, a transformer without length."""
    grid = read_grid("1-LV-rural3--0-sw").grid
    km = distances(grid)
    assert has_lengths(grid)
    assert (grid.branches.km[grid.branches.kind == "transformer"] == 0).all()
    assert (grid.branches.km[grid.branches.kind == "line"] > 0).all()
    assert np.allclose(km, km.T)
    assert (np.diagonal(km) == 0).all()
    direct = km[grid.branches.from_bus, grid.branches.to_bus]
    assert np.allclose(direct, grid.branches.km)  # a tree: the branch is the only way
    assert 0.5 < km.max() < 10


def test_a_case_whose_lines_are_all_one_long():
    """pandapower gives each line of the 33-bus case 1 km; bus 18 is the end of its main feeder, 17 lines from the source."""
    grid = read_grid("case33bw").grid
    assert distances(grid)[grid.slack].max() == 17
