"""Home batteries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Columns, Floats, Indices


@dataclass(frozen=True, slots=True)
class Battery(Columns):
    """Batteries behind the meter; D rows.

    owner:      [D] int32, the prosumer
    rating:     [D] most power in or out, at the terminals [kW]
    capacity:   [D] [kWh]
    efficiency: [D] of charging, and again of discharging, over 0 to 1
    """

    owner: Indices
    rating: Floats
    capacity: Floats
    efficiency: Floats


def span(battery: Battery, soc: Floats, hours: float) -> tuple[Floats, Floats]:
    """Lowest and highest power each battery can hold for one interval.

    Parameters
    ----------
    soc : [D] stored energy, 0 to capacity. [kWh]
    hours : length of the interval. [h]

    Returns
    -------
    low, high : [D] net withdrawal; low is discharge, so not positive. [kW]
    """
    from p2p.devices.kernels import battery_span

    low, high = np.empty(len(soc)), np.empty(len(soc))
    battery_span(battery.rating, battery.capacity, battery.efficiency, soc, hours, low, high)
    return low, high


def step(battery: Battery, soc: Floats, power: Floats, hours: float) -> Floats:
    """State of charge after holding `power`, which lies in `span`. [D] [kWh]

    The clip takes away only the last bit of rounding, so that a full battery is full and an empty one empty.
    """
    from p2p.devices.kernels import battery_step

    after = np.empty(len(soc))
    battery_step(battery.capacity, battery.efficiency, soc, power, hours, after)
    return after
