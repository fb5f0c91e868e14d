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


def from_source(grid: Grid, along: str) -> Floats:
    """[B] the least way from the source to each bus along the branches: series impedances in a row [p.u.], or lengths [km].

    In a radial grid the impedances on the way are those of the Thevenin equivalent at the bus, behind the source.

    Parameters
    ----------
    along : "ohm", or "km" as in `distances`.
    """
    import networkx as nx

    branches = grid.branches
    length = branches.km if has_lengths(grid) else np.ones(len(branches))
    weight = np.hypot(branches.r, branches.x) if along == "ohm" else length
    net = graph(len(grid.buses), branches)
    for first, second, row in net.edges(keys=True):
        net.edges[first, second, row]["way"] = float(weight[row])
    ways = nx.single_source_dijkstra_path_length(net, grid.slack, weight="way")
    found = np.full(len(grid.buses), np.inf)
    found[list(ways)] = list(ways.values())
    return found


def has_lengths(grid: Grid) -> bool:
    """Whether the source says how long lines are."""
    return bool(np.any(grid.branches.km > 0))
