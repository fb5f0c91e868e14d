"""Clearing rules and what they promise. A rule is one file and one line here."""

from p2p.markets.clear import Mechanism, answer, clear, sees, waives
from p2p.markets.mid_point import MidPoint
from p2p.markets.no_market import NoMarket
from p2p.markets.pairwise import Bilateral, PreferredPartners, RandomPairs
from p2p.markets.pay_as_bid import PayAsBid
from p2p.markets.uniform import Uniform

MECHANISMS: dict[str, type[Mechanism]] = {
    "uniform": Uniform,
    "pay_as_bid": PayAsBid,
    "mid_point": MidPoint,
    "none": NoMarket,
    "random_pairs": RandomPairs,
    "bilateral": Bilateral,
    "preferred_partners": PreferredPartners,
}

__all__ = [
    "MECHANISMS",
    "Bilateral",
    "Mechanism",
    "MidPoint",
    "NoMarket",
    "PayAsBid",
    "PreferredPartners",
    "RandomPairs",
    "Uniform",
    "answer",
    "clear",
    "sees",
    "waives",
]
