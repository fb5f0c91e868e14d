"""Rulebooks: tariffs, fees and compensation as data."""

from p2p.regulation.rulebook import Rulebook
from p2p.regulation.tariff import Tariff

REGIMES: dict[str, type[Rulebook]] = {
    "default": Rulebook,
}

__all__ = ["REGIMES", "Rulebook", "Tariff"]
