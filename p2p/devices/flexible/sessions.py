"""Charging sessions of electric vehicles: from a file or drawn, and laid on the intervals of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Columns, Flags, Floats, Indices, Ints
from p2p.devices.around import Day

if TYPE_CHECKING:
    from p2p.devices.flexible.ev import Ev

WEEK = 7 * 86_400
MONDAY = 4 * 86_400
"""1970-01-05 was a Monday. [s]"""

DAYS_BACK = 6
"""A drawn session ends at most so many days after the day on which it begins."""

SHIFT = 1_000
"""Added to the number of a day where chance is drawn, so that days before the run have theirs, too."""

SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
ARRIVAL = (
    (4.0, 9.7, 12.1, 14.6, 15.8, 16.6, 17.6, 18.9, 20.1, 21.2, 22.6, 23.7, 28.0),
    (4.0, 9.7, 11.6, 13.6, 15.0, 16.2, 17.4, 18.6, 19.8, 21.1, 22.8, 24.3, 28.0),
)
DEPARTURE = (
    (4.0, 6.1, 6.5, 7.0, 7.4, 7.7, 8.2, 9.1, 10.6, 12.4, 15.0, 17.4, 27.6),
    (4.0, 7.6, 8.5, 9.6, 10.4, 11.2, 11.9, 12.8, 13.8, 15.0, 17.0, 18.5, 28.0),
)
SAME_DAY = (
    0.90, 0.91, 0.95, 0.93, 0.93, 0.89, 0.84, 0.83, 0.74, 0.65, 0.54, 0.50,
    0.42, 0.35, 0.29, 0.22, 0.14, 0.09, 0.07, 0.06, 0.04, 0.05, 0.05, 0.0,
)  # fmt: skip
NIGHTS = ((0.921, 0.968, 0.988), (0.877, 0.972, 0.990))
STAY = (0.0, 0.03, 0.05, 0.09, 0.12, 0.15, 0.19, 0.23, 0.28, 0.35, 0.45, 0.55, 1.0)
ENERGY = (0.05, 0.30, 0.44, 0.61, 0.73, 0.85, 0.95, 1.07, 1.18, 1.32, 1.58, 1.86, 3.0)
RATE = (0.03, 0.07, 0.10, 0.17, 0.22, 0.27, 0.32, 0.41, 0.47, 0.55, 0.69, 0.78, 0.87)
DAILY = (0.9, 6.3, 7.4, 9.7, 11.9, 14.1, 16.6, 19.3, 22.3, 27.3, 37.9, 43.9, 62.6)
WEEKDAY = (1.04, 0.90)
"""Statistics of 35,339 sessions of 267 users at 12 housing sites in Norway, 2018-02 to 2021-08, by weekday and weekend. A day
runs from 4:00 to 4:00, and quantiles are those at `SHARES`: hour of plug-in; hour of plug-out after a night, by the day of the
plug-out; share of sessions that end the same day, by hour of the plug-in from 4 on; of the others, share of at most 1, 2, 3
nights; of those that end the same day, length as a share of what is left of the day; energy of a day's sessions over the user's
mean (the largest of them cut at 3); plug-in days over days, by user; mean energy of a plug-in day, by user [kWh]; plug-in days by
kind of day over the mean (252 users seen for at least 60 days).

Calculated for this package from the data set of A. L. Sorensen et al., "Norwegian data set on residential EV charging", Data in
Brief, 2024, doi:10.1016/j.dib.2024.110883 (CC BY 4.0).
"""

SHORTEST = 900
"""Shorter than this nothing is drawn. [s]"""

AWAY = 3_600
"""A car is away at least so long between two drawn sessions (assumption). [s]"""

POSSIBLE = 0.9
"""Most of what the charger can give in a session that is drawn for it (assumption)."""


@dataclass(frozen=True, slots=True)
class Sessions(Columns):
    """Sessions as a file has them; S rows.

    user:      [S] int32, who charged, from 0
    arrival:   [S] int64, plug-in on the local clock [s since 1970-01-01 00:00 on that clock]
    departure: [S] int64, plug-out, not before it [s]
    energy:    [S] at the charger, not negative [kWh]
    """

    user: Indices
    arrival: Ints
    departure: Ints
    energy: Floats


@dataclass(frozen=True, slots=True)
class Visits(Columns):
    """Sessions of vehicles around a day; V rows, sorted by car and arrival.

    car:       [V] int64, row of the vehicle
    arrival:   [V] local clock [s]
    departure: [V] [s]
    energy:    [V] at the charger [kWh]
    """

    car: Ints
    arrival: Floats
    departure: Floats
    energy: Floats


def attach(ev: Ev, sessions: Sessions, luck: Floats, start: date, days: int) -> Ev:
    """The vehicles with sessions of a file in place of drawn ones: each has those of one user, and several may have the same.

    Times within a user's record stay as they are. A run before or after it finds the record again and again, moved by as many
    weeks as it is long, so that weekdays stay weekdays. A car whose sessions take more than its people wish to have in it is
    given a battery that is large enough.

    Parameters
    ----------
    sessions : at least one row.
    luck : [D] draws in [0, 1) that say which user's.
    start, days : the run, local.
    """
    order = np.lexsort((sessions.arrival, sessions.user))
    table = sessions.take(order)
    users, first = np.unique(table.user, return_index=True)
    bounds = np.append(first, len(table))
    begin = (np.datetime64(start, "s").astype(np.int64)) - (DAYS_BACK + 2) * 86_400
    end = begin + (days + DAYS_BACK + 5) * 86_400
    records = [_repeated(table.take(slice(bounds[k], bounds[k + 1])), int(begin), int(end)) for k in range(len(users))]
    chosen = np.minimum((luck * len(users)).astype(np.int64), len(users) - 1)
    longest = max((len(records[k]) for k in np.unique(chosen)), default=0)
    padded = np.full((len(users), max(longest, 1), 3), np.nan)
    for k in np.unique(chosen):
        padded[k, : len(records[k])] = records[k]
    visits = padded[chosen]
    largest = np.max(np.nan_to_num(visits[:, :, 2]), axis=1, initial=0.0) * ev.efficiency
    scale = np.maximum(largest / ev.target, 1.0)
    return ev.replace(visits=visits, capacity=ev.capacity * scale, target=ev.target * scale)


def _repeated(record: Sessions, begin: int, end: int) -> Floats:
    """[V, 3] arrival, departure and energy of one user's sessions, repeated over the time from `begin` to `end`."""
    first = (int(record.arrival[0]) - MONDAY) // WEEK * WEEK + MONDAY
    length = -(-(int(np.max(record.departure)) - first) // WEEK) * WEEK
    rounds = range((begin - first) // length - 1, (end - first) // length + 1)
    rows = np.column_stack((record.arrival, record.departure, record.energy)).astype(np.float64)
    moved = np.concatenate([rows + np.array([1.0, 1.0, 0.0]) * (number * length) for number in rounds])
    inside: Floats = moved[(moved[:, 1] >= begin) & (moved[:, 0] < end)]
    return inside


def around(ev: Ev, day: Day) -> Visits:
    """The sessions that touch a day or the 24 hours after it."""
    if ev.visits.shape[1] == 0:
        return _drawn(ev, day)
    clock = day.local.astype("datetime64[s]").astype(np.int64)
    arrival, departure = ev.visits[:, :, 0], ev.visits[:, :, 1]
    car, place = np.nonzero((departure >= clock[0] - DAYS_BACK * 86_400) & (arrival < clock[-1] + 86_400))
    return Visits(car, arrival[car, place], departure[car, place], ev.visits[car, place, 2])


def _drawn(ev: Ev, day: Day) -> Visits:
    """Sessions drawn by the statistics above: at most one a day, over before the next one's car comes home."""
    dates = np.arange(day.date[0] - DAYS_BACK - 1, day.date[-1] + DAYS_BACK + 2)
    luck = np.stack([
        day.streams.at("ev session", int(day.number + date - day.date[0] + SHIFT)).random((6, day.homes))[:, ev.owner] for date in dates
    ])  # fmt: skip
    weekend = ((dates + 3) % 7 >= 5)[:, None]
    plugged = luck[:, 0] < ev.rate * np.where(weekend, WEEKDAY[1], WEEKDAY[0])
    arrival = _by_day(luck[:, 1], weekend, ARRIVAL) * 3_600 + dates[:, None] * 86_400
    departure = _departure(luck, arrival, dates, weekend)
    later = np.where(plugged, arrival, np.inf)
    ahead = np.minimum.accumulate(later[::-1])[::-1]  # the first arrival from each day on
    departure = np.minimum(departure, np.concatenate((ahead[1:], np.full((1, len(ev)), np.inf))) - AWAY)
    energy = ev.energy * np.interp(luck[:, 5], SHARES, ENERGY)
    place, car = np.nonzero(plugged & (departure - arrival >= SHORTEST))
    order = np.lexsort((place, car))
    place, car = place[order], car[order]
    return Visits(car, arrival[place, car], departure[place, car], energy[place, car])


def _departure(luck: Floats, arrival: Floats, dates: Ints, weekend: Flags) -> Floats:
    """[A, D] plug-out of each day's session if nothing comes after it. [s]"""
    hour = arrival / 3_600 - dates[:, None] * 24
    same = luck[:, 2] < np.asarray(SAME_DAY)[np.minimum(hour.astype(np.int64) - 4, 23)]
    short = arrival + np.interp(luck[:, 3], SHARES, STAY) * (28 - hour) * 3_600
    shares = np.where(weekend[..., None], NIGHTS[1], NIGHTS[0])
    nights = 1 + np.sum(luck[:, 4, :, None] >= shares, axis=2)
    date = dates[:, None] + nights
    long = date * 86_400 + _by_day(luck[:, 3], (date + 3) % 7 >= 5, DEPARTURE) * 3_600
    departure: Floats = np.where(same, short, np.maximum(long, arrival + SHORTEST))
    return departure


def _by_day(luck: Floats, weekend: Flags, quantiles: tuple[tuple[float, ...], tuple[float, ...]]) -> Floats:
    """[A, D] quantiles of weekdays or weekends."""
    drawn: Floats = np.where(weekend, np.interp(luck, SHARES, quantiles[1]), np.interp(luck, SHARES, quantiles[0]))
    return drawn


def laid(ev: Ev, day: Day) -> tuple[Visits, Ints, Ints]:
    """The sessions around a day, [V] the first interval of each and [V] the one after its last; negative ones are before the day.

    Times are rounded to the nearest start of an interval, and nothing is drawn that can't be charged in the rounded time. The
    clock stands still in the hour that comes twice in autumn, so that a car does not leave when it is turned back.
    """
    visits = around(ev, day)
    clock = np.maximum.accumulate(day.local.astype("datetime64[s]").astype(np.int64)).astype(np.float64)
    begin, end = _places(visits.arrival, clock, day.hours), _places(visits.departure, clock, day.hours)
    end = np.maximum(end, begin + 1)
    if ev.visits.shape[1] == 0:
        possible = POSSIBLE * ev.rating[visits.car] * (end - begin) * day.hours
        visits = visits.replace(energy=np.minimum(visits.energy, possible))
    return visits, begin, end


def _places(time: Floats, clock: Floats, hours: float) -> Ints:
    step = hours * 3_600
    place = np.clip(np.searchsorted(clock, time, side="right") - 1, 0, len(clock) - 1)
    beyond = (time - clock[place]) / step
    beyond = np.where(place < len(clock) - 1, np.minimum(beyond, 1.0), beyond)
    return np.floor(place + beyond + 0.5).astype(np.int64)
