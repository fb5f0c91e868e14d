"""The steps of one interval, given what units trade there: what is accepted, and the prices that go with it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from p2p.base.columns import Ints
from p2p.markets.crossing import crossing
from p2p.markets.day.units import Steps
from p2p.orders import Orders


def price_bounds(steps: Steps, most_bought: Ints, most_sold: Ints, least: int, most: int) -> tuple[Ints, Ints]:
    """[T] the lowest and highest price that an interval can have, whatever units trade there. [µEUR/kWh]

    Parameters
    ----------
    most_bought, most_sold : [T] by units [Wh]
    least, most : of all limits in the book [µEUR/kWh]
    """
    low, high = np.full(len(most_bought), least), np.full(len(most_bought), most)
    for interval, here in enumerate(by_interval(steps, len(low))):
        low[interval] = ends_beside(here, -int(most_sold[interval]), least, most)[0]
        high[interval] = ends_beside(here, int(most_bought[interval]), least, most)[1]
    return low, high


def by_interval(steps: Steps, intervals: int) -> list[Steps]:
    """The steps of each interval."""
    order = np.argsort(steps.interval, kind="stable")
    cuts = np.searchsorted(steps.interval[order], np.arange(intervals + 1))
    return [steps.take(order[first:last]) for first, last in pairwise(cuts)]


def ends_beside(steps: Steps, net: int, least: int, most: int) -> tuple[int, int]:
    """The range of prices at which these steps would trade what units leave them, as far as they can.

    Parameters
    ----------
    net : bought by units less sold [Wh]
    least, most : the range where nothing bounds it [µEUR/kWh]
    """
    side, energy = np.append(steps.side, 1 if net > 0 else -1).astype(np.int8), np.append(steps.energy, abs(net))
    price = np.append(steps.price, most + 1 if net > 0 else least - 1)
    accepted, _ = crossing(Orders.of(side, energy, price))
    if accepted[-1] < abs(net):
        return (most, most) if net > 0 else (least, least)
    got, left, bids = accepted[:-1] > 0, accepted[:-1] < steps.energy, steps.side > 0
    low = max(steps.price[bids & left].max(initial=least), steps.price[~bids & got].max(initial=least))
    high = min(steps.price[bids & got].min(initial=most), steps.price[~bids & left].min(initial=most))
    return int(low), int(high)
