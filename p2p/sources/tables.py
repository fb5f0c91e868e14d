"""Tables with a time in every row: CSV as text, what parts its columns, which column is the time and on which clock."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from p2p.base.errors import Fault, FileInvalid

MAX_BYTES = 256 * 1024 * 1024

#: Headings that are the start of an interval, in small letters and without what stands in brackets.
TIMES = (
    *("time", "timestamp", "datetime", "date_time", "utc_start", "utc", "start", "start_time", "time_start"),
    *("ts_start", "interval_start", "delivery start", "start date", "datum von", "mtu", "date/time", "utc_timestamp"),
    *("local", "local_start", "local_time"),
)
ZONES = {"UTC": "UTC", "CET/CEST": "Europe/Brussels", "CET": "Europe/Brussels", "EET/EEST": "Europe/Helsinki", "WET/WEST": "Europe/Lisbon"}


@dataclass(frozen=True)
class Table:
    """The text of a file as columns.

    headings : one a column.
    cells : one list a column, without the headings.
    rows : place of each row in the file, the first line being 1.
    preamble : what stands above the headings.
    separator : what parts the columns.
    long : rows that have more cells than there are headings.
    """

    headings: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    rows: tuple[int, ...]
    preamble: str = ""
    separator: str = ","
    long: tuple[int, ...] = ()

    def column(self, heading: str) -> tuple[str, ...]:
        """The cells under a heading."""
        return self.cells[self.headings.index(heading)]

    def where(self, keep: Sequence[bool]) -> Table:
        """The rows that are kept."""
        kept = [index for index, flag in enumerate(keep) if flag]
        cells = tuple(tuple(column[index] for index in kept) for column in self.cells)
        return replace(self, cells=cells, rows=tuple(self.rows[index] for index in kept))


def read_table(path: Path, *, timed: bool = True) -> Table:
    """A CSV file as a table; the separator is ; or tab or comma, the first found in this order.

    Parameters
    ----------
    timed : one column has times, and its heading tells the row of headings from what stands above; else that row is the first.

    Raises
    ------
    FileInvalid
        It is too large, not UTF-8, no CSV or has no rows.
    """
    if path.stat().st_size > MAX_BYTES:
        raise FileInvalid(Fault(str(path), f"is larger than {MAX_BYTES // 1024**2} MiB"))
    try:
        lines = path.read_bytes().decode("utf-8-sig").splitlines()
        head = "\n".join(lines[: 5 if timed else 1])
        separator = next((mark for mark in ";\t," if mark in head), ",")
        records = [
            (number, record) for number, record in enumerate(csv.reader(lines, delimiter=separator), 1) if any(map(str.strip, record))
        ]
    except UnicodeDecodeError as error:
        raise FileInvalid(Fault(str(path), f"is not UTF-8 text (byte {error.start})", "CSV in UTF-8, or .parquet")) from error
    except csv.Error as error:
        raise FileInvalid(Fault(str(path), f"is no CSV: {error}")) from error
    if len(records) < 2:
        raise FileInvalid(Fault(str(path), "has no rows", f"one row of headings and {'one row an interval' if timed else 'rows below it'}"))
    top = next((index for index, (_, record) in enumerate(records[:10] if timed else ()) if time_heading(record) is not None), 0)
    headings = tuple(" ".join(cell.split()) for cell in records[top][1])
    width = len(headings)
    body = [(record + [""] * width)[:width] for _, record in records[top + 1 :]]
    cells = tuple(tuple(cell.strip() for cell in column) for column in zip(*body, strict=True)) or ((),) * width
    preamble = " ".join(" ".join(record) for _, record in records[:top])
    long = tuple(number for number, record in records[top + 1 :] if any(map(str.strip, record[width:])))
    return Table(headings, cells, tuple(number for number, _ in records[top + 1 :]), preamble, separator, long)


def time_heading(headings: Sequence[str]) -> int | None:
    """The column with the starts of the intervals, or None; a column of hours next to one of dates counts."""
    names = [bare(heading).lower() for heading in headings]
    if "hours" in names:
        return names.index("hours")
    return next((names.index(name) for name in TIMES if name in names), None)


def bare(heading: str) -> str:
    """A heading without what stands in brackets."""
    return " ".join(re.sub(r"\(.*?\)|\[.*?\]", "", heading).split())


def zone_of(heading: str) -> str | None:
    """The time zone that a heading of times names, or None."""
    marks = re.findall(r"[\[(]([^\])]*)[\])]", heading)
    known = [ZONES[mark.strip().upper()] for mark in marks if mark.strip().upper() in ZONES]
    if known:
        return known[0]
    return "UTC" if re.search(r"(^|[ _])utc([ _]|$)", bare(heading).lower()) else None
