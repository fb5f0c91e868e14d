"""Who owns which devices: the rows of a population and their devices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from p2p.base.columns import Columns, Flags, Floats, Indices, Ints, Texts
from p2p.devices.battery import Battery
from p2p.devices.load import Load
from p2p.devices.pv import Pv
from p2p.devices.registry import FLEXIBLE
from p2p.devices.wind import Wind


@dataclass(frozen=True, slots=True)
class Prosumers(Columns):
    """The people; N rows.

    name:       [N]
    bus:        [N] int32, bus of the connection
    aggregator: [N] int32, its number, -1 for none; so nobody belongs to two
    strategy:   [N] int32, its number in the scenario's list
    kind:       [N] int32, a number in `homes.CLASSES`
    """

    name: Texts
    bus: Indices
    aggregator: Indices
    strategy: Indices
    kind: Indices


@dataclass(frozen=True)
class Fleet:
    """A population and its devices; every device row names its owner's row.

    load, pv, wind: what comes whether anyone plans it or not
    flexible: the devices of each kind that is bid and steered, by name; their rows count on from kind to kind
    fixed: those of these kinds that nobody steers: their devices run by habit
    """

    prosumers: Prosumers
    load: Load
    pv: Pv
    wind: Wind
    flexible: Mapping[str, Any]
    fixed: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.prosumers)

    @cached_property
    def who(self) -> Indices:
        """[2, N] int32, the number and the bus of each prosumer."""
        return np.stack((np.arange(len(self), dtype=np.int32), self.prosumers.bus))

    @cached_property
    def battery(self) -> Battery:
        """The batteries; none if the population has none."""
        found = self.flexible.get("battery")
        return found if isinstance(found, Battery) else Battery(np.zeros(0, np.int32), *[np.zeros(0)] * 3)

    @cached_property
    def rows(self) -> dict[str, slice]:
        """Where the devices of each kind stand among all D flexible ones."""
        ends = self.ends.tolist()
        return {name: slice(first, after) for name, first, after in zip(self.flexible, ends[:-1], ends[1:], strict=True)}

    @cached_property
    def ends(self) -> Ints:
        """[kinds + 1] int64, where the devices of each kind begin among all flexible ones, and the end."""
        return np.cumsum([0, *(len(devices) for devices in self.flexible.values())]).astype(np.int64)

    @cached_property
    def owner(self) -> Indices:
        """[D] int32, the owner of each flexible device."""
        return np.concatenate([np.zeros(0, np.int32), *(devices.owner for devices in self.flexible.values())]).astype(np.int32)

    @cached_property
    def stores(self) -> Flags:
        """[D] whether what each flexible device feeds in comes out of a store."""
        flags = [np.full(len(devices), FLEXIBLE[name].stores) for name, devices in self.flexible.items()]
        return np.concatenate([np.zeros(0, np.bool_), *flags])

    @cached_property
    def most(self) -> int:
        """The most flexible devices that a home has."""
        return int(np.bincount(self.owner).max(initial=0))

    @cached_property
    def rated(self) -> tuple[Floats, Floats]:
        """[D] what each flexible device is rated to draw, and to feed in. [kW]"""
        sheets = [FLEXIBLE[name].module.specification(devices) for name, devices in self.flexible.items()]
        draws = np.concatenate([np.zeros(0), *(np.maximum(sheet.high, 0.0) for sheet in sheets)])
        feeds = np.concatenate([np.zeros(0), *(np.maximum(-sheet.low, 0.0) for sheet in sheets)])
        return draws, feeds

    @cached_property
    def connections(self) -> tuple[Floats, Floats]:
        """[N] the size of each prosumer's connection: what all it owns is rated to draw, and to feed in. [kW]"""
        draws, feeds = (self.by_prosumer(self.owner, column) for column in self.rated)
        draws = draws + self.by_prosumer(self.load.owner, self.load.rated)
        for plants in (self.pv, self.wind):
            feeds = feeds + self.by_prosumer(plants.owner, plants.rated)
        return draws, feeds

    def by_prosumer(self, owner: Indices, values: Floats) -> Floats:
        """[N] the sum of a device column over each prosumer's devices, in device order."""
        from p2p.devices.kernels import add_up

        sums = np.zeros(len(self))
        add_up(owner, values, sums)
        return sums
