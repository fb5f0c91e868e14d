"""All kinds of devices. A kind is one module and one line here."""

from __future__ import annotations

from p2p.devices import battery, load, pv, wind
from p2p.devices.battery import Battery
from p2p.devices.flexible import appliance, behaviour, ev, generator, process
from p2p.devices.flexible.appliance import Appliance
from p2p.devices.flexible.behaviour import Behaviour
from p2p.devices.flexible.ev import Ev
from p2p.devices.flexible.generator import Generator
from p2p.devices.flexible.process import Process
from p2p.devices.heat import heat_pump, hybrid_heat_pump
from p2p.devices.heat.heat_pump import HeatPump
from p2p.devices.heat.hybrid_heat_pump import Hybrid
from p2p.devices.kind import Device
from p2p.devices.load import Load
from p2p.devices.pv import Pv
from p2p.devices.tanks import boiler, chp, night_storage
from p2p.devices.tanks.boiler import Boiler
from p2p.devices.tanks.chp import Chp
from p2p.devices.tanks.night_storage import NightStorage
from p2p.devices.wind import Wind

HOMES, FIRMS = ("residential",), ("commercial", "industrial")

DEVICES: dict[str, Device] = {
    "load": Device(Load, load, "power wanted [kW]"),
    "pv": Device(Pv, pv, "power available [kW]"),
    "wind": Device(Wind, wind, "power available [kW]"),
    "battery": Device(Battery, battery, "state of charge [kWh]", battery.Sizes, 0.2, stores=True),
    "ev": Device(Ev, ev, "state of charge [kWh], and what the visit asks for", ev.Sizes, 0.0, HOMES, stores=True),
    "heat_pump": Device(
        HeatPump,
        heat_pump,
        "temperature of air and mass [degC], and how long it has run [h]",
        heat_pump.Sizes,
        0.0,
        HOMES,
    ),
    "hybrid_heat_pump": Device(
        Hybrid,
        hybrid_heat_pump,
        "temperature of air and mass [degC], and how long it has run [h]",
        hybrid_heat_pump.Sizes,
        0.0,
        HOMES,
    ),
    "boiler": Device(Boiler, boiler, "temperature of the tank [degC]", boiler.Sizes, 0.0, HOMES),
    "night_storage": Device(NightStorage, night_storage, "heat in the core [kWh]", night_storage.Sizes, 0.0, HOMES),
    "appliance": Device(Appliance, appliance, "energy of the cycle done so far [kWh]", appliance.Sizes, 0.0, HOMES),
    "behaviour": Device(Behaviour, behaviour, "readiness, and energy that comes back [kWh]", behaviour.Sizes, 0.0, HOMES),
    "chp": Device(Chp, chp, "heat in the buffer [kWh], and how long it has run [h]", chp.Sizes, 0.0),
    "process": Device(Process, process, "power, and what was promised for the intervals ahead [kW]", process.Sizes, 0.0, FIRMS),
    "generator": Device(Generator, generator, "how long it has run [h]", generator.Sizes, 0.0, FIRMS),
}

FLEXIBLE = {name: device for name, device in DEVICES.items() if device.flexible}
"""Those that are bid and steered."""
