"""Copper for a target: which branches must be doubled or replaced so that the grid carries it, and what each costs a year."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.base.errors import Fault, InputError
from p2p.grid import Grid
from p2p.scenario import Scenario
from p2p.studies.hosting.case import Case, Flows, Placements, blocks, excess, keeps
from p2p.studies.hosting.costs import CopperPrices
from p2p.studies.hosting.passive import check_chances, drawn
from p2p.studies.hosting.situations import situations

SIZES_KVA = (100.0, 160.0, 250.0, 400.0, 630.0, 1_000.0, 1_600.0, 2_500.0)
"""Transformers by which one is replaced: every second preferred number of the series R10 (ISO 3), as rated powers are by IEC 60076-1."""

MOST_STEPS = 400
"""Measures after which it is given up."""


@dataclass(frozen=True)
class Measure:
    """What is done at a branch, and what it costs.

    what : in words
    capital : [EUR]; None where the source gives no length
    a_year : its annuity [EUR/year]
    """

    branch: str
    what: str
    capital: float | None
    a_year: float | None


@dataclass(frozen=True)
class Copper:
    """The measures for a target share of homes.

    share : the target [%]
    held_before, held : share of placements in which every bound holds, as the grid is and with the measures
    measures : one a branch
    """

    share: float
    held_before: float
    held: float
    measures: tuple[Measure, ...]

    @property
    def a_year(self) -> float | None:
        """Annuity of all measures; None where one has no price. [EUR/year]"""
        return _sum([measure.a_year for measure in self.measures])

    @property
    def capital(self) -> float | None:
        """Price of all measures; None where one has none. [EUR]"""
        return _sum([measure.capital for measure in self.measures])


def _sum(amounts: list[float | None]) -> float | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None


def reinforcement(
    scenario: Scenario | None = None,
    technology: str = "pv",
    share: float = 1.0,
    *,
    placements: int = 200,
    alpha: float = 0.05,
    prices: CopperPrices | None = None,
    hours: int = 192,
    folder: Path | None = None,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Copper:
    """Copper so that a share of homes may have a device, in 1 - alpha of placements at least.

    Parameters
    ----------
    share : of the homes that may own one.
    prices : of copper.

    Others as in `passive`; what is done as in `reinforced`.

    Raises
    ------
    InputError
        The scenario is wrong, or a parameter.
    """
    check_chances(placements, alpha, 0.95)
    if not 0 < share <= 1:
        raise InputError(Fault("share", f"{share:g}", "above 0 to 1"))
    found = situations(scenario or Scenario(), technology, hours, folder)
    count = round(share * len(found.case.bus))
    return reinforced(found.case, drawn(found, placements), count, alpha, prices or CopperPrices(), tell)


def reinforced(
    case: Case,
    placed: Placements,
    count: int,
    alpha: float,
    prices: CopperPrices,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Copper:
    """Copper, step by step, until `count` homes may have a device in 1 - alpha of the placements at least.

    A step looks at the placements that break a bound. If more of them overload a branch than have a voltage out of the band, the
    branch that is overloaded most gets a parallel line of its own type, or the next size of transformer. If not, the same is done
    to the branch with the largest difference of voltage on the way from the source to the worst bus. At the end, what the grid holds without is taken
    back, so no measure is in vain; still a good set of measures, not always the cheapest. It ends early where copper is no help, as when the source itself is out of the band.
    """
    built = Built.none(case.grid)
    held, problem = _looked_at(case, placed, count)
    before = held
    for step in range(MOST_STEPS):
        tell(step, 0)
        if held >= 1 - alpha - 1e-9:
            break
        row = problem.branch()
        if row is None:
            break
        built = built.more_at(row)
        held, problem = _looked_at(case.on(built.grid), placed, count)
    if before < held and held >= 1 - alpha - 1e-9:
        for row in built.rows[::-1]:
            less = built.without(int(row))
            kept, _ = _looked_at(case.on(less.grid), placed, count)
            built, held = (less, kept) if kept >= 1 - alpha - 1e-9 else (built, held)
    return Copper(100 * count / len(case.bus), before, held, built.measures(prices))


@dataclass(frozen=True)
class Problem:
    """What is wrong in the placements that break a bound.

    loading: whether more of them overload a branch than have a voltage out of the band
    over: [L] how far each branch is over its rating, summed over them
    way: branches between the source and the bus whose voltage is furthest out of the band; none if that is the source
    difference: [L] of voltage over each branch, where that is [p.u.]
    """

    loading: bool
    over: Floats
    way: Ints
    difference: Floats

    def branch(self) -> int | None:
        """Where copper helps; None where it does not."""
        if self.over.any() and (self.loading or not len(self.way)):
            return int(self.over.argmax())
        return int(self.way[self.difference[self.way].argmax()]) if len(self.way) else None


@dataclass(frozen=True)
class Built:
    """A grid and how it grew.

    old: as it was
    lines: [L] parallel lines of each branch, 1 as it was
    size: [L] transformer rating [kVA]
    """

    old: Grid
    lines: Ints
    size: Floats

    @classmethod
    def none(cls, grid: Grid) -> Built:
        """The grid as it is."""
        return cls(grid, np.ones(len(grid.branches), np.int64), grid.branches.rating_kva.copy())

    def more_at(self, row: int) -> Built:
        """The next larger transformer, or one more parallel line; a transformer beyond all sizes gets a second one."""
        lines, size = self.lines.copy(), self.size.copy()
        larger = [rated for rated in SIZES_KVA if rated > size[row] * (1 + 1e-9)]
        if self.old.branches.kind[row] == "transformer" and larger and size[row] > 0:
            size[row] = larger[0]
        else:
            lines[row] += 1
        return Built(self.old, lines, size)

    @property
    def grid(self) -> Grid:
        """The grid as built: admittances and ratings grow alike, a transformer keeps its per-unit impedance on its own rating."""
        branches = self.old.branches
        grown = self.lines * np.where(branches.rating_kva > 0, self.size / np.maximum(branches.rating_kva, 1e-12), 1.0)
        larger = {name: getattr(branches, name) * grown for name in ("g_from", "b_from", "g_to", "b_to", "rating_kva")}
        return replace(self.old, branches=branches.replace(r=branches.r / grown, x=branches.x / grown, **larger))

    def without(self, row: int) -> Built:
        """The same, but for one branch, which is as it was."""
        lines, size = self.lines.copy(), self.size.copy()
        lines[row], size[row] = 1, self.old.branches.rating_kva[row]
        return Built(self.old, lines, size)

    @property
    def rows(self) -> Ints:
        """Branches where something was done."""
        return np.flatnonzero((self.lines > 1) | (self.size != self.old.branches.rating_kva))

    def measures(self, prices: CopperPrices) -> tuple[Measure, ...]:
        """What was done, by branch."""
        return tuple(self._measure(int(row), prices) for row in self.rows)

    def _measure(self, row: int, prices: CopperPrices) -> Measure:
        branches, more = self.old.branches, int(self.lines[row]) - 1
        low = self.old.buses.kv[branches.to_bus[row]] < 1
        if branches.kind[row] == "transformer":
            what = f"{branches.rating_kva[row]:,.0f} to {self.size[row]:,.0f} kVA" + (f", and {more} more beside it" if more else "")
            bought = more + bool(self.size[row] > branches.rating_kva[row])
            capital: float | None = bought * (prices.low_transformer if low else prices.medium_transformer)
        else:
            km = float(branches.km[row])
            what = f"{more} x {km:.3f} km beside it" if km > 0 else f"{more} more beside it"
            capital = more * km * (prices.low_km if low else prices.medium_km) if km > 0 else None
        return Measure(str(branches.name[row]), what, capital, None if capital is None else prices.a_year(capital))


def _looked_at(case: Case, placed: Placements, count: int) -> tuple[float, Problem]:
    """Share of placements that hold, and what is wrong in the others."""
    branches, buses, high = len(case.grid.branches), len(case.grid.buses), 0.0
    failing, by_kind, over, deepest = 0, np.zeros(2, np.int64), np.zeros(branches), (case.grid.slack, np.zeros(branches))
    for rows in blocks(case, len(placed)):
        part = placed.take(rows)
        flow = Flows(case, part).of(np.full(len(part), count))
        broken = ~keeps(flow, case.bounds).reshape(len(part), -1).all(axis=1)
        failing += int(broken.sum())
        if not broken.any():
            continue
        beyond = np.where(flow.converged[:, None], excess(flow, case.bounds), 0.0)
        worst = beyond.reshape(len(part), -1, buses + branches)[broken].max(axis=1)
        by_kind += [int((one > 0).any(axis=1).sum()) for one in (worst[:, :buses], worst[:, buses:])]
        over += np.maximum(worst[:, buses:], 0.0).sum(axis=0)
        at, bus = np.unravel_index(beyond[:, :buses].argmax(), (len(beyond), buses))
        if beyond[at, bus] > high:
            high, deepest = float(beyond[at, bus]), (int(bus), _difference(case.grid, flow.voltage[at]))
    return 1 - failing / len(placed), Problem(bool(by_kind[1] >= by_kind[0]), over, way(case.grid, deepest[0]), deepest[1])


def _difference(grid: Grid, voltage: Floats) -> Floats:
    """[L] difference of voltage over the impedance of each branch. [p.u.]"""
    branches = grid.branches
    return np.abs(voltage[branches.from_bus] / branches.tap - voltage[branches.to_bus])


def way(grid: Grid, bus: int) -> Ints:
    """Rows of the branches from a bus to the source, over as few as there are."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order

    ends, count = (grid.branches.from_bus, grid.branches.to_bus), len(grid.buses)
    joined = coo_array((np.ones(len(ends[0])), ends), shape=(count, count)).tocsr()
    _, before = breadth_first_order(joined, grid.slack, directed=False)
    between = {frozenset(pair): row for row, pair in enumerate(zip(*(end.tolist() for end in ends), strict=True))}
    rows = []
    while bus != grid.slack:
        rows.append(between[frozenset((bus, int(before[bus])))])
        bus = int(before[bus])
    return np.array(rows, np.int64)
