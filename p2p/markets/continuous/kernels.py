"""Compiled kernels of the continuous book: price-time priority over integer prices.

Each side of a book is a binary heap of whole numbers. What stands at a price since a message is one number, the price in
the upper bits and the place of the message in the lower 32, so the smallest is the best price and, at one price, the
earliest. Orders that are gone stay in their heap until they come to its top. Nothing is known of prices beforehand, so
one message at a time and a million in one go run through the same kernel.
"""

from __future__ import annotations

from typing import NamedTuple

from p2p.base.columns import Indices, Ints, Signs
from p2p.base.compiled import compiled
from p2p.orders.messages import CANCEL, LIMIT, NO_PRICE, REPLACE

PLACE = 2**32 - 1
KIND, ORDER, AGENT, SIDE, ENERGY, PRICE = range(6)
"""Columns of `State.sent`."""
REST, FILLED, PAID = range(3)
"""Columns of `State.placed`."""
NEW, OLD, TRADED, AT = range(4)
"""Columns of `State.trades`."""
BIDS, OFFERS, READ, TRADES, LAST, MISSED, DROPPED, PREVENTED = range(8)
"""Where `State.numbers` counts what: entries of the two heaps, messages read, trades, the last price [µEUR/kWh], messages
about orders that were gone, energy of market and immediate orders that found nobody [Wh], energy cancelled rather than
traded with its own agent [Wh]."""
ALLOW, CANCEL_NEW, CANCEL_OLD = range(3)
"""What becomes of an order that would trade with one of its own agent: it does, it is cancelled, or the one that stands is."""


class State(NamedTuple):
    """At most C messages in the order in which they come, and the book that those read so far have made.

    Few arrays of many columns: what a message touches lies side by side. Kernels get the arrays one by one, since one
    that takes them out of a tuple counts its references to each, at every message.

    sent : [C, 6] the messages: kind, order, agent, side, energy, price; the number of a row is a place in time
    heaps : [2, C] what stands, bids and offers
    placed : [C, 3] by message, of the order that it placed: what stands [Wh], what was traded [Wh], what it owes [nEUR]
    latest : [C] by order, the message that placed it as it stands now; without rows where no message is about an earlier one
    trades : [C, 4] the message that came, the one that stood, energy [Wh], price [µEUR/kWh]
    numbers : [8] see `PREVENTED`
    """

    sent: Ints
    heaps: Ints
    placed: Ints
    latest: Ints
    trades: Ints
    numbers: Ints


@compiled
def push(heaps: Ints, side: int, size: int, key: int) -> None:
    """Put a key into a side's heap of some size."""
    hole = size
    while hole > 0:
        above = (hole - 1) >> 1
        if heaps[side, above] <= key:
            break
        heaps[side, hole] = heaps[side, above]
        hole = above
    heaps[side, hole] = key


@compiled
def drop_first(heaps: Ints, side: int, size: int) -> None:
    """Take the smallest key out: the hole sinks to a leaf, which the last key fills and rises from."""
    last = size - 1
    hole, below = 0, 1
    while below < last:
        if below + 1 < last and heaps[side, below + 1] < heaps[side, below]:
            below += 1
        heaps[side, hole] = heaps[side, below]
        hole, below = below, 2 * below + 1
    push(heaps, side, hole, heaps[side, last])


@compiled
def best(heaps: Ints, placed: Ints, numbers: Ints, side: int) -> int:
    """The message whose order stands first on a side, -1 where none stands; drops what is gone."""
    while numbers[side] > 0:
        place = heaps[side, 0] & PLACE
        if placed[place, REST] > 0:
            return place
        drop_first(heaps, side, numbers[side])
        numbers[side] -= 1
    return -1


@compiled
def match(
    sent: Ints, heaps: Ints, placed: Ints, trades: Ints, numbers: Ints, place: int, sign: int, energy: int, price: int, own: int
) -> int:
    """Trade an order that has come with what stands, the best first, up to its limit; what is left of it. [Wh]

    own : what becomes of an order that would meet one of its own agent, see `ALLOW`.
    """
    other = OFFERS if sign > 0 else BIDS
    while energy > 0:
        stands = best(heaps, placed, numbers, other)
        if stands < 0:
            break
        at = sign * (heaps[other, 0] >> 32)
        if sign * at > sign * price:
            break
        if own != ALLOW and sent[stands, AGENT] == sent[place, AGENT]:
            if own == CANCEL_NEW:
                numbers[PREVENTED] += energy
                return 0
            numbers[PREVENTED] += placed[stands, REST]
            placed[stands, REST] = 0
            continue
        traded = min(energy, placed[stands, REST])
        energy -= traded
        placed[stands, REST] -= traded
        placed[stands, FILLED] += traded
        placed[stands, PAID] -= sign * traded * at
        placed[place, FILLED] += traded
        placed[place, PAID] += sign * traded * at
        trade = numbers[TRADES]
        trades[trade, NEW], trades[trade, OLD], trades[trade, TRADED], trades[trade, AT] = place, stands, traded, at
        numbers[TRADES] += 1
        numbers[LAST] = at
    return energy


@compiled
def read_next(sent: Ints, heaps: Ints, placed: Ints, latest: Ints, trades: Ints, numbers: Ints, own: int) -> None:
    """What the next message does to a book; see `Messages` for the kinds, and `State`."""
    place = numbers[READ]
    numbers[READ] += 1
    kind, order, sign = sent[place, KIND], sent[place, ORDER], sent[place, SIDE]
    energy, price = sent[place, ENERGY], sent[place, PRICE]
    placed[place, REST], placed[place, FILLED], placed[place, PAID] = 0, 0, 0
    if kind >= CANCEL:
        before = latest[order]
        stood = placed[before, REST]
        if stood == 0:
            numbers[MISSED] += 1
            return
        if kind == REPLACE:
            energy = energy if energy > 0 else stood
            if price == sent[before, PRICE] and energy <= stood:
                placed[before, REST] = energy  # keeps its place in time
                return
        placed[before, REST] = 0
        if kind == CANCEL:
            return
    if len(latest) > 0:
        latest[order] = place
    left = match(sent, heaps, placed, trades, numbers, place, sign, energy, price, own)
    if left == 0:
        return
    if kind != LIMIT and kind != REPLACE:
        numbers[DROPPED] += left
        return
    side = BIDS if sign > 0 else OFFERS
    placed[place, REST] = left
    push(heaps, side, numbers[side], (-sign * price << 32) | place)
    numbers[side] += 1


@compiled
def best_prices(sent: Ints, heaps: Ints, placed: Ints, numbers: Ints, found: Ints, row: int) -> None:
    """Fill a row of [n, 3]: best bid, best offer and last price; `NO_PRICE` for what there is not. [µEUR/kWh]"""
    for side in (BIDS, OFFERS):
        stands = best(heaps, placed, numbers, side)
        found[row, side] = sent[stands, PRICE] if stands >= 0 else NO_PRICE
    found[row, 2] = numbers[LAST]


@compiled
def read_all(sent: Ints, heaps: Ints, placed: Ints, latest: Ints, trades: Ints, numbers: Ints, own: int, path: Ints) -> None:
    """Every message in its turn, and [C, 3] in `path`, where it has rows, the `best_prices` after each."""
    for place in range(len(sent)):
        read_next(sent, heaps, placed, latest, trades, numbers, own)
        if len(path) > 0:
            best_prices(sent, heaps, placed, numbers, path, place)


@compiled
def write_down(sequence: Ints, kind: Signs, order: Ints, agent: Indices, side: Signs, energy: Ints, price: Ints, sent: Ints) -> None:
    """Fill `State.sent` with the messages at some rows."""
    for place in range(len(sequence)):
        row = sequence[place]
        sent[place, KIND], sent[place, ORDER], sent[place, AGENT] = kind[row], order[row], agent[row]
        sent[place, SIDE], sent[place, ENERGY], sent[place, PRICE] = side[row], energy[row], price[row]
