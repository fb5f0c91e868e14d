"""Which prices are known when: those of a day from its midnight on, and from 13 h on those of the next."""

from __future__ import annotations

import numpy as np

from p2p.base.clock import Clock
from p2p.base.columns import Flags, Floats, Ints

PUBLISHED = 13
"""Hour of the local day at which the next day's prices are known (SDAC publishes at about 12:57). [h]"""


def first_unpublished(clock: Clock) -> Ints:
    """[T] the first interval whose prices are not known: those of a day are, and from 13 h on those of the next."""
    ends: Ints = clock.day_start[np.minimum(clock.day + 1 + _late(clock), clock.days)]
    return ends


def published(values: Ints, clock: Clock, best: np.ufunc) -> Ints:
    """[T] the best value of the hours whose prices are known: to the end of the day, and of the next after 13 h.

    Parameters
    ----------
    values : [T]
    best : np.maximum or np.minimum.
    """
    late = _late(clock)
    return np.concatenate([_of_day(values, clock, late, best, day) for day in range(clock.days)])


def published_on(values: Ints, clock: Clock, best: np.ufunc, day: int) -> Ints:
    """[L] the part of `published` that belongs to one day."""
    return _of_day(values, clock, _late(clock), best, day)


def _of_day(values: Ints, clock: Clock, late: Flags, best: np.ufunc, day: int) -> Ints:
    starts = clock.day_start
    today = slice(int(starts[day]), int(starts[day + 1]))
    known: Ints = best.accumulate(values[today][::-1])[::-1]
    if day + 1 < clock.days:
        tomorrow = best.reduce(values[starts[day + 1] : starts[day + 2]])
        known = np.where(late[today], best(known, tomorrow), known)
    return known


def time_of_day(clock: Clock) -> Floats:
    """[T] the local clock at the start of each interval. [h]"""
    time: Floats = (clock.local - clock.local.astype("datetime64[D]")) / np.timedelta64(1, "h")
    return time


def _late(clock: Clock) -> Flags:
    """[T] whether the next day's prices are known."""
    return time_of_day(clock) >= PUBLISHED
