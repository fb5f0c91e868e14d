"""Feeders as arrays for the disk cache, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from p2p.base.columns import Columns
from p2p.grid import Branches, Buses, Grid, TapChangers
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
    columns = {f"{part}.{name}": column for part, rows in parts.items() for name, column in rows.columns().items()}
    scalars = np.array([grid.slack, grid.slack_voltage, grid.base_kva])
    return {"name": np.array([grid.name]), "scalars": scalars, **columns}


def from_arrays(arrays: Arrays) -> Feeder:
    """The feeder that `to_arrays` took apart."""
    slack, slack_voltage, base_kva = arrays["scalars"].tolist()
    buses, branches = Buses(**_part(arrays, "buses")), Branches(**_part(arrays, "branches"))
    taps = TapChangers(**_part(arrays, "taps"))
    grid = Grid(str(arrays["name"][0]), buses, branches, int(slack), slack_voltage, base_kva, taps)
    loads, generators, storages = (Connections(**_part(arrays, part)) for part in ("loads", "generators", "storages"))
    return Feeder(grid, loads, generators, storages)


def _part(arrays: Arrays, part: str) -> dict[str, npt.NDArray[Any]]:
    return {name.removeprefix(f"{part}."): column for name, column in arrays.items() if name.startswith(f"{part}.")}
