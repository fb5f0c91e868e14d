"""Noise with a memory, drawn by calendar day: a day is the same whichever run it stands in."""

from __future__ import annotations

import numpy as np

from p2p.base.clock import Clock
from p2p.base.columns import Floats
from p2p.base.streams import Streams

#: Proleptic ordinal of 1970-01-01, so that a day is numbered as `date.toordinal` does, never below zero.
EPOCH_DAY = 719_163

#: Names of the draws of a country's wind and sun, which the weather of a place in it shares.
NATIONAL_WIND, NATIONAL_SUN = "national.wind", "national.sun"


def calendar_noise(clock: Clock, streams: Streams, name: str, memory_hours: float, draws_a_day: int) -> Floats:
    """[T] standard normal noise with a memory, the same at the same time in any run of the same seed.

    White draws, so many a UTC day, keyed by the day's number in the calendar, are weighted with a Gaussian bell and
    scaled to variance 1, then interpolated linearly to the middles of the intervals. A draw stands in the middle of
    its part of the day, so that draws as frequent as intervals are met exactly.

    Parameters
    ----------
    memory_hours : standard deviation of the bell; the autocorrelation at lag h is exp(-h^2 / (4 memory^2)). [h]
    draws_a_day : white draws a day; their distance should be at most the memory.

    Returns
    -------
    [T] mean 0 and variance 1; between two draws the variance is lower, by less than 7 % where they are as far apart
    as the memory.
    """
    step = 24 / draws_a_day
    reach = int(np.ceil(3 * memory_hours / step))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / memory_hours) ** 2)
    weights /= np.sqrt(np.sum(weights**2))
    place = hours_since_epoch(clock) / step - 0.5
    first, last = int(np.floor(place[0])) - reach, int(np.floor(place[-1])) + 1 + reach
    days = range(first // draws_a_day, last // draws_a_day + 1)
    white = np.concatenate([streams.at(name, EPOCH_DAY + day).standard_normal(draws_a_day) for day in days])
    white = white[first - days[0] * draws_a_day : last + 1 - days[0] * draws_a_day]
    # Summed tap by tap, not by a convolution, so that a value does not hang on the length of the run.
    count = len(white) - 2 * reach
    smooth = np.zeros(count)
    for tap, weight in enumerate(weights):
        smooth += weight * white[tap : tap + count]
    below = np.floor(place).astype(np.int64)
    part = place - below
    index = below - (first + reach)
    return np.asarray((1 - part) * smooth[index] + part * smooth[index + 1])


def capacity_factor(noise: Floats, mean: Floats, spread: float) -> Floats:
    """[T] output per unit of capacity, between 0 and 1: a logistic-normal variable of the given mean.

    Parameters
    ----------
    noise : [T] standard normal.
    mean : [T] mean wanted, strictly between 0 and 1.
    spread : standard deviation before the logistic function.

    References
    ----------
    D. J. C. MacKay, "The evidence framework applied to classification networks", Neural Computation 4 (5), 1992,
    eq. 10: the mean of sigmoid(N(m, s^2)) is near sigmoid(m / sqrt(1 + pi s^2 / 8)).
    """
    centre = np.log(mean / (1 - mean)) * np.sqrt(1 + np.pi * spread**2 / 8)
    return np.asarray(1 / (1 + np.exp(-(centre + spread * noise))))


def hours_since_epoch(clock: Clock) -> Floats:
    """[T] the middle of each interval, counted from 1970-01-01 UTC. [h]"""
    return np.asarray(clock.utc.astype(np.int64) / 3600 + clock.hours / 2)
