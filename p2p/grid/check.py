"""Is this a grid on which a power flow can be run? All faults at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from p2p.base.columns import Flags, Texts
from p2p.base.errors import Fault, GridInvalid
from p2p.grid.columns import Branches
from p2p.grid.network import Grid
from p2p.grid.topology import islands

SHOWN = 8  # names in one message


def check(grid: Grid) -> Grid:
    """The grid itself, if it has a power flow.

    Raises
    ------
    GridInvalid
        With every fault found: no bus, no slack, unknown buses, impossible impedances, buses that nothing feeds.
    """
    faults = [*_bus_faults(grid), *_branch_faults(grid)]
    if not faults or len(grid.buses):
        faults += connection_faults(grid)
    if faults:
        raise GridInvalid(faults)
    return grid


def listed(names: Texts) -> str:
    """The first names and how many more."""
    some = ", ".join(str(name) for name in names[:SHOWN])
    return some if len(names) <= SHOWN else f"{some} and {len(names) - SHOWN} more"


def _bus_faults(grid: Grid) -> Iterator[Fault]:
    buses = grid.buses
    where = f"{grid.name}, buses"
    if not len(buses):
        yield Fault(where, "there is none", "at least the slack bus and one more")
        return
    if not 0 <= grid.slack < len(buses):
        yield Fault(f"{grid.name}, slack", f"bus row {grid.slack} is not there", f"0 to {len(buses) - 1}")
    if not 0 < grid.slack_voltage < np.inf:
        yield Fault(f"{grid.name}, slack voltage", f"{grid.slack_voltage} p.u.", "a positive number")
    if not 0 < grid.base_kva < np.inf:
        yield Fault(f"{grid.name}, base power", f"{grid.base_kva} kVA", "a positive number")
    names, counts = np.unique(buses.name, return_counts=True)
    if np.any(counts > 1):
        yield Fault(where, f"{np.sum(counts > 1)} names stand twice or more: {listed(names[counts > 1])}", "each name once")
    yield from _where(where, buses.name, ~((buses.kv > 0) & np.isfinite(buses.kv)), "have no nominal voltage", "above 0 kV")
    fixed = np.isfinite(buses.shunt_g) & np.isfinite(buses.shunt_b)
    yield from _where(where, buses.name, ~fixed, "have a shunt that is not a number", "p.u.")
    loaded = np.isfinite(buses.p_kw) & np.isfinite(buses.q_kvar)
    yield from _where(where, buses.name, ~loaded, "have a load that is not a number", "kW and kvar")


def _branch_faults(grid: Grid) -> Iterator[Fault]:
    branches, where = grid.branches, f"{grid.name}, branches"
    known = _known(branches, len(grid.buses))
    impedance = np.isfinite(branches.r) & np.isfinite(branches.x)
    yield from _where(where, branches.name, ~known, "end at a bus that is not there", f"bus rows 0 to {len(grid.buses) - 1}")
    yield from _where(where, branches.name, branches.from_bus == branches.to_bus, "begin and end at one bus", "two buses")
    yield from _where(where, branches.name, ~impedance, "have an impedance that is not a number", "r and x in p.u.")
    negative = (branches.r < 0) | (branches.x < 0)
    yield from _where(where, branches.name, negative, "have a negative impedance", "r and x of 0 or more")
    zero = (branches.r == 0) & (branches.x == 0)
    yield from _where(where, branches.name, zero, "have no impedance", "r or x above 0; merge the buses if it is a closed switch")
    shunts = np.isfinite(branches.g_from + branches.b_from + branches.g_to + branches.b_to)
    yield from _where(where, branches.name, ~shunts, "have a shunt that is not a number", "p.u.")
    turns = (branches.tap > 0) & np.isfinite(branches.tap) & np.isfinite(branches.shift)
    yield from _where(where, branches.name, ~turns, "have an impossible tap ratio or phase shift", "a ratio above 0")
    rated = (branches.rating_kva >= 0) & (branches.from_rated > 0) & (branches.to_rated > 0)
    yield from _where(where, branches.name, ~rated, "have an impossible rating", "0 (unlimited) or more kVA")


def connection_faults(grid: Grid) -> Iterator[Fault]:
    """Buses that no branch or no way to the slack reaches."""
    buses, branches = grid.buses, grid.branches
    where = f"{grid.name}, buses"
    lone = np.ones(len(buses), np.bool_)
    known = branches.take(_known(branches, len(buses)))
    lone[known.from_bus] = lone[known.to_bus] = False
    yield from _where(where, buses.name, lone, "hang on no branch", "a branch to the rest, or leave them out")
    groups = islands(len(buses), known)
    fed = next((group for group in groups if grid.slack in group), groups[0])
    dark = np.ones(len(buses), np.bool_)
    dark[list(fed)] = False
    parts = len(groups) - 1 - int(np.sum(lone & dark))
    if parts:
        what = f"are cut off from the slack, in {parts} island{'s' * (parts > 1)}"
        yield from _where(where, buses.name, dark & ~lone, what, "one island, or one grid for each")


def _known(branches: Branches, buses: int) -> Flags:
    low = np.minimum(branches.from_bus, branches.to_bus)
    return (low >= 0) & (np.maximum(branches.from_bus, branches.to_bus) < buses)


def _where(where: str, names: Texts, wrong: Flags, what: str, allowed: str) -> Iterator[Fault]:
    """One fault with the names of all rows that have it."""
    if np.any(wrong):
        yield Fault(where, f"{np.sum(wrong)} of {len(names)} {what}: {listed(names[wrong])}", allowed)
