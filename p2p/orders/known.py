"""What a bidder may see at gate closure, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from p2p.base.columns import Floats, Indices, Ints


@dataclass(frozen=True, slots=True)
class Known:
    """What n prosumers know when they quote for an interval; each row knows itself and what is public.

    interval: which interval
    hours:    its length [h]
    retail:   what the retailer charges for a kWh, all fees and levies in [µEUR/kWh]
    feed_in:  what the retailer pays for a kWh [µEUR/kWh]
    fees:     fees and levies on a kWh bought locally [µEUR/kWh]
    agent:    [n] int32, who
    bus:      [n] int32, where
    net:      [n] forecast of load less own generation [kW]
    low:      [n] most that storage can give, not positive [kW]
    high:     [n] most that storage can take, not negative [kW]
    charge_worth:   [n] what a kWh put into storage is worth [µEUR/kWh]
    discharge_cost: [n] what a kWh out of storage costs [µEUR/kWh]
    luck:     [n, 2] uniform draws in [0, 1), the row's own
    arrival:  [n] int64, rank in time
    """

    interval: int
    hours: float
    retail: int
    feed_in: int
    fees: int
    agent: Indices
    bus: Indices
    net: Floats
    low: Floats
    high: Floats
    charge_worth: Ints
    discharge_cost: Ints
    luck: Floats
    arrival: Ints

    def __len__(self) -> int:
        return len(self.agent)

    def take(self, rows: Ints) -> Known:
        """What the prosumers at some rows know."""
        from p2p.orders.kernels import at_rows

        columns = (self.agent, self.bus, self.net, self.low, self.high, self.charge_worth, self.discharge_cost, self.luck, self.arrival)
        return Known(self.interval, self.hours, self.retail, self.feed_in, self.fees, *at_rows(rows, *columns))
