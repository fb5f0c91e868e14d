"""All kinds of devices. A kind is one module and one line here."""

from __future__ import annotations

from p2p.devices import battery, load, pv
from p2p.devices.battery import Battery
from p2p.devices.kind import Device
from p2p.devices.load import Load
from p2p.devices.pv import Pv

DEVICES: dict[str, Device] = {
    "load": Device(Load, load, "power wanted [kW]"),
    "pv": Device(Pv, pv, "power available [kW]"),
    "battery": Device(Battery, battery, "state of charge [kWh]", battery.Sizes, 0.2, stores=True),
}

FLEXIBLE = {name: device for name, device in DEVICES.items() if device.flexible}
"""Those that are bid and steered."""
