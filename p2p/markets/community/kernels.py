"""Compiled kernels of the community rules."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Flags, Floats, Ints, Signs
from p2p.base.compiled import compiled


@compiled
def taking_part(side: Signs, energy: Ints, limit: Ints, price: int) -> tuple[int, int]:
    """What is wanted and what is on offer from orders whose limits allow a price. [Wh]"""
    wanted, offered = np.int64(0), np.int64(0)
    for row in range(len(side)):
        if side[row] > 0 and limit[row] >= price:
            wanted += energy[row]
        elif side[row] < 0 and limit[row] <= price:
            offered += energy[row]
    return wanted, offered


@compiled
def price_of_ratio(wanted: int, offered: int, buy: int, sell: int) -> int:
    """The price that a ratio of what is on offer to what is wanted says, to the nearest. [µEUR/kWh]"""
    if offered == 0:
        return buy
    if offered >= wanted or sell <= 0:
        return sell
    ratio = float(offered) / float(wanted)
    return np.int64(np.rint(float(sell) * float(buy) / ((float(buy) - float(sell)) * ratio + float(sell))))


@compiled
def ratio_price(side: Signs, energy: Ints, limit: Ints, buy: int, sell: int) -> int:
    """The price that the ratio of those who take part at it says; sell < buy. [µEUR/kWh]

    The ratio's price falls where the price rises. `low` is the highest price at which the ratio says no less; where it says
    more, the next price is as near, and the one at which more trades is taken.
    """
    low, high = np.int64(sell), np.int64(buy)
    while low < high:
        middle = low + (high - low + 1) // 2
        wanted, offered = taking_part(side, energy, limit, middle)
        if price_of_ratio(wanted, offered, buy, sell) >= middle:
            low = middle
        else:
            high = middle - 1
    wanted, offered = taking_part(side, energy, limit, low)
    if low == buy or price_of_ratio(wanted, offered, buy, sell) == low:
        return low
    more_wanted, more_offered = taking_part(side, energy, limit, low + 1)
    return low + 1 if min(more_wanted, more_offered) > min(wanted, offered) else low


@compiled
def join(at: int, sign: int, first: Ints, side: Signs, level: Ints, energy: Ints, wanted: Ints, offered: Ints) -> None:
    """Let an agent into a coalition (sign +1) or out of it (-1): [G] what is wanted and on offer at each step of prices."""
    for row in range(first[at], first[at + 1]):
        amount = sign * energy[row]
        if side[row] > 0:
            for step in range(level[row]):
                wanted[step] += amount
        else:
            for step in range(level[row], len(offered)):
                offered[step] += amount


@compiled
def worth(height: Ints, wanted: Ints, offered: Ints) -> int:
    """The largest welfare: over all steps of prices, what can trade at it. [nEUR]"""
    value = np.int64(0)
    for step in range(len(height)):
        value += height[step] * min(wanted[step], offered[step])
    return value


@compiled
def every_value(first: Ints, side: Signs, level: Ints, energy: Ints, height: Ints, values: Ints) -> None:
    """Fill [2**A] the value of every coalition: one agent comes or goes at a time (Gray's code)."""
    wanted, offered = np.zeros(len(height), np.int64), np.zeros(len(height), np.int64)
    coalition = 0
    for turn in range(1, len(values)):
        at = 0
        while (turn >> at) & 1 == 0:
            at += 1
        coalition ^= 1 << at
        join(at, 1 if (coalition >> at) & 1 else -1, first, side, level, energy, wanted, offered)
        values[coalition] = worth(height, wanted, offered)


@compiled
def add_by_size(values: Ints, upper: Ints, lower: Ints) -> None:
    """Add up [A, A + 1] values of the coalitions that hold an agent, by their size: upper and lower 32 bits apart."""
    agents = len(upper)
    for coalition in range(len(values)):
        size = 0
        for at in range(agents):
            size += (coalition >> at) & 1
        for at in range(agents):
            if (coalition >> at) & 1:
                upper[at, size] += values[coalition] >> 32
                lower[at, size] += values[coalition] & 0xFFFFFFFF


@compiled
def add_marginals(
    first: Ints,
    side: Signs,
    level: Ints,
    energy: Ints,
    height: Ints,
    joining: Ints,
    upper: Ints,
    lower: Ints,
    mean: Floats,
    squares: Floats,
) -> None:
    """Add up [A] what each agent adds to those before it, over [M, A] orders of joining: upper and lower 32 bits apart.

    mean, squares : [A] the running mean, and the sum of squared distances from it (B. P. Welford, Technometrics 4 (3), 1962).
    """
    wanted, offered = np.empty(len(height), np.int64), np.empty(len(height), np.int64)
    for sample in range(len(joining)):
        wanted[:] = 0
        offered[:] = 0
        before = np.int64(0)
        for at in joining[sample]:
            join(at, 1, first, side, level, energy, wanted, offered)
            after = worth(height, wanted, offered)
            added = after - before
            before = after
            upper[at] += added >> 32
            lower[at] += added & 0xFFFFFFFF
            away = added - mean[at]
            mean[at] += away / (sample + 1)
            squares[at] += away * (added - mean[at])


@compiled
def some_values(first: Ints, side: Signs, level: Ints, energy: Ints, height: Ints, coalitions: Flags, values: Ints) -> None:
    """Fill [K] the values of [K, A] coalitions; a large one is the whole without those who are out. [nEUR]"""
    agents = coalitions.shape[1]
    all_wanted, all_offered = np.zeros(len(height), np.int64), np.zeros(len(height), np.int64)
    for at in range(agents):
        join(at, 1, first, side, level, energy, all_wanted, all_offered)
    wanted, offered = np.empty(len(height), np.int64), np.empty(len(height), np.int64)
    for row in range(len(coalitions)):
        large = 2 * np.sum(coalitions[row]) > agents
        for step in range(len(height)):
            wanted[step] = all_wanted[step] if large else 0
            offered[step] = all_offered[step] if large else 0
        for at in range(agents):
            if coalitions[row, at] != large:
                join(at, -1 if large else 1, first, side, level, energy, wanted, offered)
        values[row] = worth(height, wanted, offered)
