"""Feeders as arrays for the disk cache, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from p2p.base.columns import Columns
from p2p.base.errors import Fault
from p2p.grid import Branches, Buses, Grid, TapChangers, ZeroSequence
from p2p.sources.feeder import Connections, Feeder
from p2p.sources.store import Arrays


def to_arrays(feeder: Feeder) -> Arrays:
    """Every column under `part.column`, and the scalars."""
    grid = feeder.grid
    parts: dict[str, Columns] = {
        "buses": grid.buses,
        "branches": grid.branches,
        "taps": grid.taps,
        "loads": feeder.loads,
        "generators": feeder.generators,
        "storages": feeder.storages,
    }
    if grid.zero is not None:
        parts["zero"] = grid.zero
    columns = {f"{part}.{name}": column for part, rows in parts.items() for name, column in rows.columns().items()}
    scalars = np.array([grid.slack, grid.slack_voltage, grid.base_kva])
    notes = np.array([[note.where, note.what, note.allowed] for note in feeder.notes], np.str_).reshape(-1, 3)
    return {"name": np.array([grid.name]), "scalars": scalars, "notes": notes, **columns}


def from_arrays(arrays: Arrays) -> Feeder:
    """The feeder that `to_arrays` took apart."""
    slack, slack_voltage, base_kva = arrays["scalars"].tolist()
    buses, branches = Buses(**_part(arrays, "buses")), Branches(**_part(arrays, "branches"))
    zero = ZeroSequence(**_part(arrays, "zero")) if "zero.r" in arrays else None
    taps = TapChangers(**_part(arrays, "taps"))
    grid = Grid(str(arrays["name"][0]), buses, branches, int(slack), slack_voltage, base_kva, zero, taps=taps)
    loads, generators, storages = (Connections(**_part(arrays, part)) for part in ("loads", "generators", "storages"))
    return Feeder(grid, loads, generators, storages, tuple(Fault(*note) for note in arrays["notes"].tolist()))


def _part(arrays: Arrays, part: str) -> dict[str, npt.NDArray[Any]]:
    return {name.removeprefix(f"{part}."): column for name, column in arrays.items() if name.startswith(f"{part}.")}
