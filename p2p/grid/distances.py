"""How far buses are from one another along the grid."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats
from p2p.grid.network import Grid
from p2p.grid.topology import graph


def distances(grid: Grid) -> Floats:
    """[B, B] length of the shortest way between buses along the branches. [km]

    Transformers have no length. Where the source gives no lengths at all, as MATPOWER's files don't, each branch counts
    as 1 km, so that a distance is a number of branches; `has_lengths` says which.
    """
    import networkx as nx

    length = grid.branches.km if has_lengths(grid) else np.ones(len(grid.branches))
    net = graph(len(grid.buses), grid.branches)
    for first, second, row in net.edges(keys=True):
        net.edges[first, second, row]["km"] = float(length[row])
    km = np.full((len(grid.buses), len(grid.buses)), np.inf)
    for bus, ways in nx.all_pairs_dijkstra_path_length(net, weight="km"):
        km[bus, list(ways)] = list(ways.values())
    return km


def has_lengths(grid: Grid) -> bool:
    """Whether the source says how long lines are."""
    return bool(np.any(grid.branches.km > 0))
