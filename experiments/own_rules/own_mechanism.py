"""A clearing rule of one's own: pairs down the book, each at a price between its two limits."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from p2p import Clearing, Limits, Orders, Trades
from p2p.markets.crossing import crossing
from p2p.orders import NO_LIMITS


@dataclass(frozen=True)
class PairPrice:
    """The dearest bid trades with the cheapest offer, and so on down the book; each pair k of the way from offer to bid.

    k : 0 (the buyer keeps the whole gain) to 1 (the seller does: `pay_as_bid`).

    References
    ----------
    J. F. Nicolaisen, V. Petrov and L. Tesfatsion, "Market power and efficiency in a computational electricity market
    with discriminatory double-auction pricing", IEEE Trans. Evol. Comput. 5 (5), 2001, section II (k = 0.5).
    """

    k: float = 0.5
    claims: ClassVar[frozenset[str]] = frozenset({"budget_balanced", "efficient"})

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS) -> Clearing:
        """The clearing of a book."""
        accepted, _ = crossing(orders)
        payment = np.zeros(len(orders), np.int64)
        pairs = Trades.in_merit_order(orders, Clearing(accepted, payment, None))
        bid, offer = orders.price[pairs.bid], orders.price[pairs.offer]
        price = offer + np.rint(self.k * (bid - offer)).astype(np.int64)
        np.add.at(payment, pairs.bid, pairs.energy * price)
        np.add.at(payment, pairs.offer, -pairs.energy * price)
        return Clearing(accepted, payment, None)
