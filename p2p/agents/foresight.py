"""Those who plan: what they see of the time ahead, and what their devices are worth by their plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from p2p.agents.prosumers import Cohort
from p2p.agents.today import Today
from p2p.base.columns import Floats, Ints
from p2p.behaviour.ahead import Ahead, Moment
from p2p.devices import FLEXIBLE, Fleet
from p2p.devices.reach import Reach, replaced
from p2p.devices.stores import Stores
from p2p.regulation import Tariff


@dataclass(frozen=True, slots=True)
class Outlook:
    """What can be expected at an interval.

    net:  [E, N] load less generation from the day's beginning, round the clock [kW]
    tariff: the prices of the run, of which those before `published` are known
    published: the first interval whose prices nobody knows yet
    """

    net: Floats
    tariff: Tariff
    published: int


def planned(cohorts: Sequence[Cohort], fleet: Fleet, can: Reach, net: Floats, today: Today, outlook: Outlook, interval: int) -> Reach:
    """What devices can do, valued by their people's plans where they plan; plans are made anew when their time is over.

    net : [N] what homes expect of this interval. [kW]
    """
    place, hours = today.place(interval), today.day.hours
    for cohort in cohorts:
        if cohort.planner is None or not len(cohort.rows):
            continue
        if place == 0 or interval - cohort.planned_at >= max(round(cohort.planner.replans / hours), 1):
            cohort.make_plan(_ahead(cohort, fleet, can, today, outlook, interval), interval)
        rows = _plannable(cohort, fleet)
        can = _committed(cohort, rows, fleet, can, today, interval)
        stores = {name: _stores(fleet, can, today, name, place, 1).take(own) for name, own in rows.items()}
        span = {name: (can.low[fleet.rows[name]][own], can.high[fleet.rows[name]][own]) for name, own in rows.items()}
        found = cohort.appraise(Moment(interval - cohort.planned_at, net[cohort.rows], stores, span))
        for name, worth in found.items():
            can = replaced(can, rows[name] + fleet.rows[name].start, worth)
    return can


def _ahead(cohort: Cohort, fleet: Fleet, can: Reach, today: Today, outlook: Outlook, interval: int) -> Ahead:
    """What a cohort knows of the 24 hours ahead."""
    place, hours = today.place(interval), today.day.hours
    length = min(len(outlook.net), len(today.day) - place)
    net = outlook.net.take((place + np.arange(length)) % len(outlook.net), axis=0)[:, cohort.rows]
    rows = _plannable(cohort, fleet)
    stores = {name: _stores(fleet, can, today, name, place, length).take(own) for name, own in rows.items()}
    home = {name: np.searchsorted(cohort.rows, fleet.flexible[name].owner[own]) for name, own in rows.items()}

    def price(column: Ints) -> Floats:
        return foreseen(column, outlook.published, interval, length, len(outlook.net))

    tariff = outlook.tariff
    return Ahead(hours, net, price(tariff.retail), price(tariff.feed_in), price(tariff.local_fees), home, stores)


def _committed(cohort: Cohort, rows: Mapping[str, Ints], fleet: Fleet, can: Reach, today: Today, interval: int) -> Reach:
    """The same, and devices that fix ahead of time what they do are held to what a cohort plans for then."""
    fixes = [name for name in rows if FLEXIBLE[name].committed]
    if not fixes:
        return can
    intends, states = cohort.intends(interval), dict(can.states)
    for name in fixes:
        if name in intends:
            states[name] = FLEXIBLE[name].module.commit(fleet.flexible[name], states[name], today.devices[name], rows[name], intends[name])
    return replace(can, states=states)


def _plannable(cohort: Cohort, fleet: Fleet) -> dict[str, Ints]:
    """The rows of a cohort's devices that it can plan, by kind."""
    return {name: rows for name, rows in cohort.devices.items() if FLEXIBLE[name].plannable and name not in fleet.fixed}


def _stores(fleet: Fleet, can: Reach, today: Today, name: str, place: int, length: int) -> Stores:
    """The devices of a kind as stores over the intervals ahead."""
    made: Stores = FLEXIBLE[name].module.store(fleet.flexible[name], can.states[name], today.devices[name], place, length, today.day.hours)
    return made


def foreseen(values: Ints, published: int, interval: int, length: int, day: int) -> Floats:
    """[T] prices from an interval on: those that are published, then those of the same time a day or more before.

    Parameters
    ----------
    published : first interval whose price is not known.
    length : T. day : intervals in 24 hours.
    """
    when = interval + np.arange(length)
    late = np.maximum(when - published + 1, 0)
    when = when - -(-late // day) * day
    prices: Floats = values[np.maximum(when, 0)].astype(np.float64)
    return prices
