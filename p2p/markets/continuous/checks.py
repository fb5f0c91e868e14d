"""Compiled kernels of a continuous book on a grid: which trades it bears, and what each costs."""

from __future__ import annotations

from math import ceil, floor

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.base.compiled import compiled
from p2p.markets.continuous.kernels import (
    AGENT,
    ALLOW,
    AT,
    BIDS,
    CANCEL_NEW,
    ENERGY,
    FILLED,
    LAST,
    NEW,
    OFFERS,
    OLD,
    PAID,
    PREVENTED,
    PRICE,
    REST,
    SIDE,
    TRADED,
    best,
    drop_first,
    push,
)
from p2p.orders.messages import NO_PRICE

FEE = 4
"""Column of the fee, beside those of `State.trades`."""
NOTHING = 1e-9
"""A trade that moves a row by no larger part of what the bus does that moves it most does not move it."""
DUST = 1e-6
"""So much short of a whole Wh is a whole one: what is left of sums. [Wh]"""


@compiled
def borne(effect: Floats, left: Floats, seller: int, buyer: int, energy: int) -> int:
    """How much of a trade between two buses all rows bear, in whole Wh; effect : [B, R], left : [R] headrooms, scaled alike. [kWh]"""
    most = energy
    for row in range(len(left)):
        moved = effect[buyer, row] - effect[seller, row]
        if moved > NOTHING:
            room = 1000.0 * left[row] / moved + DUST
            if room < most:
                if room < 1.0:
                    return 0
                most = int(floor(room))
    return most


@compiled
def fee_of(effect: Floats, left: Floats, scarce: Floats, slope: Floats, costs: Floats, seller: int, buyer: int) -> int:
    """The network fee of a kWh between two buses, rounded up. [µEUR/kWh]

    scarce : [R] headrooms from which down a row costs something. costs : of a kWh of losses, and of one that loads a row most.
    """
    use = 0.0
    if costs[1] > 0.0:
        for row in range(len(left)):
            moved = effect[buyer, row] - effect[seller, row]
            if moved > NOTHING and left[row] < scarce[row]:
                use = max(use, moved * min(1.0 - left[row] / scarce[row], 1.0))
    return int(ceil(max(costs[0] * (slope[buyer] - slope[seller]), 0.0) + costs[1] * use - DUST))


@compiled
def trade(placed: Ints, trades: Ints, row: int, new: int, old: int, traded: int, at: int, fee: int, sign: int) -> None:
    """Write a trade down: who stood gets its limit, who came pays the fee; sign : +1 where a bid came."""
    trades[row, NEW], trades[row, OLD], trades[row, TRADED], trades[row, AT], trades[row, FEE] = new, old, traded, at, fee
    placed[old, REST] -= traded
    placed[old, FILLED] += traded
    placed[old, PAID] -= sign * traded * at
    placed[new, FILLED] += traded
    placed[new, PAID] += traded * (sign * at + fee)


@compiled
def match_checked(
    sent: Ints,
    heaps: Ints,
    placed: Ints,
    numbers: Ints,
    bus: Ints,
    own: int,
    effect: Floats,
    left: Floats,
    scarce: Floats,
    slope: Floats,
    costs: Floats,
    trades: Ints,
    counts: Ints,
    place: int,
    passed: Ints,
) -> int:
    """Trade an order that has come with those that stand, by price and time, as far as all rows bear; what is left of it. [Wh]

    passed : [C] room for those that it passes over, which are put back at the end. -1 where trades don't fit in their table.
    """
    sign, price, energy = sent[place, SIDE], sent[place, PRICE], sent[place, ENERGY]
    other, over = OFFERS if sign > 0 else BIDS, 0
    while energy > 0:
        stands = best(heaps, placed, numbers, other)
        if stands < 0 or sign * sent[stands, PRICE] > sign * price:
            break
        at = sent[stands, PRICE]
        if own != ALLOW and sent[stands, AGENT] == sent[place, AGENT]:
            if own == CANCEL_NEW:
                numbers[PREVENTED] += energy
                energy = 0
            else:
                numbers[PREVENTED] += placed[stands, REST]
                placed[stands, REST] = 0
            continue
        seller, buyer = (bus[stands], bus[place]) if sign > 0 else (bus[place], bus[stands])
        wanted = min(energy, placed[stands, REST])
        traded = borne(effect, left, seller, buyer, wanted)
        if traded > 0:
            fee = fee_of(effect, left, scarce, slope, costs, seller, buyer)
            if fee > sign * (price - at):
                traded = 0
            elif counts[0] == len(trades):
                return -1
            else:
                trade(placed, trades, counts[0], place, stands, traded, at, fee, sign)
                counts[0] += 1
                numbers[LAST] = at
                energy -= traded
                for row in range(len(left)):
                    left[row] -= (effect[buyer, row] - effect[seller, row]) * traded / 1000.0
        if traded < wanted:
            counts[1] += 1
            passed[over] = heaps[other, 0]
            over += 1
            drop_first(heaps, other, numbers[other])
            numbers[other] -= 1
    for row in range(over):
        push(heaps, other, numbers[other], passed[row])
        numbers[other] += 1
    return int(energy)


@compiled
def read_checked(
    sent: Ints,
    heaps: Ints,
    placed: Ints,
    numbers: Ints,
    bus: Ints,
    own: int,
    effect: Floats,
    left: Floats,
    scarce: Floats,
    slope: Floats,
    costs: Floats,
    trades: Ints,
    counts: Ints,
) -> bool:
    """Limit orders in their turn, each against those that stand; whether the trades fit in their table.

    bus : [C] of each message. left : [R] headrooms, which fall by what is traded. trades : [M, 5] to fill. counts : of trades, and of
    pairs that were trimmed or refused.
    """
    passed = np.empty(len(sent), np.int64)
    numbers[:] = 0
    numbers[LAST] = NO_PRICE
    for place in range(len(sent)):
        placed[place, REST], placed[place, FILLED], placed[place, PAID] = 0, 0, 0
        rest = match_checked(sent, heaps, placed, numbers, bus, own, effect, left, scarce, slope, costs, trades, counts, place, passed)
        if rest < 0:
            return False
        if rest > 0:
            sign = sent[place, SIDE]
            side = BIDS if sign > 0 else OFFERS
            placed[place, REST] = rest
            push(heaps, side, numbers[side], (-sign * sent[place, PRICE] << 32) | place)
            numbers[side] += 1
    return True
