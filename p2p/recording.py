"""What is kept of an interval, and the laws that every interval must pass."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from p2p.agents.phases import Delivered, Situation, State, Used
from p2p.base.clock import Clock
from p2p.base.columns import Floats, Ints
from p2p.base.errors import LawBroken
from p2p.base.units import MICRO_PER_EUR_PER_MWH, WH_PER_KWH
from p2p.devices import FLEXIBLE, Fleet
from p2p.devices.kind import LACKS
from p2p.grid import Areas, Flow, Grid
from p2p.markets import Mechanism, waives
from p2p.markets.areas import prices_by_area
from p2p.operators.dso import Bounds, Cleared
from p2p.orders import Clearing, Orders
from p2p.results import Record
from p2p.results.tables import AGENT_SUMS, DEVICE_SUMS
from p2p.settlement import Delivery, Ledger, Pay, Reason, Statement

NOTHING = np.zeros(0)

EN_50160 = (0.9, 1.1)
"""Voltages that EN 50160 asks for in 95 % of the ten-minute means of a week. [p.u.]"""


CLOSED = (
    "as much is bought as sold, after withdrawals, too",
    "postings sum to zero",
    "the market operator pays out no more than it takes in",
    "states of charge are legal, and devices keep to what they can do",
    "what meters count and the grid loses is what the grid takes in",
)
"""What must close in every interval, in the order in which `first_open` looks for it."""


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
    @property
    def mechanism(self) -> Mechanism: ...  # noqa: D102
    @property
    def bounds(self) -> Bounds: ...  # noqa: D102
    @property
    def areas(self) -> Areas | None: ...  # noqa: D102


def check_closed(
    world: World,
    interval: int,
    at: Situation,
    delivery: Delivery,
    delivered: Delivered,
    counted: Ints,
    statement: Statement,
    after: State,
    clearing: Clearing,
) -> None:
    """Stop where energy or money does not close; a rule that waives `no_deficit` may leave the operator to pay.

    Raises
    ------
    LawBroken
        Names the law and the interval.
    """
    from p2p.results.kernels import first_open

    flow = delivered.outcome.flow
    import_wh = float(flow.import_kw) * world.clock.hours * WH_PER_KWH if flow.converged else float(counted.sum())
    gains = world.ledger.balances(statement.dues, statement.between)
    may_lack = "no_deficit" in waives(world.mechanism)
    stores = after.devices.get("battery", NOTHING), world.fleet.battery.capacity
    reach = at.can.low, at.can.high, delivered.devices
    broken = first_open(
        delivery.contracted, gains, clearing.payment, int(statement.between[-1]), may_lack, *stores, reach, counted, import_wh
    )
    if broken >= 0:
        raise LawBroken(f"interval {interval}: broken: {CLOSED[broken]}")


def recorded(
    world: World,
    at: Situation,
    delivered: Delivered,
    delivery: Delivery,
    counted: Ints,
    statement: Statement,
    after: State,
    used: Used,
    book: Orders,
    cleared: Clearing,
    clearing: Clearing,
    got: Pay,
    refused: int,
    within: Cleared | None,
) -> Record:
    """What is kept of an interval, in the columns of `results.tables`.

    refused : what homes were to sell a second time. [Wh]
    within : what the market came to within the grid; None where it did not have to.
    """
    from p2p.operators.dso.kernels import least_margin
    from p2p.results.kernels import book_sums, home_sums, strain

    hours = world.clock.hours
    wh = hours * WH_PER_KWH
    counts = (delivery.metered, delivery.scheduled, delivery.contracted, delivery.payment)
    fleet, now, battery = world.fleet, at.now, world.fleet.battery
    rows = fleet.rows.get("battery", slice(0))
    storage = battery.owner, delivered.devices[rows], after.devices.get("battery", NOTHING)
    powers = (now.wanted, now.sun, delivered.held_back, delivered.unserved, delivered.flexible)
    homes = len(now.wanted)
    sums, states = np.empty((len(AGENT_SUMS), homes), np.int64), np.zeros((1, homes), np.int64)
    all_homes = np.empty(len(AGENT_SUMS) + 2, np.int64)
    lacked = used.missed, used.discomfort
    home_sums(counts, statement.dues, powers, used.fuel, lacked, got.table, *storage, wh, sums, states, all_homes)
    answer = (clearing.energy, clearing.payment, cleared.energy)
    bid, offered, largest, traded, gain, budget, paid, back = book_sums(
        book.agent, book.side, book.energy, book.price, *answer, len(world.ledger.names)
    )
    whole = all_homes.tolist()
    ints = (bid, offered, largest, traded, gain, budget, *whole[5:8], whole[0], whole[1])
    ints += (int(counted[-1]), whole[0] + int(counted[-1]), *whole[8:14], back, *_cut(delivered, wh), *whole[14:], refused)
    planned = None if within is None else within.certificate
    rounds = delivered.outcome.rounds + (0 if planned is None else planned.rounds)
    location = int(statement.dues[Reason.LOCATION].sum()) + int(statement.between[-1])
    ints += (int(statement.dues[Reason.NETWORK_FEE].sum()), location, rounds)
    ints += (round(float(delivered.dimmed.sum()) * wh), round(float(delivered.breached.sum()) * wh), *delivered.outcome.taps)
    price = paid / traded / MICRO_PER_EUR_PER_MWH if traded else float("nan")
    outcome = delivered.outcome
    flow = outcome.flow
    extremes, unbalance = flow.extremes, None if flow.phases is None else flow.phases.unbalance
    unknown = (float("nan"),) * 5
    strained = strain(*extremes, flow.loading, world.grid.branches.rating_kva, *EN_50160, hours) if flow.converged else unknown
    uneven = float("nan") if unbalance is None else float(unbalance.max())
    margin = least_margin(flow.voltage, flow.loading, world.grid.slack, world.bounds.low, world.bounds.high) if flow.converged else np.nan
    floats = (price, *strained[:3], uneven, *strained[3:], margin, float(flow.converged), float(outcome.held), *_published(at))
    return Record(
        ints,
        floats,
        outcome.binding or ("" if planned is None else planned.binding),
        None if within is None else within.clearing.nodal,
        None if world.areas is None else _by_area(world.areas, world, book, clearing, flow),
        sums,
        states,
        statement.dues,
        statement.between,
        flow.voltage,
        flow.loading,
        extremes,
        unbalance,
        _by_kind(at, delivered, after),
        (at.known.net, at.now.net),
        got.paid,
        (delivered.dimmed, delivered.breached),
        book,
        cleared,
    )


def _by_area(areas: Areas, world: World, book: Orders, clearing: Clearing, flow: Flow) -> tuple[Ints, Floats]:
    """[AREA_SUMS, A], and [2, A] the price of a kWh [EUR/MWh] and the loading of the transformers [percent], NaN for none."""
    area, count = areas.of_homes(book.bus), len(areas)
    bids = book.bids
    traded, price = prices_by_area(book, clearing, area, count)
    exchange, loading = areas.exchange(world.grid, flow) if flow.converged else (np.zeros(count), np.full(count, np.nan))
    wanted, offered = (np.bincount(area[side], book.energy[side], count).astype(np.int64) for side in (bids, ~bids))
    taken = np.rint(exchange * world.clock.hours * WH_PER_KWH).astype(np.int64)
    return np.stack((wanted, offered, traded, taken)), np.stack((np.where(traded > 0, price / MICRO_PER_EUR_PER_MWH, np.nan), loading))


def _published(at: Situation) -> tuple[float, float]:
    """What all homes together may feed in and draw by their envelopes; NaN where there are none. [kW]"""
    if at.within is None:
        return float("nan"), float("nan")
    return -float(at.within.low.sum()), float(at.within.high.sum())


def _cut(delivered: Delivered, wh: float) -> tuple[int, int]:
    """What was taken back was worth so much, to so many homes. [nEUR], homes"""
    outcome = delivered.outcome
    if outcome.taken is None or outcome.give_ups is None:
        return 0, 0
    worth = np.rint(outcome.taken * wh * outcome.give_ups.worth).sum()
    return int(worth), len(np.unique(outcome.give_ups.home[outcome.taken > 0]))


def _by_kind(at: Situation, delivered: Delivered, after: State) -> Ints:
    """[kinds, DEVICE_SUMS] what each kind of flexible device did, what was left of it, and what people went without."""
    from p2p.results.kernels import kind_sums

    fleet, wh = at.fleet, at.known.hours * WH_PER_KWH
    sums = np.zeros((len(fleet.rows), len(DEVICE_SUMS)), np.int64)
    kind_sums(fleet.ends, delivered.devices, at.can.low, at.can.high, wh, sums)
    for place, name in enumerate(fleet.rows):
        kind, state = FLEXIBLE[name], after.devices[name]
        if kind.fuel:
            sums[place, 4] = np.rint(1_000 * state.fuel.sum())
        if kind.missed:
            sums[place, 5 + LACKS.index(kind.missed)] = np.rint(1_000 * state.missed.sum())
    return sums
