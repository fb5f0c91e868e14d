"""The answer of a market: what of each order was accepted, and what it owes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from p2p.base.columns import Columns, Floats, Ints
from p2p.orders.orders import Orders

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Clearing:
    """The answer for all orders of a book; rows are the book's.

    energy:  [O] int64, accepted, 0 to the order's [Wh]
    payment: [O] int64, what the order owes; an offer's is what it is paid, with a minus [nEUR]
    price:   the one price of the book, where the rule has one [µEUR/kWh]; where nothing trades, the price between
             the best bid and the best offer at which nothing would; None where the rule has none or the book is empty
    trades:  who trades with whom, where the rule says so
    facts:   what else the rule reports, in words and plain values, such as a deficit or an error of sampling
    nodal:   the price at each bus and what it is made of, where the rule kept network limits
    """

    energy: Ints
    payment: Ints
    price: int | None
    trades: Trades | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    nodal: Nodal | None = None

    @classmethod
    def at_one_price(cls, orders: Orders, energy: Ints, price: int | None) -> Self:
        """A clearing in which every accepted order trades at the same price."""
        return cls(energy, orders.side * energy * (price or 0), price)

    @classmethod
    def nothing(cls, orders: Orders) -> Self:
        """A clearing in which no order is accepted."""
        return cls(np.zeros(len(orders), np.int64), np.zeros(len(orders), np.int64), None)

    @classmethod
    def of_trades(cls, orders: Orders, trades: Trades, facts: Mapping[str, Any] | None = None) -> Self:
        """A clearing that is a list of pairs: each pays and is paid its pair's price."""
        energy, payment = trades.by_order(orders)
        return cls(energy, payment, None, trades, facts or {})

    def pairs(self, orders: Orders) -> Trades:
        """Who trades with whom: as the rule says, else in merit order."""
        return Trades.in_merit_order(orders, self) if self.trades is None else self.trades

    def to_frame(self, orders: Orders, agents: Sequence[str] | None = None) -> pd.DataFrame:
        """The clearing as people read it: one row an order, in kWh, EUR/MWh and EUR.

        Parameters
        ----------
        orders : the book that was cleared.
        agents : [O] names of the agents, by order; their numbers if None.

        Returns
        -------
        Columns `agent`, `side` (bid or offer), `energy_kwh`, `limit_eur_per_mwh`, `accepted_kwh`, `price_eur_per_mwh` (NaN
        where nothing was accepted) and `pays_eur`.
        """
        from p2p.orders.frames import frame_of

        return frame_of(orders, self, agents)

    def order_price(self, orders: Orders) -> Floats:
        """[O] average price of what was accepted; 0 where nothing was. [µEUR/kWh]"""
        return np.abs(self.payment) / np.maximum(self.energy, 1) * np.where(self.payment * orders.side < 0, -1.0, 1.0)

    def traded(self, orders: Orders) -> int:
        """Energy that changed hands. [Wh]"""
        return int(np.sum(self.energy[orders.bids]))

    def welfare(self, orders: Orders) -> int:
        """What the buyers would have paid less what the sellers would have taken (gains from trade). [nEUR]"""
        return int(np.sum(orders.side * orders.price * self.energy))

    def by_agent(self, orders: Orders, agents: int) -> tuple[Ints, Ints, Ints]:
        """What each of N agents bought less what it sold, owes for it, and turned over.

        Returns
        -------
        net, payment, turnover : [N] [Wh], [nEUR], [Wh]
        """
        from p2p.orders.kernels import by_agent

        net, owed, turnover = np.zeros((3, agents), np.int64)
        by_agent(orders.agent, orders.side, self.energy, self.payment, net, owed, turnover)
        return net, owed, turnover

    def budget(self) -> int:
        """What the market takes in less what it pays out. [nEUR]"""
        return int(np.sum(self.payment))


@dataclass(frozen=True, slots=True)
class Nodal:
    """Prices by bus (DLMPs) and what they are made of: energy + losses + congestion + voltage at each of B buses.

    energy:     [A] int64, the price of energy itself, in each of A local markets [µEUR/kWh]
    losses:     [B] int64, what a kWh more there costs by its losses [µEUR/kWh]
    congestion: [B] int64, and by what branches may carry [µEUR/kWh]
    voltage:    [B] int64, and by voltages [µEUR/kWh]
    shadow:     [R] worth of one more unit of each limit's headroom [µEUR for a unit]
    relief:     [G] of what the operator might take back, what it does [Wh]
    lost:       the losses that the tangents foresee [Wh]
    beyond:     [R] how far each limit is broken since nothing could keep it, in the unit of the row
    area:       [B] int64, the local market that each bus is in; empty for one market
    """

    energy: Ints
    losses: Ints
    congestion: Ints
    voltage: Ints
    shadow: Floats
    relief: Floats
    lost: float
    beyond: Floats
    area: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def energy_at(self) -> Ints:
        """[B] the price of energy at each bus, or [1] that of the one market. [µEUR/kWh]"""
        energy: Ints = self.energy[self.area] if len(self.area) else self.energy
        return energy

    @property
    def location(self) -> Ints:
        """[B] what the place adds to the price of energy. [µEUR/kWh]"""
        added: Ints = self.losses + self.congestion + self.voltage
        return added

    @property
    def price(self) -> Ints:
        """[B] the price at each bus. [µEUR/kWh]"""
        price: Ints = self.energy_at + self.location
        return price


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

    def by_order(self, orders: Orders) -> tuple[Ints, Ints]:
        """[O] energy that each order trades [Wh] and what it owes for it [nEUR]."""
        energy, payment = np.zeros((2, len(orders)), np.int64)
        for rows, sign in ((self.bid, 1), (self.offer, -1)):
            np.add.at(energy, rows, self.energy)
            np.add.at(payment, rows, sign * self.energy * self.price)
        return energy, payment

    @classmethod
    def in_merit_order(cls, orders: Orders, clearing: Clearing, area: Ints | None = None) -> Self:
        """The accepted energy as pairs: the dearest bid with the cheapest offer, and so on down the book.

        A clearing says what each order owes, not with whom it trades; where a rule does not pair, this is the pairing
        that is shown. Each pair is priced at the one price, else at its bid's.

        area : [O] the local market of each order, where there are several and as much is bought as sold in each: pairs are of
            one market then, and priced at what a kWh costs their bid.
        """
        bids = _merit(orders, clearing.energy, orders.bids, -orders.price, area)
        offers = _merit(orders, clearing.energy, ~orders.bids, orders.price, area)
        bid_ends, offer_ends = np.cumsum(clearing.energy[bids]), np.cumsum(clearing.energy[offers])
        ends = np.union1d(bid_ends, offer_ends)
        bid = bids[np.searchsorted(bid_ends, ends)]
        offer = offers[np.searchsorted(offer_ends, ends)]
        if area is not None:
            price = clearing.payment[bid] // clearing.energy[bid]
        else:
            price = orders.price[bid] if clearing.price is None else np.full(len(ends), clearing.price, np.int64)
        return cls(bid, offer, np.diff(ends, prepend=0), price)


def _merit(orders: Orders, energy: Ints, side: np.ndarray, key: Ints, area: Ints | None) -> Ints:
    rows = np.flatnonzero(side & (energy > 0))
    keys = (orders.arrival[rows], key[rows])
    return rows[np.lexsort(keys if area is None else (*keys, area[rows]))]
