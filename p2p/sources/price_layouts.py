"""What stands in a price file: which rows are headings, which columns are times and prices, in which unit and zone.

Known layouts: ENTSO-E Transparency exports (old and new), Nord Pool exports (`Delivery Start (CET)` and
`Date;Hours`), and any table with headings, a time column and a price column.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from p2p.base.errors import Fault, FileInvalid, nearest

MAX_BYTES = 256 * 1024 * 1024

#: µEUR/kWh in one of each.
UNITS = {"EUR/MWh": 1_000, "EUR/kWh": 1_000_000, "ct/kWh": 10_000}

#: Headings that are the start of an interval, in small letters and without what stands in brackets.
TIMES = (
    *("time", "timestamp", "datetime", "date_time", "utc_start", "utc", "start", "start_time", "time_start"),
    *("ts_start", "interval_start", "delivery start", "start date", "datum von", "mtu", "date/time", "utc_timestamp"),
)
#: Headings that are neither the start of an interval nor a price.
OTHERS = re.compile(r"(.*[ _]?end|date|datum|datum bis|end date|hours|hour|currency|area|sequence|intraday .*|bzn\|.*|)", re.IGNORECASE)

ZONES = {"UTC": "UTC", "CET/CEST": "Europe/Brussels", "CET": "Europe/Brussels", "EET/EEST": "Europe/Helsinki", "WET/WEST": "Europe/Lisbon"}
NORD_POOL_ZONE = "Europe/Brussels"


@dataclass(frozen=True)
class Table:
    """The text of a file as columns.

    headings : one a column.
    cells : one list a column, without the headings.
    rows : place of each row in the file, the first line being 1.
    preamble : what stands above the headings.
    separator : what parts the columns.
    """

    headings: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    rows: tuple[int, ...]
    preamble: str = ""
    separator: str = ","

    def column(self, heading: str) -> tuple[str, ...]:
        """The cells under a heading."""
        return self.cells[self.headings.index(heading)]

    def where(self, keep: Sequence[bool]) -> Table:
        """The rows that are kept."""
        kept = [index for index, flag in enumerate(keep) if flag]
        cells = tuple(tuple(column[index] for index in kept) for column in self.cells)
        return replace(self, cells=cells, rows=tuple(self.rows[index] for index in kept))


def read_table(path: Path) -> Table:
    """A CSV file as a table; the separator is ; or tab or comma, the first found in this order.

    Raises
    ------
    FileInvalid
        It is too large, not UTF-8, no CSV or has no rows.
    """
    if path.stat().st_size > MAX_BYTES:
        raise FileInvalid(Fault(str(path), f"is larger than {MAX_BYTES // 1024**2} MiB"))
    try:
        lines = path.read_bytes().decode("utf-8-sig").splitlines()
        head = "\n".join(lines[:5])
        separator = next((mark for mark in ";\t," if mark in head), ",")
        records = [
            (number, record) for number, record in enumerate(csv.reader(lines, delimiter=separator), 1) if any(map(str.strip, record))
        ]
    except UnicodeDecodeError as error:
        raise FileInvalid(Fault(str(path), f"is not UTF-8 text (byte {error.start})", "CSV in UTF-8, or .parquet")) from error
    except csv.Error as error:
        raise FileInvalid(Fault(str(path), f"is no CSV: {error}")) from error
    if len(records) < 2:
        raise FileInvalid(Fault(str(path), "has no rows", "one row of headings and one row an interval"))
    top = next((index for index, (_, record) in enumerate(records[:10]) if time_heading(record) is not None), 0)
    headings = tuple(" ".join(cell.split()) for cell in records[top][1])
    width = len(headings)
    body = [(record + [""] * width)[:width] for _, record in records[top + 1 :]]
    cells = tuple(tuple(cell.strip() for cell in column) for column in zip(*body, strict=True)) or ((),) * width
    preamble = " ".join(" ".join(record) for _, record in records[:top])
    return Table(headings, cells, tuple(number for number, _ in records[top + 1 :]), preamble, separator)


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


def unit_of(text: str) -> str | None:
    """The unit that a heading names, as `EUR/MWh`, `SEK/MWh`, `ct/kWh`, or None."""
    found = re.search(r"(€|eur|cents?|ct|[a-z]{3})[ _]*(?:/|per|[ _])[ _]*([mk]wh)", text, re.IGNORECASE)
    if not found:
        return None
    money = found.group(1).lower()
    money = "EUR" if money in ("€", "eur") else "ct" if money in ("ct", "cent", "cents") else money.upper()
    return f"{money}/{'MWh' if found.group(2).lower() == 'mwh' else 'kWh'}"


def price_heading(headings: Sequence[str], times: str, wanted: str | None, where: str) -> str | Fault:
    """The heading of the prices: the one wanted, or the only one there is."""
    others = [heading for heading in headings if heading != times and not OTHERS.fullmatch(bare(heading))]
    if wanted is not None:
        for test in (
            lambda heading: heading == wanted,
            lambda heading: bare(heading).lower() == bare(wanted).lower(),
            lambda heading: bare(heading).lower().startswith(wanted.lower() + " "),
        ):
            found = [heading for heading in others if test(heading)]
            if len(found) == 1:
                return found[0]
        return Fault(where, f"no column '{wanted}'", nearest(wanted, others) if others else "the file has no price column")
    day_ahead = [heading for heading in others if bare(heading).lower() == "day-ahead price"]
    with_unit = [heading for heading in others if unit_of(heading)]
    for choice in (day_ahead, others, with_unit):
        if len(choice) == 1:
            return choice[0]
    if not others:
        return Fault(where, "no price column", "a column of prices next to the times")
    return Fault(where, f"{len(others)} columns may be the price; name one as column", f"allowed: {', '.join(others)}")


def select_area(table: Table, column: str | None, where: str) -> tuple[Table, str | None, list[Fault]]:
    """The rows of one bidding zone and of the coupled auction, for exports that hold more; and what is left of `column`.

    In ENTSO-E's exports `column` may name the area, with or without `BZN|`. Of several sequences the first is the
    coupled day-ahead auction (later ones are local auctions).
    """
    faults: list[Fault] = []
    known = {heading.lower() for heading in table.headings} | {bare(heading).lower() for heading in table.headings}
    zones = [heading.lower() for heading in table.headings if heading.lower().startswith("bzn|")]
    if column is not None and any(column.lower() in (zone, zone.removeprefix("bzn|")) for zone in zones):
        column = None  # the old export has the name of its only area as the heading of an empty column
    elif "Area" in table.headings and "day-ahead price" in known:
        areas = sorted(set(table.column("Area")))
        short = {area.rpartition("|")[2].lower(): area for area in areas} | {area.lower(): area for area in areas}
        if column is not None and column.lower() in short:
            table = table.where([area == short[column.lower()] for area in table.column("Area")])
            column = None
        elif len(areas) > 1 or (column is not None and column.lower() not in known):
            what = f"no area '{column}'" if column else f"{len(areas)} areas; name one as column"
            faults.append(Fault(where, what, nearest(column or "", areas)))
            column = None
    if "Sequence" in table.headings:
        sequences = set(table.column("Sequence"))
        coupled = next((name for name in ("Sequence Sequence 1", "Sequence 1", "1", "Without Sequence") if name in sequences), None)
        if len(sequences) > 1 and coupled is not None:
            table = table.where([name == coupled for name in table.column("Sequence")])
    return table, column, faults
