"""Vehicles: trajectories worked by hand, sessions over nights and days, and departures that are met."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p.base.errors import InputError
from p2p.devices.flexible import ev
from p2p.devices.flexible.ev import Ev, Sizes, State
from p2p.devices.flexible.kernels import ev_before, ev_reach
from p2p.devices.flexible.sessions import Sessions, attach
from tests.devices.days import PRICES, make_days, make_homes, owners, run


def one(*values):
    return np.array(values, np.float64)


def car(**changes):
    plain = {
        "rating": 10.0, "minimum": 2.0, "capacity": 50.0, "efficiency": 0.8, "discharge": 0.0, "discharging": 0.8, "bend": 1.0,
        "reserve": 0.2, "target": 40.0, "wear": 50_000.0, "rate": 0.5, "energy": 10.0,
    }  # fmt: skip
    return Ev(np.zeros(1, np.int32), *(one(value) for value in (plain | changes).values()), np.zeros((1, 0, 3)))


def state(level, left):
    return State(one(level), one(left), one(0.0))


def test_charging_can_wait_until_it_must():
    """Needs 16 kWh stored, 20 at the terminals, 2 h at 10 kW. With 4 h left an hour's least is 0, with 3 h it is 0, with 2 h it is 10."""
    for left, low in ((4.0, 0.0), (3.0, 0.0), (2.5, 5.0), (2.0, 10.0)):
        assert ev.span(car(), state(24.0, left), 1.0)[0] == pytest.approx(low)
    assert ev.span(car(), state(24.0, 2.0), 1.0)[1] == pytest.approx(10.0)
    half = ev.step(car(), state(24.0, 2.0), one(10.0), 1.0)
    assert half.level == pytest.approx(32.0)
    assert half.left == pytest.approx(1.0)


def test_what_cannot_be_charged_is_missed():
    """1 h left at 10 kW stores 8 of the 16 kWh that lack: low meets high, 8 kWh are missed; the trip of 20 then starts from 40."""
    low, high = ev.span(car(), state(24.0, 1.0), 1.0)
    assert low == high == pytest.approx(10.0)
    left = ev.step(car(), state(24.0, 1.0), low, 1.0)
    assert left.missed == pytest.approx(8.0)
    back = ev.meet(car(), left, ev.Today(one(5.0)[None], one(20.0)[None]), 0)
    assert back.level == pytest.approx(20.0)


def test_away_is_no_power():
    low, high = ev.span(car(discharge=10.0), state(40.0, 0.0), 0.25)
    assert low == high == 0.0


def test_discharge_never_takes_what_the_departure_needs():
    """36 kWh held, 40 wished in 2 h; in the second hour 8 come at most, so 32 must be held after the first: 4 x 0.8 can be given.

    With 10 h left the reserve binds: 50 x 0.2 = 10 kWh, 26 x 0.8 = 20.8 in an hour, more than the 10 kW of the charger.
    In 3 h: 40 - 16 = 24 must be held, 12 x 0.8 = 9.6.
    """
    able = car(discharge=10.0)
    for left, low in ((2.0, -3.2), (3.0, -9.6), (10.0, -10.0)):
        assert ev.span(able, state(36.0, left), 1.0)[0] == pytest.approx(low)
    assert ev.span(able, state(11.0, 20.0), 1.0)[0] == pytest.approx(-0.8)
    assert ev.span(able, state(9.0, 20.0), 1.0)[0] == 0.0  # below its reserve it needn't charge, but gives nothing


def test_charging_curve_by_hand():
    """Above 40 of 50 kWh the 8 kW into the store fall with what is missing: 10 exp(-8/10 h).

    From 36: half an hour to 40, then half an hour to 50 - 10 exp(-0.4) = 43.2968. Backwards it is the same.
    """
    assert ev_reach(36.0, 8.0, 50.0, 0.8, 1.0) == pytest.approx(50 - 10 * np.exp(-0.4))
    assert ev_before(50 - 10 * np.exp(-0.4), 8.0, 50.0, 0.8, 1.0) == pytest.approx(36.0)
    assert ev.span(car(bend=0.8), state(36.0, 9.0), 1.0)[1] == pytest.approx((14 - 10 * np.exp(-0.4)) / 0.8)


@given(level=st.floats(0, 50), hours=st.floats(0.01, 20), bend=st.floats(0.1, 1.0), rate=st.floats(0.5, 20))
def test_the_curve_and_its_inverse(level, hours, bend, rate):
    reached = ev_reach(level, rate, 50.0, bend, hours)
    assert level <= reached <= 50.0 + 1e-12
    assert reached == pytest.approx(ev_reach(ev_reach(level, rate, 50.0, bend, hours / 2), rate, 50.0, bend, hours / 2))
    if reached < 49.9:
        assert ev_before(reached, rate, 50.0, bend, hours) == pytest.approx(level, abs=1e-6)


def test_minimum_power():
    """Least 2 kW: 0.9 becomes 0, 1.1 becomes 2; where 0.5 must be charged it is 2; nearly full, when 1 kW is all it takes, 0.4 is 0."""
    away_long = state(24.0, 10.0)
    assert ev.hold(car(), away_long, one(0.9), 1.0) == 0.0
    assert ev.hold(car(), away_long, one(1.1), 1.0) == 2.0
    assert ev.hold(car(), away_long, one(7.0), 1.0) == 7.0
    must = state(39.6, 1.0)
    assert ev.span(car(), must, 1.0)[0] == pytest.approx(0.5)
    assert ev.hold(car(), must, one(0.5), 1.0) == 2.0
    full = state(49.2, 10.0)
    assert ev.hold(car(), full, one(0.4), 1.0) == 0.0
    assert ev.hold(car(), full, one(0.9), 1.0) == pytest.approx(1.0)
    both = car(discharge=10.0)
    assert ev.hold(both, away_long, one(-0.9), 1.0) == 0.0
    assert ev.hold(both, away_long, one(-1.1), 1.0) == -2.0


def test_worth_rises_as_the_time_runs_out():
    """16 kWh are missing, 8 an hour can come. 4 h from now: level 24, least after the interval 40 - 3 x 8 = 16, wished 40.

    Charging 10 kW leads from 24 to 32; a quarter of the way is 26: (26 - 16) / 24 of the way from dearest to cheapest.
    """
    met = state(24.0, 4.0)
    span = ev.span(car(), met, 1.0)
    none = ev.Today(np.zeros((1, 1)), np.zeros((1, 1)))
    steps = ev.worth(car(), met, none, 0, span, PRICES, 1.0)
    assert steps.width[:, 0] == pytest.approx([0.0, 5.0, 5.0])
    assert steps.worth[1:, 0] == pytest.approx([300_000 - 220_000 * 10 / 24, 300_000 - 220_000 * 14 / 24])
    late = state(24.0, 2.2)
    assert np.all(ev.worth(car(), late, none, 0, ev.span(car(), late, 1.0), PRICES, 1.0).worth >= steps.worth)


def table(*rows):
    """Sessions of user 0: arrival and departure in hours after 2024-01-01 00:00, energy."""
    zero = np.datetime64("2024-01-01", "s").astype(np.int64)
    hours = np.array(rows, np.float64)
    times = [(zero + hours[:, column] * 3600).astype(np.int64) for column in (0, 1)]
    return Sessions(np.zeros(len(rows), np.int32), *times, hours[:, 2])


def with_sessions(*rows, days=3, **changes):
    return attach(car(**changes), table(*rows), one(0.0), date(2024, 1, 1), days)


@pytest.mark.parametrize("minutes", [5, 15, 30, 60])
def test_nights_and_days_by_hand(minutes):
    """In on Monday 18:00 for 10 kWh, out on Tuesday 7:00; in on Tuesday 17:00 for 5, out on Thursday 8:00, beyond the run.

    At full power the first 10 kWh take one hour from 18:00 on, and then until the battery is full: from 40 - 8 to 50 kWh are
    22.5 kWh at the terminals. Tuesday's trip takes 4 from 50; they are 5 kWh.
    """
    cars = with_sessions((18, 31, 10), (41, 80, 5))
    powers, states = run(ev, cars, make_days(minutes=minutes, homes=1), lambda low, high, number: high)
    hours = minutes / 60
    assert powers.sum() * hours == pytest.approx(27.5)
    assert np.flatnonzero(powers[:, 0])[0] * hours == 18
    assert np.sum(powers[: round(40 / hours)]) * hours == pytest.approx(22.5)
    least, _ = run(ev, cars, make_days(minutes=minutes, homes=1), lambda low, high, number: low)
    assert np.sum(least) * hours == pytest.approx(10.0)  # the second is not due yet
    assert np.flatnonzero(least[:, 0])[[0, -1]] * hours == pytest.approx([30, 31 - hours])
    assert all(np.all(after.missed == 0) for after in states)


@pytest.mark.parametrize("start", [date(2024, 1, 1), date(2024, 3, 30), date(2024, 10, 26)])
@pytest.mark.parametrize("drawn", [True, False])
def test_a_day_ends_as_the_next_begins(start, drawn):
    """The hours ahead of one day are the beginning of the next, also where the clock is changed: as if laid out in one go."""
    cars = Sizes()(make_homes(60), owners(60))
    if not drawn:
        zero = np.datetime64(start, "s").astype(np.int64)
        rng = np.random.default_rng(5)
        begin = np.sort(rng.integers(0, 9 * 1440, (20, 7)) * 60, axis=1) + zero - 4 * 86_400
        end = np.minimum(begin + rng.integers(1, 4000, (20, 7)) * 60, np.append(begin[:, 1:], begin[:, -1:] + 90_000, axis=1))
        users = np.repeat(np.arange(20, dtype=np.int32), 7)
        sessions = Sessions(users, begin.ravel(), end.ravel(), rng.uniform(1, 20, 140))
        cars = attach(cars, sessions, rng.random(60), start, 4)
    days = make_days(start, 4, homes=60)
    brought = [ev.today(cars, day) for day in days]
    whole = replace(days[0], length=sum(day.length for day in days), local=np.concatenate([day.local[: day.length] for day in days]))
    at_once = ev.today(cars, whole)
    end_of_run = (len(whole) - np.arange(len(whole)))[:, None] * whole.hours
    for day, own in zip(days, brought, strict=True):
        part = slice(day.first, day.first + day.length)
        assert np.array_equal(own.trip[: day.length], at_once.trip[part])
        known = at_once.left[part] <= np.minimum(end_of_run[part], 24.0)  # what ends later may look an hour off over a change of clock
        assert np.array_equal(own.left[: day.length] > 0, at_once.left[part] > 0)
        assert np.allclose(own.left[: day.length][known], at_once.left[part][known])
    assert at_once.trip.sum() > 0


@pytest.mark.parametrize("minutes", [5, 15, 30, 60])
@pytest.mark.parametrize("choice", ["low", "high", "random", "hold"])
def test_drawn_departures_are_met(minutes, choice):
    """Whatever is held within the span, nothing is missed: no session is drawn that can't be charged."""
    cars = Sizes(discharge=0.5)(make_homes(100), owners(100))
    rng = np.random.default_rng(2)

    def choose(low, high, number):
        share = {"low": 0.0, "high": 1.0}.get(choice)
        return low + (rng.random(len(low)) if share is None else share) * (high - low)

    state = ev.start(cars, make_days(homes=100, minutes=minutes)[0])
    trips, drawn, gain = 0.0, 0.0, np.zeros(100)
    begin = state.level
    for day in make_days(date(2024, 2, 2), 6, minutes, 100):
        today = ev.today(cars, day)
        for place in range(day.length):
            met = ev.meet(cars, state, today, place)
            gain += met.level - state.level
            low, high = ev.span(cars, met, day.hours)
            power = choose(low, high, place)
            if choice == "hold":
                power = ev.hold(cars, met, power, day.hours)
                assert np.all((power >= low - 1e-9) & (power <= high + 1e-9))
                power = np.clip(power, low, high)
            state = ev.step(cars, met, power, day.hours)
            assert np.all(state.missed == 0)
            stored = np.where(power > 0, power * cars.efficiency, power / cars.discharging) * day.hours
            assert state.level - met.level == pytest.approx(stored, abs=1e-9)
            gain += stored
            trips += today.trip[place].sum()
            drawn += power.sum()
    assert trips > 0
    assert drawn > 0
    assert state.level - begin == pytest.approx(gain)


def test_sessions_are_drawn_as_often_as_their_source_says():
    """252 users plug in on 36 % of the days and charge 19 kWh then (RATE, DAILY); drawn ones lie within 15 % of the first."""
    cars = Sizes(discharge=0.0)(make_homes(400), owners(400))
    days = make_days(date(2024, 1, 1), 28, 60, 400)
    sessions = sum(np.count_nonzero(ev.today(cars, day).trip[: day.length]) for day in days) / (28 * 400)
    assert sessions == pytest.approx(0.365, rel=0.15)


def test_a_record_comes_round_by_weeks():
    """A Monday's session of 2024-01-01 is there on Monday 2025-01-06, and not on the day before."""
    cars = attach(car(), table((18, 31, 10)), one(0.0), date(2025, 1, 5), 2)
    sunday, monday = (ev.today(cars, day) for day in make_days(date(2025, 1, 5), 2, 60, 1))
    assert np.flatnonzero(sunday.left[:24, 0]).tolist() == []
    assert np.flatnonzero(monday.left[:24, 0]).tolist() == [18, 19, 20, 21, 22, 23]
    assert monday.left[18, 0] == 13.0
    assert attach(car(), table((0, 90, 60)), one(0.0), date(2024, 1, 1), 1).target == pytest.approx(48.0)


def test_the_store_moves_as_the_vehicle():
    """Following the same powers, the linear store is where the car is at every place, and what must be held at departures is."""
    cars = with_sessions((18, 31, 10), (41, 80, 5), discharge=4.0)
    day = make_days(minutes=60, homes=1)[0]
    today = ev.today(cars, day)
    state, rng = ev.start(cars, day), np.random.default_rng(3)
    stores = ev.store(cars, ev.meet(cars, state, today, 0), today, 0, 48, 1.0)
    level = stores.level
    for place in range(47):
        met = ev.meet(cars, state, today, place)
        assert met.level == pytest.approx(level)
        low, high = ev.span(cars, met, 1.0)
        assert stores.low[place] <= low + 1e-9
        assert high <= stores.high[place] + 1e-9
        power = low + rng.random(1) * (high - low)
        state = ev.step(cars, met, power, 1.0)
        gain = stores.into[place] * np.maximum(power, 0) - stores.out[place] * np.maximum(-power, 0)
        level = stores.keep * level + gain + stores.inflow[place]
        if place == 30:
            assert stores.least[place] == cars.target
            level = np.where(state.level > level, state.level, level)
        if place == 40:  # it came back with more than was wished: a trip takes what it takes
            level = ev.meet(cars, state, today, 41).level


def test_specification():
    cars = Sizes(discharge=0.5)(make_homes(50), owners(50))
    sheet = ev.specification(cars)
    assert 0 < np.sum(sheet.bidirectional) < 50
    assert np.all(sheet.low[~sheet.bidirectional] == 0)
    assert set(np.round(cars.minimum, 2)) == {1.38, 4.14}  # 6 A at 230 V, one phase and three


def test_every_wrong_size_is_named():
    with pytest.raises(InputError) as error:
        Sizes(capacity=(50.0, 10.0), power=0.0, efficiency=1.2, discharge=-1.0, target=1.0, wear=float("nan"))
    assert {fault.where for fault in error.value.faults} == {"capacity", "power", "efficiency", "discharge", "target", "wear"}


@settings(max_examples=20, deadline=None)
@given(rows=st.lists(st.integers(0, 29), min_size=1, max_size=10, unique=True))
def test_rows_alone_are_rows_together(rows):
    cars = Sizes(discharge=0.5)(make_homes(30), owners(30))
    day = make_days(minutes=60, homes=30)[0]
    few = cars.take(np.array(rows))
    whole, part = ev.today(cars, day), ev.today(few, day)
    assert np.array_equal(whole.left[:, rows], part.left)
    assert np.array_equal(whole.trip[:, rows], part.trip)
    assert np.array_equal(ev.start(cars, day).level[rows], ev.start(few, day).level)
