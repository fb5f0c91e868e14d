"""Supply-demand ratio: one price that falls from the outside buying to the outside selling price as more is on offer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from p2p.markets.community.rates import outside_of, served_at
from p2p.markets.crossing import between
from p2p.orders import ALONE, NO_LIMITS, Clearing, Limits, Orders, Surroundings


@dataclass(frozen=True)
class SupplyDemandRatio:
    """One price for all, by the ratio R of what is on offer to what is wanted.

    With the outside prices `buy` and `sell` the price is sell x buy / ((buy - sell) x R + sell) up to R = 1, from there
    on `sell`: its inverse goes evenly from 1 / buy to 1 / sell. The short side is served whole, the long side in
    proportion; what the long side settles with the retailer makes its total the paper's blended price. Without prices
    outside, the highest bid's and the lowest offer's limits stand in for them.

    R is of the orders that take part, those whose limits allow the price. As the price rises, no more is wanted and no less
    is on offer, so the ratio's own price falls: they meet once. Where they pass each other at the limit of some order,
    whose coming or going tips the ratio, it is that of the two neighbouring whole prices at which more trades, the lower
    one of equals.

    Where `sell` is zero or less, the price is `sell` as soon as anything is on offer (the formula's limit as `sell` goes to
    zero); where `buy` is below `sell`, there is nothing to share, and it is half-way.

    References
    ----------
    N. Liu, X. Yu, C. Wang, C. Li, L. Ma and J. Lei, "Energy-sharing model with price-based demand response for
    microgrids of peer-to-peer prosumers", IEEE Trans. Power Systems 32 (5), 2017 (the internal prices; there without
    limits of members' own).
    """

    claims: ClassVar[frozenset[str]] = frozenset({"one_price", "budget_balanced"})
    sees: ClassVar[frozenset[str]] = frozenset({"outside"})

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS, around: Surroundings = ALONE) -> Clearing:
        """The clearing of a book."""
        if len(orders) == 0:
            return Clearing.nothing(orders)
        outside, facts = outside_of(orders, around.outside)
        if outside.buy <= outside.sell:
            price = between((outside.sell, outside.buy), 0.5)
        else:
            from p2p.markets.community.kernels import ratio_price

            price = int(ratio_price(orders.side, orders.energy, orders.price, outside.buy, outside.sell))
        accepted = served_at(orders, price)
        return Clearing(accepted, orders.side * accepted * price, price, facts=facts)
