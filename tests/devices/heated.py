"""Heat pumps, days and homes made for the tests of thermal devices."""

import numpy as np

from p2p.base.streams import Streams
from p2p.devices import Day, Prices, Weather
from p2p.devices.heat.heat_pump import HeatPump
from p2p.devices.heat.hybrid_heat_pump import Hybrid
from p2p.devices.homes import Homes

PRICES = Prices(300_000.0, 80_000.0, 340_000.0, 60_000.0, 110_000.0, 160_000.0)

ONE = {
    "loss": 0.1, "outer": 0.1, "coupling": 1.0, "capacity": 10.0, "mass": 0.0, "radiant": 0.0, "aperture": 0.0, "internal": 0.0,
    "rating": 3.0, "part": 0.0, "run": 0.0, "soil": 5.0, "at_zero": 40.0, "fall": 1.0, "quality": 1.0, "day_low": 19.8,
    "night_low": 19.8, "most": 22.0, "wake": 6.0, "sleep": 22.0, "limit": 15.0,
}  # fmt: skip
"""A building of one node that loses 0.2 kW/K and holds 10 kWh/K (time constant 50 h), with radiators, without sun."""


def column(*values):
    return np.array(values, np.float64)


def pump(locks=(), ground=False, **changes):
    """One heat pump as in `ONE` but for some columns; `locks` are pairs of hours."""
    columns = {name: column(value) for name, value in (ONE | changes).items()}
    pairs = np.array([*locks, *[(0.0, 0.0)] * (3 - len(locks))])
    return HeatPump(np.zeros(1, np.int32), ground=np.array([ground]), off_from=pairs[None, :, 0], off_until=pairs[None, :, 1], **columns)


def hybrid(boiler=10.0, efficiency=0.9, priced=True, **changes):
    """The same with a boiler."""
    return Hybrid(**pump(**changes).columns(), boiler=column(boiler), efficiency=column(efficiency), priced=np.array([priced]))


def day(outdoor=0.0, sun=0.0, hours=1.0, homes=1, number=0, seed=1):
    """A winter day of steady weather, or of weather by the hour of the day, and the 24 hours after it."""
    length = round(24 / hours)
    hour = np.arange(2 * length) * hours % 24
    local = np.datetime64("2024-01-15", "s") + (86_400 * number + np.arange(2 * length) * round(3600 * hours)).astype("timedelta64[s]")
    temperature = np.asarray(outdoor(hour) if callable(outdoor) else np.full(len(hour), outdoor), np.float64)
    ghi = np.full(len(hour), float(sun))
    weather = Weather(temperature, ghi, 0.4 * ghi, 0 * ghi)
    return Day(number, number * length, length, hours, local, weather, np.zeros((length, homes)), Streams(seed))


def homes(count, seed=1):
    return Homes(np.zeros(count, np.int32), np.ones(count), np.full(count, 4.0), Streams(seed))


def at(module, device, room, place=12, mass=None, running=0.0, **weather):
    """The state of one device in an interval of a day, its rooms at a temperature."""
    around = day(**weather)
    today = module.today(device, around)
    state = module.start(device, around)
    rooms = np.full(len(device), float(room))
    state = state.replace(room=rooms, mass=rooms if mass is None else np.full(len(device), float(mass)), running=0 * rooms + running)
    return module.meet(device, state, today, place), today
