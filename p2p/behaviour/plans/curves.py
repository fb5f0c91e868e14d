"""What is kept of a plan: what a kWh in each store is worth at the end of each interval, by how much it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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


def planned_in_turn(ahead: Ahead, kept: int, share: float, rounds: int = 1) -> Plan:
    """The plan of each device against the prices, one after the other in a home; see `PriceTakerSchedule`."""
    rest = np.array(ahead.net, np.float64)
    curves = {kind: _empty(kept, stores) for kind, stores in ahead.stores.items()}
    for _ in range(rounds):
        turns = {kind: _empty(kept, stores) for kind, stores in ahead.stores.items()}
        for kind, rows in _turns(ahead.stores):
            curves[kind] = turns[kind] = _with_plans(ahead, kind, rows, rest, share, curves[kind].power, turns[kind])
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


def _with_plans(ahead: Ahead, kind: str, rows: Ints, rest: Floats, share: float, power: Floats, curves: Curves) -> Curves:
    """The curves with those of some rows added; `rest` and `power` are kept up to date."""
    from p2p.behaviour.plans import kernels

    stores, home = ahead.stores[kind], np.asarray(ahead.home[kind], np.int64)
    edge, worth = curves.edge, curves.worth
    used = int(curves.first.sum(axis=2).max(initial=-1)) + 1
    while len(rows):
        done, used = kernels.planned(
            rows, home, rest, ahead.retail, ahead.feed_in, ahead.hours, share, stores.level, stores.keep, stores.inflow, stores.least,
            stores.most, stores.low, stores.high, stores.into, stores.out, stores.wear, power, curves.first, edge, worth, used,
        )  # fmt: skip
        rows = rows[done:]
        if len(rows):
            more = np.empty(len(edge) + 3 * (len(ahead.net) + 2) * len(curves.first))
            edge, worth = np.concatenate((edge, more)), np.concatenate((worth, more))
    return Curves(curves.first, edge, worth, power)
