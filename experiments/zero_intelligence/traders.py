"""Traders without intelligence before an open book, session by session: compiled, on the kernels of the package's book."""

import numpy as np

from p2p.base.compiled import compiled
from p2p.markets.continuous.kernels import (
    AGENT,
    ALLOW,
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
    read_next,
)
from p2p.orders.messages import CANCEL, LIMIT

UNCONSTRAINED, CONSTRAINED, TRUTHFUL = range(3)
KINDS = {"unconstrained": UNCONSTRAINED, "constrained": CONSTRAINED, "truthful": TRUTHFUL}
"""What a trader quotes: any price of the range; any price at which it does not lose; its limit."""


@compiled
def write(sent, numbers, kind, order, agent, side, price):
    """Put a message about one unit at the end of what was sent."""
    place = numbers[READ]
    sent[place, KIND], sent[place, ORDER], sent[place, AGENT] = kind, order, agent
    sent[place, SIDE], sent[place, ENERGY], sent[place, PRICE] = side, 1, price


@compiled
def quote(chance, kind, side, limit, lowest, highest):
    """The price that a trader names."""
    if kind == TRUTHFUL:
        return limit
    if kind == CONSTRAINED and side > 0:
        highest = limit
    elif kind == CONSTRAINED:
        lowest = limit
    return lowest + np.int64(chance.random() * (highest - lowest + 1))


@compiled
def can_trade(kind, limit, side, done):
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
def session(chance, kind, limit, side, lowest, highest, turns, wipes, sent, heaps, placed, latest, trades, numbers, done, standing):
    """One session; how many trades, which stand in the book's `trades`: as agents, in `NEW` and `OLD`, and prices, in `AT`.

    At each turn a trader is drawn; one whose unit has gone says nothing. With `wipes` all quotes are cancelled after a
    trade and the session ends when none is possible any more (Gode and Sunder); else each trader has one live quote,
    which a new one replaces, and the session has so many turns (Bristol Stock Exchange).
    """
    numbers[:] = 0
    done[:] = False
    standing[:] = -1
    traders = len(limit)
    for _ in range(turns):
        trader = np.int64(chance.random() * traders)
        if done[trader]:
            continue
        if not wipes and standing[trader] >= 0:
            write(sent, numbers, CANCEL, standing[trader], trader, side[trader], 0)
            read_next(sent, heaps, placed, latest, trades, numbers, ALLOW)
        order, before = numbers[READ], numbers[TRADES]
        write(sent, numbers, LIMIT, order, trader, side[trader], quote(chance, kind, side[trader], limit[trader], lowest, highest))
        read_next(sent, heaps, placed, latest, trades, numbers, ALLOW)
        standing[trader] = order
        if numbers[TRADES] == before:
            continue
        done[trader] = True
        done[sent[trades[before, OLD], AGENT]] = True
        if wipes:
            numbers[BIDS], numbers[OFFERS] = 0, 0
            if not can_trade(kind, limit, side, done):
                break
    for row in range(numbers[TRADES]):
        trades[row, NEW], trades[row, OLD] = sent[trades[row, NEW], AGENT], sent[trades[row, OLD], AGENT]
    return numbers[TRADES]
