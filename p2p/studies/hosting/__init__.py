"""Hosting capacity: how much a grid carries by copper alone, how much under a regime, and what copper for a target would cost."""

from p2p.studies.hosting.costs import CopperPrices, annuity_factor
from p2p.studies.hosting.flexible import Gain, flexible
from p2p.studies.hosting.passive import Capacity, passive
from p2p.studies.hosting.reinforcement import Copper, Measure, reinforcement
from p2p.studies.hosting.technologies import TECHNOLOGIES

__all__ = [
    "TECHNOLOGIES",
    "Capacity",
    "Copper",
    "CopperPrices",
    "Gain",
    "Measure",
    "annuity_factor",
    "flexible",
    "passive",
    "reinforcement",
]
