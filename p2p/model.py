"""The exchange: one interval in order, as a Mesa model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import mesa
import numpy as np

from p2p.agents import Aggregator, Cohort, Dso, MarketOperator, Retailer, Tso
from p2p.agents.day import DayAhead, DayMarket, hold_day
from p2p.agents.envelopes import enclosed
from p2p.agents.fees import as_quoted, at_own_fee
from p2p.agents.foresight import Outlook, planned
from p2p.agents.network import paid_for_place, placed
from p2p.agents.phases import (
    Situation,
    State,
    act,
    announce,
    compensated,
    deliver,
    explore,
    learn,
    meter,
    observe,
    prices_at,
    quote,
    switched_off,
    used_up,
)
from p2p.agents.pools import Came, Gate, Members, Offered, answered, bid, most_usable
from p2p.agents.today import by_voltage, laid_out
from p2p.base.clock import Clock
from p2p.base.columns import Floats, Ints
from p2p.base.streams import Streams
from p2p.behaviour import Forecast, Strategy
from p2p.behaviour.forecasts import Asked
from p2p.devices import Coming, Day, Fleet, Weather
from p2p.devices.reach import started, stepped, todays
from p2p.flexibility import booked
from p2p.grid import Areas, Grid
from p2p.markets import Mechanism, sees
from p2p.markets.day.clear import DayMechanism
from p2p.operators.dso import Ahead, Bounds, Cleared, Islands, Regime, TapControl, publishes
from p2p.operators.national import National
from p2p.orders import ALONE, Clearing, Known, Limits, Orders, Outside, Preferences, Surroundings
from p2p.orders.published import Aftermath, Published
from p2p.recording import check_closed, recorded
from p2p.regulation import Rulebook, Tariff
from p2p.regulation.horizon import published_on, time_of_day
from p2p.results import Recorder
from p2p.scenario import Scenario
from p2p.settlement import Delivery, Ledger, Parts, Reason, pay, settle
from p2p.settlement.settle import prices_of


@dataclass(frozen=True)
class Setup:
    """A scenario turned into things: all that a model needs, and that never changes.

    dearest, cheapest : [T] dearest kWh drawn and cheapest fed in, of the hours whose prices are published [µEUR/kWh]
    areas : the local markets, where there are several
    offered : what aggregators offer, and how people choose among them
    worth_of_load : of a kWh of load that nobody steers [µEUR/kWh]
    preferences : [N] of the homes, if the clearing rule looks at them
    published : [T] the first interval whose prices are not known yet
    weather : of all intervals, and of 24 hours more
    fuels : prices of a kWh of gas and of diesel [µEUR/kWh]
    inputs : digests of the files that were read, by name
    taps : what moves the DSO's transformers; None where all are fixed
    islands : when the area is cut off from upstream; None for never
    """

    scenario: Scenario
    clock: Clock
    streams: Streams
    grid: Grid
    areas: Areas | None
    fleet: Fleet
    coming: Coming
    weather: Weather
    fuels: tuple[int, int]
    national: National
    rulebook: Rulebook
    tariff: Tariff
    dearest: Ints
    cheapest: Ints
    published: Ints
    mechanism: Mechanism
    strategies: tuple[Strategy, ...]
    forecast: Forecast
    aggregators: tuple[str, ...]
    regime: Regime
    bounds: Bounds
    worth_of_load: int
    ledger: Ledger
    offered: Offered
    preferences: Preferences | None
    inputs: dict[str, str]
    folder: Path
    taps: TapControl | None = None
    islands: Islands | None = None


@dataclass(frozen=True, slots=True)
class Traded:
    """What the market of an interval came to.

    wishes  : [O] orders of homes; gate : the book that was made of them; answer : its clearing; cleared : that of the wishes
    refused : energy that was sold before, and is none of the book [Wh]
    parts   : how pools share what they got; within : what the grid has to do with it, where the market clears within it
    quoted  : [O] the orders as strategies made them, and fee : [N] what they pay the grid for trading, if they know it before
        the market, none of which where they were made for a whole day
    """

    wishes: Orders
    gate: Gate
    answer: Clearing
    cleared: Clearing
    refused: int
    parts: Parts | None = None
    within: Cleared | None = None
    quoted: Orders | None = None
    fee: Ints | None = None


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
        self.everyone = np.arange(len(setup.fleet))
        self._day_starts = frozenset(setup.clock.day_start.tolist())
        fleet, ledger = setup.fleet, setup.ledger
        self.cohorts = self._cohorts(cohort_size)
        self.learners = [cohort for cohort in self.cohorts if cohort.learner is not None]
        self.planners = [cohort for cohort in self.cohorts if cohort.planner is not None]
        self.members = Members.of(setup.offered, ledger, fleet.prosumers.aggregator)
        self.came = Came.nothing(len(fleet))
        self.aggregators = [Aggregator(self, name, number) for number, name in enumerate(setup.aggregators)]
        self.area = np.zeros(len(fleet), np.int64) if setup.areas is None else setup.areas.of_homes(fleet.prosumers.bus)
        self.operator = MarketOperator(self, setup.mechanism, setup.areas)
        self.lost_load = setup.worth_of_load if setup.scenario.dso.shed_load else None
        self.dso = Dso(self, setup.grid, setup.regime, setup.bounds, len(setup.fleet), setup.taps, setup.islands)
        self.tso = Tso(self, setup.national)
        self.retailer = Retailer(self, setup.tariff, setup.dearest, setup.cheapest)
        wanted, sun, kvar = setup.coming.of(fleet, -setup.coming.before, 0)
        self.meters = setup.forecast.start(len(fleet), setup.coming.before)
        for net in wanted - sun:  # what meters have shown in the day before the run
            self.meters = setup.forecast.learn(self.meters, net)
        self.voltage, self.kvar = np.ones(len(setup.grid.buses)), kvar[-1]
        self.state = State({}, (wanted - sun)[-1], np.zeros(ledger.homes + 1))
        self.plan()

    def _cohorts(self, cohort_size: int | None) -> list[Cohort]:
        chosen = self.setup.fleet.prosumers.strategy
        cohorts = []
        for number, strategy in enumerate(self.setup.strategies):
            rows = np.flatnonzero(chosen == number)
            size = cohort_size or max(len(rows), 1)
            cohorts += [Cohort(self, strategy, rows[first : first + size]) for first in range(0, len(rows), size)]
        return cohorts

    def step(self, at: Situation | None = None) -> None:
        """One market time unit, from what is known at gate closure to what is owed after delivery.

        at : what it starts from, for those who have looked at its `situation` before.
        """
        setup, interval, hours = self.setup, self.interval, self.setup.clock.hours
        at = at or self.situation()
        fleet, can, known, now = at.fleet, at.can, at.known, at.now
        place = self.today.place(interval)
        traded = self.trade(at) if self.day_market is None else self.fallen_due(self.day_market, place)
        wishes, cleared, within = traded.wishes, traded.cleared, traded.within
        contracted, payment, turnover = cleared.by_agent(wishes, len(known))
        steered = contracted if within is None else within.steered
        scheduled = announce(at, steered)
        devices, lost_load = act(at, steered, now.net), self.lost_load
        if self.dso.cut_off:
            at, lost_load = switched_off(at), setup.worth_of_load
        delivered = deliver(self.dso, at, devices, (wishes, cleared), lost_load)
        clearing = delivered.clearing
        if clearing is not cleared:
            contracted, payment, turnover = clearing.by_agent(wishes, len(known))
        counted, reading = meter(self.state, delivered, hours)
        after = State(stepped(fleet, can.states, delivered.devices, hours), now.net, reading)
        used = used_up(fleet, after.devices, setup.fuels)
        held_back, twice = compensated(wishes, cleared, delivered, hours)
        delivery = Delivery(contracted, payment, turnover, scheduled, counted[:-1], held_back, used.fuel_cost)
        got = pay(self.members.agreed, wishes, cleared, clearing, traded.parts)
        located = None if within is None else paid_for_place(self.dso, within, known, contracted, clearing)
        beside = self.dso.charge(delivery, place, hours)
        statement = settle(delivery, int(counted[-1]), self.prices[interval], setup.rulebook, self.members.ledger, got, located, beside)
        check_closed(setup, interval, at, delivery, delivered, counted, statement, after, clearing)
        if self.learners and traded.quoted is not None:
            seen = Aftermath(
                Published.of(traded.gate.book, traded.answer), cleared.energy, delivery.held_back, -statement.dues[Reason.COMPENSATION]
            )
            learn(self.learners, known, traded.quoted, as_quoted(traded.quoted, clearing, traded.fee), seen)
        if self.recorder is not None:
            gate, refused = traded.gate, traded.refused + twice
            book = gate.book if gate.pieces is None else wishes.replace(agent=self.members.bound.take(wishes.agent))
            what = recorded(setup, at, delivered, delivery, counted, statement, after, used, book, cleared, clearing, got, refused, within)
            self.recorder.append(interval, what._replace(orders=gate.book, clearing=traded.answer))
        self.state, self.came = after, self.came.after(got, self.members, hours)
        if delivered.outcome.flow.converged:
            self.voltage = delivered.outcome.flow.voltage
        self.kvar = now.kvar
        self.meters = setup.forecast.learn(self.meters, now.net)
        self.interval += 1
        if self.interval in self._day_starts:
            self.plan()
        self.running = self.interval < setup.clock.intervals

    def trade(self, at: Situation) -> Traded:
        """The market of an interval: agents quote, aggregators bid for their pools, and the book is cleared."""
        known = at.known
        fee = self.dso.own_fees(self.today.place(self.interval))
        quoted, refused = booked(quote(self.cohorts, known), known.floor, self.setup.clock.hours)
        wishes = at_own_fee(quoted, fee)
        gate = self.close(wishes, at)
        within = self.within_grid(at, wishes) if self.dso.bounds_market else None
        answer = self.operator.clear(gate.book, self.around(known, gate.told)) if within is None else within.clearing
        cleared, parts = answered(gate, self.members, self.setup.offered.ways, wishes, answer)
        return Traded(wishes, gate, answer, cleared, refused, parts, within, quoted, fee)

    def fallen_due(self, market: DayMarket, place: int) -> Traded:
        """What a market for the whole day, whose gate closed at midnight, has left for an interval."""
        wishes, cleared = market.falls_due(place)
        gate = Gate(wishes.replace(agent=self.members.bound.take(wishes.agent)), wishes)
        return Traded(wishes, gate, cleared, cleared, int(market.refused[place]))

    def close(self, wishes: Orders, at: Situation) -> Gate:
        """The book in which aggregators bid for their pools."""
        most = most_usable(self.members, self.came, at.fleet, at.can, self.setup.clock.hours)
        return bid(self.members, self.setup.offered, wishes, most, self.setup.mechanism)

    def within_grid(self, at: Situation, wishes: Orders) -> Cleared:
        """What the market comes to that must stay within the grid; aggregators are bound by what it says of their members' orders."""
        loss_price = int(self.setup.national.price[self.interval])

        def market(orders: Orders, limits: Limits) -> Clearing:
            book = orders.replace(agent=self.members.bound.take(orders.agent))
            return self.operator.clear(book, self.around(at.known, orders), limits)

        place = placed(self.dso, at, loss_price, self.setup.worth_of_load, self.lost_load is not None)
        within = self.dso.within(place, wishes, market)
        return within if self.setup.areas is None else self.operator.with_areas(within, wishes, self.area[wishes.agent])

    def situation(self) -> Situation:
        """What the interval that comes starts from: what devices can do, what every home knows at gate closure, and what comes."""
        fleet, interval = self.setup.fleet, self.interval
        now = by_voltage(fleet, self.today.now(interval), self.voltage) if self.setup.coming.inverter == "q_v" else self.today.now(interval)
        can = explore(fleet, self.state, self.today, interval, prices_at(self.retailer, interval, self.setup.fuels))
        net = self.expect(interval, now.net[None])[0]
        if self.planners:
            can = planned(self.planners, fleet, can, net, self.today, self.outlook(interval), interval)
        known = observe(fleet, can, net, self.today, self.retailer, interval)
        return enclosed(self.dso, Situation(fleet, can, known, now), self.kvar)

    def expect(self, interval: int, coming: Floats) -> Floats:
        """[T, N] what homes expect of the intervals from one on, of which `coming` will come. [kW]"""
        setup = self.setup
        homes = len(self.everyone)
        return setup.forecast(self.meters, Asked(interval, setup.clock.hours, coming, self.everyone, homes, setup.streams))

    def plan(self) -> None:
        """Once a day: every home looks ahead by the day behind it; the day's weather and luck are drawn in one go."""
        setup, interval = self.setup, self.interval
        if interval == setup.clock.intervals:
            return
        number, ahead = int(setup.clock.day[interval]), setup.coming.before
        length = int(setup.clock.day_start[number + 1]) - interval
        coming = setup.coming.of(setup.fleet, interval, interval + length)
        net = coming.wanted - coming.made
        day = day_of(setup, number, self.expect(interval, net.take(np.arange(ahead) % length, axis=0)) * setup.clock.hours)
        if not self.state.devices:
            self.state = replace(self.state, devices=started(setup.fleet, day))
        self._review(day.number)
        self.today = laid_out(day, coming, todays(setup.fleet, day))
        if publishes(setup.regime):
            self._publish()
        self.day_market = self._held_today()

    def _publish(self) -> None:
        """The DSO says what its network costs today; until it does so again, homes take tomorrow's price to be the same."""
        setup, today, retailer = self.setup, self.today, self.retailer
        number, first, national = today.day.number, today.day.first, setup.national
        span = slice(first, first + today.day.length)
        time, ruled = time_of_day(setup.clock)[span], setup.tariff.take(span)
        prognoses = setup.fleet.prosumers.bus, self.expect(first, today.net), today.kvar
        ahead = Ahead(setup.grid, setup.bounds, number, today.day.hours, time, *prognoses, ruled.network, ruled.local_network)
        notice = self.dso.publish(ahead)
        tariff = retailer.tariff.with_network(first, np.tile(notice.network, 2), np.tile(notice.local_network, 2))
        dearest = retailer.dearest.copy()
        dearest[span] = published_on(tariff.retail, setup.clock, np.maximum, number)
        retailer.offer(tariff, dearest, retailer.cheapest)
        self.prices[span] = prices_of(tariff.take(span), national.price[span], national.imbalance_price[span])
        if self.recorder is not None:
            self.recorder.reprice(first, tariff.take(span))

    def _review(self, day: int) -> None:
        """Another day for aggregators; on some, members may change theirs."""
        offered, self.came = self.setup.offered, self.came.tomorrow()
        if day and day % offered.days == 0:
            luck = np.ascontiguousarray(self.setup.streams.at("switching", day).random((len(self.setup.fleet), 2)).T)
            before, self.members = self.members, self.members.reviewed(self.came, offered, luck)
            self.came = Came.nothing(len(self.setup.fleet))
            if self.recorder is not None and self.members is not before:
                self.recorder.follow(self.members.ledger)

    def outlook(self, interval: int) -> Outlook:
        """What homes that plan can expect at an interval."""
        return Outlook(self.today.day.expected / self.setup.clock.hours, self.retailer.tariff, int(self.setup.published[interval]))

    def _held_today(self) -> DayMarket | None:
        """The market of this day, where the rule is one that is held once a day; homes expect what their forecast says."""
        setup = self.setup
        if not isinstance(setup.mechanism, DayMechanism):
            return None
        today = self.today
        net = self.expect(today.day.first, today.net)
        own = None if self.dso.notice is None else self.dso.notice.own
        ahead = DayAhead(today.day.first, setup.clock.hours, net, today.luck, today.arrival, own)
        stored = self.state.devices.get("battery", np.zeros(0))
        return hold_day(setup.mechanism, self.cohorts, setup.fleet, stored, self.retailer.tariff, ahead)

    def around(self, known: Known, wishes: Orders) -> Surroundings:
        """What the clearing rule may look at besides the book, if it looks at anything."""
        area = None if self.setup.areas is None else self.area[wishes.agent]
        if not sees(self.setup.mechanism):
            return ALONE if area is None else Surroundings(area=area)
        outside = Outside(known.retail - known.fees, known.feed_in)
        homes = self.setup.preferences
        tastes = None if homes is None else homes.take(wishes.agent)
        return Surroundings(self.setup.streams.number("clearing", known.interval), outside, tastes, area=area)


def day_of(setup: Setup, number: int, expected: Floats) -> Day:
    """A day as devices meet it.

    expected : [E, N] what homes expect to draw less what they generate in the next 24 hours. [kWh]
    """
    clock = setup.clock
    first, after = int(clock.day_start[number]), int(clock.day_start[number + 1])
    span = slice(first, after + len(expected))
    return Day(number, first, after - first, clock.hours, clock.beyond.local[span], setup.weather.take(span), expected, setup.streams)
