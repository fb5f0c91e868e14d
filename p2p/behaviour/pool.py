"""A pool as one bidder: what its members trade among themselves, the curve that is left, and who gets what of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Columns, Flags, Ints
from p2p.base.units import MAX_PRICE
from p2p.markets.uniform import Uniform
from p2p.orders import Clearing, Orders

WAYS = ("pass_through", "truthful", "margin")
"""How an aggregator bids: each member's orders as they are; the members' curve; that curve, less a margin."""

AMONG_MEMBERS = Uniform()
"""By which members trade within their pool: half-way up the prices in which no member loses and none that is left would gain."""


@dataclass(frozen=True, slots=True)
class Ways(Columns):
    """How A aggregators bid.

    curve:  [A] bool, nets within the pool and bids what is left as one curve; else each member's order as it is
    margin: [A] int64, by which bids are lower and offers higher than the members' [µEUR/kWh]
    """

    curve: Flags
    margin: Ints


@dataclass(frozen=True, slots=True)
class Pooling:
    """What became of O orders, in a pool or not, when pools bid a book of C.

    curve:  [O] bool, whether it is in its pool's curve
    inside: [O] int64, traded with other members [Wh]
    owed:   [O] int64, owed to them for it, a seller's with a minus [nEUR]
    rest:   [O] int64, what went to the market [Wh]
    place:  [O] int64, the row of the book in which that is; -1 where nothing is left
    head:   [C] int64, the order that came first of those in each row of the book
    """

    curve: Flags
    inside: Ints
    owed: Ints
    rest: Ints
    place: Ints
    head: Ints


def pooled(
    orders: Orders, pool: Ints, ways: Ways, first: int, apart: Ints | None = None, shown: Flags | None = None
) -> tuple[Orders, Pooling]:
    """The book in which each pool has one monotone curve.

    Members trade among themselves first, at one price (`AMONG_MEMBERS`). What is left of them does not cross any more: its
    bids and its offers, merged where their limits and kinds are alike, are the aggregator's own orders, with the earliest
    arrival of those in them. Orders outside of any pool, and those of pools that pass them on, stay as they are.

    An order that its pool may not see is passed on as it is, too: it is traded with no other member, carries no margin, and
    nothing of the curve hangs on it.

    A pool whose homes live at several buses has one curve all the same: rules that don't look at buses clear it. For those
    that do, say so by `apart`.

    Parameters
    ----------
    pool : [O] whose pool each order belongs to, -1 for none.
    ways : of the A aggregators.
    first : the account of the first aggregator; the others' follow.
    apart : [O] orders that differ in it are never merged: the bus, or the home, for rules that tell them apart; None if all are alike.
    shown : [O] orders that their pools may see; None if all may be seen.

    Returns
    -------
    The book, and how it came about.
    """
    curve = _bids_a_curve(pool, ways) if shown is None else _bids_a_curve(pool, ways) & shown
    inside, owed = _among_members(orders, pool, curve)
    rest = orders.energy - inside
    left = np.flatnonzero(rest > 0)
    key = _keys(orders, pool, curve, apart)[:, left]
    order = np.lexsort((orders.arrival[left], *key))
    sorted_key = key[:, order]
    begins = np.ones(len(left), np.bool_)
    begins[1:] = (sorted_key[:, 1:] != sorted_key[:, :-1]).any(axis=0)
    place = np.full(len(orders), -1, np.int64)
    place[left[order]] = np.cumsum(begins) - 1
    head = left[order[begins]]
    energy = _sums(place[left], rest[left], len(head))
    taken, whose = orders.take(head), pool[head]
    margin = np.where(curve[head], ways.margin[np.maximum(whose, 0)], 0) if len(ways) else 0
    book = taken.replace(
        agent=np.where(whose >= 0, first + whose, taken.agent).astype(np.int32),
        energy=energy,
        price=np.clip(taken.price - taken.side * margin, -MAX_PRICE, MAX_PRICE),
    )
    return book, Pooling(curve, inside, owed, rest, place, head)


def disaggregated(orders: Orders, book: Orders, clearing: Clearing, pooling: Pooling, apart: Ints | None = None) -> Clearing:
    """What each order got and owes, of what the market accepted of the pools' curves and of what members trade among themselves.

    What was accepted of a curve goes to its members in merit order, those with equal limits pro rata, in whole Wh. What is
    owed goes along, Wh by Wh, in merit order, too: so nobody loses against the own limit, and sums are exact. Nothing beyond
    a member's own orders is used.

    Parameters
    ----------
    orders, apart : as `pooled` was called with.
    book, pooling : what it gave.
    clearing : of the book.
    """
    head = pooling.head
    accepted, paid = _in_merit_order(book, clearing, pooling.curve[head], None if apart is None else apart[head])
    rows = np.flatnonzero(pooling.place >= 0)
    place, rest = pooling.place[rows], pooling.rest[rows]
    # Hamilton's method within each row of the book: whole parts, then a Wh each by the largest remainders
    whole, remainder = np.divmod(accepted[place] * rest, book.energy[place])
    missing = accepted - _sums(place, whole, len(book))
    order = np.lexsort((orders.arrival[rows], -remainder, place))
    part = whole[order] + (_rank(place[order]) < missing[place[order]])
    energy, payment = pooling.inside.copy(), pooling.owed.copy()
    energy[rows[order]] += part
    payment[rows[order]] += _taken_over(accepted, paid, part)
    payment[head] += np.where(accepted == 0, paid, 0)
    price = clearing.price
    if price is not None and not np.array_equal(payment, orders.side * energy * price):
        price = None
    as_it_was = np.array_equal(pooling.place, np.arange(len(orders))) and np.array_equal(energy, clearing.energy)
    return Clearing(energy, payment, price, clearing.trades if as_it_was else None, clearing.facts)


def _bids_a_curve(pool: Ints, ways: Ways) -> Flags:
    """[O] which orders go into a curve."""
    if not len(ways):
        return np.zeros(len(pool), np.bool_)
    curve: Flags = (pool >= 0) & ways.curve[np.maximum(pool, 0)]
    return curve


def _among_members(orders: Orders, pool: Ints, curve: Flags) -> tuple[Ints, Ints]:
    """[O] what orders trade within their pools [Wh], and owe for it [nEUR]."""
    inside, owed = np.zeros((2, len(orders)), np.int64)
    for number in np.unique(pool[curve]):
        rows = np.flatnonzero(curve & (pool == number))
        clearing = AMONG_MEMBERS(orders.take(rows))
        inside[rows], owed[rows] = clearing.energy, clearing.payment
    return inside, owed


def _keys(orders: Orders, pool: Ints, curve: Flags, apart: Ints | None) -> Ints:
    """[6, O] what must be alike of orders that are merged; an order in no curve is like no other, and keeps its place before them."""
    alone = np.where(curve, len(orders), np.arange(len(orders)))
    zero = np.zeros(len(orders), np.int64)
    told = (orders.tag, zero if apart is None else apart, orders.price, orders.side, np.where(curve, pool, -1), alone)
    keys: Ints = np.stack([column.astype(np.int64) for column in told])
    return keys


def _in_merit_order(book: Orders, clearing: Clearing, curve: Flags, apart: Ints | None) -> tuple[Ints, Ints]:
    """[C] what was accepted of the book and is owed for it, each curve's put in merit order side by side.

    The k-th Wh in merit order of a curve has a limit at least as good as the k-th of what was accepted of it, so it can
    take over what is owed for that.
    """
    energy, paid = clearing.energy, clearing.payment
    alone = np.where(curve, len(book), np.arange(len(book)))
    keys = np.stack((book.side, np.zeros(len(book), np.int64) if apart is None else apart, book.agent, alone))
    order = np.lexsort((book.arrival, -book.side * book.price, *keys))
    begins = np.ones(len(book), np.bool_)
    begins[1:] = (keys[:, order[1:]] != keys[:, order[:-1]]).any(axis=0)
    group = np.cumsum(begins) - 1
    most = book.energy[order]
    starts = np.cumsum(most) - most
    filled = np.clip(_sums(group, energy[order], len(book))[group] - (starts - starts[begins][group]), 0, most)
    if np.array_equal(filled, energy[order]):
        return energy, paid
    accepted, owed = np.empty_like(energy), np.where(energy == 0, paid, 0)
    accepted[order] = filled
    owed[order] += _taken_over(energy[order], paid[order], filled)
    return accepted, owed


def _taken_over(energy: Ints, paid: Ints, part: Ints) -> Ints:
    """[P] what parts owe that take over pieces, Wh by Wh in their order; within a piece, sums up to a Wh are rounded down. [nEUR]

    Parameters
    ----------
    energy, paid : [R] of the pieces; what is owed for no energy is left out. [Wh], [nEUR]
    part : [P] of the parts, as much in sum. [Wh]
    """
    pieces = np.flatnonzero(energy > 0)
    if not len(pieces):
        return np.zeros(len(part), np.int64)
    sizes, paid, ends = energy[pieces], paid[pieces], np.cumsum(part)
    upto, owed = np.cumsum(sizes), np.cumsum(paid)
    piece = np.minimum(np.searchsorted(upto, ends, side="left"), len(pieces) - 1)
    part_of = ends - (upto - sizes)[piece]
    whole, rest = np.divmod(paid[piece], sizes[piece])
    sums = (owed - paid)[piece] + whole * part_of + rest * part_of // sizes[piece]
    taken: Ints = np.diff(sums, prepend=0)
    return taken


def _sums(place: Ints, values: Ints, count: int) -> Ints:
    """[count] sums by place."""
    sums = np.zeros(count, np.int64)
    np.add.at(sums, place, values)
    return sums


def _rank(group: Ints) -> Ints:
    """[n] the place of each row among those of its group, which lie together."""
    row = np.arange(len(group))
    rank: Ints = row - np.searchsorted(group, group, side="left")
    return rank
