"""No local market: everyone deals with the retailer alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from p2p.orders import NO_LIMITS, Clearing, Limits, Orders


@dataclass(frozen=True)
class NoMarket:
    """Accepts nothing: the retail-only world that every local market is compared with."""

    claims: ClassVar[frozenset[str]] = frozenset({"budget_balanced"})

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS) -> Clearing:
        """A clearing in which nothing trades."""
        return Clearing.nothing(orders)
