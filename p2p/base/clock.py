"""The clock: intervals in UTC, days as people live them, with 92, 96 or 100 quarter-hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np

from p2p.base.columns import Ints, Times

ALLOWED_MINUTES = (5, 15, 30, 60)


@dataclass(frozen=True)
class Clock:
    """The intervals of a run: `days` local days from local midnight of `start`.

    All times are UTC inside; a day that changes to or from summer time is an hour shorter or longer.
    """

    start: date
    days: int
    interval_minutes: int = 15
    zone: str = "Europe/Berlin"

    def midnight(self, day: int) -> datetime:
        """Local midnight before day `day`, in UTC."""
        return datetime.combine(self.start + timedelta(days=day), time(), ZoneInfo(self.zone)).astimezone(UTC)

    @property
    def hours(self) -> float:
        """Length of an interval. [h]"""
        return self.interval_minutes / 60

    @cached_property
    def day_start(self) -> Ints:
        """[days + 1] the first interval of each day, and the end."""
        first = self.midnight(0)
        step = timedelta(minutes=self.interval_minutes)
        return np.array([(self.midnight(day) - first) // step for day in range(self.days + 1)], np.int64)

    @property
    def intervals(self) -> int:
        """T, how many intervals the run has."""
        return int(self.day_start[-1])

    @cached_property
    def day(self) -> Ints:
        """[T] the day of each interval, from 0."""
        return np.repeat(np.arange(self.days), np.diff(self.day_start))

    @cached_property
    def utc(self) -> Times:
        """[T] the start of each interval, UTC, to the second."""
        first = np.datetime64(self.midnight(0).replace(tzinfo=None), "s")
        times: Times = first + np.arange(self.intervals) * np.timedelta64(self.interval_minutes * 60, "s")
        return times

    @cached_property
    def utc_offset_minutes(self) -> Ints:
        """[T] local clock less UTC."""
        zone = ZoneInfo(self.zone)
        hourly = np.unique(self.utc.astype("datetime64[h]"))
        offsets = {hour: _offset(hour, zone) for hour in hourly.tolist()}
        return np.array([offsets[hour] for hour in self.utc.astype("datetime64[h]").tolist()], np.int64)

    @cached_property
    def local(self) -> Times:
        """[T] the local clock at the start of each interval; the hour after summer time ends stands twice."""
        times: Times = self.utc + self.utc_offset_minutes.astype("timedelta64[m]")
        return times

    @cached_property
    def beyond(self) -> Clock:
        """The same clock with two days more, for those who look ahead from the last one."""
        return Clock(self.start, self.days + 2, self.interval_minutes, self.zone)


def _offset(hour: datetime, zone: ZoneInfo) -> int:
    delta = hour.replace(tzinfo=UTC).astimezone(zone).utcoffset()
    return 0 if delta is None else int(delta.total_seconds() // 60)
