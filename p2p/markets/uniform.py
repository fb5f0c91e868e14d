"""Uniform price: the k-double auction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from p2p.markets.crossing import TIES, between, chance_of, crossing
from p2p.markets.network import at_nodal_prices
from p2p.markets.parameters import in_range, one_of
from p2p.orders import ALONE, NO_LIMITS, Clearing, Limits, Orders, Surroundings


@dataclass(frozen=True)
class Uniform:
    """One price for all: the k-double auction.

    The price is k of the way up the range in which no accepted order loses and no order left over would have gained. Within
    network limits it is one price at each bus, of which the price of energy is found in that way.

    k : 0 (the buyers' best price) to 1 (the sellers').
    ties : orders of one price at the margin: by arrival, pro_rata, or by lottery.

    References
    ----------
    M. A. Satterthwaite and S. R. Williams, "Bilateral trade with the sealed bid k-double auction: existence and
    efficiency", J. Econ. Theory 48 (1), 1989.
    """

    k: float = 0.5
    ties: str = "arrival"
    claims: ClassVar[frozenset[str]] = frozenset({"one_price", "budget_balanced", "efficient", "none_regrets", "within_network"})

    def __post_init__(self) -> None:
        in_range("k", self.k, 0, 1)
        one_of("ties", self.ties, TIES)

    @property
    def sees(self) -> frozenset[str]:
        """Chance, where lots are drawn."""
        return chance_of(self.ties)

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS, around: Surroundings = ALONE) -> Clearing:
        """The clearing of a book; within limits orders of one price are served by arrival."""
        if limits.bind:
            return at_nodal_prices(orders, limits, self.k)
        accepted, ends = crossing(orders, self.ties, around.seed)
        return Clearing.at_one_price(orders, accepted, None if ends is None else between(ends, self.k))
