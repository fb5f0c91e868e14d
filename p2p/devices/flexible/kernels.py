"""Compiled kernels of vehicles, appliances, people, sites and generators; what each does is told where it is called."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Flags, Floats, Indices, Ints
from p2p.base.compiled import compiled

DUST = 1e-9  # rounding that is no shortfall, as a share of what was needed


@compiled
def ev_reach(level: float, rate: float, capacity: float, bend: float, hours: float) -> float:
    """Most that is stored after charging; see `ev.Ev` for the curve. [kWh]"""
    top = bend * capacity
    if level < top:
        until = (top - level) / rate
        if hours <= until:
            return level + rate * hours
        hours -= until
        level = top
    room = capacity - top
    if room <= 0.0 or level >= capacity:
        return capacity
    return capacity - (capacity - level) * np.exp(-rate / room * hours)


@compiled
def ev_before(target: float, rate: float, capacity: float, bend: float, hours: float) -> float:
    """Least stored now from which charging still reaches `target` in `hours`; the inverse of `ev_reach`. [kWh]"""
    top = bend * capacity
    room = capacity - top
    if target > top and room > 0.0:
        slow = min(hours, np.log(room / (capacity - target)) * room / rate)
        target = capacity - (capacity - target) * np.exp(rate / room * slow)
        hours -= slow
    return target - rate * hours


@compiled
def ev_span(
    rating: Floats, capacity: Floats, efficiency: Floats, discharge: Floats, discharging: Floats, bend: Floats,
    reserve: Floats, target: Floats, level: Floats, left: Floats, hours: float, low: Floats, high: Floats,
) -> None:  # fmt: skip
    """Fill [D] lowest and highest power; see `ev.span`."""
    for row in range(len(level)):
        if left[row] <= 0.0:
            low[row] = high[row] = 0.0
            continue
        rate = rating[row] * efficiency[row]
        most = max(ev_reach(level[row], rate, capacity[row], bend[row], hours) - level[row], 0.0) / (efficiency[row] * hours)
        high[row] = most
        need = ev_before(target[row], rate, capacity[row], bend[row], max(left[row] - hours, 0.0))
        if need > level[row]:
            low[row] = min((need - level[row]) / (efficiency[row] * hours), most)
        else:
            spare = max(level[row] - max(need, reserve[row] * capacity[row]), 0.0)
            low[row] = -min(discharge[row], spare * discharging[row] / hours)


@compiled
def ev_hold(minimum: Floats, power: Floats, low: Floats, high: Floats, held: Floats) -> None:
    """Fill [D] the nearest power that a charger can hold; see `ev.hold`."""
    for row in range(len(power)):
        held[row] = power[row]
        if power[row] > 0.0:
            least = min(minimum[row], high[row])
            if power[row] < least:
                held[row] = least if low[row] > 0.0 or 2 * power[row] > least else 0.0
        elif power[row] < 0.0:
            least = min(minimum[row], -low[row])
            if -power[row] < least:
                held[row] = -least if -2 * power[row] > least else 0.0


@compiled
def ev_step(
    capacity: Floats, efficiency: Floats, discharging: Floats, target: Floats, level: Floats, left: Floats, power: Floats,
    hours: float, after: Floats, rest: Floats, missed: Floats,
) -> None:  # fmt: skip
    """Fill [D] what is stored, the time left and what was missed; see `ev.step`."""
    for row in range(len(level)):
        gain = efficiency[row] if power[row] > 0.0 else 1 / discharging[row]
        after[row] = min(max(level[row] + gain * power[row] * hours, 0.0), capacity[row])
        rest[row] = max(left[row] - hours, 0.0)
        missed[row] = 0.0
        if 0.0 < left[row] <= hours * (1 + DUST) and after[row] < target[row] * (1 - DUST):
            missed[row] = target[row] - after[row]


@compiled
def ev_meet(target: Floats, level: Floats, trip: Floats, found: Floats) -> None:
    """Fill [D] what is stored after the trip that ends now, if one does; see `ev.meet`."""
    for row in range(len(level)):
        found[row] = level[row] if trip[row] <= 0.0 else max(max(level[row], target[row]) - trip[row], 0.0)


@compiled
def ev_worth(
    rating: Floats, capacity: Floats, efficiency: Floats, discharging: Floats, bend: Floats, target: Floats, wear: Floats,
    level: Floats, left: Floats, low: Floats, high: Floats, top: float, cheapest: float, hours: float, width: Floats, worth: Floats,
) -> None:  # fmt: skip
    """Fill [3, D] steps and their worth; see `ev.worth`."""
    for row in range(len(level)):
        rate = rating[row] * efficiency[row]
        need = ev_before(target[row], rate, capacity[row], bend[row], max(left[row] - hours, 0.0))
        gap = max(target[row] - need, DUST)
        start = max(low[row], 0.0)
        width[0, row] = max(-low[row], 0.0)
        width[1, row] = width[2, row] = 0.5 * (high[row] - start)
        first = level[row] + efficiency[row] * start * hours
        rise = efficiency[row] * (high[row] - start) * hours
        out = level[row] - 0.5 * width[0, row] * hours / discharging[row]
        fills = (out, first + 0.25 * rise, first + 0.75 * rise)
        for place in range(3):
            fill = min(max((fills[place] - need) / gap, 0.0), 1.0)
            worth[place, row] = top - (top - cheapest) * fill
        worth[0, row] = worth[0, row] / (efficiency[row] * discharging[row]) + wear[row]


@compiled
def ev_layout(row: Ints, begin: Ints, end: Ints, energy: Floats, hours: float, left: Floats, trip: Floats) -> None:
    """Fill [T, D] hours to the departure and what the trip before each arrival took; sessions sorted by row and arrival.

    Those that meet on the grid of intervals become one.
    """
    length = len(left)
    place = 0
    while place < len(row):
        car, first, last, taken = row[place], begin[place], max(end[place], begin[place] + 1), energy[place]
        place += 1
        while place < len(row) and row[place] == car and begin[place] < last:
            last = max(last, end[place])
            taken += energy[place]
            place += 1
        if 0 <= first < length:
            trip[first, car] += taken
        for at in range(max(first, 0), min(last, length)):
            left[at, car] = (last - at) * hours


@compiled
def ev_store(
    capacity: Floats, rating: Floats, discharge: Floats, reserve: Floats, target: Floats, level: Floats, left: Floats, trip: Floats,
    hours: float, inflow: Floats, least: Floats, low: Floats, high: Floats,
) -> None:  # fmt: skip
    """Fill [T, D] of a linear store; see `ev.store`. The trip that ends as an interval begins is taken at the end of the one before."""
    for row in range(len(level)):
        floor = min(reserve[row] * capacity[row], level[row])
        for at in range(len(least)):
            here = left[at, row] > 0.0
            high[at, row] = rating[row] if here else 0.0
            low[at, row] = -discharge[row] if here else 0.0
            taken = trip[at + 1, row] if at + 1 < len(trip) else 0.0
            inflow[at, row] = -taken
            if taken > 0.0:
                floor = min(reserve[row] * capacity[row], target[row] - taken)
            leaves = here and left[at, row] <= hours * (1 + DUST)
            least[at, row] = target[row] - taken if leaves else floor


@compiled
def drawn_until(power: Floats, length: Floats, done: float) -> float:
    """Energy of a programme's first `done` hours. [kWh]"""
    energy = 0.0
    for phase in range(len(power)):
        part = min(max(done, 0.0), length[phase])
        energy += power[phase] * part
        done -= part
    return energy


@compiled
def done_with(power: Floats, length: Floats, energy: float) -> float:
    """Hours of a programme that an energy lasts for; the inverse of `drawn_until`. [h]"""
    done = 0.0
    for phase in range(len(power)):
        whole = power[phase] * length[phase]
        if energy < whole:
            return done + energy / power[phase]
        done += length[phase]
        energy -= whole
    return done


@compiled
def appliance_span(
    power: Floats, length: Floats, interruptible: Flags, done: Floats, left: Floats, hours: float, low: Floats, high: Floats
) -> None:
    """Fill [D] lowest and highest power; see `appliance.span`."""
    for row in range(len(done)):
        low[row] = high[row] = 0.0
        if left[row] <= 0.0:
            continue
        total = length[row].sum()
        if done[row] >= total:
            continue
        so_far = drawn_until(power[row], length[row], done[row])
        most = drawn_until(power[row], length[row], min(done[row] + hours, total))
        high[row] = (most - so_far) / hours
        if done[row] > 0.0 and not interruptible[row]:
            low[row] = high[row]
            continue
        must = total - max(left[row] - hours, 0.0)  # of the programme, at the end of the interval
        if must > done[row]:
            low[row] = min((drawn_until(power[row], length[row], must) - so_far) / hours, high[row])


@compiled
def appliance_step(
    power: Floats, length: Floats, done: Floats, left: Floats, held: Floats, hours: float,
    after: Floats, rest: Floats, missed: Floats,
) -> None:  # fmt: skip
    """Fill [D] progress, time left and what was missed; see `appliance.step`."""
    for row in range(len(done)):
        total = length[row].sum()
        rest[row], missed[row], after[row] = max(left[row] - hours, 0.0), 0.0, done[row]
        if done[row] >= total:
            continue
        energy = drawn_until(power[row], length[row], done[row]) + held[row] * hours
        after[row] = done_with(power[row], length[row], energy)
        whole = drawn_until(power[row], length[row], total)
        if energy >= whole * (1 - DUST):
            after[row] = total
        elif left[row] <= hours * (1 + DUST):
            missed[row] = whole - energy
            after[row] = total


@compiled
def appliance_worth(
    length: Floats, window: Floats, done: Floats, left: Floats, top: float, cheapest: float, hours: float, worth: Floats
) -> None:
    """Fill [D] what power is worth; see `appliance.worth`."""
    for row in range(len(done)):
        total = length[row].sum()
        slack = (left[row] - hours - total + done[row]) / max(window[row] - total, hours)
        worth[row] = top - (top - cheapest) * min(max(slack, 0.0), 1.0)


@compiled
def appliance_starts(
    power: Floats, length: Floats, done: Floats, left: Floats, price: Floats, first: int, hours: float, start: Ints
) -> None:
    """Fill [D] the cheapest place to start a programme that waits, -1 where none does; see `appliance.plan_starts`."""
    for row in range(len(done)):
        total = length[row].sum()
        start[row] = -1
        if left[row] <= 0.0 or done[row] > 0.0:
            continue
        last = first + max(int((left[row] - total) / hours + DUST), 0)
        best = np.inf
        for place in range(first, min(last, len(price) - 1) + 1):
            cost, so_far, at = 0.0, 0.0, 0
            while at * hours < total:
                energy = drawn_until(power[row], length[row], min((at + 1) * hours, total))
                cost += (energy - so_far) * price[min(place + at, len(price) - 1)]
                so_far = energy
                at += 1
            if cost < best:
                best = cost
                start[row] = place


@compiled
def behaviour_span(back: Floats, kept: Floats, cut: Floats, owed: Floats, hours: float, low: Floats, high: Floats) -> None:
    """Fill [D] lowest and highest power; see `behaviour.span`."""
    for row in range(len(cut)):
        high[row] = owed[row] * back[row] / hours
        low[row] = high[row] - cut[row] * kept[row]


@compiled
def behaviour_step(
    rebound: Floats, lag: Floats, fatigue: Floats, rest: Floats, back: Floats, kept: Floats, calmed: Floats,
    cut: Floats, owed: Floats, tired: Floats, power: Floats, hours: float,
    owes: Floats, tires: Floats,
) -> None:  # fmt: skip
    """Fill [D] the energy still owed and the fatigue; see `behaviour.step`."""
    for row in range(len(cut)):
        held = min(max((owed[row] * back[row] / hours - power[row]) / kept[row], 0.0), cut[row])
        owes[row] = owed[row] * (1 - back[row]) + rebound[row] * held * lag[row] * back[row]
        part = held / cut[row] if cut[row] > 0.0 else 0.0
        tires[row] = tired[row] * (1 - calmed[row]) + fatigue[row] * part * rest[row] * calmed[row]


@compiled
def behaviour_meet(probability: Floats, share: Floats, load: Floats, luck: Floats, tired: Floats, cut: Floats) -> None:
    """Fill [D] what people would cut now; see `behaviour.meet`."""
    for row in range(len(cut)):
        cut[row] = share[row] * load[row] if luck[row] < probability[row] * np.exp(-tired[row]) else 0.0


@compiled
def batch_least(owed: float, steps: int, most: float, now: float, rise: float) -> float:
    """Least power now that lets the rest of a batch be done in `steps` intervals more, each at most `rise` above the one before. [kW]

    owed : the batch's rest over the length of an interval. [kW]
    now : most that can be held now.
    """
    steep = int(min(most / rise, float(steps)))  # intervals in which the rise binds after none now
    if owed <= rise * steep * (steep + 1) / 2 + (steps - steep) * most if steep > 0 else owed <= steps * most:
        return 0.0
    if np.isinf(rise):
        return min(max(owed - steps * most, 0.0), now)
    for climb in range(steps + 1):  # intervals in which the rise binds
        climbed = owed - rise * climb * (climb + 1) / 2 - (steps - climb) * most  # what `climb` + 1 intervals of the power must do
        if climb == steps or climbed + rise * (climb + 1) ** 2 >= most * (climb + 1):
            return min(max(climbed / (climb + 1), 0.0), now)
    return now


@compiled
def process_must(
    floor: Floats, power: Floats, ramp: Floats, plan: Floats, due: Floats, left: Floats, held: Floats, hours: float, must: Floats
) -> None:
    """Fill [D] what of the lowest power is the batch's; see `process.span`."""
    for row in range(len(plan)):
        must[row] = 0.0
        if left[row] > 0.0 and due[row] > 0.0:
            rise, owed = ramp[row] * hours, due[row] / hours
            steps = max(int(left[row] / hours + DUST) - 1, 0)
            now = min(min(power[row], owed), max(held[row] + rise - floor[row] * plan[row], 0.0))
            must[row] = batch_least(owed, steps, power[row], now, rise)


@compiled
def process_span(
    floor: Floats, power: Floats, ramp: Floats, notice: Floats, plan: Floats, due: Floats, left: Floats, held: Floats, fixed: Floats,
    must: Floats, hours: float, low: Floats, high: Floats,
) -> None:  # fmt: skip
    """Fill [D] lowest and highest power; see `process.span`."""
    for row in range(len(plan)):
        rise = ramp[row] * hours
        top = min(power[row], due[row] / hours) if left[row] > 0.0 else 0.0
        most = min(plan[row] + top, held[row] + rise)
        least = min(max(floor[row] * plan[row] + must[row], held[row] - rise), most)
        committed = min(max(fixed[row, 0], least), most)
        low[row] = committed if notice[row] > 0.0 else least
        high[row] = committed if notice[row] > 0.0 else most


@compiled
def process_step(
    floor: Floats, plan: Floats, due: Floats, left: Floats, must: Floats, power: Floats, hours: float,
    owed: Floats, rest: Floats, missed: Floats, cut: Floats,
) -> None:  # fmt: skip
    """Fill [D] the rest of the batch and of its time, what was missed and what of the own schedule was cut; see `process.step`."""
    for row in range(len(plan)):
        batch = min(must[row], power[row])
        served = min(power[row] - batch, plan[row])
        batch = power[row] - served
        undone = due[row] - batch * hours if left[row] > 0.0 else due[row]
        undone = 0.0 if undone < DUST * max(due[row], 1.0) else undone
        rest[row] = max(left[row] - hours, 0.0)
        lacking = max(floor[row] * plan[row] - served, 0.0) * hours
        cut[row] = (plan[row] - served) * hours - lacking
        closes = (left[row] > 0.0) & (left[row] <= hours * (1 + DUST))
        missed[row] = lacking + (undone if closes else 0.0)
        owed[row] = 0.0 if closes else undone


@compiled
def generator_span(rating: Floats, minimum: Floats, stay: Floats, run: Floats, hours: float, low: Floats, high: Floats) -> None:
    """Fill [D] lowest and highest power; see `generator.span`."""
    for row in range(len(run)):
        low[row] = -rating[row]
        forced = min(max(stay[row] - run[row], 0.0), hours) if run[row] > 0.0 else 0.0
        high[row] = -minimum[row] * forced / hours


@compiled
def generator_hold(minimum: Floats, power: Floats, high: Floats, held: Floats) -> None:
    """Fill [D] the nearest power that a generator can hold; see `generator.hold`."""
    for row in range(len(power)):
        held[row] = power[row]
        if -minimum[row] < power[row]:
            held[row] = -minimum[row] if 2 * power[row] < high[row] - minimum[row] else high[row]


@compiled
def generator_step(
    rating: Floats, minimum: Floats, stay: Floats, idle: Floats, slope: Floats, run: Floats, power: Floats, hours: float,
    after: Floats, fuel: Floats, starts: Indices,
) -> None:  # fmt: skip
    """Fill [D] hours since the start, fuel burnt and starts; see `generator.step`."""
    for row in range(len(run)):
        made = max(-power[row], 0.0)
        on = hours if made >= minimum[row] * (1 - DUST) else made * hours / minimum[row]
        starts[row] = 1 if made > 0.0 and run[row] <= 0.0 else 0
        after[row] = 0.0
        if made > 0.0 and (starts[row] == 1 or on >= hours or run[row] + on < stay[row] * (1 - DUST)):
            after[row] = run[row] + on
        fuel[row] = idle[row] * rating[row] * on + slope[row] * made * hours


@compiled
def process_worth(
    floor: Floats, value: Floats, plan: Floats, due: Floats, left: Floats, power: Floats, low: Floats, high: Floats, must: Floats,
    top: float, cheapest: float, hours: float, width: Floats, worth: Floats,
) -> None:  # fmt: skip
    """Fill [2, D] steps and their worth; see `process.worth`."""
    for row in range(len(plan)):
        width[0, row] = min(max(plan[row] - max(low[row] - must[row], 0.0), 0.0), high[row] - low[row])
        width[1, row] = high[row] - low[row] - width[0, row]
        worth[0, row], slack = value[row], 1.0
        if left[row] > 0.0 and power[row] > 0.0:
            slack = min(max(1 - due[row] / (power[row] * left[row]), 0.0), 1.0)
        worth[1, row] = min(top - (top - cheapest) * slack, value[row])
