"""Compiled kernels of the phases."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Flags, Floats, Indices, Ints
from p2p.base.compiled import compiled

THIN = 1e-9
"""A step of less power than that is none. [kW]"""


@compiled
def seen(
    owner: Indices,
    low: Floats,
    width: Floats,
    worth: Floats,
    stores: Flags,
    tags: tuple[int, int],
    most: int,
    net: Floats,
    luck: Floats,
    arrival: Ints,
    floats: Floats,
    ints: Ints,
    steps: Indices,
) -> int:
    """Fill the tables of `Known`: the steps of all devices [S, D] merged home by home, what is worth most first; most steps of a home.

    stores : [D] whether what a device feeds in comes out of a store. tags : of what a step that draws leaves over, and of what comes
    out of a store.
    most : worth that an order can carry. `floats` and `ints` are zero.
    """
    homes = len(net)
    for home in range(homes):
        floats[0, home], floats[1, home] = net[home], net[home]
        floats[2, home], floats[3, home] = luck[home, 0], luck[home, 1]
        ints[0, home] = arrival[home]
    steps[:] = -1
    count = np.zeros(homes, np.int64)
    for device in range(len(owner)):
        home = owner[device]
        floats[1, home] += low[device]
        level = low[device]
        for step in range(width.shape[0]):
            power = width[step, device]
            if power <= THIN:
                continue
            tag = tags[0] if level >= -THIN else tags[1] if stores[device] else 0
            level += power
            value = np.int64(np.rint(min(max(worth[step, device], -float(most)), float(most))))
            place = count[home]
            while place > 0 and ints[place, home] < value:  # the step before stands at row 1 + (place - 1)
                floats[4 + place, home], ints[1 + place, home] = floats[3 + place, home], ints[place, home]
                steps[0, place, home], steps[1, place, home] = steps[0, place - 1, home], steps[1, place - 1, home]
                place -= 1
            floats[4 + place, home], ints[1 + place, home] = power, value
            steps[0, place, home], steps[1, place, home] = device, tag
            count[home] += 1
    return count.max() if homes else 0


@compiled
def announced(net: Floats, owner: Indices, devices: Floats, wh: float, scheduled: Ints) -> None:
    """Fill [N] the nearest watt-hour of what homes draw without their devices, and of what those [D] draw. [Wh]"""
    flexible = np.zeros(len(net))
    for device in range(len(owner)):
        flexible[owner[device]] += devices[device]
    for home in range(len(net)):
        scheduled[home] = np.int64(np.rint((net[home] + flexible[home]) * wh))


@compiled
def count_up(owner: Indices, values: Floats, price: int, amounts: Ints, cost: Ints) -> None:
    """Add to [N] what [D] devices of a kind make of a home's, in whole thousandths, and what that costs."""
    sums = np.zeros(len(amounts))
    for device in range(len(owner)):
        sums[owner[device]] += values[device]
    for home in range(len(amounts)):
        whole = np.int64(np.rint(sums[home] * 1_000))
        amounts[home] += whole
        cost[home] += price * whole


@compiled
def counted(before: Floats, power: Floats, losses: float, wh: float, moved: Ints, reading: Floats) -> None:
    """Fill [N + 1] the whole watt-hours by which each register moved on, and where it stands. [Wh]"""
    homes = len(power)
    for row in range(homes + 1):
        reading[row] = before[row] + (power[row] if row < homes else losses) * wh
        moved[row] = np.int64(np.rint(reading[row])) - np.int64(np.rint(before[row]))


@compiled
def narrowed(low: Floats, high: Floats, floats: Floats, device: Indices, least: Floats) -> None:
    """Narrow the tables of `Known` so that each home's forecast stays within its envelope [N], as far as its devices go.

    Steps that must draw are taken from the top, what is worth most, and added to [D] `least`; what may not draw goes from the
    bottom. What is fed in beyond the envelope with all devices drawing is held back: it raises `net` and `floor`.
    """
    steps, homes = device.shape
    for home in range(homes):
        lacking = low[home] - floats[1, home]
        left = 0.0
        for step in range(steps):
            if lacking > 0.0 and device[step, home] >= 0:
                part = min(lacking, floats[4 + step, home])
                floats[4 + step, home] -= part
                floats[1, home] += part
                least[device[step, home]] += part
                lacking -= part
            left += floats[4 + step, home]
        if lacking > 0.0:
            floats[0, home] += lacking
            floats[1, home] += lacking
        over = floats[1, home] + left - high[home]
        for back in range(steps):
            if over <= 0.0:
                break
            part = min(over, floats[3 + steps - back, home])
            floats[3 + steps - back, home] -= part
            over -= part
