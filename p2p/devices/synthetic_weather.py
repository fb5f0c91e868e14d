"""Weather without a file: a synthetic year of central Europe, drawn by calendar day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import NamedTuple

import numpy as np

from p2p.base.clock import Clock
from p2p.base.columns import Floats
from p2p.base.errors import Fault, InputError
from p2p.base.noise import NATIONAL_SUN, NATIONAL_WIND, calendar_noise, capacity_factor, hours_since_epoch
from p2p.base.sky import clear_sky, season
from p2p.base.streams import Streams
from p2p.devices.around import Weather
from p2p.devices.sun import diffuse, direction, extraterrestrial

FINE_MINUTES = 5
"""Weather is made in steps of this length, so that runs of any interval meet means of the same weather."""


class Part(NamedTuple):
    """A part of a noise: the name of its draws, its share of the variance, its memory [h] and its draws a day."""

    name: str
    share: float
    memory: float
    draws: int


CLOUD = (Part(NATIONAL_SUN, 0.5, 12.0, 8), Part("weather.cloud.hours", 0.2, 2.0, 12), Part("weather.cloud.minutes", 0.3, 0.35, 96))
WIND = (
    Part(NATIONAL_WIND, 0.4, 18.0, 8), Part("weather.wind.days", 0.2, 60.0, 4),
    Part("weather.wind.hours", 0.25, 3.0, 8), Part("weather.wind.minutes", 0.15, 0.5, 96),
)  # fmt: skip
WARMTH_OF_THE_DAY = Part("weather.warmth.day", 0.45, 18.0, 8)
WARMTH = (Part("weather.warmth.week", 0.45, 60.0, 4), Part("weather.warmth.hours", 0.10, 3.0, 8))
"""What clouds, wind and warmth remember; fitted by hand to autocorrelations (see `Climate`)."""


@dataclass(frozen=True)
class Climate:
    """The climate that a synthetic year follows; central Europe unless told otherwise.

    Fields
    ------
    mean : yearly mean of the air. [degC] (assumption: between the 9.3 of Germany's mean of 1991-2020 and the 11.5 and 12.3 of the two years below)
    swing : how much colder the depth of winter is than the mean, and summer warmer. [K] (assumption)
    coldest_day : day of the year of that depth; about 200 south of the equator. (assumption)
    unrest : standard deviation of the daily mean around the season. [K] (assumption)
    day_swing : half the difference between an average afternoon and the night before. [K] (assumption)
    clearness, clearness_winter : mean share of the clear sky's irradiance, and how much lower in winter. (assumption)
    clearness_top, clearness_spread : most of that share (clouds beside the sun reflect), and spread before the logistic
        function. (assumption)
    wind : mean 10 m above open ground. [m/s] (assumption)
    wind_shape : shape of the Weibull distribution; 2 is the Rayleigh distribution. (assumption)
    wind_winter, wind_day : how much windier in winter, and at 14 h solar time, as a share. (assumption)

    Notes
    -----
    Fitted by hand to quarter-hours of Deutscher Wetterdienst at Aachen 2023 and Düsseldorf 2024 (CC BY 4.0). The model
    at 51 N 10 E over the calendar of 2023 with ten seeds, mean and standard deviation between seeds:

    ======================================  ============  ===============  ============
    .                                       Aachen 2023   Düsseldorf 2024  model
    ======================================  ============  ===============  ============
    temperature, mean [degC]                11.5          12.3             10.2 +- 0.4
    coldest, hottest quarter-hour [degC]    -6.6, 33.3    -6.6, 33.9       -8.5, 32.1
    daily mean less season, deviation [K]   3.3           3.4              3.2
    its autocorrelation after 1, 3 days     0.76, 0.41    0.78, 0.35       0.74, 0.28
    global irradiance [kWh/m2]              1146          988              1062 +- 29
    diffuse share                           0.51          0.57             0.53 +- 0.02
    share of the clear sky, 5 %, 50 %, 95 % 0.13,.62,1.05 0.10,.51,1.02    0.10,.61,1.03
    its autocorrelation after 1, 4, 24 h    .76, .53, .29 .72, .45, .22    .75, .60, .26
    wind, mean [m/s]                        5.0           4.1              3.9 +- 0.2
    wind, Weibull shape                     1.92          1.88             1.87
    its autocorrelation after 1, 24, 72 h   .93, .51, .30 .89, .37, .18    .90, .46, .21
    ======================================  ============  ===============  ============
    """

    mean: float = 10.0
    swing: float = 8.5
    coldest_day: float = 20.0
    unrest: float = 3.6
    day_swing: float = 2.6
    clearness: float = 0.57
    clearness_winter: float = 0.11
    clearness_top: float = 1.1
    clearness_spread: float = 1.5
    wind: float = 4.0
    wind_shape: float = 1.9
    wind_winter: float = 0.2
    wind_day: float = 0.13

    def __post_init__(self) -> None:
        allowed = {
            "mean": (-30 <= self.mean <= 35, "-30 to 35 degC"),
            "swing": (0 <= self.swing <= 30, "0 to 30 K"),
            "unrest": (0 <= self.unrest <= 8, "0 to 8 K"),
            "day_swing": (0 <= self.day_swing <= 10, "0 to 10 K"),
            "clearness": (abs(self.clearness_winter) < self.clearness, "above clearness_winter"),
            "clearness_top": (self.clearness + abs(self.clearness_winter) < self.clearness_top <= 1.2, "above the clearest season, to 1.2"),
            "clearness_spread": (0 <= self.clearness_spread <= 5, "0 to 5"),
            "wind": (0 <= self.wind <= 15, "0 to 15 m/s"),
            "wind_shape": (1 <= self.wind_shape <= 4, "1 to 4"),
            "wind_winter": (abs(self.wind_winter) < 1, "within -1 to 1"),
            "wind_day": (abs(self.wind_day) < 1, "within -1 to 1"),
        }
        faults = [Fault(f"climate.{key}", f"is {getattr(self, key)}", right) for key, (good, right) in allowed.items() if not good]
        if faults:
            raise InputError(faults)


CENTRAL_EUROPE = Climate()


def synthetic(
    clock: Clock, streams: Streams, latitude: float = 51.0, longitude: float = 10.0, beyond: float = 24.0, climate: Climate = CENTRAL_EUROPE
) -> Weather:
    """The weather of a run and of some hours after it, with no file.

    All chance is drawn by calendar day (`calendar_noise`): at one time a place has one weather in any run of one seed, and
    an hour's is the mean of its quarter-hours'. Clouds and wind share draws with the national market's sun and wind, so
    that it is mostly sunny and windy here when it is so in the country.

    Temperature is a season, a daily course that clouds flatten, and an unrest that is warmer under a clear sky in summer
    and colder in winter. Irradiance is that of a clear sky times a logistic-normal share, its diffuse part that of Erbs et
    al. Wind is a Weibull variable of a normal one with a memory (a Gaussian copula).

    Parameters
    ----------
    latitude, longitude : north and east are positive. [deg]
    beyond : how much longer than the run. [h]

    Returns
    -------
    T rows: those of the run, then of the hours after it.

    Raises
    ------
    InputError
        The place is not on earth.

    References
    ----------
    C. G. Justus, W. R. Hargraves, A. Mikhail and D. Graber, "Methods for estimating wind speed frequency distributions",
    J. Applied Meteorology 17, 1978: Weibull. B. Haurwitz (see `base.sky.clear_sky`). Erbs et al. (see `sun.diffuse`).
    """
    faults = [Fault("latitude", f"is {latitude}", "-90 to 90")] if not -90 <= latitude <= 90 else []
    faults += [Fault("longitude", f"is {longitude}", "-180 to 180")] if not -180 <= longitude <= 180 else []
    if faults:
        raise InputError(faults)
    rows = clock.intervals + ceil(beyond / clock.hours)
    fine, pieces = _fine(clock, rows)
    hours = hours_since_epoch(fine)
    up = direction(hours, latitude, longitude)[2]
    clouds = _noise(fine, streams, CLOUD)
    mean = (climate.clearness - climate.clearness_winter * season(fine, climate.coldest_day)) / climate.clearness_top
    ghi = climate.clearness_top * capacity_factor(clouds, mean, climate.clearness_spread) * clear_sky(up)
    dhi = diffuse(ghi, extraterrestrial(hours) * np.maximum(up, 0.065))
    columns = (_temperature(fine, streams, longitude, climate), ghi, dhi, _wind(fine, streams, longitude, climate))
    return Weather(*(column[: rows * pieces].reshape(rows, pieces).mean(axis=1) for column in columns))


def _fine(clock: Clock, rows: int) -> tuple[Clock, int]:
    """A clock of short intervals that is at least `rows` intervals long, and how many of its intervals are one."""
    pieces = clock.interval_minutes // FINE_MINUTES
    days = clock.days
    while (fine := Clock(clock.start, days, FINE_MINUTES, clock.zone)).intervals < rows * pieces:
        days += max(1, timedelta(hours=(rows * pieces - fine.intervals) * FINE_MINUTES / 60).days)
    return fine, pieces


def _noise(clock: Clock, streams: Streams, parts: tuple[Part, ...]) -> Floats:
    """[T] normal noise of several memories, of the variance that their shares add up to."""
    noise = np.zeros(clock.intervals)
    for name, share, memory, draws in parts:
        noise += np.sqrt(share) * calendar_noise(clock, streams, name, memory, draws)
    return noise


def _temperature(clock: Clock, streams: Streams, longitude: float, climate: Climate) -> Floats:
    """[T] of the air. [degC]"""
    winter = season(clock, climate.coldest_day)
    clear = _noise(clock, streams, (CLOUD[0]._replace(share=1.0),))
    # A clear sky warms in summer and cools in winter; the square root keeps the variance.
    day, coupling = WARMTH_OF_THE_DAY, -0.5 * winter
    daily = coupling * np.sqrt(day.share) * clear + np.sqrt(1 - coupling**2) * _noise(clock, streams, (day,))
    unrest = daily + _noise(clock, streams, WARMTH)
    # Days swing 0.4 of their mean under thick cloud and 1.6 under a clear sky, little in winter and much in summer.
    cloudless = capacity_factor(clear, np.full(len(clear), 0.5), climate.clearness_spread)
    swing = climate.day_swing * (1 - 0.6 * winter) * (0.4 + 1.2 * cloudless)
    course = swing * np.cos(2 * np.pi * (hours_since_epoch(clock) + longitude / 15 - 15) / 24)
    return np.asarray(climate.mean - climate.swing * winter + climate.unrest * unrest + course)


def _wind(clock: Clock, streams: Streams, longitude: float, climate: Climate) -> Floats:
    """[T] wind speed 10 m above the ground. [m/s]"""
    from math import gamma

    from scipy.special import log_ndtr

    solar_hour = hours_since_epoch(clock) + longitude / 15
    mean = climate.wind * (1 + climate.wind_winter * season(clock, climate.coldest_day))
    mean *= 1 + climate.wind_day * np.cos(2 * np.pi * (solar_hour - 14) / 24)
    # The Weibull quantile of the normal's probability: scale (-ln(1 - p))^(1 / shape).
    exponent = -log_ndtr(-_noise(clock, streams, WIND))
    return np.asarray(mean / gamma(1 + 1 / climate.wind_shape) * exponent ** (1 / climate.wind_shape))
