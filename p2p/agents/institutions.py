"""The institutions: market operator, DSO, TSO, retailer, aggregators."""

from __future__ import annotations

from collections.abc import Callable

import mesa
import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.flexibility import Seen, seen
from p2p.grid import Grid
from p2p.markets import Mechanism, clear
from p2p.operators.dso import Bounds, Contracts, GiveUps, Outcome, Publishes, Regime, Usage
from p2p.operators.national import National
from p2p.orders import ALONE, Clearing, Orders, Surroundings
from p2p.regulation import Tariff


class MarketOperator(mesa.Agent):  # type: ignore[misc]
    """Closes the gate and clears the book."""

    def __init__(self, model: mesa.Model, mechanism: Mechanism) -> None:
        super().__init__(model)
        self.mechanism = mechanism

    def clear(self, book: Orders, around: Surroundings = ALONE) -> Clearing:
        """The clearing of a frozen book, its laws checked."""
        return clear(book, self.mechanism, around=around)


class Aggregator(mesa.Agent):  # type: ignore[misc]
    """Bids for its pool, is bound by what it bids, and settles with its members; how, is in `p2p.agents.pools`.

    number : of the aggregator, from 0.
    """

    def __init__(self, model: mesa.Model, name: str, number: int) -> None:
        super().__init__(model)
        self.name = name
        self.number = number

    @property
    def members(self) -> Ints:
        """[n] the homes in its pool now."""
        return np.flatnonzero(self.model.members.aggregator == self.number)

    def sees(self, values: Floats, level: str, group: int = 1) -> Seen:
        """A quantity of its members, as far as their contracts show it.

        values : [N] of all homes. level : in `PRIVACY`, what it takes to see it. group : fewest homes in a sum that is released.
        """
        own = self.model.members.contracts
        return seen(own.take(own.aggregator == self.number), values, level, self.number + 1, group)


class Dso(mesa.Agent):  # type: ignore[misc]
    """Runs the grid: judges every interval by AC power flow, and does what its regime does when that does not hold.

    publishes, contracts : the regime, if it publishes envelopes, and if its contracts say what may be taken back.
    """

    def __init__(self, model: mesa.Model, grid: Grid, regime: Regime, bounds: Bounds) -> None:
        super().__init__(model)
        self.grid, self.regime, self.bounds = grid, regime, bounds
        self.publishes = regime if isinstance(regime, Publishes) else None
        self.contracts = regime if isinstance(regime, Contracts) else None

    def deliver(self, usage: Usage, give_ups: Callable[[], GiveUps]) -> Outcome:
        """What is delivered of what homes would draw and feed in."""
        return self.regime(self.grid, usage, self.bounds, give_ups)


class Tso(mesa.Agent):  # type: ignore[misc]
    """The national side: publishes the day-ahead price and its need, and settles imbalance."""

    def __init__(self, model: mesa.Model, national: National) -> None:
        super().__init__(model)
        self.national = national

    def need(self, interval: int) -> float:
        """What the system lacks, > 0 upward. [MW]"""
        return float(self.national.need[interval])


class Retailer(mesa.Agent):  # type: ignore[misc]
    """Supplies what homes do not trade, at its tariff, and is balance responsible for all of them.

    dearest, cheapest : [T] the dearest kWh drawn and the cheapest fed in, of the hours whose prices are published.
    """

    def __init__(self, model: mesa.Model, tariff: Tariff, dearest: Ints, cheapest: Ints) -> None:
        super().__init__(model)
        self.tariff, self.dearest, self.cheapest = tariff, dearest, cheapest
        self.retail, self.local_fees = tariff.retail, tariff.local_fees
