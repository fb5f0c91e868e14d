"""A day's orders from CSV: an order book with `interval`, `kind` and the further columns of blocks and deadlines."""

from __future__ import annotations

from pathlib import Path

from p2p.base.errors import InputError
from p2p.orders.day_cells import NEEDED, OPTIONAL, DayBook, is_day_book, read_day_orders
from p2p.sources.books import read_cells


def read_day_book(path: Path) -> DayBook:
    """The day's orders of a file, with the names of orders and agents.

    Raises
    ------
    FileInvalid
        The file can't be read, or has not the columns.
    BookInvalid
        Rows are wrong; all of them are named, by the line of the file.
    """
    cells = read_cells(path)
    cells.check_heading(NEEDED, OPTIONAL)
    return read_day_orders(cells)


def holds_a_day(path: Path) -> bool:
    """Whether a file is a day's book: it can be read, and has a column of one."""
    try:
        return is_day_book(read_cells(path))
    except InputError:
        return False
