"""The sun over one place: where it stands, what it would give without clouds, and how much of what comes is diffuse."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from p2p.base.columns import Floats, Times

SOLAR_CONSTANT = 1361.0
"""Irradiance on a plane that faces the sun, at its mean distance and without air: G. Kopp and J. L. Lean, "A new, lower value of
total solar irradiance", Geophysical Research Letters 38, 2011. [W/m2]"""

PIECE_MINUTES = 5
"""The sun moves 1.25 degrees in it: within an interval its direction is taken in the middle of each such piece."""

J2000 = 10_957.5
"""Days from 1970-01-01 to noon of 2000-01-01."""


class Path(NamedTuple):
    """The sun's way over one place; S pieces of each of T intervals.

    east, north, up: [S, T] unit vector to the sun's centre, without refraction
    normal: [T] irradiance above the air, facing the sun [W/m2]
    """

    east: Floats
    north: Floats
    up: Floats
    normal: Floats

    @property
    def height(self) -> Floats:
        """[T] mean sine of the elevation over each interval, night counted as zero."""
        mean: Floats = np.mean(np.maximum(self.up, 0.0), axis=0)
        return mean


def path(start: Times, hours: float, latitude: float, longitude: float) -> Path:
    """The sun's way over a place in intervals.

    Parameters
    ----------
    start : [T] start of each interval, UTC.
    hours : length of the intervals. [h]
    latitude, longitude : north and east are positive. [deg]
    """
    pieces = max(1, round(hours * 60 / PIECE_MINUTES))
    begin = start.astype("datetime64[s]").astype(np.int64) / 3600
    middle = begin + ((np.arange(pieces) + 0.5) * hours / pieces)[:, None]
    return Path(*direction(middle, latitude, longitude), extraterrestrial(begin + hours / 2))


def direction(time: Floats, latitude: float, longitude: float) -> tuple[Floats, Floats, Floats]:
    """East, north and up of the unit vector to the sun's centre, without refraction.

    The elevation is within 0.01 degrees from 1950 to 2050.

    Parameters
    ----------
    time : hours since 1970-01-01 UTC, of any shape. [h]
    latitude, longitude : north and east are positive. [deg]

    References
    ----------
    J. J. Michalsky, "The Astronomical Almanac's algorithm for approximate solar position (1950-2050)", Solar Energy 40 (3),
    1988, pp. 227-235.
    """
    day = time / 24 - J2000
    mean_longitude = 280.460 + 0.9856474 * day
    anomaly = np.radians((357.528 + 0.9856003 * day) % 360)
    ecliptic = np.radians((mean_longitude + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly)) % 360)
    oblique = np.radians(23.439 - 0.0000004 * day)
    # The unit vector in the equatorial frame, with x towards the spring equinox; it needs no angles.
    x, y, z = np.cos(ecliptic), np.cos(oblique) * np.sin(ecliptic), np.sin(oblique) * np.sin(ecliptic)
    sidereal = np.radians((15 * (6.697375 + 0.0657098242 * day + time % 24) + longitude) % 360)
    # Turned by the local sidereal time: along the meridian (south is positive at the equator) and towards the west.
    meridian, west = np.cos(sidereal) * x + np.sin(sidereal) * y, np.sin(sidereal) * x - np.cos(sidereal) * y
    sine, cosine = np.sin(np.radians(latitude)), np.cos(np.radians(latitude))
    return -west, cosine * z - sine * meridian, sine * z + cosine * meridian


def refraction(elevation: Floats) -> Floats:
    """How much higher the sun appears than it stands, through air at 1013 hPa and 15 degC. [deg]

    Parameters
    ----------
    elevation : true elevation. [deg]

    References
    ----------
    J. J. Michalsky, 1988, as in `direction`; there 0.56 degrees below -0.56.
    """
    up = np.maximum(elevation, -0.56)
    bent = 3.51561 * (0.1594 + 0.0196 * up + 0.00002 * up**2) / (1 + 0.505 * up + 0.0845 * up**2)
    return np.asarray(np.where(elevation > -0.56, bent, 0.56))


def extraterrestrial(time: Floats) -> Floats:
    """Irradiance above the air on a plane that faces the sun. [W/m2]

    Parameters
    ----------
    time : hours since 1970-01-01 UTC. [h]

    References
    ----------
    J. W. Spencer, "Fourier series representation of the position of the sun", Search 2 (5), 1971: the eccentricity correction.
    """
    days = (time / 24).astype("datetime64[D]")
    angle = 2 * np.pi * (days - days.astype("datetime64[Y]")).astype(np.int64) / 365
    near = 1.00011 + 0.034221 * np.cos(angle) + 0.00128 * np.sin(angle) + 0.000719 * np.cos(2 * angle) + 0.000077 * np.sin(2 * angle)
    return np.asarray(SOLAR_CONSTANT * near)


def diffuse(ghi: Floats, above: Floats) -> Floats:
    """The diffuse part of the irradiance on the horizontal. [T] [W/m2]

    Parameters
    ----------
    ghi : [T] global irradiance on the horizontal. [W/m2]
    above : [T] what a horizontal plane would get without air. [W/m2]

    References
    ----------
    D. G. Erbs, S. A. Klein and J. A. Duffie, "Estimation of the diffuse radiation fraction for hourly, daily and
    monthly-average global radiation", Solar Energy 28 (4), 1982, eq. 1 (hourly; for shorter intervals an assumption).
    """
    clear = np.clip(ghi / np.maximum(above, 1e-9), 0.0, 1.0)
    middle = 0.9511 - 0.1604 * clear + 4.388 * clear**2 - 16.638 * clear**3 + 12.336 * clear**4
    share = np.where(clear <= 0.22, 1 - 0.09 * clear, np.where(clear <= 0.80, middle, 0.165))
    return np.asarray(share * ghi)
