"""Price files to rows with a time in UTC and a price in µEUR/kWh; all that is wrong with them at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from p2p.base.columns import Columns, Flags, Floats, Ints
from p2p.base.errors import Fault, FileInvalid, nearest
from p2p.base.units import MAX_PRICE
from p2p.sources.price_cells import read_numbers, read_times, some, to_utc
from p2p.sources.price_layouts import (
    NORD_POOL_ZONE,
    UNITS,
    bare,
    price_heading,
    read_table,
    select_area,
    time_heading,
    unit_of,
    zone_of,
)

if TYPE_CHECKING:
    import pandas


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


@dataclass
class _Times:
    """Times as a file has them: seconds since 1970 on its clock, marks behind them, whether that clock is UTC."""

    seconds: Ints
    marks: Sequence[str]
    utc: bool


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
    seconds, marks, aware, wrong = read_times(cells, table.rows, f"{where}, column '{heading}'")
    faults += wrong
    nord_pool = bare(heading).lower() in ("hours", "delivery start")
    named = zone_of(heading) or (NORD_POOL_ZONE if nord_pool else None)
    zone = None if aware or wrong else _zone(named, time_zone, where, faults)
    prices = price_heading(table.headings, heading, column, where)
    if isinstance(prices, Fault):
        raise FileInvalid([*faults, *_ends(heading, where), prices])
    # Nord Pool names the currency only: it is that of a MWh.
    stated = re.sub(r"\((\w{3})\)", r"(\1/MWh)", prices) if nord_pool else prices
    factor = _factor(unit_of(stated) or unit_of(table.preamble), unit, f"{where}, column '{prices}'", faults)
    numbers, given, text = read_numbers(table.column(prices), table.rows, table.separator != ",", f"{where}, column '{prices}'")
    faults += [*_ends(heading, where), *text]
    times = _Times(seconds, marks, aware)
    return _stamped(np.array(table.rows, np.int64), times, zone, numbers * factor, given, faults, where)


def read_parquet(path: Path, column: str | None, unit: str | None, time_zone: str | None) -> Stamped:
    """The rows of a Parquet file whose index or time column is a date and time; rows count from 1.

    Raises
    ------
    FileInvalid
        With all faults of its headings and cells.
    """
    import pandas

    where = str(path)
    try:
        frame = pandas.read_parquet(path)
    except (OSError, ValueError) as error:
        raise FileInvalid(Fault(where, f"is no Parquet file: {str(error).splitlines()[0]}")) from error
    if isinstance(frame.index, pandas.DatetimeIndex):
        frame = frame.reset_index(names=[str(frame.index.name or "time")])
    frame.columns = pandas.Index([str(name) for name in frame.columns])
    headings = list(frame.columns)
    place = time_heading(headings)
    heading = headings[0 if place is None else place]
    rows, faults = np.arange(1, len(frame) + 1), _ends(heading, where)
    times = _frame_times(frame[heading], f"{where}, column '{heading}'", faults)
    zone = None if times.utc or faults else _zone(zone_of(heading), time_zone, where, faults)
    prices = price_heading(headings, heading, column, where)
    if isinstance(prices, Fault):
        raise FileInvalid([*faults, prices])
    factor = _factor(unit_of(prices), unit, f"{where}, column '{prices}'", faults)
    if pandas.api.types.is_numeric_dtype(frame[prices].dtype):
        numbers = frame[prices].to_numpy(np.float64, na_value=np.nan)
        given = np.isfinite(numbers)
        numbers = np.where(given, numbers, 0.0)
    else:
        texts = ["" if cell is None else str(cell) for cell in frame[prices].tolist()]
        numbers, given, text = read_numbers(texts, rows.tolist(), True, f"{where}, column '{prices}'")
        faults += text
    return _stamped(rows, times, zone, numbers * factor, given, faults, where)


def _frame_times(column: pandas.Series[Any], where: str, faults: list[Fault]) -> _Times:
    """Times of a column of a frame, which may be dates and times with or without a zone, or texts."""
    import pandas

    rows = range(1, len(column) + 1)
    if not pandas.api.types.is_datetime64_any_dtype(column.dtype):
        seconds, marks, aware, wrong = read_times([str(cell) for cell in column.tolist()], rows, where)
        faults += wrong
        return _Times(seconds, marks, aware)
    missing = column.isna().to_numpy()
    if np.any(missing):
        faults.append(Fault(where, f"{int(np.sum(missing))} times are empty ({some((np.flatnonzero(missing) + 1).tolist())})"))
        column = column.fillna(pandas.Timestamp(0, tz=column.dt.tz))
    aware = column.dt.tz is not None
    seconds = (column.dt.tz_convert(None) if aware else column).to_numpy("datetime64[s]").astype(np.int64)
    return _Times(seconds, [""] * len(seconds), aware)


def _stamped(rows: Ints, times: _Times, zone: str | None, price: Floats, given: Flags, faults: list[Fault], where: str) -> Stamped:
    """The rows in UTC, or all faults."""
    large = np.abs(price) > MAX_PRICE
    if np.any(large):
        faults.append(Fault(where, f"{int(np.sum(large))} prices are beyond a million EUR/MWh ({some(rows[large].tolist())})"))
    if zone is None:
        if faults:
            raise FileInvalid(faults)
        return Stamped(rows, times.seconds, price, given)
    # A file may run backwards; which of two equal times is the first is then the other way round.
    way = -1 if len(rows) and times.seconds[0] > times.seconds[-1] else 1
    start, never = to_utc(times.seconds[::way], list(times.marks)[::way], zone)
    stamped = Stamped(rows[::way], start, price[::way], given[::way])
    impossible = never & stamped.given
    if np.any(impossible):
        what = f"{int(np.sum(impossible))} times do not exist in {zone} ({some(sorted(stamped.row[impossible].tolist()))})"
        faults.append(Fault(where, what, "no prices in the hour that summer time leaves out"))
    if faults:
        raise FileInvalid(faults)
    return stamped.take(~never)


def _zone(named: str | None, wanted: str | None, where: str, faults: list[Fault]) -> str | None:
    """The time zone of local times: the heading's or the user's; never two that differ."""
    if wanted is not None:
        try:
            ZoneInfo(wanted)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            faults.append(Fault(where, f"unknown time zone '{wanted}'", "a name such as Europe/Berlin or UTC"))
            return None
    if named is None and wanted is None:
        faults.append(Fault(where, "its times have no offset from UTC and no zone", "name time_zone, such as Europe/Berlin or UTC"))
    if named is not None and wanted is not None:
        seasons = [datetime(2024, month, 1) for month in (1, 7)]
        if any(day.replace(tzinfo=ZoneInfo(named)).utcoffset() != day.replace(tzinfo=ZoneInfo(wanted)).utcoffset() for day in seasons):
            faults.append(Fault(where, f"its heading says that times are in {named}, time_zone says {wanted}"))
    return named or wanted


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
    if not re.search(r"(^|[ _])end$", bare(heading).lower()):
        return []
    return [Fault(where, f"the times under '{heading}' are ends of intervals", "a column with their starts")]


def _day_and_hour(day: str, hour: str) -> str:
    """`01-01-2017` and `00 - 01` as one text."""
    start = hour.replace("\xa0", " ").split("-")[0].strip()
    return f"{day} {start}" if ":" in start else f"{day} {start}:00"
