"""What is hosted: how large each device is, and what it draws or feeds in over a year, by SimBench's profiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.base.errors import Fault, UnknownName, nearest
from p2p.base.streams import Streams
from p2p.build.population import HEAT_PUMP_KW
from p2p.devices import FLEXIBLE
from p2p.devices.homes import CLASSES
from p2p.devices.inverter import LEAST_COS_PHI, SMALL_KVA, cos_phi_of_power
from p2p.scenario import PopulationSection
from p2p.sources import Profiles
from p2p.studies.hosting.case import Placements

WEEK = 7 * 96
"""Quarter-hours."""

WEEKS = 52


@dataclass(frozen=True)
class Technology:
    """A kind of device as courses of a year; C of them: each profile, by each week it may begin in, by each class of size.

    profile: [R, P] power over size in the quarter-hours of a year, positive
    sign: +1 draws, -1 feeds in
    smallest, largest: [P] sizes that follow a profile, evenly between them [kW]
    shifts: in how many weeks a profile may begin; 1 where the weather is in it, which is the same for all
    cos_phi: least power factor of small and large plants; one of 1 where they make no reactive power
    """

    profile: Floats
    sign: float
    smallest: Floats
    largest: Floats
    shifts: int = 1
    cos_phi: tuple[float, ...] = (1.0,)

    def at(self, rows: Ints) -> tuple[Floats, Floats]:
        """[H, C] active and reactive withdrawal in some quarter-hours, for each kW of size."""
        begun = rows[:, None] + WEEK * np.arange(self.shifts)
        p = np.moveaxis(self.profile[begun % len(self.profile)], 1, 2).reshape(len(rows), -1)
        power = self.sign * np.concatenate([p] * len(self.cos_phi), axis=1)
        return power, np.concatenate([cos_phi_of_power(self.sign * p, np.ones(p.shape), least) for least in self.cos_phi], axis=1)

    def mean(self) -> Floats:
        """[R] what the mean device draws in each quarter-hour. [kW]"""
        course = self.profile @ ((self.smallest + self.largest) / 2) / self.profile.shape[1]
        mean: Floats = self.sign * np.mean([np.roll(course, -WEEK * week) for week in range(self.shifts)], axis=0)
        return mean

    def placed(self, share: Floats, count: int, streams: Streams) -> Placements:
        """Random orders in which all homes get a device, with sizes and courses; each placement has draws of its own.

        Parameters
        ----------
        share : [N] of a whole home that each is; its device is as much smaller.
        count : how many placements.
        """
        draws = np.stack([streams.at("hosting", row).random((4, len(share))) for row in range(count)], axis=1)
        profiles = self.profile.shape[1]
        profile = (draws[2] * profiles).astype(np.int64)
        size = self.smallest[profile] + (self.largest - self.smallest)[profile] * draws[1]
        column = profile * self.shifts + (draws[3] * self.shifts).astype(np.int64)
        if len(self.cos_phi) > 1:
            column += (size > SMALL_KVA) * profiles * self.shifts
        turn = np.argsort(np.argsort(draws[0], axis=1, kind="stable"), axis=1, kind="stable")
        return Placements(turn, size * share, column)


def _pv(profiles: Profiles, section: PopulationSection) -> Technology:
    courses = _courses(profiles, profiles.names_of("pv"))
    return Technology(courses, -1.0, *_sizes(section.pv_kw, courses), cos_phi=LEAST_COS_PHI if section.inverter == "cos_phi" else (1.0,))


def _heat_pump(profiles: Profiles, section: PopulationSection) -> Technology:
    courses = _courses(profiles, profiles.names_of("heat_pump"))
    return Technology(courses, 1.0, *_sizes(HEAT_PUMP_KW, courses))


def _ev(profiles: Profiles, section: PopulationSection) -> Technology:
    """Cars charged at home, at the rating with which the profile's name ends; the six profiles begin in any week of the year.

    Without that, homes with one profile would plug in at the same minute, all year.
    """
    names = tuple(name for name in profiles.names_of("ev") if name.startswith("HLS"))
    rating = np.array([float(name.rsplit("_", 1)[1]) for name in names])
    return Technology(_courses(profiles, names), 1.0, rating, rating, shifts=WEEKS)


def _courses(profiles: Profiles, names: tuple[str, ...]) -> Floats:
    return np.ascontiguousarray(profiles.p[:, profiles.columns(np.array(names))], np.float64)


def _sizes(ends: tuple[float, float], courses: Floats) -> tuple[Floats, Floats]:
    return np.full(courses.shape[1], ends[0]), np.full(courses.shape[1], ends[1])


TECHNOLOGIES: dict[str, Callable[[Profiles, PopulationSection], Technology]] = {"pv": _pv, "ev": _ev, "heat_pump": _heat_pump}
"""What may be hosted, by the name of its share in a scenario."""


def technology_named(name: str) -> Callable[[Profiles, PopulationSection], Technology]:
    """The technology of a name.

    Raises
    ------
    UnknownName
        There is none.
    """
    if name not in TECHNOLOGIES:
        raise UnknownName(Fault("technology", f"'{name}' is unknown", nearest(name, TECHNOLOGIES)))
    return TECHNOLOGIES[name]


def owners(name: str) -> tuple[int, ...]:
    """Classes of prosumer that may have a device of this kind, by number."""
    return tuple(CLASSES.index(word) for word in FLEXIBLE[name].owners) if name in FLEXIBLE else tuple(range(len(CLASSES)))
