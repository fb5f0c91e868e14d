"""Compiled kernels of boilers, night storage heaters and cogeneration: one pass over the rows, exact in time."""

from __future__ import annotations

from math import exp, log

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
    for row in range(len(temperature)):
        heat = volume[row] * WATER
        wish = least[row]
        late = hygiene[row] > 0.0 and since[row] >= week
        # a well mixed tank at or above the band gives the heat that is wanted; below it, in proportion to its warmth
        pull = draw[row] / (wish - cold[row])
        full_aim = ambient[row] + (power[row] - draw[row]) / loss[row]
        full_rate = loss[row] / heat
        weak_aim = (loss[row] * ambient[row] + pull * cold[row] + power[row]) / (loss[row] + pull)
        weak_rate = (loss[row] + pull) / heat
        first = temperature[row]
        full, weak = 0.0, 0.0
        if first >= wish:
            middle = full_aim + (first - full_aim) * keep[row]
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
        after[0, row] = min(last, most[row])
        after[1, row] = 0.0 if last >= hygiene[row] - HARDLY else since[row] + hours
        after[2, row] = draw[row] * full + pull * (under - cold[row] * weak)
        after[3, row] = loss[row] * (over + under - ambient[row] * hours)
        after[4, row] = max(missed, 0.0)
