"""The learning bidders of the double-auction literature: they hear what a market publishes, and move their prices."""

from p2p.behaviour.adaptive.aa import AdaptiveAggressive
from p2p.behaviour.adaptive.gd import GjerstadDickhaut
from p2p.behaviour.adaptive.zip import ZeroIntelligencePlus

__all__ = ["AdaptiveAggressive", "GjerstadDickhaut", "ZeroIntelligencePlus"]
