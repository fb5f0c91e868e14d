"""The compiled loop that writes a home's linear programme."""

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.base.compiled import compiled
from p2p.behaviour.plans.kernels import reached, stored


@compiled
def household(
    rows: Ints,
    net: Floats,
    retail: Floats,
    feed_in: Floats,
    hours: float,
    left: Floats,
    level: Floats,
    keep: Floats,
    inflow: Floats,
    least: Floats,
    most: Floats,
    low: Floats,
    high: Floats,
    into: Floats,
    out: Floats,
    wear: Floats,
    power: Floats,
    gain: Floats,
    start: Ints,
    index: Ints,
    value: Floats,
    bottom: Floats,
    top: Floats,
    bound: Floats,
    point: Floats,
) -> None:
    """Fill the linear programme of one home with the devices at some rows, and the point that a plan of them is.

    Variables: what the home buys and what it feeds in, then of each device what it draws, what it gives and what it holds at the
    end; each in T intervals. Rows: the home's balance, then each device's. Gains in 0.1 EUR, columns of the matrix in order.
    """
    length = len(net)
    place = 0
    for at in range(length):
        for way in range(2):
            column = way * length + at
            start[column], index[column], value[column] = column, at, 1.0 - 2.0 * way
            gain[column] = (-retail[at] if way == 0 else feed_in[at]) * hours * 1e-5
            bottom[column], top[column] = 0.0, np.inf
        total = net[at]
        for row in rows:
            total += power[at, row]
        point[at], point[length + at] = max(total, 0.0), max(-total, 0.0)
        bound[at] = net[at]
    place = 2 * length
    for device in range(len(rows)):
        row = rows[device]
        column, line = (2 + 3 * device) * length, (1 + device) * length
        lows, highs = bottom[column + 2 * length : column + 3 * length], top[column + 2 * length : column + 3 * length]
        reached(
            level[row], keep[:, row], inflow[:, row], least[:, row], most[:, row], low[:, row], high[:, row], into[:, row], out[:, row],
            hours, lows, highs,
        )  # fmt: skip
        for way in range(2):
            for at in range(length):
                here = column + way * length + at
                sign = 1.0 - 2.0 * way
                start[here] = place
                index[place], value[place] = at, -sign
                index[place + 1], value[place + 1] = line + at, -sign * hours * (into[at, row] if way == 0 else out[at, row])
                place += 2
                gain[here] = -wear[row] * hours * 1e-5
                bottom[here] = max(low[at, row] if way == 0 else -high[at, row], 0.0)
                top[here] = max(high[at, row] if way == 0 else -low[at, row], 0.0)
                point[here] = max(sign * power[at, row], 0.0)
        now = level[row]
        for at in range(length):
            here = column + 2 * length + at
            bound[line + at] = inflow[at, row] + (keep[at, row] * level[row] if at == 0 else 0.0)
            now = keep[at, row] * now + inflow[at, row] + stored(power[at, row], into[at, row], out[at, row], hours)
            point[here], gain[here], start[here] = now, 0.0, place
            index[place], value[place] = line + at, 1.0
            place += 1
            if at + 1 < length:
                index[place], value[place] = line + at + 1, -keep[at + 1, row]
                place += 1
        gain[column + 3 * length - 1] = left[row] * 1e-5
    start[len(gain)] = place
