"""What traders send to a continuous book: orders of several kinds, and changes of mind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from p2p.base.columns import Columns, Flags, Indices, Ints, Signs
from p2p.base.errors import BookInvalid, Fault
from p2p.base.units import MAX_PRICE
from p2p.orders.orders import Orders

if TYPE_CHECKING:
    import pandas as pd

#: numbers of the kinds; those from CANCEL on are about an earlier order
LIMIT, MARKET, IOC, CANCEL, REPLACE = range(5)
KINDS = {"limit": LIMIT, "market": MARKET, "ioc": IOC, "cancel": CANCEL, "replace": REPLACE}
NO_PRICE = -(2**62)
"""Stands in a column of prices where there is none, such as the best bid of a book without bids."""


@dataclass(frozen=True, slots=True)
class Messages(Columns):
    """Messages to a continuous book; M rows, one a message.

    kind:    [M] int8, a number in `KINDS`
    order:   [M] int64, 0 to M - 1: a number of its own for a new order, an earlier order's for cancel and replace
    agent:   [M] int32, whose order it is
    side:    [M] int8, +1 bid, -1 offer; an earlier order's for cancel and replace
    energy:  [M] int64; for replace what shall stand, 0 for what does stand; 0 for cancel [Wh]
    price:   [M] int64, the limit; `any_price` for market, 0 for cancel [µEUR/kWh]
    arrival: [M] int64, rank in time, no two alike

    - limit: trades with what stands on the other side, the best price first and at one price who came first, as far as
      its limit allows, each time at the price that stands. What is left stands at its limit.
    - market: trades so at any price; what is left is dropped.
    - ioc (immediate or cancel): trades so up to its limit; what is left is dropped.
    - cancel: takes out what stands of an order. One that is gone, or never stood, is missed: counted, no error.
    - replace: what stands of an order shall be another energy, at another price, or both. At the same price and for
      no more energy the order keeps its place in time; else it comes anew, trades if it can, and stands behind those
      at its price. One that is gone is missed.

    References
    ----------
    L. Harris, "Trading and Exchanges: Market Microstructure for Practitioners", Oxford University Press, 2003, chapters 4
    (orders) and 6 (precedence rules of order-driven markets).
    """

    kind: Signs
    order: Ints
    agent: Indices
    side: Signs
    energy: Ints
    price: Ints
    arrival: Ints

    @classmethod
    def of(
        cls,
        kind: npt.ArrayLike,
        side: npt.ArrayLike,
        energy: npt.ArrayLike,
        price: npt.ArrayLike,
        *,
        order: npt.ArrayLike | None = None,
        agent: npt.ArrayLike | None = None,
        arrival: npt.ArrayLike | None = None,
    ) -> Self:
        """Messages from plain sequences; one by one, each about the order of its row and from an agent of its own, unless said otherwise."""
        rows = np.arange(len(np.asarray(side)))
        return cls(
            np.asarray(kind, np.int8),
            np.asarray(rows if order is None else order, np.int64),
            np.asarray(rows if agent is None else agent, np.int32),
            np.asarray(side, np.int8),
            np.asarray(energy, np.int64),
            np.asarray(price, np.int64),
            np.asarray(rows if arrival is None else arrival, np.int64),
        )

    @classmethod
    def limits(cls, orders: Orders) -> Self:
        """Every order of a book as a limit order."""
        rows = len(orders)
        return cls(np.zeros(rows, np.int8), np.arange(rows), orders.agent, orders.side, orders.energy, orders.price, orders.arrival)

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> Self:
        """Messages of a pandas frame with the columns of an order book file, `type` and `order` among them."""
        from p2p.orders.frames import book_of

        book = book_of(frame)
        return cls.limits(book.orders) if book.messages is None else cls(*book.messages.columns().values())

    @property
    def places(self) -> Flags:
        """[M] which messages place an order: all but cancel."""
        placing: Flags = self.kind != CANCEL
        return placing

    def orders(self) -> Orders:
        """The messages that place an order, as orders: what each may trade at most, and its limit.

        A replace is an order of its own, for what it adds to the one before. A market order's limit is the end of the range of prices.
        """
        rows = np.flatnonzero(self.places)
        energy = self.energy.copy()
        for row in np.flatnonzero((self.kind == REPLACE) & (self.energy == 0)):  # few: at most what the one before had
            earlier = (self.order == self.order[row]) & (self.arrival < self.arrival[row]) & self.places & (energy > 0)
            energy[row] = energy[earlier][np.argmax(self.arrival[earlier])]
        return Orders.of(self.side[rows], energy[rows], self.price[rows], agent=self.agent[rows], arrival=self.arrival[rows])

    def check(self) -> None:
        """Refuse messages that mean nothing.

        Raises
        ------
        BookInvalid
            A kind that is none; a new order with the number of another; a cancel or replace of no earlier order, or of
            another agent or side; every fault with its rows. Energies and prices are checked as orders.
        """
        rows = len(self)
        new, about = (self.kind >= LIMIT) & (self.kind < CANCEL), (self.kind == CANCEL) | (self.kind == REPLACE)
        known = (self.order >= 0) & (self.order < rows)
        maker = np.full(rows, -1)
        maker[self.order[new & known]] = np.flatnonzero(new & known)
        mine = maker[np.where(known, self.order, 0)] if rows else maker
        found = about & known & (mine >= 0) & (self.arrival[mine] < self.arrival)
        faults = [
            *_rows_where(~new & ~about, "kind", "is none", f"0 to {REPLACE}"),
            *_rows_where(~known, "order", "is out of range", "0 to the number of messages less 1"),
            *_rows_where(new & known & (mine != np.arange(rows)), "order", "is another new order's", "a number of its own"),
            *_rows_where(about & known & ~found, "order", "is no earlier order", "the number of a limit order that came before"),
            *_rows_where(
                found & ((self.agent != self.agent[mine]) | (self.side != self.side[mine])), "order", "is another's", "own orders"
            ),
            *_rows_where((self.energy < 0) | ((self.energy == 0) & new), "energy", "is not positive", "1 Wh or more; 0 to keep or cancel"),
        ]
        if faults:
            raise BookInvalid(faults)


def any_price(side: int) -> int:
    """The limit of a market order, which takes any price. [µEUR/kWh]"""
    return side * MAX_PRICE


def _rows_where(bad: Flags, column: str, what: str, allowed: str) -> list[Fault]:
    rows = np.flatnonzero(bad)
    if len(rows) == 0:
        return []
    shown = ", ".join(str(row) for row in rows[:5]) + (", ..." if len(rows) > 5 else "")
    return [Fault(f"Messages.{column}", f"{what} in {len(rows)} message{'s' if len(rows) > 1 else ''} (rows {shown})", allowed)]
