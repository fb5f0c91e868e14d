"""Which part of a member's orders its aggregator may bid: no more than the contract's bounds."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Flags, Floats, Ints
from p2p.orders import Orders


def usable(orders: Orders, sold: Ints, bought: Ints) -> Ints:
    """How much of each order stays within its home's bounds. [Wh]

    What has the nearest other use comes first, since that is what is flexible of a home: the cheapest bids and the dearest
    offers; what it needs or has over whatever the price comes last. (assumption)

    Parameters
    ----------
    sold, bought : [N] most that may be sold and bought for each home. [Wh]
    """
    order = np.lexsort((orders.arrival, orders.side * orders.price, orders.side, orders.agent))
    agent, side, energy = orders.agent[order], orders.side[order], orders.energy[order]
    begins = np.ones(len(orders), np.bool_)
    begins[1:] = (agent[1:] != agent[:-1]) | (side[1:] != side[:-1])
    starts = np.cumsum(energy) - energy
    before = starts - starts[begins][np.cumsum(begins) - 1]
    part = np.empty_like(energy)
    part[order] = np.clip(np.where(side > 0, bought[agent], sold[agent]) - before, 0, energy)
    return part


def split(orders: Orders, part: Ints) -> tuple[Orders, Ints, Flags]:
    """Orders of which a part goes another way, as two: the parts first, then the rests, none empty.

    Parameters
    ----------
    part : [O] how much of each order, 0 to all of it. [Wh]

    Returns
    -------
    pieces : P orders, P at least O; arrivals are ranks anew, a rest's right after its part's.
    origin : [P] the order that each is a piece of.
    parts : [P] which of them are the parts.
    """
    with_part, with_rest = np.flatnonzero(part > 0), np.flatnonzero(part < orders.energy)
    origin = np.concatenate((with_part, with_rest))
    parts = np.arange(len(origin)) < len(with_part)
    pieces = orders.take(origin)
    rank = np.empty(len(origin), np.int64)
    rank[np.lexsort((~parts, pieces.arrival))] = np.arange(len(origin))
    return pieces.replace(energy=np.where(parts, part[origin], (orders.energy - part)[origin]), arrival=rank), origin, parts


def whole_wh(power: Floats, hours: float) -> Ints:
    """[N] the energy of a power held for an interval, rounded down; an order's largest and more where it is infinite. [Wh]"""
    return np.floor(np.minimum(power * (hours * 1000.0), 2.0**40)).astype(np.int64)
