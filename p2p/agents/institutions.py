"""The institutions: market operator, DSO, TSO, retailer, aggregators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import mesa
import numpy as np

from p2p.agents.fees import charged
from p2p.base.columns import Floats, Ints
from p2p.flexibility import Seen, seen
from p2p.grid import Areas, Grid
from p2p.markets import Mechanism, clear
from p2p.markets.areas import check_areas, clear_by_area, prices_by_area
from p2p.operators.dso import (
    Ahead,
    Bounds,
    Cleared,
    Contracts,
    Encloses,
    GiveUps,
    Islands,
    Market,
    Notice,
    Outcome,
    Place,
    Regime,
    RegulatedGrid,
    Separated,
    TapControl,
    Usage,
    publishes,
)
from p2p.operators.national import National
from p2p.orders import ALONE, NO_LIMITS, Clearing, Limits, Orders, Surroundings, Trades
from p2p.regulation import Tariff
from p2p.settlement import Delivery


class MarketOperator(mesa.Agent):  # type: ignore[misc]
    """Closes the gate and clears the book; that of each area by itself, where there are several."""

    def __init__(self, model: mesa.Model, mechanism: Mechanism, areas: Areas | None = None) -> None:
        super().__init__(model)
        self.mechanism, self.areas = mechanism, areas

    def clear(self, book: Orders, around: Surroundings = ALONE, limits: Limits = NO_LIMITS) -> Clearing:
        """The clearing of a frozen book, its laws checked."""
        if around.area is None:
            return clear(book, self.mechanism, limits, around)
        if not limits.bind:
            return clear_by_area(book, self.mechanism, around.area, around)
        shared = replace(limits, area=around.area.astype(np.int32))  # what binds above the feeders binds all of them
        clearing = clear(book, self.mechanism, shared, replace(around, area=None))
        check_areas(book, clearing, around.area)
        return clearing

    def with_areas(self, within: Cleared, book: Orders, area: Ints) -> Cleared:
        """What a market within the grid came to, with the areas' prices at all buses and pairs that stay within an area.

        area : [O] of each order.
        """
        assert self.areas is not None
        clearing, nodal = within.clearing, within.clearing.nodal
        trades = Trades.in_merit_order(book, clearing, area)
        if nodal is not None:
            energy = prices_by_area(book, clearing, area, len(self.areas))[1]
            if within.certificate.rounds:
                energy[: len(nodal.energy)] = nodal.energy
            nodal = replace(nodal, energy=energy, area=self.areas.at_bus.astype(np.int64))
        return replace(within, clearing=replace(clearing, trades=trades, nodal=nodal))


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


def within_grid(regime: Regime, mechanism: Mechanism) -> bool:
    """Whether a regime has a market cleared within the grid, and the rule can be."""
    return hasattr(regime, "clear") and getattr(regime, "needs", "") in mechanism.claims


def priced_by_place(regime: Regime, mechanism: Mechanism) -> bool:
    """Whether that gives each bus a price."""
    return within_grid(regime, mechanism) and getattr(regime, "needs", "") == "within_network"


class Dso(mesa.Agent):  # type: ignore[misc]
    """Runs the grid: publishes network prices if its regime does, moves its transformers, judges every interval by AC power
    flow, and does what its regime does when that does not hold.

    taps : what moves its transformers; None where all are fixed
    islands : when its area is cut off; None for never
    encloses, contracts : the regime, if it publishes envelopes, and if its contracts say what may be taken back
    notice : the network prices of the day; None where nothing is published
    peak : [N] most that each home drew in an interval of the day [Wh]
    """

    def __init__(
        self,
        model: mesa.Model,
        grid: Grid,
        regime: Regime,
        bounds: Bounds,
        homes: int,
        taps: TapControl | None = None,
        islands: Islands | None = None,
    ) -> None:
        super().__init__(model)
        self.regime, self.bounds, self.wires = regime, bounds, RegulatedGrid(grid, taps)
        self.island = None if islands is None else Separated(islands)
        self.encloses = regime if isinstance(regime, Encloses) else None
        self.contracts = regime if isinstance(regime, Contracts) else None
        self.notice: Notice | None = None
        self.peak = np.zeros(homes, np.int64)

    @property
    def grid(self) -> Grid:
        """The grid as its transformers stand."""
        return self.wires.grid

    def publish(self, ahead: Ahead) -> Notice:
        """The network prices of the day that comes, by its regime, else by the rulebook."""
        notice = self.regime.publish(ahead) if publishes(self.regime) else Notice.as_ruled(ahead)
        notice.check(len(ahead), len(ahead.bus))
        self.notice, self.peak = notice, np.zeros_like(self.peak)
        return notice

    def own_fees(self, place: int) -> Ints | None:
        """[N] what each home's locally bought kWh carries beside the public fee in an interval of the day; None for nothing. [µEUR/kWh]"""
        return None if self.notice is None or self.notice.own is None else self.notice.own[place]

    def charge(self, delivery: Delivery, place: int, hours: float) -> Ints | None:
        """[N] what homes owe beside the tariff's fees for an interval of the day; None where nobody does. [nEUR]"""
        if self.notice is None:
            return None
        beside, self.peak = charged(self.notice, delivery, place, self.peak, hours)
        return beside

    def deliver(self, usage: Usage, give_ups: Callable[[], GiveUps]) -> Outcome:
        """What is delivered of what homes would draw and feed in."""
        if self.wires.control is None:
            return self._delivered(usage, give_ups)
        steps = self.wires.move(self.wires.after(usage.flow(self.grid)))
        return replace(self._delivered(usage, give_ups), taps=(self.wires.position, steps))

    def _delivered(self, usage: Usage, give_ups: Callable[[], GiveUps]) -> Outcome:
        if self.island is not None and self.cut_off:
            return self.island.deliver(self.grid, usage, self.bounds, give_ups, self.regime, self.model.interval)
        return self.regime(self.grid, usage, self.bounds, give_ups)

    @property
    def cut_off(self) -> bool:
        """Whether nothing comes from upstream in the interval that comes."""
        return self.island is not None and bool(self.island.islands.during[self.model.interval])

    @property
    def bounds_market(self) -> bool:
        """Whether the market must stay within the grid."""
        return within_grid(self.regime, self.model.setup.mechanism)

    def within(self, place: Place, book: Orders, market: Market) -> Cleared:
        """What a market comes to that must stay within the grid."""
        cleared: Cleared = self.regime.clear(place, book, market)  # type: ignore[attr-defined]
        return cleared

    @property
    def refund(self) -> str:
        """Who gets what the places bring in: equal, drawn or kept."""
        return getattr(self.regime, "refund", "kept")


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
        self.offer(tariff, dearest, cheapest)

    def offer(self, tariff: Tariff, dearest: Ints, cheapest: Ints) -> None:
        """Supply at another tariff."""
        self.tariff, self.dearest, self.cheapest = tariff, dearest, cheapest
        self.retail, self.local_fees = tariff.retail, tariff.local_fees
