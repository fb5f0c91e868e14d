"""What does not keep a power flow from running and still looks wrong: ratings, units, doubles, the flow at the grid's own loads."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from p2p.base.columns import Flags, Floats, Texts
from p2p.base.errors import Fault
from p2p.grid.check import listed
from p2p.grid.flow import Flow
from p2p.grid.network import Grid

# Bounds beyond which a number is more likely of another unit than true (assumptions, wide on purpose).
MOST_KA = 3.0  # drawn at one bus
LEAST_KW = 0.05  # of the largest load
MOST_KV = 1000.0
OHM_PER_KM = 0.005, 10.0  # of lines, from bundled conductors to service cables
LEAST_DROP = 1e-5  # p.u. between the highest and the lowest voltage of a loaded grid
LEAST_LOADING = 0.1  # percent, of the most loaded branch


def doubts(grid: Grid, flow: Flow, band: tuple[float, float]) -> tuple[Fault, ...]:
    """Every doubt about a grid that `check` has passed, as sentences.

    Parameters
    ----------
    flow : of the grid's own loads.
    band : lowest and highest voltage that should be. [p.u.]
    """
    return (*_doubles(grid), *_limits(grid), *_units(grid), *_at_own_loads(grid, flow, band))


def _doubles(grid: Grid) -> Iterator[Fault]:
    branches, where = grid.branches, f"{grid.name}, branches"
    names, counts = np.unique(branches.name, return_counts=True)
    if np.any(counts > 1):
        yield Fault(where, f"{np.sum(counts > 1)} names stand twice or more: {listed(names[counts > 1])}", "results tell branches by name")
    ends = np.sort(np.stack([branches.from_bus, branches.to_bus], axis=1), axis=1)
    same = np.column_stack([ends, branches.r, branches.x])
    _, first, counts = np.unique(same, axis=0, return_index=True, return_counts=True)
    if np.any(counts > 1):
        what = f"{np.sum(counts > 1)} have an equal one beside them: {listed(branches.name[np.sort(first[counts > 1])])}"
        yield Fault(where, what, "two circuits, or one that is written twice")


def _limits(grid: Grid) -> Iterator[Fault]:
    branches, where = grid.branches, f"{grid.name}, ratings"
    free = branches.rating_kva == 0
    if np.all(free):
        yield Fault(where, "no branch has one, so none is ever overloaded", "a rating for each branch that may bind")
    else:
        yield from _which(where, branches.name, free, "have none, so they are never overloaded")


def _units(grid: Grid) -> Iterator[Fault]:
    buses, branches = grid.buses, grid.branches
    yield from _which(f"{grid.name}, kv", buses.name, buses.kv >= MOST_KV, "are 1000 kV or more", "is it in V?")
    power = np.hypot(buses.p_kw, buses.q_kvar)
    ampere = power / (np.sqrt(3) * buses.kv * 1000)
    what = f"draw or feed in more than {MOST_KA:g} kA"
    yield from _which(f"{grid.name}, loads", buses.name, ampere > MOST_KA, what, "is the power in W, or kv too small?")
    if 0 < power.max() < LEAST_KW:
        yield Fault(f"{grid.name}, loads", f"the largest is {power.max():.3g} kVA", "is it in MW?")
    if not np.any(power):
        yield Fault(f"{grid.name}, loads", "no bus draws or feeds in", "homes live at loads, so nobody could live here")
    lines = (branches.kind == "line") & (branches.km > 0)
    ohm = buses.kv[branches.to_bus] ** 2 * 1000 / grid.base_kva * np.hypot(branches.r, branches.x)
    per_km = np.divide(ohm, branches.km, out=np.ones(len(ohm)), where=lines)
    low, high = OHM_PER_KM
    yield from _which(f"{grid.name}, lines", branches.name, per_km < low, f"have less than {low:g} ohm/km", "is it ohm, and not p.u.?")
    yield from _which(f"{grid.name}, lines", branches.name, per_km > high, f"have more than {high:g} ohm/km", "is it ohm, and km, not m?")
    unlike = (branches.kind == "line") & ~np.isclose(buses.kv[branches.from_bus], buses.kv[branches.to_bus], rtol=0.2)
    yield from _which(f"{grid.name}, lines", branches.name, unlike, "join two nominal voltages", "a transformer")


def _at_own_loads(grid: Grid, flow: Flow, band: tuple[float, float]) -> Iterator[Fault]:
    where = f"{grid.name}, at its own loads"
    if not flow.converged:
        yield Fault(where, "there is no operating point", "less load, or more grid; are loads in kW and impedances in ohm?")
        return
    low, high = band
    yield from _beyond(where, grid.buses.name, flow.voltage, flow.voltage < low, f"lie below {low:g} p.u.", int(flow.voltage.argmin()))
    yield from _beyond(where, grid.buses.name, flow.voltage, flow.voltage > high, f"lie above {high:g} p.u.", int(flow.voltage.argmax()))
    most = int(flow.loading.argmax())
    over = flow.loading > 100
    if np.any(over):
        what = f"{np.sum(over)} of {len(over)} branches are loaded beyond their rating, most {grid.branches.name[most]}"
        yield Fault(where, f"{what} ({flow.loading[most]:.0f} %)")
    if not np.any(np.hypot(grid.buses.p_kw, grid.buses.q_kvar)):
        return
    if np.ptp(flow.voltage) < LEAST_DROP:
        yield Fault(where, f"voltages differ by {np.ptp(flow.voltage):.1g} p.u. only", "are impedances in ohm and loads in kW?")
    if np.any(grid.branches.rating_kva > 0) and flow.loading[most] < LEAST_LOADING:
        what = f"no branch is loaded beyond {flow.loading[most]:.1g} %, so no rating will bind"
        yield Fault(where, what, "are ratings stand-ins for none, or in another unit?")


def _beyond(where: str, names: Texts, voltage: Floats, wrong: Flags, what: str, worst: int) -> Iterator[Fault]:
    if np.any(wrong):
        yield Fault(where, f"{np.sum(wrong)} of {len(names)} buses {what}, farthest {names[worst]} ({voltage[worst]:.4f} p.u.)")


def _which(where: str, names: Texts, wrong: Flags, what: str, allowed: str = "") -> Iterator[Fault]:
    if np.any(wrong):
        yield Fault(where, f"{np.sum(wrong)} of {len(names)} {what}: {listed(names[wrong])}", allowed)
