"""Which blocks to take: the largest welfare for which there are prices at which none of them loses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.base.errors import SolveFailed
from p2p.base.solve import Solution, optimum
from p2p.markets.day.programme import Market

SMALL = 48
"""Up to so many choices prices and choices are solved in one programme; beyond, it takes too long."""

AGAIN = 24
"""How many orders that were dropped on the way are tried again."""

CLOSE = 1e-6
"""What counts as nothing lost, as a share of the welfare."""


@dataclass(frozen=True)
class Found:
    """The best choice that was found.

    x: [n] all columns of `Market.priced`
    value, bound: its welfare, and that which no choice exceeds [in the market's scale]
    """

    x: Floats
    value: float
    bound: float


def search(market: Market, banned: Ints, nodes: int) -> Found:
    """The best choice.

    First without regard to prices, which bounds the welfare. Where somebody loses at every price, the worst loser is dropped,
    until nobody does; those that were dropped are then tried again. Where there are few choices, the programme that has choices
    and prices in one then searches from there, to the optimum or as many nodes as it may.

    Parameters
    ----------
    banned : units that may not be taken.
    nodes : most nodes of one search tree.
    """
    welfare = market.without(market.welfare, banned)
    first = optimum(welfare, "welfare of the day", nodes=nodes)
    bound = first.bound
    found, dropped = _repaired(market, first, banned, nodes)
    if found.value >= bound - CLOSE * max(1.0, abs(bound)):
        return Found(found.x, found.value, bound)
    found = _brought_back(market, found, dropped)
    if int(market.units.chosen.sum()) <= SMALL:
        priced = market.without(market.priced, banned)
        best = optimum(priced, "welfare of the day with prices", start=found.x, nodes=nodes)
        if best.value > found.value:
            found = _supported(market, _taken(market, best.x)) or found
        bound = min(bound, best.bound)
    return Found(found.x, found.value, max(bound, found.value))


def _repaired(market: Market, first: Solution, banned: Ints, nodes: int) -> tuple[Found, Ints]:
    """A choice in which nobody loses, and the units that were dropped on the way."""
    dropped = np.zeros(0, np.int64)
    taken = _taken(market, first.x)
    for turn in range(len(market.units) + 1):
        losses = optimum(market.with_losses(taken), "losses of blocks")
        lost = losses.x[market.loss]
        worst = float(lost.max(initial=0.0))
        if worst <= CLOSE * max(1.0, abs(first.value)):
            break
        together = np.flatnonzero(lost >= worst * (1.0 if turn < 4 else 0.5 if turn < 8 else 1e-9))
        dropped = np.concatenate((dropped, together))
        left = market.without(market.welfare, np.concatenate((banned, dropped)))
        taken = _taken(market, optimum(left, "welfare of the day", nodes=max(nodes // 100, 1), gap=1e-5).x)
    return Found(losses.x, _welfare(market, losses.x), np.inf), dropped


def _brought_back(market: Market, found: Found, dropped: Ints) -> Found:
    """The choice with as many of the dropped units as it bears."""
    for unit in dropped[:AGAIN]:
        taken = _taken(market, found.x)
        parent = market.units.parent[unit]
        if taken[unit] or (parent >= 0 and not taken[parent]):
            continue
        taken[unit] = 1.0
        better = _supported(market, taken)
        if better is not None and better.value > found.value:
            found = better
    return found


def _supported(market: Market, taken: Floats) -> Found | None:
    """The choice with its prices; None where it can't be balanced or somebody loses."""
    try:
        losses = optimum(market.with_losses(taken), "losses of blocks")
    except SolveFailed:
        return None
    value = _welfare(market, losses.x)
    return Found(losses.x, value, np.inf) if losses.value >= -CLOSE * max(1.0, abs(value)) else None


def _taken(market: Market, x: Floats) -> Floats:
    """[U] what is chosen, 0 or 1; what is chosen for a ratio of nothing is not."""
    least = market.units.least
    return np.where((least > 0) & (x[market.ratio] < least / 2), 0.0, np.rint(x[market.choice]))


def _welfare(market: Market, x: Floats) -> float:
    return float(market.worth @ x[: market.welfare_columns])
