"""Compiled loops of the exact plan of a store: the worth of a kWh stored, as a falling staircase over what is stored."""

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.base.compiled import compiled

SHORT = 1e9
"""What a kWh above or below the bounds of a store is worth [µEUR/kWh]: more than any price, so that bounds come first."""

SAME = 1e-6
"""Worths that differ by less are one. [µEUR/kWh]"""

ALIKE = 32
"""Where there are too many steps, those are joined first that differ by less than this part of the way from feed-in to retail."""


@compiled
def stored(power: float, into: float, out: float, hours: float) -> float:
    """What a power brings into a store in an interval. [kWh]"""
    return power * hours * (into if power > 0 else out)


@compiled
def offers(
    net: float,
    low: float,
    high: float,
    into: float,
    out: float,
    wear: float,
    retail: float,
    feed_in: float,
    hours: float,
    bottom: Floats,
    width: Floats,
    price: Floats,
) -> int:
    """Fill the parts of a device's power range, from the lowest: where they begin, their width and price; how many there are.

    Parts end where the device neither draws nor gives, and where its home neither imports nor exports. Width is in kWh stored,
    price in µEUR for each. Prices are made to rise: away from zero power, no part is better than the one before.
    """
    count = 0
    first, second = min(0.0, -net), max(0.0, -net)
    for part in range(3):
        begin = max(low if part == 0 else (first if part == 1 else second), low)
        end = min(first if part == 0 else (second if part == 1 else high), high)
        if end <= begin:
            continue
        draws = begin >= 0.0
        rate = into if draws else out
        if rate <= 0.0:
            continue
        local = retail if 0.5 * (begin + end) + net > 0.0 else feed_in
        bottom[count] = stored(begin, into, out, hours)
        width[count] = (end - begin) * hours * rate
        price[count] = (local + wear) / rate if draws else (local - wear) / rate
        count += 1
    gives = 0
    while gives < count and bottom[gives] < 0.0:
        gives += 1
    for part in range(gives + 1, count):
        price[part] = max(price[part], price[part - 1])
    for part in range(min(gives, count - 1) - 1, -1, -1):
        price[part] = min(price[part], price[part + 1])
    return count


@compiled
def reached(
    level: float,
    keep: float,
    inflow: Floats,
    least: Floats,
    most: Floats,
    low: Floats,
    high: Floats,
    into: Floats,
    out: Floats,
    hours: float,
    bottom: Floats,
    top: Floats,
) -> None:
    """Fill [T] lowest and highest level that can be reached within the bounds, or as near to them as can be."""
    below, above = level, level
    for at in range(len(bottom)):
        below = keep * below + inflow[at] + stored(low[at], into[at], out[at], hours)
        above = keep * above + inflow[at] + stored(high[at], into[at], out[at], hours)
        if above < least[at]:
            below = above
        elif below > most[at]:
            above = below
        else:
            below = max(below, least[at])
            above = max(min(above, most[at]), below)
        bottom[at], top[at] = below, above


@compiled
def earlier(
    edge: Floats,
    worth: Floats,
    at: int,
    count: int,
    parts: int,
    width: Floats,
    price: Floats,
    most: float,
    keep: float,
    inflow: float,
    low: float,
    high: float,
) -> int:
    """Write, after a staircase of `count` steps, that of the interval before; how many steps it has.

    A store is worth what is best done with it: the steps of its worth after the interval and the parts of the power range,
    sorted together (the infimal convolution of two convex costs is a merge of their slopes). Then the level before losses and
    inflow takes the place of that after them, and what can't be reached is cut off.
    """
    after = at + count + 1
    level = edge[at] - most
    edge[after] = min(max((level - inflow) / keep, low), high)
    step, part, steps = 0, parts - 1, 0
    while step < count or part >= 0:
        if part < 0 or (step < count and worth[at + step] >= price[part]):
            level += edge[at + step + 1] - edge[at + step]
            value = worth[at + step]
            step += 1
        else:
            level += width[part]
            value = price[part]
            part -= 1
        here = min(max((level - inflow) / keep, low), high)
        if here > edge[after + steps]:
            value *= keep
            if steps == 0 or worth[after + steps - 1] - value > SAME:
                worth[after + steps] = value
                steps += 1
            edge[after + steps] = here
        if here >= high:
            break
    return steps


@compiled
def chosen(
    edge: Floats, worth: Floats, at: int, count: int, before: float, idle: float, parts: int, bottom: Floats, width: Floats, price: Floats
) -> float:
    """What is best brought into a store that would hold `before` without it: the nearest to `idle` of all that cost least. [kWh]"""
    moved = idle
    step = count  # the step to the right of the level
    while step >= 0 and edge[at + step] > before + idle:
        step -= 1
    part = 0
    while part < parts:
        end = bottom[part] + width[part]
        value = SHORT if step < 0 else (-SHORT if step >= count else worth[at + step])
        if moved >= end:
            part += 1
        elif value <= price[part] + SAME:
            break
        elif edge[at + step + 1] - before < end:
            moved = max(edge[at + step + 1] - before, moved)
            step += 1
        else:
            moved = end
    if moved > idle:
        return moved
    step = count  # the step to the left of the level
    while step >= 0 and edge[at + step] >= before + idle:
        step -= 1
    part = parts - 1
    while part >= 0:
        end = bottom[part]
        value = SHORT if step < 0 else (-SHORT if step >= count else worth[at + step])
        if moved <= end:
            part -= 1
        elif value >= price[part] - SAME:
            break
        elif edge[at + step] - before > end:
            moved = min(edge[at + step] - before, moved)
            step -= 1
        else:
            moved = end
    return moved


@compiled
def at_the_end(net: Floats, retail: Floats, feed_in: Floats, high: Floats, into: Floats, wear: float, share: float) -> float:
    """What a kWh is worth that is left at the end: a share of the least that one costs to store in the intervals ahead. [µEUR/kWh]"""
    least = np.inf
    for at in range(len(net)):
        if high[at] > 0.0 and into[at] > 0.0:
            least = min(least, ((feed_in[at] if net[at] < 0.0 else retail[at]) + wear) / into[at])
    return share * max(least, 0.0) if least < np.inf else 0.0


@compiled
def planned(
    rows: Ints,
    home: Ints,
    rest: Floats,
    retail: Floats,
    feed_in: Floats,
    hours: float,
    share: float,
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
    first: Ints,
    edge: Floats,
    worth: Floats,
    used: int,
) -> tuple[int, int]:
    """Plan the stores at some rows, one after the other; how many were planned until there was no more room, and the places used.

    rest: [T, n] what each home draws but for the device that is planned [kW]; kept up to date
    power: [T, D] the plan, and the one before it on entry [kW]
    first: [K, D, 2] place of the first edge, and number of steps, of each staircase that is kept: worth of a kWh stored at the
        end of each of the first K intervals
    """
    length, kept = len(rest), len(first)
    room = 3 * length * (length + 1) // 2 + 2 * length + 2
    edges, worths = np.empty(room), np.empty(room)
    place, steps = np.empty(length, np.int64), np.empty(length, np.int64)
    bottom, width, price = np.empty((length, 3)), np.empty((length, 3)), np.empty((length, 3))
    parts = np.empty(length, np.int64)
    lows, highs = np.empty(length), np.empty(length)
    for done in range(len(rows)):
        row = rows[done]
        own = home[row]
        takes, gives = into[:, row], out[:, row]
        for at in range(length):
            rest[at, own] -= power[at, row]
            parts[at] = offers(
                rest[at, own], low[at, row], high[at, row], takes[at], gives[at], wear[row], retail[at], feed_in[at], hours,
                bottom[at], width[at], price[at],
            )  # fmt: skip
        reached(
            level[row], keep[row], inflow[:, row], least[:, row], most[:, row], low[:, row], high[:, row], takes, gives, hours, lows, highs
        )
        end = length - 1
        place[end], steps[end] = 0, 0
        edges[0] = lows[end]
        if highs[end] > lows[end]:
            steps[end], edges[1] = 1, highs[end]
            worths[0] = at_the_end(rest[:, own], retail, feed_in, high[:, row], takes, wear[row], share)
        for at in range(end, 0, -1):
            place[at - 1] = place[at] + steps[at] + 1
            steps[at - 1] = earlier(
                edges, worths, place[at], steps[at], parts[at], width[at], price[at],
                stored(high[at, row], takes[at], gives[at], hours), keep[row], inflow[at, row], lows[at - 1], highs[at - 1],
            )  # fmt: skip
        needed = 0
        for at in range(kept):
            needed += steps[at] + 1
        if used + needed > len(edge):
            for at in range(length):
                rest[at, own] += power[at, row]
            return done, used
        now = level[row]
        for at in range(length):
            before = keep[row] * now + inflow[at, row]
            least_power = min(max(0.0, low[at, row]), high[at, row])
            idle = stored(least_power, takes[at], gives[at], hours)
            change = chosen(edges, worths, place[at], steps[at], before, idle, parts[at], bottom[at], width[at], price[at])
            wished = least_power if change == idle else change / (hours * (takes[at] if change > 0.0 else gives[at]))
            power[at, row] = min(max(wished, low[at, row]), high[at, row])
            rest[at, own] += power[at, row]
            now = before + stored(power[at, row], takes[at], gives[at], hours)
        for at in range(kept):
            first[at, row, 0], first[at, row, 1] = used, steps[at]
            for step in range(steps[at] + 1):
                edge[used + step] = edges[place[at] + step]
                worth[used + step] = worths[place[at] + step] if step < steps[at] else -SHORT
            used += steps[at] + 1
    return len(rows), used


@compiled
def joined(width: Floats, worth: Floats, loss: Floats, count: int, most: int, floor: float, ceiling: float) -> int:
    """Join neighbouring steps until there are at most `most`: those alike, then those whose difference matters least between two prices.

    How many are left. `loss` is room to work in.
    """
    last, left, alike = 0, count, (ceiling - floor) / ALIKE
    for step in range(1, count):
        if left > most and min(worth[last], ceiling) - max(worth[step], floor) <= alike:
            both = width[last] + width[step]
            worth[last] = (worth[last] * width[last] + worth[step] * width[step]) / both
            width[last] = both
            left -= 1
        else:
            last += 1
            width[last], worth[last] = width[step], worth[step]
    count = left
    for step in range(count - 1 if count > most else 0):
        loss[step] = lost(width, worth, step, floor, ceiling)
    while count > most:
        best = 0
        for step in range(1, count - 1):
            if loss[step] < loss[best]:
                best = step
        one, other = worth[best], worth[best + 1]
        if loss[best] > 0.0:
            one, other = min(max(one, floor), ceiling), min(max(other, floor), ceiling)
        both = width[best] + width[best + 1]
        worth[best] = (one * width[best] + other * width[best + 1]) / both
        width[best] = both
        count -= 1
        for step in range(best + 1, count):
            width[step], worth[step], loss[step - 1] = width[step + 1], worth[step + 1], loss[step]
        if best > 0:
            loss[best - 1] = lost(width, worth, best - 1, floor, ceiling)
        if best < count - 1:
            loss[best] = lost(width, worth, best, floor, ceiling)
    return count


@compiled
def lost(width: Floats, worth: Floats, step: int, floor: float, ceiling: float) -> float:
    """What is lost at most by joining a step with the next."""
    gap = min(max(worth[step], floor), ceiling) - min(max(worth[step + 1], floor), ceiling)
    return gap * width[step] * width[step + 1] / (width[step] + width[step + 1])


@compiled
def appraised(
    first: Ints,
    edge: Floats,
    worth: Floats,
    level: Floats,
    keep: Floats,
    inflow: Floats,
    into: Floats,
    out: Floats,
    wear: Floats,
    low: Floats,
    high: Floats,
    hours: float,
    floor: float,
    ceiling: float,
    widths: Floats,
    worths: Floats,
) -> None:
    """Fill [S, D] the power above the lowest in steps, and what a kWh in each is worth, by the staircase of the level after it."""
    most, many = len(widths), 32
    width, value, loss = np.empty(many), np.empty(many), np.empty(many)
    for row in range(len(level)):
        at, steps = first[row, 0], first[row, 1]
        takes, gives, power = into[row] * hours, out[row] * hours, low[row]
        here = keep[row] * level[row] + inflow[row] + power * (takes if power > 0.0 else gives)
        left, right = -1, steps + 1  # the last edge at or below the level, the first above it
        while right - left > 1:
            middle = (left + right) // 2
            if edge[at + middle] <= here:
                left = middle
            else:
                right = middle
        count = 0
        while power < high[row]:
            draws = power >= 0.0
            limit = high[row] if draws else min(high[row], 0.0)
            rate = takes if draws else gives
            stair = SHORT if left < 0 else (-SHORT if left >= steps else worth[at + left])
            until = limit
            if left < steps and rate > 0.0:
                until = power + (edge[at + left + 1] - here) / rate
                if until <= limit:
                    here = edge[at + left + 1]
                    left += 1
                else:
                    until = limit
                    here += (limit - power) * rate
            if until > power:
                if count == many:
                    count = joined(width, value, loss, count, most, floor, ceiling)
                width[count] = until - power
                value[count] = stair * rate / hours + (-wear[row] if draws else wear[row])
                count += 1
                power = until
        for step in range(count - 2, -1, -1):
            value[step] = max(value[step], value[step + 1])
        if count > most:
            count = joined(width, value, loss, count, most, floor, ceiling)
        for step in range(most):
            widths[step, row] = width[step] if step < count else 0.0
            worths[step, row] = value[step] if step < count else (value[count - 1] if count > 0 else 0.0)
