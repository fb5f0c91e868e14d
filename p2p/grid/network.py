"""The grid as one frozen thing: its columns, its source of voltage, and what is worked out once from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from p2p.base.columns import Signs
from p2p.grid.columns import Branches, Buses
from p2p.grid.matrix import FlowMatrix, flow_matrix
from p2p.grid.phases import SequenceMatrix, ZeroSequence, sequence_matrix
from p2p.grid.topology import is_radial


@dataclass(frozen=True, eq=False)
class Grid:
    """A grid that hangs on one source of voltage, the slack bus.

    slack: row of the bus where the grid is fed from upstream
    slack_voltage: voltage there [p.u.]
    base_kva: power of 1 p.u., three-phase [kVA]
    zero: zero sequence of the branches, as far as the source gives it
    phase: [N] int8, where phases count: 1, 2 or 3 for the phase on which each connection hangs, 0 for all three
    """

    name: str
    buses: Buses
    branches: Branches
    slack: int = 0
    slack_voltage: float = 1.0
    base_kva: float = 1000.0
    zero: ZeroSequence | None = None
    phase: Signs | None = None

    def with_ratings_scaled(self, scale: float) -> Grid:
        """The same grid whose branches may carry `scale` times as much: below 1 a virtual limit."""
        return replace(self, branches=self.branches.replace(rating_kva=self.branches.rating_kva * scale))

    @cached_property
    def radial(self) -> bool:
        """Whether every bus is reached over one path only."""
        return is_radial(len(self.buses), self.branches)

    @cached_property
    def matrix(self) -> FlowMatrix:
        """The factorised admittances, worked out at the first power flow."""
        return flow_matrix(self.buses, self.branches, self.slack, self.slack_voltage, self.base_kva)

    @cached_property
    def sequences(self) -> SequenceMatrix:
        """The factorised admittances of all three sequences, worked out at the first unbalanced power flow."""
        return sequence_matrix(self)
