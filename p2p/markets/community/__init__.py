"""Community rules: members share at a rate that follows the prices outside, or share the gain of trading together."""

from p2p.markets.community.bill_sharing import BillSharing
from p2p.markets.community.mid_market_rate import MidMarketRate
from p2p.markets.community.nucleolus import Nucleolus
from p2p.markets.community.shapley import Shapley
from p2p.markets.community.supply_demand_ratio import SupplyDemandRatio

__all__ = ["BillSharing", "MidMarketRate", "Nucleolus", "Shapley", "SupplyDemandRatio"]
