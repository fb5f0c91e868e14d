"""How agents decide: strategies, forecasts and the home's controller. A strategy is one file and one line here."""

from collections.abc import Callable
from typing import Protocol

from p2p.base.columns import Floats
from p2p.behaviour.forecasts import perfect, persistence
from p2p.behaviour.marginal_value import MarginalValue
from p2p.behaviour.zero_intelligence import ZeroIntelligence
from p2p.orders import Known, Orders


class Strategy(Protocol):
    """A strategy: a frozen dataclass that is called with what n prosumers know and gives their orders.

    Each row decides from its own row of `known`; the orders' agents are `known.agent`.
    """

    def __call__(self, known: Known) -> Orders:
        """The orders of n prosumers."""


STRATEGIES: dict[str, type[Strategy]] = {
    "marginal_value": MarginalValue,
    "zero_intelligence": ZeroIntelligence,
}

type Forecast = Callable[[Floats, Floats], Floats]

FORECASTS: dict[str, Forecast] = {
    "persistence": persistence,
    "perfect": perfect,
}

__all__ = ["FORECASTS", "STRATEGIES", "Forecast", "MarginalValue", "Strategy", "ZeroIntelligence"]
