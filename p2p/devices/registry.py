"""All kinds of devices. A kind is one module and one line here."""

from __future__ import annotations

from p2p.devices import battery, load, pv, wind
from p2p.devices.battery import Battery
from p2p.devices.flexible import appliance, behaviour, ev
from p2p.devices.flexible.appliance import Appliance
from p2p.devices.flexible.behaviour import Behaviour
from p2p.devices.flexible.ev import Ev
from p2p.devices.kind import Device
from p2p.devices.load import Load
from p2p.devices.pv import Pv
from p2p.devices.wind import Wind

HOMES, FIRMS = ("residential",), ("commercial", "industrial")

DEVICES: dict[str, Device] = {
    "load": Device(Load, load, "power wanted [kW]"),
    "pv": Device(Pv, pv, "power available [kW]"),
    "wind": Device(Wind, wind, "power available [kW]"),
    "battery": Device(Battery, battery, "state of charge [kWh]", battery.Sizes, 0.2, stores=True),
    "ev": Device(Ev, ev, "state of charge [kWh], and what the visit asks for", ev.Sizes, 0.0, HOMES, stores=True),
    "appliance": Device(Appliance, appliance, "energy of the cycle done so far [kWh]", appliance.Sizes, 0.0, HOMES),
    "behaviour": Device(Behaviour, behaviour, "readiness, and energy that comes back [kWh]", behaviour.Sizes, 0.0, HOMES),
}

FLEXIBLE = {name: device for name, device in DEVICES.items() if device.flexible}
"""Those that are bid and steered."""
