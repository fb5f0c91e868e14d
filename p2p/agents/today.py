"""What a day brings, laid out when it begins: what comes, everybody's luck, and what the devices meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.devices import Day, Fleet
from p2p.devices.coming import Come
from p2p.devices.inverter import least_cos_phi, q_of_voltage


@dataclass(frozen=True, slots=True)
class Now:
    """What the weather and people bring in an interval.

    wanted: [N] load [kW]
    sun:    [N] generation that sun and wind give [kW]
    kvar:   [N] reactive power of the loads [kvar]
    net:    [N] load less generation [kW]
    """

    wanted: Floats
    sun: Floats
    kvar: Floats
    net: Floats


@dataclass(frozen=True, slots=True)
class Today:
    """A day of L intervals.

    day:     its clock, weather and chance, with 24 hours more to look ahead
    wanted, sun, kvar, net: [L, N] as in `Now`
    luck:    [L, N, 2] everybody's draws, even in [0, 1)
    arrival: [L, N] everybody's rank in time, no two alike in an interval
    devices: of each flexible kind, what the day brings to it
    """

    day: Day
    wanted: Floats
    sun: Floats
    kvar: Floats
    net: Floats
    luck: Floats
    arrival: Ints
    devices: Mapping[str, Any]

    def place(self, interval: int) -> int:
        """Which interval of this day it is."""
        return interval - self.day.first

    def now(self, interval: int) -> Now:
        """What comes in an interval of this day."""
        place = interval - self.day.first
        return Now(self.wanted[place], self.sun[place], self.kvar[place], self.net[place])


def by_voltage(fleet: Fleet, now: Now, voltage: Floats) -> Now:
    """What comes, with the reactive power that plants make by the voltage of the interval before, within their apparent power.

    voltage : [B] of all buses. [p.u.]
    """
    kvar = now.kvar.copy()
    made = fleet.by_prosumer(fleet.pv.owner, fleet.pv.rated) + fleet.by_prosumer(fleet.wind.owner, fleet.wind.rated)
    most = made * np.sqrt(1 / least_cos_phi(made) ** 2 - 1)
    kvar += q_of_voltage(voltage[fleet.prosumers.bus], most)
    return Now(now.wanted, now.sun, kvar, now.net)


def laid_out(day: Day, coming: Come, devices: Mapping[str, Any]) -> Today:
    """A day with everybody's luck drawn; coming: of its L intervals."""
    wanted, sun, kvar = coming
    draws = day.streams.at("luck", day.number).random((day.length, day.homes, 3))
    return Today(day, wanted, sun, kvar, wanted - sun, np.ascontiguousarray(draws[:, :, :2]), ranks(draws[:, :, 2]), devices)


def ranks(draws: Floats) -> Ints:
    """[T, N] numbers in the order of the draws, no two alike: the draw in units of 2**-40, then the row."""
    homes = draws.shape[1]
    rank: Ints = (draws * 2.0**40).astype(np.int64) * homes + np.arange(homes)
    return rank
