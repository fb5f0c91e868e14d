"""What is kept of a plan: what a kWh in each store is worth at the end of each interval, by how much it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.behaviour.ahead import Ahead, Moment
from p2p.devices.stores import Stores
from p2p.devices.worth import Worth

STEPS = 4
"""Steps in which the worth of a device's power is told."""


@dataclass(frozen=True, slots=True)
class Curves:
    """The worth of a kWh stored in each of D devices at the end of each of K intervals: falling staircases over the level.

    first: [K, D, 2] of each staircase, the place of its first edge below, and its number of steps
    edge:  levels at which the steps begin, and at which the last one ends [kWh]
    worth: what a kWh is worth from each edge up to the next [µEUR/kWh]; below the first edge and above the last, bounds come first
    power: [T, D] planned net withdrawal [kW]
    """

    first: Ints
    edge: Floats
    worth: Floats
    power: Floats


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of n prosumers.

    curves: of each kind of device, what its devices' power and stored energy are planned to be and worth
    hours: length of an interval [h]
    retail, feed_in: [K] prices on which it rests [µEUR/kWh]
    """

    curves: Mapping[str, Curves]
    hours: float
    retail: Floats
    feed_in: Floats


def kept_for(ahead: Ahead, replans: float) -> int:
    """How many intervals a plan is kept, at least one."""
    return min(max(int(np.ceil(replans / ahead.hours - 1e-9)), 1), len(ahead.net))


def left_worth(ahead: Ahead, share: float) -> dict[str, Floats]:
    """[D] of each kind, what a kWh is worth that is left at the end: a share of the least that one costs to store. [µEUR/kWh]

    In the intervals ahead, of what the home has over or from the retailer, wear included; not negative, and 0 where nothing can
    be stored.
    """
    found = {}
    for kind, stores in ahead.stores.items():
        local = np.where(ahead.net[:, ahead.home[kind]] < 0, ahead.feed_in[:, None], ahead.retail[:, None])
        takes = (stores.high > 0) & (stores.into > 0)
        least = np.where(takes, (local + stores.wear) / np.where(takes, stores.into, 1.0), np.inf).min(axis=0)
        found[kind] = share * np.where(np.isfinite(least), np.maximum(least, 0.0), 0.0)
    return found


def planned_in_turn(
    ahead: Ahead, kept: int, left: Mapping[str, Floats], rounds: int = 1, before: Mapping[str, Floats] | None = None
) -> Plan:
    """The plan of each device against the prices, one after the other in a home; see `PriceTakerSchedule`.

    left : of each kind, [D] what a kWh is worth that is left at the end [µEUR/kWh]
    before : of each kind, [T, D] what its devices do until it is their turn; without it, nothing [kW]
    """
    rest = np.array(ahead.net, np.float64)
    curves = {kind: _empty(kept, stores) for kind, stores in ahead.stores.items()}
    for kind, power in (before or {}).items():
        np.add.at(rest.T, ahead.home[kind], power.T)
        curves[kind].power[:] = power
    for _ in range(rounds):
        curves = {kind: replace(_empty(kept, stores), power=curves[kind].power) for kind, stores in ahead.stores.items()}
        for kind, rows in _turns(ahead.stores):
            curves[kind] = _with_plans(ahead, kind, rows, rest, left[kind], curves[kind])
    return Plan(curves, ahead.hours, ahead.retail[:kept], ahead.feed_in[:kept])


def appraised(plan: Plan, now: Moment) -> dict[str, Worth]:
    """What the power of each device is worth now, by the staircase of what it would hold at the end of the interval."""
    from p2p.behaviour.plans import kernels

    at = min(now.since, len(plan.retail) - 1)
    found = {}
    for kind, curves in plan.curves.items():
        stores, (low, high) = now.stores[kind], now.span[kind]
        worth = Worth(np.empty((STEPS, len(low))), np.empty((STEPS, len(low))))
        kernels.appraised(
            curves.first[at], curves.edge, curves.worth, stores.level, stores.keep, stores.inflow[0], stores.into[0], stores.out[0],
            stores.wear, low, high, plan.hours, plan.feed_in[at], plan.retail[at], *worth,
        )  # fmt: skip
        found[kind] = worth
    return found


def intended(plan: Plan, since: int) -> dict[str, Floats]:
    """[T, D] of each kind, the power that is planned from so many intervals after the plan was made on. [kW]"""
    return {kind: curves.power[since:] for kind, curves in plan.curves.items()}


def _turns(stores: Mapping[str, Stores]) -> Iterator[tuple[str, Ints]]:
    """Whose turn it is: first the devices that only draw, then those that can give and so take what is left."""
    gives = {kind: (one.low < 0).any(axis=0) for kind, one in stores.items()}
    for turn in (False, True):
        for kind, able in gives.items():
            rows = np.flatnonzero(able == turn)
            if len(rows):
                yield kind, rows


def _empty(kept: int, stores: Stores) -> Curves:
    room = 16 * kept * len(stores)
    return Curves(np.zeros((kept, len(stores), 2), np.int64), np.empty(room), np.empty(room), np.zeros(stores.low.shape))


def _with_plans(ahead: Ahead, kind: str, rows: Ints, rest: Floats, left: Floats, curves: Curves) -> Curves:
    """The curves with those of some rows added; `rest` and the power are kept up to date."""
    from p2p.behaviour.plans import kernels

    stores, home = ahead.stores[kind], np.asarray(ahead.home[kind], np.int64)
    one = np.ascontiguousarray  # one memory layout: kernels are compiled for each
    keep, inflow, low, high = (
        one(x, np.float64) for x in (np.broadcast_to(stores.keep, stores.low.shape), stores.inflow, stores.low, stores.high)
    )
    least, most, into, out = (one(x, np.float64) for x in (stores.least, stores.most, stores.into, stores.out))
    retail, feed_in, level, wear = (one(x, np.float64) for x in (ahead.retail, ahead.feed_in, stores.level, stores.wear))
    edge, worth = curves.edge, curves.worth
    used = int(curves.first.sum(axis=2).max(initial=-1)) + 1
    while len(rows):
        done, used = kernels.planned(
            rows, home, rest, retail, feed_in, ahead.hours, left, level, keep, inflow, least, most, low, high, into, out, wear,
            curves.power, curves.first, edge, worth, used,
        )  # fmt: skip
        rows = rows[done:]
        if len(rows):
            more = np.empty(len(edge) + 3 * (len(ahead.net) + 2) * len(curves.first))
            edge, worth = np.concatenate((edge, more)), np.concatenate((worth, more))
    return replace(curves, edge=edge, worth=worth)
