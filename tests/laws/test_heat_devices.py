"""Heat pumps keep the laws of devices: any power in the span, energy that closes, halves that make a whole, rows that stand alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from p2p.devices.heat import heat_pump, hybrid_heat_pump
from p2p.devices.heat.building import total_loss
from p2p.devices.specification import CONTROLS
from tests.devices.heated import PRICES, day, homes

KINDS = {"heat_pump": heat_pump, "hybrid_heat_pump": hybrid_heat_pump}
COUNT = 12
OWNER = np.arange(COUNT, dtype=np.int32)

kinds = st.sampled_from(sorted(KINDS))
lengths = st.sampled_from([1 / 12, 0.25, 0.5, 1.0])
nodes = st.sampled_from([1, 2])
outdoors = st.floats(-25, 35)


def drawn(name, nodes, seed, locks=0):
    return KINDS[name].Sizes(nodes=nodes, locks=locks)(homes(COUNT, seed), OWNER)


def met(name, device, seed, hours, outdoor, sun):
    """Devices in any interval, their rooms anywhere, running or not."""
    around = day(outdoor=outdoor, sun=sun, hours=hours, homes=COUNT)
    luck = np.random.default_rng(seed)
    state = KINDS[name].start(device, around)
    room = luck.uniform(10, 28, COUNT)
    mass = np.where(device.mass > 0, room + luck.uniform(-3, 3, COUNT), room)
    state = state.replace(room=room, mass=mass, running=luck.choice([0.0, 0.25, 3.0], COUNT))
    if name == "hybrid_heat_pump":
        state = state.replace(asked=luck.integers(-1, 2, COUNT).astype(np.int8))
    return KINDS[name].meet(device, state, KINDS[name].today(device, around), int(luck.integers(around.length))), luck


def lost(device, state, power, gas, hours):
    """[D] heat that leaves each building, from the exact integral of its temperatures. [kWh]"""
    heat = state.gain + state.cop * power + gas
    out = np.empty(COUNT)
    for row in range(COUNT):
        loss, outer, coupling = device.loss[row], device.outer[row], device.coupling[row]
        over = np.array([state.room[row] - state.outdoor[row], state.mass[row] - state.outdoor[row]])
        whole = np.zeros((4, 4))
        if device.mass[row] > 0:
            whole[0] = np.array([-(loss + coupling), coupling, (1 - device.radiant[row]) * heat[row], 0]) / device.capacity[row]
            whole[1] = np.array([coupling, -(outer + coupling), device.radiant[row] * heat[row], 0]) / device.mass[row]
            whole[3] = [loss, outer, 0, 0]
        else:
            whole[0] = np.array([-(loss + outer), 0, heat[row], 0]) / device.capacity[row]
            whole[3] = [loss + outer, 0, 0, 0]
        out[row] = (expm(whole * hours) @ [*over, 1.0, 0.0])[3]
    return out


@given(name=kinds, nodes=nodes, seed=st.integers(0, 999), hours=lengths, outdoor=outdoors, sun=st.floats(0, 900), at=st.floats(0, 1))
def test_any_power_in_the_span_is_legal_and_energy_closes(name, nodes, seed, hours, outdoor, sun, at):
    """Electricity times its coefficient, gas times its efficiency, sun and people: stored in the building, or lost from it."""
    module, device = KINDS[name], drawn(name, nodes, seed, locks=2)
    state, _ = met(name, device, seed, hours, outdoor, sun)
    low, high = module.span(device, state, hours)
    assert np.all((low >= 0) & (low <= high) & (high <= device.rating * (1 + 1e-12)))
    power = low + at * (high - low)
    after = module.step(device, state, power, hours)
    gas = after.fuel * device.efficiency / hours if name == "hybrid_heat_pump" else np.zeros(COUNT)
    assert np.all((after.missed >= 0) & (gas >= 0))
    stored = device.capacity * (after.room - state.room) + device.mass * (after.mass - state.mass)
    brought = (state.gain + state.cop * power + gas) * hours
    assert stored + lost(device, state, power, gas, hours) == pytest.approx(brought, abs=1e-8 * (1 + np.abs(stored).max()))


@given(name=kinds, nodes=nodes, seed=st.integers(0, 999), hours=lengths, outdoor=outdoors, at=st.floats(0, 1))
def test_what_is_held_lies_in_the_span_and_is_nothing_or_enough(name, nodes, seed, hours, outdoor, at):
    module, device = KINDS[name], drawn(name, nodes, seed, locks=3)
    state, _ = met(name, device, seed, hours, outdoor, 100.0)
    low, high = module.span(device, state, hours)
    held = module.hold(device, state, low + at * (high - low), hours)
    assert np.all((held >= low) & (held <= high))
    smallest = device.part * device.rating
    cycles = (low > 0) & (high < smallest)
    assert np.all((held == 0) | (held >= smallest) | cycles)
    assert module.hold(device, state, held, hours) == pytest.approx(held)


@given(name=kinds, nodes=nodes, seed=st.integers(0, 999), hours=lengths, outdoor=outdoors)
def test_comfort_is_lost_only_where_nothing_more_could_be_done(name, nodes, seed, hours, outdoor):
    """At its lowest power, rooms below the band mean that all it has runs, or that it is locked out."""
    module, device = KINDS[name], drawn(name, nodes, seed, locks=1)
    state, _ = met(name, device, seed, hours, outdoor, 0.0)
    low, _ = module.span(device, state, hours)
    after = module.step(device, state, low, hours)
    cold = after.room < state.least - 1e-6
    assert np.all(after.missed[cold] > 0)
    given_all = low >= device.rating * (1 - 1e-9)
    if name == "hybrid_heat_pump":
        given_all = after.fuel * device.efficiency / hours >= device.boiler * (1 - 1e-9)
    assert np.all(~cold | given_all | state.locked)


@given(nodes=nodes, seed=st.integers(0, 999), hours=lengths, outdoor=outdoors, at=st.floats(0, 1))
def test_two_half_steps_are_one_step(nodes, seed, hours, outdoor, at):
    device = drawn("heat_pump", nodes, seed)
    state, _ = met("heat_pump", device, seed, hours, outdoor, 200.0)
    power = at * device.rating
    once = heat_pump.step(device, state, power, hours)
    twice = heat_pump.step(device, heat_pump.step(device, state, power, hours / 2), power, hours / 2)
    assert once.room == pytest.approx(twice.room, abs=1e-9)
    assert once.mass == pytest.approx(twice.mass, abs=1e-9)
    assert once.running == pytest.approx(twice.running)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("nodes", [1, 2])
def test_rows_alone_are_rows_together(name, nodes):
    module = KINDS[name]
    around = day(outdoor=lambda hour: -6 + hour / 3, sun=150.0, hours=0.25, homes=COUNT)
    rows = np.array([7, 2])
    groups = [module.Sizes(nodes=nodes)(homes(COUNT), part) for part in (OWNER, OWNER[rows])]
    states = [module.start(device, around) for device in groups]
    todays = [module.today(device, around) for device in groups]
    for place in range(96):
        share = np.random.default_rng(place).random(COUNT)
        steps = []
        for group, luck in enumerate((share, share[rows])):
            device = groups[group]
            state = module.meet(device, states[group], todays[group], place)
            low, high = module.span(device, state, 0.25)
            worth = module.worth(device, state, todays[group], place, (low, high), PRICES, 0.25)
            states[group] = module.step(device, state, module.hold(device, state, low + luck * (high - low), 0.25), 0.25)
            steps.append(worth)
        for of_all, alone in ((steps[0].worth, steps[1].worth), (steps[0].width, steps[1].width)):
            assert np.array_equal(of_all[:, rows], alone)
        for column, alone in states[1].columns().items():
            assert np.array_equal(states[0].columns()[column][rows], alone), column


@given(name=kinds, nodes=nodes, seed=st.integers(0, 999), hours=lengths, outdoor=outdoors)
def test_worth_covers_the_span_and_falls(name, nodes, seed, hours, outdoor):
    module, device = KINDS[name], drawn(name, nodes, seed)
    state, _ = met(name, device, seed, hours, outdoor, 50.0)
    low, high = module.span(device, state, hours)
    steps = module.worth(device, state, module.today(device, day(hours=hours, homes=COUNT)), 0, (low, high), PRICES, hours)
    assert steps.width.sum(axis=0) == pytest.approx(high - low, abs=1e-9)
    assert np.all(steps.width >= 0)
    assert np.all(np.diff(steps.worth, axis=0) <= 1e-6)


@pytest.mark.parametrize("minutes", [5, 15, 30, 60])
@pytest.mark.parametrize("name", KINDS)
def test_a_cold_day_is_lived_in_comfort_at_any_length_of_interval(name, minutes):
    """2 degC: at least power, as it is really held, rooms lack nothing to speak of, and take the heat that they lose."""
    module, device = KINDS[name], drawn(name, 2, 3)
    hours, missed, heat = minutes / 60, 0.0, 0.0
    state = None
    for number in range(2):
        around = day(outdoor=2.0, hours=hours, homes=COUNT, number=number)
        today = module.today(device, around)
        state = module.start(device, around) if state is None else state
        for place in range(around.length):
            state = module.meet(device, state, today, place)
            power = module.hold(device, state, module.span(device, state, hours)[0], hours)
            after = module.step(device, state, power, hours)
            gas = after.fuel * device.efficiency if name == "hybrid_heat_pump" else 0.0
            heat, missed, state = heat + (state.gain + state.cop * power) * hours + gas, missed + after.missed, after
    assert np.all(missed / 2 < 0.01)
    steady = 48 * total_loss(device) * (device.day_low - 2.0)
    assert np.all((heat > 0.8 * steady) & (heat < 1.1 * steady))


@pytest.mark.parametrize("name", KINDS)
def test_it_says_what_it_offers(name):
    sheet = KINDS[name].specification(drawn(name, 2, 1))
    assert KINDS[name].CONTROL in CONTROLS
    assert KINDS[name].MISSED == "K·h"
    assert np.all((sheet.energy > 0) & (sheet.duration > 0) & (sheet.high > 0))


def test_gas_is_named():
    assert hybrid_heat_pump.FUEL == "gas"
    assert not hasattr(heat_pump, "FUEL")
