"""One price half-way between the last bid and the last offer that are accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from p2p.markets.crossing import TIES, between, chance_of, crossing, margin_limits
from p2p.markets.parameters import one_of
from p2p.orders import ALONE, NO_LIMITS, Clearing, Limits, Orders, Surroundings


@dataclass(frozen=True)
class MidPoint:
    """One price for all, half-way between the worst accepted bid and the worst accepted offer: the average mechanism.

    It looks at accepted orders alone, so an order left over may regret the price, as `uniform` never lets it. Where
    nothing trades, it is half-way between the best bid and the best offer.

    ties : orders of one price at the margin: by arrival, pro_rata, or by lottery.

    References
    ----------
    K. Chatterjee and W. Samuelson, "Bargaining under incomplete information", Operations Research 31 (5), 1983 (the
    split of a pair's gain in halves; here the pair at the margin).
    """

    ties: str = "arrival"
    claims: ClassVar[frozenset[str]] = frozenset({"one_price", "budget_balanced", "efficient"})

    def __post_init__(self) -> None:
        one_of("ties", self.ties, TIES)

    @property
    def sees(self) -> frozenset[str]:
        """Chance, where lots are drawn."""
        return chance_of(self.ties)

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS, around: Surroundings = ALONE) -> Clearing:
        """The clearing of a book."""
        accepted, ends = crossing(orders, self.ties, around.seed)
        if ends is None:
            return Clearing.nothing(orders)
        return Clearing.at_one_price(orders, accepted, between(margin_limits(orders, accepted) or ends, 0.5))
