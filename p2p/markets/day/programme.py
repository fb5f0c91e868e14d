"""The welfare of a day as a programme, alone and together with the prices that support it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Floats, Indices, Ints
from p2p.base.solve import Programme
from p2p.base.units import WH_PER_KWH
from p2p.markets.day.units import Steps, Units
from p2p.orders.day_limits import DayLimits

if TYPE_CHECKING:
    from scipy.sparse import coo_array


@dataclass(frozen=True)
class Scale:
    """What a programme counts in, so that its numbers are near one. [Wh], [µEUR/kWh]"""

    energy: float
    price: float


@dataclass(frozen=True)
class Network:
    """What a grid allows, and where orders stand in it; bus: [R] of each slot of the book."""

    limits: DayLimits
    bus: Indices


class Rows:
    """Rows of a programme, gathered block by block."""

    def __init__(self) -> None:
        self.entries: list[tuple[Ints, Ints, Floats]] = []
        self.low: list[Floats] = []
        self.high: list[Floats] = []
        self.count = 0

    def add(self, low: Floats | float, high: Floats | float, rows: int, *entries: tuple[Ints, Ints, Floats | float]) -> None:
        """Add so many rows; each entry is (row from 0, column, coefficient)."""
        self.low.append(np.broadcast_to(np.asarray(low, np.float64), rows))
        self.high.append(np.broadcast_to(np.asarray(high, np.float64), rows))
        for row, column, value in entries:
            row, column, values = np.broadcast_arrays(row, column, np.asarray(value, np.float64))
            self.entries.append((row.ravel() + self.count, column.ravel(), values.ravel()))
        self.count += rows

    def matrix(self, columns: int) -> coo_array:
        """[m, n]"""
        from scipy.sparse import coo_array

        row, column, value = (np.concatenate([entry[place] for entry in self.entries]) for place in range(3))
        return coo_array((value, (row, column)), (self.count, columns))


class Market:
    """A day's steps and units, and where they stand in the programmes.

    Columns of the welfare programme: steps, ratios of units, choices of units, parts of flexible orders. Those of prices follow:
    prices, surplus of steps, surplus of units, what children give to parents, worth of a place in each group, worth of each cap of a
    flexible order, cost of each one's minimum, and losses of units, which are zero but where they are looked for.

    References
    ----------
    M. Madani and M. Van Vyve, "Computationally efficient MIP formulation and algorithms for European day-ahead electricity market
    auctions", Eur. J. Oper. Res. 242 (2), 2015: optimal steps and supporting prices by strong duality, with large constants on the
    surplus of rejected blocks alone (section 3).
    """

    def __init__(self, intervals: int, steps: Steps, units: Units, bounds: tuple[Ints, Ints], network: Network | None = None) -> None:
        self.intervals, self.steps, self.units, self.network = intervals, steps if network else _joined(steps), units, network
        energies = np.concatenate((self.steps.energy, np.abs(units.places.energy)))
        low, high = bounds
        widest = max(float(np.abs(low).max(initial=0)), float(np.abs(high).max(initial=0)), 1.0)
        self.scale = Scale(float(np.median(energies)) if len(energies) else 1.0, widest / 100)
        self.low, self.high = low / self.scale.price, high / self.scale.price
        self.flexed = np.flatnonzero(units.flexible[units.places.unit])
        self.fixed = np.flatnonzero(~units.flexible[units.places.unit])
        self.children = np.flatnonzero(units.parent >= 0)
        self.groups = int(units.group.max(initial=-1)) + 1
        counts = [len(self.steps), len(units), len(units), len(self.flexed), intervals, len(self.steps), len(units), len(self.children)]
        counts += [self.groups, len(self.flexed), len(units), len(units)]
        ends = np.cumsum([0, *counts])
        spans = [np.arange(first, last) for first, last in pairwise(ends)]
        self.step, self.ratio, self.choice, self.part, self.price, self.step_gain, self.gain, self.given = spans[:8]
        self.place_worth, self.cap_worth, self.least_cost, self.loss = spans[8:]
        self.welfare_columns, self.all_columns = int(ends[4]), int(ends[-1])

    @cached_property
    def place_energy(self) -> Floats:
        """[P] in the scale."""
        return self.units.places.energy / self.scale.energy

    @cached_property
    def place_worth_to_all(self) -> Floats:
        """[P] what a place's energy is worth, bought, or costs, sold."""
        return self.place_energy * (self.units.places.price / self.scale.price)

    @cached_property
    def worth(self) -> Floats:
        """[n] welfare of each column of the welfare programme."""
        worth = np.zeros(self.welfare_columns)
        steps, units = self.steps, self.units
        worth[self.step] = steps.side * (steps.energy / self.scale.energy) * (steps.price / self.scale.price)
        worth[self.ratio] = np.bincount(units.places.unit[self.fixed], self.place_worth_to_all[self.fixed], len(units))
        worth[self.part] = self.place_worth_to_all[self.flexed]
        return worth

    @cached_property
    def welfare(self) -> Programme:
        """The largest welfare, whatever prices say."""
        rows = self._primal()
        return self._programme(rows, self.worth)

    @cached_property
    def priced(self) -> Programme:
        """The largest welfare for which there are prices at which every step is served as it wants and no unit loses."""
        rows, _ = self._with_prices
        gain = np.zeros(self.all_columns)
        gain[: self.welfare_columns] = self.worth
        return self._programme(rows, gain)

    def with_choice(self, taken: Floats) -> Programme:
        """The programme with every choice made: a linear one, in which prices are free."""
        low, high, row_low = self.priced.low.copy(), self.priced.high.copy(), self.priced.row_low.copy()
        low[self.choice] = high[self.choice] = taken
        low[self.price], high[self.price] = -np.inf, np.inf
        rows, units = self._rows_of_units
        row_low[rows[taken[units] == 0]] = -np.inf
        return replace(self.priced, low=low, high=high, row_low=row_low, whole=None)

    def with_losses(self, taken: Floats) -> Programme:
        """The least sum of losses of units, with every choice made."""
        programme = self.with_choice(taken)
        high, gain = programme.high.copy(), np.zeros(self.all_columns)
        high[self.loss] = np.where(self.units.chosen & (taken > 0), np.inf, 0.0)
        gain[self.loss] = -1.0
        return replace(programme, high=high, gain=gain)

    def without(self, programme: Programme, units: Ints) -> Programme:
        """The programme with some units left out."""
        low, high = programme.low.copy(), programme.high.copy()
        low[self.choice[units]] = high[self.choice[units]] = 0.0
        return replace(programme, low=low, high=high)

    def _programme(self, rows: Rows, gain: Floats) -> Programme:
        columns = len(gain)
        low, high = np.zeros(columns), np.full(columns, np.inf)
        high[: self.welfare_columns] = 1.0
        low[self.choice] = np.where(self.units.chosen, 0.0, 1.0)
        whole = np.zeros(columns, bool)
        whole[self.choice] = self.units.chosen
        if columns > self.welfare_columns:
            low[self.price], high[self.price] = self.low, self.high
            high[self.loss] = 0.0
        return Programme(gain, rows.matrix(columns), np.concatenate(rows.low), np.concatenate(rows.high), low, high, whole)

    def _primal(self) -> Rows:
        """Balance, least ratios, links, groups, and the needs of flexible orders."""
        rows, steps, units, places = Rows(), self.steps, self.units, self.units.places
        every = np.arange(len(units))
        rows.add(
            0.0, 0.0, self.intervals,
            (steps.interval, self.step, steps.side * (steps.energy / self.scale.energy)),
            (places.interval[self.fixed], self.ratio[places.unit[self.fixed]], self.place_energy[self.fixed]),
            (places.interval[self.flexed], self.part, self.place_energy[self.flexed]),
        )  # fmt: skip
        rows.add(0.0, np.inf, len(units), (every, self.ratio, 1.0), (every, self.choice, -units.least))
        rows.add(-np.inf, 0.0, len(units), (every, self.ratio, 1.0), (every, self.choice, -1.0))
        linked = np.arange(len(self.children))
        for column in (self.ratio, self.choice):
            rows.add(-np.inf, 0.0, len(linked), (linked, column[self.children], 1.0), (linked, column[units.parent[self.children]], -1.0))
        rows.add(-np.inf, 1.0, self.groups, (units.group, self.ratio[units.member], 1.0))
        needs = np.flatnonzero(units.flexible)
        need = np.searchsorted(needs, places.unit[self.flexed])
        share = np.abs(places.energy[self.flexed]) / units.energy[places.unit[self.flexed]]
        rows.add(0.0, 0.0, len(needs), (need, self.part, share), (np.arange(len(needs)), self.ratio[needs], -1.0))
        if self.network is not None:
            self._within(self.network, rows)
        return rows

    def _within(self, network: Network, rows: Rows) -> None:
        """What is withdrawn in each period keeps the limits; prices that support that would be by bus."""
        limits, steps, places = network.limits, self.steps, self.units.places
        periods, each = limits.headroom.shape

        def moved(slot: Ints, interval: Ints, column: Ints, energy: Floats) -> tuple[Ints, Ints, Floats]:
            row = limits.period[interval] * each + np.arange(each)[:, None]
            return row, column, limits.matrix[:, network.bus[slot]] * (limits.way[interval] * energy)

        fixed, flexed = places.take(self.fixed), places.take(self.flexed)
        rows.add(
            -np.inf, limits.headroom.ravel() * (WH_PER_KWH / self.scale.energy), periods * each,
            moved(steps.slot, steps.interval, self.step, steps.side * (steps.energy / self.scale.energy)),
            moved(fixed.slot, fixed.interval, self.ratio[fixed.unit], self.place_energy[self.fixed]),
            moved(flexed.slot, flexed.interval, self.part, self.place_energy[self.flexed]),
        )  # fmt: skip

    @cached_property
    def _with_prices(self) -> tuple[Rows, tuple[Ints, Ints]]:
        rows = self._primal()
        return rows, self._dual(rows)

    @property
    def _rows_of_units(self) -> tuple[Ints, Ints]:
        """Rows that say that an accepted unit gains by no other part, and whose they are."""
        return self._with_prices[1]

    def _dual(self, rows: Rows) -> tuple[Ints, Ints]:
        """Prices support what is chosen: no step or accepted unit gains by another part, and all gains together are the welfare."""
        steps, units, places = self.steps, self.units, self.units.places
        amount = steps.side * (steps.energy / self.scale.energy)
        each = np.arange(len(steps))
        rows.add(self.worth[self.step], np.inf, len(steps), (each, self.step_gain, 1.0), (each, self.price[steps.interval], amount))
        blocks = np.flatnonzero(~units.flexible)
        place = np.full(len(units), -1)
        place[blocks] = np.arange(len(blocks))
        most = self._most_surplus()
        gained = np.bincount(places.unit[self.fixed], most[self.fixed], len(units))
        slack = np.where(units.chosen, np.maximum(gained, 0.0), 0.0)[blocks]
        child, grouped = self.children, ~units.flexible[units.member]
        first = rows.count
        rows.add(
            self.worth[self.ratio[blocks]] - slack, np.inf, len(blocks),
            (place[blocks], self.gain[blocks], 1.0), (place[blocks], self.loss[blocks], -1.0), (place[blocks], self.choice[blocks], -slack),
            (place[child], self.given, 1.0), (place[units.parent[child]], self.given, -1.0),
            (place[units.member[grouped]], self.place_worth[units.group[grouped]], 1.0),
            (place[places.unit[self.fixed]], self.price[places.interval[self.fixed]], self.place_energy[self.fixed]),
        )  # fmt: skip
        owner = places.unit[self.flexed]
        share = np.abs(places.energy[self.flexed]) / np.maximum(units.energy[owner], 1)
        slack = np.where(units.chosen[owner], np.maximum(most[self.flexed], 0.0), 0.0)
        each = np.arange(len(self.flexed))
        rows.add(
            self.place_worth_to_all[self.flexed] - slack, np.inf, len(each),
            (each, self.cap_worth, 1.0), (each, self.gain[owner], share), (each, self.least_cost[owner], -share),
            (each, self.choice[owner], -slack), (each, self.price[places.interval[self.flexed]], self.place_energy[self.flexed]),
        )  # fmt: skip
        needs = np.flatnonzero(units.flexible)
        each, need = np.arange(len(needs)), np.searchsorted(needs, owner)
        rows.add(
            0.0, np.inf, len(needs),
            (each, self.gain[needs], 1.0), (need, self.cap_worth, 1.0), (each, self.least_cost[needs], -units.least[needs]),
            (each, self.loss[needs], 1.0),
        )  # fmt: skip
        zero = np.zeros(1, np.int64)
        rows.add(
            0.0, np.inf, 1,
            (zero, np.arange(self.welfare_columns), self.worth), (zero, self.step_gain, -1.0), (zero, self.gain, -1.0),
            (zero, self.loss[blocks], 1.0), (zero, self.place_worth, -1.0), (zero, self.cap_worth, -1.0),
            (zero, self.least_cost[needs], units.least[needs]),
        )  # fmt: skip
        return first + np.arange(len(blocks) + len(owner)), np.concatenate((blocks, owner))

    def _most_surplus(self) -> Floats:
        """[P] the most that each place's unit could gain there, over all prices."""
        at, energy = self.units.places.interval, self.place_energy
        return self.place_worth_to_all - np.minimum(energy * self.low[at], energy * self.high[at])


def _joined(steps: Steps) -> Steps:
    """Steps of one interval, side and price as one."""
    if len(steps) == 0:
        return steps
    key = np.stack((steps.interval, steps.side.astype(np.int64), steps.price))
    _, first, group = np.unique(key, axis=1, return_index=True, return_inverse=True)
    together = steps.take(first)
    return together.replace(energy=np.bincount(group.ravel(), steps.energy, len(first)).astype(np.int64))
