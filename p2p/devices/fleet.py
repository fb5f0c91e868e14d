"""Who owns which devices: the rows of a population and their devices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from p2p.base.columns import Columns, Floats, Indices, Texts
from p2p.devices.battery import Battery
from p2p.devices.load import Load
from p2p.devices.pv import Pv


@dataclass(frozen=True, slots=True)
class Prosumers(Columns):
    """The people; N rows.

    name:       [N]
    bus:        [N] int32, bus of the connection
    aggregator: [N] int32, its number, -1 for none; so nobody belongs to two
    strategy:   [N] int32, its number in the scenario's list
    """

    name: Texts
    bus: Indices
    aggregator: Indices
    strategy: Indices


@dataclass(frozen=True)
class Fleet:
    """A population and its devices; every device row names its owner's row."""

    prosumers: Prosumers
    load: Load
    pv: Pv
    battery: Battery

    def __len__(self) -> int:
        return len(self.prosumers)

    @cached_property
    def who(self) -> Indices:
        """[2, N] int32, the number and the bus of each prosumer."""
        return np.stack((np.arange(len(self), dtype=np.int32), self.prosumers.bus))

    def by_prosumer(self, owner: Indices, values: Floats) -> Floats:
        """[N] the sum of a device column over each prosumer's devices, in device order."""
        sums: Floats = np.bincount(owner, values, len(self)).astype(np.float64, copy=False)
        return sums
