"""Orders for a whole day: steps, curves, blocks over several intervals, and energy needed by a deadline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2p.base.columns import Columns, Flags, Indices, Ints, Signs, Tags
from p2p.base.errors import BookInvalid, Fault
from p2p.base.units import MAX_ENERGY, MAX_PRICE, MAX_VALUE
from p2p.orders.orders import BID, OFFER, Orders, rows_where

KINDS = ("step", "curve", "block", "flexible")
"""What an order of a day can be, by number."""

STEP, CURVE, BLOCK, FLEXIBLE = range(len(KINDS))

WHOLE = 1_000_000
"""A ratio of one: ratios are counted in millionths."""

MOST_INTERVALS = 100_000


@dataclass(frozen=True, slots=True)
class Terms(Columns):
    """What the orders of a day ask; O rows, one an order.

    agent:   [O] int32, who is bound by it
    bus:     [O] int32, where it is delivered
    side:    [O] int8, +1 bid (buys), -1 offer (sells)
    kind:    [O] int8, a number in `KINDS`
    energy:  [O] int64, all of it: a step's or curve's, a block's over its profile, a flexible order's need [Wh]
    price:   [O] int64, the limit; of a curve's first Wh; a block's is held against its energy-weighted mean price [µEUR/kWh]
    price_to: [O] int64, a curve's limit at its last Wh; the other kinds' is `price` [µEUR/kWh]
    least:   [O] int64, least part that may be accepted, if any is; 0 to a million [millionths]
    parent:  [O] int64, the row of the block whose accepted ratio this block's may not exceed; -1 for none
    group:   [O] int64, number of the exclusive group, in which the accepted ratios sum to at most one; -1 for none
    arrival: [O] int64, rank in time, no two alike; decides between equal prices
    tag:     [O] int16, what kind of energy an offer is; 0 for none
    """

    agent: Indices
    bus: Indices
    side: Signs
    kind: Signs
    energy: Ints
    price: Ints
    price_to: Ints
    least: Ints
    parent: Ints
    group: Ints
    arrival: Ints
    tag: Tags


@dataclass(frozen=True, slots=True)
class Slots(Columns):
    """Where orders may trade; R rows, one an order and interval.

    order:    [R] int64, row of the order
    interval: [R] int64, from 0
    energy:   [R] int64, most that the order trades there: a block's profile, or a flexible order's cap [Wh]
    """

    order: Ints
    interval: Ints
    energy: Ints


@dataclass(frozen=True, slots=True)
class DayOrders:
    """The book of a day of T intervals.

    A step and a curve trade in one interval, up to their energy. A block trades the same part of its profile in all its
    intervals. A flexible order trades its energy in any of its intervals, at most so much in each. Two blocks that are each
    other's parent are a loop: both are accepted in the same ratio.

    intervals : T
    terms : what the orders ask.
    slots : where they may trade it, in order of `terms`.
    """

    intervals: int
    terms: Terms
    slots: Slots

    def __len__(self) -> int:
        return len(self.terms)

    @classmethod
    def of_one_interval(cls, orders: Orders) -> DayOrders:
        """A plain book as a day of one interval."""
        rows = np.arange(len(orders))
        zero, none = np.zeros(len(orders), np.int64), np.full(len(orders), -1)
        terms = Terms(
            orders.agent, orders.bus, orders.side, zero.astype(np.int8), orders.energy, orders.price, orders.price, zero, none, none,
            orders.arrival, orders.tag,
        )  # fmt: skip
        return cls(1, terms, Slots(rows, zero, orders.energy))

    @property
    def bids(self) -> Flags:
        """[O] which orders buy."""
        return self.terms.side > 0

    @property
    def indivisible(self) -> Flags:
        """[O] which orders are more than steps and curves: blocks, flexible ones, and steps with a minimum acceptance."""
        return (self.terms.kind >= BLOCK) | (self.terms.least > 0)

    @property
    def loop(self) -> Ints:
        """[O] the other block of a loop; -1 where there is none."""
        parent = self.terms.parent
        again = np.where(parent >= 0, parent[parent], -1)
        return np.where((again == np.arange(len(parent))) & (parent != again), parent, -1)

    def without(self, orders: Flags) -> DayOrders:
        """The book without some orders; who had one of them for a parent has none."""
        kept = np.flatnonzero(~orders)
        place = np.full(len(self) + 1, -1)
        place[kept] = np.arange(len(kept))
        slots = self.slots.take(~orders[self.slots.order])
        terms = self.terms.take(kept)
        return DayOrders(self.intervals, terms.replace(parent=place[terms.parent]), slots.replace(order=place[slots.order]))

    def in_interval(self, interval: int) -> tuple[Orders, Ints]:
        """What may trade in an interval as a book, each order at its limit, and [o] its rows in `slots`."""
        rows = np.flatnonzero(self.slots.interval == interval)
        terms = self.terms.take(self.slots.order[rows])
        return Orders(terms.agent, terms.bus, terms.side, self.slots.energy[rows], terms.price, terms.arrival, terms.tag), rows

    def check(self) -> None:
        """Refuse a book that means nothing.

        Raises
        ------
        BookInvalid
            Every fault with its rows.
        """
        faults = [*self._faults_of_terms(), *self._faults_of_slots()]
        if not faults:
            faults = self._faults_of_links()
        dearest = float(np.abs(self.terms.price).max(initial=1))
        dearest = max(dearest, float(np.abs(self.terms.price_to).max(initial=1)))
        if not faults and float(np.sum(self.slots.energy, dtype=np.float64)) * dearest >= MAX_VALUE:
            faults = [Fault("DayOrders", "the book is worth more than the arithmetic holds", f"at most {MAX_VALUE} nEUR in sum")]
        if faults:
            raise BookInvalid(faults)

    def _faults_of_terms(self) -> list[Fault]:
        terms, rows = self.terms, len(self)
        faults = []
        if not 1 <= self.intervals <= MOST_INTERVALS:
            faults.append(Fault("DayOrders.intervals", f"{self.intervals}", f"1 to {MOST_INTERVALS}"))
        away = np.maximum(np.abs(terms.price), np.abs(terms.price_to)) > MAX_PRICE
        linked = (terms.parent >= 0) | (terms.group >= 0)
        faults += _faults("side", (terms.side != BID) & (terms.side != OFFER), "is neither bid nor offer", "+1 (bid) or -1 (offer)")
        faults += _faults("kind", (terms.kind < 0) | (terms.kind >= len(KINDS)), "is no kind", f"0 to {len(KINDS) - 1}: {', '.join(KINDS)}")
        faults += _faults("energy", terms.energy <= 0, "is not positive", "at least 1 Wh")
        faults += _faults("price", away, "is out of range", f"-{MAX_PRICE} to {MAX_PRICE} µEUR/kWh")
        faults += _faults("least", (terms.least < 0) | (terms.least > WHOLE), "is out of range", "0 to 1000000 millionths")
        faults += _faults("least", (terms.kind == CURVE) & (terms.least != 0), "is set for a curve", "0: a curve is divisible")
        faults += _faults("price_to", (terms.kind != CURVE) & (terms.price_to != terms.price), "is set for another kind", "a curve's only")
        wrong_way = (terms.kind == CURVE) & (terms.side * (terms.price_to - terms.price) > 0)
        faults += _faults("price_to", wrong_way, "runs the wrong way", "a bid's limit falls with energy, an offer's rises")
        faults += _faults("parent", (terms.parent < -1) | (terms.parent >= rows), "is no order", f"-1 to {rows - 1}")
        faults += _faults("parent, group", linked & (terms.kind != BLOCK), "is set for another kind", "a block's only")
        return faults

    def _faults_of_slots(self) -> list[Fault]:
        slots, rows = self.slots, len(self)
        if np.any((slots.order < 0) | (slots.order >= rows)):
            return _faults("order", (slots.order < 0) | (slots.order >= rows), "is no order", f"0 to {rows - 1}", "slot")
        outside = (slots.interval < 0) | (slots.interval >= self.intervals)
        faults = _faults("interval", outside, "is outside the day", f"0 to {self.intervals - 1}", "slot")
        wrong = (slots.energy <= 0) | (slots.energy > MAX_ENERGY)
        faults += _faults("energy", wrong, "is out of range", f"1 to {MAX_ENERGY} Wh", "slot")
        order_change = np.diff(slots.order) < 0
        faults += _faults("order", np.append(False, order_change), "comes before another's", "slots in the order of the orders", "slot")
        _, again = np.unique(np.stack((slots.order, slots.interval)), axis=1, return_inverse=True)
        twice = np.bincount(again)[again] > 1 if len(slots) else np.zeros(0, bool)
        faults += _faults("interval", twice, "stands twice in an order", "each interval once", "slot")
        count = np.bincount(slots.order, minlength=rows)
        faults += _faults("slots", count == 0, "is empty", "at least one interval")
        faults += _faults("slots", (self.terms.kind < BLOCK) & (count > 1), "has several intervals", "one, for a step or curve")
        room = np.bincount(slots.order, slots.energy, rows)
        adds_up = (self.terms.kind != FLEXIBLE) & (count > 0) & (room != self.terms.energy)
        faults += _faults("energy", adds_up, "is not the sum of its intervals", "the sum of its slots")
        short = (self.terms.kind == FLEXIBLE) & (count > 0) & (room < least_energy(self.terms))
        faults += _faults("energy", short, "does not fit into its intervals", "at most so many intervals x the most in each")
        return faults

    def _faults_of_links(self) -> list[Fault]:
        terms = self.terms
        named = np.maximum(terms.parent, 0)
        other = (terms.parent >= 0) & (terms.kind[named] != BLOCK) if len(self) else np.zeros(0, bool)
        faults = _faults("parent", other, "is no block", "a block")
        faults += _faults("parent", self._goes_round(), "leads round in a circle", "a chain that ends, or two blocks that name each other")
        return faults

    def _goes_round(self) -> Flags:
        """[O] whose chain of parents never ends; a loop of two is an end."""
        up = np.where(self.loop >= 0, -1, self.terms.parent)
        for _ in range(max(len(up), 1).bit_length()):
            up = np.where(up >= 0, up[up], -1)
        return up >= 0


def least_energy(terms: Terms) -> Ints:
    """[O] the least that may be accepted of each order, if anything is. [Wh]"""
    whole, rest = np.divmod(terms.energy, WHOLE)
    return whole * terms.least - (-rest * terms.least // WHOLE)


def _faults(column: str, bad: npt.NDArray[np.bool_], what: str, allowed: str, noun: str = "order") -> list[Fault]:
    return rows_where(bad, f"DayOrders.{column}", what, allowed, noun)
