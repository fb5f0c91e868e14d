"""Compiled kernels of batteries, and of sums over devices."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats, Indices
from p2p.base.compiled import compiled


@compiled
def add_up(owner: Indices, values: Floats, sums: Floats) -> None:
    """Add [D] values to the [N] sums of their owners, in device order."""
    for row in range(len(owner)):
        sums[owner[row]] += values[row]


@compiled
def battery_span(
    rating: Floats,
    capacity: Floats,
    efficiency: Floats,
    discharging: Floats,
    reserve: Floats,
    keep: Floats,
    soc: Floats,
    hours: float,
    low: Floats,
    high: Floats,
) -> None:
    """Fill [D] lowest and highest power; see `battery.span`."""
    for row in range(len(soc)):
        held = soc[row] * keep[row]
        high[row] = min(rating[row], (capacity[row] - held) / (efficiency[row] * hours))
        low[row] = -min(rating[row], max(held - reserve[row] * capacity[row], 0.0) * discharging[row] / hours)


@compiled
def battery_step(
    capacity: Floats, efficiency: Floats, discharging: Floats, keep: Floats, soc: Floats, power: Floats, hours: float, after: Floats
) -> None:
    """Fill [D] stored energy; see `battery.step`."""
    for row in range(len(soc)):
        gain = efficiency[row] if power[row] > 0 else 1 / discharging[row]
        after[row] = min(max(soc[row] * keep[row] + gain * power[row] * hours, 0.0), capacity[row])


@compiled
def runs_short(expected: Floats, first: int, stored: Floats, room: Floats, doubt: Floats, levels: int, share: Floats) -> None:
    """Fill [D] the share of cases in which a store runs empty before it runs full.

    Follows each store through the day ahead, once around it, from `levels` starting points that lie evenly between
    `doubt` less and `doubt` more than is stored now. A store that does neither counts half. The less is stored, the sooner
    it is empty and the later full: so one walk sees all cases, those that are open yet always side by side.

    expected : [D, L] energy drawn less generated in each interval of the day. [kWh]
    first : the interval that is now.
    stored, room : [D] what it can give, and still take, at its terminals. [kWh]
    """
    stores, length = expected.shape
    for store in range(stores):
        empty, full = 0, levels  # cases before `empty` have run empty, those from `full` on have run full
        low, high = -(stored[store] - doubt[store]), room[store] - doubt[store]
        drawn = 0.0
        place = first
        for _ in range(length):
            while empty < full and -drawn <= low:
                empty += 1
                low = -(stored[store] + doubt[store] * (2.0 * empty / (levels - 1) - 1.0))
            while empty < full and -drawn >= high:
                full -= 1
                high = room[store] - doubt[store] * (2.0 * (full - 1) / (levels - 1) - 1.0)
            if empty == full:
                break
            drawn += expected[store, place]
            place += 1
            if place == length:
                place = 0
        share[store] = 0.0
        for _ in range(empty):
            share[store] += 1.0 / levels
        for _ in range(full - empty):
            share[store] += 0.5 / levels


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
    short = np.empty(len(soc))
    runs_short(expected, place, soc * discharging, (capacity - soc) / efficiency, doubt * capacity, levels, short)
    for row in range(len(soc)):
        least, most = feed_in / efficiency[row], retail * discharging[row]
        value = least + max(most - least, 0.0) * short[row]
        into[row], out[row] = value * efficiency[row] - wear[row], value / discharging[row] + wear[row]
