"""Last resort: take back what is worth least for the relief that it brings, or by another rule, until the AC flow holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.markets.parameters import in_range, one_of
from p2p.operators.dso.positions import Bounds, GiveUps, Outcome, Usage, holds

if TYPE_CHECKING:
    from p2p.grid import Flow, Grid

RULES = ("least_value", "pro_rata", "last_in_first_out")


@dataclass(frozen=True)
class Curtail:
    """Take give-ups back, by default those of least worth a unit of relief, until the AC power flow keeps every bound.

    Around the AC flow the grid is linearised. The element that is furthest beyond its bound asks first: what could be
    taken back is ranked by worth over relief, and as much is taken as it asks for; then the next element, until by
    the linearised flow all is kept. The AC flow is solved again, and so on until it holds. Where all that is left
    would not bring an element within its bound, nothing is taken for it in vain: its violation stays, and is named.

    margin : how much more is taken than the linearised flow asks for; the AC flow is curved
    most_rounds : AC flows after which what is left of a violation stays
    rule : "least_value": as above; "pro_rata": the same part of all that helps; "last_in_first_out": who was connected last
        gives up first. Under both, load that nobody steers comes after all else
    queue : order of connection, for the last: 0, that of the homes' rows; else drawn with this seed (assumption: the data
        have no dates)

    References
    ----------
    G. B. Dantzig, "Discrete-variable extremum problems", Operations Research 5 (2), 1957: with divisible items and
    one constraint, taking by the ratio of worth to relief is the optimum.
    L. Kane and G. Ault, "A review and analysis of renewable energy curtailment schemes and principles of access",
    Energy Policy 72, 2014, section 3: last in first out, and pro rata.
    """

    margin: float = 0.02
    most_rounds: int = 30
    rule: str = "least_value"
    queue: int = 0

    def __post_init__(self) -> None:
        one_of("rule", self.rule, RULES)
        in_range("margin", self.margin, 0, 1)
        in_range("most_rounds", self.most_rounds, 0, 1000)
        in_range("queue", self.queue, 0, 2**32 - 1)

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
                balanced = grid.phase is None
                strain = Strain.of_the_worst(grid, flow, drawn, bounds) if balanced else Strain.of(grid, flow, bounds)
                more, binding = self._relieve(strain, offered, room, usage)
                if balanced and more.sum() <= 1e-9:  # nothing helps the worst; some of their neighbours may be helped
                    more, binding = self._relieve(Strain.of_the_worst(grid, flow, drawn, bounds, True), offered, room, usage)
            else:  # too far away for a linearisation
                more, binding = np.where(offered.sign == too_much, (offered.power - taken) / 2, 0.0), "power flow"
            if more.sum() <= 1e-9:
                break
            taken, rounds = taken + more, rounds + 1
            drawn = offered.left_of(usage, taken)
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
            part = self._part(offered, left, relief, beyond[worst], len(usage))
            binding = binding or strain.name(worst)
            more += part
            of = np.flatnonzero(part)
            beyond += strain.effect[:, place[of]] @ (offered.sign * part)[of]
        return more, binding or furthest

    def _part(self, offered: GiveUps, room: Floats, relief: Floats, beyond: float, homes: int) -> Floats:
        """[G] what is taken back for one element, as much as it asks for, by the rule. [kW]"""
        asked = beyond * (1 + self.margin)
        if self.rule == "pro_rata":
            gives = relief * room
            eased = np.array([gives[~offered.load].sum(), gives[offered.load].sum()])
            parts = np.clip((asked - np.array([0.0, eased[0]])) / np.maximum(eased, 1e-12), 0.0, 1.0)
            shared: Floats = parts[offered.load.astype(np.int64)] * room
            return shared
        rows = np.flatnonzero(room > 0)
        rows = rows[self._order(offered.take(rows), relief[rows], homes)]
        relieved = relief[rows] * room[rows]
        before = np.cumsum(relieved) - relieved
        part = np.zeros(len(room))
        part[rows] = np.clip((asked - before) / relieved, 0.0, 1.0) * room[rows]
        return part

    def _order(self, offered: GiveUps, relief: Floats, homes: int) -> Ints:
        """[G] which is taken first: the least worth a unit of relief; or of the latest connection, and there the least worth."""
        worth = offered.worth / relief
        if self.rule == "least_value":
            return np.argsort(worth, kind="stable")
        connected = np.arange(homes) if self.queue == 0 else np.random.default_rng(self.queue).permutation(homes)
        return np.lexsort((worth, -connected[offered.home], offered.load))


@dataclass(frozen=True, slots=True)
class Strain:
    """A grid around its operating point: how far elements are beyond their bounds, and what a kW does to that.

    Elements are the buses' upper bounds, the buses' lower bounds, then the branches' ratings; each is scaled by its bound,
    voltages by the width of the band and loadings by 100 percent. Only those count that are worse than their neighbours; what they
    leave shows in the next round. Where phases count all elements do, and each phase of a bus has a row.

    row:    [R] which elements; all of them where phases count
    beyond: [R], positive beyond the bound
    effect: [R, B] for a kW more withdrawal at each place [1/kW]
    """

    grid: Grid
    row: Ints
    beyond: Floats
    effect: Floats

    @classmethod
    def of(cls, grid: Grid, flow: Flow, bounds: Bounds) -> Strain:
        """The strain at a flow; what is kept to within its tolerance counts as kept."""
        from p2p.grid import sensitivities

        near, band = sensitivities(grid, flow), bounds.high - bounds.low
        beyond = _beyond(flow, bounds)
        effect = np.concatenate((near.voltage / band, -near.voltage / band, near.loading / 100))
        return cls(grid, np.arange(len(beyond)), beyond, effect)

    @classmethod
    def of_the_worst(cls, grid: Grid, flow: Flow, usage: Usage, bounds: Bounds, all_beyond: bool = False) -> Strain:
        """The strain of the elements that are worse than their neighbours, at least of the worst; phases don't count.

        usage : that led to the flow. all_beyond : all that is beyond its bound counts, whatever its neighbours are.
        """
        from p2p.grid import Elements, gradients
        from p2p.operators.dso.kernels import worst_spots

        buses, branches, beyond = len(grid.buses), grid.branches, _beyond(flow, bounds)
        over_voltage, over_loading = bounds.tolerance
        band = bounds.low - over_voltage, bounds.high + over_voltage, bounds.loading + over_loading
        worse = np.append(np.maximum(beyond[:buses], beyond[buses : 2 * buses]), beyond[2 * buses :])
        chosen = worse > 0
        if not all_beyond:
            worst_spots(flow.voltage, flow.loading, *band, grid.slack, branches.from_bus, branches.to_bus, chosen)
        chosen[np.argmax(worse)] = True  # the source itself, where nothing else is
        at_bus, at_branch = np.flatnonzero(chosen[:buses]), np.flatnonzero(chosen[buses:])
        low = beyond[buses + at_bus] > beyond[at_bus]
        effect, _ = gradients(grid, flow, *usage.at_buses(grid), Elements.of(at_bus, at_branch))
        scale = np.append(np.where(low, -1.0, 1.0) / (bounds.high - bounds.low), np.full(len(at_branch), 0.01))
        row = np.concatenate((at_bus + buses * low, 2 * buses + at_branch))
        return cls(grid, row, beyond[row], effect * scale[:, None])

    def name(self, place: int) -> str:
        """What a row is, in words."""
        row, phases = int(self.row[place]), 1 if self.grid.phase is None else 3
        bounds = 2 * phases * len(self.grid.buses)
        if row >= bounds:
            return f"loading of {self.grid.branches.name[row - bounds]}"
        bus, phase = divmod(row % (bounds // 2), phases)
        return f"voltage at {self.grid.buses.name[bus]}" + (f", phase {'abc'[phase]}" if phases > 1 else "")


def _beyond(flow: Flow, bounds: Bounds) -> Floats:
    """[2 B + L] how far each element is beyond its bound; what is kept to within its tolerance counts as kept."""
    band, voltage = bounds.high - bounds.low, flow.every_voltage
    over_voltage, over_loading = bounds.tolerance
    beyond = np.concatenate(((voltage - bounds.high) / band, (bounds.low - voltage) / band, (flow.loading - bounds.loading) / 100))
    slack = np.repeat((over_voltage / band, over_loading / 100), (2 * len(voltage), len(flow.loading)))
    return np.where((beyond > 0) & (beyond <= slack), 0.0, beyond)
