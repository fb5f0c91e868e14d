"""What a market says of a book when it has cleared, and what each home sees of its own when the interval is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from p2p.base.columns import Columns, Ints, Signs
from p2p.orders.clearing import Clearing
from p2p.orders.orders import Orders


@dataclass(frozen=True, slots=True)
class Published(Columns):
    """What a market publishes of a cleared book: every order and its answer, without a name; O rows.

    side:     [O] int8, +1 bid, -1 offer
    energy:   [O] int64 [Wh]
    price:    [O] int64, the limit [µEUR/kWh]
    accepted: [O] int64, 0 to the order's energy [Wh]
    payment:  [O] int64, what the order owes [nEUR]
    """

    side: Signs
    energy: Ints
    price: Ints
    accepted: Ints
    payment: Ints

    @classmethod
    def of(cls, orders: Orders, clearing: Clearing) -> Self:
        """What is published of a book and its clearing, as the market cleared it; who ordered is left out."""
        return cls(orders.side, orders.energy, orders.price, clearing.energy, clearing.payment)

    @property
    def mean_price(self) -> float | None:
        """What a kWh cost its buyers on average, None where nothing was traded. [µEUR/kWh]"""
        bids = self.side > 0
        traded = int(self.accepted[bids].sum())
        return int(self.payment[bids].sum()) / traded if traded else None

    def best(self, side: int) -> int | None:
        """The limit of the best order of a side, +1 bids or -1 offers; None where there is none. [µEUR/kWh]"""
        signed = side * self.price[self.side == side]
        return side * int(signed.max()) if len(signed) else None


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What is known of an interval when it is over, besides what stands of one's orders.

    published: what the market published, the same for everybody
    accepted:  [O] int64, what was accepted of one's orders at gate closure, before the DSO withdrew anything [Wh]
    held_back: [n] int64, what the DSO kept each home from feeding in [Wh]
    relief:    [n] int64, what each home was paid for that [nEUR]
    """

    published: Published
    accepted: Ints
    held_back: Ints
    relief: Ints

    def take(self, orders: Ints, homes: Ints) -> Self:
        """What some homes see of it: their orders' and their own rows, and all that is public."""
        return type(self)(self.published, self.accepted[orders], self.held_back[homes], self.relief[homes])

    @classmethod
    def without_limits(cls, orders: Orders, clearing: Clearing, homes: int) -> Self:
        """Of an interval in which the grid held and nothing was taken back."""
        return cls(Published.of(orders, clearing), clearing.energy, *np.zeros((2, homes), np.int64))
