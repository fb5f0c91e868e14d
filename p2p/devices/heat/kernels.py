"""Compiled kernels of heat pumps, alone or with a boiler. What the columns are is said in their modules."""

from __future__ import annotations

from math import exp, inf

from p2p.base.columns import Flags, Floats, Signs
from p2p.base.compiled import compiled
from p2p.devices.heat.cop import LEAST_LIFT, MOST_LIFT

TINY = 1e-9


@compiled
def until(hour: float, later: float) -> float:
    """Hours from one hour of the day to the next time that it is another, 0 to 24. [h]"""
    wait = later - hour
    if wait < 0:
        wait += 24.0
    return wait


@compiled
def between(hour: float, first: float, last: float) -> bool:
    """Whether an hour of the day lies from `first` up to, not including, `last`, which may be past midnight; never if both are one."""
    if first <= last:
        return first <= hour < last
    return hour >= first or hour < last


@compiled
def heat_pump_meets(
    sky: Floats,
    slow: Floats,
    ground: Flags,
    soil: Floats,
    at_zero: Floats,
    fall: Floats,
    quality: Floats,
    aperture: Floats,
    internal: Floats,
    rating: Floats,
    boiler: Floats,
    day_low: Floats,
    night_low: Floats,
    most: Floats,
    wake: Floats,
    sleep: Floats,
    limit: Floats,
    off_from: Floats,
    off_until: Floats,
    air: tuple[float, float, float],
    brine: tuple[float, float, float],
    outdoor: Floats,
    gain: Floats,
    cop: Floats,
    least: Floats,
    early: Floats,
    of_room: Floats,
    of_mass: Floats,
    top: Floats,
    locked: Flags,
) -> None:
    """Fill what an interval brings; `sky` is outdoor temperature, irradiance, mean of the day, hour at its start, its end.

    Before people wake, rooms and mass must be so warm that the stronger heater alone brings the rooms up in time, in the weather of
    now: what is left of both until then, and what it adds until then, see `building.modes`.
    """
    warmth, sun, mean, now, end = sky[0], sky[1], sky[2], sky[3], sky[4]
    for row in range(len(rating)):
        lift = at_zero[row] - fall[row] * warmth - (soil[row] if ground[row] else warmth)
        lift = min(max(lift, LEAST_LIFT), MOST_LIFT)
        fit = brine if ground[row] else air
        value = fit[0] + lift * (fit[1] + lift * fit[2])
        outdoor[row] = warmth
        cop[row] = max(quality[row] * value, 1.0)
        gain[row] = internal[row] + aperture[row] * sun / 1000.0
        bound = day_low[row] if between(end, wake[row], sleep[row]) else night_low[row]
        least[row] = bound
        early[row], of_room[row], of_mass[row] = -inf, 1.0, 0.0
        if bound < day_low[row]:
            wait = until(end, wake[row])
            left, gone = exp(slow[row, 0] * wait), exp(slow[row, 1] * wait)
            added = slow[row, 4] * (1.0 - left) + (slow[row, 5] - slow[row, 4]) * (1.0 - gone)
            early[row] = day_low[row] - warmth - added * (gain[row] + max(cop[row] * rating[row], boiler[row]))
            of_room[row] = slow[row, 2] * left + (1.0 - slow[row, 2]) * gone
            of_mass[row] = slow[row, 3] * (left - gone)
        top[row] = most[row] if mean < limit[row] else bound
        shut = False
        for window in range(off_from.shape[1]):
            shut = shut or between(now, off_from[row, window], off_until[row, window])
        locked[row] = shut


@compiled
def wanted(lack: float, day_lack: float, start: float, lift: float, deepening: float, of_room: float, of_mass: float) -> float:
    """Heat that keeps the rooms in their band and brings them up in time for the day, not above what they need by day. [kW]

    Parameters
    ----------
    lack, day_lack : how far the rooms are below the band, and below that of the day, at the end without heat. [K]
    start : how far rooms and mass are below what they must come to for the morning; minus infinity by day. [K]
    lift, deepening : what a kW adds to rooms and mass. [K/kW]
    of_room, of_mass : what counts of both.
    """
    early = min(start / (of_room * lift + of_mass * deepening), day_lack / lift)
    return max(lack / lift, early, 0.0)


@compiled
def heating(
    free: float,
    rise: float,
    steady: float,
    need: float,
    cop: float,
    top: float,
    asked: int,
    running: float,
    rating: float,
    smallest: float,
    run: float,
    boiler: float,
) -> tuple[float, float]:
    """Lowest and highest power of one heat pump that is not locked out. [kW]

    Parameters
    ----------
    free, rise : temperature of the rooms at the end without heat [degC], and what a kW of power adds [K/kW].
    steady : power at which they are at their top after the least time that it runs from now on. [kW]
    need : heat that comfort needs. [kW]
    """
    low = min(rating, max(need - boiler, 0.0) / cop)
    high = min(rating, max(top - free, 0.0) / rise)
    if running < run - TINY:
        # what is begun must fit: the rooms stay in the band for as long as it must run
        high = min(high, steady)
        if running > 0.0:
            low = max(low, smallest)
        elif high < smallest and need <= 0.0:
            high = 0.0
    if asked > 0:
        low = max(low, min(rating, need / cop))
    elif asked < 0:
        high = low
    return low, max(low, high)


@compiled
def heating_spans(
    answer: Floats,
    room: Floats,
    mass: Floats,
    outdoor: Floats,
    gain: Floats,
    cop: Floats,
    least: Floats,
    early: Floats,
    of_room: Floats,
    of_mass: Floats,
    day_low: Floats,
    top: Floats,
    locked: Flags,
    asked: Signs,
    running: Floats,
    rating: Floats,
    part: Floats,
    run: Floats,
    boiler: Floats,
    low: Floats,
    high: Floats,
) -> None:
    """Fill lowest and highest power."""
    for row in range(len(room)):
        warmth, lift = outdoor[row], answer[2, row]
        drawn, deep = room[row] - warmth, mass[row] - warmth
        free = warmth + answer[0, row] * drawn + answer[1, row] * deep + lift * gain[row]
        smallest = part[row] * rating[row]
        steady_room = warmth + answer[6, row] * drawn + answer[7, row] * deep + answer[8, row] * gain[row]
        steady = max(top[row] - steady_room, 0.0) / (answer[8, row] * cop[row])
        start = early[row] - of_room[row] * (free - warmth)
        start -= of_mass[row] * (answer[3, row] * drawn + answer[4, row] * deep + answer[5, row] * gain[row])
        least_power, most_power = heating(
            free,
            lift * cop[row],
            steady,
            wanted(least[row] - free, day_low[row] - free, start, answer[2, row], answer[5, row], of_room[row], of_mass[row]),
            cop[row],
            top[row],
            asked[row],
            running[row],
            rating[row],
            smallest,
            run[row],
            boiler[row],
        )
        low[row] = 0.0 if locked[row] else least_power
        high[row] = 0.0 if locked[row] else most_power


@compiled
def heating_holds(part: Floats, rating: Floats, low: Floats, high: Floats, power: Floats, held: Floats) -> None:
    """Fill the nearest power that is off or at least the smallest; where neither lies in the span it cycles, so the power itself."""
    for row in range(len(part)):
        held[row] = nearest(power[row], low[row], high[row], part[row] * rating[row])


@compiled
def nearest(power: float, low: float, high: float, smallest: float) -> float:
    """The nearest power in a span that is 0 or at least the smallest; the power itself where there is none. [kW]"""
    if power <= 0.0 or power >= smallest:
        return power
    if low <= 0.0 and (power < smallest / 2 or high < smallest):
        return 0.0
    return smallest if high >= smallest else power


@compiled
def heating_steps(
    answer: Floats,
    room: Floats,
    mass: Floats,
    outdoor: Floats,
    gain: Floats,
    cop: Floats,
    least: Floats,
    early: Floats,
    of_room: Floats,
    of_mass: Floats,
    day_low: Floats,
    most: Floats,
    running: Floats,
    boiler: Floats,
    efficiency: Floats,
    power: Floats,
    hours: float,
    room_after: Floats,
    mass_after: Floats,
    ran: Floats,
    missed: Floats,
    fuel: Floats,
) -> None:
    """Fill the state after an interval; the boiler makes up what comfort needs beyond the heat pump."""
    for row in range(len(room)):
        warmth, drawn = outdoor[row], room[row] - outdoor[row]
        deep = mass[row] - warmth
        free = warmth + answer[0, row] * drawn + answer[1, row] * deep + answer[2, row] * gain[row]
        pumped = cop[row] * power[row]
        start = early[row] - of_room[row] * (free - warmth)
        start -= of_mass[row] * (answer[3, row] * drawn + answer[4, row] * deep + answer[5, row] * gain[row])
        need = wanted(least[row] - free, day_low[row] - free, start, answer[2, row], answer[5, row], of_room[row], of_mass[row])
        gas = min(max(need - pumped, 0.0), boiler[row])
        after = free + answer[2, row] * (pumped + gas)
        room_after[row] = after
        mass_after[row] = warmth + answer[3, row] * drawn + answer[4, row] * deep + answer[5, row] * (gain[row] + pumped + gas)
        ran[row] = running[row] + hours if power[row] > 0.0 else 0.0
        short = max(least[row] - after, 0.0)
        over = max(min(after - most[row], after - free), 0.0)
        missed[row] = (short + over) * hours if short + over > TINY else 0.0
        fuel[row] = gas * hours / efficiency[row]


@compiled
def heating_worths(
    answer: Floats,
    room: Floats,
    mass: Floats,
    outdoor: Floats,
    gain: Floats,
    cop: Floats,
    least: Floats,
    most: Floats,
    low: Floats,
    high: Floats,
    dearest: float,
    cheapest: float,
    width: Floats,
    worth: Floats,
) -> None:
    """Fill two equal steps, worth what the warmth of the rooms says; see `worth.by_fill`."""
    top = max(dearest, cheapest)
    for row in range(len(room)):
        warmth = outdoor[row]
        rooms = warmth + answer[0, row] * (room[row] - warmth) + answer[1, row] * (mass[row] - warmth)
        rooms += answer[2, row] * (gain[row] + cop[row] * low[row])
        band = max(most[row] - least[row], TINY)
        steps = high[row] - low[row]
        fill, rise = (rooms - least[row]) / band, answer[2, row] * cop[row] * steps / band
        width[0, row] = width[1, row] = 0.5 * steps
        worth[0, row] = top - (top - cheapest) * min(max(fill + 0.25 * rise, 0.0), 1.0)
        worth[1, row] = top - (top - cheapest) * min(max(fill + 0.75 * rise, 0.0), 1.0)


@compiled
def hybrid_worths(
    answer: Floats,
    room: Floats,
    mass: Floats,
    outdoor: Floats,
    gain: Floats,
    cop: Floats,
    least: Floats,
    early: Floats,
    of_room: Floats,
    of_mass: Floats,
    day_low: Floats,
    most: Floats,
    efficiency: Floats,
    priced: Flags,
    low: Floats,
    high: Floats,
    dearest: float,
    cheapest: float,
    gas: float,
    width: Floats,
    worth: Floats,
) -> None:
    """Fill three steps: what takes the place of gas now, and warming up, which is worth no more than the gas that it spares later."""
    top = max(dearest, cheapest)
    for row in range(len(room)):
        warmth = outdoor[row]
        drawn, deep = room[row] - warmth, mass[row] - warmth
        free = warmth + answer[0, row] * drawn + answer[1, row] * deep + answer[2, row] * gain[row]
        start = early[row] - of_room[row] * (free - warmth)
        start -= of_mass[row] * (answer[3, row] * drawn + answer[4, row] * deep + answer[5, row] * gain[row])
        need = wanted(least[row] - free, day_low[row] - free, start, answer[2, row], answer[5, row], of_room[row], of_mass[row]) / cop[row]
        spared = cop[row] * gas / efficiency[row]
        first = max(min(need, high[row]) - low[row], 0.0)
        rest = max(high[row] - low[row] - first, 0.0)
        band = max(most[row] - least[row], TINY)
        fill = (free + answer[2, row] * cop[row] * (low[row] + first) - least[row]) / band
        rise = answer[2, row] * cop[row] * rest / band
        width[0, row], width[1, row] = first, 0.5 * rest
        value = spared if priced[row] else max(spared, top)
        worth[0, row] = value
        worth[1, row] = min(value, top - (top - cheapest) * min(max(fill + 0.25 * rise, 0.0), 1.0))
        worth[2, row] = min(value, top - (top - cheapest) * min(max(fill + 0.75 * rise, 0.0), 1.0))
    width[2] = width[1]
