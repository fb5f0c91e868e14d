"""The answer of a market: what of each order was accepted, and what it owes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from p2p.base.columns import Columns, Floats, Ints
from p2p.orders.orders import Orders


@dataclass(frozen=True, slots=True)
class Clearing:
    """The answer for all orders of a book; rows are the book's.

    energy:  [O] int64, accepted, 0 to the order's [Wh]
    payment: [O] int64, what the order owes; an offer's is what it is paid, with a minus [nEUR]
    price:   the one price of the book, where the rule has one [µEUR/kWh]; where nothing trades, the price between
             the best bid and the best offer at which nothing would; None where the rule has none or the book is empty
    """

    energy: Ints
    payment: Ints
    price: int | None

    @classmethod
    def at_one_price(cls, orders: Orders, energy: Ints, price: int | None) -> Self:
        """A clearing in which every accepted order trades at the same price."""
        return cls(energy, orders.side * energy * (price or 0), price)

    @classmethod
    def nothing(cls, orders: Orders) -> Self:
        """A clearing in which no order is accepted."""
        return cls(np.zeros(len(orders), np.int64), np.zeros(len(orders), np.int64), None)

    def order_price(self, orders: Orders) -> Floats:
        """[O] average price of what was accepted; 0 where nothing was. [µEUR/kWh]"""
        return np.abs(self.payment) / np.maximum(self.energy, 1) * np.where(self.payment * orders.side < 0, -1.0, 1.0)

    def traded(self, orders: Orders) -> int:
        """Energy that changed hands. [Wh]"""
        return int(np.sum(self.energy[orders.bids]))

    def welfare(self, orders: Orders) -> int:
        """What the buyers would have paid less what the sellers would have taken (gains from trade). [nEUR]"""
        return int(np.sum(orders.side * orders.price * self.energy))

    def budget(self) -> int:
        """What the market takes in less what it pays out. [nEUR]"""
        return int(np.sum(self.payment))


@dataclass(frozen=True, slots=True)
class Trades(Columns):
    """Who trades with whom; R rows, one a pair.

    bid:    [R] int64, row of the bid in the book
    offer:  [R] int64, row of the offer
    energy: [R] int64 [Wh]
    price:  [R] int64, what the buyer pays [µEUR/kWh]
    """

    bid: Ints
    offer: Ints
    energy: Ints
    price: Ints

    @classmethod
    def in_merit_order(cls, orders: Orders, clearing: Clearing) -> Self:
        """The accepted energy as pairs: the dearest bid with the cheapest offer, and so on down the book.

        A clearing says what each order owes, not with whom it trades; where a rule does not pair, this is the pairing
        that is shown. Each pair is priced at the one price, else at its bid's.
        """
        bids = _merit(orders, clearing.energy, orders.bids, -orders.price)
        offers = _merit(orders, clearing.energy, ~orders.bids, orders.price)
        bid_ends, offer_ends = np.cumsum(clearing.energy[bids]), np.cumsum(clearing.energy[offers])
        ends = np.union1d(bid_ends, offer_ends)
        bid = bids[np.searchsorted(bid_ends, ends)]
        offer = offers[np.searchsorted(offer_ends, ends)]
        price = orders.price[bid] if clearing.price is None else np.full(len(ends), clearing.price, np.int64)
        return cls(bid, offer, np.diff(ends, prepend=0), price)


def _merit(orders: Orders, energy: Ints, side: np.ndarray, key: Ints) -> Ints:
    rows = np.flatnonzero(side & (energy > 0))
    return rows[np.lexsort((orders.arrival[rows], key[rows]))]
