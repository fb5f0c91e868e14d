"""Feeders below one medium-voltage grid: which bus is in which, and what they exchange with what is above them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Floats, Indices, Ints, Texts
from p2p.grid.flow import Flow
from p2p.grid.network import Grid
from p2p.grid.topology import low_voltage_feeders

REST = "upstream"
"""The name of what is in no feeder."""


@dataclass(frozen=True, slots=True)
class Areas:
    """Parts of a grid: first all that is in no low-voltage feeder, then each feeder below its own transformers.

    name:   [A] of the feeders that of the first branch by which each hangs on the rest
    at_bus: [B] int32, the area of each bus
    branch: [I] int64, rows of the branches between a feeder and the rest, its transformers
    area:   [I] int64, the feeder of each
    """

    name: Texts
    at_bus: Indices
    branch: Ints
    area: Ints

    def __len__(self) -> int:
        return len(self.name)

    def of_homes(self, bus: Indices) -> Ints:
        """[N] the area of each home, of their buses."""
        return self.at_bus[bus].astype(np.int64)

    def exchange(self, grid: Grid, flow: Flow) -> tuple[Floats, Floats]:
        """[A] kW taken from above and [A] percent that the most loaded transformer carries; NaN where there is none.

        It is counted at the upper end, so that a feeder bears the losses of its transformers. Of the first area, that is what the
        whole grid takes from upstream.
        """
        ends = np.stack((grid.branches.from_bus[self.branch], grid.branches.to_bus[self.branch]))
        above = np.where(self.at_bus[ends[0]] == self.area, 1, 0)
        rows = np.arange(len(self.branch))
        here, there = flow.phasor[ends[above, rows]], flow.phasor[ends[1 - above, rows]]
        y = grid.matrix.y[self.branch]
        current = y[rows, 3 * above] * here + y[rows, 1 + above] * there
        into = np.where(above == 0, flow.p_kw[self.branch], (here * np.conj(current)).real * grid.base_kva)
        taken, loading = np.zeros(len(self)), np.full(len(self), np.nan)
        np.add.at(taken, self.area, into)
        np.fmax.at(loading, self.area, flow.loading[self.branch])
        taken[0] = float(flow.import_kw)
        return taken, loading


def areas_of(grid: Grid) -> Areas:
    """The areas of a grid; only the first where no low-voltage feeder hangs on anything."""
    at_bus = np.zeros(len(grid.buses), np.int32)
    for number, part in enumerate(low_voltage_feeders(grid.buses.kv, grid.branches, grid.slack), 1):
        at_bus[list(part)] = number
    area = np.maximum(at_bus[grid.branches.from_bus], at_bus[grid.branches.to_bus])
    branch = np.flatnonzero(at_bus[grid.branches.from_bus] != at_bus[grid.branches.to_bus])
    feeder, first = np.unique(area[branch], return_index=True)
    names = [REST, *grid.branches.name[branch[first]].tolist()]
    assert len(feeder) == len(names) - 1 == int(at_bus.max(initial=0))
    return Areas(np.array(names), at_bus, branch, area[branch].astype(np.int64))
