"""Last resort: take back what is worth least for the relief that it brings, until the AC flow holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Floats
from p2p.markets.parameters import in_range
from p2p.operators.dso.positions import Bounds, GiveUps, Outcome, Usage, holds

if TYPE_CHECKING:
    from p2p.grid import Flow, Grid


@dataclass(frozen=True)
class Curtail:
    """Take back the give-ups of least worth a unit of relief, until the AC power flow keeps every bound.

    Around the AC flow the grid is linearised. The element that is furthest beyond its bound asks first: what could be
    taken back is ranked by worth over relief, and as much is taken as it asks for; then the next element, until by
    the linearised flow all is kept. The AC flow is solved again, and so on until it holds. Where all that is left
    would not bring an element within its bound, nothing is taken for it in vain: its violation stays, and is named.

    margin : how much more is taken than the linearised flow asks for; the AC flow is curved
    most_rounds : AC flows after which what is left of a violation stays

    References
    ----------
    G. B. Dantzig, "Discrete-variable extremum problems", Operations Research 5 (2), 1957: with divisible items and
    one constraint, taking by the ratio of worth to relief is the optimum.
    """

    margin: float = 0.02
    most_rounds: int = 30

    def __post_init__(self) -> None:
        in_range("margin", self.margin, 0, 1)
        in_range("most_rounds", self.most_rounds, 0, 1000)

    def __call__(self, grid: Grid, usage: Usage, bounds: Bounds, give_ups: Callable[[], GiveUps]) -> Outcome:
        """The flow that is delivered, and what was taken back for it."""
        flow = planned = usage.flow(grid)
        if holds(flow, bounds):
            return Outcome(flow, None, None, 0, True, "")
        offered = give_ups()
        taken = np.zeros(len(offered))
        too_much = -1 if usage.power.sum() > 0 else 1
        binding, rounds = "", 0
        while rounds < self.most_rounds and not holds(flow, bounds):
            if flow.converged:
                more, binding = self._relieve(Strain.of(grid, flow, bounds), offered, offered.power - taken, usage)
            else:  # too far away for a linearisation
                more, binding = np.where(offered.sign == too_much, (offered.power - taken) / 2, 0.0), "power flow"
            if more.sum() <= 1e-9:
                break
            taken, rounds = taken + more, rounds + 1
            flow = offered.left_of(usage, taken).flow(grid)
        if not flow.converged:
            flow, taken, rounds = planned, np.zeros(len(offered)), 0
        return Outcome(flow, taken, offered, rounds, holds(flow, bounds), binding)

    def _relieve(self, strain: Strain, offered: GiveUps, room: Floats, usage: Usage) -> tuple[Floats, str]:
        """[G] what more is taken back until the linearised grid keeps its bounds [kW], and what asked first.

        Where nothing is, the name is of the element that is furthest beyond its bound.
        """
        place = usage.places(strain.grid)[offered.home]
        more = np.zeros(len(offered))
        beyond, binding = strain.beyond.copy(), ""
        furthest = strain.name(int(np.argmax(beyond)))
        for _ in range(len(beyond)):
            worst = int(np.argmax(beyond))
            if beyond[worst] <= 0:
                break
            relief = -offered.sign * strain.effect[worst, place]
            left = np.where(relief > 1e-12, room - more, 0.0)
            if relief @ left < beyond[worst] or left.sum() <= 1e-9:
                beyond[worst] = -np.inf  # all that is left would not do
                continue
            part = self._least_worth(offered, left, relief, beyond[worst])
            binding = binding or strain.name(worst)
            more += part
            beyond += strain.effect @ np.bincount(place, offered.sign * part, strain.effect.shape[1])
        return more, binding or furthest

    def _least_worth(self, offered: GiveUps, room: Floats, relief: Floats, beyond: float) -> Floats:
        """[G] what is taken back for one element: least worth a unit of relief first, as much as it asks for. [kW]"""
        rows = np.flatnonzero(room > 0)
        rows = rows[np.argsort(offered.worth[rows] / relief[rows], kind="stable")]
        relieved = relief[rows] * room[rows]
        before = np.cumsum(relieved) - relieved
        part = np.zeros(len(room))
        part[rows] = np.clip((beyond * (1 + self.margin) - before) / relieved, 0.0, 1.0) * room[rows]
        return part


@dataclass(frozen=True, slots=True)
class Strain:
    """A grid around its operating point: how far each element is beyond its bound, and what a kW does to that.

    Rows are the buses' upper bounds, the buses' lower bounds, then the branches' ratings; each is scaled by its bound,
    voltages by the width of the band and loadings by 100 percent. Where phases count, each phase of a bus has a row.

    beyond: [2 B + L], positive beyond the bound
    effect: [2 B + L, B] for a kW more withdrawal at each place [1/kW]
    """

    grid: Grid
    beyond: Floats
    effect: Floats

    @classmethod
    def of(cls, grid: Grid, flow: Flow, bounds: Bounds) -> Strain:
        """The strain at a flow; what is kept to within its tolerance counts as kept."""
        from p2p.grid import sensitivities

        near = sensitivities(grid, flow)
        band = bounds.high - bounds.low
        over_voltage, over_loading = bounds.tolerance
        voltage = flow.every_voltage
        beyond = np.concatenate(((voltage - bounds.high) / band, (bounds.low - voltage) / band, (flow.loading - 100) / 100))
        slack = np.repeat((over_voltage / band, over_loading / 100), (2 * len(voltage), len(grid.branches)))
        effect = np.concatenate((near.voltage / band, -near.voltage / band, near.loading / 100))
        return cls(grid, np.where((beyond > 0) & (beyond <= slack), 0.0, beyond), effect)

    def name(self, row: int) -> str:
        """What a row is, in words."""
        branches = len(self.grid.branches)
        bounds = len(self.beyond) - branches
        if row >= bounds:
            return f"loading of {self.grid.branches.name[row - bounds]}"
        phases = bounds // (2 * len(self.grid.buses))
        bus, phase = divmod(row % (bounds // 2), phases)
        return f"voltage at {self.grid.buses.name[bus]}" + (f", phase {'abc'[phase]}" if phases > 1 else "")
