"""A grid in its critical situations, devices placed at random on it, and how many of them it carries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from p2p.base.columns import Columns, Flags, Floats, Indices, Ints
from p2p.grid import Flow, Grid, power_flow
from p2p.operators.dso import Bounds

FLOATS_AT_ONCE = 12_000_000
"""Of what is held in memory for one batch of flows."""


@dataclass(frozen=True)
class Case:
    """A grid, what it must keep, who may get a device, and the situations in which it is looked at.

    bus: [N] int32, where each home is that may get one
    p, q: [H, B] what is drawn anyway in each situation [kW], [kvar]
    power, reactive: [H, C] net withdrawal of a device for each kW of its size; one column a kind of course [kW/kW], [kvar/kW]
    """

    grid: Grid
    bounds: Bounds
    bus: Indices
    p: Floats
    q: Floats
    power: Floats
    reactive: Floats

    @cached_property
    def incidence(self) -> Any:
        """[N, B] 1 where a home is at a bus, sparse."""
        from scipy.sparse import csr_array

        homes = len(self.bus)
        return csr_array((np.ones(homes), (np.arange(homes), self.bus)), shape=(homes, len(self.grid.buses)))

    @cached_property
    def holds_alone(self) -> bool:
        """Whether every bound holds without any device."""
        return bool(keeps(power_flow(self.grid, self.p, self.q), self.bounds).all())

    def on(self, grid: Grid) -> Case:
        """The same situations on another grid of the same buses."""
        return replace(self, grid=grid)


@dataclass(frozen=True, slots=True)
class Placements(Columns):
    """Random ways in which homes get devices; K rows.

    turn:   [K, N] int, 0 for the home that gets the first device, N - 1 for the last
    size:   [K, N] of the device of each home [kW]
    column: [K, N] int, which course it follows, a column of the case
    """

    turn: Ints
    size: Floats
    column: Ints

    def kw(self, counts: Ints) -> Floats:
        """[K] size of the first `counts` devices together. [kW]"""
        return np.asarray(np.where(self.turn < counts[:, None], self.size, 0.0).sum(axis=1))


def hosted(case: Case, placed: Placements, tell: Callable[[int, int], None] = lambda done, total: None) -> Ints:
    """[K] how many homes may get their device, in each placement's own order, so that every situation keeps every bound.

    By bisection, since devices of one kind move the flow one way: what breaks with some of them breaks with more. It is 0 where
    the grid does not hold without any.

    tell : called with how many placements are done, and how many there are.
    """
    counts = np.zeros(len(placed), np.int64)
    if not case.holds_alone:
        return counts
    for rows in blocks(case, len(placed)):
        counts[rows] = _bisected(case, placed.take(rows))
        tell(rows.stop, len(placed))
    return counts


def _bisected(case: Case, placed: Placements) -> Ints:
    flows = Flows(case, placed)
    low, high = np.zeros(len(placed), np.int64), np.full(len(placed), len(case.bus) + 1)
    while np.any(high - low > 1):
        middle = (low + high) // 2
        holds = flows.hold(middle)
        low, high = np.where(holds, middle, low), np.where(holds, high, middle)
    return low


def limits(case: Case, placed: Placements, counts: Ints) -> dict[str, float]:
    """What is furthest beyond its bound with one device more than `counts`, and its share of the placements, most frequent first.

    "nothing" where every home has one; without any device where the grid does not hold without. Voltages are measured by the width of the band, loadings by the rating.
    """
    names: list[str] = []
    more = np.minimum(counts + case.holds_alone, len(case.bus))
    for rows in blocks(case, len(placed)):
        flow = Flows(case, placed.take(rows)).of(more[rows])
        beyond = excess(flow, case.bounds).reshape(rows.stop - rows.start, len(case.p), -1).max(axis=1)
        names += [
            name_of(case.grid, row) if best > 0 else "nothing" for row, best in zip(beyond.argmax(axis=1), beyond.max(axis=1), strict=True)
        ]
    found, times = np.unique(names, return_counts=True)
    order = np.argsort(-times, kind="stable")
    return {str(found[row]): float(times[row] / len(names)) for row in order}


class Flows:
    """The power flows of some placements in all situations, for any number of devices."""

    def __init__(self, case: Case, placed: Placements) -> None:
        self.case, self.placed = case, placed
        self.power, self.reactive = (self._by_home(table) for table in (case.power, case.reactive))

    def _by_home(self, table: Floats) -> Floats | None:
        """[K, H, N] what each home's device draws."""
        if not table.any():
            return None
        by_home: Floats = np.ascontiguousarray(np.moveaxis(table[:, self.placed.column], 0, 1)) * self.placed.size[:, None, :]
        return by_home

    def of(self, counts: Ints) -> Flow:
        """The flows with the first `counts` [K] devices of each placement, [K H] one after another."""
        has = (self.placed.turn < counts[:, None])[:, None, :]
        return power_flow(self.case.grid, self._drawn(self.case.p, self.power, has), self._drawn(self.case.q, self.reactive, has))

    def _drawn(self, anyway: Floats, devices: Floats | None, has: Flags) -> Floats:
        placements = len(self.placed)
        if devices is None:
            return np.tile(anyway, (placements, 1))
        at_bus: Floats = (devices * has).reshape(-1, devices.shape[-1]) @ self.case.incidence
        at_bus.reshape(placements, *anyway.shape)[:] += anyway
        return at_bus

    def hold(self, counts: Ints) -> Flags:
        """[K] whether all situations keep every bound."""
        return np.asarray(keeps(self.of(counts), self.case.bounds).reshape(len(self.placed), -1).all(axis=1))


def keeps(flow: Flow, bounds: Bounds) -> Flags:
    """[T] whether each flow converged and keeps every bound, as `p2p.operators.dso.positions.holds` says of one."""
    over_voltage, over_loading = bounds.tolerance
    high, low, most = flow.voltage.max(axis=-1), flow.voltage.min(axis=-1), flow.loading.max(axis=-1)
    return np.asarray(
        flow.converged & (low >= bounds.low - over_voltage) & (high <= bounds.high + over_voltage) & (most <= 100 + over_loading)
    )


def excess(flow: Flow, bounds: Bounds) -> Floats:
    """[T, B + L] how far each voltage, over the width of the band, and each loading, over the rating, is beyond its bound.

    Where there is no operating point everything is 1 beyond.
    """
    voltage = np.maximum(flow.voltage - bounds.high, bounds.low - flow.voltage) / (bounds.high - bounds.low)
    beyond = np.concatenate((voltage, flow.loading / 100 - 1), axis=-1)
    return np.where(flow.converged[..., None], beyond, 1.0)


def name_of(grid: Grid, row: int) -> str:
    """What a column of `excess` is, in words."""
    buses = len(grid.buses)
    return f"voltage at {grid.buses.name[row]}" if row < buses else f"loading of {grid.branches.name[row - buses]}"


def blocks(case: Case, placements: int) -> list[slice]:
    """Rows that are looked at together, so that all that is held in memory is bounded."""
    grid = case.grid
    each = len(case.p) * (5 * len(grid.buses) + 3 * len(grid.branches) + 2 * len(case.bus))
    step = max(1, FLOATS_AT_ONCE // each)
    return [slice(first, min(first + step, placements)) for first in range(0, placements, step)]
