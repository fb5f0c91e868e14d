"""Compiled kernels of boilers, night storage heaters and cogeneration: one pass over the rows, exact in time."""

from __future__ import annotations

from math import exp, log

import numpy as np

from p2p.base.columns import Flags, Floats
from p2p.base.compiled import compiled
from p2p.devices.tanks.warmth import WATER

HARDLY = 1e-9
"""What is as good as nothing: hours, kelvins and shares below it are the rounding of sums."""


@compiled
def falling_worth(
    low: Floats, high: Floats, fill: Floats, rise: Floats, dearest: float, cheapest: float, width: Floats, worth: Floats
) -> None:
    """Fill two [2, D] steps; see `worth.by_fill`, whose rule this is, in one pass."""
    top = max(dearest, cheapest)
    for row in range(len(low)):
        for half in range(2):
            width[half, row] = 0.5 * (high[row] - low[row])
            level = fill[row] + (0.25 + 0.5 * half) * rise[row]
            worth[half, row] = top - (top - cheapest) * min(max(level, 0.0), 1.0)


@compiled
def short_of(floor: float, first: float, last: float, aim: float, rate: float, hours: float) -> float:
    """Time below `floor` times how far, on an exponential way from `first` to `last` towards `aim`. [K h]"""
    if first >= floor and last >= floor:
        return 0.0
    if first <= floor and last <= floor:
        return floor * hours - aim * hours - (first - last) / rate
    crossed = log((first - aim) / (floor - aim)) / rate
    if first < floor:
        return (floor - aim) * crossed - (first - floor) / rate
    return (floor - aim) * (hours - crossed) - (floor - last) / rate


@compiled
def boiler_meet(need: Floats, since: Floats, lead: Floats, hygiene: Floats, week: float, floor: Floats) -> None:
    """Fill [D] the temperature that must be had at the end of an interval; see `boiler.meet`. [degC]"""
    for row in range(len(need)):
        due = hygiene[row] > 0.0 and since[row] >= week - lead[row]
        floor[row] = max(need[row], hygiene[row]) if due else need[row]


@compiled
def boiler_need(
    volume: Floats, loss: Floats, rating: Floats, ambient: Floats, least: Floats, most: Floats, keep: Floats, draw: Floats, need: Floats
) -> None:
    """Fill [L, D] the least temperature from which full power holds the band as far as the table of draws reaches; see `boiler.today`."""
    steps, tanks = draw.shape
    for tank in range(tanks):
        level = least[tank]
        for step in range(steps - 1, -1, -1):
            if step < len(need):
                need[step, tank] = level
            aim = ambient[tank] + (rating[tank] - draw[step, tank]) / loss[tank]
            level = (level - (1.0 - keep[tank]) * aim) / keep[tank]
            level = min(max(level, least[tank]), most[tank])


@compiled
def boiler_span(
    rating: Floats,
    loss: Floats,
    least: Floats,
    most: Floats,
    ambient: Floats,
    cold: Floats,
    temperature: Floats,
    draw: Floats,
    floor: Floats,
    keep: Floats,
    low: Floats,
    high: Floats,
) -> None:
    """Fill [D] lowest and highest power; see `boiler.span`."""
    for row in range(len(temperature)):
        share = 1.0 / (1.0 - keep[row])
        left = temperature[row] * keep[row]
        # the draw is at least as strong as at the start when the tank warms from below the band
        weak = draw[row] * min(1.0, (temperature[row] - cold[row]) / (least[row] - cold[row]))
        most_power = weak + loss[row] * ((most[row] - left) * share - ambient[row])
        high[row] = min(max(most_power, 0.0), rating[row])
        least_power = draw[row] + loss[row] * ((floor[row] - left) * share - ambient[row])
        low[row] = min(max(least_power, 0.0), high[row])


@compiled
def boiler_fill(
    loss: Floats,
    most: Floats,
    ambient: Floats,
    temperature: Floats,
    draw: Floats,
    floor: Floats,
    keep: Floats,
    low: Floats,
    high: Floats,
    fill: Floats,
    rise: Floats,
) -> None:
    """Fill [D] how full each tank is at the lowest power, above what must be had, and how much fuller at the highest."""
    for row in range(len(temperature)):
        gain = (1.0 - keep[row]) / loss[row]
        room = max(most[row] - floor[row], 0.1)
        after = temperature[row] * keep[row] + (1.0 - keep[row]) * ambient[row] + gain * (low[row] - draw[row])
        fill[row] = (after - floor[row]) / room
        rise[row] = gain * (high[row] - low[row]) / room


@compiled
def boiler_step(
    volume: Floats,
    loss: Floats,
    least: Floats,
    most: Floats,
    hygiene: Floats,
    ambient: Floats,
    cold: Floats,
    temperature: Floats,
    since: Floats,
    draw: Floats,
    keep: Floats,
    power: Floats,
    week: float,
    hours: float,
    after: Floats,
) -> None:
    """Fill [5, D] temperature, hours since it was hot enough, heat drawn, heat lost, and what was missed; see `boiler.step`."""
    for row in range(len(temperature)):  # as nearly always: never below the band, and hot enough lately
        aim = ambient[row] + (power[row] - draw[row]) / loss[row]
        last = aim + (temperature[row] - aim) * keep[row]
        after[0, row] = last
        after[1, row] = 0.0 if last >= hygiene[row] - HARDLY else since[row] + hours
        after[2, row] = draw[row] * hours
        after[3, row] = loss[row] * (aim - ambient[row]) * hours + volume[row] * WATER * (temperature[row] - last)
        after[4, row] = 0.0
    for row in range(len(temperature)):
        late = hygiene[row] > 0.0 and since[row] >= week
        if not late and temperature[row] >= least[row] and after[0, row] >= least[row]:
            continue
        heat, wish, first, last = volume[row] * WATER, least[row], temperature[row], after[0, row]
        full_aim = ambient[row] + (power[row] - draw[row]) / loss[row]
        # a well mixed tank at or above the band gives the heat that is wanted; below it, in proportion to its warmth
        pull = draw[row] / (wish - cold[row])
        full_rate = loss[row] / heat
        weak_aim = (loss[row] * ambient[row] + pull * cold[row] + power[row]) / (loss[row] + pull)
        weak_rate = (loss[row] + pull) / heat
        full, weak = 0.0, 0.0
        if first >= wish:
            middle = last
            full = hours
            if middle < wish:
                full = log((first - full_aim) / (wish - full_aim)) / full_rate
                middle, weak = wish, hours - full
            last = weak_aim + (middle - weak_aim) * exp(-weak_rate * weak) if weak > 0.0 else middle
            over, under = full_aim * full + (first - middle) / full_rate, weak_aim * weak + (middle - last) / weak_rate
        else:
            middle = weak_aim + (first - weak_aim) * exp(-weak_rate * hours)
            weak = hours
            if middle > wish:
                weak = log((weak_aim - first) / (weak_aim - wish)) / weak_rate
                middle, full = wish, hours - weak
            last = full_aim + (middle - full_aim) * exp(-full_rate * full) if full > 0.0 else middle
            over, under = full_aim * full + (middle - last) / full_rate, weak_aim * weak + (first - middle) / weak_rate
        missed = wish * weak - under
        if late:
            at = (first, middle) if first >= wish else (middle, last)
            missed = short_of(hygiene[row], at[0], at[1], full_aim, full_rate, full) if full > 0.0 else 0.0
            missed += hygiene[row] * weak - under
        after[0, row] = last
        after[1, row] = 0.0 if last >= hygiene[row] - HARDLY else since[row] + hours
        after[2, row] = draw[row] * full + pull * (under - cold[row] * weak)
        after[3, row] = loss[row] * (over + under - ambient[row] * hours)
        after[4, row] = max(missed, 0.0)
    for row in range(len(temperature)):
        after[0, row] = min(after[0, row], most[row])


@compiled
def core_before(level: float, need: float, loss: float, power: float, hours: float) -> float:
    """What a core held an interval ago if it holds `level` now: its way backwards, exact. [kWh]"""
    if loss > 0.0 and loss * level >= need:
        aim, edge = power / loss, need / loss
        before = aim + (level - aim) * exp(loss * hours)
        if before >= edge:
            return before
        return edge + (need - power) * (hours - log((edge - aim) / (level - aim)) / loss)
    before = level + (need - power) * hours
    if loss > 0.0 and loss * before > need:
        aim, edge = power / loss, need / loss
        return aim + (edge - aim) * exp(loss * (hours - (edge - level) / (need - power)))
    return before


@compiled
def core_need(rating: Floats, capacity: Floats, loss: Floats, need: Floats, opened: Floats, hours: float, least: Floats) -> None:
    """Fill [L, D] the least charge from which all heat can be had as far as the table of needs reaches; see `night_storage.today`."""
    steps, cores = need.shape
    for core in range(cores):
        level = 0.0
        for step in range(steps - 1, -1, -1):
            if step < len(least):
                least[step, core] = level
            level = core_before(level, need[step, core], loss[core], opened[step, core] * rating[core], hours)
            level = min(max(level, 0.0), capacity[core])


@compiled
def core_power(level: float, target: float, need: float, loss: float, keep: float, hours: float, generous: bool) -> float:
    """Power that brings a core to a target: the more of what the fan must give and of what leaks. [kW]

    Where the leak is enough for a part of the interval only, that is a little too low, and `generous` makes it a little too high.
    """
    fan = need + (target - level) / hours
    if loss <= 0.0:
        return fan
    if generous and (loss * level - need) * (loss * target - need) < 0.0:
        return fan - need + loss * max(level, target)
    return max(fan, loss * (target - level * keep) / (1.0 - keep))


@compiled
def core_span(
    rating: Floats,
    capacity: Floats,
    loss: Floats,
    level: Floats,
    need: Floats,
    opened: Floats,
    least: Floats,
    keep: Floats,
    hours: float,
    low: Floats,
    high: Floats,
) -> None:
    """Fill [D] lowest and highest power; see `night_storage.span`."""
    for row in range(len(level)):
        most = opened[row] * rating[row]
        high[row] = min(max(core_power(level[row], capacity[row], need[row], loss[row], keep[row], hours, False), 0.0), most)
        low[row] = min(max(core_power(level[row], least[row], need[row], loss[row], keep[row], hours, True), 0.0), high[row])


@compiled
def core_fill(
    capacity: Floats, level: Floats, need: Floats, least: Floats, hours: float, low: Floats, high: Floats, fill: Floats, rise: Floats
) -> None:
    """Fill [D] how full each core is at the lowest power, above what must be had, and how much fuller at the highest."""
    for row in range(len(level)):
        room = max(capacity[row] - least[row], 0.01 * capacity[row])
        fill[row] = (level[row] + (low[row] - need[row]) * hours - least[row]) / room
        rise[row] = (high[row] - low[row]) * hours / room


@compiled
def core_step(
    capacity: Floats, loss: Floats, level: Floats, need: Floats, keep: Floats, power: Floats, hours: float, after: Floats
) -> None:
    """Fill [4, D] charge, heat used, heat that came unwanted, and heat missed; see `night_storage.step`."""
    crosses = np.empty(len(level), np.bool_)  # whether the leak is enough for a part of the interval only
    for row in range(len(level)):
        leaky = loss[row] > 0.0
        rate = loss[row] if leaky else 1.0
        aim, edge = power[row] / rate, need[row] / rate
        enough = leaky & (loss[row] * level[row] >= need[row])
        last = aim + (level[row] - aim) * keep[row] if enough else level[row] + (power[row] - need[row]) * hours
        crosses[row] = (last < edge) if enough else leaky & (loss[row] * last > need[row])
        after[0, row] = last
        after[2, row] = (power[row] - need[row]) * hours + level[row] - last if enough else 0.0
    for row in range(len(level)):
        if not crosses[row]:
            continue
        leak, wanted, first, net = loss[row], need[row], level[row], power[row] - need[row]
        aim, edge = power[row] / leak, wanted / leak
        if leak * first >= wanted:  # the core leaks more than is wanted, then the fan adds to it
            leaks = log((first - aim) / (edge - aim)) / leak
            after[0, row] = edge + net * (hours - leaks)
            after[2, row] = net * leaks + first - edge
        else:
            leaks = hours - (edge - first) / net
            after[0, row] = aim + (edge - aim) * exp(-leak * leaks)
            after[2, row] = net * leaks + edge - after[0, row]
    for row in range(len(level)):
        last = after[0, row]
        missed = max(-last, 0.0)
        after[0, row] = min(max(last, 0.0), capacity[row])
        after[1, row] = need[row] * hours - missed
        after[2, row] = max(after[2, row], 0.0)
        after[3, row] = missed


@compiled
def chp_span(
    rating: Floats,
    electric: Floats,
    thermal: Floats,
    part: Floats,
    run: Floats,
    capacity: Floats,
    loss: Floats,
    follows: Flags,
    level: Floats,
    on: Flags,
    left: Floats,
    need: Floats,
    keep: Floats,
    begin: float,
    hours: float,
    low: Floats,
    high: Floats,
) -> None:
    """Fill [D] lowest and highest power, both not positive; see `chp.span`."""
    for row in range(len(level)):
        least, ratio = part[row] * rating[row], thermal[row] / electric[row]
        afresh = whole(run[row], hours)
        must = left[row] if on[row] else afresh
        # the rest of the shortest run, at part load, must still find room when nobody wants heat
        ceiling = capacity[row] - least * ratio * max(must - hours, 0.0)
        gain = mean_hours(loss[row], keep[row], hours)
        most = min(rating[row], ((ceiling - level[row] * keep[row]) / gain + need[row]) / ratio)
        forced = on[row] & (left[row] > HARDLY)
        idle = least if forced else 0.0
        most = idle if most < least * (1.0 - HARDLY) else most
        most = max(most, least) if most > 0.0 else 0.0
        led = most if on[row] | (level[row] <= begin * capacity[row]) else 0.0
        low[row] = -led if follows[row] else -most
        high[row] = -led if follows[row] else -idle


@compiled
def mean_hours(loss: float, keep: float, hours: float) -> float:
    """Length of an interval over which heat that comes evenly is still there at its end, less what is lost of it. [h]"""
    return (1.0 - keep) / loss if loss > 0.0 else hours


@compiled
def whole(run: float, hours: float) -> float:
    """A time in whole intervals, upwards. [h]"""
    intervals = int(run / hours + 1.0 - 1e-6)
    return intervals * hours


@compiled
def chp_hold(rating: Floats, part: Floats, power: Floats, held: Floats) -> None:
    """Fill [D] the nearest power that an engine can hold: none, or at least its part load."""
    for row in range(len(power)):
        least = part[row] * rating[row]
        held[row] = power[row]
        if 0.0 > power[row] > -least:
            held[row] = -least if power[row] <= -0.5 * least else 0.0


@compiled
def chp_step(
    rating: Floats,
    electric: Floats,
    thermal: Floats,
    part: Floats,
    run: Floats,
    capacity: Floats,
    loss: Floats,
    boiler: Floats,
    boiler_efficiency: Floats,
    level: Floats,
    on: Flags,
    left: Floats,
    need: Floats,
    keep: Floats,
    power: Floats,
    hours: float,
    running: Flags,
    after: Floats,
) -> None:
    """Fill [D] whether it runs and [7, D] tank, hours that it must run on, heat used, of the boiler, lost, fuel, missed; see `chp.step`."""
    for row in range(len(level)):
        net = -power[row] * (thermal[row] / electric[row]) - need[row]
        last = level[row] * keep[row] + net * mean_hours(loss[row], keep[row], hours)
        after[0, row], after[4, row] = last, net
        after[6, row] = hours if last < 0.0 else 0.0  # how long the tank is empty
    for row in range(len(level)):
        if after[0, row] < 0.0 and level[row] > 0.0:
            net, leak = after[4, row], loss[row]
            full = level[row] / -net if leak <= 0.0 else log(1.0 + level[row] * leak / -net) / leak
            after[6, row] = hours - min(full, hours)
    for row in range(len(level)):
        made, net, empty = -power[row], after[4, row], after[6, row]
        last = max(after[0, row], 0.0)
        short = -net * empty
        spare = min(short, boiler[row] * empty)
        missed = short - spare
        runs = (made >= part[row] * rating[row] * (1.0 - HARDLY)) & (made > 0.0)
        afresh = whole(run[row], hours)
        rest = max((left[row] if on[row] else afresh) - hours, 0.0)
        running[row] = runs
        after[0, row] = min(last, capacity[row])
        after[1, row] = rest if runs else 0.0
        after[2, row] = need[row] * hours - missed
        after[3, row] = spare
        after[4, row] = net * (hours - empty) + level[row] - last
        after[5, row] = made * hours / electric[row] + spare / boiler_efficiency[row]
        after[6, row] = missed
