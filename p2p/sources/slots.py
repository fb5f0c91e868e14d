"""Rows of a file put on five-minute slots of a run: how long each row holds, and which slots no row or more than one covers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Columns, Flags, Ints
from p2p.base.errors import Fault, FileInvalid
from p2p.sources.table_cells import some, stamp

SLOT = 300  # seconds: every length of an interval, in the file and in the run, is a multiple of it
STEPS = np.array([5, 10, 15, 20, 30, 60]) * 60
SETTLED = 12  # so many equal steps in a row are a resolution, fewer may be a gap
SHOWN_GAPS = 5


@dataclass(frozen=True, slots=True)
class Held(Columns):
    """Rows and how long each holds; R rows in the order of their starts.

    row:    [R] int64, place in the file
    start:  [R] int64 s since 1970 UTC
    length: [R] int64 s
    """

    row: Ints
    start: Ints
    length: Ints


@dataclass(frozen=True)
class Period:
    """Slots from `begin` to `end`, both in s since 1970 UTC, of which `interval` s are one interval of the run."""

    begin: int
    end: int
    interval: int

    @property
    def time(self) -> Ints:
        """[S] start of each slot. [s since 1970 UTC]"""
        return np.arange(self.begin, self.end, SLOT)


def checked_lengths(start: Ints, row: Ints, where: str, noun: str) -> Ints:
    """[R] how long each row of sorted starts holds; refused if that is nothing a run can have. [s]

    Raises
    ------
    FileInvalid
        There is one row, or the starts are off the grid of five minutes or of no known distance.
    """
    if len(start) < 2:
        raise FileInvalid(Fault(where, f"has {len(start)} row of {noun}s", "at least two, so that their distance is known"))
    length = lengths(start)
    odd = (start % SLOT != 0) | ~np.isin(length, STEPS)
    if np.any(odd):
        rows = some(sorted(row[odd].tolist()))
        what = f"{int(np.sum(odd))} times are off the 5-minute grid or {int(length[0]) // 60} min apart ({rows})"
        raise FileInvalid(Fault(where, what, "intervals of 5, 10, 15, 20, 30 or 60 minutes"))
    return length


def lengths(start: Ints) -> Ints:
    """[R] how long each row holds, from the distances of sorted starts: a file may change its resolution. [s]

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
    found = steps[known[latest]] if len(known) else np.full(len(steps), smallest)
    return np.concatenate([found, found[-1:]])


def cover(held: Held, period: Period) -> tuple[Ints, Ints]:
    """Which row covers each slot of a period, -1 for none, and the rows that share one with another.

    Returns
    -------
    row : [S] index of a row of `held`.
    double : indices.
    """
    inside = np.flatnonzero((held.start + held.length > period.begin) & (held.start < period.end))
    pieces = held.length[inside] // SLOT
    index = np.repeat(inside, pieces)
    first = (held.start[inside] - period.begin) // SLOT
    slot = np.repeat(first - np.cumsum(pieces) + pieces, pieces) + np.arange(len(index))
    slots = (period.end - period.begin) // SLOT
    kept = (slot >= 0) & (slot < slots)
    index, slot = index[kept], slot[kept]
    row = np.full(slots, -1)
    row[slot] = index
    return row, np.unique(index[np.bincount(slot, minlength=slots)[slot] > 1])


def cover_faults(held: Held, row: Ints, double: Ints, period: Period, where: str, noun: str) -> list[Fault]:
    """Doubled times, a period that the file does not have, and gaps; what `cover` found."""
    faults = []
    if len(double):
        what = f"{len(double)} rows have a time that another has ({some(sorted(held.row[double].tolist()))})"
        allowed = f"one {noun} a time; only the hour at the end of summer time may stand twice, on a local clock"
        faults.append(Fault(where, what, allowed))
    first, last = int(held.start[0]), int(held.start[-1] + held.length[-1])
    if first > period.begin or last < period.end:
        needs = f"the run needs {stamp(period.begin)} to {stamp(period.end)}"
        faults.append(Fault(where, f"has {stamp(first)} to {stamp(last)}, {needs}"))
    return faults + _gaps((row < 0) & (period.time >= first) & (period.time < last), period, where, noun)


def _gaps(holes: Flags, period: Period, where: str, noun: str) -> list[Fault]:
    """One fault a gap, the first few; then how many more."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], holes, [False]]).astype(np.int8)))
    gaps, pieces = edges.reshape(-1, 2), period.interval // SLOT
    faults = []
    for left, right in gaps[:SHOWN_GAPS].tolist():
        count = -(-right // pieces) - left // pieces
        between = f"{stamp(period.begin + left * SLOT)} to {stamp(period.begin + right * SLOT)}"
        faults.append(Fault(where, f"no {noun} from {between} ({count} interval{'s' if count > 1 else ''} of the run)"))
    if len(gaps) > SHOWN_GAPS:
        faults.append(Fault(where, f"{len(gaps) - SHOWN_GAPS} more gaps"))
    return faults


def empty_fault(row: Ints, noun: str, where: str) -> list[Fault]:
    """A fault if the run uses rows that hold nothing."""
    if not len(row):
        return []
    return [Fault(where, f"{len(row)} {noun}s are empty ({some(sorted(row.tolist()))})", "fill them, or run another period")]
