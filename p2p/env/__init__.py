"""Outside learners in the place of homes: a Gymnasium environment for one, a PettingZoo environment for several.

Needs the extra `learn` (gymnasium and pettingzoo); nothing else of the package does.
"""

from p2p.env.parallel import ParallelTrading, parallel_env
from p2p.env.play import EPISODES, OBSERVED, TRUTHFUL
from p2p.env.single import TradingEnv

__all__ = ["EPISODES", "OBSERVED", "TRUTHFUL", "ParallelTrading", "TradingEnv", "parallel_env"]
