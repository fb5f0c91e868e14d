"""What a bidder may see at gate closure, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from p2p.base.columns import Floats, Indices, Ints


@dataclass(frozen=True, slots=True)
class Known:
    """What n prosumers know when they quote for an interval; each row knows itself and what is public.

    interval: which interval
    hours:    its length [h]
    retail:   what the retailer charges for a kWh, all fees and levies in [µEUR/kWh]
    feed_in:  what the retailer pays for a kWh [µEUR/kWh]
    fees:     fees and levies on a kWh bought locally [µEUR/kWh]

    The columns lie side by side in three tables, so that rows are taken in one go; read them by name:

    agent:   [n] int32, who
    bus:     [n] int32, where
    net:     [n] forecast of load less own generation [kW]
    low:     [n] most that storage can give, not positive [kW]
    high:    [n] most that storage can take, not negative [kW]
    luck:    [2, n] uniform draws in [0, 1), the row's own
    charge_worth:   [n] int64, what a kWh put into storage is worth [µEUR/kWh]
    discharge_cost: [n] int64, what a kWh out of storage costs [µEUR/kWh]
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
        """From single columns; public: interval, hours, retail, feed_in and fees."""
        return cls(*public, np.stack((agent, bus)), np.stack((net, low, high, *luck)), np.stack((charge_worth, discharge_cost, arrival)))

    def __len__(self) -> int:
        return self.who.shape[1]

    def take(self, rows: Ints) -> Self:
        """What the prosumers at some rows know."""
        public = (self.interval, self.hours, self.retail, self.feed_in, self.fees)
        return type(self)(*public, self.who.take(rows, axis=1), self.floats.take(rows, axis=1), self.ints.take(rows, axis=1))

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
        """[n] forecast of load less own generation. [kW]"""
        return self.floats[0]

    @property
    def low(self) -> Floats:
        """[n] most that storage can give, not positive. [kW]"""
        return self.floats[1]

    @property
    def high(self) -> Floats:
        """[n] most that storage can take, not negative. [kW]"""
        return self.floats[2]

    @property
    def luck(self) -> Floats:
        """[2, n] uniform draws in [0, 1), the row's own."""
        return self.floats[3:]

    @property
    def charge_worth(self) -> Ints:
        """[n] what a kWh put into storage is worth. [µEUR/kWh]"""
        return self.ints[0]

    @property
    def discharge_cost(self) -> Ints:
        """[n] what a kWh out of storage costs. [µEUR/kWh]"""
        return self.ints[1]

    @property
    def arrival(self) -> Ints:
        """[n] rank in time."""
        return self.ints[2]
