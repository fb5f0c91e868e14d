"""One ledger of what is promised of each device: several services may use it, and nothing is sold twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.base.errors import Fault, InputError

SERVICES = ("self", "local", "dso", "tso")
"""Who may use a device: its people, the local market, the grid operator, the system operator."""

DIRECTIONS = (1, -1)
"""More withdrawal, and less. Both are counted against what the device can do from where it is."""


@dataclass(frozen=True, slots=True)
class Reservations:
    """What is promised of D devices over T intervals. Every operation gives new ones; the promises before stand.

    For each device, interval and direction, what all services hold is at most what the device can do. A promise to the same
    direction stacks on those before it, in the order in which they were made. Promises to opposite directions are both kept
    by what the device can do in each: they are netted when it acts, and that is for who activates it to say.

    room:    [2, T, D] what the device can do upward (more withdrawal) and downward from its plan, not negative [kW]
    held:    [S, 2, T, D] promised to each of `SERVICES` [kW]
    asked:   [S] that was ever asked for, over all devices and intervals [kWh]
    refused: [S] of it, what was refused since others hold it or the device can't [kWh]
    double:  [S] of what was refused, what others held: it would have been sold twice [kWh]
    hours:   length of an interval [h]

    References
    ----------
    H. Gerard, E. I. Rivero Puente and D. Six, "Coordination between transmission and distribution system operators in the
    electricity sector: a conceptual framework", Utilities Policy 50, 2018: one resource, several buyers, priority by scheme.
    """

    room: Floats
    held: Floats
    asked: Floats
    refused: Floats
    double: Floats
    hours: float

    @classmethod
    def over(cls, low: Floats, high: Floats, hours: float) -> Self:
        """Nothing is promised yet.

        Parameters
        ----------
        low, high : [T, D] span of each device around its plan, low not positive and high not negative. [kW]
        hours : length of an interval. [h]
        """
        room = np.stack((np.maximum(high, 0.0), np.maximum(-low, 0.0)))
        none = np.zeros(len(SERVICES))
        return cls(room, np.zeros((len(SERVICES), *room.shape)), none, none, none, hours)

    def free(self, direction: int) -> Floats:
        """[T, D] what nobody holds of a direction. [kW]"""
        side = DIRECTIONS.index(direction)
        left: Floats = np.maximum(self.room[side] - self.held[:, side].sum(axis=0), 0.0)
        return left

    def reserve(self, service: str, device: Ints, interval: Ints, power: Floats, whole: bool = False) -> tuple[Self, Floats]:
        """Promise power of devices to a service; what others hold or the device can't do is refused.

        Parameters
        ----------
        service : in `SERVICES`.
        device, interval : [R] what is asked for, none twice in one direction.
        power : [R] more withdrawal positive, less negative. [kW]
        whole : whether a request is refused whole where it can't be met whole, rather than trimmed.

        Returns
        -------
        The reservations after, and [R] what was promised of each request, with its sign. [kW]

        Raises
        ------
        InputError
            A device is asked for twice in an interval and a direction.
        """
        number = SERVICES.index(service)
        side = (power < 0).astype(np.int64)
        _check_once(np.ravel_multi_index((side, interval, device), self.room.shape))
        wanted = np.abs(power)
        held, room = self.held[:, side, interval, device].sum(axis=0), self.room[side, interval, device]
        given = np.minimum(wanted, np.maximum(room - held, 0.0))
        if whole:
            given = np.where(given < wanted, 0.0, given)
        after = self.held.copy()
        after[number, side, interval, device] += given
        # what the device could have done, had nobody held a part of it
        twice = np.where(wanted <= room, wanted - given, 0.0) if whole else np.minimum(wanted, room) - given
        sums = (wanted, wanted - given, twice)
        asked, refused, double = (_at(number, float(np.sum(part)) * self.hours) for part in sums)
        counts = self.asked + asked, self.refused + refused, self.double + double
        return type(self)(self.room, after, *counts, self.hours), np.sign(power) * given

    def released(self, service: str, device: Ints, interval: Ints, power: Floats) -> Self:
        """A service gives back what it holds of devices, at most what it holds: what was not called, or was forwarded and came back."""
        number = SERVICES.index(service)
        side = (power < 0).astype(np.int64)
        after = self.held.copy()
        place = number, side, interval, device
        after[place] -= np.minimum(np.abs(power), after[place])
        return type(self)(self.room, after, *self._counts, self.hours)

    def narrowed(self, low: Floats, high: Floats) -> tuple[Self, Floats]:
        """The devices can do less than was thought; who promised last gives up first.

        The order is that of `SERVICES`, reversed: the system operator's promises fall before the grid operator's, those before
        the local market's, and its people's own last. (assumption)

        Parameters
        ----------
        low, high : [T, D] the span now. [kW]

        Returns
        -------
        The reservations after, and [S] what each service lost. [kWh]
        """
        room = np.stack((np.maximum(high, 0.0), np.maximum(-low, 0.0)))
        before = np.cumsum(self.held, axis=0) - self.held
        after = np.clip(room - before, 0.0, self.held)
        lost: Floats = (self.held - after).sum(axis=(1, 2, 3)) * self.hours
        return type(self)(room, after, *self._counts, self.hours), lost

    def of(self, service: str) -> Floats:
        """[T, D] what a service holds, more withdrawal less what is held of less withdrawal. [kW]"""
        more, less = self.held[SERVICES.index(service)]
        net: Floats = more - less
        return net

    def conflicts(self) -> float | None:
        """What would have been sold twice and was refused, of all that was asked for (K27); None where nothing was. [%]"""
        asked = float(self.asked.sum())
        return 100 * float(self.double.sum()) / asked if asked > 0 else None

    @property
    def _counts(self) -> tuple[Floats, Floats, Floats]:
        return self.asked, self.refused, self.double


def _check_once(requests: Ints) -> None:
    """Refuse requests of which two ask for the same."""
    if len(np.unique(requests)) < len(requests):
        what = f"{len(requests) - len(np.unique(requests))} requests ask for what another one asks for"
        raise InputError(Fault("reservations", what, "one request a device, interval and direction"))


def _at(place: int, value: float) -> Floats:
    """[S] a value at one place, 0 elsewhere."""
    column = np.zeros(len(SERVICES))
    column[place] = value
    return column
