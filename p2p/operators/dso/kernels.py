"""Compiled kernels of the DSO."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Flags, Floats, Indices, Ints, Signs
from p2p.base.compiled import compiled

BLUR = 2
"""A piece of an order of no more Wh than that is none of its own."""


@compiled
def keeps(voltage: Floats, loading: Floats, low: float, high: float, most: float) -> bool:
    """Whether every voltage lies within low to high and no loading is over `most`; a voltage that is NaN is outside."""
    for bus in range(len(voltage)):
        if not low <= voltage[bus] <= high:
            return False
    worst = 0.0
    for row in range(len(loading)):
        worst = max(worst, loading[row])
    return worst <= most


@compiled
def both_at_bus(bus: Indices, p: Floats, q: Floats, at_p: Floats, at_q: Floats) -> None:
    """Add two home columns to [B] sums at each bus, homes in their own order."""
    for home in range(len(bus)):
        at_p[bus[home]] += p[home]
        at_q[bus[home]] += q[home]


@compiled
def cut(agent: Indices, side: Signs, energy: Ints, rows: Ints, low: Floats, high: Floats, origin: Ints, amount: Ints, moves: Ints) -> int:
    """Cut orders where they begin and cease to move the grid; how many pieces there are.

    rows : [O] the orders home by home, offers before bids, of each what is accepted first at any price first. low, high : [N]
    contracts in between are drawn, those beyond only change hands [Wh]. origin, amount, moves : [3 O] to fill.
    """
    count = 0
    before, home, way = np.int64(0), np.int64(-1), np.int64(0)
    for place in range(len(rows)):
        row = rows[place]
        if agent[row] != home or side[row] != way:
            before, home, way = np.int64(0), np.int64(agent[row]), np.int64(side[row])
        first = np.int64(np.rint(max(low[home] if way > 0 else -high[home], 0.0)))
        last = np.int64(np.rint(max(high[home] if way > 0 else -low[home], 0.0)))
        start: np.int64 = before
        end: np.int64 = before + energy[row]
        before = end
        moved_from: np.int64 = max(start, first)
        moved_to: np.int64 = min(end, last)
        if moved_to - moved_from <= BLUR:  # too little: all of it does not
            moved_from = moved_to = end
        elif energy[row] - (moved_to - moved_from) <= BLUR:
            moved_from, moved_to = start, end
        for piece in range(3):
            a = start if piece == 0 else moved_from if piece == 1 else moved_to
            b = moved_from if piece == 0 else moved_to if piece == 1 else end
            if b > a:
                origin[count], amount[count], moves[count] = row, b - a, piece == 1
                count += 1
    return count


@compiled
def worst_spots(
    voltage: Floats, loading: Floats, low: float, high: float, most: float, slack: int, start: Indices, end: Indices, chosen: Flags
) -> int:
    """Mark the elements beyond their bounds that are worse than their neighbours; how many. chosen : [B + L], to fill.

    The slack's voltage is given. Along a feeder the worst of them speaks for the rest; what it leaves is marked in the next round.
    """
    buses, branches = len(voltage), len(loading)
    around, at_bus = np.zeros(buses), np.zeros(buses)
    for branch in range(branches):
        f, t = start[branch], end[branch]
        around[f] = max(around[f], beyond(voltage[t], low, high))
        around[t] = max(around[t], beyond(voltage[f], low, high))
        over = loading[branch] - most
        at_bus[f], at_bus[t] = max(at_bus[f], over), max(at_bus[t], over)
    count = 0
    for bus in range(buses):
        own = beyond(voltage[bus], low, high)
        chosen[bus] = bus != slack and own > 0.0 and own >= around[bus]
        count += chosen[bus]
    for branch in range(branches):
        over = loading[branch] - most
        chosen[buses + branch] = over > 0.0 and over >= at_bus[start[branch]] and over >= at_bus[end[branch]]
        count += chosen[buses + branch]
    return count


@compiled
def unseen(
    kind: Ints,
    row: Ints,
    angle: Floats,
    sign: Signs,
    more_kind: Ints,
    more_row: Ints,
    more_angle: Floats,
    more_sign: Signs,
    turn: float,
    new: Flags,
) -> int:
    """Mark the elements that are not among others; how many. new : to fill.

    A voltage is the same bound of the same bus; a loading the same branch in nearly the same direction or the opposite one, within
    one of the sectors of `turn` rad.
    """
    count = 0
    sectors = np.int64(np.rint(np.pi / turn))
    for j in range(len(more_row)):
        new[j] = True
        for k in range(len(row)):
            if kind[k] == more_kind[j] and row[k] == more_row[j]:
                if kind[k] == 0:
                    same = sign[k] == more_sign[j]
                else:
                    same = (np.int64(np.rint(angle[k] / turn)) - np.int64(np.rint(more_angle[j] / turn))) % sectors == 0
                new[j] = new[j] and not same
        count += new[j]
    return count


@compiled
def rooms(
    kind: Ints, value: Floats, place: Ints, sign: Signs, low: float, high: float, in_band: float, in_rating: float, room: Floats
) -> None:
    """Fill [R] how far rows are from their bounds, less how far inside these is aimed for. kind, value : of elements."""
    for r in range(len(room)):
        element = place[r]
        if kind[element] == 0:
            bound, inside = high if sign[r] > 0 else low, in_band
        else:
            bound, inside = 100.0 * sign[r], in_rating
        room[r] = sign[r] * (bound - value[element]) - inside


@compiled
def beyond(value: float, low: float, high: float) -> float:
    """How far a value lies outside a band."""
    return max(low - value, value - high, 0.0)


@compiled
def least_margin(voltage: Floats, loading: Floats, slack: int, low: float, high: float) -> float:
    """The smallest distance from a bound, in parts of the band or of the rating; negative beyond. The slack has none."""
    least = np.inf
    for bus in range(len(voltage)):
        if bus != slack:
            least = min(least, min(voltage[bus] - low, high - voltage[bus]) / (high - low))
    for branch in range(len(loading)):
        least = min(least, 1.0 - loading[branch] / 100.0)
    return least
