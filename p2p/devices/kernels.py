"""Compiled kernels of batteries."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats
from p2p.base.compiled import compiled


@compiled
def battery_span(
    rating: Floats,
    capacity: Floats,
    efficiency: Floats,
    discharging: Floats,
    loss: Floats,
    reserve: Floats,
    soc: Floats,
    hours: float,
    low: Floats,
    high: Floats,
) -> None:
    """Fill [D] lowest and highest power; see `battery.span`."""
    for row in range(len(soc)):
        held = soc[row] if loss[row] == 0.0 else soc[row] * (1 - loss[row]) ** hours
        high[row] = min(rating[row], (capacity[row] - held) / (efficiency[row] * hours))
        low[row] = -min(rating[row], max(held - reserve[row] * capacity[row], 0.0) * discharging[row] / hours)


@compiled
def battery_step(
    capacity: Floats, efficiency: Floats, discharging: Floats, loss: Floats, soc: Floats, power: Floats, hours: float, after: Floats
) -> None:
    """Fill [D] stored energy; see `battery.step`."""
    for row in range(len(soc)):
        gain = efficiency[row] if power[row] > 0 else 1 / discharging[row]
        held = soc[row] if loss[row] == 0.0 else soc[row] * (1 - loss[row]) ** hours
        after[row] = min(max(held + gain * power[row] * hours, 0.0), capacity[row])


@compiled
def runs_short(expected: Floats, first: int, stored: Floats, room: Floats, doubt: Floats, levels: int) -> Floats:
    """[D] share of cases in which a store runs empty before it runs full.

    Follows each store through the day ahead, once around it, from `levels` starting points that lie evenly between
    `doubt` less and `doubt` more than is stored now. A store that does neither counts half.

    expected : [L, D] energy drawn less generated in each interval of the day. [kWh]
    first : the interval that is now.
    stored, room : [D] what it can give, and still take, at its terminals. [kWh]
    """
    length, stores = expected.shape
    share = np.zeros(stores)
    for store in range(stores):
        for level in range(levels):
            shift = doubt[store] * (2.0 * level / (levels - 1) - 1.0)
            low, high = -(stored[store] + shift), room[store] - shift
            drawn = 0.0
            case = 0.5
            place = first
            for _ in range(length):
                if -drawn <= low:
                    case = 1.0
                    break
                if -drawn >= high:
                    case = 0.0
                    break
                drawn += expected[place, store]
                place += 1
                if place == length:
                    place = 0
            share[store] += case / levels
    return share


@compiled
def store_worth(
    capacity: Floats,
    efficiency: Floats,
    discharging: Floats,
    wear: Floats,
    soc: Floats,
    expected: Floats,
    place: int,
    retail: float,
    feed_in: float,
    doubt: float,
    levels: int,
    into: Floats,
    out: Floats,
) -> None:
    """Fill [D] what a kWh into each store is worth and one out of it costs; see `battery_worth.storage_worth`. [µEUR/kWh]"""
    short = runs_short(expected, place, soc * discharging, (capacity - soc) / efficiency, doubt * capacity, levels)
    for row in range(len(soc)):
        least, most = feed_in / efficiency[row], retail * discharging[row]
        value = least + max(most - least, 0.0) * short[row]
        into[row], out[row] = value * efficiency[row] - wear[row], value / discharging[row] + wear[row]
