"""Double auctions in which nobody gains by a limit other than the own."""

from p2p.markets.truthful.huang import Huang
from p2p.markets.truthful.mcafee import McAfee
from p2p.markets.truthful.muda import Muda
from p2p.markets.truthful.sbba import Sbba
from p2p.markets.truthful.trade_reduction import TradeReduction
from p2p.markets.truthful.vcg import Vcg

__all__ = ["Huang", "McAfee", "Muda", "Sbba", "TradeReduction", "Vcg"]
