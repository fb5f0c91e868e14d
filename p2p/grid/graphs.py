"""Grids from networkx graphs with stated attributes, and as graphs again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from p2p.base.errors import Fault, GridInvalid
from p2p.grid.flow import Flow
from p2p.grid.network import Grid
from p2p.grid.ohms import grid_of, stated_columns
from p2p.grid.stated import Cell, Stated, Wording

if TYPE_CHECKING:
    import networkx as nx

RESULT = "flow_"
"""What attributes begin with that a power flow gave; a graph that is read may carry them."""


def from_graph(graph: nx.Graph[Any], name: str) -> Grid:
    """The grid that a graph states; see `Grid.from_networkx`."""
    if not all(hasattr(graph, part) for part in ("nodes", "edges", "is_directed")):
        raise GridInvalid(Fault(name, f"a {type(graph).__name__} is no graph", "a networkx Graph, DiGraph or MultiGraph"))
    nodes, edges = list(graph.nodes(data=True)), list(graph.edges(data=True))
    places = [str(node) for node, _ in nodes]
    buses = _table(f"{name}, nodes", places, [stated for _, stated in nodes], "node", {"name": places})
    ends = {"from_bus": [str(a) for a, _, _ in edges], "to_bus": [str(b) for _, b, _ in edges]}
    between = [f"{a}-{b}" for a, b, _ in edges]
    branches = _table(f"{name}, edges", between, [stated for _, _, stated in edges], "edge", ends)
    return grid_of(name, buses, branches, _without_direction(graph.is_directed(), branches))


def _table(name: str, places: Sequence[str], stated: Sequence[Mapping[str, Any]], row: str, own: Mapping[str, Sequence[Cell]]) -> Stated:
    """Attributes as columns; what a node or edge does not state is None there."""
    names = dict.fromkeys(str(key) for one in stated for key in one if not str(key).startswith(RESULT))
    taken = [Fault(name, f"'{column}' is what networkx knows {row}s by", "no such attribute") for column in names if column in own]
    if taken:
        raise GridInvalid(taken)
    columns = {column: [one.get(column) for one in stated] for column in names}
    return Stated(name, {**own, **columns}, places, Wording(row, "attribute"))


def _without_direction(directed: bool, edges: Stated) -> list[Fault]:
    """Ratios on edges of one voltage, which have no from end in a graph without direction, are wrong; `grid_of` turns the others."""
    cells = enumerate(edges.cells("tap")), enumerate(edges.cells("shift_deg"))
    turned = sorted({row for column, neutral in zip(cells, (1, 0), strict=True) for row, cell in column if cell not in (None, neutral)})
    if directed or not turned:
        return []
    what = f"{len(turned)} have a ratio or a shift and no direction ({edges.some(turned)})"
    return [Fault(edges.name, what, "a DiGraph, whose edges begin at the side of the tap")]


def to_graph(grid: Grid, flow: Flow | None) -> nx.MultiDiGraph[str]:
    """The grid as a graph; see `Grid.to_networkx`."""
    import networkx as nx

    if flow is not None and flow.voltage.shape != (len(grid.buses),):
        raise GridInvalid(Fault("to_networkx", f"a flow of shape {flow.voltage.shape}", f"[{len(grid.buses)}], one interval of this grid"))
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(name=grid.name)
    nodes, edges = stated_columns(grid)
    nodes = {name: nodes[name] for name in ("kv", "x", "y", "p_kw", "q_kvar")}
    if flow is not None:
        nodes["flow_voltage_pu"] = flow.voltage.tolist()
    names = grid.buses.name.tolist()
    for row, bus in enumerate(names):
        graph.add_node(bus, **{name: column[row] for name, column in nodes.items()})
    graph.nodes[names[grid.slack]].update(slack=True, voltage_pu=grid.slack_voltage)
    edges = {name: column for name, column in edges.items() if name not in ("from_bus", "to_bus")}
    if flow is not None:
        edges |= {f"flow_{name}": getattr(flow, column).tolist() for name, column in _RESULTS.items()}
    for row, (start, stop) in enumerate(zip(grid.branches.from_bus.tolist(), grid.branches.to_bus.tolist(), strict=True)):
        stated = {name: column[row] for name, column in edges.items()}
        graph.add_edge(names[start], names[stop], **{name: cell for name, cell in stated.items() if cell is not None})
    return graph


_RESULTS = {"loading_percent": "loading", "p_kw": "p_kw", "q_kvar": "q_kvar"}
