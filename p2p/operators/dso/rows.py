"""The grid as rows: elements that bind or might, linearised where the grid stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from p2p.base.columns import Flags, Floats, Ints, Signs
from p2p.operators.dso.place import Place
from p2p.operators.dso.positions import Bounds
from p2p.orders import Limits
from p2p.orders.limits import CONGESTION, NO_RELIEF, VOLTAGE, Relief

if TYPE_CHECKING:
    from p2p.grid import Elements, Flow, Grid

AGREED = (1e-4, 0.1)
"""Within so much a binding element must stand at its bound by the AC flow: of a voltage [p.u.], of a loading [percent points]."""

AIM = 0.5
"""Rows aim so much of that inside the bound, so that what is left of curvature stays inside, too."""


TURN = np.pi / 80
"""Directions of a current that are no farther apart are one: a side of so many degrees lies within 0.02 % of the circle. [rad]"""


@dataclass(frozen=True, slots=True)
class Point:
    """Where the grid stands in one round.

    flow:      its AC power flow
    p, q:      [B] the withdrawals that led to it [kW], [kvar]
    withdrawn: [B] the part of p that the market and the DSO decide [kWh]
    """

    flow: Flow
    p: Floats
    q: Floats
    withdrawn: Floats


@dataclass(frozen=True, slots=True)
class Rows:
    """Elements that may bind, and their bounds.

    Currents are complex and may lie in a circle, of which rows are a polygon's sides, drawn where they are needed: in the direction
    that a current has when it is beyond its bound, and in the opposite one, in which another clearing might send it.

    elements: E of them
    place:    [R] int64, the element of each row
    sign:     [R] +1 where the upper bound is meant, -1 where the lower; of a loading, a current the other way round
    """

    elements: Elements
    place: Ints
    sign: Signs

    @classmethod
    def none(cls) -> Self:
        """No element."""
        from p2p.grid import Elements

        nothing = np.zeros(0, np.int64)
        return cls(Elements(nothing, nothing, np.zeros(0)), nothing, np.zeros(0, np.int8))

    @classmethod
    def everything(cls, grid: Grid) -> Self:
        """Both bounds of every voltage but the slack's, and every branch that has a rating."""
        from p2p.grid import Elements

        buses, rated = np.delete(np.arange(len(grid.buses)), grid.slack), np.flatnonzero(grid.branches.rating_kva > 0)
        count = len(buses) + len(rated)
        return cls(Elements.of(buses, rated), np.tile(np.arange(count), 2), np.repeat(np.array([1, -1], np.int8), count))

    def __len__(self) -> int:
        return len(self.sign)

    @property
    def is_voltage(self) -> Flags:
        """[R] bool."""
        voltage: Flags = (self.elements.kind == 0)[self.place]
        return voltage

    def some(self, which: Flags) -> Self:
        """Some of them; which : [R] bool."""
        used, place = np.unique(self.place[which], return_inverse=True)
        return type(self)(self.elements.take(used), place.astype(np.int64), self.sign[which])

    def with_worst(self, flow: Flow, grid: Grid, bounds: Bounds) -> Self:
        """These, and the elements beyond their bounds that are worse than their neighbours."""
        from p2p.grid import Elements
        from p2p.operators.dso.kernels import unseen, worst_spots

        buses = len(grid.buses)
        chosen = np.empty(buses + len(grid.branches), np.bool_)
        over_voltage, over_loading = bounds.tolerance
        band = bounds.low - over_voltage, bounds.high + over_voltage, 100.0 + over_loading
        if not worst_spots(flow.voltage, flow.loading, *band, grid.slack, grid.branches.from_bus, grid.branches.to_bus, chosen):
            return self
        spots = np.flatnonzero(chosen)
        at_bus = spots[: np.searchsorted(spots, buses)]
        more = Elements.of(at_bus, spots[len(at_bus) :] - buses).with_angles(grid, flow)
        sign = np.ones(len(more), np.int8)
        sign[: len(at_bus)][flow.voltage[at_bus] < bounds.high] = -1
        known, new = self.elements, np.empty(len(more), np.bool_)
        ways = np.zeros(len(known), np.int8)
        ways[self.place] = self.sign
        if not unseen(known.kind, known.row, known.angle, ways, more.kind, more.row, more.angle, sign, TURN, new):
            return self
        first = len(known) + np.arange(np.count_nonzero(new))
        both = np.count_nonzero(new[: len(at_bus)])  # branches come after them, and have two rows each
        place = np.concatenate((self.place, first, first[both:]))
        sign = np.concatenate((self.sign, sign[new], np.full(len(first) - both, -1, np.int8)))
        return type(self)(Elements.concat([known, more.take(new)]), place, sign)

    def room(self, grid: Grid, flow: Flow, bounds: Bounds, aim: float = 0.0) -> Floats:
        """[R] how far each is from its bound, negative beyond. [p.u. or percent points]

        aim : how much further inside the bound is taken, in parts of `AGREED`.
        """
        from p2p.operators.dso.kernels import rooms

        room = np.empty(len(self))
        values = self.elements.values(grid, flow)
        rooms(self.elements.kind, values, self.place, self.sign, bounds.low, bounds.high, aim * AGREED[0], aim * AGREED[1], room)
        return room

    def limits(self, place: Place, point: Point, losses: Tangents) -> tuple[Limits, Tangents]:
        """These elements as limits on what the market decides, linearised at a point; and the tangents with the one there."""
        from p2p.grid import THE_IMPORT, Elements, gradients

        priced = losses.priced
        elements = self.elements if not priced else Elements.concat([self.elements, THE_IMPORT]) if len(self) else THE_IMPORT
        active, _ = gradients(place.grid, point.flow, point.p, point.q, elements)
        matrix = active[self.place] * (self.sign / place.hours)[:, None]
        if priced:
            slope = active[-1] - 1.0
            lost = float(point.flow.losses_kw) * place.hours - float(slope @ point.withdrawn)
            losses = Tangents(np.vstack((losses.slopes, slope)), np.append(losses.lost, lost))
        limits = Limits(
            matrix,
            self.room(place.grid, point.flow, place.bounds, AIM) + matrix @ point.withdrawn,
            self.elements.names(place.grid, self.place),
            np.where(self.is_voltage, VOLTAGE, CONGESTION).astype(np.int8),
            losses.slopes,
            losses.lost,
            place.loss_price,
            place.relief() if len(self) else NO_RELIEF,
            place.lost_load,
        )
        return limits, losses


@dataclass(frozen=True, slots=True)
class Tangents:
    """Losses as a convex curve of what the market decides, by its tangents (J. E. Kelley, "The cutting-plane method for solving
    convex programs", J. SIAM 8 (4), 1960).

    slopes: [C, B] kWh for a kWh withdrawn; lost: [C] where nothing is withdrawn [kWh]
    priced: whether losses count at all
    """

    slopes: Floats
    lost: Floats
    priced: bool = True

    @classmethod
    def none(cls, buses: int, priced: bool) -> Self:
        """No tangent yet."""
        return cls(np.zeros((0, buses)), np.zeros(0), priced)


def taken(relief: Relief, energy: Floats, buses: int) -> Floats:
    """[B] what is drawn more at each bus since the DSO takes something back. [Wh]"""
    return np.bincount(relief.bus, relief.sign * energy, buses).astype(np.float64)
