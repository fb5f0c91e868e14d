"""What heat pumps with and without a boiler share: the interval as they meet it, and the calls of the kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Flags, Floats, Signs
from p2p.devices.around import Day
from p2p.devices.heat.building import modes, response, total_loss
from p2p.devices.heat.cop import AIR, GROUND

if TYPE_CHECKING:
    from p2p.devices.heat import heat_pump, hybrid_heat_pump

    type Pump = heat_pump.HeatPump | hybrid_heat_pump.Hybrid
    type PumpState = heat_pump.State | hybrid_heat_pump.State


@dataclass(frozen=True, slots=True)
class Today:
    """What a day brings to those who heat: what is the same for all of them.

    sky: [T, 5] in each interval: outdoor temperature [degC], global irradiance [W/m2], mean outdoor temperature of the day [degC],
        local hour of the day at its start and at its end [h]
    """

    sky: Floats


def today(day: Day) -> Today:
    """The weather and the clock of a day and of the 24 hours after it."""
    outdoor = day.weather.temperature
    mean = np.concatenate([np.full(len(part), part.mean()) for part in (outdoor[: day.length], outdoor[day.length :]) if len(part)])
    hour = day.hour
    return Today(np.ascontiguousarray(np.stack((outdoor, day.weather.ghi, mean, hour, (hour + day.hours) % 24), axis=1)))


def answers(pump: Pump, hours: float) -> Floats:
    """How each building answers over an interval; kept by the device.

    [9, D] the response over the interval, and that of the rooms over the least time that the heat pump runs, if it is longer.
    """
    found = pump.memo.get(hours)
    if found is None:
        start = response(pump, np.maximum(pump.run, hours))[:, :3]
        found = pump.memo[hours] = np.ascontiguousarray(np.hstack((response(pump, hours), start)).T)
    return found


def met(pump: Pump, boiler: Floats, sky: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats, Floats, Floats, Flags]:
    """Outdoor temperature, free heat, coefficient of performance, bounds of the rooms and lock-out, each [D], in an interval."""
    from p2p.devices.heat.kernels import heat_pump_meets

    slow = pump.memo.get(-1.0)  # no interval is as long as this
    if slow is None:
        slow = pump.memo[-1.0] = modes(pump)
    outdoor, gain, cop, least, early, of_room, of_mass, top = np.empty((8, len(pump)))
    locked = np.empty(len(pump), np.bool_)
    heat_pump_meets(
        sky, slow, pump.ground, pump.soil, pump.at_zero, pump.fall, pump.quality, pump.aperture, pump.internal, pump.rating, boiler,
        pump.day_low, pump.night_low, pump.most, pump.wake, pump.sleep, pump.limit, pump.off_from, pump.off_until, AIR, GROUND,
        outdoor, gain, cop, least, early, of_room, of_mass, top, locked,
    )  # fmt: skip
    return outdoor, gain, cop, least, early, of_room, of_mass, top, locked


def spanned(pump: Pump, state: PumpState, boiler: Floats, asked: Signs, hours: float) -> tuple[Floats, Floats]:
    """Lowest and highest power. [D] [kW]"""
    from p2p.devices.heat.kernels import heating_spans

    low, high = np.empty((2, len(state)))
    heating_spans(
        answers(pump, hours), state.room, state.mass, state.outdoor, state.gain, state.cop, state.least, state.early, state.of_room, state.of_mass, pump.day_low, state.top, state.locked, asked,
        state.running, pump.rating, pump.part, pump.run, boiler, low, high,
    )  # fmt: skip
    return low, high


def held(pump: Pump, state: PumpState, boiler: Floats, asked: Signs, power: Floats, hours: float) -> Floats:
    """The power that is really held. [D] [kW]"""
    from p2p.devices.heat.kernels import heating_holds

    low, high = spanned(pump, state, boiler, asked, hours)
    real = np.empty(len(state))
    heating_holds(pump.part, pump.rating, low, high, power, real)
    return real


def stepped(pump: Pump, state: PumpState, boiler: Floats, efficiency: Floats, power: Floats, hours: float) -> tuple[Floats, ...]:
    """Room, mass, running time, comfort missed and fuel, each [D], after holding `power`."""
    from p2p.devices.heat.kernels import heating_steps

    room, mass, running, missed, fuel = np.empty((5, len(power)))
    heating_steps(
        answers(pump, hours), state.room, state.mass, state.outdoor, state.gain, state.cop, state.least, state.early, state.of_room, state.of_mass, pump.day_low, pump.most,
        state.running, boiler, efficiency, power, hours, room, mass, running, missed, fuel,
    )  # fmt: skip
    return room, mass, running, missed, fuel


def begun(pump: Pump, day: Day) -> tuple[Floats, Floats]:
    """Temperatures of rooms and mass before the first interval: the rooms in the middle of the band of the night, held there. [degC]"""
    room = np.maximum((pump.night_low + pump.most) / 2, pump.night_low)
    outdoor = float(day.weather.temperature[0])
    # heat that holds the rooms, and what of it goes through the mass
    heat = np.maximum(total_loss(pump) * (room - outdoor), 0.0)
    held = (pump.coupling * room + pump.outer * outdoor + pump.radiant * heat) / np.maximum(pump.coupling + pump.outer, 1e-12)
    return room, np.where(pump.mass > 0, held, room)
