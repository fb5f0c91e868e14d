"""What a kind of device is: its columns, its module, how it is drawn, and who may own one."""

from __future__ import annotations

from typing import Any, NamedTuple

from p2p.base.columns import Columns
from p2p.devices.homes import CLASSES

FUELS = ("gas", "diesel")
"""What devices burn."""

LACKS = ("kWh", "K·h")
"""Units of what people go without: energy that they needed, and time outside the comfort band times how far."""


class Device(NamedTuple):
    """One kind of device.

    columns: its nameplates
    module:  holds `span(device, state, hours)` and `step(device, state, power, hours)`; a flexible kind also `start`, `today`,
        `meet`, `worth`, `hold`, `specification`, and `store` if it can be planned as one,
        `commit` if what it does is fixed ahead of time, and `habit` if it can run without anybody who steers it (see `p2p.devices.battery`)
    state:   what its state is, in words and units
    sizes:   how it is drawn; its fields are the keys of the scenario's table `devices.NAME`
    share:   of those who may own one, who do, unless a scenario says otherwise
    owners:  classes of prosumer that may own one
    stores:  whether what it feeds in comes out of a store
    """

    columns: type[Columns]
    module: Any
    state: str
    sizes: type | None = None
    share: float = 0.0
    owners: tuple[str, ...] = CLASSES
    stores: bool = False

    @property
    def flexible(self) -> bool:
        """Whether it says what its power is worth, so that it can be bid and steered."""
        return hasattr(self.module, "worth")

    @property
    def plannable(self) -> bool:
        """Whether it can be planned as a store."""
        return hasattr(self.module, "store")

    @property
    def committed(self) -> bool:
        """Whether what it does is fixed ahead of time, so that its people can commit it to a plan."""
        return hasattr(self.module, "commit")

    @property
    def habitual(self) -> bool:
        """Whether it can run by habit, where a scenario has nobody steer it."""
        return hasattr(self.module, "habit")

    @property
    def fuel(self) -> str:
        """What it burns, one of `FUELS`; "" for nothing."""
        return getattr(self.module, "FUEL", "")

    @property
    def makes(self) -> bool:
        """Whether it makes power of fuel."""
        return bool(getattr(self.module, "MAKES", False))

    @property
    def missed(self) -> str:
        """The unit of what its people go without, one of `LACKS`; "" where they go without nothing."""
        return getattr(self.module, "MISSED", "")
