"""A truthful double auction that leaves its operator nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from p2p.markets.crossing import between
from p2p.markets.truthful.margin import margin, rationed, without
from p2p.orders import ALONE, NO_LIMITS, Clearing, Limits, Orders, Surroundings


@dataclass(frozen=True)
class Sbba:
    """One price, and no money left over: the strongly-budget-balanced auction.

    The price is the limit of the best offer left over, or of the worst accepted bid if that is lower. In the first case
    all efficient trades are made. In the second the bid that sets the price drops out, and the sellers who trade with
    the others are drawn by lot: each of k equal trades is made with a chance of (k - 1)/k.

    Multi-unit form: the orders are of any size. Where the curves meet within an order, so that one would be served in
    part, that one drops out and its limit is the price. Who of the longer side is served is drawn by lot; the last one
    drawn is served in part.

    References
    ----------
    E. Segal-Halevi, A. Hassidim and Y. Aumann, "SBBA: a strongly-budget-balanced double-auction mechanism", Symposium on
    Algorithmic Game Theory (SAGT), 2016, section 3 (unit orders).
    """

    claims: ClassVar[frozenset[str]] = frozenset(
        {"one_price", "budget_balanced", "truthful_buyers", "truthful_sellers", "all_but_one_trade_on_average"}
    )
    sees: ClassVar[frozenset[str]] = frozenset({"chance"})

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS, around: Surroundings = ALONE) -> Clearing:
        """The clearing of a book."""
        found = margin(orders)
        if found.ends is None:
            return Clearing.nothing(orders)
        bid, _ = found.whole
        if bid < 0 and max(found.part) < 0:
            return Clearing.at_one_price(orders, found.accepted, between(found.ends, 0.5))
        _, next_offer = found.next
        setter = max(found.part)
        if setter < 0:
            cheaper = next_offer >= 0 and orders.price[next_offer] <= orders.price[bid]
            setter = next_offer if cheaper else bid
        kept = rationed(orders, without(found.accepted, setter), "lottery", around.seed)
        return Clearing.at_one_price(orders, kept, int(orders.price[setter]))
