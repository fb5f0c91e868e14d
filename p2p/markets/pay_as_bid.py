"""Pay as bid: pairs down the book, each at its bid's price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from p2p.markets.crossing import crossing
from p2p.orders import NO_LIMITS, Clearing, Limits, Orders


@dataclass(frozen=True)
class PayAsBid:
    """The dearest bid trades with the cheapest offer, and so on down the book; each pair at the bid's price.

    The same orders are accepted as at a uniform price; only who gains differs: buyers keep nothing.

    References
    ----------
    J. F. Nicolaisen, V. Petrov and L. Tesfatsion, "Market power and efficiency in a computational electricity market
    with discriminatory double-auction pricing", IEEE Trans. Evol. Comput. 5 (5), 2001, section II (pairing down the
    book; there each pair trades half way).
    """

    claims: ClassVar[frozenset[str]] = frozenset({"budget_balanced", "efficient"})

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS) -> Clearing:
        """The clearing of a book."""
        accepted, _ = crossing(orders)
        traded = accepted > 0
        bids, offers = np.flatnonzero(orders.bids & traded), np.flatnonzero(~orders.bids & traded)
        if len(bids) == 0:
            return Clearing.nothing(orders)
        from p2p.markets.kernels import ascending, paid_by_bids

        bids = bids[ascending(-orders.price[bids], np.zeros_like(bids))]  # who pays the same may stand in any order
        offers = offers[ascending(orders.price[offers], orders.arrival[offers])]
        bought, sold, price = accepted[bids], accepted[offers], orders.price[bids]
        payment = np.zeros(len(orders), np.int64)
        payment[bids] = bought * price
        payment[offers] = -paid_by_bids(bought, price, sold)
        return Clearing(accepted, payment, None)
