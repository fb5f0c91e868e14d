"""The answer of a market that is held by the day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from p2p.base.columns import Flags, Floats, Ints
from p2p.orders import Clearing, Orders
from p2p.orders.day import DayOrders


@dataclass(frozen=True, slots=True)
class DayClearing:
    """The answer for all orders of a day; rows are those of the book's slots.

    energy: [R] int64, accepted [Wh]
    price:  [T] int64, the one price of each interval; 0 where nobody orders anything [µEUR/kWh]
    facts:  what else is to be said, in words and plain values
    """

    energy: Ints
    price: Ints
    facts: Mapping[str, Any] = field(default_factory=dict)

    def payment(self, day: DayOrders) -> Ints:
        """[R] what each order owes for what it trades in an interval; an offer's is what it is paid, with a minus. [nEUR]"""
        return day.terms.side[day.slots.order] * self.energy * self.price[day.slots.interval]

    def by_order(self, day: DayOrders) -> tuple[Ints, Ints]:
        """[O] energy that each order trades over the day [Wh], and what it owes for it [nEUR]."""
        energy, payment = np.zeros((2, len(day)), np.int64)
        np.add.at(energy, day.slots.order, self.energy)
        np.add.at(payment, day.slots.order, self.payment(day))
        return energy, payment

    def ratio(self, day: DayOrders) -> Floats:
        """[O] accepted part of each order."""
        return self.by_order(day)[0] / np.maximum(day.terms.energy, 1)

    def surplus(self, day: DayOrders) -> Ints:
        """[O] what each order was worth to its owner less what it owes: the gain that it asked for at least. [nEUR]"""
        energy, payment = self.by_order(day)
        return day.terms.side * value(day, energy) - payment

    def welfare(self, day: DayOrders) -> int:
        """What the buyers would have paid less what the sellers would have taken. [nEUR]"""
        return int(np.sum(day.terms.side * value(day, self.by_order(day)[0])))

    def traded(self, day: DayOrders) -> Ints:
        """[T] energy that changed hands. [Wh]"""
        bought, traded = day.bids[day.slots.order], np.zeros(day.intervals, np.int64)
        np.add.at(traded, day.slots.interval[bought], self.energy[bought])
        return traded

    def budget(self, day: DayOrders) -> Ints:
        """[T] what the market takes in less what it pays out. [nEUR]"""
        budget = np.zeros(day.intervals, np.int64)
        np.add.at(budget, day.slots.interval, self.payment(day))
        return budget

    def ordered(self, day: DayOrders) -> Flags:
        """[T] in which intervals somebody orders something."""
        return np.bincount(day.slots.interval, minlength=day.intervals) > 0

    def in_interval(self, day: DayOrders, interval: int) -> tuple[Orders, Clearing]:
        """What was ordered for an interval, and its part of the answer."""
        book, rows = day.in_interval(interval)
        price = int(self.price[interval]) if len(book) else None
        return book, Clearing.at_one_price(book, self.energy[rows], price)


def value(day: DayOrders, energy: Ints) -> Ints:
    """[O] what the accepted energy of each order is worth at its limit; a curve's limit runs from `price` to `price_to`. [nEUR]"""
    terms = day.terms
    half = (terms.price_to - terms.price) * energy / np.maximum(2 * terms.energy, 1)
    return energy * terms.price + np.rint(half * energy).astype(np.int64)
