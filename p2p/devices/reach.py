"""What all flexible devices of a population can do in an interval, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.devices.around import Day, Prices
from p2p.devices.fleet import Fleet
from p2p.devices.registry import FLEXIBLE
from p2p.devices.worth import Worth

STEPS = 4
"""S, most steps of worth of a device."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What the D flexible devices of a fleet can do in an interval.

    states: of each kind, its state as the interval finds it
    low:    [D] lowest power [kW]
    high:   [D] highest power [kW]
    width:  [S, D] the power above the lowest, in steps [kW]
    worth:  [S, D] what a kWh in each step is worth, falling [µEUR/kWh]
    """

    states: Mapping[str, Any]
    low: Floats
    high: Floats
    width: Floats
    worth: Floats


def started(fleet: Fleet, day: Day) -> dict[str, Any]:
    """The state of each kind before the first interval."""
    return {name: FLEXIBLE[name].module.start(devices, day) for name, devices in fleet.flexible.items()}


def todays(fleet: Fleet, day: Day) -> dict[str, Any]:
    """What a day brings to each kind."""
    return {name: FLEXIBLE[name].module.today(devices, day) for name, devices in fleet.flexible.items()}


def reach(fleet: Fleet, states: Mapping[str, Any], today: Mapping[str, Any], place: int, prices: Prices, hours: float) -> Reach:
    """What all devices can do in an interval, and what that is worth unless somebody plans it; fixed ones can do one thing."""
    count = len(fleet.owner)
    low, high, width, worth = np.empty(count), np.empty(count), np.zeros((STEPS, count)), np.zeros((STEPS, count))
    met: dict[str, Any] = {}
    for name, rows in fleet.rows.items():
        module, devices = FLEXIBLE[name].module, fleet.flexible[name]
        state = met[name] = module.meet(devices, states[name], today[name], place)
        span = module.span(devices, state, hours)
        if name in fleet.fixed:
            low[rows] = high[rows] = module.hold(devices, state, module.habit(devices, state, span, hours), hours)
            continue
        steps = module.worth(devices, state, today[name], place, span, prices, hours)
        low[rows], high[rows] = span
        width[: len(steps.width), rows], worth[: len(steps.width), rows] = steps
    return Reach(met, low, high, width, worth)


def replaced(can: Reach, rows: Ints, worth: Worth) -> Reach:
    """The same with other steps for the devices at some rows."""
    width, value = can.width.copy(), can.worth.copy()
    width[:, rows] = 0.0
    width[: len(worth.width), rows], value[: len(worth.width), rows] = worth
    return Reach(can.states, can.low, can.high, width, value)


def held(fleet: Fleet, states: Mapping[str, Any], power: Floats, hours: float) -> Floats:
    """[D] what each device really holds of a power within its span. [kW]"""
    after = np.empty(len(power))
    for name, rows in fleet.rows.items():
        after[rows] = FLEXIBLE[name].module.hold(fleet.flexible[name], states[name], power[rows], hours)
    return after


def stepped(fleet: Fleet, states: Mapping[str, Any], power: Floats, hours: float) -> dict[str, Any]:
    """The state of each kind after its devices held [D] `power` [kW], which lies in their spans."""
    return {name: FLEXIBLE[name].module.step(fleet.flexible[name], states[name], power[rows], hours) for name, rows in fleet.rows.items()}
