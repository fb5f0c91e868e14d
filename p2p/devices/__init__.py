"""Devices: what could you do now, what is it worth to your people, and what became of you?"""

from p2p.devices.around import Day, Prices, Weather
from p2p.devices.battery import Battery
from p2p.devices.coming import Coming
from p2p.devices.fleet import Fleet, Prosumers
from p2p.devices.kind import Device
from p2p.devices.load import Load
from p2p.devices.pv import Pv
from p2p.devices.registry import DEVICES, FLEXIBLE
from p2p.devices.wind import Wind

__all__ = ["DEVICES", "FLEXIBLE", "Battery", "Coming", "Day", "Device", "Fleet", "Load", "Prices", "Prosumers", "Pv", "Weather", "Wind"]
