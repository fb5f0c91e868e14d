"""What hangs together: islands, radiality and a drawing, by networkx."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Floats
from p2p.grid.columns import Branches

if TYPE_CHECKING:
    import networkx as nx

LOW_VOLTAGE = 1.0
"""The highest nominal voltage that is called low (EN 50160, section 3.11). [kV]"""


def graph(buses: int, branches: Branches) -> nx.MultiGraph[int]:
    """The buses 0 to B - 1 and the branches between buses that exist, keyed by their rows."""
    import networkx as nx

    net: nx.MultiGraph[int] = nx.MultiGraph()
    net.add_nodes_from(range(buses))
    for row, (a, b) in enumerate(zip(branches.from_bus.tolist(), branches.to_bus.tolist(), strict=True)):
        if 0 <= a < buses and 0 <= b < buses:
            net.add_edge(a, b, row)
    return net


def islands(buses: int, branches: Branches) -> list[set[int]]:
    """The buses that hang together, the largest island first."""
    import networkx as nx

    return sorted(nx.connected_components(graph(buses, branches)), key=lambda island: (-len(island), min(island)))


def is_radial(buses: int, branches: Branches) -> bool:
    """Whether the grid is one tree."""
    import networkx as nx

    return buses > 0 and bool(nx.is_tree(graph(buses, branches)))


def low_voltage_feeders(kv: Floats, branches: Branches, slack: int) -> list[set[int]]:
    """The parts of the low-voltage grid that hang together only by way of higher voltages, in the order of their first buses.

    kv : [B] nominal voltages. The part in which the slack is, if it is one, is left out: it hangs on nothing.
    """
    import networkx as nx

    below = np.flatnonzero(kv <= LOW_VOLTAGE).tolist()
    parts = nx.connected_components(graph(len(kv), branches).subgraph(below))
    return sorted((part for part in parts if slack not in part), key=min)


def layout(buses: int, branches: Branches, slack: int) -> tuple[Floats, Floats]:
    """[B] x, [B] y of a drawing for a grid that has none: depth from the slack to the right, feeders side by side.

    A leaf of the breadth-first tree takes the next free height, an inner bus stands in the middle of its children.
    """
    import networkx as nx

    tree = nx.bfs_tree(nx.Graph(graph(buses, branches)), slack, sort_neighbors=sorted)
    depth = nx.single_source_shortest_path_length(tree, slack)
    x, y, leaves = np.zeros(buses), np.zeros(buses), 0
    for bus in nx.dfs_postorder_nodes(tree, slack, sort_neighbors=sorted):
        children = list(tree.successors(bus))
        x[bus] = depth[bus]
        y[bus] = np.mean(y[children]) if children else leaves
        leaves += not children
    return x, y
