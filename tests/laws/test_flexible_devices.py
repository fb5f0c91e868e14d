"""Every flexible device keeps the law of devices: any power in its span leads to a legal state, its energy closes, rows are alone."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p.devices.flexible import appliance, behaviour, ev, generator, process
from tests.devices.days import PRICES, make_days, make_homes, owners

HOMES = 24
MODULES = {"ev": ev, "appliance": appliance, "behaviour": behaviour, "process": process, "generator": generator}
MADE = {
    "ev": lambda: ev.Sizes(discharge=0.5, bend=0.7),
    "appliance": lambda: appliance.Sizes("washing_machine", cycles=250, interruptible=0.5),
    "behaviour": behaviour.Sizes,
    "process": lambda: process.Sizes(batch=0.5, ramp=0.5, notice=(0.0, 1.2)),
    "generator": generator.Sizes,
}
hours = st.sampled_from([5, 15, 30, 60])


def devices(name, seed=1):
    return MADE[name]()(replace_kind(make_homes(HOMES, seed)), owners(HOMES))


def replace_kind(homes):
    return replace(homes, kind=np.arange(HOMES, dtype=np.int32) % 3)


def put_in(name, rows, met, after, power, length):
    """[D] what was put in, less what is stored, used and lost: nothing."""
    energy = power * length
    if name == "ev":
        stored = np.where(power > 0, energy * rows.efficiency, energy / rows.discharging)
        return stored - (after.level - met.level)
    if name == "appliance":
        used = np.array([programme(rows, row, after.done[row]) - programme(rows, row, met.done[row]) for row in range(len(rows))])
        return energy + after.missed - used  # who unloads early has missed the rest
    if name == "behaviour":  # net = rebound released less cut; what is owed grows by rebound x cut and falls by what is released
        cut = np.where(rows.rebound < 1, (after.owed - met.owed + energy) / (rows.rebound - 1), 0.0)
        assert np.all(cut >= -1e-9)
        assert np.all(cut <= met.cut * length + 1e-9)
        return after.owed - met.owed - rows.rebound * cut + (energy + cut)
    on = np.where(-power >= rows.minimum * (1 - 1e-9), length, -power * length / rows.minimum)
    return after.fuel - rows.idle * rows.rating * on + rows.slope * energy


def programme(rows, row, done):
    parts = np.clip(done - (np.cumsum(rows.length[row]) - rows.length[row]), 0, rows.length[row])
    return np.sum(parts * rows.power[row])


def legal(name, rows, state):
    for column in state.columns().values():
        assert np.all(np.isfinite(column))
        assert np.all(column >= 0)
    if name == "ev":
        assert np.all(state.level <= rows.capacity)
    if name == "appliance":
        assert np.all(state.done <= rows.total)
    if name == "process":
        assert np.all(state.due <= rows.batch)


@pytest.mark.parametrize("name", MODULES)
@settings(max_examples=15, deadline=None)
@given(minutes=hours, seed=st.integers(0, 1000), extreme=st.booleans())
def test_law(name, minutes, seed, extreme):
    """Any power in the span for two days: legal states, closed energy, a worth for all of the span, and `hold` within it."""
    module, rows = MODULES[name], devices(name, seed)
    rng = np.random.default_rng(seed)
    days = make_days(days=2, minutes=minutes, homes=HOMES, seed=seed)
    state = module.start(rows, days[0])
    legal(name, rows, state)
    for day in days:
        today = module.today(rows, day)
        for place in range(day.length):
            met = module.meet(rows, state, today, place)
            low, high = module.span(rows, met, day.hours)
            assert np.all(low <= high)
            share = rng.integers(0, 2, HOMES) if extreme else rng.random(HOMES)
            power = low + share * (high - low)
            held = module.hold(rows, met, power, day.hours)
            assert np.all((held >= low - 1e-9) & (held <= high + 1e-9))
            again = module.hold(rows, met, held, day.hours)
            assert again == pytest.approx(held, abs=1e-9)
            steps = module.worth(rows, met, today, place, (low, high), PRICES, day.hours)
            assert np.all(steps.width >= -1e-12)
            assert np.all(np.diff(steps.worth, axis=0) <= 1e-6)
            assert steps.width.sum(axis=0) == pytest.approx(high - low, abs=1e-9)
            if seed % 2:
                power = np.clip(held, low, high)
            state = module.step(rows, met, power, day.hours)
            legal(name, rows, state)
            if name != "process":
                assert put_in(name, rows, met, state, power, day.hours) == pytest.approx(np.zeros(HOMES), abs=1e-8)
            else:  # batch and schedule may both be short at a window's end, so only their sum is known
                ends = (met.left > 0) & (met.left <= day.hours * (1 + 1e-9))
                owed = met.plan * day.hours + np.where(met.left > 0, met.due - state.due, 0.0)
                assert owed - state.cut - state.missed == pytest.approx(power * day.hours, abs=1e-8)
                assert np.all(state.due[ends] == 0)


@pytest.mark.parametrize("name", MODULES)
@settings(max_examples=10, deadline=None)
@given(rows=st.lists(st.integers(0, HOMES - 1), min_size=1, max_size=8, unique=True), seed=st.integers(0, 100))
def test_rows_alone_are_rows_together(name, rows, seed):
    module, together = MODULES[name], devices(name, seed)
    alone = together.take(np.array(rows))
    day = make_days(days=1, minutes=30, homes=HOMES, seed=seed)[0]
    lucks = np.random.default_rng(seed).random((day.length, HOMES))
    both = [(together, np.arange(HOMES)), (alone, np.array(rows))]
    seen = []
    for device, places in both:
        state, today, history = module.start(device, day), module.today(device, day), []
        for place in range(day.length):
            met = module.meet(device, state, today, place)
            low, high = module.span(device, met, day.hours)
            steps = module.worth(device, met, today, place, (low, high), PRICES, day.hours)
            power = low + lucks[place, places] * (high - low)
            state = module.step(device, met, power, day.hours)
            history.append(np.stack((low, high, *steps.width, *steps.worth)))
        seen.append(np.array(history))
    assert np.array_equal(seen[0][:, :, rows], seen[1])


@pytest.mark.parametrize("name", ["ev", "behaviour", "generator"])
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000))
def test_two_half_steps_are_one_step(name, seed):
    """Where a power can be held throughout an interval, holding it in both halves comes to the same."""
    module, rows = MODULES[name], devices(name, seed)
    day = make_days(days=1, minutes=60, homes=HOMES, seed=seed)[0]
    rng = np.random.default_rng(seed)
    state, today = module.start(rows, day), module.today(rows, day)
    for place in range(12):
        met = module.meet(rows, state, today, place)
        low, high = module.span(rows, met, 1.0)
        share = rng.random(HOMES)
        whole = module.step(rows, met, low + share * (high - low), 1.0)
        if name == "behaviour":  # the same share cut, so the bounds of each half
            half, energy = met, 0.0
            for _ in range(2):
                bounds = module.span(rows, half, 0.5)
                power = bounds[0] + share * (bounds[1] - bounds[0])
                energy = energy + power * 0.5
                half = module.step(rows, half, power, 0.5)
            assert energy == pytest.approx(low + share * (high - low))
        else:
            power = low + share * (high - low)
            half = module.step(rows, module.step(rows, met, power, 0.5), power, 0.5)
        for column in {"ev": ("level", "left", "missed"), "behaviour": ("owed", "tired"), "generator": ()}[name]:
            assert getattr(half, column) == pytest.approx(getattr(whole, column), abs=1e-9)
        if name == "generator":
            full = -power >= rows.minimum
            assert half.run[full] == pytest.approx(whole.run[full])
        state = whole
