"""Tanks and cores keep the law of devices from any state: they stay legal, their energy closes, and time may be cut anywhere."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p.base.streams import Streams
from p2p.devices.homes import Homes
from p2p.devices.tanks import boiler, chp, night_storage
from p2p.devices.tanks.boiler import WEEK
from p2p.devices.tanks.warmth import WATER
from tests.devices.tank_days import PRICES, some_days

ROWS = 12
MODULES = {"boiler": boiler, "night_storage": night_storage, "chp": chp}
LENGTHS = [1 / 12, 0.25, 0.5, 1.0]

hours = st.sampled_from(LENGTHS)
seeds = st.integers(0, 2**32 - 1)
names = st.sampled_from(list(MODULES))


def drawn(name, seed, owner=None):
    """Devices of homes and firms of many sizes."""
    homes = Homes(np.resize(np.arange(3, dtype=np.int32), ROWS), np.linspace(0.1, 1.0, ROWS), np.ones(ROWS), Streams(seed))
    return MODULES[name].Sizes()(homes, np.arange(ROWS, dtype=np.int32) if owner is None else owner)


def somewhere(name, device, seed, hours):
    """Any legal state, met by any weather and any draw."""
    luck = np.random.default_rng(seed)
    any_of, rows = (lambda: luck.random(len(device)) * (luck.random(len(device)) < 0.8)), len(device)
    if name == "boiler":
        keep = np.exp(-device.loss / (device.volume * WATER) * hours)
        warm = device.cold + (device.high - device.cold) * luck.random(rows)
        floor = device.low + (device.high - device.low) * any_of()
        return boiler.State(warm, 1.1 * WEEK * luck.random(rows), 5 * any_of(), floor, keep, *np.zeros((3, rows)))
    if name == "night_storage":
        need, opened = 2 * device.loss * device.capacity * any_of(), np.round(luck.random(rows))
        keep, least = np.exp(-device.loss * hours), device.capacity * any_of()
        return night_storage.State(device.capacity * any_of(), need, opened, least, keep, *np.zeros((3, rows)))
    on = luck.random(rows) < 0.5
    left = on * (luck.random(rows) < 0.5) * (np.ceil(device.run / hours - 1e-9) - 1) * hours
    heat = device.rating * device.thermal / device.electric
    level = (device.capacity - device.part * heat * left) * any_of()
    return chp.State(level, on, left, 2 * heat * any_of(), np.exp(-device.loss * hours), *np.zeros((5, rows)))


def balance(name, device, state, after, power, hours):
    """Energy that went in, and energy that is held, used and lost, with the scale of both. [kWh]"""
    if name == "boiler":
        heat = device.volume * WATER
        return power * hours, heat * (after.temperature - state.temperature) + after.used + after.lost, heat * 50
    if name == "night_storage":
        return power * hours, after.level - state.level + after.used + after.lost, device.capacity
    made = -power * hours * device.thermal / device.electric
    return made + after.spare, after.level - state.level + after.used + after.lost, device.capacity


def legal(name, device, state):
    if name == "boiler":
        return np.all((state.temperature >= device.cold) & (state.temperature <= device.high) & (state.since >= 0))
    if name == "night_storage":
        return np.all((state.level >= 0) & (state.level <= device.capacity))
    kept = device.part * device.rating * device.thermal / device.electric * state.left
    return np.all((state.level >= 0) & (state.level <= device.capacity - kept + 1e-9) & (state.left >= 0))


@given(name=names, seed=seeds, at=st.floats(0, 1), hours=hours)
@settings(max_examples=150)
def test_any_power_in_the_span_is_legal_and_its_energy_closes(name, seed, at, hours):
    module, device = MODULES[name], drawn(name, seed)
    state = somewhere(name, device, seed, hours)
    low, high = module.span(device, state, hours)
    assert np.all(low <= high)
    wanted = low + at * (high - low)
    held = module.hold(device, state, wanted, hours)
    assert np.all((low <= held) & (held <= high))
    assert module.hold(device, state, held, hours) == pytest.approx(held)
    for power in (wanted, held):
        after = module.step(device, state, power, hours)
        assert legal(name, device, after)
        into, out, scale = balance(name, device, state, after, power, hours)
        assert np.all(np.abs(into - out) <= 1e-10 * scale)
        assert np.all((after.missed >= 0) & (after.used >= -1e-12))
        if name == "chp":
            assert after.fuel == pytest.approx(-power * hours / device.electric + after.spare / device.boiler_efficiency)
        if name != "boiler":  # a tank that is colder than its room warms
            assert np.all(after.lost >= -1e-10 * scale)


@given(name=names, seed=seeds, at=st.floats(0, 1), hours=hours, cut=st.integers(2, 5))
@settings(max_examples=100)
def test_time_may_be_cut_anywhere(name, seed, at, hours, cut):
    """A power held for an interval does what it does in parts of it: what is held, used, lost, burnt and missed."""
    module, device = MODULES[name], drawn(name, seed)
    state = somewhere(name, device, seed, hours)
    if name == "boiler":  # what is overdue is told at the ends of intervals
        state = state.replace(since=0 * state.since)
    low, high = module.span(device, state, hours)
    power = low + at * (high - low)
    once = module.step(device, state, power, hours)
    parts, sums = state.replace(keep=state.keep ** (1 / cut)), {"used": 0.0, "lost": 0.0, "missed": 0.0, "fuel": 0.0, "spare": 0.0}
    for _ in range(cut):
        parts = module.step(device, parts, power, hours / cut)
        sums = {key: value + getattr(parts, key, 0.0) for key, value in sums.items()}
    held = "temperature" if name == "boiler" else "level"
    assert getattr(parts, held) == pytest.approx(getattr(once, held), abs=1e-8)
    for key, value in sums.items():
        if hasattr(once, key):
            assert getattr(once, key) == pytest.approx(value, abs=1e-8), key


@given(seed=seeds, at=st.floats(0, 1), hours=hours)
@settings(max_examples=30)
def test_a_boiler_follows_its_equation(seed, at, hours):
    """The same as many small steps of the differential equation, by Heun's rule."""
    device = drawn("boiler", seed)
    state = somewhere("boiler", device, seed, hours)
    low, high = boiler.span(device, state, hours)
    power = low + at * (high - low)
    heat = device.volume * WATER

    def slope(warm):
        drawn = state.draw * np.minimum(1, (warm - device.cold) / (device.low - device.cold))
        return (power - drawn - device.loss * (warm - device.ambient)) / heat

    warm, short = state.temperature, 0.0
    floor = np.where(state.since >= WEEK, device.hygiene, device.low)
    for _ in range(4000):
        first = slope(warm)
        after = warm + hours / 4000 * (first + slope(warm + hours / 4000 * first)) / 2
        short = short + hours / 4000 * (np.maximum(floor - warm, 0) + np.maximum(floor - after, 0)) / 2
        warm = after
    exact = boiler.step(device, state, power, hours)
    assert exact.temperature == pytest.approx(warm, abs=1e-3)
    assert exact.missed == pytest.approx(short, abs=1e-3)


@given(name=names, seed=seeds, hours=hours)
@settings(max_examples=60)
def test_the_worth_fills_the_span_and_falls(name, seed, hours):
    module, device = MODULES[name], drawn(name, seed)
    state = somewhere(name, device, seed, hours)
    span = module.span(device, state, hours)
    worth = module.worth(device, state, None, 0, span, PRICES, hours)
    assert np.all(worth.width >= 0)
    assert worth.width.sum(axis=0) == pytest.approx(span[1] - span[0])
    assert np.all(np.diff(worth.worth, axis=0) <= 0)


@given(name=names, seed=seeds, rows=st.lists(st.integers(0, ROWS - 1), min_size=1, unique=True), hours=hours)
@settings(max_examples=60)
def test_rows_alone_are_rows_together(name, seed, rows, hours):
    module, owner = MODULES[name], np.array(rows, np.int32)
    device, few = drawn(name, seed), drawn(name, seed, owner)
    for key, values in few.columns().items():
        assert np.array_equal(values, getattr(device, key)[rows])
    state = somewhere(name, device, seed, hours)
    span, other = module.span(device, state, hours), module.span(few, state.take(owner), hours)
    assert np.array_equal(span[0][rows], other[0])
    assert np.array_equal(span[1][rows], other[1])
    after, alone = module.step(device, state, span[1], hours), module.step(few, state.take(owner), other[1], hours)
    for key, values in alone.columns().items():
        assert np.array_equal(values, getattr(after, key)[rows])


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("first", [date(2016, 3, 25), date(2016, 10, 28)])
@pytest.mark.parametrize("name", MODULES)
def test_what_is_ahead_of_a_day_is_what_the_next_day_begins_with(name, first, length):
    """Over both changes of the clock; and whoever is drawn alone has the same day."""
    module, device = MODULES[name], drawn(name, 5)
    days = list(some_days(4, first=first, hours=length, homes=ROWS))
    tables = [module.today(device, day) for day in days]
    for key in {"draw", "need", "opened"} & set(tables[0].__match_args__):
        for day, table, after in zip(days, tables, tables[1:], strict=False):
            tail = getattr(table, key)[day.length :]
            both = min(len(tail), len(getattr(after, key)))
            if len(getattr(table, key)) == len(day):
                assert both > 0
                assert np.array_equal(tail[:both], getattr(after, key)[:both])
    few = np.array([7, 2], np.int32)
    alone = module.today(drawn(name, 5, few), days[0])
    for key in alone.__match_args__:
        assert np.array_equal(getattr(alone, key), getattr(tables[0], key)[..., few])


@given(seed=seeds, hours=hours)
@settings(max_examples=40)
def test_the_lowest_power_ends_at_the_floor_where_it_can(seed, hours):
    """Of boilers and cores: they end at what must be had, or the power is all that there is."""
    for name, aim in (("boiler", "floor"), ("night_storage", "least")):
        module, device = MODULES[name], drawn(name, seed)
        state = somewhere(name, device, seed, hours)
        low, high = module.span(device, state, hours)
        after = module.step(device, state, low, hours)
        reached = after.temperature if name == "boiler" else after.level
        assert np.all((reached >= getattr(state, aim) - 1e-9) | (low == high))
