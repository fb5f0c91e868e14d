"""Direct control by contract: devices are dimmed down to a floor, feed-in is cut in steps, and only as far as it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Flags, Floats, Ints
from p2p.base.errors import Fault, InputError
from p2p.operators.dso.curtail import Strain
from p2p.operators.dso.positions import Bounds, Connections, GiveUps, Outcome, Steered, Usage, holds

if TYPE_CHECKING:
    from p2p.grid import Flow, Grid

ORDERS = ("equal", "relief")
SIMULTANEITY = (1.0, 1.0, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45)
"""Of 0, 1, 2, ... devices at a connection; of nine and more the last. BK6-22-300, annex 1, section 4.5.2."""

LARGE_KW, LARGE_PART = 11.0, 0.4
"""A heat pump that draws more keeps this part of its power. BK6-22-300, annex 1, section 4.5.2."""

LEVELS = 1024
"""Into how many parts the way down to the floor is divided."""

AT_ONCE = 32
"""How many cuts are tried in one batch of power flows."""


@dataclass(frozen=True)
class DirectControl:
    """Dim devices and step feed-in down, as contracts say, by the smallest cut after which the AC flow holds.

    Electric cars, heat pumps and the charging of batteries above `floor_kw` may be dimmed: what they draw from the grid
    together, own generation not counted, never below what the ruling leaves the connection. A connection's feed-in may be
    cut to steps of what its plants and stores are rated for. The element that is furthest beyond its bound asks first; of
    those who help it, it takes what is needed and not a notch more. Where all they may be asked for would not bring it
    within its bound, nothing is taken for it: its violation stays, and is named.

    floor_kw : what one device keeps; devices of less can't be dimmed [kW]
    steps : to which feed-in may be cut, of what is rated there, falling [percent]
    order : "equal": all who help are dimmed by the same part of what they may be, and all take a step of feed-in before
        anybody takes the next, of the last no more than it takes; "relief": one after another, who relieves most a kW first

    References
    ----------
    Bundesnetzagentur, BK6-22-300, ruling of 27 November 2023 after par. 14a EnWG, annex 1, sections 2.4 and 4.5: which
    devices, that what is drawn from the grid counts, and the least that several behind one energy manager keep.
    EEG par. 9: feed-in of plants that can be cut from afar; 100, 60, 30 and 0 percent are the steps of ripple control.
    """

    floor_kw: float = 4.2
    steps: tuple[float, ...] = (60.0, 30.0, 0.0)
    order: str = "equal"
    most_rounds: int = 30

    def __post_init__(self) -> None:
        falling = all(100 > one > other for one, other in zip(self.steps, self.steps[1:], strict=False))
        faults = [] if self.order in ORDERS else [Fault("order", f"'{self.order}'", f"allowed: {', '.join(ORDERS)}")]
        faults += [] if self.floor_kw >= 0 else [Fault("floor_kw", f"{self.floor_kw:g}", "0 or more")]
        if not self.steps or not falling or not 0 <= self.steps[-1] < 100:
            faults.append(Fault("steps", f"{list(self.steps)}", "below 100, falling, down to 0 or more"))
        if faults:
            raise InputError(faults)

    def kept(self, devices: Steered, homes: int) -> Floats:
        """[N] what connections keep of what these devices, all of which may be dimmed, draw from the grid. [kW]"""
        count = np.bincount(devices.home, minlength=homes)
        large = np.where(devices.heats & (devices.rated > LARGE_KW), LARGE_PART * devices.rated, 0.0)
        first = np.maximum(self.floor_kw, np.bincount(devices.home, large, homes))
        factor = np.array(SIMULTANEITY)[np.minimum(count, len(SIMULTANEITY) - 1)]
        least: Floats = np.where(count > 0, first + np.maximum(count - 1, 0) * factor * self.floor_kw, 0.0)
        return least

    def offered(self, connections: Connections, devices: Steered) -> GiveUps:
        """What may be taken: of each home what its devices may be dimmed by, then of all homes each step of feed-in."""
        homes = len(connections)
        devices = devices.take(devices.rated > self.floor_kw)
        drawn = np.minimum(np.bincount(devices.home, devices.drawn, homes), np.maximum(connections.power, 0.0))
        steered = np.bincount(devices.home, np.maximum(devices.drawn - devices.least, 0.0), homes)
        dimmed = np.minimum(np.maximum(drawn - self.kept(devices, homes), 0.0), steered)
        fed = np.maximum(-connections.power, 0.0)
        left = np.minimum(np.array(self.steps)[:, None] / 100 * connections.feeds, fed)
        cuts = np.concatenate((fed[None], left[:-1])) - left
        count = len(self.steps)
        return GiveUps(
            np.tile(np.arange(homes), 1 + count),
            np.repeat(np.array([-1, *[1] * count], np.int8), homes),
            np.concatenate((dimmed, cuts.ravel())),
            np.concatenate((np.zeros(homes, np.int64), np.tile(connections.worth, count))),
            np.full((1 + count) * homes, -1),
            np.zeros((1 + count) * homes),
        )

    def __call__(self, grid: Grid, usage: Usage, bounds: Bounds, give_ups: Callable[[], GiveUps]) -> Outcome:
        """The flow that is delivered, and what was taken for it."""
        flow = usage.flow(grid)
        if holds(flow, bounds):
            return Outcome(flow, None, None, 0, True, "")
        offered = give_ups()
        taken, rounds, binding, furthest = np.zeros(len(offered)), 0, "", ""
        hopeless: set[int] = set()
        while rounds < self.most_rounds:
            asks = _worst(grid, flow, bounds, usage, hopeless)
            if asks is None:
                break
            furthest = furthest or asks.name
            more = self._cut(Cut.of(self, grid, usage, offered, taken, asks, bounds))
            if more is None:
                hopeless.add(asks.row)
                continue
            taken, rounds, binding = more, rounds + 1, binding or asks.name
            flow = offered.left_of(usage, taken).flow(grid)
        return Outcome(flow, taken, offered, rounds, holds(flow, bounds), binding or furthest)

    def _cut(self, cut: Cut) -> Floats | None:
        """[G] what is taken in all for an element: by the first of the cuts that does; None if none does.

        A cut that is too large may do harm the other way, so the first is looked for from the small end.
        """
        good, bad = cut.count, 0
        if not good:
            return None
        while True:
            tried = np.unique(np.linspace(bad, good, AT_ONCE + 1).astype(np.int64))[1:]
            does = cut.does(tried)
            if not does.any():
                return None
            first = int(np.argmax(does))
            good, bad = int(tried[first]), int(tried[first - 1]) if first else bad
            if good - bad <= 1:
                break
        found: Floats = cut.taken(np.array([good]))[0]
        return found


@dataclass(frozen=True, slots=True)
class Asks:
    """The element that asks.

    row:    of `Strain`; -1 where the flow has no solution
    name:   in words
    relief: [B] what a kW less withdrawal at each bus does for it; positive helps
    """

    row: int
    name: str
    relief: Floats


def _worst(grid: Grid, flow: Flow, bounds: Bounds, usage: Usage, hopeless: set[int]) -> Asks | None:
    """The element that is furthest beyond its bound, of those for which there is hope; None if there is none."""
    if not flow.converged:
        toward = 1.0 if usage.power.sum() > 0 else -1.0
        return None if -1 in hopeless else Asks(-1, "power flow", np.full(usage.places(grid).max(initial=-1) + 1, toward))
    strain = Strain.of(grid, flow, bounds)
    beyond = strain.beyond.copy()
    beyond[[row for row in hopeless if row >= 0]] = -np.inf
    row = int(np.argmax(beyond))
    return Asks(row, strain.name(row), strain.effect[row]) if beyond[row] > 0 else None


@dataclass(frozen=True, slots=True)
class Cut:
    """What may be taken for an element, as a row of cuts, each more than the one before: first devices, then feed-in.

    before: [G] what was taken already [kW]
    dims, feeds: [R] rows that help, in the order in which they are taken; rows of `DirectControl.offered`
    levels: into how many cuts the dimming is divided, 0 where there is none
    together: whether all devices are dimmed at once
    """

    grid: Grid
    usage: Usage
    offered: GiveUps
    bounds: Bounds
    asks: Asks
    before: Floats
    dims: Ints
    feeds: Ints
    levels: int
    together: bool

    @classmethod
    def of(cls, rule: DirectControl, grid: Grid, usage: Usage, offered: GiveUps, taken: Floats, asks: Asks, bounds: Bounds) -> Cut:
        """The cuts for an element."""
        relief = -offered.sign * asks.relief[usage.places(grid)[offered.home]]
        helps: Flags = (relief > 1e-12) & (offered.power > taken + 1e-9)
        dims, feeds = (np.flatnonzero(helps & (offered.sign == sign)) for sign in (-1, 1))
        step = (feeds - len(usage)) // max(len(usage), 1)
        together = rule.order == "equal"
        dims = dims[np.argsort(-relief[dims], kind="stable")]
        home, most = offered.home[feeds], -relief[feeds]
        feeds = feeds[np.lexsort((home, most, step) if together else (step, home, most))]
        return cls(grid, usage, offered, bounds, asks, taken, dims, feeds, LEVELS if len(dims) else 0, together)

    @property
    def count(self) -> int:
        """How many cuts there are."""
        return self.levels + len(self.feeds)

    def taken(self, cuts: Ints) -> Floats:
        """[K, G] what is taken in all at each of some cuts. [kW]"""
        power, dims = self.offered.power, self.dims
        taken = np.repeat(self.before[None], len(cuts), axis=0)
        part = np.minimum(cuts / max(self.levels, 1), 1.0)[:, None]
        room = power[dims] - self.before[dims]
        if self.together:
            taken[:, dims] = np.maximum(self.before[dims], part * power[dims])
        else:
            taken[:, dims] += np.clip(part * room.sum() - (np.cumsum(room) - room), 0.0, room)
        whole = np.arange(1, len(self.feeds) + 1) <= (cuts - self.levels)[:, None]
        taken[:, self.feeds] = np.where(whole, power[self.feeds], self.before[self.feeds])
        return taken

    def does(self, cuts: Ints) -> Flags:
        """[K] whether each brings the element within its bound."""
        converged, voltage, loading = self._flows(self.taken(cuts))
        row, (over_voltage, over_loading) = self.asks.row, self.bounds.tolerance
        places = voltage.shape[1]
        if row < 0:
            return converged
        if row < places:
            return np.asarray(voltage[:, row] <= self.bounds.high + over_voltage)
        if row < 2 * places:
            return np.asarray(voltage[:, row - places] >= self.bounds.low - over_voltage)
        return np.asarray(loading[:, row - 2 * places] <= self.bounds.loading + over_loading)

    def _flows(self, taken: Floats) -> tuple[Flags, Floats, Floats]:
        """[K], [K, B] or [K, 3 B], and [K, L] of the flows when so much is taken; where phases count, one after another."""
        from p2p.grid import power_flow

        offered, usage, buses = self.offered, self.usage, len(self.grid.buses)
        if self.grid.phase is not None:
            flows = [offered.left_of(usage, one).flow(self.grid) for one in taken]
            columns = zip(*((flow.converged, flow.every_voltage, flow.loading) for flow in flows), strict=True)
            converged, voltage, loading = (np.array(column) for column in columns)
            return converged, voltage, loading
        p, q = np.bincount(usage.bus, usage.power, buses), np.bincount(usage.bus, usage.kvar, buses)
        less = np.zeros((buses, len(taken)))
        np.add.at(less, usage.bus[offered.home], (offered.sign * taken).T)
        flow = power_flow(self.grid, p + less.T, np.repeat(q[None], len(taken), axis=0))
        return flow.converged, flow.voltage, flow.loading
