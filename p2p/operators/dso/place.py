"""What a market meets that must stay within the grid: which orders move it, from where, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Flags, Floats, Indices, Ints
from p2p.base.units import WH_PER_KWH
from p2p.operators.dso.positions import Bounds
from p2p.orders import Clearing, Limits, Orders, Relief

if TYPE_CHECKING:
    from p2p.grid import Flow, Grid

type Market = Callable[[Orders, Limits], Clearing]
"""How a book is cleared within limits."""


@dataclass(frozen=True)
class Place:
    """The grid and the homes on it at gate closure, as their prognoses have it.

    Without a contract a home draws what its people need from the retailer, or feeds in what is over; a contract moves that
    where it lies between `low` and `high`. What it buys beyond, it only buys from somebody else.

    bus:        [N] int32
    kvar:       [N] reactive power that they draw [kvar]
    low, high:  [N] net withdrawal, between which a home draws what it contracts [kW]
    hours:      length of the interval [h]
    loss_price: what the DSO pays for a kWh of losses [µEUR/kWh]
    lost_load:  worth of a kWh of load that nobody steers [µEUR/kWh]
    relief:     what the DSO could take back without a contract, asked only where a limit binds
    regulated:  the grid as transformers would stand after a flow; None where all are fixed
    """

    grid: Grid
    bounds: Bounds
    bus: Indices
    kvar: Floats
    low: Floats
    high: Floats
    hours: float
    loss_price: int
    lost_load: int
    relief: Callable[[], Relief]
    regulated: Callable[[Flow], Grid] | None = None

    @cached_property
    def base(self) -> Floats:
        """[N] what homes draw without a contract. [kW]"""
        base: Floats = np.clip(0.0, self.low, self.high)
        return base

    @property
    def wh(self) -> float:
        """Wh of a kW held for the interval."""
        return self.hours * WH_PER_KWH

    def drawn(self, contracted: Ints) -> Floats:
        """[N] what homes draw with their contracts. [kW]"""
        drawn: Floats = np.clip(contracted / self.wh, self.low, self.high)
        return drawn

    def flow(self, drawn: Floats, taken: Floats | None = None) -> tuple[Flow, Floats, Floats]:
        """The AC power flow of what homes draw, and the withdrawals that led to it.

        drawn : [N] [kW]. taken : [B] what is drawn more since the DSO takes something back [kW]; None for nothing.
        """
        from p2p.grid import power_flow
        from p2p.operators.dso.kernels import both_at_bus

        p, q = np.zeros((2, len(self.grid.buses)))
        both_at_bus(self.bus, drawn, self.kvar, p, q)
        if taken is not None:
            p += taken
        return power_flow(self.grid, p, q), p, q

    def pieces(self, orders: Orders) -> Pieces:
        """A book in pieces that move the grid, which stand at their bus, and pieces that don't, which stand at the slack."""
        from p2p.operators.dso.kernels import cut

        count = len(orders)
        rows = np.lexsort((orders.arrival, -orders.side * orders.price, orders.side, orders.agent))
        origin, energy, moves = np.empty((3, 3 * count), np.int64)
        ends = self.low * self.wh, self.high * self.wh
        found = cut(orders.agent, orders.side, orders.energy, rows, *ends, origin, energy, moves)
        origin, moving = origin[:found], moves[:found] > 0
        whole = orders.take(origin)
        bus = np.where(moving, whole.bus, self.grid.slack).astype(np.int32)
        return Pieces(whole.replace(energy=energy[:found], bus=bus), origin, moving, count)


@dataclass(frozen=True, slots=True)
class Pieces:
    """A book of which every row moves the grid at its bus, or not at all.

    orders: [O'] the pieces
    origin: [O'] row of the book
    moving: [O'] bool, whether it moves the grid
    count:  O, of the book
    """

    orders: Orders
    origin: Ints
    moving: Flags
    count: int

    def whole(self, clearing: Clearing) -> Clearing:
        """The clearing of the book, of that of its pieces."""
        energy, payment = np.zeros((2, self.count), np.int64)
        np.add.at(energy, self.origin, clearing.energy)
        np.add.at(payment, self.origin, clearing.payment)
        trades = clearing.trades
        if trades is not None:
            trades = trades.replace(bid=self.origin[trades.bid], offer=self.origin[trades.offer])
        return Clearing(energy, payment, None, trades, clearing.facts, clearing.nodal)

    def moved(self, clearing: Clearing, homes: int) -> Ints:
        """[N] what contracts move the homes' withdrawals by. [Wh]"""
        moved = np.zeros(homes, np.int64)
        net = self.orders.side * clearing.energy
        np.add.at(moved, self.orders.agent[self.moving], net[self.moving])
        return moved


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the clearing of an interval can say for itself.

    rounds:  how often the grid was linearised and the market cleared anew
    kept:    whether every bound holds at the planned point, by the AC flow
    binding: the element whose limit is worth most, in words; "" where none binds
    margin:  the smallest distance from a bound, in parts of the voltage band or of the rating
    relief:  what the DSO plans to take back [Wh]
    """

    rounds: int
    kept: bool
    binding: str
    margin: float
    relief: int


@dataclass(frozen=True, slots=True)
class Cleared:
    """What a market within the grid came to.

    clearing:  of the book
    steered:   [N] int64, the contract that each home's devices follow [Wh]
    moved:     [N] int64, what contracts move withdrawals by, for which the place is paid in their price [Wh]
    location:  [B] int64, what the place adds to the price of energy, for all that is drawn [µEUR/kWh]
    losses:    [B] int64, the part of it that is for losses [µEUR/kWh]
    """

    clearing: Clearing
    steered: Ints
    moved: Ints
    location: Ints
    losses: Ints
    certificate: Certificate
