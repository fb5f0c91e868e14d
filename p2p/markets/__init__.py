"""Clearing rules and what they promise. A rule is one file and one line here."""

from p2p.markets.clear import Mechanism, answer, clear, sees, waives
from p2p.markets.mid_point import MidPoint
from p2p.markets.no_market import NoMarket
from p2p.markets.pay_as_bid import PayAsBid
from p2p.markets.truthful import Huang, McAfee, Muda, Sbba, TradeReduction, Vcg
from p2p.markets.uniform import Uniform

MECHANISMS: dict[str, type[Mechanism]] = {
    "uniform": Uniform,
    "pay_as_bid": PayAsBid,
    "mid_point": MidPoint,
    "mcafee": McAfee,
    "trade_reduction": TradeReduction,
    "vcg": Vcg,
    "muda": Muda,
    "huang": Huang,
    "sbba": Sbba,
    "none": NoMarket,
}

__all__ = [
    "MECHANISMS",
    "Huang",
    "McAfee",
    "Mechanism",
    "MidPoint",
    "Muda",
    "NoMarket",
    "PayAsBid",
    "Sbba",
    "TradeReduction",
    "Uniform",
    "Vcg",
    "answer",
    "clear",
    "sees",
    "waives",
]
