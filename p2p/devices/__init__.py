"""Devices: what could you do now, and what became of you? A device is one file and one line here."""

from typing import NamedTuple

from p2p.base.columns import Columns
from p2p.devices import battery, load, pv
from p2p.devices.battery import Battery
from p2p.devices.coming import Coming
from p2p.devices.fleet import Fleet, Prosumers
from p2p.devices.load import Load
from p2p.devices.pv import Pv


class Device(NamedTuple):
    """One kind of device: its columns and what its state is.

    Beside the columns, its module holds `span(device, state, hours)` and `step(device, state, power, hours)`.
    """

    columns: type[Columns]
    module: object
    state: str


DEVICES: dict[str, Device] = {
    "load": Device(Load, load, "power wanted [kW]"),
    "pv": Device(Pv, pv, "power available [kW]"),
    "battery": Device(Battery, battery, "state of charge [kWh]"),
}

__all__ = ["DEVICES", "Battery", "Coming", "Device", "Fleet", "Load", "Prosumers", "Pv"]
