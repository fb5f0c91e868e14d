"""McAfee's double auction: one price where the orders next in line give one, else a trade less."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from p2p.markets.crossing import TIES, chance_of
from p2p.markets.parameters import one_of
from p2p.markets.truthful.margin import at_two_prices, margin, rationed, without
from p2p.orders import ALONE, NO_LIMITS, Clearing, Limits, Orders, Surroundings


@dataclass(frozen=True)
class McAfee:
    """All but the least valuable trade, or all of them, at prices that nobody who trades has a hand in.

    The efficient trades are found first. The price is tried half-way between the limits of the best bid and the best
    offer left over: if it lies between the worst accepted offer and the worst accepted bid, all trade at it. Else, or
    where no order is left over on one side, those two worst drop out; the other bids pay the dropped bid's limit, the
    other offers get the dropped offer's, and the operator keeps the difference.

    Multi-unit form: the orders are of any size, and the unit that is kept or dropped is an order. Where the curves meet
    within an order, so that one would be served in part, that one alone drops out, and its limit is the price for both
    sides: no other price would leave each order without influence on what it pays. Where the orders kept on both
    sides are not of the same size in sum, the longer side is rationed without a look at its limits.

    rationing : who of the longer side is served: by arrival (an order's size does not matter to what it gets, so
        nothing is won by asking for more than one wants), pro_rata, or by lottery.

    References
    ----------
    R. P. McAfee, "A dominant strategy double auction", J. Econ. Theory 56 (2), 1992, section 2 (unit orders).
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
        bid, offer = found.whole
        dropped = max(found.part)
        if dropped >= 0:
            price = int(orders.price[dropped])
            kept = rationed(orders, without(found.accepted, dropped), self.rationing, around.seed)
            return at_two_prices(orders, kept, price, price)
        if bid < 0 or offer < 0:
            return Clearing.nothing(orders)
        if min(found.left) >= 0:
            price = int(orders.price[list(found.left)].sum()) // 2
            if orders.price[offer] <= price <= orders.price[bid]:
                return at_two_prices(orders, found.accepted, price, price)
        kept = rationed(orders, without(found.accepted, bid, offer), self.rationing, around.seed)
        return at_two_prices(orders, kept, int(orders.price[bid]), int(orders.price[offer]))
