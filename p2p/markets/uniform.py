"""Uniform price: the k-double auction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from p2p.markets.crossing import between, crossing
from p2p.orders import NO_LIMITS, Clearing, Limits, Orders


@dataclass(frozen=True)
class Uniform:
    """One price for all: the k-double auction.

    The price is k of the way up the range in which no accepted order loses and no order left over would have gained.
    Ties are served in the order of arrival, the last order in part.

    k : 0 (the buyers' best price) to 1 (the sellers').

    References
    ----------
    M. A. Satterthwaite and S. R. Williams, "Bilateral trade with the sealed bid k-double auction: existence and
    efficiency", J. Econ. Theory 48 (1), 1989.
    """

    k: float = 0.5
    claims: ClassVar[frozenset[str]] = frozenset({"one_price", "budget_balanced", "efficient", "none_regrets"})

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS) -> Clearing:
        """The clearing of a book."""
        accepted, ends = crossing(orders)
        return Clearing.at_one_price(orders, accepted, None if ends is None else between(ends, self.k))
