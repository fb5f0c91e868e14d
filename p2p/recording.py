"""What is kept of an interval, and the laws that every interval must pass."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from p2p.agents.phases import Delivered, Now, State
from p2p.base.clock import Clock
from p2p.base.columns import Floats, Ints
from p2p.base.errors import LawBroken
from p2p.base.units import WH_PER_KWH
from p2p.devices import Fleet
from p2p.grid import Grid
from p2p.orders import Clearing, Orders
from p2p.results import Record
from p2p.settlement import Delivery, Ledger, Statement

EN_50160 = (0.9, 1.1)
"""Voltages that EN 50160 asks for in 95 % of the ten-minute means of a week. [p.u.]"""


class World(Protocol):
    """What of the model's setup is read here."""

    @property
    def clock(self) -> Clock: ...  # noqa: D102
    @property
    def fleet(self) -> Fleet: ...  # noqa: D102
    @property
    def grid(self) -> Grid: ...  # noqa: D102
    @property
    def ledger(self) -> Ledger: ...  # noqa: D102


def check_closed(
    world: World,
    interval: int,
    delivery: Delivery,
    delivered: Delivered,
    counted: Ints,
    statement: Statement,
    after: State,
    clearing: Clearing,
) -> None:
    """Stop where energy or money does not close.

    Raises
    ------
    LawBroken
        Names the law and the interval.
    """
    flow = delivered.outcome.flow
    stored = after.stored
    laws = (
        ("as much is bought as sold, after withdrawals, too", int(delivery.contracted.sum()) == 0),
        ("postings sum to zero", int(world.ledger.balances(statement.dues, statement.between).sum()) == 0),
        ("the market operator pays out no more than it takes in", clearing.budget() >= 0),
        ("states of charge are legal", bool(((stored >= 0) & (stored <= world.fleet.battery.capacity)).all())),
        (
            "what meters count and the grid loses is what the grid takes in",
            not flow.converged or abs(float(flow.import_kw) * world.clock.hours * WH_PER_KWH - float(counted.sum())) <= len(counted) + 1,
        ),
    )
    for name, kept in laws:
        if not kept:
            raise LawBroken(f"interval {interval}: broken: {name}")


def recorded(
    world: World,
    now: Now,
    delivered: Delivered,
    delivery: Delivery,
    counted: Ints,
    statement: Statement,
    after: State,
    book: Orders,
    cleared: Clearing,
    clearing: Clearing,
) -> Record:
    """What is kept of an interval, in the columns of `results.tables`."""
    hours, homes = world.clock.hours, len(delivery)
    wh = hours * WH_PER_KWH
    bids = book.bids
    offers = ~bids
    metered = delivery.metered
    sums = np.empty((10, homes), np.int64)
    sums[0], sums[1], sums[2], sums[3] = metered, delivery.scheduled, delivery.contracted, delivery.payment
    sums[4] = statement.dues.sum(axis=0)
    physical = np.stack((now.wanted - delivered.unserved, now.sun - delivered.held_back, delivered.storage))
    sums[5:8] = np.rint(physical * wh)
    sums[8] = delivery.held_back
    sums[9] = np.rint(delivered.unserved * wh)
    states = np.rint(world.fleet.by_prosumer(world.fleet.battery.owner, after.stored) * WH_PER_KWH).astype(np.int64)[None]
    traded = int(clearing.energy[bids].sum())
    offered = book.energy[offers]
    by_seller = np.bincount(book.agent[offers], offered, 1)
    withdrawn = delivered.withdrawn
    ints = (
        int(book.energy[bids].sum()),
        int(offered.sum()),
        int(by_seller.max()),
        traded,
        clearing.welfare(book),
        clearing.budget(),
        *(int(total) for total in sums[5:8].sum(axis=1)),
        int(counted[:-1].sum()),
        int(delivery.scheduled.sum()),
        int(counted[-1]),
        int(counted.sum()),
        int(sums[8].sum()),
        int(sums[9].sum()),
        int(withdrawn[bids].sum()),
        *_cut(delivered, wh),
    )
    return Record(
        ints,
        _judged(world, delivered, clearing, book, traded),
        sums,
        states,
        statement.dues,
        statement.between,
        delivered.outcome.flow.voltage,
        delivered.outcome.flow.loading,
        book,
        cleared,
    )


def _cut(delivered: Delivered, wh: float) -> tuple[int, int]:
    """What was taken back was worth so much, to so many homes. [nEUR], homes"""
    outcome = delivered.outcome
    if outcome.taken is None or outcome.give_ups is None:
        return 0, 0
    worth = np.rint(outcome.taken * wh * outcome.give_ups.worth).sum()
    return int(worth), len(np.unique(outcome.give_ups.home[outcome.taken > 0]))


def _judged(world: World, delivered: Delivered, clearing: Clearing, book: Orders, traded: int) -> tuple[float, ...]:
    """Price, and how the grid bore it; NaN where there is none."""
    flow = delivered.outcome.flow
    price = float("nan")
    if traded:
        bids = book.bids
        price = (clearing.price if clearing.price is not None else int(clearing.payment[bids].sum()) / traded) / 1000
    if not flow.converged:
        nothing = float("nan")
        return price, nothing, nothing, nothing, nothing, nothing, 0.0, 0.0
    return (
        price,
        *_strain(flow.voltage, flow.loading, world.grid.branches.rating_kva, world.clock.hours),
        1.0,
        float(delivered.outcome.held),
    )


def _strain(voltage: Floats, loading: Floats, rating_kva: Floats, hours: float) -> tuple[float, float, float, float, float]:
    """Lowest and highest voltage, highest loading, overload [kVAh], bus-hours outside EN 50160."""
    worst = float(loading.max(initial=0.0))
    overload = float((np.maximum(loading - 100, 0) / 100 * rating_kva).sum()) * hours if worst > 100 else 0.0
    low, high = float(voltage.min()), float(voltage.max())
    outside = 0 if EN_50160[0] <= low and high <= EN_50160[1] else int(((voltage < EN_50160[0]) | (voltage > EN_50160[1])).sum())
    return low, high, worst, overload, outside * hours
