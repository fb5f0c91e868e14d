"""Strategies with foresight: they plan their devices over the hours ahead, and bid by that plan."""

from p2p.behaviour.plans.price_taker import PriceTakerSchedule

__all__ = ["PriceTakerSchedule"]
