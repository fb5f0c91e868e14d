"""Electric vehicles at home: charged by the departure, and discharged where the car and the charger can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from p2p.base.columns import Columns, Floats, Indices
from p2p.base.errors import Fault, InputError
from p2p.devices.around import Day, Prices
from p2p.devices.flexible.sessions import DAILY, RATE, SHARES, laid
from p2p.devices.homes import Homes
from p2p.devices.specification import FlexSpecification
from p2p.devices.stores import Stores
from p2p.devices.worth import Worth

CONTROL = "FRBC"
MISSED = "kWh"

LEAST_CURRENT = 6.0
"""Least current of a charger that charges [A]. IEC 61851-1, annex A: a duty cycle of the control pilot below 10 % is no current, and
10 % are 6 A."""

PHASE_VOLTAGE = 230.0
"""[V]"""


@dataclass(frozen=True, slots=True)
class Ev(Columns):
    """Vehicles and their chargers; D rows.

    The charger gives `rating` until the store holds `bend` of its capacity. Above it the power that the car takes is proportional
    to what is missing (constant voltage before an inner resistance), so the missing part falls exponentially.

    owner:       [D] int32, the prosumer
    rating:      [D] most charging power, at the terminals [kW]
    minimum:     [D] least power other than none, either way [kW]
    capacity:    [D] [kWh]
    efficiency:  [D] of charging, over 0 to 1
    discharge:   [D] most discharging power, 0 for a car that can't [kW]
    discharging: [D] efficiency of discharging
    bend:        [D] share of the capacity above which the charging power falls
    reserve:     [D] share of the capacity below which it does not discharge
    target:      [D] what people wish to have stored when they leave [kWh]
    wear:        [D] what ageing costs for each kWh discharged, the charging of it included [µEUR/kWh]
    rate:        [D] share of days with a plug-in
    energy:      [D] mean of what a drawn session needs, at the charger [kWh]
    visits:      [D, V, 3] arrival and departure on the local clock [s since 1970] and energy at the charger [kWh] of sessions from
        a file, padded with NaN; V = 0 where sessions are drawn
    """

    owner: Indices
    rating: Floats
    minimum: Floats
    capacity: Floats
    efficiency: Floats
    discharge: Floats
    discharging: Floats
    bend: Floats
    reserve: Floats
    target: Floats
    wear: Floats
    rate: Floats
    energy: Floats
    visits: Floats


@dataclass(frozen=True, slots=True)
class State(Columns):
    """What a vehicle holds and when it leaves.

    level:  [D] stored [kWh]
    left:   [D] time to the departure, 0 while it is away [h]
    missed: [D] what was missing at a departure at the end of the interval stepped last; people charge it on their way [kWh stored]
    """

    level: Floats
    left: Floats
    missed: Floats


@dataclass(frozen=True, slots=True)
class Today:
    """What a day brings to vehicles.

    left: [T, D] time from the start of the interval to the departure, 0 while it is away [h]
    trip: [T, D] what the trip that ended at the start of the interval took from the store [kWh]
    """

    left: Floats
    trip: Floats


def start(ev: Ev, day: Day) -> State:
    """The state before the first interval: charged as wished, or on the way to it as the session is on its way (assumption)."""
    visits, begin, end = laid(ev, day)
    under_way = (begin < 0) & (end > 0)
    level = ev.target.copy()
    car = visits.car[under_way]
    missing = visits.energy * ev.efficiency[visits.car]
    rest = (missing[under_way] * end[under_way]) / (end[under_way] - begin[under_way])
    np.subtract.at(level, car, rest)
    return State(np.maximum(level, 0.0), np.zeros(len(ev)), np.zeros(len(ev)))


def today(ev: Ev, day: Day) -> Today:
    """What a day brings to the vehicles; no trip takes more than what people wish to have stored."""
    from p2p.devices.flexible.kernels import ev_layout

    visits, begin, end = laid(ev, day)
    left, trip = np.zeros((len(day), len(ev))), np.zeros((len(day), len(ev)))
    ev_layout(visits.car, begin, end, visits.energy * ev.efficiency[visits.car], day.hours, left, trip)
    return Today(left, np.minimum(trip, ev.target, out=trip))


def meet(ev: Ev, state: State, today: Today, place: int) -> State:
    """The state as an interval finds it: a car that comes home left with what was wished at least, and its trip took some."""
    from p2p.devices.flexible.kernels import ev_meet

    level = np.empty(len(state))
    ev_meet(ev.target, state.level, today.trip[place], level)
    return State(level, today.left[place], state.missed)


def span(ev: Ev, state: State, hours: float) -> tuple[Floats, Floats]:
    """Lowest and highest power each vehicle can hold for one interval.

    The lowest leaves so much in the store that charging at full power from then on still reaches `target` at the departure; where
    no power does, it is the highest.

    Parameters
    ----------
    hours : length of the interval. [h]

    Returns
    -------
    low, high : [D] net withdrawal; 0 while the car is away. [kW]
    """
    from p2p.devices.flexible.kernels import ev_span

    low, high = np.empty(len(state)), np.empty(len(state))
    ev_span(
        ev.rating, ev.capacity, ev.efficiency, ev.discharge, ev.discharging, ev.bend, ev.reserve, ev.target,
        state.level, state.left, hours, low, high,
    )  # fmt: skip
    return low, high


def hold(ev: Ev, state: State, power: Floats, hours: float) -> Floats:
    """The power that a charger really holds: none, or at least `minimum`, whichever is nearer and in the span. [D] [kW]

    Where the car takes less than the minimum, because it is nearly full, the charger gives that.
    """
    from p2p.devices.flexible.kernels import ev_hold

    low, high = span(ev, state, hours)
    held = np.empty(len(state))
    ev_hold(ev.minimum, power, low, high, held)
    return held


def habit(ev: Ev, state: State, span: tuple[Floats, Floats], hours: float) -> Floats:
    """Where nobody steers it, it charges as soon as it is home, until what was wished is stored. [D] [kW]"""
    return np.clip((ev.target - state.level) / (ev.efficiency * hours), *span)


def step(ev: Ev, state: State, power: Floats, hours: float) -> State:
    """The state after holding `power`, which lies in `span`."""
    from p2p.devices.flexible.kernels import ev_step

    level, left, missed = np.empty((3, len(state)))
    ev_step(ev.capacity, ev.efficiency, ev.discharging, ev.target, state.level, state.left, power, hours, level, left, missed)
    return State(level, left, missed)


def worth(ev: Ev, state: State, today: Today, place: int, span: tuple[Floats, Floats], prices: Prices, hours: float) -> Worth:
    """What power is worth to people who don't plan: the more, the less time is left for what is missing.

    A level from which charging must run through to the departure is worth the dearest price ahead, what was wished or more than
    that the cheapest, and between them it falls evenly. Three steps: what a discharge costs, with the losses of both ways and
    wear; and two for charging.

    References
    ----------
    As in `worth.by_fill`, with the slack of charging in place of the fill level.
    """
    from p2p.devices.flexible.kernels import ev_worth

    width, price = np.empty((2, 3, len(state)))
    ev_worth(
        ev.rating, ev.capacity, ev.efficiency, ev.discharging, ev.bend, ev.target, ev.wear, state.level, state.left,
        span[0], span[1], max(prices.dearest, prices.cheapest), prices.cheapest, hours, width, price,
    )  # fmt: skip
    return Worth(width, price)


def store(ev: Ev, state: State, today: Today, place: int, length: int, hours: float) -> Stores:
    """The vehicles as stores over the next `length` intervals: away they hold still, and trips are taken out as they end.

    The charging curve is left out: a plan may charge the last share of the capacity faster than the car will.
    """
    from p2p.devices.flexible.kernels import ev_store

    inflow, least, low, high = np.empty((4, length, len(state)))
    left, trip = today.left[place : place + length], today.trip[place : place + length + 1]
    ev_store(ev.capacity, ev.rating, ev.discharge, ev.reserve, ev.target, state.level, left, trip, hours, inflow, least, low, high)
    ones = np.ones((length, len(state)))
    return Stores(
        level=state.level, keep=ones[0], inflow=inflow, least=least, most=ev.capacity * ones, low=low, high=high,
        into=ev.efficiency * ones, out=ones / ev.discharging, wear=np.where(ev.discharge > 0, ev.wear / 2, 0.0),
    )  # fmt: skip


def specification(ev: Ev) -> FlexSpecification:
    """Shifts a session's energy within the night, and what it discharges, it charges again, and the losses.

    It is there from the median plug-in to the median plug-out of `sessions`.
    """
    rows = np.ones(len(ev))
    both = ev.discharge > 0
    return FlexSpecification(
        owner=ev.owner, bidirectional=both, low=-ev.discharge, high=ev.rating, energy=ev.energy, lead_time=0 * rows,
        duration=ev.energy / ev.rating, recovery=np.where(both, 1 / (ev.efficiency * ev.discharging), 1.0),
        price=np.where(both, ev.wear, 0.0), first=17.6 * rows, last=8.2 * rows, involvement=np.full(len(ev), "passive"),
    )  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """How vehicles and chargers are drawn.

    capacity : range of battery sizes, uniform [kWh] (assumption).
    power : of a charger with three phases, 16 A each [kW].
    single_phase : share of chargers with one phase; they have a third of the power (assumption).
    efficiency : of charging, and again of discharging (assumption).
    discharge : share of cars that can discharge, with as much power as they charge (assumption).
    wear : what a kWh discharged costs [EUR/MWh] (assumption).
    reserve : share of the capacity that is not discharged (assumption).
    target : share of the capacity that people wish to leave with (assumption).
    bend : share of the capacity above which charging slows down (assumption).
    sessions : path of a file of sessions; empty to draw them from statistics of real homes.
    drop_faulty : whether rows of that file which can't be are left out; else they are faults.
    """

    capacity: tuple[float, float] = (40.0, 80.0)
    power: float = 11.0
    single_phase: float = 0.3
    efficiency: float = 0.9
    discharge: float = 0.2
    wear: float = 50.0
    reserve: float = 0.3
    target: float = 0.8
    bend: float = 0.8
    sessions: str = ""
    drop_faulty: bool = False

    def __post_init__(self) -> None:
        faults = [
            Fault(name, f"{getattr(self, name):g}", "0 to 1")
            for name in ("single_phase", "discharge", "reserve")
            if not 0 <= getattr(self, name) <= 1
        ]
        faults += [
            Fault(name, f"{getattr(self, name):g}", "over 0 to 1")
            for name in ("efficiency", "target", "bend")
            if not 0 < getattr(self, name) <= 1
        ]
        if not 0 < self.capacity[0] <= self.capacity[1]:
            faults.append(Fault("capacity", f"{self.capacity}", "two sizes over 0, the smaller first"))
        if not self.power > 0:
            faults.append(Fault("power", f"{self.power:g}", "over 0"))
        if not self.wear >= 0:
            faults.append(Fault("wear", f"{self.wear:g}", "0 or more"))
        if self.bend < 1 <= self.target:
            faults.append(Fault("target", f"{self.target:g}", "below 1, since a car that slows down above `bend` is never quite full"))
        if self.reserve > self.target:
            faults.append(Fault("reserve", f"{self.reserve:g}", "at most `target`"))
        if faults:
            raise InputError(faults)

    def __call__(self, homes: Homes, owner: Indices) -> Ev:
        """The vehicles of those who own one; with a file of sessions, `sessions.attach` gives them to these."""
        size = homes.size[owner]
        capacity = size * homes.between(self.capacity, "ev capacity")[owner]
        phases = np.where(homes.draw("ev phases") < self.single_phase, 1.0, 3.0)[owner]
        rating = size * self.power * phases / 3
        minimum = np.minimum(size * LEAST_CURRENT * PHASE_VOLTAGE * phases / 1_000, rating)
        both = (homes.draw("ev discharge") < self.discharge)[owner]
        # Who plugs in seldom needs more at a time: rank correlation of -0.42, here from ranks that are mixed half and half.
        seldom, more = homes.draw("ev rate")[owner], homes.draw("ev energy")[owner]
        ones: Any = np.ones(len(owner))
        return Ev(
            owner, rating, minimum, capacity, self.efficiency * ones, rating * both, self.efficiency * ones, self.bend * ones,
            self.reserve * ones, self.target * capacity, self.wear * 1_000 * ones, np.interp(seldom, SHARES, RATE),
            size * np.interp(_mixed(more, 1 - seldom), SHARES, DAILY), np.zeros((len(owner), 0, 3)),
        )  # fmt: skip


WEIGHT = 0.31
"""Weight of the other rank in a mix that gives the rank correlation of -0.42: w / sqrt(w^2 + (1 - w)^2) = 0.42 (rounded)."""


def _mixed(own: Floats, other: Floats) -> Floats:
    """[D] uniform draws that go along with others: the distribution function of a weighted sum of two uniform draws."""
    a, b = WEIGHT, 1 - WEIGHT
    mix = a * other + b * own
    # The sum of uniform draws on [0, a] and [0, b], a <= b, has a density that rises to a, stays, and falls.
    uniform: Floats = np.where(mix < a, mix**2 / (2 * a * b), np.where(mix < b, (mix - a / 2) / b, 1 - (1 - mix) ** 2 / (2 * a * b)))
    return np.clip(uniform, 0.0, 1.0)
