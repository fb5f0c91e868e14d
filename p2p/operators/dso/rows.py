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
    """Elements that may bind.

    Currents are complex and may lie in a circle, of which rows are a polygon's sides, drawn where they are needed: in the direction
    that a current has when it is beyond its bound, and in the opposite one, in which another clearing might send it.

    elements: R of them
    sign:     [R] +1 where the upper bound is meant, -1 where the lower; of a loading, a current the other way round
    """

    elements: Elements
    sign: Signs

    @classmethod
    def none(cls) -> Self:
        """No element."""
        from p2p.grid import Elements

        nothing = np.zeros(0, np.int64)
        return cls(Elements(nothing, nothing, np.zeros(0)), np.zeros(0, np.int8))

    @classmethod
    def everything(cls, grid: Grid) -> Self:
        """Both bounds of every voltage but the slack's, and every branch that has a rating."""
        from p2p.grid import Elements

        buses, rated = np.delete(np.arange(len(grid.buses)), grid.slack), np.flatnonzero(grid.branches.rating_kva > 0)
        elements = Elements.of(np.concatenate((buses, buses)), np.concatenate((rated, rated)))
        return cls(elements, np.repeat(np.array([1, -1, 1, -1], np.int8), (len(buses), len(buses), len(rated), len(rated))))

    def __len__(self) -> int:
        return len(self.sign)

    def some(self, which: Flags) -> Self:
        """Some of them; which : [R] bool."""
        return type(self)(self.elements.take(np.flatnonzero(which)), self.sign[which])

    def with_worst(self, flow: Flow, grid: Grid, bounds: Bounds) -> Self:
        """These, and the elements beyond their bounds that are worse than their neighbours."""
        from p2p.grid import Elements
        from p2p.operators.dso.kernels import worst_spots

        buses = len(grid.buses)
        chosen = np.empty(buses + len(grid.branches), np.bool_)
        over_voltage, over_loading = bounds.tolerance
        band = bounds.low - over_voltage, bounds.high + over_voltage, 100.0 + over_loading
        if not worst_spots(flow.voltage, flow.loading, *band, grid.slack, grid.branches.from_bus, grid.branches.to_bus, chosen):
            return self
        at_bus, at_branch = np.flatnonzero(chosen[:buses]), np.flatnonzero(chosen[buses:])
        more = Elements.of(at_bus, np.repeat(at_branch, 2)).with_angles(grid, flow)
        sign = np.concatenate((np.where(flow.voltage[at_bus] > bounds.high, 1, -1), np.tile((1, -1), len(at_branch)))).astype(np.int8)
        key = self._keys(more, sign)
        new = ~np.isin(key, self._keys(self.elements, self.sign))
        if not new.any():
            return self
        elements = Elements.concat([self.elements, more.take(np.flatnonzero(new))])
        return type(self)(elements, np.append(self.sign, sign[new]).astype(np.int8))

    @staticmethod
    def _keys(elements: Elements, sign: Signs) -> Ints:
        turn = np.rint(np.nan_to_num(elements.angle) / TURN).astype(np.int64) % round(np.pi / TURN)
        keys: Ints = ((elements.row * 2 + elements.kind) * 2 + (sign > 0)) * 128 + turn
        return keys

    def room(self, grid: Grid, flow: Flow, bounds: Bounds, aim: float = 0.0) -> Floats:
        """[R] how far each is from its bound, negative beyond. [p.u. or percent points]

        aim : how much further inside the bound is taken, in parts of `AGREED`.
        """
        is_voltage = self.elements.kind == 0
        bound = np.where(is_voltage, np.where(self.sign > 0, bounds.high, bounds.low), 100.0 * self.sign)
        inside = aim * np.where(is_voltage, AGREED[0], AGREED[1])
        room: Floats = self.sign * (bound - self.elements.values(grid, flow)) - inside
        return room

    def limits(self, place: Place, point: Point, losses: Tangents) -> tuple[Limits, Tangents]:
        """These elements as limits on what the market decides, linearised at a point; and the tangents with the one there."""
        from p2p.grid import Elements, Kind, gradients

        count, priced = len(self), losses.priced
        elements = Elements.concat([self.elements, Elements.of_import()]) if priced else self.elements
        active, _ = gradients(place.grid, point.flow, point.p, point.q, elements)
        matrix = active[:count] * (self.sign / place.hours)[:, None]
        if priced:
            slope = active[count] - 1.0
            lost = float(point.flow.losses_kw) * place.hours - float(slope @ point.withdrawn)
            losses = Tangents(np.vstack((losses.slopes, slope)), np.append(losses.lost, lost))
        limits = Limits(
            matrix,
            self.room(place.grid, point.flow, place.bounds, AIM) + matrix @ point.withdrawn,
            self.elements.names(place.grid),
            np.where(self.elements.kind == Kind.VOLTAGE, VOLTAGE, CONGESTION).astype(np.int8),
            losses.slopes,
            losses.lost,
            place.loss_price,
            place.relief() if count else NO_RELIEF,
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
