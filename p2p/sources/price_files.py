"""Price files to rows with a time in UTC and a price in µEUR/kWh; all that is wrong with them at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from p2p.base.columns import Columns, Flags, Floats, Ints
from p2p.base.errors import Fault, FileInvalid, nearest
from p2p.base.units import MAX_PRICE
from p2p.sources.price_layouts import NORD_POOL_ZONE, UNITS, price_heading, select_area, unit_of
from p2p.sources.table_cells import read_numbers, some
from p2p.sources.tables import bare, read_table, time_heading, zone_of
from p2p.sources.timed import Times, are_ends, frame_numbers, frame_times, in_utc, local_zone, read_frame, text_times


@dataclass(frozen=True, slots=True)
class Stamped(Columns):
    """Prices as a file has them; R rows in any order.

    row:   [R] int64, place in the file
    start: [R] int64 s since 1970 UTC, start of the interval
    price: [R] float64 µEUR/kWh, 0 where none is given
    given: [R] bool, whether there is a price
    """

    row: Ints
    start: Ints
    price: Floats
    given: Flags


def read_csv(path: Path, column: str | None, unit: str | None, time_zone: str | None) -> Stamped:
    """The rows of a CSV file; see `prices.read_prices` for the layouts and arguments.

    Raises
    ------
    FileInvalid
        With all faults of its headings and cells.
    """
    where = str(path)
    table = read_table(path)
    place = time_heading(table.headings) or 0
    heading = table.headings[place]
    table, column, faults = select_area(table, column, where)
    cells = table.cells[place]
    if bare(heading).lower() == "hours":
        cells = tuple(_day_and_hour(day, hour) for day, hour in zip(table.cells[0], cells, strict=True))
    before = len(faults)
    times = text_times(cells, table.rows, f"{where}, column '{heading}'", faults)
    nord_pool = bare(heading).lower() in ("hours", "delivery start")
    named = zone_of(heading) or (NORD_POOL_ZONE if nord_pool else None)
    zone = None if times.utc or len(faults) > before else local_zone(named, time_zone, where, faults)
    prices = price_heading(table.headings, heading, column, where)
    if isinstance(prices, Fault):
        raise FileInvalid([*faults, *_ends(heading, where), prices])
    # Nord Pool names the currency only: it is that of a MWh.
    stated = re.sub(r"\((\w{3})\)", r"(\1/MWh)", prices) if nord_pool else prices
    factor = _factor(unit_of(stated) or unit_of(table.preamble), unit, f"{where}, column '{prices}'", faults)
    numbers, given, text = read_numbers(table.column(prices), table.rows, table.separator != ",", f"{where}, column '{prices}'")
    faults += [*_ends(heading, where), *text]
    return _stamped(times, zone, numbers * factor, given, faults, where)


def read_parquet(path: Path, column: str | None, unit: str | None, time_zone: str | None) -> Stamped:
    """The rows of a Parquet file whose index or time column is a date and time; rows count from 1.

    Raises
    ------
    FileInvalid
        With all faults of its headings and cells.
    """
    where, frame = str(path), read_frame(path)
    headings = list(frame.columns)
    place = time_heading(headings)
    heading = headings[0 if place is None else place]
    faults = _ends(heading, where)
    times = frame_times(frame[heading], f"{where}, column '{heading}'", faults)
    zone = None if times.utc or faults else local_zone(zone_of(heading), time_zone, where, faults)
    prices = price_heading(headings, heading, column, where)
    if isinstance(prices, Fault):
        raise FileInvalid([*faults, prices])
    factor = _factor(unit_of(prices), unit, f"{where}, column '{prices}'", faults)
    numbers, given = frame_numbers(frame[prices], f"{where}, column '{prices}'", faults)
    return _stamped(times, zone, numbers * factor, given, faults, where)


def _stamped(times: Times, zone: str | None, price: Floats, given: Flags, faults: list[Fault], where: str) -> Stamped:
    """The rows in UTC, or all faults."""
    large = np.abs(price) > MAX_PRICE
    if np.any(large):
        faults.append(Fault(where, f"{int(np.sum(large))} prices are beyond a million EUR/MWh ({some(times.row[large].tolist())})"))
    place, start = in_utc(times, zone, given, where, faults)
    return Stamped(times.row[place], start, price[place], given[place])


def _factor(stated: str | None, wanted: str | None, where: str, faults: list[Fault]) -> int:
    """µEUR/kWh in one of the file's units: the heading's or the user's; never two that differ."""
    names = {name.lower(): name for name in UNITS}
    chosen = wanted or stated
    if chosen is None:
        faults.append(Fault(where, "its heading has no unit", f"name unit: {', '.join(UNITS)}"))
    elif wanted is not None and wanted.lower() not in names:
        faults.append(Fault(where, f"unknown unit '{wanted}'", nearest(wanted, UNITS)))
    elif stated is not None and stated.lower() not in names:
        faults.append(Fault(where, f"prices are in {stated}", f"convert them first; allowed: {', '.join(UNITS)}"))
    elif wanted is not None and stated is not None and wanted.lower() != stated.lower():
        faults.append(Fault(where, f"its heading says {stated}, unit says {wanted}"))
    else:
        return UNITS[names[chosen.lower()]]
    return 1


def _ends(heading: str, where: str) -> list[Fault]:
    """A fault if the times are ends of intervals."""
    if not are_ends(heading):
        return []
    return [Fault(where, f"the times under '{heading}' are ends of intervals", "a column with their starts")]


def _day_and_hour(day: str, hour: str) -> str:
    """`01-01-2017` and `00 - 01` as one text."""
    start = hour.replace("\xa0", " ").split("-")[0].strip()
    return f"{day} {start}" if ":" in start else f"{day} {start}:00"
