"""Hosting capacity: how much a grid carries without a market, how much with one, and what copper for the same would cost."""

from p2p.studies.hosting.passive import Capacity, passive
from p2p.studies.hosting.technologies import TECHNOLOGIES

__all__ = ["TECHNOLOGIES", "Capacity", "passive"]
