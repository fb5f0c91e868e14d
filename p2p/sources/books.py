"""Order books from CSV: `agent,side(bid|offer),energy_kwh,price_eur_per_mwh[,bus][,arrival][,tag][,type][,order]`."""

from __future__ import annotations

import csv
from pathlib import Path

from p2p.base.errors import Fault, FileInvalid
from p2p.orders.cells import NEEDED, OPTIONAL, Book, Cells, read_orders
from p2p.orders.tastes import taste_columns


def read_cells(path: Path) -> Cells:
    """The table of a CSV file, its cells as texts; a row with more cells than the heading is a fault.

    Raises
    ------
    FileInvalid
        The file can't be read, or has no heading, or a column twice.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(stream)
            heading = [name.strip() for name in next(reader, [])]
            rows = [(reader.line_num, row) for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileInvalid(Fault(str(path), f"can't be read: {getattr(error, 'strerror', None) or error}", "a CSV file")) from error
    if len(heading) < 2 and (not heading or any(sign in heading[0] for sign in ";\t|") or not heading[0]):
        raise FileInvalid(Fault(str(path), "has no heading with commas", ",".join(NEEDED)))
    if len(set(heading)) < len(heading):
        raise FileInvalid(Fault(str(path), "has a column twice", ", ".join(heading)))
    width = len(heading)
    columns = {name: [row[place] if place < len(row) else "" for _, row in rows] for place, name in enumerate(heading)}
    cells = Cells(str(path), columns, lambda row: f"{path.name}, line {rows[row][0]}")
    for place, (_, row) in enumerate(rows):
        if len(row) > width:
            cells.fault(place, "has more cells than the heading", ",".join(heading))
    return cells


def read_book(path: Path) -> Book:
    """The orders of a file, with the names of agents and tags, and what buyers prefer (see `p2p.orders.tastes`).

    Decimals are read exactly and then counted: energy to the nearest watt-hour, a bid's limit down and an offer's up
    to a whole µEUR/kWh, so that nobody trades beyond the limit that stands in the file. Agents are numbered by name in
    the order of the file; arrival is the row, unless a column says.

    Raises
    ------
    FileInvalid
        The file can't be read, or has not the columns.
    BookInvalid
        Rows are wrong; all of them are named, by the line of the file.
    """
    cells = read_cells(path)
    cells.check_heading(NEEDED, (*OPTIONAL, *taste_columns(cells.columns)))
    return read_orders(cells)
