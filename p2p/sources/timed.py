"""Times of a table's rows, from text or from a frame, put on UTC; all that is wrong with them at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from p2p.base.columns import Flags, Floats, Ints
from p2p.base.errors import Fault, FileInvalid
from p2p.sources.table_cells import read_numbers, read_times, some, to_utc
from p2p.sources.tables import bare

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Times:
    """Times as a file has them.

    row : [R] place in the file.
    seconds : [R] since 1970 on the file's clock.
    marks : [R] texts behind them, such as CEST.
    utc : whether that clock is UTC.
    """

    row: Ints
    seconds: Ints
    marks: Sequence[str]
    utc: bool


def text_times(cells: Sequence[str], rows: Sequence[int], where: str, faults: list[Fault]) -> Times:
    """The times of a column of texts."""
    seconds, marks, aware, wrong = read_times(cells, rows, where)
    faults += wrong
    return Times(np.array(rows, np.int64), seconds, marks, aware)


def read_frame(path: Path) -> pandas.DataFrame:
    """The table of a Parquet file; an index of dates and times becomes a column.

    Raises
    ------
    FileInvalid
        It is no Parquet file.
    """
    import pandas

    try:
        frame = pandas.read_parquet(path)
    except (OSError, ValueError) as error:
        raise FileInvalid(Fault(str(path), f"is no Parquet file: {str(error).splitlines()[0]}")) from error
    if isinstance(frame.index, pandas.DatetimeIndex):
        frame = frame.reset_index(names=[str(frame.index.name or "time")])
    frame.columns = pandas.Index([str(name) for name in frame.columns])
    return frame


def frame_times(column: pandas.Series[Any], where: str, faults: list[Fault]) -> Times:
    """Times of a column of a frame, which may be dates and times with or without a zone, or texts; rows count from 1."""
    import pandas

    rows = np.arange(1, len(column) + 1)
    if not pandas.api.types.is_datetime64_any_dtype(column.dtype):
        return text_times([str(cell) for cell in column.tolist()], rows.tolist(), where, faults)
    missing = column.isna().to_numpy()
    if np.any(missing):
        faults.append(Fault(where, f"{int(np.sum(missing))} times are empty ({some((np.flatnonzero(missing) + 1).tolist())})"))
        column = column.fillna(pandas.Timestamp(0, tz=column.dt.tz))
    aware = column.dt.tz is not None
    seconds = (column.dt.tz_convert(None) if aware else column).to_numpy("datetime64[s]").astype(np.int64)
    return Times(rows, seconds, [""] * len(seconds), aware)


def frame_numbers(column: pandas.Series[Any], where: str, faults: list[Fault]) -> tuple[Floats, Flags]:
    """Numbers of a column of a frame, 0 where none is given, and which of them are given."""
    import pandas

    if pandas.api.types.is_numeric_dtype(column.dtype):
        numbers = column.to_numpy(np.float64, na_value=np.nan)
        given = np.isfinite(numbers)
        return np.where(given, numbers, 0.0), given
    texts = ["" if cell is None else str(cell) for cell in column.tolist()]
    numbers, given, wrong = read_numbers(texts, range(1, len(texts) + 1), True, where)
    faults += wrong
    return numbers, given


def in_utc(times: Times, zone: str | None, needed: Flags, where: str, faults: list[Fault]) -> tuple[Ints, Ints]:
    """Which rows have a time, and that time in UTC.

    Parameters
    ----------
    zone : of local times; None for UTC.
    needed : [R] rows that may not stand at a time that the local clock never showed.

    Returns
    -------
    place : [K] rows whose time there is, in the order in which a clock runs.
    start : [K] s since 1970 UTC.

    Raises
    ------
    FileInvalid
        With what is wrong here and all faults found so far.
    """
    place, start = np.arange(len(times.seconds)), times.seconds
    if zone is not None:
        # A file may run backwards; which of two equal times is the first is then the other way round.
        way = -1 if len(start) and start[0] > start[-1] else 1
        place = place[::way]
        start, never = to_utc(start[::way], list(times.marks)[::way], zone)
        impossible = never & needed[place]
        if np.any(impossible):
            what = f"{int(np.sum(impossible))} times do not exist in {zone} ({some(sorted(times.row[place][impossible].tolist()))})"
            faults.append(Fault(where, what, "no rows in the hour that summer time leaves out"))
        place, start = place[~never], start[~never]
    if faults:
        raise FileInvalid(faults)
    return place, start


def local_zone(named: str | None, wanted: str | None, where: str, faults: list[Fault]) -> str | None:
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


def are_ends(heading: str) -> bool:
    """Whether a heading of times names the ends of intervals."""
    return re.search(r"(^|[ _])end$", bare(heading).lower()) is not None
