"""Profiles of generation from weather: what a kW of each orientation and of each turbine gives in every interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from p2p.base.clock import Clock
from p2p.base.columns import Floats
from p2p.base.errors import Fault, InputError
from p2p.devices.around import Weather
from p2p.devices.photovoltaics import PV_SYSTEM, PvSystem, relative_power
from p2p.devices.sun import path
from p2p.devices.turbines import HELLMANN, TURBINES, Turbine, turbine_power


class Plane(NamedTuple):
    """An orientation of modules: from the horizontal, and clockwise from north (90 faces east, 180 south). [deg]"""

    name: str
    tilt: float
    azimuth: float


PLANES = (Plane("south", 35.0, 180.0), Plane("east", 35.0, 90.0), Plane("west", 35.0, 270.0), Plane("flat", 10.0, 180.0))
"""Roofs of 35 degrees, and racks on flat ones (assumption)."""


@dataclass(frozen=True)
class Site:
    """Where plants stand and what they are.

    Fields
    ------
    latitude, longitude : north and east are positive; the middle of Germany. [deg]
    altitude : above the sea. [m] (assumption)
    exponent : of the power law of wind by height.
    planes : orientations of modules.
    system : what lies between the light and the meter.
    turbines : kinds of turbine.
    """

    latitude: float = 51.0
    longitude: float = 10.0
    altitude: float = 200.0
    exponent: float = HELLMANN
    planes: tuple[Plane, ...] = PLANES
    system: PvSystem = PV_SYSTEM
    turbines: tuple[Turbine, ...] = TURBINES

    def __post_init__(self) -> None:
        allowed = {
            "latitude": (-90 <= self.latitude <= 90, "-90 to 90 deg"),
            "longitude": (-180 <= self.longitude <= 180, "-180 to 180 deg"),
            "altitude": (-500 <= self.altitude <= 5_000, "-500 to 5000 m"),
            "exponent": (0 <= self.exponent <= 0.6, "0 to 0.6"),
        }
        faults = [Fault(f"site.{key}", f"is {getattr(self, key)}", right) for key, (good, right) in allowed.items() if not good]
        faults += [Fault(f"plane '{name}'", f"tilt is {tilt}", "0 to 90 deg") for name, tilt, _ in self.planes if not 0 <= tilt <= 90]
        faults += [Fault(f"plane '{name}'", f"azimuth is {to}", "0 to 360 deg") for name, _, to in self.planes if not 0 <= to <= 360]
        if faults:
            raise InputError(faults)


SITE = Site()


class ProfileColumns(NamedTuple):
    """Columns for a profile table, one row an interval of the run and of the hours after it.

    pv: [T, O] feed-in over peak power, for each orientation, not negative
    wind: [T, W] feed-in over rated power, for each turbine, not negative
    names: O + W names, as `weather/pv/south` and `weather/wind/small`
    """

    pv: Floats
    wind: Floats
    names: tuple[str, ...]


def profile_columns(weather: Weather, clock: Clock, site: Site = SITE) -> ProfileColumns:
    """What a kW of each orientation and of each turbine feeds in.

    Parameters
    ----------
    weather : T rows: the intervals of the clock, and any number after them.
    """
    start = clock.utc[0] + np.arange(len(weather)) * np.timedelta64(clock.interval_minutes * 60, "s")
    sun = path(start, clock.hours, site.latitude, site.longitude)
    tilt, azimuth = np.array([plane[1:] for plane in site.planes], np.float64).reshape(-1, 2).T
    wind = np.empty((len(weather), len(site.turbines)))
    for place, turbine in enumerate(site.turbines):
        wind[:, place] = turbine_power(weather, turbine, site.altitude, site.exponent)
    names = [f"weather/pv/{plane.name}" for plane in site.planes] + [f"weather/wind/{turbine.name}" for turbine in site.turbines]
    return ProfileColumns(relative_power(weather, sun, tilt, azimuth, site.system), wind, tuple(names))
