"""A grid as a folder of CSV files, which `read_grid` reads and a scenario names under `grid.csv`."""

from __future__ import annotations

import csv
from pathlib import Path

from p2p.base.errors import Fault, FileInvalid, GridInvalid
from p2p.base.files import whole_folder
from p2p.grid import Grid
from p2p.grid.ohms import stated_columns, unstated
from p2p.sources.csv_grid import BRANCHES, BUSES


def write_grid(grid: Grid, folder: str | Path) -> Path:
    """Write `buses.csv` and `branches.csv`, so that a scenario may run on a grid that was made in Python.

    Parameters
    ----------
    folder : is made; may be there only if it is empty.

    Raises
    ------
    FileInvalid
        The folder is there and not empty, or can't be written.
    GridInvalid
        The grid has shunts that the columns can't state.
    """
    path = Path(folder)
    faults = unstated(grid)
    if faults:
        raise GridInvalid(faults)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise FileInvalid(Fault(str(path), "is there already", "a folder that is empty or not there yet"))
    with whole_folder(path) as draft:
        for name, columns in zip((BUSES, BRANCHES), stated_columns(grid), strict=True):
            with (draft / name).open("w", newline="", encoding="utf-8") as stream:
                writer = csv.writer(stream)
                writer.writerow(columns)
                writer.writerows(["" if cell is None else cell for cell in row] for row in zip(*columns.values(), strict=True))
    return path
