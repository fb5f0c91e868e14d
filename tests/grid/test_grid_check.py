"""Grids that have no power flow are refused, with all that is wrong at once."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

from p2p.base.errors import GridInvalid
from p2p.grid import Branches, Buses, Grid, check
from p2p.grid.topology import graph, islands, layout
from tests.grid.grids import paper_feeder


def changed(grid, *, buses=None, branches=None, **more):
    """The grid with some values of its columns set: {column: {row: value}}."""

    def with_values(rows, changes):
        columns = {name: rows.columns()[name].copy() for name in changes or {}}
        for name, values in (changes or {}).items():
            for row, value in values.items():
                columns[name][row] = value
        return rows.replace(**columns)

    return replace(grid, buses=with_values(grid.buses, buses), branches=with_values(grid.branches, branches), **more)


FAULTS = [
    ({"branches": {"r": {3: -0.1}}}, "1 of 32 have a negative impedance: 4-5"),
    ({"branches": {"x": {3: -0.1}}}, "1 of 32 have a negative impedance: 4-5"),
    ({"branches": {"r": {0: 0.0, 5: 0.0}, "x": {0: 0.0, 5: 0.0}}}, "2 of 32 have no impedance: 1-2, 6-7"),
    ({"branches": {"r": {2: np.nan}}}, "1 of 32 have an impedance that is not a number: 3-4"),
    ({"branches": {"b_to": {2: np.inf}}}, "have a shunt that is not a number: 3-4"),
    ({"branches": {"tap": {2: 0.0}}}, "impossible tap ratio"),
    ({"branches": {"rating_kva": {2: -5.0}}}, "impossible rating: 3-4"),
    ({"branches": {"rating_kva": {2: np.nan}}}, "impossible rating: 3-4"),
    ({"branches": {"to_bus": {31: 77}}}, "1 of 32 end at a bus that is not there: 32-33; bus rows 0 to 32"),
    ({"branches": {"from_bus": {31: -1}}}, "end at a bus that is not there: 32-33"),
    ({"branches": {"to_bus": {4: 4}}}, "begin and end at one bus: 5-6"),
    ({"branches": {"from_bus": {5: 6}, "to_bus": {5: 7}}}, "cut off from the slack, in 1 island: 7, 8, 9, 10, 11, 12, 13, 14 and 4 more"),
    ({"branches": {"from_bus": {31: 0}, "to_bus": {31: 1}}}, "1 of 33 hang on no branch: 33"),
    ({"buses": {"name": {1: "1"}}}, "1 names stand twice or more: 1"),
    ({"buses": {"kv": {1: 0.0, 2: np.nan}}}, "2 of 33 have no nominal voltage: 2, 3"),
    ({"buses": {"p_kw": {1: np.nan}}}, "1 of 33 have a load that is not a number: 2"),
    ({"buses": {"shunt_g": {1: np.inf}}}, "1 of 33 have a shunt that is not a number: 2"),
    ({"slack": 33}, "bus row 33 is not there; 0 to 32"),
    ({"slack": -1}, "bus row -1 is not there"),
    ({"slack_voltage": 0.0}, "slack voltage"),
    ({"slack_voltage": np.nan}, "slack voltage"),
    ({"base_kva": np.inf}, "base power"),
]


@pytest.mark.parametrize(("changes", "message"), FAULTS, ids=[message for _, message in FAULTS])
def test_a_fault_is_named_with_place_and_number(changes, message):
    with pytest.raises(GridInvalid) as caught:
        check(changed(paper_feeder("case33bw"), **changes))
    assert message in str(caught.value)
    assert "case33bw" in str(caught.value)


def test_all_faults_come_at_once():
    grid = changed(
        paper_feeder("case33bw"),
        branches={"r": {3: -0.1}, "tap": {4: 0.0}, "to_bus": {31: 99}},
        buses={"kv": {1: 0.0}},
        slack=50,
        slack_voltage=-1.0,
    )
    with pytest.raises(GridInvalid) as caught:
        check(grid)
    assert len(caught.value.faults) >= 7


def test_a_grid_without_buses_or_branches_is_refused():
    feeder = paper_feeder("case12da")
    nothing = slice(0, 0)
    with pytest.raises(GridInvalid, match="there is none"):
        check(Grid("empty", feeder.buses.take(nothing), feeder.branches.take(nothing)))
    with pytest.raises(GridInvalid, match="hang on no branch"):
        check(Grid("lone", feeder.buses.take(slice(0, 1)), feeder.branches.take(nothing)))


def test_a_good_grid_passes_as_it_is():
    grid = paper_feeder("case69")
    assert check(grid) is grid


def test_shunts_that_cancel_a_branch_leave_no_voltages():
    feeder = paper_feeder("case12da")
    line = feeder.branches.take(slice(0, 1))
    series = 1 / (line.r[0] + 1j * line.x[0])
    buses = feeder.buses.take(slice(0, 2))
    buses = buses.replace(shunt_g=np.array([0, -series.real]), shunt_b=np.array([0, -series.imag]))
    with pytest.raises(GridInvalid, match="singular"):
        _ = Grid("cancelled", buses, line).matrix


def test_networkx_sees_the_same_grid():
    grid = paper_feeder("case33bw")
    net = graph(len(grid.buses), grid.branches)
    assert nx.is_tree(net)
    assert grid.radial
    assert len(islands(len(grid.buses), grid.branches)) == 1
    ring = Branches.concat([grid.branches, grid.branches.take(slice(3, 4))])
    assert not replace(grid, branches=ring).radial


def test_the_layout_keeps_buses_apart():
    grid = paper_feeder("case69")
    x, y = layout(len(grid.buses), grid.branches, grid.slack)
    assert len(set(zip(x.tolist(), y.tolist(), strict=True))) == len(grid.buses)
    assert x[grid.slack] == 0
    assert x.max() == max(nx.single_source_shortest_path_length(graph(len(grid.buses), grid.branches), grid.slack).values())


def test_columns_of_unequal_length_are_no_buses():
    with pytest.raises(ValueError, match="Buses: columns differ in rows: name has 1, kv has 2"):
        Buses(np.array(["a"]), np.zeros(2), *[np.zeros(1)] * 6)
