"""A folder of CSV files to a feeder: `buses.csv`, `branches.csv`, and `loads.csv` if it is there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from p2p.base.columns import Flags, Floats, Texts
from p2p.base.errors import Fault, FileInvalid, nearest
from p2p.grid import Grid
from p2p.grid.ohms import BRANCH, BUS, grid_of
from p2p.grid.stated import Cell, Number, Stated, Wording
from p2p.sources.feeder import Connections, Feeder, net_withdrawal
from p2p.sources.table_cells import EMPTY, read_numbers, some
from p2p.sources.tables import read_table

BUSES, BRANCHES, LOADS = "buses.csv", "branches.csv", "loads.csv"
LOAD = {"p_kw": Number("kW drawn; below 0 fed in"), "q_kvar": Number("kvar drawn; below 0 fed in", 0.0)}
LOAD_NEEDED = ("bus", "p_kw")
LOAD_COLUMNS = (*LOAD_NEEDED, "q_kvar", "name", "profile", "phases")
NUMBERS = frozenset((*BUS, *BRANCH, *LOAD))
_CSV = Wording("row", "column")


def grid_files(folder: Path) -> list[Path]:
    """The files of a folder that state its grid.

    Raises
    ------
    FileInvalid
        The folder, its buses or its branches are not there.
    """
    allowed = f"a folder with {BUSES} and {BRANCHES}"
    if not folder.is_dir():
        raise FileInvalid(Fault("grid", f"no folder '{folder}'", allowed))
    missing = [name for name in (BUSES, BRANCHES) if not (folder / name).is_file()]
    if missing:
        raise FileInvalid([Fault("grid", f"no file '{name}' in '{folder}'", allowed) for name in missing])
    return [folder / name for name in (BUSES, BRANCHES, LOADS) if (folder / name).is_file()]


def read_csv_grid(folder: Path) -> Feeder:
    """The feeder of a folder: what a bus draws is a load there, what it feeds in a generator, unless `loads.csv` says who draws what.

    Raises
    ------
    FileInvalid
        A file is missing or no CSV, or a column is missing or unknown.
    GridInvalid
        Values are wrong, or the grid has no power flow: every fault, with file, column and rows.
    """
    buses, branches, *rest = _tables(grid_files(folder))
    loads = rest[0] if rest else None
    if loads is not None:
        loads.check_heading(LOAD_NEEDED, LOAD_COLUMNS)
    found = None if loads is None or loads.faults else _load_columns(loads, buses)
    grid = grid_of(folder.resolve().name, buses, branches, [] if loads is None else loads.faults)
    at = np.arange(len(grid.buses), dtype=np.int32)
    if found is None:
        names, profile = grid.buses.name, np.full(len(at), "", "<U1")
        return _feeder(grid, Connections(names, at, grid.buses.p_kw, grid.buses.q_kvar, profile, np.full(len(at), -1, np.int8)))
    row = {name: place for place, name in enumerate(grid.buses.name.tolist())}
    names, bus, p, q, profile = found
    at = np.array([row[name] for name in bus.tolist()], np.int32)
    return _feeder(grid, Connections(names, at, p, q, profile, np.full(len(at), -1, np.int8)))


def _tables(files: Iterable[Path]) -> list[Stated]:
    """The files as tables of cells, decimals of either mark made numbers.

    Raises
    ------
    FileInvalid
        What can't be read, of all files.
    """
    tables: list[Stated] = []
    faults: list[Fault] = []
    for path in files:
        try:
            tables.append(_cells(path))
        except FileInvalid as error:
            faults.extend(error.faults)
    if faults:
        raise FileInvalid(faults)
    return tables


def _cells(path: Path) -> Stated:
    table = read_table(path, timed=False)
    twice = sorted({heading for heading in table.headings if table.headings.count(heading) > 1})
    faults = [Fault(str(path), f"has the column '{heading}' twice", "each once") for heading in twice]
    if table.long:
        faults.append(Fault(str(path), f"{len(table.long)} rows have more cells than headings ({some(table.long)})", "one cell a column"))
    if faults:
        raise FileInvalid(faults)
    columns: dict[str, list[Cell]] = {}
    for heading, texts in zip(table.headings, table.cells, strict=True):
        columns[heading] = list(texts)
        if heading in NUMBERS:
            numbers, given, _ = read_numbers(texts, table.rows, table.separator != ",", heading)
            columns[heading] = [
                float(number) if known else None if text.lower() in EMPTY else text
                for number, known, text in zip(numbers, given, texts, strict=True)
            ]
    return Stated(str(path), columns, table.rows, _CSV)


def _load_columns(loads: Stated, buses: Stated) -> tuple[Texts, Texts, Floats, Floats, Texts]:
    """Name, bus, kW, kvar and profile of each load; what is wrong with them stands in the table's faults."""
    bus = loads.texts("bus")
    known = {str(cell) for cell in buses.cells("name")}
    strange = [row for row, name in enumerate(bus.tolist()) if name and name not in known]
    loads.fault("bus", strange, "are no bus", f"a name in {BUSES}")
    p, q = (loads.numbers(column, kind)[0] for column, kind in LOAD.items())
    loads.all_phases()
    for column in ("p_kw", "q_kvar"):
        drawn = [row for row, cell in enumerate(buses.cells(column)) if isinstance(cell, float) and cell != 0]
        buses.fault(column, drawn, f"draw power beside {LOADS}", f"loads in one of the two, {BUSES} or {LOADS}")
    names = loads.texts("name", [f"load at {name}" for name in bus.tolist()])
    return names, bus, p, q, _profiles(loads)


def _profiles(loads: Stated) -> Texts:
    """[n] the profile of each load, "" where it states none."""
    said = loads.texts("profile", [""] * len(loads))
    if np.any(said != ""):
        from p2p.sources.profiles import read_profiles

        names = read_profiles().names
        strange = [row for row, name in enumerate(said.tolist()) if name and name not in names]
        loads.fault("profile", strange, "are no profile", _guess(str(said[strange[0]]), names) if strange else "")
    return said


def _guess(name: str, names: Iterable[str]) -> str:
    """The nearest profile; all of them are too many to print."""
    return nearest(name, names).split("allowed: ")[0] + "a name of SimBench such as H0-A, or none"


def _feeder(grid: Grid, drawn: Connections) -> Feeder:
    """Loads and generators apart by the sign of their power, and the grid with what they draw."""
    feeds: Flags = drawn.p_kw < 0
    idle: Flags = (drawn.p_kw == 0) & (drawn.q_kvar == 0)
    fed = drawn.take(feeds)
    loads, generators = drawn.take(~feeds & ~idle), fed.replace(p_kw=-fed.p_kw, q_kvar=-fed.q_kvar)
    p, q = net_withdrawal(len(grid.buses), loads, generators, Connections.none())
    return Feeder(replace(grid, buses=grid.buses.replace(p_kw=p, q_kvar=q)), loads, generators, Connections.none())
