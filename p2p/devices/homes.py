"""Those who may own a device, when a population is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from p2p.base.columns import Floats, Indices
from p2p.base.streams import Streams

CLASSES = ("residential", "commercial", "industrial")
"""Kinds of prosumer, by number."""


@dataclass(frozen=True, slots=True)
class Homes:
    """All N prosumers of a population that is being drawn.

    kind:  [N] int32, a number in `CLASSES`
    size:  [N] share of a whole home: homes that share a connection share its size, and their devices are as much smaller
    load:  [N] rated load [kW]
    streams: chance; draw for all N and take the owners' rows
    """

    kind: Indices
    size: Floats
    load: Floats
    streams: Streams

    def __len__(self) -> int:
        return len(self.kind)

    def draw(self, name: str) -> Floats:
        """[N] one uniform draw each, in [0, 1), by the name of what is drawn."""
        return self.streams.at(name).random(len(self))

    def between(self, ends: tuple[float, float], name: str) -> Floats:
        """[N] evenly drawn between two ends."""
        return ends[0] + (ends[1] - ends[0]) * self.draw(name)
