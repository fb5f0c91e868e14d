"""Clearing within network limits: the largest welfare that the grid carries, and the price at each bus."""

from p2p.markets.network.within import at_nodal_prices, within

__all__ = ["at_nodal_prices", "within"]
