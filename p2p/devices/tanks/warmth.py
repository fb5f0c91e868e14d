"""The heat that people want: hot water by tappings, rooms by the weather."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats, Indices
from p2p.devices.around import Day

WATER = 4.186 / 3600
"""Heat that a litre of water takes for a kelvin. [kWh/(l K)]"""

COLD = 10.0
"""Temperature of the water that comes in: the load profiles of EU 812/2013 count from there. [degC]"""

PATTERNS = ("M", "L")
"""Load profiles of water heaters, by number."""

SMALL = 0.105
TAPPINGS = (
    (
        (7.0, SMALL), (7 + 5 / 60, 1.4), (7.5, SMALL), (8 + 1 / 60, SMALL), (8.25, SMALL), (8.5, SMALL), (8.75, SMALL), (9.0, SMALL),
        (9.5, SMALL), (10.5, SMALL), (11.5, SMALL), (11.75, SMALL), (12.75, 0.315), (14.5, SMALL), (15.5, SMALL), (16.5, SMALL),
        (18.0, SMALL), (18.25, SMALL), (18.5, SMALL), (19.0, SMALL), (20.5, 0.735), (21.25, SMALL), (21.5, 1.4), (21.5, 0.0),
    ),
    (
        (7.0, SMALL), (7 + 5 / 60, 1.4), (7.5, SMALL), (7.75, SMALL), (8 + 5 / 60, 3.605), (8 + 25 / 60, SMALL), (8.5, SMALL),
        (8.75, SMALL), (9.0, SMALL), (9.5, SMALL), (10.5, SMALL), (11.5, SMALL), (11.75, SMALL), (12.75, 0.315), (14.5, SMALL),
        (15.5, SMALL), (16.5, SMALL), (18.0, SMALL), (18.25, SMALL), (18.5, SMALL), (19.0, SMALL), (20.5, 0.735), (21.0, 3.605),
        (21.5, SMALL),
    ),
)  # fmt: skip
"""Of each pattern the tappings of a day: local hour and heat [kWh], M padded to as many as L. They add up to 5.845 and 11.655 kWh.

References
----------
Commission Delegated Regulation (EU) No 812/2013, annex VII, table 3 (as in EN 16147).
"""

SHIFT = 1.0
"""How far a tapping may come before or after its hour, evenly drawn (assumption). [h]"""

SPREAD = 0.5
"""How far the heat of a tapping may be off its mean, as a share of it, evenly drawn (assumption)."""

NIGHT = (22.0, 6.0)
"""Local hours of the night setback. [h]"""

SETBACK = 0.5
"""Room heat wanted at night over that by day, at the same weather (assumption)."""


def tapped(day: Day, owner: Indices, daily: Floats, pattern: Indices) -> Floats:
    """Heat drawn as hot water in each interval of the day and of the 24 hours after it, by tappings. [T, D] [kW]

    Each tapping of the pattern comes up to `SHIFT` earlier or later and is up to `SPREAD` smaller or larger, drawn for each
    calendar day from its own stream. All of it falls into the interval in which it begins.

    Parameters
    ----------
    daily : [D] mean heat of a day [kWh].
    pattern : [D] number in `PATTERNS`.
    """
    table = np.array(TAPPINGS)[pattern]  # [D, taps, 2]
    hour, heat = table[:, :, 0].T, table[:, :, 1].T
    heat = daily * heat / heat.sum(axis=0)
    drawn, date, devices = np.zeros((len(day), len(owner))), day.date - day.date[0], np.arange(len(owner))
    for later in range(int(date[-1]) + 1):
        places = np.flatnonzero(date == later)
        # an hour that the clock skips falls into the interval before, one that comes twice into the first of the two or, at its end, the last
        clock = np.maximum.accumulate(day.hour[places])
        luck = day.streams.at("tappings", day.number + later).random((2, len(hour), day.homes))[:, :, owner]
        at = hour + SHIFT * (2 * luck[0] - 1)
        amount = np.where(at < clock[-1] + day.hours, heat * (1 + SPREAD * (2 * luck[1] - 1)), 0.0)
        cell = (np.searchsorted(clock, at, side="right") - 1) * len(owner) + devices
        sums = np.bincount(cell.ravel(), amount.ravel(), len(places) * len(owner))
        drawn[places] = sums.reshape(len(places), len(owner)) / day.hours
    return drawn


def warmed(day: Day, conductance: Floats, base: Floats) -> Floats:
    """Heat that rooms need in each interval: as much as it is colder than the balance point. [T, D] [kW]

    Parameters
    ----------
    conductance : [D] heat lost for each kelvin [kW/K].
    base : [D] outdoor temperature above which people and sun are enough [degC].

    References
    ----------
    ASHRAE Handbook Fundamentals, chapter "Energy estimating and modeling methods": balance point and degree-days.
    """
    need: Floats = conductance * np.maximum(base - day.weather.temperature[:, None], 0.0)
    return need


def within(hour: Floats, first: Floats | float, last: Floats | float) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Whether an hour of the day lies between two others, over midnight where the first is the later one."""
    inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = (hour - first) % 24 < (np.asarray(last) - first) % 24
    return inside


def eased(hour: Floats) -> Floats:
    """[T] how much of its mean heat a house wants by the hour, with a night setback; its mean over the 24 hours is 1."""
    night = (NIGHT[1] - NIGHT[0]) % 24 / 24
    by_day = 1 / (1 - night + night * SETBACK)
    return np.where(within(hour, *NIGHT), SETBACK * by_day, by_day)


def hourly(pattern: int) -> Floats:
    """[24] share of the hot water of a pattern that falls into each local hour."""
    table = np.array(TAPPINGS[pattern])
    shares: Floats = np.bincount(table[:, 0].astype(np.int64), table[:, 1], 24) / table[:, 1].sum()
    return shares
