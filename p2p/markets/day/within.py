"""The largest welfare of a day within a grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Floats
from p2p.base.solve import optimum
from p2p.base.units import NANO_PER_EUR
from p2p.markets.day.programme import Market, Network
from p2p.markets.day.units import steps_of, units_of
from p2p.orders.day import DayOrders
from p2p.orders.day_limits import DayLimits


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What of a day's book makes the largest welfare; rows are those of its slots.

    energy:  [R] accepted; no whole watt-hours, since there is no price at which they would be owed [Wh]
    welfare: what buyers would have paid less what sellers would have taken [EUR]
    bound:   welfare that no choice exceeds; that found, but where the search stopped before [EUR]
    """

    energy: Floats
    welfare: float
    bound: float


def largest_welfare(day: DayOrders, limits: DayLimits | None = None, curve_steps: int = 32, nodes: int = 200_000) -> Dispatch:
    """What makes the largest welfare within the limits, whether or not there are prices at which everybody agrees.

    Each interval balances by itself. Blocks, flexible orders and steps with a minimum acceptance are taken or left. It is the
    programme that bounds the welfare of `blocks`, with a row more for each limit and period.

    Parameters
    ----------
    limits : what the grid allows; None for all.
    curve_steps : in how many equal steps a curve is cut.
    nodes : most nodes to search.

    Raises
    ------
    BookInvalid
        The book means nothing.
    InputError
        The limits are not those of the book.
    SolveFailed
        Not even without any trade all limits are kept.

    References
    ----------
    A. Alarcón Cobacho, E. Prat, D. Vázquez Pombo and S. Chatzivasileiadis, "Auction-based vs continuous clearing in local
    flexibility markets with block bids", arXiv:2110.06028 (up and down as products that balance apart and share lines).
    """
    day.check()
    limits = DayLimits.none(day) if limits is None else limits
    limits.check(day)
    energy = np.zeros(len(day.slots))
    if len(day) == 0:
        return Dispatch(energy, 0.0, 0.0)
    steps, units = steps_of(day, curve_steps), units_of(day)
    prices = np.zeros(day.intervals, np.int64)
    market = Market(day.intervals, steps, units, (prices, prices), Network(limits, day.terms.bus[day.slots.order]))
    found = optimum(market.welfare, "welfare of the day within the grid", nodes=nodes)
    accepted = found.x[market.step] * market.steps.energy
    np.add.at(energy, market.steps.slot, accepted)
    share = found.x[market.ratio][units.places.unit]
    share[market.flexed] = found.x[market.part]
    np.add.at(energy, units.places.slot, share * np.abs(units.places.energy))
    unit = market.scale.energy * market.scale.price / NANO_PER_EUR
    return Dispatch(energy, found.value * unit, found.bound * unit)
