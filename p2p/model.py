"""The exchange: one interval in order, as a Mesa model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import mesa
import numpy as np

from p2p.agents import Aggregator, Cohort, Dso, MarketOperator, Retailer, Tso
from p2p.agents.day import DayAhead, DayMarket, hold_day
from p2p.agents.phases import (
    Now,
    State,
    act,
    announce,
    contracts,
    deliver,
    learn,
    meter,
    observe,
    quote,
    step_devices,
    whole_wh,
)
from p2p.base.clock import Clock
from p2p.base.columns import Floats, Indices, Ints
from p2p.base.streams import Streams
from p2p.behaviour import Forecast, Strategy
from p2p.devices import Coming, Fleet
from p2p.grid import Grid
from p2p.markets import Mechanism, sees
from p2p.markets.day.clear import DayMechanism
from p2p.operators.dso import Bounds, Regime
from p2p.operators.national import National
from p2p.orders import ALONE, Known, Orders, Outside, Preferences, Surroundings
from p2p.orders.published import Aftermath, Published
from p2p.recording import check_closed, recorded
from p2p.regulation import Rulebook, Tariff
from p2p.results import Recorder
from p2p.scenario import Scenario
from p2p.settlement import Delivery, Ledger, Reason, settle
from p2p.settlement.settle import prices_of


@dataclass(frozen=True)
class Setup:
    """A scenario turned into things: all that a model needs, and that never changes.

    dearest, cheapest : [T] dearest kWh drawn and cheapest fed in, of the hours whose prices are published [µEUR/kWh]
    lost_load : worth of a kWh of load where the DSO may shed it; None where it may not [µEUR/kWh]
    preferences : [N] of the homes, if the clearing rule looks at them
    inputs : digests of the files that were read, by name
    """

    scenario: Scenario
    clock: Clock
    streams: Streams
    grid: Grid
    fleet: Fleet
    coming: Coming
    national: National
    rulebook: Rulebook
    tariff: Tariff
    dearest: Ints
    cheapest: Ints
    mechanism: Mechanism
    strategies: tuple[Strategy, ...]
    forecast: Forecast
    aggregators: tuple[str, ...]
    regime: Regime
    bounds: Bounds
    lost_load: int | None
    ledger: Ledger
    preferences: Preferences | None
    inputs: dict[str, str]
    folder: Path


class ExchangeModel(mesa.Model):  # type: ignore[misc]
    """Prosumers, aggregators, market, DSO, TSO and retailer; `step` is one interval.

    setup : what the run is made of.
    recorder : where intervals are recorded; None keeps nothing but the state.
    cohort_size : most prosumers in a cohort; None for one cohort a strategy. The results are the same.
    """

    def __init__(self, setup: Setup, recorder: Recorder | None = None, cohort_size: int | None = None) -> None:
        super().__init__(rng=setup.scenario.seed)
        self.setup = setup
        self.recorder = recorder
        self.interval = 0
        self.prices = prices_of(setup.tariff, setup.national.price, setup.national.imbalance_price)
        self._day_starts = frozenset(setup.clock.day_start.tolist())
        fleet, ledger = setup.fleet, setup.ledger
        self.cohorts = self._cohorts(cohort_size)
        self.aggregators = [
            Aggregator(self, name, len(fleet) + number, np.flatnonzero(fleet.prosumers.aggregator == number))
            for number, name in enumerate(setup.aggregators)
        ]
        self.operator = MarketOperator(self, setup.mechanism)
        self.dso = Dso(self, setup.grid, setup.regime, setup.bounds)
        self.tso = Tso(self, setup.national)
        self.retailer = Retailer(self, setup.tariff, setup.dearest, setup.cheapest)
        self.bound: Indices = np.arange(len(fleet), dtype=np.int32)
        for aggregator in self.aggregators:
            self.bound = aggregator.bind(self.bound)
        wanted, sun, _ = setup.coming.of(fleet, -setup.coming.before, 0)
        self.lately = wanted - sun
        self.state = State(fleet.battery.capacity / 2, self.lately[-1], np.zeros(ledger.homes + 1))
        self.plan()

    def _cohorts(self, cohort_size: int | None) -> list[Cohort]:
        chosen = self.setup.fleet.prosumers.strategy
        cohorts = []
        for number, strategy in enumerate(self.setup.strategies):
            rows = np.flatnonzero(chosen == number)
            size = cohort_size or max(len(rows), 1)
            cohorts += [Cohort(self, strategy, rows[first : first + size]) for first in range(0, len(rows), size)]
        return cohorts

    def step(self) -> None:
        """One market time unit, from what is known at gate closure to what is owed after delivery."""
        setup, interval, hours = self.setup, self.interval, self.setup.clock.hours
        now, known = self.now(interval), self.known()
        if self.day_market is None:
            wishes = quote(self.cohorts, known)
            book = wishes.replace(agent=self.bound.take(wishes.agent))  # aggregators bid for their pools; the gate closes
            cleared = self.operator.clear(book, self.around(known, wishes))
        else:  # the gate closed at midnight, for the whole day
            wishes, cleared = self.day_market.falls_due(interval - self._first)
            book = wishes.replace(agent=self.bound.take(wishes.agent))
        contracted, payment, turnover = contracts(wishes, cleared, len(known))
        scheduled = announce(known, contracted)
        storage = act(known, contracted, now)
        delivered = deliver(self.dso, known, now, storage, wishes, cleared, setup.lost_load)
        clearing = delivered.clearing
        if clearing is not cleared:
            contracted, payment, turnover = contracts(wishes, clearing, len(known))
        counted, reading = meter(self.state, delivered, hours)
        delivery = Delivery(contracted, payment, turnover, scheduled, counted[:-1], whole_wh(delivered.held_back, hours))
        statement = settle(delivery, int(counted[-1]), self.prices[interval], setup.rulebook, setup.ledger)
        after = step_devices(setup.fleet, self.state, now, delivered, hours)
        check_closed(setup, interval, delivery, delivered, counted, statement, after, clearing)
        if self.day_market is None:  # what was ordered at midnight says nothing of what is known now
            seen = Aftermath(Published.of(wishes, cleared), cleared.energy, delivery.held_back, -statement.dues[Reason.COMPENSATION])
            learn(self.cohorts, known, wishes, clearing, seen)
        if self.recorder is not None:
            self.recorder.append(interval, recorded(setup, now, delivered, delivery, counted, statement, after, book, cleared, clearing))
        self.state = State(after.stored, after.net, reading)
        self.lately[interval % len(self.lately)] = now.net
        self.interval += 1
        if self.interval in self._day_starts:
            self.plan()
        self.running = self.interval < setup.clock.intervals

    def known(self) -> Known:
        """What every home knows at the gate closure of the interval that comes."""
        setup, interval = self.setup, self.interval
        now, ahead = self.now(interval), self.ahead(interval)
        return observe(
            setup.fleet, self.state, now, ahead, self.retailer, setup.forecast, *self.chance(interval), interval, setup.clock.hours
        )

    def plan(self) -> None:
        """Once a day: every home looks ahead by the day behind it; the day's weather and luck are drawn in one go."""
        setup, interval = self.setup, self.interval
        if interval == setup.clock.intervals:
            return
        day = int(setup.clock.day[interval])
        yesterday = np.roll(self.lately, -(interval % len(self.lately)), axis=0)
        self._expected = np.ascontiguousarray(yesterday[:, setup.fleet.battery.owner]) * setup.clock.hours
        after = int(setup.clock.day_start[day + 1])
        self._day = setup.coming.of(setup.fleet, interval, after)
        self._day_net = self._day[0] - self._day[1]
        length = after - interval
        draws = setup.streams.at("luck", day).random((length, len(setup.fleet), 3))
        self._luck = np.ascontiguousarray(draws[:, :, :2])
        self._arrival = ranks(draws[:, :, 2])
        self._first = interval
        self.day_market = self._held_today(yesterday)

    def _held_today(self, yesterday: Floats) -> DayMarket | None:
        """The market of this day, where the rule is one that is held once a day; homes expect yesterday, or what their forecast says."""
        setup = self.setup
        if not isinstance(setup.mechanism, DayMechanism):
            return None
        like = yesterday.take(np.arange(len(self._day_net)) % len(yesterday), axis=0)
        net = np.stack([setup.forecast(last, coming) for last, coming in zip(like, self._day_net, strict=True)])
        ahead = DayAhead(self._first, setup.clock.hours, net, self._luck, self._arrival)
        return hold_day(setup.mechanism, self.cohorts, setup.fleet, self.state.stored, setup.tariff, ahead)

    def around(self, known: Known, wishes: Orders) -> Surroundings:
        """What the clearing rule may look at besides the book, if it looks at anything."""
        if not sees(self.setup.mechanism):
            return ALONE
        outside = Outside(known.retail - known.fees, known.feed_in)
        homes = self.setup.preferences
        tastes = None if homes is None else homes.take(wishes.agent)
        return Surroundings(self.setup.streams.number("clearing", known.interval), outside, tastes)

    def ahead(self, interval: int) -> tuple[Floats, int]:
        """[L, D] what each home with a store expects of the day ahead [kWh], and which interval of it is now."""
        return self._expected, (interval - self._first) % len(self._expected)

    def now(self, interval: int) -> Now:
        """What comes in an interval of this day."""
        place = interval - self._first
        wanted, sun, kvar = self._day
        return Now(wanted[place], sun[place], kvar[place], self._day_net[place])

    def chance(self, interval: int) -> tuple[Floats, Ints]:
        """[N, 2] every prosumer's draws for an interval of this day, and [N] its rank in time."""
        place = interval - self._first
        return self._luck[place], self._arrival[place]


def ranks(draws: Floats) -> Ints:
    """[T, N] numbers in the order of the draws, no two alike: the draw in units of 2**-40, then the row."""
    homes = draws.shape[1]
    rank: Ints = (draws * 2.0**40).astype(np.int64) * homes + np.arange(homes)
    return rank
