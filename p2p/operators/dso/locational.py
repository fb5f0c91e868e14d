"""Prices that know the wires: the market clears within the grid, and the AC power flow confirms it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from p2p.base.columns import Ints
from p2p.base.units import WH_PER_KWH
from p2p.markets.parameters import in_range, one_of
from p2p.operators.dso.curtail import Curtail
from p2p.operators.dso.place import Certificate, Cleared, Market, Pieces, Place
from p2p.operators.dso.positions import Bounds, GiveUps, Outcome, Usage, holds
from p2p.operators.dso.rows import AGREED, Point, Rows, Tangents, taken
from p2p.orders import NO_LIMITS, Clearing, Limits, Nodal, Orders

if TYPE_CHECKING:
    from p2p.grid import Flow, Grid

REFUNDS = ("equal", "drawn", "kept")
"""Who gets the rent: all connections alike, by what they draw, or nobody: the DSO keeps it."""

GAIN = 1e-6
"""Of the welfare; where another round brings less, the losses agree."""


NONE = np.zeros(0)

PATIENCE = 2
"""Rounds that bring nothing, before the best so far is taken."""

NO_FLOW = "power flow"
"""What binds where the grid can't carry what is drawn even without contracts."""

NEWTON = 3
"""Rounds in which rows are only linearised anew; then those that bound before stay, too."""


@dataclass(frozen=True)
class Locational:
    """The double auction within the grid: each kWh costs what it costs there, by losses, congestion and voltage.

    The market is cleared as if there were no grid, and the AC flow of what that leads to is solved. Elements beyond their
    bounds, and losses, are linearised there; the market is cleared within those rows; the AC flow is solved again, and so
    on until nothing is beyond a bound and the rows that bind stand at theirs. What the place adds is paid for all that is
    drawn: in the market's price or, beyond contracts, to the DSO. What no forecast foresaw is taken back as by `curtail`.

    losses : whether losses are priced
    refund : who gets what congestion and voltage bring in: equal, drawn, or kept
    most_rounds : clearings after which what is left of a violation stays

    References
    ----------
    L. Bai et al., "Distribution locational marginal pricing (DLMP) for congestion management and voltage support", IEEE
    Trans. Power Systems 33 (4), 2018, section III; on the loop F. Palacios-Gomez, L. Lasdon and M. Engquist, "Nonlinear
    optimization by successive linear programming", Management Science 28 (10), 1982.
    """

    losses: bool = True
    refund: str = "equal"
    most_rounds: int = 12
    needs: ClassVar[str] = "within_network"

    def __post_init__(self) -> None:
        one_of("refund", self.refund, REFUNDS)
        in_range("most_rounds", self.most_rounds, 1, 1_000)

    def __call__(self, grid: Grid, usage: Usage, bounds: Bounds, give_ups: Callable[[], GiveUps]) -> Outcome:
        """The flow that is delivered; what nobody foresaw is taken back as a last resort."""
        return Curtail()(grid, usage, bounds, give_ups)

    def clear(self, place: Place, book: Orders, market: Market) -> Cleared:
        """What the market comes to within the grid."""
        clearing = market(book, NO_LIMITS)
        buses = len(place.grid.buses)
        contracted, _, _ = clearing.by_agent(book, len(place.bus))
        drawn = place.drawn(contracted)
        flow, p, q = place.flow(drawn)
        if place.regulated is not None:  # transformers move first
            place = replace(place, grid=place.regulated(flow))
            flow, p, q = place.flow(drawn)
        if holds(flow, place.bounds) and not (self.losses and place.loss_price > 0):
            return as_cleared(clearing, contracted, buses, Certificate(0, True, "", margin(flow, place), 0))
        if not flow.converged:  # the grid can't carry that; it is looked at from where nobody trades
            drawn = place.base
            flow, p, q = place.flow(drawn)
        if not flow.converged:  # nor that, so there is nothing to linearise; what is left is the last resort
            return as_cleared(clearing, contracted, buses, Certificate(0, False, NO_FLOW, np.nan, 0))
        moved = np.bincount(place.bus, (drawn - place.base) * place.hours, buses).astype(np.float64)
        return self._within(place, place.pieces(book), market, Point(flow, p, q, moved))

    def _within(self, place: Place, pieces: Pieces, market: Market, point: Point) -> Cleared:
        """Linearise, clear and solve until all agree; the best of the rounds."""
        rows, rounds, idle, before = Rows.none(), 0, 0, NO_LIMITS
        tangents = Tangents.none(len(place.grid.buses), self.losses and place.loss_price > 0)
        found: Found | None = None
        best: Found | None = None
        gained = np.inf
        while rounds < self.most_rounds and point.flow.converged and idle < PATIENCE:
            more = rows.with_worst(point.flow, place.grid, place.bounds)
            if found is not None and more is rows and self._agreed(found, gained, rows, point.flow, place):
                break
            rows, rounds = more, rounds + 1
            limits, tangents = rows.limits(place, point, tangents)
            found, point = self._round(place, pieces, market, limits.beside(before))
            if rounds >= NEWTON:  # two corners in turn: what bound at one stays in sight at the other
                before = before.beside(limits.rows(found.nodal.shadow[: len(limits)] > 0))
            gained = np.inf if best is None else found.value - best.value
            better = best is None or found.rank > best.rank
            best = found if better else best
            idle = 0 if better or not (found.kept or found.nodal.beyond.any()) else idle + 1
        assert best is not None
        return best.cleared(place, pieces, rounds)

    def _round(self, place: Place, pieces: Pieces, market: Market, limits: Limits) -> tuple[Found, Point]:
        """The market within the rows of a round, and where that leaves the grid."""
        buses = len(place.grid.buses)
        clearing = market(pieces.orders, limits)
        nodal = clearing.nodal or nowhere(clearing, buses)  # losses may cost nothing, and what is beyond may be out of reach
        moved = pieces.moved(clearing, len(place.bus))
        back = taken(limits.relief, nodal.relief, buses)
        flow, p, q = place.flow(place.base + moved / place.wh, back / place.wh)
        withdrawn = (np.bincount(place.bus, moved, buses) + back) / WH_PER_KWH
        value = float(clearing.welfare(pieces.orders)) - float(limits.relief.cost @ nodal.relief)
        if self.losses:
            value -= place.loss_price * float(flow.losses_kw) * place.wh
        found = Found(clearing, nodal, limits, moved, value, holds(flow, place.bounds), margin(flow, place))
        return found, Point(flow, p, q, withdrawn)

    def _agreed(self, found: Found, gained: float, rows: Rows, flow: Flow, place: Place) -> bool:
        """Whether rows that bind stand at their bounds, none is beyond, but where nothing helps, and the last round brought little.

        gained : by the last round, in welfare. [nEUR]
        """
        nodal, count = found.nodal, len(rows)
        if count:
            room, away = rows.room(place.grid, flow, place.bounds), np.where(rows.is_voltage, *AGREED)
            helped, binds = nodal.beyond[:count] <= 0, nodal.shadow[:count] > 0
            if np.any(((room < -0.01 * away) | (binds & (room > away))) & helped):
                return False
        foreseen = place.loss_price * abs(nodal.lost - float(flow.losses_kw) * place.wh)
        return not self.losses or foreseen <= GAIN * abs(found.value) or gained <= GAIN * abs(found.value)


@dataclass(frozen=True, slots=True)
class Found:
    """What a round came to: the clearing of the pieces, and what it is worth by the AC flow.

    moved: [N] Wh; value: welfare less relief and losses [nEUR]; kept: whether every bound holds; margin: see `Certificate`
    """

    clearing: Clearing
    nodal: Nodal
    limits: Limits
    moved: Ints
    value: float
    kept: bool
    margin: float

    @property
    def rank(self) -> tuple[bool, float]:
        """What makes one round better than another: bounds that hold, or hold better, then what it is worth."""
        return self.kept, self.value if self.kept else self.margin

    def cleared(self, place: Place, pieces: Pieces, rounds: int) -> Cleared:
        """The same for the book, with what it says for itself."""
        nodal, clearing = self.nodal, pieces.whole(self.clearing)
        contracted, _, _ = self.clearing.by_agent(pieces.orders, len(place.bus))
        base = np.rint(place.base * place.wh).astype(np.int64)
        steered = np.where(self.moved != 0, base + self.moved, contracted)
        most = int(np.argmax(nodal.shadow * np.abs(self.limits.matrix).max(axis=1))) if np.any(nodal.shadow > 0) else -1
        binding = self.limits.name[most] if most >= 0 else ""
        certificate = Certificate(rounds, self.kept, binding, self.margin, round(float(nodal.relief.sum())))
        return Cleared(clearing, steered, self.moved, nodal.location, nodal.losses, certificate)


def as_cleared(clearing: Clearing, contracted: Ints, buses: int, certificate: Certificate) -> Cleared:
    """A market that the grid changes nothing about, at prices that no place makes differ.

    contracted : [N] of each home. [Wh]
    """
    nothing = np.zeros(buses, np.int64)
    alike = replace(clearing, nodal=nowhere(clearing, buses))
    return Cleared(alike, contracted, np.zeros_like(contracted), nothing, nothing, certificate)


def nowhere(clearing: Clearing, buses: int) -> Nodal:
    """The prices of a market that no place makes differ."""
    nothing = np.zeros(buses, np.int64)
    return Nodal(np.array([clearing.price or 0]), nothing, nothing, nothing, NONE, NONE, 0.0, NONE)


def margin(flow: Flow, place: Place) -> float:
    """The smallest distance of the grid from a bound, in parts of the voltage band or of the rating."""
    from p2p.operators.dso.kernels import least_margin

    bounds = place.bounds
    return least_margin(flow.voltage, flow.loading, place.grid.slack, bounds.low, bounds.high)
