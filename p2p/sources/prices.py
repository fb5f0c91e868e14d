"""Prices from a file: ENTSO-E Transparency and Nord Pool exports, any CSV or Parquet with times and prices."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from p2p.base.clock import Clock
from p2p.base.columns import Flags, Floats, Ints
from p2p.base.errors import Fault, FileInvalid
from p2p.sources.price_cells import some, stamp
from p2p.sources.price_files import Stamped, read_csv, read_parquet

SLOT = 300  # seconds: every length of an interval, in the file and in the run, is a multiple of it
STEPS = np.array([5, 10, 15, 20, 30, 60]) * 60
SETTLED = 12  # so many equal steps in a row are a resolution, fewer may be a gap
SHOWN_GAPS = 5


def read_prices(
    path: Path | str,
    clock: Clock,
    *,
    column: str | None = None,
    unit: str | None = None,
    time_zone: str | None = None,
) -> Ints:
    """The price of each interval of a run, from a file.

    Coarser prices are repeated, finer ones averaged. Local times are put on UTC exactly: where the clock shows an
    autumn hour twice, a mark (`CEST`) or else the order in the file decides.

    Parameters
    ----------
    path : `.parquet`, or CSV of one of these layouts:
        ENTSO-E Transparency, `MTU (...)` and `Day-ahead Price [EUR/MWh]` or `(EUR/MWh)`;
        Nord Pool, `Delivery Start (CET)` or `Date;Hours` with a column a zone;
        any table with times (ISO 8601 or day first, start of the interval) and prices.
    column : heading of the prices, a Nord Pool zone (`SE4`) or an ENTSO-E area (`BZN|DE-LU`); may be left out where
        there is only one.
    unit : EUR/MWh, EUR/kWh or ct/kWh; may be left out where the heading says it.
    time_zone : such as Europe/Berlin; may be left out where the heading says it or the times carry an offset.

    Returns
    -------
    [T] int64. [µEUR/kWh]

    Raises
    ------
    FileInvalid
        With all faults: no such file, column, unit or zone; text; empty cells; gaps; doubled times; a wrong period.
    """
    path = Path(path)
    if not path.is_file():
        raise FileInvalid(Fault(str(path), "no such file", "a CSV or Parquet file of prices"))
    read = read_parquet if path.suffix.lower() in (".parquet", ".pq") else read_csv
    return spread(read(path, column, unit, time_zone), clock, str(path))


def spread(stamped: Stamped, clock: Clock, where: str) -> Ints:
    """Prices as a file has them, put on the intervals of a run.

    Returns
    -------
    [T] int64. [µEUR/kWh]

    Raises
    ------
    FileInvalid
        The rows do not give every interval exactly one price.
    """
    stamped = stamped.take(np.argsort(stamped.start, kind="stable"))
    length = _checked_lengths(stamped, where)
    begin, end = int(clock.utc[0].astype(np.int64)), int(clock.utc[-1].astype(np.int64)) + clock.interval_minutes * 60
    inside = (stamped.start + length > begin) & (stamped.start < end)
    used, pieces = stamped.take(inside), length[inside] // SLOT
    # Each row lies on one or more 5-minute slots, counted from the start of the run.
    row = np.repeat(np.arange(len(used)), pieces)
    slot = np.repeat((used.start - begin) // SLOT - np.cumsum(pieces) + pieces, pieces) + np.arange(len(row))
    slots = (end - begin) // SLOT
    row, slot = row[(slot >= 0) & (slot < slots)], slot[(slot >= 0) & (slot < slots)]
    count = np.bincount(slot, minlength=slots)
    faults = _row_faults(used, np.unique(row[count[slot] > 1]), where)
    first, last = int(stamped.start[0]), int(stamped.start[-1] + length[-1])
    if first > begin or last < end:
        faults.append(Fault(where, f"has {stamp(first)} to {stamp(last)}, the run needs {stamp(begin)} to {stamp(end)}"))
    time = np.arange(slots) * SLOT + begin
    faults += _gaps((count == 0) & (time >= first) & (time < last), begin, clock.interval_minutes * 60 // SLOT, where)
    if faults:
        raise FileInvalid(faults)
    price = np.zeros(slots)
    price[slot] = used.price[row]
    mean: Floats = np.mean(price.reshape(clock.intervals, -1), axis=1)
    return np.rint(mean).astype(np.int64)


def _checked_lengths(stamped: Stamped, where: str) -> Ints:
    """[R] how long each price holds; refused if that is nothing a run can have. [s]"""
    if len(stamped) < 2:
        raise FileInvalid(Fault(where, f"has {len(stamped)} row of prices", "at least two, so that their distance is known"))
    length = _lengths(stamped.start)
    odd = (stamped.start % SLOT != 0) | ~np.isin(length, STEPS)
    if np.any(odd):
        what = f"{int(np.sum(odd))} times are off the 5-minute grid or {int(length[0]) // 60} min apart ({some(_rows(stamped, odd))})"
        raise FileInvalid(Fault(where, what, "intervals of 5, 10, 15, 20, 30 or 60 minutes"))
    return length


def _row_faults(used: Stamped, double: Ints, where: str) -> list[Fault]:
    """Empty prices and doubled times among the rows that the run uses."""
    faults, empty = [], ~used.given
    if np.any(empty):
        what = f"{int(np.sum(empty))} prices are empty ({some(_rows(used, empty))})"
        faults.append(Fault(where, what, "fill them, or run another period"))
    if len(double):
        what = f"{len(double)} rows have a time that another has ({some(sorted(used.row[double].tolist()))})"
        allowed = "one price a time; only the hour at the end of summer time may stand twice, on a local clock"
        faults.append(Fault(where, what, allowed))
    return faults


def _lengths(start: Ints) -> Ints:
    """[R] how long each row's price holds, from the distances of sorted starts: a file may change its resolution. [s]

    A distance counts as a resolution if it is the smallest or comes many times in a row; a row before any other
    distance (a gap) is as long as the one before it, or at the start of the file as the first that counts.
    """
    steps = np.diff(start)
    smallest = np.min(steps[steps > 0], initial=86_400)
    change = np.concatenate([[True], np.diff(steps) != 0])
    run = np.cumsum(change) - 1
    settled = (steps == smallest) | ((np.bincount(run)[run] >= SETTLED) & np.isin(steps, STEPS))
    known = np.flatnonzero(settled)
    latest = np.maximum(np.searchsorted(known, np.arange(len(steps)), side="right") - 1, 0)
    lengths = steps[known[latest]] if len(known) else np.full(len(steps), smallest)
    return np.concatenate([lengths, lengths[-1:]])


def _gaps(holes: Flags, begin: int, slots_an_interval: int, where: str) -> list[Fault]:
    """One fault a gap, the first few; then how many more."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], holes, [False]]).astype(np.int8)))
    gaps = edges.reshape(-1, 2)
    faults = []
    for left, right in gaps[:SHOWN_GAPS].tolist():
        count = -(-right // slots_an_interval) - left // slots_an_interval
        period = f"{stamp(begin + left * SLOT)} to {stamp(begin + right * SLOT)}"
        faults.append(Fault(where, f"no price from {period} ({count} interval{'s' if count > 1 else ''} of the run)"))
    if len(gaps) > SHOWN_GAPS:
        faults.append(Fault(where, f"{len(gaps) - SHOWN_GAPS} more gaps"))
    return faults


def _rows(stamped: Stamped, which: Flags) -> list[int]:
    return sorted(stamped.row[which].tolist())
