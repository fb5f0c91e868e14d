"""A day's book in the form in which it is solved: divisible steps, and units that are taken or left."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from p2p.base.columns import Columns, Flags, Floats, Ints, Signs
from p2p.orders.day import CURVE, FLEXIBLE, DayOrders, least_energy


@dataclass(frozen=True, slots=True)
class Steps(Columns):
    """Divisible orders of one interval; S rows. Curves are cut into equal steps.

    slot:     [S] int64, row of the book's slots
    interval: [S] int64
    side:     [S] int8
    energy:   [S] int64 [Wh]
    price:    [S] int64 [µEUR/kWh]
    arrival:  [S] int64
    """

    slot: Ints
    interval: Ints
    side: Signs
    energy: Ints
    price: Ints
    arrival: Ints


@dataclass(frozen=True, slots=True)
class Places(Columns):
    """Where units trade; P rows, one a slot of one of a unit's orders.

    slot:     [P] int64, row of the book's slots
    unit:     [P] int64
    interval: [P] int64
    energy:   [P] int64, bought at a ratio of one, sold with a minus; a flexible order's cap [Wh]
    price:    [P] int64, the order's limit [µEUR/kWh]
    """

    slot: Ints
    unit: Ints
    interval: Ints
    energy: Ints
    price: Ints


@dataclass(frozen=True)
class Units:
    """All that is not a plain step: blocks, flexible orders, steps with a minimum acceptance; U of them, a loop is one.

    of_order: [O] the unit of each order of the book, -1 for steps and curves
    energy:  [U] a flexible order's need [Wh]; 0 for the rest
    least:   [U] least ratio at which it may be accepted
    parent:  [U] unit whose ratio bounds this one's, -1 for none
    member, group: [M] units and the exclusive groups in which they are
    places:  where they trade
    """

    of_order: Ints
    energy: Ints
    least: Floats
    parent: Ints
    member: Ints
    group: Ints
    places: Places

    def __len__(self) -> int:
        return len(self.least)

    @cached_property
    def flexible(self) -> Flags:
        """[U] which are flexible orders."""
        return self.energy > 0

    @cached_property
    def chosen(self) -> Flags:
        """[U] which are taken or left as a matter of choice; the rest are divisible from nothing to all, like steps."""
        choice = (self.least > 0) | (self.parent >= 0)
        choice[self.parent[self.parent >= 0]] = True
        choice[self.member] = True
        return choice


def steps_of(day: DayOrders, curve_steps: int) -> Steps:
    """The steps of a book, and its curves in so many equal steps, each at the limit half-way along it."""
    rows = np.flatnonzero(~day.indivisible[day.slots.order])
    terms, slots = day.terms.take(day.slots.order[rows]), day.slots.take(rows)
    plain = terms.kind != CURVE
    whole = Steps(rows, slots.interval, terms.side, slots.energy, terms.price, terms.arrival)
    curves, bent = whole.take(~plain), terms.take(~plain)
    if len(curves) == 0:
        return whole
    ends = np.arange(curve_steps + 1)
    cut = curves.energy[:, None] // curve_steps * ends + curves.energy[:, None] % curve_steps * ends // curve_steps
    halfway = ends[:-1] + 0.5
    price = bent.price[:, None] + (bent.price_to - bent.price)[:, None] * (halfway / curve_steps)
    inward = np.where(curves.side[:, None] > 0, np.floor(price), np.ceil(price)).astype(np.int64)
    pieces = curves.take(np.repeat(np.arange(len(curves)), curve_steps)).replace(energy=np.diff(cut, axis=1).ravel(), price=inward.ravel())
    return Steps.concat([whole.take(plain), pieces.take(pieces.energy > 0)])


def units_of(day: DayOrders) -> Units:
    """The units of a book; the two blocks of a loop are one, which is accepted as the more demanding of them asks."""
    orders = np.flatnonzero(day.indivisible)
    first = np.where(day.loop >= 0, np.minimum(day.loop, np.arange(len(day))), np.arange(len(day)))
    heads, unit = np.unique(first[orders], return_inverse=True)
    of_order = np.full(len(day), -1)
    of_order[orders] = unit
    terms = day.terms
    least = np.zeros(len(heads))
    np.maximum.at(least, unit, least_energy(terms)[orders] / terms.energy[orders])
    up = np.where(day.loop[heads] >= 0, -1, terms.parent[heads])
    parent = np.where(up >= 0, of_order[up], -1)
    grouped = orders[terms.group[orders] >= 0]
    pairs = np.unique(np.stack((of_order[grouped], terms.group[grouped])), axis=1)
    _, group = np.unique(pairs[1], return_inverse=True)
    rows = np.flatnonzero(day.indivisible[day.slots.order])
    of_slot, slots = day.slots.order[rows], day.slots.take(rows)
    places = Places(rows, of_order[of_slot], slots.interval, terms.side[of_slot] * slots.energy, terms.price[of_slot])
    need = np.where(terms.kind[heads] == FLEXIBLE, terms.energy[heads], 0)
    return Units(of_order, need, least, parent, pairs[0], group, places)
