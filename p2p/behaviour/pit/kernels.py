"""A day of traders with one unit each before an open book, compiled on the kernels of the continuous book.

All of a trader's memory is a row of `memory`, with columns by kind; `public` is what all of them have heard.
"""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Flags, Floats, Ints, Signs
from p2p.base.compiled import compiled
from p2p.behaviour.adaptive.kernels import (
    LEFT_BIDS,
    LEFT_OFFERS,
    TAKEN_BIDS,
    TAKEN_OFFERS,
    aa_alpha,
    aa_centre,
    aa_direction,
    aa_r_of,
    aa_step,
    aa_target,
    aa_theta_wanted,
    believed,
    with_margin,
    zip_direction,
    zip_step,
    zip_target,
)
from p2p.markets.continuous.kernels import (
    AGENT,
    ALLOW,
    AT,
    BIDS,
    ENERGY,
    KIND,
    NEW,
    OFFERS,
    OLD,
    ORDER,
    PRICE,
    READ,
    SIDE,
    TRADES,
    best,
    read_next,
)
from p2p.orders.messages import CANCEL, LIMIT

UNCONSTRAINED, CONSTRAINED, TRUTHFUL, ZIP, GD, AA = range(6)
SILENT = np.int64(-(2**62))
"""Of a trader who would rather not quote."""
MARGIN, CHANGE, RATE, MOMENTUM, QUOTED = range(5)
"""Columns of a ZIP trader's memory."""
R, THETA, RATE_R, RATE_THETA = range(4)
"""Columns of an AA trader's memory."""
COUNT, LOWEST, HIGHEST, FIRST = range(4)
"""Where `public` of AA traders holds how many deals there were, the lowest and highest alpha, and the first of the latest prices."""


@compiled
def write(sent: Ints, numbers: Ints, kind: int, order: int, agent: int, side: int, price: int) -> None:
    """Put a message about one unit at the end of what was sent."""
    place = numbers[READ]
    sent[place, KIND], sent[place, ORDER], sent[place, AGENT] = kind, order, agent
    sent[place, SIDE], sent[place, ENERGY], sent[place, PRICE] = side, 1, price


@compiled
def random_quote(chance: np.random.Generator, kind: int, side: int, limit: int, lowest: int, highest: int) -> int:
    """The price that a trader without memory names: its limit, or any that its kind allows."""
    if kind == TRUTHFUL:
        return limit
    if kind == CONSTRAINED and side > 0:
        highest = limit
    elif kind == CONSTRAINED:
        lowest = limit
    return lowest + np.int64(chance.random() * (highest - lowest + 1))


@compiled
def inwards(side: int, price: float) -> int:
    """A whole price that is no worse for a trader."""
    return np.int64(np.floor(price + 1e-9)) if side > 0 else np.int64(np.ceil(price - 1e-9))


@compiled
def gd_quote(history: Floats, side: int, limit: int, bid: int, offer: int, belief: Floats) -> int:
    """The price that beats what stands on the own side and promises most; what stands on the other is surely taken."""
    believed(history, side, belief)
    most, named = 0.0, SILENT
    stands, other = (bid, offer) if side > 0 else (offer, bid)
    price = limit
    while 0 <= price < history.shape[1] and side * (price - stands) > 0:
        gain = side * (limit - price) * (1.0 if side * (price - other) >= 0 else belief[price])
        if gain > most:
            most, named = gain, price
        price -= side
    return named


@compiled
def aa_quote(
    side: int, limit: int, bid: int, offer: int, heard: bool, centre: float, ends: tuple[int, int], r: float, theta: float, steps: Floats
) -> int:
    """The next price on the way to the target; before the first deal, on the way to the own limit or what stands on the other side.

    steps : relative and absolute, and how many such steps would be left to the target.
    """
    hoped = ends[0] if side > 0 else ends[1]
    stands, other = (bid, offer) if side > 0 else (offer, bid)
    if side * (limit - stands) <= 0:
        return SILENT
    if heard:
        target = aa_target(side, limit, centre, hoped, r, theta)
        if side * (target - other) >= 0:
            return other
    else:
        beyond = (1 + side * steps[0]) * other + side * steps[1]
        target = min(float(limit), beyond) if side > 0 else max(float(limit), beyond)
    price = stands + (target - stands) / steps[2]
    named = min(inwards(-1, price), limit) if side > 0 else max(inwards(1, price), limit)
    return named if side * (named - stands) > 0 else SILENT


@compiled
def zip_hear(
    chance: np.random.Generator, limit: Ints, side: Signs, done: Flags, came: int, at: int, deal: bool, steps: Floats, memory: Floats
) -> None:
    """All ZIP traders move their margins."""
    for trader in range(len(limit)):
        own = memory[trader]
        would = inwards(side[trader], own[QUOTED])
        direction = zip_direction(side[trader], would, not done[trader], came, at, deal)
        if direction != 0:
            target = zip_target(direction, at, steps[0] * chance.random(), steps[1] * chance.random())
            own[MARGIN], own[CHANGE] = zip_step(side[trader], limit[trader], own[QUOTED], target, own[CHANGE], own[RATE], own[MOMENTUM])
            own[QUOTED] = with_margin(limit[trader], own[MARGIN])


@compiled
def gd_hear(history: Floats, epochs: Ints, order: int, old: int, came: int, price: int, at: int, deal: bool, sent: Ints) -> None:
    """What was quoted counts as left; in a deal both count as taken at its price, and what had stood no longer as left.

    history : [L, 4, G] counts by epoch, an epoch from one deal to the next; the last one is open. epochs : [C + 1] by order,
    in which epoch it was quoted, and last, which one is open.
    """
    last = len(history) - 1
    now = epochs[-1]
    epochs[order] = now
    if not deal:
        history[last, LEFT_BIDS if came > 0 else LEFT_OFFERS, price] += 1
        return
    back = now - epochs[old]
    if back <= last:
        history[last - back, LEFT_BIDS if came < 0 else LEFT_OFFERS, sent[old, PRICE]] -= 1
    history[last, TAKEN_BIDS, at] += 1
    history[last, TAKEN_OFFERS, at] += 1
    for epoch in range(last):
        history[epoch] = history[epoch + 1]
    history[last] = 0
    epochs[-1] = now + 1


@compiled
def aa_hear(
    limit: Ints,
    side: Signs,
    came: int,
    at: int,
    deal: bool,
    ends: tuple[int, int],
    steps: Floats,
    shape: Floats,
    memory: Floats,
    public: Floats,
) -> None:
    """All AA traders move how aggressive they are, and after a deal what they think of the market.

    shape : how fast prices are forgotten, smallest and largest theta, gamma.
    """
    last = public[FIRST:]
    if deal:
        count = np.int64(public[COUNT])
        last[count % len(last)] = at
        public[COUNT] += 1
        centre = aa_centre(last, count + 1, shape[0])
        alpha = aa_alpha(last, count + 1, centre)
        public[LOWEST] = alpha if count == 0 else min(public[LOWEST], alpha)
        public[HIGHEST] = alpha if count == 0 else max(public[HIGHEST], alpha)
        wanted = aa_theta_wanted(alpha, public[LOWEST], public[HIGHEST], shape[1], shape[2], shape[3])
        for trader in range(len(limit)):
            memory[trader, THETA] += memory[trader, RATE_THETA] * (wanted - memory[trader, THETA])
    if public[COUNT] == 0:
        return
    centre = aa_centre(last, np.int64(public[COUNT]), shape[0])
    for trader in range(len(limit)):
        own = memory[trader]
        hoped = ends[0] if side[trader] > 0 else ends[1]
        direction = aa_direction(side[trader], aa_target(side[trader], limit[trader], centre, hoped, own[R], own[THETA]), came, at, deal)
        if direction != 0:
            heard = aa_r_of(side[trader], limit[trader], centre, hoped, at, own[THETA])
            own[R] = aa_step(own[R], direction, heard, steps[0], steps[1], own[RATE_R])


@compiled
def can_trade(kind: int, limit: Ints, side: Signs, done: Flags) -> bool:
    """Whether any two traders with a unit left could still agree."""
    best_value, best_cost = np.int64(-(2**62)), np.int64(2**62)
    for trader in range(len(limit)):
        if not done[trader] and side[trader] > 0:
            best_value = max(best_value, limit[trader])
        elif not done[trader]:
            best_cost = min(best_cost, limit[trader])
    if kind == UNCONSTRAINED:
        return best_value > -(2**62) and best_cost < 2**62
    return best_value >= best_cost


@compiled
def day(
    chance: np.random.Generator,
    kind: int,
    limit: Ints,
    side: Signs,
    ends: tuple[int, int],
    turns: int,
    wipes: bool,
    sent: Ints,
    heaps: Ints,
    placed: Ints,
    latest: Ints,
    trades: Ints,
    numbers: Ints,
    done: Flags,
    standing: Ints,
    memory: Floats,
    public: Floats,
    history: Floats,
    epochs: Ints,
    steps: Floats,
    shape: Floats,
) -> int:
    """One day; how many trades, which stand in the book's `trades`: as agents, in `NEW` and `OLD`, and prices, in `AT`.

    At each turn a trader is drawn; one whose unit has gone says nothing. With `wipes` all quotes are cancelled after a
    trade and the day ends when none is possible any more (Gode and Sunder); else each trader has one live quote, which a
    new one replaces, and the day has so many turns (Bristol Stock Exchange). Those who learn hear every quote.
    """
    numbers[:] = 0
    done[:] = False
    standing[:] = -1
    if kind == GD:
        epochs[:-1] = -(2**40)
    traders = len(limit)
    belief = np.empty(history.shape[2])
    for _ in range(turns):
        trader = np.int64(chance.random() * traders)
        if done[trader]:
            continue
        way, own = side[trader], limit[trader]
        if kind <= TRUTHFUL:
            price = np.int64(0)
        elif kind == ZIP:
            price = inwards(way, memory[trader, QUOTED])
        else:
            first_bid, first_offer = best(heaps, placed, numbers, BIDS), best(heaps, placed, numbers, OFFERS)
            bid = sent[first_bid, PRICE] if first_bid >= 0 else ends[0]
            offer = sent[first_offer, PRICE] if first_offer >= 0 else ends[1]
            if kind == GD:
                price = gd_quote(np.sum(history, axis=0), way, own, bid, offer, belief)
            else:
                count = np.int64(public[COUNT])
                centre = aa_centre(public[FIRST:], count, shape[0]) if count > 0 else 0.0
                price = aa_quote(way, own, bid, offer, count > 0, centre, ends, memory[trader, R], memory[trader, THETA], steps)
            if price == SILENT:
                continue
        if not wipes and standing[trader] >= 0:
            write(sent, numbers, CANCEL, standing[trader], trader, way, 0)
            read_next(sent, heaps, placed, latest, trades, numbers, ALLOW)
        if kind <= TRUTHFUL:
            price = random_quote(chance, kind, way, own, ends[0], ends[1])
        order, before = numbers[READ], numbers[TRADES]
        write(sent, numbers, LIMIT, order, trader, way, price)
        read_next(sent, heaps, placed, latest, trades, numbers, ALLOW)
        standing[trader] = order
        deal = numbers[TRADES] > before
        at = trades[before, AT] if deal else price
        if deal:
            done[trader] = True
            done[sent[trades[before, OLD], AGENT]] = True
        if kind == ZIP:
            zip_hear(chance, limit, side, done, way, at, deal, steps, memory)
        elif kind == GD:
            gd_hear(history, epochs, order, trades[before, OLD] if deal else order, way, price, at, deal, sent)
        elif kind == AA:
            aa_hear(limit, side, way, at, deal, ends, steps, shape, memory, public)
        if deal and wipes:
            numbers[BIDS], numbers[OFFERS] = 0, 0
            if not can_trade(kind, limit, side, done):
                break
    for row in range(numbers[TRADES]):
        trades[row, NEW], trades[row, OLD] = sent[trades[row, NEW], AGENT], sent[trades[row, OLD], AGENT]
    return numbers[TRADES]
