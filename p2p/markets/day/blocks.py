"""Blocks: a day's orders at one price an interval, with blocks, links, groups and deadlines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.base.errors import SolveFailed
from p2p.base.units import NANO_PER_EUR
from p2p.markets.crossing import between, crossing
from p2p.markets.day.clearing import DayClearing
from p2p.markets.day.prices import losses, supporting
from p2p.markets.day.programme import Market
from p2p.markets.day.ranges import by_interval, ends_beside, price_bounds
from p2p.markets.day.rounding import divisible, served, whole_energies
from p2p.markets.day.search import CLOSE, Found, search
from p2p.markets.day.units import Steps, Units, steps_of, units_of
from p2p.markets.parameters import in_range
from p2p.orders import NO_LIMITS, Clearing, Limits, Orders
from p2p.orders.day import DayOrders

LOT = 2.0
"""What prices fail by since they are whole. [µEUR/kWh]"""

WIDEST = 20
"""How many times wider than the range of limits the range of prices may be made."""


@dataclass(frozen=True)
class Blocks:
    """A day at one price an interval: the largest welfare in which no accepted block loses.

    Steps are served as they want at the price: whole on its right side, not at all on its wrong one, in part only at it. Blocks,
    flexible orders and steps with a minimum acceptance are taken or left; one that is taken gains nothing less than zero over the
    day. Of linked blocks, each gains together with all that hang on it, so that children may save their parent, as in the
    European day-ahead market; a loop gains as a whole. One that would have gained may be left: it is reported.

    Where many prices support what is accepted, they are k of the way from the lowest to the highest, in sum over the day.
    A book of one interval is a day of one interval: with plain steps alone the k-double auction.

    k : 0 (the buyers' best prices) to 1 (the sellers').
    curve_steps : in how many equal steps a curve is cut.
    nodes : most nodes of one search tree; small books are solved to the optimum, of large ones the gap is reported.

    References
    ----------
    M. Madani and M. Van Vyve, "Computationally efficient MIP formulation and algorithms for European day-ahead electricity market
    auctions", Eur. J. Oper. Res. 242 (2), 2015. EUPHEMIA Public Description, NEMO Committee, 2024 (linked blocks, exclusive groups,
    loop blocks, paradoxically rejected blocks).
    """

    k: float = 0.0
    curve_steps: int = 32
    nodes: int = 2000
    claims: ClassVar[frozenset[str]] = frozenset({"one_price", "budget_balanced", "efficient", "none_regrets"})

    def __post_init__(self) -> None:
        in_range("k", self.k, 0, 1)
        in_range("curve_steps", self.curve_steps, 1, 10_000)
        in_range("nodes", self.nodes, 1, 10_000_000)

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS) -> Clearing:
        """The clearing of the book of one interval."""
        accepted, ends = crossing(orders)
        return Clearing.at_one_price(orders, accepted, None if ends is None else between(ends, self.k))

    def day(self, day: DayOrders) -> DayClearing:
        """The clearing of the book of a day."""
        steps, units = steps_of(day, self.curve_steps), units_of(day)
        energy, price = np.zeros(len(day.slots), np.int64), np.zeros(day.intervals, np.int64)
        facts: dict[str, Any] = {}
        taken = np.zeros(len(units.places), np.int64)
        if len(units):
            taken, price, facts = self._with_units(day.intervals, steps, units)
        energy[units.places.slot] = np.abs(taken)
        busy = np.bincount(units.places.interval, np.abs(taken), day.intervals) > 0
        net = _net(units, taken, day.intervals)
        for interval, here in enumerate(by_interval(steps, day.intervals)):
            if busy[interval]:
                accepted, _ = served(here, int(net[interval]), int(price[interval]))
            else:
                book = Orders.of(here.side, here.energy, here.price, arrival=here.arrival)
                accepted, ends = crossing(book)
                price[interval] = price[interval] if ends is None else between(ends, self.k)
            np.add.at(energy, here.slot, accepted)
        return DayClearing(energy, price, facts | _left(day, units, energy, price))

    def _with_units(self, intervals: int, steps: Steps, units: Units) -> tuple[Ints, Ints, dict[str, Any]]:
        """[P] what units trade, bought positive [Wh]; [T] the prices [µEUR/kWh]; and how good that is."""
        narrow, wide = _price_range(steps, units)
        bought, sold = (np.bincount(units.places.interval, np.maximum(way * units.places.energy, 0), intervals) for way in (1, -1))
        market = Market(intervals, steps, units, price_bounds(steps, bought.astype(np.int64), sold.astype(np.int64), *wide))
        here = by_interval(steps, intervals)
        banned = np.zeros(0, np.int64)
        for _ in range(len(units) + 1):
            found = search(market, banned, self.nodes)
            ratio, part = found.x[market.ratio], found.x[market.part]
            energy = whole_energies(units, ratio, part, found.x[market.price] * market.scale.price)
            cut = divisible(units, ratio, part)
            price, off = supporting(units, energy, ratio, _ends(here, units, energy, cut, narrow), self.k)
            if off > LOT:  # a profile may need a price beyond all limits: its limit is a mean
                price, off = supporting(units, energy, ratio, _ends(here, units, energy, cut, wide), self.k)
            net = _net(units, energy, intervals)
            over = np.array([served(mine, int(net[at]), int(price[at]))[1] for at, mine in enumerate(here)], np.int64)
            wrong = (over[units.places.interval] != 0) & (cut > 0)
            if not over.any():
                return energy, price, _facts(market, units, energy, price, found)
            banned = np.union1d(banned, units.places.unit[wrong])
        raise SolveFailed("a day of blocks: no whole watt-hours balance")


def _price_range(steps: Steps, units: Units) -> tuple[tuple[int, int], tuple[int, int]]:
    """From the least to the most of all limits, and as far as a profile can make a price go: as often wider as it is larger than its
    smallest interval. [µEUR/kWh]"""
    limits = np.concatenate((steps.price, units.places.price))
    least, most = int(limits.min()), int(limits.max())
    size = np.bincount(units.places.unit, np.abs(units.places.energy), len(units))[units.places.unit]
    times = int(min(np.max(size / np.abs(units.places.energy)) - 1, WIDEST))
    further = times * (most - least)
    return (least, most), (least - further, most + further)


def _ends(steps: list[Steps], units: Units, energy: Ints, cut: Ints, bounds: tuple[int, int]) -> tuple[Ints, Ints]:
    """[T] the ends that steps leave to the prices; where parts of units were rounded, as if by a watt-hour either way."""
    intervals = len(steps)
    net, doubt = _net(units, energy, intervals), np.bincount(units.places.interval, cut, intervals)
    low, high = np.zeros((2, intervals), np.int64)
    for at, here in enumerate(steps):
        low[at] = ends_beside(here, int(net[at] - doubt[at]), *bounds)[0]
        high[at] = ends_beside(here, int(net[at] + doubt[at]), *bounds)[1]
    return low, high


def _net(units: Units, energy: Ints, intervals: int) -> Ints:
    net = np.zeros(intervals, np.int64)
    np.add.at(net, units.places.interval, energy)
    return net


def _facts(market: Market, units: Units, energy: Ints, price: Ints, found: Found) -> dict[str, Any]:
    gap = (found.bound - found.value) / max(abs(found.bound), 1e-12)
    unit = market.scale.energy * market.scale.price / NANO_PER_EUR
    return {
        "welfare bound [EUR]": found.bound * unit,
        "gap": gap if gap > CLOSE else 0.0,
        "largest loss by rounding [EUR]": float(losses(units, energy, price).max(initial=0)) / NANO_PER_EUR,
    }


def _left(day: DayOrders, units: Units, energy: Ints, price: Ints) -> dict[str, Any]:
    """Orders that were left although they would have gained at the prices, alone or with their loop."""
    gains = rejected_gains(day, units, energy, price)
    return {
        "paradoxically rejected": [
            {"order": int(row), "surplus [EUR]": float(gains[row]) / NANO_PER_EUR} for row in np.flatnonzero(gains > 0)
        ]
    }


def rejected_gains(day: DayOrders, units: Units, energy: Ints, price: Ints) -> Floats:
    """[O] what each unit's order that was left could have gained at the prices, where neither a link nor a group held it; else 0. [nEUR]"""
    places, count = units.places, len(units)
    gain = places.energy * (places.price - price[places.interval]) * 1.0
    best = np.bincount(places.unit, gain, count)
    for unit in np.flatnonzero(units.flexible):
        best[unit] = _best_of(places.take(places.unit == unit).energy, gain[places.unit == unit], int(units.energy[unit]))
    got = np.bincount(places.unit, np.abs(energy[places.slot]), count) > 0
    held = np.zeros(count, bool)
    linked = np.flatnonzero(units.parent >= 0)
    held[linked] = ~got[units.parent[linked]]
    taken = np.bincount(units.group, got[units.member], int(units.group.max(initial=-1)) + 1) > 0
    held[units.member[taken[units.group]]] = True
    best = np.where(got | held, 0.0, np.maximum(best, 0.0))
    return np.where(units.of_order >= 0, np.append(best, 0.0)[units.of_order], 0.0)


def _best_of(cap: Ints, gain: Floats, need: int) -> float:
    """The most that a flexible order gains: its need in the best intervals."""
    order = np.argsort(-gain / np.abs(cap), kind="stable")
    ends = np.minimum(np.cumsum(np.abs(cap[order])), need)
    return float(np.sum(np.diff(ends, prepend=0) / np.abs(cap[order]) * gain[order]))
