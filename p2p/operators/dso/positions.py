"""What the DSO looks at, what it could take back, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from p2p.base.columns import Columns, Flags, Floats, Indices, Ints, Signs

if TYPE_CHECKING:
    from p2p.grid import Flow, Grid


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the grid must keep.

    low, high: voltage band at every bus; nothing helps the source, whose voltage is given [p.u.]
    tolerance: how much over a bound still counts as kept: of voltage [p.u.], and of loading [percent]
    loading: most that a branch may be loaded [percent]
    """

    low: float
    high: float
    tolerance: tuple[float, float] = (1e-6, 1e-3)
    loading: float = 100.0

    def narrowed(self, part: float) -> Bounds:
        """The same with so much of the band left free at each end, and of every rating."""
        room = part * (self.high - self.low)
        return Bounds(self.low + room, self.high - room, self.tolerance, self.loading * (1 - part))


@dataclass(frozen=True, slots=True)
class Usage(Columns):
    """What each home draws; N rows.

    bus:    [N] int32
    power:  [N] net withdrawal [kW]
    kvar:   [N] net reactive withdrawal [kvar]
    """

    bus: Indices
    power: Floats
    kvar: Floats

    def flow(self, grid: Grid) -> Flow:
        """The AC power flow of this usage; homes are summed by bus, and by phase where phases count, in their own order."""
        from p2p.grid import at_phases, power_flow, unbalanced_flow

        if grid.phase is not None:
            return unbalanced_flow(grid, *at_phases(grid, self.bus, self.power, self.kvar))
        return power_flow(grid, *self.at_buses(grid))

    def at_buses(self, grid: Grid) -> tuple[Floats, Floats]:
        """[B] kW, [B] kvar that homes draw at each bus, in their own order."""
        from p2p.operators.dso.kernels import both_at_bus

        p, q = np.zeros(len(grid.buses)), np.zeros(len(grid.buses))
        both_at_bus(self.bus, self.power, self.kvar, p, q)
        return p, q

    def places(self, grid: Grid) -> Indices:
        """[N] the column of each home in the grid's sensitivities: its bus, or its bus and phase where phases count."""
        return self.bus if grid.phase is None else 4 * self.bus + grid.phase


@dataclass(frozen=True, slots=True)
class GiveUps(Columns):
    """What could be taken back; G rows.

    home:  [G] int64, whose
    sign:  [G] int8, +1 feeds in less, -1 draws less
    power: [G] up to how much [kW]
    worth: [G] int64, what a kWh of it is worth to those who lose it [µEUR/kWh]
    trade: [G] int64, the trade that falls with it, -1 for none
    kvar:  [G] reactive power that goes with all of it [kvar]
    load:  [G] bool, whether it is load that nobody steers; none unless given
    """

    home: Ints
    sign: Signs
    power: Floats
    worth: Ints
    trade: Ints
    kvar: Floats
    load: Flags = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        load: Flags | None = self.load
        object.__setattr__(self, "load", np.zeros(len(self.home), np.bool_) if load is None else load)
        Columns.__post_init__(self)

    def left_of(self, usage: Usage, taken: Floats) -> Usage:
        """What is drawn when some of them are gone; taken: [G] of each. [kW]"""
        homes = len(usage)
        power = np.bincount(self.home, self.sign * taken, homes)
        kvar = np.bincount(self.home, self.kvar * taken / np.maximum(self.power, 1e-12), homes)
        return usage.replace(power=usage.power + power, kvar=usage.kvar - kvar)


@dataclass(frozen=True, slots=True)
class Expected(Columns):
    """What the DSO expects of each connection when it publishes envelopes; N rows.

    bus:   [N] int32
    low:   [N] net withdrawal with all flexible devices at their lowest power [kW]
    high:  [N] with all of them at their highest [kW]
    kvar:  [N] net reactive withdrawal [kvar]
    draws: [N] size of the connection: what its load and its devices are rated to draw [kW]
    feeds: [N] what its plants and its devices are rated to feed in [kW]
    """

    bus: Indices
    low: Floats
    high: Floats
    kvar: Floats
    draws: Floats
    feeds: Floats


@dataclass(frozen=True, slots=True)
class Envelopes(Columns):
    """Between which net withdrawals each connection may be used; N rows.

    low:  [N] less the most that it may feed in, not positive [kW]
    high: [N] most that it may draw, not negative [kW]
    """

    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Connections(Columns):
    """What the DSO meets at each connection in the interval; N rows.

    power: [N] net withdrawal [kW]
    feeds: [N] what its plants and its devices are rated to feed in [kW]
    worth: [N] int64, what a kWh fed in is worth to its people [µEUR/kWh]
    """

    power: Floats
    feeds: Floats
    worth: Ints


@dataclass(frozen=True, slots=True)
class Steered(Columns):
    """Devices that a contract may let the DSO dim; D rows.

    home:  [D] int32, whose
    rated: [D] most that it draws [kW]
    drawn: [D] what it draws now, not negative [kW]
    least: [D] least that it can draw now, not negative [kW]
    heats: [D] bool, whether it is a heat pump
    """

    home: Indices
    rated: Floats
    drawn: Floats
    least: Floats
    heats: Flags


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the DSO saw and took back.

    flow:   the AC power flow of what was delivered
    taken:  [G] of each give-up [kW]; None where nothing had to be taken
    give_ups: what could have been taken; None as above
    rounds: how often something was taken back
    held:   whether every bound holds
    binding: what bound last, or is furthest beyond its bound where that stays, in words; "" where nothing did
    taps:   where the regulated transformers stand, added up, and how many steps they took
    """

    flow: Flow
    taken: Floats | None
    give_ups: GiveUps | None
    rounds: int
    held: bool
    binding: str
    taps: tuple[int, int] = (0, 0)


class Regime(Protocol):
    """What the DSO does with what homes would draw and feed in.

    A regime may act before delivery, too. One that has `clear(place, book, market) -> Cleared` has the market cleared within
    the grid (see `p2p.operators.dso.place`), by rules that claim what its class attribute `needs` says.
    """

    def __call__(self, grid: Grid, usage: Usage, bounds: Bounds, give_ups: Callable[[], GiveUps]) -> Outcome:
        """The flow that is delivered. `give_ups` is asked only when something must be taken back."""


@runtime_checkable
class Encloses(Protocol):
    """A regime that says before the gate closes how each connection may be used."""

    def envelopes(self, grid: Grid, bounds: Bounds, expected: Expected) -> Envelopes:
        """The envelopes of the interval that comes; homes keep to them."""


@runtime_checkable
class Contracts(Protocol):
    """A regime whose contracts say what may be taken back, rather than what is worth least."""

    def offered(self, connections: Connections, devices: Steered) -> GiveUps:
        """What the contracts let the DSO take now; the regime gets it when it asks for give-ups."""


def holds(flow: Flow, bounds: Bounds) -> bool:
    """Whether a flow converged and keeps every bound."""
    from p2p.operators.dso.kernels import keeps

    over_voltage, over_loading = bounds.tolerance
    low, high = bounds.low - over_voltage, bounds.high + over_voltage
    return bool(flow.converged) and keeps(flow.every_voltage, flow.loading, low, high, bounds.loading + over_loading)
