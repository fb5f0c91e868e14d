"""How agents decide: strategies, forecasts and the home's controller. A strategy is one file and one line here."""

from typing import Any, Protocol, runtime_checkable

from p2p.base.columns import Ints
from p2p.behaviour.adaptive import AdaptiveAggressive, GjerstadDickhaut, ZeroIntelligencePlus
from p2p.behaviour.forecasts import FORECASTS, Forecast
from p2p.behaviour.inc_dec import IncDec
from p2p.behaviour.learning import Learning
from p2p.behaviour.marginal_value import MarginalValue
from p2p.behaviour.plans import Mpc, PriceTakerSchedule
from p2p.behaviour.shade import Shade
from p2p.behaviour.withhold import Withhold
from p2p.behaviour.zero_intelligence import ZeroIntelligence
from p2p.orders import Known, Orders
from p2p.orders.published import Aftermath


class Strategy(Protocol):
    """A strategy: a frozen dataclass that is called with what n prosumers know and gives their orders.

    Each row decides from its own row of `known`; the orders' agents are `known.agent`.
    """

    def __call__(self, known: Known) -> Orders:
        """The orders of n prosumers."""


@runtime_checkable
class Learner(Protocol):
    """A strategy that remembers: its cohort keeps what it gives from one interval to the next.

    The memory is columns, the last axis is the n prosumers; each row is made of what that row knew and got, and of its own
    memory alone.
    """

    def start(self, n: int) -> Any:
        """The memory of n prosumers before the first interval."""

    def __call__(self, known: Known, memory: Any = None) -> Orders:
        """The orders of n prosumers, by what they remember; None stands for the memory at the start."""

    def learn(self, memory: Any, known: Known, orders: Orders, energy: Ints, payment: Ints, after: Aftermath | None = None) -> Any:
        """The memory after an interval.

        Parameters
        ----------
        known, orders : what they knew, and what they ordered on it.
        energy, payment : [O] what stands of it [Wh], and what they owe for that [nEUR].
        after : what the market published, what it had accepted, and what the DSO took back; None says nothing of it.
        """


STRATEGIES: dict[str, type[Strategy]] = {
    "marginal_value": MarginalValue,
    "zero_intelligence": ZeroIntelligence,
    "shade": Shade,
    "withhold": Withhold,
    "learning": Learning,
    "price_taker_schedule": PriceTakerSchedule,
    "mpc": Mpc,
    "zip": ZeroIntelligencePlus,
    "gd": GjerstadDickhaut,
    "aa": AdaptiveAggressive,
    "inc_dec": IncDec,
}

__all__ = [
    "FORECASTS",
    "STRATEGIES",
    "AdaptiveAggressive",
    "Forecast",
    "GjerstadDickhaut",
    "IncDec",
    "Learner",
    "Learning",
    "MarginalValue",
    "Mpc",
    "PriceTakerSchedule",
    "Shade",
    "Strategy",
    "Withhold",
    "ZeroIntelligence",
    "ZeroIntelligencePlus",
]
