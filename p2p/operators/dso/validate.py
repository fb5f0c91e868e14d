"""A market that trades one by one, and a grid operator that checks each trade."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from p2p.base.columns import Flags, Floats, Ints
from p2p.base.units import WH_PER_KWH, price
from p2p.markets.parameters import in_range
from p2p.operators.dso.curtail import Curtail
from p2p.operators.dso.locational import margin
from p2p.operators.dso.place import Certificate, Cleared, Market, Pieces, Place
from p2p.operators.dso.positions import Bounds, GiveUps, Outcome, Usage, holds
from p2p.operators.dso.rows import Point, Rows, Tangents
from p2p.orders import Clearing, Limits, Orders
from p2p.orders.limits import NO_RELIEF

if TYPE_CHECKING:
    from p2p.grid import Flow, Grid

FULL = 0.002
"""A row is full where it bears no more than so much at the bus that moves it most: a trimmed trade leaves less than a Wh. [kWh]"""

STEP = 1e-3
"""What a bus does to an element counts in so large parts of what the bus does that moves it most; what that leaves out is far less
than what the AC flow is asked for anyhow, and would keep a full element from trades that hardly touch it."""


@dataclass(frozen=True)
class Validate:
    """Trades checked one by one: accepted, trimmed or refused by what they do to voltages and loadings, for a network fee.

    At the AC flow of what homes draw without a contract, losses are linearised, and every voltage and loading that is
    scarce or beyond its bound. Within these rows the market trades (see `p2p.markets.continuous`), and the AC flow of what
    that leads to is solved. Elements that have become scarce are linearised there, and those beyond their bounds anew; the
    market trades again from the start, until nothing is beyond. Where the grid does not hold before anybody trades, no
    trade may make that worse. What no forecast foresaw is taken back as by `curtail`; fees are the DSO's.

    losses : whether trades pay what they add to the losses
    threshold : part of a rating, or of the way from the middle of the voltage band to its end, from which on an element is scarce
    congestion_fee : of a kWh that loads a full element as much as the bus that loads it most; from the threshold on it
        grows in proportion [EUR/MWh]
    most_rounds : clearings after which what is left of a violation stays

    References
    ----------
    J. Guerrero, A. C. Chapman and G. Verbič, "Decentralized P2P energy trading under network constraints in a low-voltage
    network", IEEE Trans. Smart Grid 10 (5), 2019, section III.
    """

    losses: bool = True
    threshold: float = 0.8
    congestion_fee: float = 20.0
    most_rounds: int = 6
    needs: ClassVar[str] = "checks_trades"

    def __post_init__(self) -> None:
        in_range("threshold", self.threshold, 0, 1)
        in_range("congestion_fee", self.congestion_fee, 0, 1_000_000)
        in_range("most_rounds", self.most_rounds, 1, 1_000)

    def __call__(self, grid: Grid, usage: Usage, bounds: Bounds, give_ups: Callable[[], GiveUps]) -> Outcome:
        """The flow that is delivered; what nobody foresaw is taken back as a last resort."""
        return Curtail()(grid, usage, bounds, give_ups)

    def clear(self, place: Place, book: Orders, market: Market) -> Cleared:
        """What the market comes to when each trade is checked; nothing, where the grid has no flow to check it by."""
        place = replace(place, relief=lambda: NO_RELIEF)
        pieces = place.pieces(book)
        flow, p, q = place.flow(place.base)
        nothing = Clearing.nothing(pieces.orders)
        if not flow.converged:
            return self._cleared(place, pieces, nothing, flow, 0, "power flow", False)
        watch, point = Watch.of(place, flow, self.threshold), Point(flow, p, q, np.zeros(len(place.grid.buses)))
        limits, clearing, rounds = self._rows(place, watch.new(place, flow), point, self.losses), nothing, 0
        as_counted = False
        while rounds < self.most_rounds:
            before, clearing, rounds = clearing, market(pieces.orders, limits), rounds + 1
            point = _reached(place, pieces, clearing, as_counted)
            if not as_counted and watch.beyond(place, point.flow):
                as_counted, point = True, _reached(place, pieces, clearing, True)
            if not point.flow.converged or (rounds > 1 and np.array_equal(clearing.energy, before.energy)):
                break
            more = watch.new(place, point.flow)
            if not len(more):
                break
            limits = limits.beside(self._rows(place, more, point, False))
        if not point.flow.converged:
            return self._cleared(place, pieces, nothing, flow, rounds, "power flow", False)
        return self._cleared(place, pieces, clearing, point.flow, rounds, _fullest(limits, point.withdrawn), as_counted)

    def _rows(self, place: Place, rows: Rows, point: Point, losses: bool) -> Limits:
        """Elements as limits, linearised at a point, and from where they are scarce."""
        found, _ = rows.limits(place, point, Tangents.none(len(place.grid.buses), losses and place.loss_price > 0))
        size = np.abs(found.matrix).max(axis=1, initial=0.0)[:, None] * STEP
        matrix = np.rint(found.matrix / np.where(size > 0, size, 1.0)) * size
        headroom = found.headroom + (matrix - found.matrix) @ point.withdrawn
        scarce = scarce_from(rows, place.bounds, self.threshold)
        return replace(found, matrix=matrix, headroom=headroom, scarce=scarce, scarcity_price=price(self.congestion_fee))

    def _cleared(
        self, place: Place, pieces: Pieces, clearing: Clearing, flow: Flow, rounds: int, binding: str, as_counted: bool
    ) -> Cleared:
        """The same for the book; the place is paid for with the fees, and no more."""
        moved, contracted = _moved(place, pieces, clearing, False), clearing.by_agent(pieces.orders, len(place.bus))[0]
        steered = contracted
        if as_counted:
            followed, moved = moved, _moved(place, pieces, clearing, True)
            steered = np.where(moved == followed, contracted, np.rint(place.base * place.wh).astype(np.int64) + moved)
        alike = np.zeros(len(place.grid.buses), np.int64)
        certificate = Certificate(rounds, holds(flow, place.bounds), binding, margin(flow, place), 0)
        return Cleared(pieces.whole(clearing), steered, moved, alike, alike, certificate)


def _moved(place: Place, pieces: Pieces, clearing: Clearing, as_counted: bool) -> Ints:
    """[N] what contracts move the homes' withdrawals by: as far as they can follow them, or as the market's rows count it. [Wh]

    A home may sell what moves nothing although what moves it was trimmed: then its contract would move it beyond what was checked.
    """
    homes = len(place.bus)
    if as_counted:
        return pieces.moved(clearing, homes)
    return np.rint((place.drawn(clearing.by_agent(pieces.orders, homes)[0]) - place.base) * place.wh).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Watch:
    """Every element of a grid, and which the market knows of by now.

    rows:   all of them
    scarce: [R] room from which down an element is scarce, in its unit
    least:  [R] room that it must keep, which is what it had where it was beyond its bound before anybody traded
    known:  [R] bool, which are rows of the market; grows
    """

    rows: Rows
    scarce: Floats
    least: Floats
    known: Flags

    @classmethod
    def of(cls, place: Place, flow: Flow, threshold: float) -> Self:
        """Of a grid as it stands before anybody trades."""
        rows = Rows.everything(place.grid)
        over = np.where(rows.is_voltage, *place.bounds.tolerance)
        least = np.minimum(rows.room(place.grid, flow, place.bounds), 0.0) - over
        return cls(rows, scarce_from(rows, place.bounds, threshold), least, np.zeros(len(rows), np.bool_))

    def beyond(self, place: Place, flow: Flow) -> bool:
        """Whether an element is beyond its bound, and further than before anybody traded."""
        return not flow.converged or bool(np.any(self.rows.room(place.grid, flow, place.bounds) < self.least))

    def new(self, place: Place, flow: Flow) -> Rows:
        """The elements that have become scarce, and those beyond their bounds."""
        room = self.rows.room(place.grid, flow, place.bounds)
        found = (room < self.least) | ((room < self.scarce) & ~self.known)
        self.known[found] = True
        return self.rows.some(found)


def scarce_from(rows: Rows, bounds: Bounds, threshold: float) -> Floats:
    """[R] room from which down elements are scarce: that left at the threshold of a rating, or of half the voltage band."""
    scarce: Floats = (1.0 - threshold) * np.where(rows.is_voltage, (bounds.high - bounds.low) / 2, 100.0)
    return scarce


def _reached(place: Place, pieces: Pieces, clearing: Clearing, as_counted: bool) -> Point:
    """Where a clearing leaves the grid, and what it moves there as the market's rows count it."""
    flow, p, q = place.flow(place.base + _moved(place, pieces, clearing, as_counted) / place.wh)
    counted = pieces.moved(clearing, len(place.bus))
    return Point(flow, p, q, np.bincount(place.bus, counted, len(place.grid.buses)) / WH_PER_KWH)


def _fullest(limits: Limits, withdrawn: Floats) -> str:
    """The row that has the least room left, in words; "" where all have some."""
    if not len(limits):
        return ""
    size = np.abs(limits.matrix).max(axis=1)
    left = (limits.headroom - limits.matrix @ withdrawn) / np.where(size > 0, size, 1.0)
    least = int(np.argmin(left))
    return limits.name[least] if left[least] <= FULL else ""
