"""What a reader makes of a grid's source: the grid, and who is connected to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Columns, Floats, Indices, Signs, Texts
from p2p.base.errors import Fault
from p2p.grid import Flow, Grid, power_flow
from p2p.grid.doubts import doubts


@dataclass(frozen=True, slots=True)
class Connections(Columns):
    """Loads, generators or storages as the source lists them; n rows.

    name:    [n] as in the source
    bus:     [n] int32, row of the grid's buses
    p_kw:    [n] rated power; positive draws at a load and a storage, feeds in at a generator [kW]
    q_kvar:  [n] reactive power at rated power, of the same sign [kvar]
    profile: [n] name in `Profiles`, or "" where the source names none
    phase:   [n] int8, 1, 2 or 3 for phase a, b or c, 0 for all three alike, -1 where the source does not say
    """

    name: Texts
    bus: Indices
    p_kw: Floats
    q_kvar: Floats
    profile: Texts
    phase: Signs

    @classmethod
    def none(cls) -> Connections:
        """No connection."""
        return cls(np.empty(0, "<U1"), np.empty(0, np.int32), np.empty(0), np.empty(0), np.empty(0, "<U1"), np.empty(0, np.int8))


@dataclass(frozen=True, slots=True)
class Feeder:
    """A grid and its connections; the grid's own p and q are loads and storages less generators.

    notes: what its source says that looks wrong, or is taken otherwise than it may be meant, and keeps no power flow from running
    """

    grid: Grid
    loads: Connections
    generators: Connections
    storages: Connections
    notes: tuple[Fault, ...] = ()


def net_withdrawal(buses: int, loads: Connections, generators: Connections, storages: Connections) -> tuple[Floats, Floats]:
    """[B] kW, [B] kvar drawn at each bus by loads and storages less generators, all at rated power."""
    p, q = np.zeros(buses), np.zeros(buses)
    for part, sign in ((loads, 1), (storages, 1), (generators, -1)):
        np.add.at(p, part.bus, sign * part.p_kw)
        np.add.at(q, part.bus, sign * part.q_kvar)
    return p, q


def warnings_of(feeder: Feeder, flow: Flow | None = None, band: tuple[float, float] = (0.95, 1.05)) -> tuple[Fault, ...]:
    """What looks wrong with a grid on which a power flow can be run, as sentences: what its source says, then what the grid shows.

    Parameters
    ----------
    flow : of the grid's own loads; worked out if None.
    band : lowest and highest voltage that should be. [p.u.]
    """
    said = {note.where for note in feeder.notes}  # what the source said of a place is not said again
    found = doubts(feeder.grid, power_flow(feeder.grid) if flow is None else flow, band)
    return (*feeder.notes, *(doubt for doubt in found if doubt.where not in said))


def grid_report(feeder: Feeder) -> dict[str, int | float | bool | str]:
    """Size, and the power flow of the grid's own loads and generators: voltages, loadings, losses, import.

    What a flow that does not converge has no value for is left out.
    """
    grid = feeder.grid
    flow = power_flow(grid)
    facts: dict[str, int | float | bool | str] = {
        "buses": len(grid.buses),
        "branches": len(grid.branches),
        "radial": grid.radial,
        "loads": len(feeder.loads),
        "generators": len(feeder.generators),
        "storages": len(feeder.storages),
        "load_kw": float(grid.buses.p_kw.sum()),
        "load_kvar": float(grid.buses.q_kvar.sum()),
        "converged": bool(flow.converged),
    }
    if not flow.converged:
        return facts
    low, high, most = int(flow.voltage.argmin()), int(flow.voltage.argmax()), int(flow.loading.argmax())
    return facts | {
        "import_kw": float(flow.import_kw),
        "import_kvar": float(flow.import_kvar),
        "losses_kw": float(flow.losses_kw),
        "losses_kvar": float(flow.losses_kvar),
        "min_voltage_pu": float(flow.voltage[low]),
        "min_voltage_bus": str(grid.buses.name[low]),
        "max_voltage_pu": float(flow.voltage[high]),
        "max_voltage_bus": str(grid.buses.name[high]),
        "max_loading_percent": float(flow.loading[most]),
        "max_loading_branch": str(grid.branches.name[most]),
    }
