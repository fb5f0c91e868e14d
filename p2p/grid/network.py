"""The grid as one frozen thing: its columns, its source of voltage, and what is worked out once from them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from p2p.base.columns import Ints
from p2p.grid.columns import Branches, Buses
from p2p.grid.matrix import FlowMatrix, flow_matrix
from p2p.grid.taps import TapChangers
from p2p.grid.topology import is_radial


@dataclass(frozen=True, eq=False)
class Grid:
    """A grid that hangs on one source of voltage, the slack bus.

    slack: row of the bus where the grid is fed from upstream
    slack_voltage: voltage there [p.u.]
    base_kva: power of 1 p.u., three-phase [kVA]
    taps: transformers that have steps, whether anybody moves them or not
    """

    name: str
    buses: Buses
    branches: Branches
    slack: int = 0
    slack_voltage: float = 1.0
    base_kva: float = 1000.0
    taps: TapChangers = field(default_factory=TapChangers.none)

    def with_ratings_scaled(self, scale: float) -> Grid:
        """The same grid whose branches may carry `scale` times as much: below 1 a virtual limit."""
        return replace(self, branches=self.branches.replace(rating_kva=self.branches.rating_kva * scale))

    def at_positions(self, position: Ints) -> Grid:
        """The same grid with its tap changers at other positions; [K] in the order of `taps`."""
        return replace(self, branches=self.taps.turned(self.branches, position), taps=self.taps.replace(position=position))

    @cached_property
    def radial(self) -> bool:
        """Whether every bus is reached over one path only."""
        return is_radial(len(self.buses), self.branches)

    @cached_property
    def matrix(self) -> FlowMatrix:
        """The factorised admittances, worked out at the first power flow."""
        return flow_matrix(self.buses, self.branches, self.slack, self.slack_voltage, self.base_kva)
