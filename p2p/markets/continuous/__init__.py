"""The continuous double auction: a book with price-time priority, and the rule that runs an interval's orders through it."""

from p2p.markets.continuous.rule import Continuous

__all__ = ["Continuous"]
