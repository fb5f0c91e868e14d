"""Every flexible kind keeps the laws of devices through days of whatever its people and the market ask of it."""

from dataclasses import fields, is_dataclass
from datetime import date

import numpy as np
import pytest

from p2p.base.clock import Clock
from p2p.base.columns import Columns
from p2p.base.streams import Streams
from p2p.devices import FLEXIBLE, Day, Prices
from p2p.devices.homes import CLASSES, Homes
from p2p.devices.reach import STEPS
from p2p.devices.specification import CONTROLS, INVOLVEMENTS
from p2p.devices.synthetic_weather import synthetic

HOMES = 9
PRICES = Prices(300_000.0, 80_000.0, 340_000.0, 60_000.0, 90_000.0, 160_000.0)


def days_of(minutes, start=date(2016, 3, 26)):
    """Three days, the second an hour short: summer time begins."""
    clock = Clock(start, 3, minutes)
    streams = Streams(5)
    weather = synthetic(clock, streams, beyond=48.0)
    ahead = 24 * 60 // minutes
    rng = np.random.default_rng(1)
    expected = rng.uniform(-0.5, 0.8, (ahead, HOMES)) * clock.hours
    for number in range(3):
        first, after = int(clock.day_start[number]), int(clock.day_start[number + 1])
        span = slice(first, after + ahead)
        yield Day(number, first, after - first, clock.hours, clock.beyond.local[span], weather.take(span), expected, streams)


def drawn(name, rows=None):
    kind = FLEXIBLE[name]
    homes = Homes(np.full(HOMES, CLASSES.index(kind.owners[0]), np.int32), np.ones(HOMES), np.full(HOMES, 4.0), Streams(5))
    owner = np.arange(HOMES, dtype=np.int32)
    return kind.sizes()(homes, owner if rows is None else owner[rows])


def lived(name, device, rows, minutes):
    """Every interval of three days, with powers drawn from the span by home; what the device was in each."""
    module = FLEXIBLE[name].module
    state = None
    for day in days_of(minutes):
        state = module.start(device, day) if state is None else state
        today = module.today(device, day)
        for place in range(day.length):
            met = module.meet(device, state, today, place)
            low, high = module.span(device, met, day.hours)
            worth = module.worth(device, met, today, place, (low, high), PRICES, day.hours)
            luck = np.random.default_rng(day.first + place).random((2, HOMES))[:, rows]
            wanted = low + luck[0] * (high - low)
            power = np.where(luck[1] < 0.5, module.hold(device, met, wanted, day.hours), wanted)
            state = module.step(device, met, power, day.hours)
            yield low, high, worth, wanted, power, state


def columns(state):
    if isinstance(state, np.ndarray):
        return {"state": state}
    if isinstance(state, Columns):
        return state.columns()
    assert is_dataclass(state)
    return {field.name: getattr(state, field.name) for field in fields(state)}


@pytest.mark.parametrize("minutes", [15, 60])
@pytest.mark.parametrize("name", FLEXIBLE)
def test_whatever_is_asked_of_it_a_device_stays_legal(name, minutes):
    device = drawn(name)
    for low, high, worth, _, power, state in lived(name, device, np.arange(HOMES), minutes):
        assert np.all(np.isfinite(low) & np.isfinite(high) & (low <= high + 1e-12))
        assert len(worth.width) <= STEPS
        assert np.all(worth.width >= -1e-12)
        assert worth.width.sum(axis=0) == pytest.approx(high - low, abs=1e-9)
        value = np.where(worth.width > 1e-9, worth.worth, np.nan)
        filled = np.stack([np.fmin.accumulate(column) for column in value.T], axis=1) if len(value) else value
        assert np.all(np.isnan(value) | (value <= filled + 1e-6)), "what is worth most comes first"
        assert np.all((low - 1e-9 <= power) & (power <= high + 1e-9)), "hold stays within the span"
        for column in columns(state).values():
            assert np.all(np.isfinite(column) | (np.abs(column) == np.inf))
        if FLEXIBLE[name].missed:
            assert np.all(state.missed >= 0)
        if FLEXIBLE[name].fuel:
            assert np.all(state.fuel >= 0)


@pytest.mark.parametrize("name", FLEXIBLE)
def test_switched_off_by_force_a_device_stays_legal(name):
    """In an area that is cut off a device may get less than its people's comfort asks of it: its span still bends, never breaks."""
    device, module, state, forced = drawn(name), FLEXIBLE[name].module, None, 0
    for day in days_of(15):
        state = module.start(device, day) if state is None else state
        today = module.today(device, day)
        for place in range(day.length):
            met = module.meet(device, state, today, place)
            low, high = module.span(device, met, day.hours)
            assert np.all(np.isfinite(low) & np.isfinite(high) & (low <= high + 1e-12))
            luck = np.random.default_rng(place).random(HOMES)
            power = np.where(luck < 0.3, low + luck * (high - low), np.clip(0.0, np.minimum(low, 0.0), np.maximum(high, 0.0)))
            forced += int(np.sum(power < low - 1e-9))
            state = module.step(device, met, power, day.hours)
            for column in columns(state).values():
                assert np.all(np.isfinite(column) | (np.abs(column) == np.inf))
            assert not FLEXIBLE[name].missed or np.all(state.missed >= 0)
            assert not FLEXIBLE[name].fuel or np.all(state.fuel >= 0)
    assert forced or name in ("battery", "generator", "chp", "hybrid_heat_pump"), "nothing was forced"


@pytest.mark.parametrize("name", FLEXIBLE)
def test_a_device_alone_does_what_it_does_among_others(name):
    rows = np.array([2, 7])
    together = lived(name, drawn(name), np.arange(HOMES), 30)
    alone = lived(name, drawn(name, rows), rows, 30)
    for one, other in zip(together, alone, strict=True):
        assert np.array_equal(one[4][rows], other[4])
        for name_of, column in columns(other[5]).items():
            found = columns(one[5])[name_of]
            assert np.array_equal(found[rows] if len(found) == HOMES else found[..., rows], column), name_of


@pytest.mark.parametrize("name", FLEXIBLE)
def test_a_device_says_what_it_offers(name):
    kind = FLEXIBLE[name]
    device = drawn(name)
    sheet = kind.module.specification(device)
    assert len(sheet) == len(device)
    assert kind.module.CONTROL in CONTROLS
    assert set(sheet.involvement.tolist()) <= set(INVOLVEMENTS)
    assert np.all(sheet.low <= sheet.high)
    assert np.all((sheet.first >= 0) & (sheet.last <= 24))


@pytest.mark.parametrize("name", [name for name, kind in FLEXIBLE.items() if kind.plannable])
def test_a_store_is_the_device(name):
    """The store's own equation lands on the level that the next interval finds, and no power within its span leaves its bounds."""
    kind = FLEXIBLE[name]
    device = drawn(name)
    day = next(days_of(15))
    state, today, expected = kind.module.start(device, day), kind.module.today(device, day), None
    for place in range(80):
        met = kind.module.meet(device, state, today, place)
        low, high = kind.module.span(device, met, day.hours)
        store = kind.module.store(device, met, today, place, 1, day.hours)
        if expected is not None:
            assert store.level == pytest.approx(expected, abs=LEVEL_WITHIN.get(name, 1e-9)), place
        power = low + np.random.default_rng(place).random(HOMES) * (high - low)
        into, out = store.into[0] * np.maximum(power, 0), store.out[0] * np.maximum(-power, 0)
        expected = store.keep * store.level + (into - out) * day.hours + store.inflow[0]
        assert np.all(store.low[0] <= high + 1e-9)
        assert np.all(store.high[0] >= low - 1e-9)
        assert np.all(store.least <= store.most + 1e-9)
        state = kind.module.step(device, met, power, day.hours)


LEVEL_WITHIN = {"heat_pump": 0.05, "process": 0.5}
"""How far the linear store may be off for a device that is not linear: a batch that is done takes no more, and a building of two nodes is stored as one. [kWh]"""
