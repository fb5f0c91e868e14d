"""What a clearing rule may look at besides the book, as plain data; a rule names what it looks at in `sees`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Flags, Floats, Indices, Ints
from p2p.base.errors import Fault, InputError
from p2p.base.units import MAX_PRICE
from p2p.orders.messages import Messages
from p2p.orders.orders import Orders

#: what a rule can name in `sees`
SEEN = ("chance", "outside", "preferences", "messages")


@dataclass(frozen=True, slots=True)
class Outside:
    """What a kWh costs and brings without the local market, fees on a local one allowed for. [µEUR/kWh]

    buy:  most that a local kWh is worth to a buyer: the retailer's price less the fees that a local kWh carries
    sell: least that it must bring a seller: the feed-in price
    """

    buy: int
    sell: int


@dataclass(frozen=True, slots=True)
class Preferences:
    """How much less each buyer pays for a kWh that is not to its taste; O rows, those of the book, used for bids alone.

    A bid's limit is what it pays for the kWh that it likes best; a kWh from offer j is worth its limit less
    per_km x distance, less per_tag[tag of j], and less `stranger` where the seller is not among its partners.

    per_km:   [O] int64 [µEUR/kWh a km]
    per_tag:  [O, K] int64, by tag of the offer, column 0 for offers without one [µEUR/kWh]
    stranger: [O] int64 [µEUR/kWh]
    partners: [P, 2] int64, agents: who prefers whom, each one's best first
    km:       [B, B] distances between buses; may be empty where no per_km counts [km]

    References
    ----------
    E. Sorin, L. Bobo and P. Pinson, "Consensus-based approach to peer-to-peer electricity markets with product
    differentiation", IEEE Trans. Power Systems 34 (2), 2019, section II (preferences as a linear cost of each pair's
    trade, by criteria).
    """

    per_km: Ints
    per_tag: Ints
    stranger: Ints
    partners: Ints
    km: Floats

    def __len__(self) -> int:
        return len(self.per_km)

    def take(self, rows: Ints | Indices) -> Preferences:
        """The tastes of some rows; partners and distances are everybody's."""
        return Preferences(self.per_km[rows], self.per_tag[rows], self.stranger[rows], self.partners, self.km)

    def discount(self, orders: Orders, bid: Ints, offer: Ints) -> Ints:
        """How much less than its limit the buyer pays for a kWh of the seller; `bid` and `offer` broadcast. [µEUR/kWh]

        Parameters
        ----------
        bid, offer : rows of the book.
        """
        less: Ints = self.per_tag[bid, orders.tag[offer]]
        if self.per_km[bid].any():
            far = self.per_km[bid] * self.km[orders.bus[bid], orders.bus[offer]]
            less = less + np.rint(far).astype(np.int64)
        if self.stranger[bid].any():
            less = less + np.where(self._know(orders.agent[bid], orders.agent[offer]), 0, self.stranger[bid])
        return less

    def worth(self, orders: Orders, bid: Ints, offer: Ints) -> Ints:
        """What a kWh of the seller is worth to the buyer; `bid` and `offer` broadcast. [µEUR/kWh]"""
        return orders.price[bid] - self.discount(orders, bid, offer)

    def _know(self, buyer: Indices, seller: Indices) -> Flags:
        """Whether the seller is the buyer itself or among its partners."""
        pairs = (self.partners[:, 0] << 32) | self.partners[:, 1]
        asked = (buyer.astype(np.int64) << 32) | seller
        known: Flags = np.isin(asked, pairs) | (buyer == seller)
        return known

    def check(self, orders: Orders) -> None:
        """Refuse preferences that are not those of a book, or by which a buyer would pay more than its limit.

        Raises
        ------
        InputError
            Every fault.
        """
        faults = []
        rows, buses, tags = len(orders), int(orders.bus.max(initial=-1)) + 1, int(orders.tag.max(initial=0)) + 1
        for name, column in (("per_km", self.per_km), ("per_tag", self.per_tag), ("stranger", self.stranger)):
            if len(column) != rows:
                faults.append(Fault(f"preferences.{name}", f"has {len(column)} rows", f"those of the book, {rows}"))
            if column.size and not (column.min() >= 0 and column.max() <= MAX_PRICE):
                faults.append(
                    Fault(f"preferences.{name}", "is out of range", f"0 to {MAX_PRICE} µEUR/kWh; a limit is for what is liked best")
                )
        if self.per_tag.ndim != 2 or self.per_tag.shape[1] < tags:
            faults.append(Fault("preferences.per_tag", f"is of shape {self.per_tag.shape}", f"a column for each of {tags} tags"))
        if self.partners.ndim != 2 or self.partners.shape[1] != 2:
            faults.append(Fault("preferences.partners", f"is of shape {self.partners.shape}", "pairs of agents, [P, 2]"))
        short = min(self.km.shape, default=0) < buses and bool(self.per_km.any())
        if self.km.ndim != 2 or short or not np.all((self.km >= 0) & (self.km <= MOST_KM)):
            what = f"is of shape {self.km.shape}, or has distances out of range"
            faults.append(Fault("preferences.km", what, f"0 to {MOST_KM:g} km between each of {buses} buses"))
        if faults:
            raise InputError(faults)


MOST_KM = 50_000.0
"""No two places of the earth are further apart. [km]"""


def no_partners() -> Ints:
    """[0, 2] nobody prefers anybody."""
    return np.zeros((0, 2), np.int64)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What surrounds a book.

    seed:        of the chance in this clearing: the same seed gives the same draws
    outside:     what a kWh costs and brings elsewhere; None where the book is all that is known
    preferences: of the buyers; None where a kWh is a kWh
    area:        [O] int64, the local market of each order, where there are several; rules are asked for each by itself and don't see it
    messages:    that were sent, the book's orders (`Messages.orders`) among them; None where all are limit orders
    """

    seed: int = 0
    outside: Outside | None = None
    preferences: Preferences | None = None
    messages: Messages | None = None
    area: Ints | None = None


ALONE = Surroundings()
