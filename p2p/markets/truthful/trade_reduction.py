"""Trade reduction: the last trade is given up, and its limits are the prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from p2p.markets.crossing import TIES, chance_of
from p2p.markets.parameters import one_of
from p2p.markets.truthful.margin import at_two_prices, margin, rationed, without
from p2p.orders import ALONE, NO_LIMITS, Clearing, Limits, Orders, Surroundings


@dataclass(frozen=True)
class TradeReduction:
    """The orders that hold the last efficient Wh of each side drop out, and set the prices of all others.

    The other accepted bids pay the dropped bid's limit, the other offers get the dropped offer's, and the operator
    keeps the difference.

    Multi-unit form: the orders are of any size; an order drops out whole, also where it would have been served in part.
    Where those kept on both sides are not of the same size in sum, the longer side is rationed without a look at its
    limits.

    rationing : who of the longer side is served: by arrival, pro_rata, or by lottery.

    References
    ----------
    R. P. McAfee, "A dominant strategy double auction", J. Econ. Theory 56 (2), 1992 (unit orders; the branch in which
    the last trade is not made, taken always). M. Babaioff and N. Nisan, "Concurrent auctions across the supply chain",
    J. Artificial Intelligence Research 21, 2004 (the name).
    """

    rationing: str = "arrival"
    claims: ClassVar[frozenset[str]] = frozenset({"truthful_buyers", "truthful_sellers", "all_but_one_trade"})

    def __post_init__(self) -> None:
        one_of("rationing", self.rationing, TIES)

    @property
    def sees(self) -> frozenset[str]:
        """Chance, where lots are drawn."""
        return chance_of(self.rationing)

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS, around: Surroundings = ALONE) -> Clearing:
        """The clearing of a book."""
        found = margin(orders)
        bid, offer = found.last
        if bid < 0 or offer < 0:
            return Clearing.nothing(orders)
        kept = rationed(orders, without(found.accepted, bid, offer), self.rationing, around.seed)
        return at_two_prices(orders, kept, int(orders.price[bid]), int(orders.price[offer]))
