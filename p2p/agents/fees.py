"""Network prices that the DSO published, where orders are made and bills are written."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Ints
from p2p.operators.dso import Notice
from p2p.orders import Clearing, Orders
from p2p.settlement import Delivery
from p2p.settlement.settle import local_energy


def at_own_fee(orders: Orders, own: Ints | None) -> Orders:
    """The orders of homes that quoted by the public fee, each bid lowered by what its home's local kWh carries beside that.

    So a bid and its own fee come to what the home meant to pay for a kWh, all told.

    own : [N], None where the public fee is everybody's. [µEUR/kWh]
    """
    if own is None:
        return orders
    return orders.replace(price=orders.price - np.where(orders.bids, own[orders.agent], 0))


def as_quoted(orders: Orders, clearing: Clearing, own: Ints | None) -> Clearing:
    """The clearing as a home that reckons with the public fee sees it: what its fee is beside that is part of what it pays.

    own : as in `at_own_fee`.
    """
    if own is None:
        return clearing
    beside = np.where(orders.bids, own[orders.agent], 0) * clearing.energy
    return Clearing(clearing.energy, clearing.payment + beside, clearing.price, clearing.trades, clearing.facts)


def charged(notice: Notice, delivery: Delivery, place: int, peak: Ints, hours: float) -> tuple[Ints | None, Ints]:
    """What homes owe the DSO beside the tariff's fees in an interval of the day, None for nothing, and their peaks after it.

    A kW of the day's highest draw is owed in the interval in which it is reached, so that the parts sum to the day's price.

    peak : [N] highest draw of the day in an interval, so far [Wh]
    hours : length of an interval, a whole part of an hour [h]

    Returns
    -------
    beside, peak : [N] [nEUR], [N] [Wh]
    """
    if notice.own is None and not notice.per_kw:
        return None, peak
    beside = np.zeros(len(peak), np.int64)
    if notice.own is not None:
        beside += notice.own[place] * local_energy(delivery)
    higher = np.maximum(peak, delivery.metered)
    beside += (higher - peak) * (notice.per_kw * round(1 / hours))  # a Wh in an interval is 1 / hours W, and 1 µEUR/kW is 1 nEUR/W
    return beside, higher
