"""Clearing rules and what they promise. A rule is one file and one line here."""

from p2p.markets.clear import Mechanism, answer, clear, sees, waives
from p2p.markets.community import BillSharing, MidMarketRate, Nucleolus, Shapley, SupplyDemandRatio
from p2p.markets.continuous import Continuous
from p2p.markets.day.blocks import Blocks
from p2p.markets.mid_point import MidPoint
from p2p.markets.no_market import NoMarket
from p2p.markets.pairwise import Bilateral, PreferredPartners, RandomPairs
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
    "continuous": Continuous,
    "random_pairs": RandomPairs,
    "bilateral": Bilateral,
    "preferred_partners": PreferredPartners,
    "mid_market_rate": MidMarketRate,
    "supply_demand_ratio": SupplyDemandRatio,
    "bill_sharing": BillSharing,
    "shapley": Shapley,
    "nucleolus": Nucleolus,
    "blocks": Blocks,
    "none": NoMarket,
}

__all__ = ["MECHANISMS", "Blocks", "Mechanism", "MidPoint", "NoMarket", "PayAsBid", "Uniform", "answer", "clear", "sees", "waives"]
