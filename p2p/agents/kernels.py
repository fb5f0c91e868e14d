"""Compiled kernels of the phases."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats, Indices, Ints
from p2p.base.compiled import compiled


@compiled
def seen(
    owner: Indices, low: Floats, high: Floats, worth: Floats, cost: Floats, net: Floats, luck: Floats, arrival: Ints
) -> tuple[Floats, Ints]:
    """The tables of `Known`: storage columns [D] stand at their homes, in whole prices; net, luck and arrival as given."""
    homes = len(net)
    floats, ints = np.zeros((5, homes)), np.zeros((3, homes), np.int64)
    for home in range(homes):
        floats[0, home], floats[3, home], floats[4, home] = net[home], luck[home, 0], luck[home, 1]
        ints[2, home] = arrival[home]
    for store in range(len(owner)):
        home = owner[store]
        floats[1, home] += low[store]
        floats[2, home] += high[store]
        ints[0, home] = np.int64(np.rint(worth[store]))
        ints[1, home] = np.int64(np.rint(cost[store]))
    return floats, ints


@compiled
def counted(before: Floats, power: Floats, losses: float, wh: float) -> tuple[Ints, Floats]:
    """[N + 1] the whole watt-hours by which each register moved on, and where it stands. [Wh]"""
    homes = len(power)
    moved, reading = np.empty(homes + 1, np.int64), np.empty(homes + 1)
    for row in range(homes + 1):
        reading[row] = before[row] + (power[row] if row < homes else losses) * wh
        moved[row] = np.int64(np.rint(reading[row])) - np.int64(np.rint(before[row]))
    return moved, reading
