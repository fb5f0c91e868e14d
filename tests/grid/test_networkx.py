"""Grids from graphs and back: the same flow, every fault in a sentence."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.base.errors import GridInvalid, InputError
from p2p.grid import Grid, check, power_flow
from tests.grid.grids import drawn_grids, paper_feeder


def small(kind=nx.Graph):
    graph = kind()
    graph.add_node("station", kv=0.4, slack=True, voltage_pu=1.01)
    graph.add_node(7, kv=0.4, p_kw=30.0, q_kvar=6)
    graph.add_node("end", kv=0.4, p_kw=-5.0)
    graph.add_edge("station", 7, r_ohm=0.08, x_ohm=0.02, rating_kva=100.0, km=0.2)
    graph.add_edge(7, "end", r_ohm=0.05, x_ohm=0.02)
    return graph


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph])
def test_a_graph_of_any_kind_is_the_same_grid(kind):
    grid = Grid.from_networkx(small(kind), "street")
    assert (grid.name, grid.slack, grid.slack_voltage) == ("street", 0, 1.01)
    assert grid.buses.name.tolist() == ["station", "7", "end"]
    assert grid.branches.rating_kva.tolist() == [100.0, 0.0]
    # r in p.u. of 1000 kVA at 0.4 kV, whose unit is 0.16 ohm
    np.testing.assert_allclose(grid.branches.r, [0.5, 0.3125])
    assert power_flow(grid).converged


def test_parallel_edges_share_the_current():
    one, two = small(nx.MultiGraph), small(nx.MultiGraph)
    two.add_edge("station", 7, r_ohm=0.08, x_ohm=0.02)
    single, double = (power_flow(Grid.from_networkx(graph)) for graph in (one, two))
    assert double.p_kw[0] == pytest.approx(single.p_kw[0] / 2, rel=0.05)


def test_an_open_edge_carries_nothing():
    graph = small()
    graph.add_edge("station", "end", r_ohm=0.01, x_ohm=0.01, closed=False)
    np.testing.assert_array_equal(power_flow(Grid.from_networkx(graph)).voltage, power_flow(Grid.from_networkx(small())).voltage)


def changed(node=None, edge=None, kind=nx.Graph, **stated):
    graph = small(kind)
    (graph.nodes[node] if node is not None else graph.edges[edge]).update(stated)
    return graph


def without(name, node=None, edge=None):
    graph = small()
    del (graph.nodes[node] if node is not None else graph.edges[edge])[name]
    return graph


FIRST, LAST = ("station", 7), (7, "end")
BAD = [
    (without("kv", node=7), "graph, nodes, attribute kv: 1 are empty (node 7)"),
    (changed(node=7, voltage_pu=1.0), "attribute voltage_pu: 1 hold a voltage (node 7), the first '1.0'; only the slack holds one"),
    (changed(node=7, kv="low"), "attribute kv: 1 are no numbers (node 7), the first 'low'"),
    (changed(node=7, kv=True), "attribute kv: 1 are no numbers (node 7)"),
    (changed(node=7, p_kw=float("nan")), "attribute p_kw: 1 are no numbers (node 7), the first 'nan'"),
    (changed(node=7, slack=True), "attribute slack: 2 buses are the slack (nodes station, 7); one"),
    (changed(node=7, name="x"), "graph, nodes: 'name' is what networkx knows nodes by"),
    (changed(node=7, p_mw=1), "graph, nodes: unknown attribute 'p_mw'; did you mean 'p_kw'?"),
    (changed(node=7, phases="ab"), "attribute phases: 1 lack a phase (node 7), the first 'ab'"),
    (without("r_ohm", edge=LAST), "graph, edges, attribute r_ohm: 1 are empty (edge 7-end)"),
    (changed(edge=FIRST, r_ohm=0, x_ohm=0.0), "attribute r_ohm: 1 have no impedance (edge station-7)"),
    (changed(edge=FIRST, rating_kva=0), "attribute rating_kva: 1 are out of bounds (edge station-7), the first '0'; above 0 kVA"),
    (changed(edge=FIRST, max_i_ka=0.1), "attribute max_i_ka: 1 stand beside a rating_kva (edge station-7)"),
    (changed(edge=FIRST, tap=1.05), "graph, edges: 1 have a ratio or a shift and no direction (edge station-7); a DiGraph"),
    (changed(edge=FIRST, weight=1), "graph, edges: unknown attribute 'weight'"),
    (changed(edge=FIRST, closed=False), "2 of 3"),
    (nx.Graph(), "graph, nodes: there is none"),
    ({"a": 1}, "graph: a dict is no graph; a networkx Graph"),
]


@pytest.mark.parametrize(("graph", "message"), BAD, ids=[message for _, message in BAD])
def test_a_fault_names_its_node_or_edge(graph, message):
    with pytest.raises(InputError) as caught:
        Grid.from_networkx(graph)
    if message == "2 of 3":
        assert "cut off from the slack" in str(caught.value) or "hang on no branch" in str(caught.value)
    else:
        assert message in str(caught.value)


def test_faults_of_nodes_and_edges_come_at_once():
    graph = changed(node=7, kv=-1)
    graph.edges[FIRST]["r_ohm"] = -2
    graph.add_node("lone", kv=0.4)
    with pytest.raises(GridInvalid) as caught:
        Grid.from_networkx(graph)
    assert [str(fault).split(":")[0] for fault in caught.value.faults] == [
        "graph, nodes, attribute kv",
        "graph, edges, attribute r_ohm",
        "graph, buses",
    ]


@given(drawn_grids(), st.booleans())
def test_there_and_back_is_the_same_flow(grid, stepped):
    """Whatever an attribute can state comes back, ratios and shifts on either side of two voltages among it."""
    zero = np.zeros(len(grid.branches))
    charging = np.abs(grid.branches.b_from)
    branches = grid.branches.replace(g_from=zero, g_to=zero, b_from=charging, b_to=charging, to_rated=np.ones(len(zero)))
    kv = np.where(np.arange(len(grid.buses)) % 3 == 0, 20.0, 0.4) if stepped else grid.buses.kv
    none = np.zeros(len(kv))
    apart = kv[branches.from_bus] != kv[branches.to_bus]
    branches = branches.replace(kind=np.where(apart, "transformer", np.where(branches.kind == "line", "line", "impedance")))
    grid = check(replace(grid, branches=branches, buses=grid.buses.replace(kv=kv, shunt_g=none, shunt_b=none)))
    flow = power_flow(grid)
    again = Grid.from_networkx(grid.to_networkx(flow), "drawn")
    assert again.slack == grid.slack
    np.testing.assert_allclose(power_flow(again).voltage, flow.voltage, atol=1e-7)
    np.testing.assert_allclose(np.sort(power_flow(again).loading), np.sort(flow.loading), rtol=1e-5, atol=1e-5)


def test_a_graph_carries_the_flow():
    grid = paper_feeder("case33bw")
    flow = power_flow(grid)
    graph = grid.to_networkx(flow)
    assert min(graph.nodes(data="flow_voltage_pu"), key=lambda node: node[1]) == ("18", pytest.approx(0.91309, abs=1e-5))
    assert nx.is_tree(graph.to_undirected())
    assert sum(power for _, _, power in graph.out_edges("1", data="flow_p_kw")) == pytest.approx(flow.import_kw)
    assert "flow_voltage_pu" not in grid.to_networkx().nodes["18"]
    with pytest.raises(GridInvalid, match="one interval of this grid"):
        grid.to_networkx(power_flow(grid, np.zeros((2, 33)), np.zeros((2, 33))))
