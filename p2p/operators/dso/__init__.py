"""The DSO: what it does when the grid does not hold. A regime is one file and one line here."""

from p2p.operators.dso.curtail import Curtail
from p2p.operators.dso.direct_control import DirectControl
from p2p.operators.dso.envelope import Envelope
from p2p.operators.dso.measure_only import MeasureOnly
from p2p.operators.dso.positions import (
    Bounds,
    Connections,
    Contracts,
    Envelopes,
    Expected,
    GiveUps,
    Outcome,
    Publishes,
    Regime,
    Steered,
    Usage,
)

DSO_REGIMES: dict[str, type[Regime]] = {
    "none": MeasureOnly,
    "curtail": Curtail,
    "envelope": Envelope,
    "direct_control": DirectControl,
}

__all__ = [
    "DSO_REGIMES",
    "Bounds",
    "Connections",
    "Contracts",
    "Curtail",
    "DirectControl",
    "Envelope",
    "Envelopes",
    "Expected",
    "GiveUps",
    "MeasureOnly",
    "Outcome",
    "Publishes",
    "Regime",
    "Steered",
    "Usage",
]
