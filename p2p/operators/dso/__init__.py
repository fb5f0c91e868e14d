"""The DSO: what it does when the grid does not hold. A regime is one file and one line here."""

from p2p.operators.dso.curtail import Curtail
from p2p.operators.dso.direct_control import DirectControl
from p2p.operators.dso.envelope import Envelope
from p2p.operators.dso.locational import Locational
from p2p.operators.dso.measure_only import MeasureOnly
from p2p.operators.dso.notice import Ahead, Notice, Publisher, publishes
from p2p.operators.dso.place import Certificate, Cleared, Market, Place
from p2p.operators.dso.positions import (
    Bounds,
    Connections,
    Contracts,
    Encloses,
    Envelopes,
    Expected,
    GiveUps,
    Outcome,
    Regime,
    Steered,
    Usage,
)
from p2p.operators.dso.tariff import NetworkTariff

DSO_REGIMES: dict[str, type[Regime]] = {
    "none": MeasureOnly,
    "curtail": Curtail,
    "tariff": NetworkTariff,
    "locational": Locational,
    "envelope": Envelope,
    "direct_control": DirectControl,
}

__all__ = [
    "DSO_REGIMES",
    "Ahead",
    "Bounds",
    "Certificate",
    "Cleared",
    "Connections",
    "Contracts",
    "Curtail",
    "DirectControl",
    "Encloses",
    "Envelope",
    "Envelopes",
    "Expected",
    "GiveUps",
    "Locational",
    "Market",
    "MeasureOnly",
    "NetworkTariff",
    "Notice",
    "Outcome",
    "Place",
    "Publisher",
    "Regime",
    "Steered",
    "Usage",
    "publishes",
]
