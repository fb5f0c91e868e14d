"""What a bidder may see at gate closure, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from p2p.base.columns import Floats, Indices, Ints
from p2p.orders.orders import TAGS

OF_FLOATS, OF_INTS = 4, 1
"""How many rows of the tables stand before those of the steps."""

GREEN, STORAGE = TAGS.index("green"), TAGS.index("storage")


@dataclass(frozen=True, slots=True)
class Known:
    """What n prosumers know when they quote for an interval; each row knows itself and what is public.

    interval: which interval
    hours:    its length [h]
    retail:   what the retailer charges for a kWh, all fees and levies in [µEUR/kWh]
    feed_in:  what the retailer pays for a kWh [µEUR/kWh]
    fees:     fees and levies on a kWh bought locally [µEUR/kWh]

    The columns lie side by side in four tables, so that rows are taken in one go; read them by name:

    agent:   [n] int32, who
    bus:     [n] int32, where
    net:     [n] forecast of load less own generation, without flexible devices [kW]
    floor:   [n] net, and all flexible devices at their lowest power [kW]
    luck:    [2, n] uniform draws in [0, 1), the row's own
    width:   [S, n] the power of the home's devices above their lowest, in steps [kW]
    worth:   [S, n] int64, what a kWh in each step is worth, falling along S; a step without width means nothing [µEUR/kWh]
    device:  [S, n] int32, the device whose step it is, -1 for none
    tag:     [S, n] int32, a number in `TAGS`: what is sold when the step is not filled; green where the step draws
    arrival: [n] int64, rank in time
    """

    interval: int
    hours: float
    retail: int
    feed_in: int
    fees: int
    who: Indices
    floats: Floats
    ints: Ints
    steps: Indices

    @classmethod
    def of(
        cls,
        public: tuple[int, float, int, int, int],
        *,
        agent: Indices,
        bus: Indices,
        net: Floats,
        low: Floats,
        high: Floats,
        luck: Floats,
        charge_worth: Ints,
        discharge_cost: Ints,
        arrival: Ints,
    ) -> Self:
        """Prosumers with a store each, from single columns; public: interval, hours, retail, feed_in and fees.

        low, high : [n] most that the store can give, not positive, and take [kW].
        charge_worth, discharge_cost : [n] what a kWh into it is worth, and what one out of it costs. [µEUR/kWh]
        """
        size = len(agent)
        device = np.arange(size, dtype=np.int32)
        tags = (np.full(size, STORAGE, np.int32), np.full(size, GREEN, np.int32))
        floats, ints = np.stack((net, net + low, *luck, -low, high)), np.stack((arrival, discharge_cost, charge_worth))
        return cls(*public, np.stack((agent, bus)), floats, ints, np.stack((np.stack((device, device)), np.stack(tags))))

    def __len__(self) -> int:
        return self.who.shape[1]

    def take(self, rows: Ints) -> Self:
        """What the prosumers at some rows know."""
        public = (self.interval, self.hours, self.retail, self.feed_in, self.fees)
        tables = (self.who.take(rows, axis=1), self.floats.take(rows, axis=1), self.ints.take(rows, axis=1), self.steps.take(rows, axis=2))
        return type(self)(*public, *tables)

    @property
    def agent(self) -> Indices:
        """[n] int32, who."""
        return self.who[0]

    @property
    def bus(self) -> Indices:
        """[n] int32, where."""
        return self.who[1]

    @property
    def net(self) -> Floats:
        """[n] forecast of load less own generation, without flexible devices. [kW]"""
        return self.floats[0]

    @property
    def floor(self) -> Floats:
        """[n] net, and all flexible devices at their lowest power. [kW]"""
        return self.floats[1]

    @property
    def luck(self) -> Floats:
        """[2, n] uniform draws in [0, 1), the row's own."""
        return self.floats[2:OF_FLOATS]

    @property
    def width(self) -> Floats:
        """[S, n] the power of the home's devices above their lowest, in steps. [kW]"""
        return self.floats[OF_FLOATS:]

    @property
    def worth(self) -> Ints:
        """[S, n] what a kWh in each step is worth. [µEUR/kWh]"""
        return self.ints[OF_INTS:]

    @property
    def device(self) -> Indices:
        """[S, n] the device whose step it is, -1 for none."""
        return self.steps[0]

    @property
    def tag(self) -> Indices:
        """[S, n] what is sold when a step is not filled, a number in `TAGS`."""
        return self.steps[1]

    @property
    def low(self) -> Floats:
        """[n] lowest power of all flexible devices together. [kW]"""
        return self.floor - self.net

    @property
    def high(self) -> Floats:
        """[n] their highest power. [kW]"""
        return self.low + self.width.sum(axis=0)

    @property
    def arrival(self) -> Ints:
        """[n] rank in time."""
        return self.ints[0]
