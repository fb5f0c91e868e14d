"""Mid-market rate: one price half-way between what energy costs and what it brings outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from p2p.markets.community.rates import outside_of, served_at
from p2p.markets.crossing import between
from p2p.markets.parameters import in_range
from p2p.orders import ALONE, NO_LIMITS, Clearing, Limits, Orders, Surroundings


@dataclass(frozen=True)
class MidMarketRate:
    """One price for all, half-way between buying and selling outside, whatever is wanted and on offer.

    Orders whose limits allow the rate take part; the short side is served whole, the long side in proportion. In the
    paper the long side settles everything at a blend of the rate and the retailer's price; here the local part is
    cleared at the rate and the retailer's part is the retailer's, so that the sum of both is the paper's bill. Without
    prices outside, the highest bid's and the lowest offer's limits stand in for them.

    k : of the way from selling to buying outside.

    References
    ----------
    C. Long, J. Wu, C. Zhang, L. Thomas, M. Cheng and N. Jenkins, "Peer-to-peer energy trading in a community microgrid",
    IEEE Power and Energy Society General Meeting, 2017 (mid-market rate; k = 0.5).
    W. Tushar et al., "A motivational game-theoretic approach for peer-to-peer energy trading in the smart grid", Applied
    Energy 243, 2019 (the same three cases).
    """

    k: float = 0.5
    claims: ClassVar[frozenset[str]] = frozenset({"one_price", "budget_balanced"})
    sees: ClassVar[frozenset[str]] = frozenset({"outside"})

    def __post_init__(self) -> None:
        in_range("k", self.k, 0, 1)

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS, around: Surroundings = ALONE) -> Clearing:
        """The clearing of a book."""
        if len(orders) == 0:
            return Clearing.nothing(orders)
        outside, facts = outside_of(orders, around.outside)
        price = between((outside.sell, outside.buy), self.k)
        accepted = served_at(orders, price)
        return Clearing(accepted, orders.side * accepted * price, price, facts=facts)
