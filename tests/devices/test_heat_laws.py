"""Laws of heat pumps with and without a boiler: energy closes, time adds up, and comfort is kept or counted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from p2p.devices.heat import heat_pump, hybrid_heat_pump
from p2p.devices.heat.cop import AIR, GROUND, coefficient
from tests.devices.heated import PRICES, at, column, hybrid, pump

BUILT = st.fixed_dictionaries(
    {
        "loss": st.floats(0.01, 0.5), "outer": st.floats(0.01, 0.5), "coupling": st.floats(0.2, 5.0), "capacity": st.floats(0.5, 5.0),
        "mass": st.just(0.0) | st.floats(2.0, 40.0), "radiant": st.floats(0.0, 0.95), "aperture": st.floats(0.0, 8.0),
        "internal": st.floats(0.0, 1.0), "rating": st.floats(0.5, 5.0), "part": st.sampled_from([0.0, 0.3, 1.0]),
        "run": st.sampled_from([0.0, 0.5, 2.0]), "day_low": st.floats(19.0, 21.0), "night_low": st.floats(16.0, 19.0),
        "most": st.floats(21.5, 24.0),
    }
)  # fmt: skip
FOUND = st.fixed_dictionaries(
    {
        "room": st.floats(12.0, 27.0), "mass": st.floats(12.0, 27.0), "outdoor": st.floats(-25.0, 35.0), "sun": st.floats(0.0, 900.0),
        "running": st.sampled_from([0.0, 0.25, 5.0]), "hours": st.sampled_from([1 / 12, 0.25, 0.5, 1.0]), "clock": st.integers(0, 23),
    }
)  # fmt: skip
SHARE = st.floats(0.0, 1.0)


def met(module, device, clock, hours, mass, room, **found):
    """The state of a device at an hour of the day; a building of one node is all at the temperature of its rooms."""
    return at(module, device, room, place=round(clock / hours), mass=mass if device.mass[0] else room, hours=hours, **found)[0]


def exact(device, state, heat, hours):
    """Rooms, mass, and the heat lost in an interval [kWh], by the exponential of the whole system."""
    names = ("loss", "outer", "coupling", "capacity", "mass", "radiant")
    loss, outer, coupling, capacity, mass, radiant = (float(getattr(device, name)[0]) for name in names)
    outdoor, heat = state.outdoor[0], heat + state.gain[0]
    if not mass:
        loss, outer, coupling, mass, radiant = loss + outer, 0.0, 0.0, 1.0, 0.0
    system = np.zeros((4, 4))  # rooms, mass, heat lost, and one
    system[0] = np.array([-(loss + coupling), coupling, 0.0, loss * outdoor + (1 - radiant) * heat]) / capacity
    system[1] = np.array([coupling, -(outer + coupling), 0.0, outer * outdoor + radiant * heat]) / mass
    system[2] = loss, outer, 0.0, -(loss + outer) * outdoor
    return (expm(system * hours) @ [state.room[0], state.mass[0], 0.0, 1.0])[:3]


def balance(device, state, after, heat, hours):
    """Heat in and gains less losses, and what rooms and mass store more. [kWh]"""
    lost = exact(device, state, heat, hours)[2]
    stored = device.capacity[0] * (after.room[0] - state.room[0]) + device.mass[0] * (after.mass[0] - state.mass[0])
    return (heat + state.gain[0]) * hours - lost, stored


@given(built=BUILT, found=FOUND, power=st.floats(0.0, 5.0))
def test_the_building_is_exact_and_energy_closes(built, found, power):
    device = pump(**built)
    state = met(heat_pump, device, **found)
    after = heat_pump.step(device, state, column(power), found["hours"])
    heat = float(state.cop[0]) * power
    rooms, mass, _ = exact(device, state, heat, found["hours"])
    assert after.room == pytest.approx(rooms, rel=1e-9)
    assert after.mass == pytest.approx(mass if built["mass"] else rooms, rel=1e-9)
    came, stored = balance(device, state, after, heat, found["hours"])
    assert stored == pytest.approx(came, rel=1e-7, abs=1e-7)


@given(
    loss=st.floats(0.01, 1.0), capacity=st.floats(0.5, 40.0), room=st.floats(10.0, 30.0), power=st.floats(0.0, 5.0),
    hours=st.sampled_from([0.25, 1.0]),
)  # fmt: skip
def test_energy_of_one_node_closes_in_closed_form(loss, capacity, room, power, hours):
    """A node falls towards T by e^(-kt), k its loss over its capacity: the integral is T h + (T0 - T) (1 - e^(-kh)) / k. 0 degC outside."""
    device = pump(loss=loss, outer=0.0, capacity=capacity)
    state = met(heat_pump, device, 12, hours, room, room)
    after = heat_pump.step(device, state, column(power), hours)
    heat, k = float(state.cop[0]) * power, loss / capacity
    toward = heat / loss
    integral = toward * hours - (room - toward) * np.expm1(-k * hours) / k
    assert capacity * (after.room[0] - room) == pytest.approx(heat * hours - loss * integral, rel=1e-8, abs=1e-8)


@given(built=BUILT, found=FOUND, power=st.floats(0.0, 5.0))
def test_two_halves_are_one_whole(built, found, power):
    device = pump(**built)
    state, hours = met(heat_pump, device, **found), found["hours"]
    whole = heat_pump.step(device, state, column(power), hours)
    half = heat_pump.step(device, heat_pump.step(device, state, column(power), hours / 2), column(power), hours / 2)
    for name in ("room", "mass", "running"):
        assert getattr(half, name) == pytest.approx(getattr(whole, name), rel=1e-9)


@given(built=BUILT, found=FOUND, share=SHARE, boiler=st.none() | st.floats(0.0, 15.0))
def test_power_in_the_span_keeps_the_band_or_is_counted(built, found, share, boiler):
    """Where the rooms end below the band, all heaters gave all they can; above it, the pump was off or bound to its running time."""
    module, device = (heat_pump, pump(**built)) if boiler is None else (hybrid_heat_pump, hybrid(boiler=boiler, **built))
    state, hours = met(module, device, **found), found["hours"]
    low, high = module.span(device, state, hours)
    assert np.all((low >= 0) & (low <= high) & (high <= device.rating))
    after = module.step(device, state, low + share * (high - low), hours)
    room, least, most = after.room[0], state.least[0], device.most[0]
    if room < least - 1e-7:
        assert low == high == device.rating
        assert boiler is None or after.fuel == pytest.approx(boiler * hours / 0.9)
    if room > max(state.top[0], device.day_low[0]) + 1e-7:
        bound = 0 < found["running"] < built["run"]
        assert high == 0.0 or (bound and low == high == pytest.approx(built["part"] * device.rating[0]))
    idle = module.step(device, state, column(0.0), hours) if boiler is None else None
    own = room - idle.room[0] if boiler is None else np.inf
    missed = max(least - room, 0.0) + max(min(room - most, own), 0.0)
    if boiler is None or room <= most:
        assert after.missed == pytest.approx(missed * hours, abs=1e-6)


@given(built=BUILT, found=FOUND, share=SHARE, boiler=st.none() | st.floats(0.0, 15.0))
def test_what_is_held_is_legal(built, found, share, boiler):
    """Within the span; off or at least the smallest power, or what was asked for where the span has none of both; held again it stays."""
    module, device = (heat_pump, pump(**built)) if boiler is None else (hybrid_heat_pump, hybrid(boiler=boiler, **built))
    state, hours = met(module, device, **found), found["hours"]
    low, high = module.span(device, state, hours)
    wanted = low + share * (high - low)
    held = module.hold(device, state, wanted, hours)
    smallest = built["part"] * built["rating"]
    assert low <= held <= high
    assert held == 0.0 or held >= smallest or (held == wanted and low > 0 and high < smallest)
    assert module.hold(device, state, held, hours) == held


@given(built=BUILT, found=FOUND, share=SHARE, boiler=st.floats(0.0, 15.0), efficiency=st.floats(0.5, 1.0))
def test_the_energy_of_a_hybrid_closes(built, found, share, boiler, efficiency):
    """Heat of pump, boiler and gains less losses is what is stored; and gas is burnt only as far as comfort needs it by day."""
    device = hybrid(boiler=boiler, efficiency=efficiency, **built)
    state, hours = met(hybrid_heat_pump, device, **found), found["hours"]
    low, high = hybrid_heat_pump.span(device, state, hours)
    power = low + share * (high - low)
    after = hybrid_heat_pump.step(device, state, power, hours)
    gas = after.fuel[0] * efficiency / hours
    assert -1e-9 <= gas <= boiler + 1e-9
    came, stored = balance(device, state, after, state.cop[0] * power[0] + gas, hours)
    assert stored == pytest.approx(came, rel=1e-7, abs=1e-7)
    if gas > 1e-6:
        assert after.room[0] <= device.day_low[0] + 1e-7


@given(built=BUILT, found=FOUND, boiler=st.floats(0.0, 15.0))
def test_a_boiler_of_none_is_a_heat_pump(built, found, boiler):
    """Without gas both are the same; with it, gas takes from the least power and never from the most."""
    device, bare, alone = hybrid(boiler=boiler, **built), hybrid(boiler=0.0, **built), pump(**built)
    hours = found["hours"]
    states = [met(module, one, **found) for module, one in ((hybrid_heat_pump, bare), (heat_pump, alone))]
    spans = [
        module.span(one, state, hours) for module, one, state in zip((hybrid_heat_pump, heat_pump), (bare, alone), states, strict=True)
    ]
    assert np.array_equal(spans[0], spans[1])
    afters = [hybrid_heat_pump.step(bare, states[0], spans[0][1], hours), heat_pump.step(alone, states[1], spans[1][1], hours)]
    assert all(np.array_equal(getattr(afters[0], name), getattr(afters[1], name)) for name in ("room", "mass", "running", "missed"))
    assert afters[0].fuel == 0.0
    low, _ = hybrid_heat_pump.span(device, met(hybrid_heat_pump, device, **found), hours)
    assert low <= spans[1][0] + 1e-9


@given(built=BUILT, found=FOUND, boiler=st.none() | st.floats(0.0, 15.0), gas=st.floats(0.0, 500_000.0))
def test_worth_falls_and_fills_the_span(built, found, boiler, gas):
    module, device = (heat_pump, pump(**built)) if boiler is None else (hybrid_heat_pump, hybrid(boiler=boiler, **built))
    state, hours = met(module, device, **found), found["hours"]
    low, high = module.span(device, state, hours)
    steps = module.worth(device, state, None, 0, (low, high), PRICES._replace(gas=gas), hours)
    assert np.all(steps.width >= 0)
    assert steps.width.sum(axis=0) == pytest.approx(high - low, abs=1e-12)
    assert np.all(np.diff(steps.worth, axis=0) <= 1e-6)
    if boiler is None:
        assert np.all((PRICES.cheapest <= steps.worth) & (steps.worth <= PRICES.dearest))
    else:
        assert np.all(steps.worth <= state.cop * gas / 0.9 + 1e-6)


@pytest.mark.parametrize("ground", [False, True])
@pytest.mark.parametrize("radiators", [False, True])
def test_the_colder_the_less_heat_for_a_kilowatt(ground, radiators):
    """Also where the fitted parabolas would rise again, from 0.09 / 0.001 = 90 and 0.21 / 0.0024 = 87.5 K on; in kernel and function."""
    assert (AIR[1] / (-2 * AIR[2]), GROUND[1] / (-2 * GROUND[2])) == pytest.approx((90.0, 87.5))
    at_zero, fall = (40.0, 1.0) if radiators else (30.0, 0.5)
    outdoor = np.linspace(-70.0, 40.0, 111)
    ones = np.ones(len(outdoor))
    found = coefficient(outdoor, 5 * ones, np.full(len(outdoor), ground), at_zero * ones, fall * ones, ones)
    assert np.all(np.diff(found) >= -1e-12)
    device = pump(ground=ground, at_zero=at_zero, fall=fall)
    for place in range(0, 111, 10):
        assert at(heat_pump, device, 20.0, outdoor=outdoor[place])[0].cop == pytest.approx(found[place])
