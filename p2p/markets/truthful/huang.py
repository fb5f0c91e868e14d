"""The multi-unit double auction of Huang, Scheller-Wolf and Sycara: the longer side shares its burden equally."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from p2p.markets.truthful.margin import at_two_prices, margin, without
from p2p.orders import NO_LIMITS, Clearing, Limits, Orders


@dataclass(frozen=True)
class Huang:
    """The last orders of both sides set the prices and do not trade; who is too many gives up the same energy each.

    The orders that hold the last efficient Wh drop out; the other accepted bids pay the dropped bid's limit, the other
    offers get the dropped offer's, and the operator keeps the difference. Where the kept orders of one side want more
    than the other side has, each gives up the same energy c, one that wants less than c gives up all: the order gets
    max(q - c, 0). In whole Wh; what does not divide goes to those who came first.

    References
    ----------
    P. Huang, A. Scheller-Wolf and K. Sycara, "Design of a multi-unit double auction e-market", Computational
    Intelligence 18 (4), 2002, section 4.
    """

    claims: ClassVar[frozenset[str]] = frozenset({"truthful_buyers", "truthful_sellers", "all_but_one_trade"})

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS) -> Clearing:
        """The clearing of a book."""
        from p2p.markets.truthful.kernels import share_burden

        found = margin(orders)
        bid, offer = found.last
        if bid < 0 or offer < 0:
            return Clearing.nothing(orders)
        kept = without(found.accepted, bid, offer)
        share_burden(orders.side, orders.arrival, kept)
        return at_two_prices(orders, kept, int(orders.price[bid]), int(orders.price[offer]))
