"""Heat pumps by hand: what an hour does, what comfort needs, running time, lock-outs, and what is lost."""

import numpy as np
import pytest

from p2p.base.errors import InputError
from p2p.devices.heat import heat_pump
from p2p.devices.heat.building import total_loss
from tests.devices.heated import PRICES, at, column, day, homes, pump

LEFT = np.exp(-1 / 50)
"""What an hour leaves of the warmth of `heated.ONE`."""

KELVIN = (1 - LEFT) / 0.2
"""What a kW of heat adds to it in an hour."""


def test_an_hour_by_hand():
    """20 degC inside, 0 outside: exp(-1/50) leaves 19.604 degC. 1 kW at a coefficient of 3.28 adds 3.28 x 0.09901 = 0.3247 K: 19.929.

    To be 19.8 degC at the end it needs (19.8 - 19.604) / 0.3247 = 0.6036 kW, and up to 22 degC it could take 7.38, but has 3 kW.
    """
    device = pump()
    state, _ = at(heat_pump, device, 20.0)
    assert state.cop == pytest.approx(3.28)
    after = heat_pump.step(device, state, column(1.0), 1.0)
    assert after.room == pytest.approx(19.9287, abs=1e-4)
    assert after.mass == pytest.approx(after.room)
    low, high = heat_pump.span(device, state, 1.0)
    assert low == pytest.approx(0.6036, abs=1e-4)
    assert high == pytest.approx(3.0)


def test_sun_and_people_heat_too():
    """2 m2 of 500 W/m2 are 1 kW, people 0.5 kW: 1.5 x 0.09901 = 0.1485 K more."""
    device = pump(aperture=2.0, internal=0.5)
    state, _ = at(heat_pump, device, 20.0, sun=500.0)
    assert heat_pump.step(device, state, column(0.0), 1.0).room == pytest.approx(20 * LEFT + 1.5 * KELVIN)


def test_a_cold_house_is_heated_as_much_as_it_can_be_and_the_lack_is_counted():
    """From 15 degC, 3 kW add 3 x 3.28 x 0.09901 = 0.974 K to 14.703: 15.677, 4.123 K below the band for an hour."""
    device = pump()
    state, _ = at(heat_pump, device, 15.0)
    low, high = heat_pump.span(device, state, 1.0)
    assert low == high == pytest.approx(3.0)
    after = heat_pump.step(device, state, low, 1.0)
    assert after.missed == pytest.approx(19.8 - (15 * LEFT + 3 * 3.28 * KELVIN))


def test_a_hot_day_is_not_its_fault_but_its_own_heat_is():
    """30 degC outside: rooms of 25 degC warm to 25.1 without it, none of which counts. 1 kW on top counts as far as it adds."""
    device = pump()
    state, _ = at(heat_pump, device, 25.0, outdoor=30.0)
    low, high = heat_pump.span(device, state, 1.0)
    assert low == high == 0
    assert heat_pump.step(device, state, low, 1.0).missed == 0
    added = heat_pump.step(device, state, column(1.0), 1.0)
    assert added.missed == pytest.approx(state.cop * KELVIN)


def test_on_a_mild_day_it_only_holds_the_lower_bound():
    """16 degC on the mean, limit 15: up to 19.8 degC and no further."""
    device = pump()
    state, _ = at(heat_pump, device, 19.8, outdoor=16.0)
    low, high = heat_pump.span(device, state, 1.0)
    assert high == pytest.approx(low)
    assert heat_pump.step(device, state, high, 1.0).room == pytest.approx(19.8)


def test_a_smallest_power_is_held_or_none():
    """Between 0 and 1.2 kW the nearer is held; what comfort needs is rounded up."""
    device = pump(part=0.4)
    state, _ = at(heat_pump, device, 21.0)
    held = [float(heat_pump.hold(device, state, column(power), 1.0)[0]) for power in (0.0, 0.5, 0.7, 1.2, 2.0)]
    assert held == pytest.approx([0.0, 0.0, 1.2, 1.2, 2.0])
    state, _ = at(heat_pump, device, 20.0)
    low, _ = heat_pump.span(device, state, 1.0)
    assert heat_pump.hold(device, state, low, 1.0) == pytest.approx(1.2)


def test_where_even_the_smallest_power_is_too_much_it_cycles():
    """A band of 0.1 K: the 0.6 kW that comfort needs are a mean, since 1.5 kW would heat beyond the band."""
    device = pump(part=0.5, most=19.9)
    state, _ = at(heat_pump, device, 20.0)
    low, high = heat_pump.span(device, state, 1.0)
    assert 0 < low < high < 1.5
    assert heat_pump.hold(device, state, low, 1.0) == pytest.approx(low)


def test_it_runs_its_least_time():
    """Half an hour at 15 minutes an interval: after one it must go on at its smallest power, after two it may stop."""
    device = pump(part=0.4, run=0.5)
    state, today = at(heat_pump, device, 21.0, place=48, hours=0.25)
    for expected in (0.0, 1.2, 0.0):
        low, _ = heat_pump.span(device, state, 0.25)
        assert low == pytest.approx(expected)
        state = heat_pump.meet(device, heat_pump.step(device, state, column(1.2), 0.25), today, 49)
    stopped = heat_pump.step(device, state, column(0.0), 0.25)
    assert stopped.running == 0


def test_it_does_not_start_where_it_could_not_run_its_time():
    """At 21.9 degC and smallest heat of 1.2 x 3.28 = 3.936 kW against a loss of 4.38: never. With 2.4 x 3.28 = 7.87 kW an hour adds
    0.35 K, two hours 0.68 K: a run of two hours would end at 22.58 degC, above the top, so it stays off."""
    device = pump(part=0.8, run=2.0)
    state, _ = at(heat_pump, device, 21.9)
    assert heat_pump.span(device, state, 1.0)[1] == 0
    cooler, _ = at(heat_pump, device, 21.0)
    assert heat_pump.span(device, cooler, 1.0)[1] > 2.4


def test_the_run_that_fits_stays_in_the_band():
    device = pump(part=0.5, run=1.0)
    state, today = at(heat_pump, device, 21.2, place=48, hours=0.25)
    for place in range(48, 60):
        _, high = heat_pump.span(device, state, 0.25)
        after = heat_pump.step(device, state, high, 0.25)
        assert after.room <= 22.0 + 1e-9
        assert after.missed == 0
        state = heat_pump.meet(device, after, today, place + 1)


def test_lock_outs_shut_it_off_over_midnight_too():
    """Locked from 11 to 13 and from 23 to 1: at 11, 12, 23 and 0, not at 13, 22 or 1; what is lost meanwhile is counted."""
    device = pump(locks=[(11.0, 13.0), (23.0, 1.0)])
    locked = [hour for hour in range(24) if at(heat_pump, device, 20.0, place=hour)[0].locked[0]]
    assert locked == [0, 11, 12, 23]
    state, _ = at(heat_pump, device, 19.8, place=11, running=0.25)
    low, high = heat_pump.span(device, state, 1.0)
    assert low == high == 0
    assert heat_pump.step(device, state, low, 1.0).missed == pytest.approx(19.8 * (1 - LEFT))


def test_a_call_from_outside_locks_it():
    device = pump()
    state, _ = at(heat_pump, device, 15.0)
    low, high = heat_pump.span(device, state.replace(locked=np.array([True])), 1.0)
    assert low == high == 0


def test_rooms_are_warm_when_people_wake():
    """17 degC by night, 20 from 6 o'clock. At least power all night they are 20 degC at six, and start no earlier than needed."""
    device = pump(day_low=20.0, night_low=17.0)
    around = day()
    today, state = heat_pump.today(device, around), heat_pump.start(device, around)
    rooms = []
    for place in range(24):
        met = heat_pump.meet(device, state, today, place)
        low, _ = heat_pump.span(device, met, 1.0)
        state = heat_pump.step(device, met, low, 1.0)
        rooms.append(float(state.room[0]))
        assert state.missed == 0
    assert rooms[5] == pytest.approx(20.0)
    assert min(rooms) < 19.0
    # the last hour before six at full power: from the line on which it stands, the whole heat pump just brings it up
    full = 3 * 3.28
    assert rooms[4] == pytest.approx((20.0 - full * KELVIN) / LEFT)


def test_worth_falls_with_warmth():
    """Cold rooms: both steps near the dearest price; at the top: the cheapest."""
    device = pump(most=23.8)
    values = []
    for room in (20.0, 21.0, 22.0, 23.0):
        state, today = at(heat_pump, device, room)
        span = heat_pump.span(device, state, 1.0)
        steps = heat_pump.worth(device, state, today, 12, span, PRICES, 1.0)
        assert steps.width.sum(axis=0) == pytest.approx(span[1] - span[0])
        assert steps.worth[0] >= steps.worth[1]
        values.append(float(steps.worth[0, 0]))
    assert values == sorted(values, reverse=True)
    assert PRICES.cheapest <= values[-1] < values[0] <= PRICES.dearest


def test_worth_by_hand():
    """Band 19.8 to 23.8; at 22.2 degC an hour leaves 21.760, fill 0.49; 3 kW add 0.974 K, 0.2436 of the band: fills 0.5510, 0.6728."""
    device = pump(most=23.8)
    state, today = at(heat_pump, device, 22.2)
    fill, rise = (22.2 * LEFT - 19.8) / 4, 3 * 3.28 * KELVIN / 4
    steps = heat_pump.worth(device, state, today, 12, heat_pump.span(device, state, 1.0), PRICES, 1.0)
    assert steps.worth[:, 0] == pytest.approx([340_000 - 280_000 * (fill + share * rise) for share in (0.25, 0.75)])


def test_the_store_of_one_node_is_the_building():
    """The linear store lands where the building does, for any power, and its bounds are those of the rooms."""
    device = pump(aperture=2.0)
    around = day(outdoor=lambda hour: hour / 4 - 3, sun=100.0)
    today, state = heat_pump.today(device, around), heat_pump.start(device, around)
    store = heat_pump.store(device, heat_pump.meet(device, state, today, 0), today, 0, 24, 1.0)
    level = store.level
    for place in range(24):
        power = column(0.1 * place)
        state = heat_pump.step(device, heat_pump.meet(device, state, today, place), power, 1.0)
        level = store.keep * level + store.into[place] * power + store.inflow[place]
        assert level == pytest.approx(10 * state.room)
    assert store.least[12] == pytest.approx(198.0)
    assert store.most[12] == pytest.approx(220.0)


def test_the_store_of_two_nodes_follows_a_steady_house():
    """A house that is held steady at its lower bound stays on it, in the store as in both nodes."""
    device = pump(capacity=1.5, mass=8.5, radiant=0.5, coupling=1.4)
    room = 19.8
    heat = total_loss(device) * room
    mass = ((1.4 * room + 0.5 * heat) / (1.4 + 0.1)).item()
    state, today = at(heat_pump, device, room, mass=mass)
    store = heat_pump.store(device, state, today, 12, 1, 1.0)
    power = heat / state.cop
    assert heat_pump.step(device, state, power, 1.0).room == pytest.approx(room)
    assert store.level == pytest.approx(store.least[0])
    assert store.keep * store.level + store.into[0] * power + store.inflow[0] == pytest.approx(store.level)


def test_a_heat_pump_is_sized_for_the_design_day():
    """At -12 degC it gives 1.1 of the heat that holds the day's temperature; and the draw keeps to its ends."""
    owner = np.arange(200, dtype=np.int32)
    drawn = heat_pump.Sizes()(homes(200), owner)
    around = day(outdoor=-12.0, homes=200)
    state = heat_pump.meet(drawn, heat_pump.start(drawn, around), heat_pump.today(drawn, around), 12)
    assert drawn.rating * state.cop == pytest.approx(1.1 * total_loss(drawn) * (drawn.day_low + 12))
    assert np.all((drawn.day_low >= 19.5) & (drawn.day_low <= 21) & (drawn.night_low <= drawn.day_low))
    assert 0.35 < np.mean(drawn.at_zero == 30.0) < 0.65
    whole = total_loss(drawn) / (drawn.internal / 3e-3) * 1000
    assert np.all((whole >= 1.1) & (whole <= 2.2))
    assert np.all(heat_pump.Sizes(nodes=1)(homes(200), owner).mass == 0)


def test_nonsense_sizes_are_refused_all_at_once():
    with pytest.raises(InputError) as error:
        heat_pump.Sizes(loss=(2.0, 1.0), nodes=3, quality=float("nan"), day_low=(21.0, 22.0), locks=4)
    assert [fault.where for fault in error.value.faults] == ["loss", "nodes", "quality", "locks"]
