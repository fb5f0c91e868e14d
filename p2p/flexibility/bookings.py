"""What homes have sold of an interval, booked before it is cleared and after it is delivered: a second sale is refused and counted."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.base.units import WH_PER_KWH
from p2p.orders import Clearing, Orders


def booked(orders: Orders, floor: Floats, hours: float) -> tuple[Orders, int]:
    """The orders of homes without what they would sell a second time, or do not have.

    An order does not say which device it is from, so the book is kept by home, its own generation and all its devices together: most
    that it can sell is what it feeds in with all devices at their lowest power. Whoever sells it, the home or its pool, sells
    out of the same book, first come first served; what is offered beyond it is refused. Each offer is a whole number of Wh, so
    half of one is left to each.

    Parameters
    ----------
    orders : whose agents are homes.
    floor : [N] net withdrawal that homes expect, all flexible devices at their lowest power. [kW]
    hours : length of the interval. [h]

    Returns
    -------
    The orders that stand, and what was refused. [Wh]
    """
    from p2p.flexibility.kernels import offered_beyond

    wh = hours * WH_PER_KWH
    if not offered_beyond(orders.agent, orders.side, orders.energy, floor, wh):
        return orders, 0
    offers = np.flatnonzero(~orders.bids)
    rows = offers[np.lexsort((orders.arrival[offers], orders.agent[offers]))]
    agent, ends = orders.agent[rows], np.cumsum(orders.energy[rows])
    begins = np.searchsorted(agent, agent)
    before = ends - orders.energy[rows]
    most = np.floor(np.maximum(-floor, 0.0) * wh + np.bincount(agent, minlength=len(floor)) / 2 + 1e-6).astype(np.int64)
    energy = orders.energy.copy()
    energy[rows] = np.clip(most[agent] - (before - before[begins]), 0, orders.energy[rows])
    return orders.replace(energy=energy).take(energy > 0), int(np.sum(orders.energy - energy))


def held_back_twice(orders: Orders, cleared: Clearing, stands: Clearing, held_back: Ints, planned: Floats, hours: float) -> Ints:
    """[N] what of each home's feed-in the grid operator held back, and the local market still counts as sold: nobody pays for it. [Wh]

    What a home feeds in can be sold, or held back and compensated: both together are no more than it would have fed in, or had sold
    if that was more. To each trade half a Wh is left, and to what is held back one.

    Parameters
    ----------
    orders, cleared, stands : of homes, what was cleared of them, and what the grid operator left of that.
    held_back : [N] [Wh]
    planned : [N] net withdrawal of homes before the grid operator took anything. [kW]
    hours : length of the interval. [h]
    """
    homes, offers = len(planned), ~orders.bids
    agent = orders.agent[offers]
    sold, left = (np.bincount(agent, answer.energy[offers], homes) for answer in (cleared, stands))
    pairs = np.zeros(homes) if stands.trades is None else np.bincount(orders.agent[stands.trades.offer], minlength=homes)
    most = np.maximum(sold, np.maximum(-planned, 0.0) * (hours * WH_PER_KWH))
    over = np.floor(left + held_back - most - pairs - 1.0).astype(np.int64)
    return np.clip(over, 0, held_back)
