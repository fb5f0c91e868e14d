"""Compiled kernels of the phases."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats, Indices, Ints
from p2p.base.compiled import compiled


@compiled
def seen(
    owner: Indices,
    low: Floats,
    high: Floats,
    worth: Floats,
    cost: Floats,
    net: Floats,
    luck: Floats,
    arrival: Ints,
    floats: Floats,
    ints: Ints,
) -> None:
    """Fill the tables of `Known`, which are zero: storage columns [D] stand at their homes, in whole prices; net, luck and arrival as given."""
    homes = len(net)
    for home in range(homes):
        floats[0, home], floats[3, home], floats[4, home] = net[home], luck[home, 0], luck[home, 1]
        ints[2, home] = arrival[home]
    for store in range(len(owner)):
        home = owner[store]
        floats[1, home] += low[store]
        floats[2, home] += high[store]
        ints[0, home] = np.int64(np.rint(worth[store]))
        ints[1, home] = np.int64(np.rint(cost[store]))


@compiled
def counted(before: Floats, power: Floats, losses: float, wh: float, moved: Ints, reading: Floats) -> None:
    """Fill [N + 1] the whole watt-hours by which each register moved on, and where it stands. [Wh]"""
    homes = len(power)
    for row in range(homes + 1):
        reading[row] = before[row] + (power[row] if row < homes else losses) * wh
        moved[row] = np.int64(np.rint(reading[row])) - np.int64(np.rint(before[row]))
