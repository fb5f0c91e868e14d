"""From ratios to whole watt-hours that balance in every interval."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.base.units import to_lots
from p2p.markets.day.units import Steps, Units

NEAR = 1e-7
"""Ratios so near to none or all are none or all."""


def whole_energies(units: Units, ratio: Floats, part: Floats, price: Floats) -> Ints:
    """[P] energy that each unit trades at each of its places, bought positive. [Wh]

    All is all. A part of a block is rounded to the owner's good in each interval: what it buys above its limit down, below it
    up. A flexible order's are whole lots that keep its sum.

    Parameters
    ----------
    ratio : [U] accepted.
    part : [F] accepted of the cap at each place of a flexible order.
    price : [T] near which they will be paid. [µEUR/kWh]
    """
    places = units.places
    amount, sign, share = np.abs(places.energy), np.sign(places.energy), _snapped(ratio)[places.unit]
    exact = share * amount
    good = sign * (places.price - price[places.interval]) > 0
    energy = np.where(good, np.ceil(exact - NEAR), np.floor(exact + NEAR)).astype(np.int64)
    least = np.ceil(units.least[places.unit] * amount - NEAR).astype(np.int64)
    energy = np.where(share > 0, np.clip(energy, np.minimum(least, amount), amount), 0)
    flexed = np.flatnonzero(units.flexible[places.unit])
    wanted = _snapped(part) * amount[flexed]
    for unit in np.flatnonzero(units.flexible):
        mine = flexed[places.unit[flexed] == unit]
        energy[mine] = np.minimum(to_lots(wanted[places.unit[flexed] == unit]), amount[mine])
    return sign * energy


def divisible(units: Units, ratio: Floats, part: Floats) -> Ints:
    """[P] 1 where a place's energy was rounded, 0 where it is none or all."""
    places = units.places
    share = _snapped(ratio)[places.unit]
    share[np.flatnonzero(units.flexible[places.unit])] = _snapped(part)
    return ((share > 0) & (share < 1)).astype(np.int64)


def _snapped(ratio: Floats) -> Floats:
    return np.where(ratio < NEAR, 0.0, np.where(ratio > 1 - NEAR, 1.0, ratio))


def served(steps: Steps, net: int, price: int) -> tuple[Ints, int]:
    """What is accepted of the steps of an interval at its price, and what is then still bought too much. [S] [Wh], [Wh]

    Steps on the right side of the price are accepted whole, those at it as far as there is something for them, by arrival. Where
    rounding leaves a watt-hour too few, the steps that gain least go without.

    Parameters
    ----------
    net : bought by units less sold. [Wh]
    """
    sign = steps.side * np.sign(steps.price - price)
    room = np.where(sign >= 0, steps.energy, 0)
    bids = steps.side > 0
    bought, sold = int(room[bids].sum()) + max(net, 0), int(room[~bids].sum()) + max(-net, 0)
    accepted = room.copy()
    for side, over in ((bids, bought - sold), (~bids, sold - bought)):
        if over > 0:
            rows = np.flatnonzero(side & (room > 0))
            rows = rows[
                np.lexsort((-steps.arrival[rows], steps.side[rows] * steps.price[rows]))
            ]  # who gains least and came last goes first
            before = np.cumsum(room[rows]) - room[rows]
            accepted[rows] -= np.clip(over - before, 0, room[rows])
    return accepted, net + int(np.dot(steps.side.astype(np.int64), accepted))
