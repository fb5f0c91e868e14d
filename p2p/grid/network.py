"""The grid as one frozen thing: its columns, its source of voltage, and what is worked out once from them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from p2p.base.columns import Ints, Signs
from p2p.grid.columns import Branches, Buses
from p2p.grid.matrix import FlowMatrix, flow_matrix
from p2p.grid.phases import SequenceMatrix, ZeroSequence, sequence_matrix
from p2p.grid.taps import TapChangers
from p2p.grid.topology import is_radial

if TYPE_CHECKING:
    import networkx as nx

    from p2p.grid.flow import Flow


@dataclass(frozen=True, eq=False)
class Grid:
    """A grid that hangs on one source of voltage, the slack bus.

    slack: row of the bus where the grid is fed from upstream
    slack_voltage: voltage there [p.u.]
    base_kva: power of 1 p.u., three-phase [kVA]
    zero: zero sequence of the branches, as far as the source gives it
    phase: [N] int8, where phases count: 1, 2 or 3 for the phase on which each connection hangs, 0 for all three
    taps: transformers that have steps, whether anybody moves them or not
    """

    name: str
    buses: Buses
    branches: Branches
    slack: int = 0
    slack_voltage: float = 1.0
    base_kva: float = 1000.0
    zero: ZeroSequence | None = None
    phase: Signs | None = None
    taps: TapChangers = field(default_factory=TapChangers.none)

    @classmethod
    def from_networkx(cls, graph: nx.Graph[Any], name: str = "graph") -> Grid:
        """The grid that a graph states: nodes are buses, edges are closed branches.

        Parameters
        ----------
        graph : directed or not, with parallel edges or not. Nodes state `kv`, and may state `p_kw` and `q_kvar` (drawn,
            three-phase totals), `x` and `y`, `phases`; one states `slack=True`, and may state its `voltage_pu`; without
            one the first node is the slack. Edges state `r_ohm` and `x_ohm`, and may state `name`, `kind`, `b_us`,
            `rating_kva` or `max_i_ka`, `km`, `closed`, and where they are directed `tap` and `shift_deg`. What
            is between two voltages is a transformer: its ohm are those seen from the lower one.

        Raises
        ------
        FileInvalid
            An attribute is missing everywhere or unknown.
        GridInvalid
            Values are wrong, or the grid has no power flow: every fault.

        Examples
        --------
        >>> import networkx as nx
        >>> from p2p import Grid, power_flow
        >>> graph = nx.Graph()
        >>> graph.add_node("station", kv=0.4, slack=True)
        >>> graph.add_node("farm", kv=0.4, p_kw=30.0, q_kvar=6.0)
        >>> graph.add_edge("station", "farm", r_ohm=0.08, x_ohm=0.02, rating_kva=100.0)
        >>> flow = power_flow(Grid.from_networkx(graph))
        >>> print(f"{flow.voltage[1]:.4f} p.u., {flow.losses_kw:.2f} kW lost")
        0.9840 p.u., 0.48 kW lost
        """
        from p2p.grid.graphs import from_graph

        return from_graph(graph, name)

    def to_networkx(self, flow: Flow | None = None) -> nx.MultiDiGraph[str]:
        """A graph with the attributes of `from_networkx`, and with those of a power flow.

        The shunts of buses, and what the ends of a transformer have of unequal shunts and rated voltages, are not in it.

        Parameters
        ----------
        flow : one interval's; gives nodes `flow_voltage_pu`, and edges `flow_loading_percent`, `flow_p_kw` and `flow_q_kvar`.
        """
        from p2p.grid.graphs import to_graph

        return to_graph(self, flow)

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

    @cached_property
    def sequences(self) -> SequenceMatrix:
        """The factorised admittances of all three sequences, worked out at the first unbalanced power flow."""
        return sequence_matrix(self)
