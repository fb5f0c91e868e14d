"""The DSO: what it does when the grid does not hold. A regime is one file and one line here."""

from p2p.operators.dso.curtail import Curtail
from p2p.operators.dso.measure_only import MeasureOnly
from p2p.operators.dso.positions import Bounds, GiveUps, Outcome, Regime, Usage

DSO_REGIMES: dict[str, type[Regime]] = {
    "none": MeasureOnly,
    "curtail": Curtail,
}

__all__ = ["DSO_REGIMES", "Bounds", "Curtail", "GiveUps", "MeasureOnly", "Outcome", "Regime", "Usage"]
