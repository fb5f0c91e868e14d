"""What prosumers expect of their own load and generation: one interface for the interval ahead and for the day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from p2p.base.columns import Floats, Ints
from p2p.base.streams import Streams
from p2p.behaviour.forecasts.errors import Errors, bias, mean_absolute, root_mean_square
from p2p.behaviour.forecasts.lately import Lately, Simple, persistence
from p2p.behaviour.forecasts.learned import Learned
from p2p.behaviour.forecasts.noisy import Noisy
from p2p.behaviour.forecasts.perfect import Perfect, perfect


@dataclass(frozen=True, slots=True)
class Asked:
    """What forecasts are asked for: T intervals ahead of n prosumers, the next one first.

    first:  number of the first of them, from 0 at the run's beginning
    hours:  length of an interval [h]
    coming: [T, n] load less generation that will come, for those forecasts that are made from it [kW]
    agent:  [n] who
    homes:  N, how many prosumers there are in all
    streams: chance; drawn for all N at (name, interval)
    """

    first: int
    hours: float
    coming: Floats
    agent: Ints
    homes: int
    streams: Streams

    def __len__(self) -> int:
        return len(self.coming)


class Forecast(Protocol):
    """A forecast: what n prosumers expect, each from what its own meter has shown.

    Memory is columns whose last axis is the n prosumers; `learn` may use up the memory that it is given. Rows never read other rows.
    """

    def start(self, n: int, day: int) -> Any:
        """The memory of n prosumers whose meters have shown nothing yet; `day` is how many intervals a day has."""

    def learn(self, memory: Any, net: Floats) -> Any:
        """The memory after an interval in which their meters showed `net`, load less generation without flexible devices. [n] [kW]"""

    def __call__(self, memory: Any, asked: Asked) -> Floats:
        """[T, n] what they expect of the intervals ahead. [kW]"""


FORECASTS: dict[str, type[Forecast]] = {
    "persistence": Simple,
    "perfect": Perfect,
    "noisy": Noisy,
    "learned": Learned,
}

__all__ = [
    "FORECASTS", "Asked", "Errors", "Forecast", "Lately", "Learned", "Noisy", "Perfect", "Simple", "bias", "mean_absolute", "perfect",
    "persistence", "root_mean_square",
]  # fmt: skip
