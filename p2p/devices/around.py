"""What surrounds devices: the weather, the day with its clock and its chance, and the prices that people can reckon with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from p2p.base.columns import Columns, Floats, Ints, Times
from p2p.base.streams import Streams


@dataclass(frozen=True, slots=True)
class Weather(Columns):
    """The weather at one place; T rows, means over each interval.

    temperature: [T] of the air, 2 m above the ground [degC]
    ghi:         [T] global irradiance on the horizontal, not negative [W/m2]
    dhi:         [T] the diffuse part of it, at most ghi [W/m2]
    wind:        [T] speed 10 m above the ground, not negative [m/s]
    """

    temperature: Floats
    ghi: Floats
    dhi: Floats
    wind: Floats


@dataclass(frozen=True)
class Day:
    """A day as all devices meet it: its own intervals, then those of the 24 hours after it, to which one may look ahead.

    number:  day of the run, from 0
    first:   its first interval
    length:  L, how many intervals the day itself has (of quarter-hours 92, 96 or 100)
    hours:   length of an interval [h]
    local:   [T] local clock at the start of each interval, T = L and those of 24 hours more
    weather: T rows
    expected: [E, N] what each home expects to draw less what it generates in the 24 hours from the day's beginning [kWh]
    streams: chance; draw for all N prosumers at (name, day of the run), and take the owners' rows, so that nobody's luck hangs
        on who else owns what
    """

    number: int
    first: int
    length: int
    hours: float
    local: Times
    weather: Weather
    expected: Floats
    streams: Streams

    @property
    def homes(self) -> int:
        """N, how many prosumers there are."""
        return int(self.expected.shape[1])

    def __len__(self) -> int:
        return len(self.local)

    @property
    def hour(self) -> Floats:
        """[T] local hour of the day at the start of each interval, 0 to 24. [h]"""
        hours: Floats = (self.local - self.local.astype("datetime64[D]")).astype(np.float64) / 3600
        return hours

    @property
    def date(self) -> Ints:
        """[T] calendar days since 1970-01-01, local."""
        return self.local.astype("datetime64[D]").astype(np.int64)

    @property
    def weekend(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """[T] whether it is Saturday or Sunday."""
        return (self.date + 3) % 7 >= 5


class Prices(NamedTuple):
    """What people can reckon with in an interval. [µEUR/kWh]

    retail, feed_in: what the retailer takes for a kWh now, all fees in, and gives for one
    dearest, cheapest: the dearest retail and the cheapest feed-in price of the hours published so far
    gas, diesel: a kWh of fuel, upper heating value as it is billed
    """

    retail: float
    feed_in: float
    dearest: float
    cheapest: float
    gas: float
    diesel: float
