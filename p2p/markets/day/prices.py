"""Prices of a day in whole µEUR/kWh: between the ends that the steps leave, such that no accepted unit loses."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Flags, Floats, Ints
from p2p.base.solve import Programme, optimum
from p2p.markets.day.programme import Rows
from p2p.markets.day.units import Units

LOSS, REGRET = 1e9, 1e5
"""What a µEUR/kWh that an order loses, or would have gained by another part, weighs against a µEUR/kWh of price."""


def supporting(units: Units, energy: Ints, ratio: Floats, ends: tuple[Ints, Ints], k: float) -> tuple[Ints, float]:
    """Prices k of the way from the lowest to the highest, in sum over the day, that support what is accepted.

    Parameters
    ----------
    energy : [P] accepted at each place, bought positive. [Wh]
    ratio : [U] accepted of each unit.
    ends : [T] the range that the steps of each interval leave. [µEUR/kWh]

    Returns
    -------
    price : [T] [µEUR/kWh]
    off : the most that a unit then loses, or would gain by another part, on the mean kWh. [µEUR/kWh]
    """
    first, off = _prices(units, energy, ratio, ends, -1.0 if k < 1 else 1.0)
    if not 0 < k < 1:
        return first, off
    last, _ = _prices(units, energy, ratio, ends, 1.0)
    price = np.rint(first + k * (last - first)).astype(np.int64)
    return (first, off) if losses(units, energy, price).any() else (price, off)


def losses(units: Units, energy: Ints, price: Ints) -> Ints:
    """[U] what each accepted unit loses with all that hang on it; 0 where it gains. [nEUR]"""
    places = units.places
    return np.maximum(-with_families(units, energy * (places.price - price[places.interval])), 0)


def with_families(units: Units, amount: Ints) -> Ints:
    """[U] the sum of [P] amounts over each unit and all that hang on it."""
    own = np.zeros(len(units), np.int64)
    np.add.at(own, units.places.unit, amount)
    family, above = own.copy(), units.parent.copy()
    while (above >= 0).any():
        rows = np.flatnonzero(above >= 0)
        np.add.at(family, above[rows], own[rows])
        above[rows] = units.parent[above[rows]]
    return family


def _prices(units: Units, energy: Ints, ratio: Floats, ends: tuple[Ints, Ints], way: float) -> tuple[Ints, float]:
    """[T] the lowest (way -1) or the highest (+1) prices, in whole µEUR/kWh, and by how much they fail."""
    low, high = ends
    intervals = len(low)
    traded = np.bincount(units.places.unit, np.abs(energy), len(units)) > 0
    families, partial, flexed = np.flatnonzero(traded), _at_the_margin(units, ratio, traded), np.flatnonzero(units.flexible & traded)
    slacks = len(families) + len(partial) + int(np.isin(units.places.unit, flexed).sum())
    loss = intervals + np.arange(len(families))
    regret = loss[-1] + 1 + np.arange(slacks - len(families)) if len(loss) else np.zeros(0, np.int64)
    threshold = intervals + slacks + np.arange(len(flexed))
    rows = Rows()
    _no_losses(rows, units, energy, low, families, loss)
    _no_regrets(rows, units, low, partial, regret[: len(partial)])
    _cheapest(rows, units, energy, low, flexed, threshold, regret[len(partial) :])
    columns = intervals + slacks + len(flexed)
    gain = np.zeros(columns)
    gain[:intervals], gain[loss], gain[regret] = way, -LOSS, -REGRET
    bottom, top = np.zeros(columns), np.full(columns, np.inf)
    top[:intervals] = high - low
    bottom[threshold], top[threshold] = _thresholds(units, ratio, flexed)
    whole = np.arange(columns) < intervals
    programme = Programme(gain, rows.matrix(columns), np.concatenate(rows.low), np.concatenate(rows.high), bottom, top, whole)
    x = optimum(programme, "prices of the day", nodes=1000, gap=1e-9).x
    return low + np.rint(x[:intervals]).astype(np.int64), float(x[intervals : intervals + slacks].max(initial=0.0))


def _at_the_margin(units: Units, ratio: Floats, traded: Flags) -> Ints:
    """Units that are accepted in part, and by nothing but their price."""
    held = np.zeros(len(units), bool)
    linked = np.flatnonzero(units.parent >= 0)
    held[linked] = ratio[linked] >= ratio[units.parent[linked]] - 1e-6
    full = np.bincount(units.group, ratio[units.member], int(units.group.max(initial=-1)) + 1) >= 1 - 1e-6
    held[units.member[full[units.group]]] = True
    return np.flatnonzero(traded & ~units.flexible & ~held & (ratio < 1 - 1e-6))


def _no_losses(rows: Rows, units: Units, energy: Ints, low: Ints, families: Ints, loss: Ints) -> None:
    """No accepted unit loses with all that hang on it, by its own mean price."""
    places = units.places
    row_of = np.full(len(units), -1)
    row_of[families] = np.arange(len(families))
    base = np.zeros(len(families))
    entries: list[tuple[Ints, Ints, Floats | float]] = []
    size = np.maximum(np.bincount(places.unit, np.abs(energy), len(units)), 1.0)
    head, used = places.unit.copy(), energy != 0
    while used.any():
        row, at, amount = row_of[head[used]], places.interval[used], energy[used] / size[head[used]]
        entries.append((row, at, amount))
        base += np.bincount(row, amount * (places.price[used] - low[at]), len(families))
        head[used] = units.parent[head[used]]
        used &= head >= 0
    rows.add(-np.inf, base, len(families), *entries, (np.arange(len(families)), loss, -1.0))


def _no_regrets(rows: Rows, units: Units, low: Ints, partial: Ints, regret: Ints) -> None:
    """No unit that is accepted in part would gain from more."""
    places = units.places
    row_of = np.full(len(units), -1)
    row_of[partial] = np.arange(len(partial))
    used = row_of[places.unit] >= 0
    row, at = row_of[places.unit[used]], places.interval[used]
    amount = places.energy[used] / np.bincount(places.unit, np.abs(places.energy), len(units))[places.unit[used]]
    base = np.bincount(row, amount * (places.price[used] - low[at]), len(partial)).astype(np.float64)
    rows.add(base, np.inf, len(partial), (row, at, amount), (np.arange(len(partial)), regret, 1.0))


def _thresholds(units: Units, ratio: Floats, flexed: Ints) -> tuple[Floats, Floats]:
    """[F] where the threshold of each flexible order may lie: at its limit, where it takes more than it must and less than all."""
    places = units.places
    first = np.searchsorted(places.unit, flexed)
    limit, buys = places.price[first].astype(float), places.energy[first] > 0
    more, less = ratio[flexed] > units.least[flexed] + 1e-6, ratio[flexed] < 1 - 1e-6
    low = np.where(np.where(buys, less, more), limit, -np.inf)
    return low, np.where(np.where(buys, more, less), limit, np.inf)


def _cheapest(rows: Rows, units: Units, energy: Ints, low: Ints, flexed: Ints, threshold: Ints, regret: Ints) -> None:
    """A flexible order trades where prices are best: up to its cap on the good side of a threshold, nothing on the other."""
    places = units.places
    row_of = np.full(len(units), -1)
    row_of[flexed] = np.arange(len(flexed))
    used = np.flatnonzero(row_of[places.unit] >= 0)
    sign, at = np.sign(places.energy[used]).astype(float), places.interval[used]
    some, room = energy[used] != 0, energy[used] != places.energy[used]
    column = threshold[row_of[places.unit[used]]]
    # sign * (price - threshold) is at most 0 where some is taken and at least 0 where there is room
    each = np.arange(len(used))
    base = sign * low[at]
    rows.add(-np.inf, np.where(some, -base, np.inf), len(used), (each, at, sign), (each, column, -sign), (each, regret, -1.0))
    rows.add(np.where(room, -base, -np.inf), np.inf, len(used), (each, at, sign), (each, column, -sign), (each, regret, 1.0))
