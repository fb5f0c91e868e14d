"""Pay as bid: pairs down the book, each at its bid's price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from p2p.markets.crossing import TIES, chance_of, crossing
from p2p.markets.parameters import one_of
from p2p.orders import ALONE, NO_LIMITS, Clearing, Limits, Orders, Surroundings


@dataclass(frozen=True)
class PayAsBid:
    """The dearest bid trades with the cheapest offer, and so on down the book; each pair at the bid's price.

    The same orders are accepted as at a uniform price; only who gains differs: buyers keep nothing.

    ties : orders of one price at the margin: by arrival, pro_rata, or by lottery.

    References
    ----------
    J. F. Nicolaisen, V. Petrov and L. Tesfatsion, "Market power and efficiency in a computational electricity market
    with discriminatory double-auction pricing", IEEE Trans. Evol. Comput. 5 (5), 2001, section II (pairing down the
    book; there each pair trades half way).
    """

    ties: str = "arrival"
    claims: ClassVar[frozenset[str]] = frozenset({"budget_balanced", "efficient"})

    def __post_init__(self) -> None:
        one_of("ties", self.ties, TIES)

    @property
    def sees(self) -> frozenset[str]:
        """Chance, where lots are drawn."""
        return chance_of(self.ties)

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS, around: Surroundings = ALONE) -> Clearing:
        """The clearing of a book."""
        accepted, _ = crossing(orders, self.ties, around.seed)
        payment = np.zeros(len(orders), np.int64)
        if accepted.any():
            from p2p.markets.kernels import pay_bids

            pay_bids(orders.side, accepted, orders.price, orders.arrival, payment)
        return Clearing(accepted, payment, None)
