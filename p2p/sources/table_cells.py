"""Cells of a table: texts to times, local times to UTC, texts to numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from p2p.base.columns import Flags, Floats, Ints
from p2p.base.errors import Fault

EMPTY = frozenset({"", "-", "n/e", "n/a", "na", "nan", "null", "none", "."})
MARK = re.compile(r"\s*\((\w+)\)$")
GROUPED = re.compile(r"[-+]?\d{1,3}(\.\d{3})+(,\d+)?")
YEARS = range(1970, 2201)


def read_times(cells: Sequence[str], rows: Sequence[int], where: str) -> tuple[Ints, list[str], bool, list[Fault]]:
    """Times of day as they stand, in seconds since 1970; if they carry an offset, in UTC.

    ISO 8601, or day first with `.`, `/` or `-` between the parts; of an interval `from - to` the start is taken. A
    mark such as `(CEST)` behind a time tells the doubled autumn hours apart.

    Returns
    -------
    seconds : [R].
    marks : [R] texts, empty where there is none.
    aware : all carry an offset.
    faults : what is no time.
    """
    seconds, marks, wrong, aware = [], [], [], []
    for row, cell in zip(rows, cells, strict=True):
        text = cell.split(" - ")[0].strip()
        found = MARK.search(text)
        marks.append(found.group(1).upper() if found else "")
        try:
            time = datetime.fromisoformat(_iso(text[: found.start()] if found else text))
            if time.year not in YEARS:
                raise ValueError(time.year)
        except ValueError:
            wrong.append(row)
            seconds.append(0)
            continue
        if time.tzinfo is None:
            time = time.replace(tzinfo=UTC)
        else:
            aware.append(row)
        seconds.append(int(time.timestamp()))
    faults = []
    if wrong:
        example = cells[list(rows).index(wrong[0])]
        allowed = "2024-01-31 13:00, 2024-01-31T13:00+01:00 or 31.01.2024 13:00"
        faults.append(Fault(where, f"{len(wrong)} are no times ({some(wrong)}), the first '{example[:40]}'", allowed))
    elif aware and len(aware) < len(rows):
        faults.append(Fault(where, f"{len(aware)} times have an offset from UTC and {len(rows) - len(aware)} have none"))
    return np.array(seconds, np.int64), marks, len(aware) == len(rows), faults


def to_utc(local: Ints, marks: Sequence[str], zone: str) -> tuple[Ints, Flags]:
    """UTC of times on a local clock, and which of them that clock never showed.

    An hour that the clock shows twice is told apart by its mark (`CEST` or the like is the first), otherwise by the
    order in the file: what comes first is summer time.

    Parameters
    ----------
    local : [R] the local clock, in seconds since 1970 on that clock.
    """
    hours, place = np.unique(local // 3600, return_inverse=True)
    offsets = np.array([_offsets(int(hour), ZoneInfo(zone)) for hour in hours], np.int64).reshape(-1, 2)[place]
    order = np.argsort(local, kind="stable")
    same = np.concatenate([[False], np.diff(local[order]) == 0])
    repeated = np.empty(len(local), np.bool_)
    repeated[order] = same
    marked = np.array([mark != "" for mark in marks], np.bool_)
    summer = np.array([mark.endswith("ST") and mark != "EST" for mark in marks], np.bool_)
    second = np.where(marked, ~summer, repeated)
    never = offsets[:, 0] < offsets[:, 1]
    return np.where(second, local - offsets[:, 1], local - offsets[:, 0]), never


def read_numbers(cells: Sequence[str], rows: Sequence[int], decimal_comma: bool, where: str) -> tuple[Floats, Flags, list[Fault]]:
    """Numbers, which of them are given, and what is text.

    Parameters
    ----------
    decimal_comma : a comma may be the decimal mark (not in a file whose columns are parted by commas).
    """
    comma = decimal_comma and any("," in cell for cell in cells)
    numbers, given, wrong = np.zeros(len(cells)), np.zeros(len(cells), np.bool_), []
    for index, cell in enumerate(cells):
        if cell.lower() in EMPTY:
            continue
        text = cell.replace("\u2212", "-").replace("\xa0", "").replace(" ", "")
        if comma:
            text = text.replace(".", "") if GROUPED.fullmatch(text) else text
            text = text.replace(",", ".", 1)
        try:
            number = float("_" if "_" in text else text)
        except ValueError:
            wrong.append(index)
            continue
        numbers[index], given[index] = (number, True) if np.isfinite(number) else (0.0, False)
    if not wrong:
        return numbers, given, []
    first = cells[wrong[0]][:40]
    return numbers, given, [Fault(where, f"{len(wrong)} are no numbers ({some([rows[i] for i in wrong])}), the first '{first}'")]


def some(rows: Sequence[int]) -> str:
    """Row numbers for a message: all of them, or the first ten."""
    shown = ", ".join(str(row) for row in rows[:10])
    return f"row{'s' if len(rows) > 1 else ''} {shown}{', ...' if len(rows) > 10 else ''}"


def stamp(seconds: int) -> str:
    """A time for a message."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _iso(text: str) -> str:
    """Day-first dates turned round."""
    if text[2:3] in (".", "/", "-") and text[5:6] == text[2:3]:
        return f"{text[6:10]}-{text[3:5]}-{text[:2]}{text[10:]}"
    return text.replace("/", "-") if text[4:5] == "/" else text


def _offsets(hour: int, zone: ZoneInfo) -> tuple[int, int]:
    """Offset from UTC at a local hour, the first time and the second time the clock shows it. [s]"""
    time = datetime(1970, 1, 1) + timedelta(hours=hour)
    first, second = (time.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    return int(first.total_seconds()), int(second.total_seconds())
