"""What will come, to the watt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from p2p.base.columns import Floats

if TYPE_CHECKING:
    from p2p.behaviour.forecasts import Asked


def perfect(last: Floats, coming: Floats) -> Floats:
    """What will come, to the watt: the bound that no forecaster passes. [n] [kW]"""
    return coming


@dataclass(frozen=True)
class Perfect:
    """What will come, to the watt: the bound that no forecaster passes."""

    def start(self, n: int, day: int) -> None:
        """It needs no memory."""

    def learn(self, memory: None, net: Floats) -> None:
        """It has nothing to learn."""

    def __call__(self, memory: None, asked: Asked) -> Floats:
        """[T, n] what will come. [kW]"""
        return asked.coming
