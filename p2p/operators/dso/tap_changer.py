"""Regulated transformers: the DSO's own asset, which moves before any market or curtailment does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Flags, Floats, Ints

if TYPE_CHECKING:
    from p2p.grid import Flow, Grid

MOST_KEPT = 64
"""Grids that are kept factorised; one transformer of nine positions needs nine."""


@dataclass(frozen=True, slots=True)
class TapControl:
    """By which voltage the transformers move that move; K rows.

    A transformer measures the middle between the highest and the lowest of the voltages that it watches. Where that lies
    outside the dead band around its set point, it takes one step towards it; no more in an interval, and none beyond its
    last position. The band is at least as wide as a step, so that no step overshoots it.

    rows:      [K] of the grid's tap changers
    watched:   [K, B] bool, buses whose voltages are measured
    set_point: voltage that is aimed at [p.u.]
    dead_band: width of what counts as kept, half of it each way [p.u.]

    References
    ----------
    P. Kundur, "Power System Stability and Control", McGraw-Hill 1994, section 11.2 (a regulator with a dead band and
    discrete steps; its time delay is far below an interval here).
    """

    rows: Ints
    watched: Flags
    set_point: float
    dead_band: float

    def measured(self, flow: Flow) -> Floats:
        """[K] the middle of the voltages that each watches. [p.u.]"""
        lowest = np.where(self.watched, flow.voltage, np.inf).min(axis=1)
        highest = np.where(self.watched, flow.voltage, -np.inf).max(axis=1)
        middle: Floats = (lowest + highest) / 2
        return middle

    def stepped(self, grid: Grid, flow: Flow) -> Ints:
        """The positions of all the grid's tap changers after at most one step of each that is regulated."""
        position = grid.taps.position
        if not flow.converged:
            return position
        off = self.measured(flow) - self.set_point
        way = np.where(np.abs(off) > self.dead_band / 2, -np.sign(off), 0.0).astype(np.int64) * grid.taps.raises[self.rows]
        moved = position.copy()
        low, high = np.minimum(grid.taps.low, position)[self.rows], np.maximum(grid.taps.high, position)[self.rows]
        moved[self.rows] = np.clip(position[self.rows] + way, low, high)
        return moved


class RegulatedGrid:
    """A grid where its tap changers stand; each set of positions has a factorisation of its own, and is kept.

    control : None where nothing moves.
    """

    def __init__(self, grid: Grid, control: TapControl | None) -> None:
        self.grid = grid
        self.control = control
        self._kept = {self._key(grid.taps.position): grid}

    def after(self, flow: Flow) -> Grid:
        """The grid to which a flow of the present one leads; nothing is moved yet."""
        if self.control is None:
            return self.grid
        position = self.control.stepped(self.grid, flow)
        if np.array_equal(position, self.grid.taps.position):
            return self.grid
        key = self._key(position)
        if key not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = self.grid.at_positions(position)
        return self._kept[key]

    def move(self, grid: Grid) -> int:
        """Stand where another grid of `after` stands; how many steps that takes."""
        steps = int(np.abs(grid.taps.position - self.grid.taps.position).sum())
        self.grid = grid
        return steps

    @property
    def position(self) -> int:
        """Of the regulated transformers, added up; of one, its own."""
        return 0 if self.control is None else int(self.grid.taps.position[self.control.rows].sum())

    @staticmethod
    def _key(position: Ints) -> tuple[int, ...]:
        return tuple(position.tolist())
