"""What every clearing of a day keeps, as functions of what went in and what came out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from p2p.base.columns import Floats
from p2p.markets.crossing import crossing
from p2p.markets.day.clearing import DayClearing
from p2p.markets.day.prices import losses, with_families
from p2p.markets.day.ranges import by_interval
from p2p.markets.day.units import steps_of, units_of
from p2p.orders import Orders
from p2p.orders.day import BLOCK, CURVE, FLEXIBLE, STEP, WHOLE, DayOrders, least_energy

type DayLaw = Callable[[DayOrders, DayClearing], bool]


def balanced_each_interval(day: DayOrders, clearing: DayClearing) -> bool:
    """As much energy is sold as is bought, in each interval."""
    balance = np.zeros(day.intervals, np.int64)
    np.add.at(balance, day.slots.interval, day.terms.side[day.slots.order] * clearing.energy)
    return not balance.any()


def budget_balanced_each_interval(day: DayOrders, clearing: DayClearing) -> bool:
    """The market pays out exactly what it takes in, in each interval."""
    return not clearing.budget(day).any()


def within_slots(day: DayOrders, clearing: DayClearing) -> bool:
    """Nothing negative, no more than was asked for: of a step, of a block in an interval, of a flexible order's cap and its need."""
    within = (clearing.energy >= 0) & (clearing.energy <= day.slots.energy)
    return bool(within.all() and np.all(clearing.by_order(day)[0] <= day.terms.energy))


def whole_blocks_whole(day: DayOrders, clearing: DayClearing) -> bool:
    """An all-or-none block is accepted whole in all its intervals, or in none."""
    whole = (day.terms.kind == BLOCK) & (day.terms.least == WHOLE)
    accepted = clearing.by_order(day)[0]
    return bool(np.all(((accepted == 0) | (accepted == day.terms.energy))[whole]))


def one_ratio(day: DayOrders, clearing: DayClearing) -> bool:
    """A block is accepted in the same ratio in all its intervals, to whole watt-hours."""
    blocks = day.terms.kind[day.slots.order] == BLOCK
    shares = clearing.ratio(day)[day.slots.order] * day.slots.energy
    return bool(np.all(np.abs(clearing.energy - shares)[blocks] < 2))


def minimum_kept(day: DayOrders, clearing: DayClearing) -> bool:
    """Of each order nothing is accepted, or its minimum."""
    accepted = clearing.by_order(day)[0]
    return bool(np.all((accepted == 0) | (accepted >= least_energy(day.terms))))


def links_kept(day: DayOrders, clearing: DayClearing) -> bool:
    """No block is accepted in a larger ratio than its parent; those of a loop in the same. To whole watt-hours."""
    ratio, lots = clearing.ratio(day), _lots(day)
    child = np.flatnonzero(day.terms.parent >= 0)
    parent = day.terms.parent[child]
    return bool(np.all(ratio[child] <= ratio[parent] + lots[child] + lots[parent]))


def groups_kept(day: DayOrders, clearing: DayClearing) -> bool:
    """The accepted ratios of an exclusive group sum to at most one, to whole watt-hours; a loop counts once."""
    counts = (day.terms.group >= 0) & ~((day.loop >= 0) & (day.loop < np.arange(len(day))) & (day.terms.group == day.terms.group[day.loop]))
    group = day.terms.group[counts]
    room = np.bincount(group, (clearing.ratio(day) - _lots(day))[counts])
    return bool(np.all(room <= 1 + 1e-9))


def no_step_loses(day: DayOrders, clearing: DayClearing) -> bool:
    """No accepted step is beyond its limit at its interval's price, and no curve as a whole."""
    terms, price = day.terms.take(day.slots.order), clearing.price[day.slots.interval]
    wrong = (terms.kind == STEP) & (clearing.energy > 0) & (terms.side * (terms.price - price) < 0)
    curves = day.terms.kind == CURVE
    return not wrong.any() and bool(np.all(clearing.surplus(day)[curves] >= 0))


def no_step_regrets(day: DayOrders, clearing: DayClearing) -> bool:
    """At its interval's price no plain step would have gained from more, but for a watt-hour that rounding of blocks left over."""
    divisible = (day.terms.kind == FLEXIBLE) | (day.terms.kind == BLOCK) | ((day.terms.kind == STEP) & (day.terms.least > 0))
    spare = np.bincount(day.slots.interval, divisible[day.slots.order] & (clearing.energy > 0), day.intervals)
    terms, price = day.terms.take(day.slots.order), clearing.price[day.slots.interval]
    left = (day.slots.energy - clearing.energy) * ((terms.kind == STEP) & (terms.least == 0) & (terms.side * (terms.price - price) > 0))
    return bool(np.all(np.bincount(day.slots.interval, left, day.intervals) <= spare))


def none_paradoxically_accepted(day: DayOrders, clearing: DayClearing) -> bool:
    """No block, flexible order or step with a minimum loses at the prices, each with all that hang on it; by no more than a µEUR/kWh,
    the lot in which prices are counted."""
    units = units_of(day)
    energy = np.sign(units.places.energy) * clearing.energy[units.places.slot]
    return bool(np.all(losses(units, energy, clearing.price) <= with_families(units, np.abs(energy))))


def as_good_as_without_blocks(day: DayOrders, clearing: DayClearing) -> bool:
    """The welfare is at least that of steps and curves alone."""
    alone, slack = 0, 2
    for here in by_interval(steps_of(day, 32), day.intervals):
        accepted, _ = crossing(Orders.of(here.side, here.energy, here.price))
        alone += int(np.sum(here.side * here.price * accepted))
    curves = day.terms.kind == CURVE
    slack += int(np.sum(day.terms.energy[curves] / 8 * np.abs(day.terms.price_to - day.terms.price)[curves]))
    rounded = (day.terms.kind == FLEXIBLE) | (day.indivisible & (day.terms.least < WHOLE))
    slack += int(np.sum(np.abs(day.terms.price[day.slots.order])[rounded[day.slots.order]]))  # a watt-hour wherever energies are rounded
    return clearing.welfare(day) >= alone - slack


def _lots(day: DayOrders) -> Floats:
    """[O] by how much a ratio can be off since energies are whole."""
    return np.bincount(day.slots.order, minlength=len(day)) / np.maximum(day.terms.energy, 1) * (day.terms.least < WHOLE)


ALWAYS: tuple[DayLaw, ...] = (
    balanced_each_interval,
    budget_balanced_each_interval,
    within_slots,
    whole_blocks_whole,
    one_ratio,
    minimum_kept,
    links_kept,
    groups_kept,
    no_step_loses,
    no_step_regrets,
    none_paradoxically_accepted,
    as_good_as_without_blocks,
)
