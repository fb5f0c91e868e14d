"""Dynamic operating envelopes: before the gate closes, how much each connection may draw and feed in, whatever the others do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Flags, Floats
from p2p.base.errors import Fault, InputError
from p2p.base.solve import Programme, optimum
from p2p.operators.dso.curtail import Curtail, Strain
from p2p.operators.dso.positions import Bounds, Envelopes, Expected, GiveUps, Outcome, Usage, holds

if TYPE_CHECKING:
    from p2p.grid import Flow, Grid

SHARES = ("equal", "rated", "maximum")
HALVINGS = 22
"""How often the range of a common level is halved: to a four-millionth of it."""


@dataclass(frozen=True)
class Envelope:
    """Publish import and export limits a connection, so that any use within them keeps every bound; last, do as `curtail`.

    Two corners are held by the AC power flow: all draw what they may, and all feed in what they may. On a radial feeder
    every voltage falls with every withdrawal, so it lies between those of the corners; what a branch carries is the sum
    behind it, so it lies between, too; and its current is at most what it carries over the lowest voltage. So a branch
    that is loaded by feed-in is checked with its power at the one corner and its voltages at the other. Losses, which
    this leaves out, are what `margin` is for. On a meshed grid, or where
    phases count, the same corners are checked, and nothing is proved.

    What load that nobody steers is expected to draw comes first, then what is wished, shared by `share`; where all of
    it fits, limits grow up to the size of the connections. An element that is beyond its bound even with nobody at the
    grid is left out, since no envelope would help it.

    share : "equal": the same kW each, what somebody does not wish for is for the others (max-min); "rated": the same
        part of each connection's size, likewise; "maximum": the largest sum, by the grid linearised where all have the same kW,
        as far on the way from there as the AC flow holds
    margin : what is kept free of the voltage band at either end, and of every rating
    reserve : how much more than the forecast homes are reckoned to need, since forecasts err
    last_resort : whether what strains the grid all the same is taken back as by `curtail`

    References
    ----------
    K. Petrou et al., "Ensuring distribution network integrity using dynamic operating limits for prosumers", IEEE Trans.
    Smart Grid 12 (5), 2021: limits at the connection, from power flows of the DSO.
    M. Z. Liu et al., "Using OPF-based operating envelopes to facilitate residential DER services", IEEE Trans. Smart Grid
    13 (6), 2022: shares that are equal, or largest in sum.
    D. Bertsekas and R. Gallager, "Data networks", 2nd ed., 1992, section 6.5.2: max-min by a common level.
    M. E. Baran and F. F. Wu, "Network reconfiguration in distribution systems for loss reduction and load balancing", IEEE
    Trans. Power Delivery 4 (2), 1989, equations 1-3 without their losses: why voltages and flows lie between the corners.
    """

    share: str = "equal"
    margin: float = 0.02
    reserve: float = 0.1
    last_resort: bool = True

    def __post_init__(self) -> None:
        faults = [] if self.share in SHARES else [Fault("share", f"'{self.share}'", f"allowed: {', '.join(SHARES)}")]
        faults += [] if 0 <= self.margin < 0.5 else [Fault("margin", f"{self.margin:g}", "0 to less than 0.5")]
        faults += [] if 0 <= self.reserve <= 10 else [Fault("reserve", f"{self.reserve:g}", "0 to 10")]
        if faults:
            raise InputError(faults)

    def envelopes(self, grid: Grid, bounds: Bounds, expected: Expected) -> Envelopes:
        """The envelopes of the interval that comes."""
        corners = Corners.of(grid, bounds.narrowed(self.margin), expected)
        more = 1 + self.reserve
        needed, wished = np.maximum(expected.low, 0.0) * more, np.maximum(expected.high, 0.0) * more
        high = self._shared((needed, wished, np.maximum(expected.draws, wished)), expected.draws, corners.draws_safely, corners, None)
        lowest = corners.at(high)
        wished = np.maximum(-expected.low, 0.0) * more

        def safe(limit: Floats) -> bool:
            return corners.feeds_safely(limit, lowest)

        low = self._shared((0.0 * wished, wished, np.maximum(expected.feeds, wished)), expected.feeds, safe, corners, lowest)
        return Envelopes(-low, high)

    def __call__(self, grid: Grid, usage: Usage, bounds: Bounds, give_ups: Callable[[], GiveUps]) -> Outcome:
        """The flow that is delivered, and what was taken back where it did not hold: somebody could not keep to the envelope."""
        if self.last_resort:
            return Curtail()(grid, usage, bounds, give_ups)
        flow = usage.flow(grid)
        return Outcome(flow, None, None, 0, holds(flow, bounds), "")

    def _shared(
        self, rungs: tuple[Floats, Floats, Floats], size: Floats, safe: Callable[[Floats], bool], corners: Corners, lowest: Flow | None
    ) -> Floats:
        """[N] the limits of one direction, not negative: between the last rung that is safe and the first that is not. [kW]

        rungs : what load needs that nobody steers, what is wished, and the most that may be published; rising.
        lowest : the flow when all draw what they may, where the limits are of feed-in.
        """
        needed, wished, most = rungs
        if safe(most):
            return most
        if safe(wished):
            return self._between(wished, most, size, safe, corners, lowest)
        if safe(needed):
            return self._between(needed, wished, size, safe, corners, lowest)
        return highest(lambda level: level * needed, 1.0, safe)

    def _between(
        self, lower: Floats, upper: Floats, size: Floats, safe: Callable[[Floats], bool], corners: Corners, lowest: Flow | None
    ) -> Floats:
        """[N] limits from what is safe to what is not, by the share. [kW]"""
        weight = np.maximum(size, 1e-9) if self.share == "rated" else np.ones(len(size))
        top = float(np.max(upper / weight, initial=0.0))
        shared = highest(lambda level: np.maximum(lower, np.minimum(upper, level * weight)), top, safe)
        if self.share != "maximum":
            return shared
        best = corners.largest_sum(shared, lower, upper, lowest)
        return best if safe(best) else highest(lambda part: shared + part * (best - shared), 1.0, safe)


@dataclass(frozen=True, slots=True)
class Corners:
    """The uses of a grid that are worst for it.

    usage: of all homes, with nobody at the grid but its reactive power
    low_at, high_at, limited: [B], [B], [L] bool, the bounds (of each phase, where phases count) that are kept then; only these are asked for
    """

    grid: Grid
    bounds: Bounds
    usage: Usage
    low_at: Flags
    high_at: Flags
    limited: Flags

    @classmethod
    def of(cls, grid: Grid, bounds: Bounds, expected: Expected) -> Corners:
        """The corners of a grid whose homes draw the reactive power that is expected."""
        usage = Usage(expected.bus, 0.0 * expected.kvar, expected.kvar)
        flow = usage.flow(grid)
        return cls(grid, bounds, usage, flow.every_voltage >= bounds.low, flow.every_voltage <= bounds.high, flow.loading <= bounds.loading)

    def at(self, power: Floats) -> Flow:
        """The flow when each home draws so much. [kW]"""
        return self.usage.replace(power=power).flow(self.grid)

    def draws_safely(self, limit: Floats) -> bool:
        """Whether all may draw up to their limits at once. [kW]"""
        flow = self.at(limit)
        low = np.all((flow.every_voltage >= self.bounds.low) | ~self.low_at)
        return bool(flow.converged and low and np.all((flow.loading <= self.bounds.loading) | ~self.limited))

    def feeds_safely(self, limit: Floats, lowest: Flow) -> bool:
        """Whether all may feed in up to their limits at once, and some while the others draw. [kW]

        lowest : the flow when all draw what they may; currents grow as voltages fall.
        """
        flow = self.at(-limit)
        if not flow.converged:
            return False
        loading = flow.loading * self._fall(flow, lowest)
        high = np.all((flow.every_voltage <= self.bounds.high) | ~self.high_at)
        return bool(high and np.all((loading <= self.bounds.loading) | ~self.limited))

    def _fall(self, flow: Flow, lowest: Flow) -> Floats:
        """[L] by what the currents of a flow grow where voltages fall to the lowest."""
        fall, branches = np.maximum(flow.extremes[1] / lowest.extremes[0], 1.0), self.grid.branches
        grown: Floats = np.maximum(fall[branches.from_bus], fall[branches.to_bus])
        return grown

    def largest_sum(self, start: Floats, lower: Floats, upper: Floats, lowest: Flow | None) -> Floats:
        """[N] limits between two whose sum is largest, by the grid linearised where limits are safe. [kW]

        start : [N] safe limits, at which it is linearised. lowest : as in `feeds_safely`, where the limits are of feed-in.
        """
        from scipy.sparse import csr_array

        sign = 1 if lowest is None else -1
        flow = self.at(sign * start)
        strain = Strain.of(self.grid, flow, self.bounds)
        after = 2 * len(flow.every_voltage)  # rows of loadings
        beyond, effect = strain.beyond.copy(), sign * strain.effect[:, self.usage.places(self.grid)]
        if lowest is not None:
            fall = self._fall(flow, lowest)
            beyond[after:] = (flow.loading * fall - self.bounds.loading) / 100
            effect[after:] *= fall[:, None]
        most = beyond + np.maximum(effect * (upper - start), effect * (lower - start)).sum(axis=1)
        binds = np.concatenate((self.high_at, self.low_at, self.limited)) & (most > 0)
        rows = effect[binds]
        top = np.maximum(-beyond[binds], 0.0) + rows @ start
        programme = Programme(np.ones(len(start)), csr_array(rows), np.full(len(top), -np.inf), top, lower, upper)
        return np.clip(optimum(programme, "largest sum of envelopes").x, lower, upper)


def highest(limits: Callable[[float], Floats], top: float, safe: Callable[[Floats], bool]) -> Floats:
    """[N] the limits of the highest level up to `top` that is safe; level 0 is taken to be. [kW]"""
    good, bad, best = 0.0, top, limits(0.0)
    for _ in range(HALVINGS):
        level = (good + bad) / 2
        tried = limits(level)
        if safe(tried):
            good, best = level, tried
        else:
            bad = level
    return best
