"""Last resort: take back what is worth least for the relief that it brings, until the AC flow holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.markets.parameters import in_range
from p2p.operators.dso.positions import Bounds, GiveUps, Outcome, Usage, holds

if TYPE_CHECKING:
    from p2p.grid import Flow, Grid

LARGE = 1_000
"""Buses of a grid of which not all sensitivities are worked out: they are B² numbers."""


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
        drawn = usage
        if holds(flow, bounds):
            return Outcome(flow, None, None, 0, True, "")
        offered = give_ups()
        taken = np.zeros(len(offered))
        too_much = -1 if usage.power.sum() > 0 else 1
        binding, rounds = "", 0
        while rounds < self.most_rounds and not holds(flow, bounds):
            if flow.converged:
                room = offered.power - taken
                more, binding = self._relieve(Strain.of(grid, flow, drawn, bounds), offered, room, usage)
                if more.sum() <= 1e-9 and len(grid.buses) > LARGE:  # nothing helps the worst; some of their neighbours may be helped
                    more, binding = self._relieve(Strain.of(grid, flow, drawn, bounds, all_beyond=True), offered, room, usage)
            else:  # too far away for a linearisation
                more, binding = np.where(offered.sign == too_much, (offered.power - taken) / 2, 0.0), "power flow"
            if more.sum() <= 1e-9:
                break
            taken, rounds = taken + more, rounds + 1
            drawn = _after(usage, offered, taken)
            flow = drawn.flow(grid)
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
            of = np.flatnonzero(part)
            beyond += strain.effect[:, place[of]] @ (offered.sign * part)[of]
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
    """A grid around its operating point: how far elements are beyond their bounds, and what a kW does to that.

    Elements are the buses' upper bounds, the buses' lower bounds, then the branches' ratings; each is scaled by its bound,
    voltages by the width of the band and loadings by 100 percent. Where phases count, each phase of a bus has a row. Of a grid
    of more than `LARGE` buses only those count that are worse than their neighbours; what they leave shows in the next round.

    row:    [R] which elements
    beyond: [R], positive beyond the bound
    effect: [R, B] for a kW more withdrawal at each place [1/kW]
    """

    grid: Grid
    row: Ints
    beyond: Floats
    effect: Floats

    @classmethod
    def of(cls, grid: Grid, flow: Flow, usage: Usage, bounds: Bounds, all_beyond: bool = False) -> Strain:
        """The strain at the flow of a usage; what is kept to within its tolerance counts as kept.

        all_beyond : of a large grid, all that is beyond its bound counts, whatever its neighbours are.
        """
        from p2p.grid import sensitivities

        band = bounds.high - bounds.low
        over_voltage, over_loading = bounds.tolerance
        voltage = flow.every_voltage
        beyond = np.concatenate(((voltage - bounds.high) / band, (bounds.low - voltage) / band, (flow.loading - 100) / 100))
        slack = np.repeat((over_voltage / band, over_loading / 100), (2 * len(voltage), len(grid.branches)))
        beyond = np.where((beyond > 0) & (beyond <= slack), 0.0, beyond)
        if len(grid.buses) > LARGE and grid.phase is None:
            row, effect = _of_the_worst(grid, flow, usage, bounds, beyond, all_beyond)
            return cls(grid, row, beyond[row], effect)
        near = sensitivities(grid, flow)
        effect = np.concatenate((near.voltage / band, -near.voltage / band, near.loading / 100))
        return cls(grid, np.arange(len(beyond)), beyond, effect)

    def name(self, place: int) -> str:
        """What a row is, in words."""
        row, phases = int(self.row[place]), 1 if self.grid.phase is None else 3
        bounds = 2 * phases * len(self.grid.buses)
        if row >= bounds:
            return f"loading of {self.grid.branches.name[row - bounds]}"
        bus, phase = divmod(row % (bounds // 2), phases)
        return f"voltage at {self.grid.buses.name[bus]}" + (f", phase {'abc'[phase]}" if phases > 1 else "")


def _of_the_worst(
    grid: Grid, flow: Flow, usage: Usage, bounds: Bounds, beyond: Floats, all_beyond: bool
) -> tuple[Ints, Floats]:
    """[R] the elements that are worse than their neighbours, at least the worst, and [R, B] what a kW does to each. [1/kW]"""
    from p2p.grid import Elements, gradients
    from p2p.operators.dso.kernels import worst_spots

    buses, branches = len(grid.buses), grid.branches
    over_voltage, over_loading = bounds.tolerance
    band = bounds.low - over_voltage, bounds.high + over_voltage, 100.0 + over_loading
    chosen = np.empty(buses + len(branches), np.bool_)
    worst_spots(flow.voltage, flow.loading, *band, grid.slack, branches.from_bus, branches.to_bus, chosen)
    worse = np.maximum(beyond[:buses], beyond[buses : 2 * buses])
    all_worse = np.append(worse, beyond[2 * buses :])
    if all_beyond:
        chosen = all_worse > 0
    chosen[np.argmax(all_worse)] = True  # the source itself, where nothing else is
    at_bus, at_branch = np.flatnonzero(chosen[:buses]), np.flatnonzero(chosen[buses:])
    low = beyond[buses + at_bus] > beyond[at_bus]
    effect, _ = gradients(grid, flow, *usage.at_buses(grid), Elements.of(at_bus, at_branch))
    sign = np.where(low, -1.0, 1.0) / (bounds.high - bounds.low)
    scale = np.append(sign, np.full(len(at_branch), 0.01))
    return np.concatenate((at_bus + buses * low, 2 * buses + at_branch)), effect * scale[:, None]


def _after(usage: Usage, offered: GiveUps, taken: Floats) -> Usage:
    """What is drawn when the taken give-ups are gone."""
    homes = len(usage)
    power = np.bincount(offered.home, offered.sign * taken, homes)
    kvar = np.bincount(offered.home, offered.kvar * taken / np.maximum(offered.power, 1e-12), homes)
    return usage.replace(power=usage.power + power, kvar=usage.kvar - kvar)
