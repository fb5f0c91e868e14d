"""A market that is held once a day: what homes order when it begins, and what of it falls due in each interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from p2p.agents.fees import at_own_fee
from p2p.agents.phases import quote
from p2p.agents.prosumers import Cohort
from p2p.base.columns import Floats, Ints
from p2p.behaviour.day import Outlook, storage_orders
from p2p.devices import Fleet
from p2p.flexibility import booked
from p2p.markets.day.clear import DayMechanism, clear_day
from p2p.markets.day.clearing import DayClearing
from p2p.orders import Clearing, Known, Orders
from p2p.orders.day import DayOrders, Slots, Terms
from p2p.regulation import Tariff


@dataclass(frozen=True, slots=True)
class DayAhead:
    """What all homes expect of a day when it begins.

    first : its first interval; hours : length of an interval [h]
    net : [T, N] load less own generation [kW]
    luck, arrival : [T, N, 2] uniform draws, and [T, N] the rank in time
    own : [T, N] what homes' locally bought kWh carry beside the public fee; None for nothing [µEUR/kWh]
    """

    first: int
    hours: float
    net: Floats
    luck: Floats
    arrival: Ints
    own: Ints | None = None


@dataclass(frozen=True, slots=True)
class DayMarket:
    """A day's book, as homes ordered, and its clearing.

    refused : [T] what homes were to sell of each interval, and do not have [Wh]
    """

    orders: DayOrders
    clearing: DayClearing
    refused: Ints

    def falls_due(self, place: int) -> tuple[Orders, Clearing]:
        """What was ordered for an interval of the day and what of it was accepted; what a home would sell to itself is no trade."""
        book, clearing = self.clearing.in_interval(self.orders, place)
        return book, Clearing.at_one_price(book, _with_others(book, clearing.energy), clearing.price)


def hold_day(
    mechanism: DayMechanism, cohorts: Sequence[Cohort], fleet: Fleet, stored: Floats, tariff: Tariff, ahead: DayAhead
) -> DayMarket:
    """The market of a day, held at its beginning: steps for what homes expect to lack or have over, and plans of stores."""
    length = len(ahead.net)
    today = tariff.take(slice(ahead.first, ahead.first + length))
    asked = (_steps(cohorts, fleet, today, ahead, place) for place in range(length))
    steps, refused = zip(*(booked(orders, ahead.net[place], ahead.hours) for place, orders in enumerate(asked)), strict=True)
    owner = fleet.battery.owner
    fees = today.local_fees if ahead.own is None else today.local_fees[:, None] + ahead.own[:, owner]
    outlook = Outlook(ahead.net[:, owner] * ahead.hours, ahead.hours, today.retail, today.feed_in, fees)
    orders = _joined(steps, storage_orders(fleet.battery, stored, fleet.who[:, owner], outlook))
    return DayMarket(orders, clear_day(orders, mechanism), np.array(refused, np.int64))


def _steps(cohorts: Sequence[Cohort], fleet: Fleet, today: Tariff, ahead: DayAhead, place: int) -> Orders:
    """What homes order for an interval by their strategies, as if they had no store."""
    homes = len(fleet)
    nothing, zero = np.zeros(homes), np.zeros(homes, np.int64)
    public = (ahead.first + place, ahead.hours, int(today.retail[place]), int(today.feed_in[place]), int(today.local_fees[place]))
    known = Known.of(
        public, agent=fleet.who[0], bus=fleet.who[1], net=ahead.net[place], low=nothing, high=nothing, luck=ahead.luck[place].T,
        charge_worth=zero, discharge_cost=zero, arrival=ahead.arrival[place],
    )  # fmt: skip
    return at_own_fee(quote(cohorts, known), None if ahead.own is None else ahead.own[place])


def _joined(steps: Sequence[Orders], plans: DayOrders) -> DayOrders:
    """The book of a day: the steps of all intervals, then the plans."""
    book = Orders.concat(steps)
    rows = len(book)
    none, zero = np.full(rows, -1), np.zeros(rows, np.int64)
    terms = Terms(
        book.agent, book.bus, book.side, zero.astype(np.int8), book.energy, book.price, book.price, zero, none, none, book.arrival, book.tag
    )
    interval = np.repeat(np.arange(len(steps)), [len(one) for one in steps])
    parent = np.where(plans.terms.parent >= 0, plans.terms.parent + rows, -1)
    both = Terms.concat([terms, plans.terms.replace(parent=parent)])
    slots = Slots.concat([Slots(np.arange(rows), interval, book.energy), plans.slots.replace(order=plans.slots.order + rows)])
    return DayOrders(len(steps), both, slots)


def _with_others(book: Orders, energy: Ints) -> Ints:
    """[O] what is accepted of each order, without what a home buys and sells at once."""
    bought, sold = (np.bincount(book.agent, np.where(side, energy, 0)).astype(np.int64) for side in (book.bids, ~book.bids))
    within, kept = np.minimum(bought, sold), energy.copy()
    for side in (book.bids, ~book.bids):
        rows = np.flatnonzero(side & (energy > 0))
        rows = rows[np.lexsort((book.arrival[rows], book.agent[rows]))]
        agent, ends = book.agent[rows], np.cumsum(energy[rows])
        starts = ends - energy[rows]
        before = starts - starts[np.searchsorted(agent, agent)]
        kept[rows] -= np.clip(within[agent] - before, 0, energy[rows])
    return kept
