"""Compiled kernels of the phases."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats, Indices, Ints
from p2p.base.compiled import compiled


@compiled
def seen(owner: Indices, low: Floats, high: Floats, worth: Floats, cost: Floats, luck: Floats) -> tuple[Floats, Floats, Ints, Ints, Ints]:
    """[N] what storage columns [D] mean for each home, in whole prices, and each home's rank in time by its last draw."""
    homes = len(luck)
    lows, highs, worths, costs = np.zeros(homes), np.zeros(homes), np.zeros(homes, np.int64), np.zeros(homes, np.int64)
    for store in range(len(owner)):
        home = owner[store]
        lows[home] += low[store]
        highs[home] += high[store]
        worths[home] = np.int64(np.rint(worth[store]))
        costs[home] = np.int64(np.rint(cost[store]))
    rank = np.empty(homes, np.int64)
    for place, row in enumerate(np.argsort(luck[:, 2], kind="mergesort")):
        rank[row] = place
    return lows, highs, worths, costs, rank


@compiled
def counted(before: Floats, power: Floats, losses: float, wh: float) -> tuple[Ints, Floats]:
    """[N + 1] the whole watt-hours by which each register moved on, and where it stands. [Wh]"""
    homes = len(power)
    moved, reading = np.empty(homes + 1, np.int64), np.empty(homes + 1)
    for row in range(homes + 1):
        reading[row] = before[row] + (power[row] if row < homes else losses) * wh
        moved[row] = np.int64(np.rint(reading[row])) - np.int64(np.rint(before[row]))
    return moved, reading
