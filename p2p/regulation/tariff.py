"""The tariff: one definition, by which planners plan and bills are written."""

from __future__ import annotations

from dataclasses import dataclass

from p2p.base.columns import Columns, Ints


@dataclass(frozen=True, slots=True)
class Tariff(Columns):
    """What a kWh costs outside the local market; T rows, one an interval, all in µEUR/kWh.

    energy:        [T] int64, the retailer's price of a kWh drawn
    feed_in:       [T] int64, the retailer's price of a kWh fed in
    network:       [T] int64, network fee on a kWh drawn that was not bought locally
    local_network: [T] int64, network fee on a kWh drawn that was bought locally
    levies:        [T] int64, taxes and levies on every kWh drawn
    """

    energy: Ints
    feed_in: Ints
    network: Ints
    local_network: Ints
    levies: Ints

    @property
    def retail(self) -> Ints:
        """[T] a kWh from the retailer, all told."""
        return self.energy + self.network + self.levies

    @property
    def local_fees(self) -> Ints:
        """[T] what comes on top of the price of a kWh bought locally."""
        return self.local_network + self.levies

    def with_network(self, first: int, network: Ints, local_network: Ints) -> Tariff:
        """The same tariff with other network fees from an interval on, as many as there are and as the tariff has room for."""
        after = min(first + len(network), len(self))
        columns = {}
        for name, fees in (("network", network), ("local_network", local_network)):
            columns[name] = getattr(self, name).copy()
            columns[name][first:after] = fees[: after - first]
        return self.replace(**columns)
