"""What the DSO knows before a day begins, and what it publishes for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self, TypeGuard, runtime_checkable

import numpy as np

from p2p.base.columns import Floats, Indices, Ints
from p2p.base.errors import LawBroken
from p2p.base.units import MAX_PRICE
from p2p.operators.dso.positions import Bounds, Regime

if TYPE_CHECKING:
    from p2p.grid import Flow, Grid

MOST = MAX_PRICE // 4
"""The dearest fee of which what a battery makes still fits into an order. [µEUR/kWh]"""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What the DSO knows of a day of L intervals before it begins; N homes.

    grid, bounds: what it runs, and what must hold there
    day:       which day of the run, from 0
    hours:     length of an interval [h]
    time:      [L] time of day by the local clock at the start of each interval [h]
    bus:       [N] int32, where homes are
    expected:  [L, N] prognoses of load less generation, by the forecast of the run; flexible devices are not in it [kW]
    kvar:      [L, N] reactive power of loads and plants [kvar]
    network, local_network: [L] int64, the rulebook's fee on a kWh drawn, and on one that was bought locally [µEUR/kWh]
    """

    grid: Grid
    bounds: Bounds
    day: int
    hours: float
    time: Floats
    bus: Indices
    expected: Floats
    kvar: Floats
    network: Ints
    local_network: Ints

    def __len__(self) -> int:
        return len(self.time)

    def flow(self) -> Flow:
        """The AC power flow of the prognoses, [L, ...]; homes are summed by bus in their own order."""
        from p2p.grid import power_flow

        sums = np.zeros((2, len(self.grid.buses), len(self)))
        for total, homes in zip(sums, (self.expected, self.kvar), strict=True):
            np.add.at(total, self.bus, homes.T)
        return power_flow(self.grid, *(np.ascontiguousarray(total.T) for total in sums))


@dataclass(frozen=True, slots=True)
class Notice:
    """Network prices of a day of L intervals, which planners plan with and bills are written by; N homes.

    network:       [L] int64, fee on a kWh drawn that was not bought locally [µEUR/kWh]
    local_network: [L] int64, fee on a kWh drawn that was bought locally [µEUR/kWh]
    own:           [L, N] int64, what a home's locally bought kWh carries beside that; None where it is the same for all [µEUR/kWh]
    per_kw:        for each kW of the home's highest draw in an interval of the day [µEUR/kW]
    """

    network: Ints
    local_network: Ints
    own: Ints | None = None
    per_kw: int = 0

    @classmethod
    def as_ruled(cls, ahead: Ahead) -> Self:
        """The rulebook's fees as they are."""
        return cls(ahead.network, ahead.local_network)

    def check(self, intervals: int, homes: int) -> None:
        """Refuse prices that are no whole numbers, of another shape than the day's, or that no order could carry.

        Raises
        ------
        LawBroken
        """
        shapes = {"network": (intervals,), "local_network": (intervals,), "own": (intervals, homes)}
        for name, shape in shapes.items():
            column = getattr(self, name)
            if column is None and name == "own":
                continue
            if not isinstance(column, np.ndarray) or column.dtype.kind != "i" or column.shape != shape:
                raise LawBroken(f"{name} of the network prices published is no int64 array of shape {shape}")
            if np.abs(column).max(initial=0) > MOST:
                raise LawBroken(f"{name} of the network prices published passes {MOST:,} µEUR/kWh")


@runtime_checkable
class Publisher(Protocol):
    """A regime that publishes network prices, once a day, before it begins."""

    def publish(self, ahead: Ahead) -> Notice:
        """The network prices of the day that comes."""


def publishes(regime: Regime) -> TypeGuard[Publisher]:
    """Whether a regime publishes anything."""
    return isinstance(regime, Publisher)
