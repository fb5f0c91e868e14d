"""Time on a figure: interval by interval for a short run, day by day for a long one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from p2p.base.clock import Clock
from p2p.base.columns import Flags, Floats, Times
from p2p.plots.words import DAYS, MONTHS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from p2p.results import Results

LONGEST_BY_INTERVAL = 14  # days; a longer run is drawn day by day


@dataclass(frozen=True)
class Span:
    """The time of a run, as figures draw it."""

    clock: Clock

    @classmethod
    def of(cls, results: Results) -> Span:
        """The time of the run that left these results."""
        section = results.run["scenario"]["clock"]
        start = date.fromisoformat(str(section["start"]))
        return cls(Clock(start, int(section["days"]), int(section["interval_minutes"]), str(section["zone"])))

    @property
    def daily(self) -> bool:
        """Whether days are drawn instead of intervals."""
        return self.clock.days > LONGEST_BY_INTERVAL

    @cached_property
    def ends(self) -> Times:
        """[T + 1] or [days + 1] where what is drawn begins and ends, UTC."""
        step = np.timedelta64(self.clock.interval_minutes * 60, "s")
        every = np.append(self.clock.utc, self.clock.utc[-1] + step)
        return every[self.clock.day_start] if self.daily else every

    @cached_property
    def x(self) -> Times:
        """[2 T] or [2 days] both ends of each step, for `steps`."""
        return np.column_stack((self.ends[:-1], self.ends[1:])).ravel()

    def area(self, axes: Axes, low: npt.NDArray[Any] | float, high: npt.NDArray[Any], colour: str, label: str, alpha: float = 0.5) -> None:
        """The area between two values of each interval or day; a gap where they are NaN."""
        from matplotlib.dates import date2num

        floor = np.broadcast_to(np.asarray(low, np.float64), np.shape(high))
        axes.stairs(high, date2num(self.ends), baseline=floor, fill=True, color=colour, alpha=alpha, linewidth=0, label=label)  # type: ignore[no-untyped-call]

    def steps(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """A value of each interval or day as a step of its full length; a gap where it is NaN."""
        return np.repeat(values, 2)

    def day_sums(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """[days] the sum of each day."""
        return np.add.reduceat(values, self.clock.day_start[:-1])

    def day_lows(self, values: Floats) -> Floats:
        """[days] the least defined value of each day; NaN where there is none."""
        lows: Floats = np.fmin.reduceat(values, self.clock.day_start[:-1])
        return lows

    def day_highs(self, values: Floats) -> Floats:
        """[days] the greatest defined value of each day; NaN where there is none."""
        highs: Floats = np.fmax.reduceat(values, self.clock.day_start[:-1])
        return highs

    def day_means(self, values: Floats, weights: npt.NDArray[Any] | None = None) -> Floats:
        """[days] the mean of the defined values of each day, weighted; NaN where there is none."""
        there = np.isfinite(values)
        weight = np.where(there, 1.0 if weights is None else weights, 0.0)
        sums, total = self.day_sums(np.where(there, values, 0.0) * weight), self.day_sums(weight)
        means: Floats = np.divide(sums, total, out=np.full(len(sums), np.nan), where=total > 0)
        return means

    def power(self, wh: npt.NDArray[Any]) -> Floats:
        """Mean power of each interval. [kW]"""
        powers: Floats = wh / (1000 * self.clock.hours)
        return powers

    def local(self, interval: int) -> datetime:
        """The local time at the start of an interval."""
        when: datetime = self.clock.local[interval].item()
        return when

    def axis(self, axes: Axes) -> None:
        """Label the time axis in local time."""
        from matplotlib import dates
        from matplotlib.ticker import FuncFormatter

        zone = ZoneInfo(self.clock.zone)

        def label(place: float, _: int | None = None) -> str:
            """The words at a place of the axis."""
            when = dates.num2date(place, zone)  # type: ignore[no-untyped-call]
            if self.clock.days <= 2 and when.hour:
                return f"{when:%H:%M}"
            month = MONTHS[when.month - 1]
            if self.clock.days > 120:
                return f"{month}\n{when.year}" if when.month == 1 else month
            return f"{when.day} {month}" if self.daily else f"{DAYS[when.weekday()]}\n{when.day} {month}"

        if self.clock.days <= 2:
            axes.xaxis.set_major_locator(dates.HourLocator(range(0, 24, 6), tz=zone))  # type: ignore[no-untyped-call]
        elif self.daily:
            axes.xaxis.set_major_locator(dates.AutoDateLocator(tz=zone, maxticks=13))  # type: ignore[no-untyped-call]
        else:
            axes.xaxis.set_major_locator(dates.DayLocator(tz=zone, interval=1 if self.clock.days <= 10 else 2))  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_formatter(FuncFormatter(label))
        axes.set_xlim(self.ends[0], self.ends[-1])

    def line(self, axes: Axes, values: Floats, colour: str, label: str, weights: npt.NDArray[Any] | None = None, **style: Any) -> None:
        """A line of steps; day by day the mean, with a band from the day's least to its greatest."""
        if self.daily:
            low, high = self.day_lows(values), self.day_highs(values)
            if np.nanmax(np.append(high - low, 0.0)) > 0:
                self.area(axes, low, high, colour, "", alpha=0.18)
            values = self.day_means(values, weights)
        axes.plot(self.x, self.steps(values), color=colour, label=label, **style)

    def shade(self, axes: Axes, where: Flags, colour: str, label: str) -> None:
        """Shade the times at which something is so, over the full height."""
        marked = self.day_sums(where.astype(np.int64)) > 0 if self.daily else where
        if marked.any():
            band: Any = {"transform": axes.get_xaxis_transform(), "color": colour, "alpha": 0.15, "linewidth": 0}
            axes.fill_between(self.x, 0, 1, where=self.steps(marked), label=label, **band)
