"""Where the sun stands over a run, what a cloudless sky gives, and the season: plain formulas for a whole country."""

from __future__ import annotations

import numpy as np

from p2p.base.clock import Clock
from p2p.base.columns import Floats
from p2p.base.noise import hours_since_epoch


def sine_of_elevation(clock: Clock, latitude_deg: float, longitude_deg: float) -> Floats:
    """[T] sine of the sun's elevation in the middle of each interval; negative at night.

    References
    ----------
    J. W. Spencer, "Fourier series representation of the position of the sun", Search 2 (5), 1971: declination and
    equation of time; sin(elevation) = sin(lat) sin(dec) + cos(lat) cos(dec) cos(hour angle), J. A. Duffie and
    W. A. Beckman, "Solar Engineering of Thermal Processes", 4th ed., 2013, eq. 1.6.5.
    """
    angle = day_angle(clock)
    cos1, sin1, cos2, sin2 = np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)
    declination = 0.006918 - 0.399912 * cos1 + 0.070257 * sin1 - 0.006758 * cos2 + 0.000907 * sin2
    declination += -0.002697 * np.cos(3 * angle) + 0.00148 * np.sin(3 * angle)
    equation_minutes = 229.18 * (0.000075 + 0.001868 * cos1 - 0.032077 * sin1 - 0.014615 * cos2 - 0.040849 * sin2)
    solar_hour = hours_since_epoch(clock) % 24 + longitude_deg / 15 + equation_minutes / 60
    latitude = np.radians(latitude_deg)
    return np.asarray(
        np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(np.pi / 12 * (solar_hour - 12))
    )


def clear_sky(sine: Floats) -> Floats:
    """[T] irradiance on the horizontal under a cloudless sky. [W/m2]

    References
    ----------
    B. Haurwitz, "Insolation in relation to cloudiness and cloud density", Journal of Meteorology 2 (3), 1945:
    1098 cos(z) exp(-0.057 / cos(z)) with z the zenith angle.
    """
    up = np.maximum(sine, 1e-3)
    return np.asarray(np.where(sine > 0, 1098 * up * np.exp(-0.057 / up), 0.0))


def season(clock: Clock, coldest_day: float = 15.0) -> Floats:
    """[T] +1 in the depth of winter (the 15th of January unless told otherwise), -1 half a year later."""
    return np.asarray(np.cos(day_angle(clock) - 2 * np.pi * coldest_day / 365.25))


def day_angle(clock: Clock) -> Floats:
    """[T] position in the year of the middle of each interval, 0 to 2 pi from the first of January, UTC. [rad]"""
    year = clock.utc.astype("datetime64[Y]")
    start = year.astype("datetime64[s]").astype(np.int64)
    length = (year + 1).astype("datetime64[s]").astype(np.int64) - start
    return 2 * np.pi * (hours_since_epoch(clock) * 3600 - start) / length
