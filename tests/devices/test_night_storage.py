"""Night storage heaters: the core by hand, the tariff's window, and tomorrow's need."""

from math import log

import numpy as np
import pytest

from p2p.base.errors import InputError
from p2p.devices.tanks import night_storage
from p2p.devices.tanks.night_storage import NightStorage, Sizes, State
from tests.devices.days import make_homes, owners
from tests.devices.tank_days import PRICES, a_day, column, follow, some_days


def core(loss=0.0, rating=4.0, capacity=100.0, heat=0.1):
    return NightStorage(owners(1), *(column(value) for value in (rating, capacity, loss, heat, 15.0, 22.0, 6.0)))


def at(device, level, need, hours=1.0):
    return State(column(level), column(need), column(1.0), column(0.0), np.exp(-device.loss * hours), *np.zeros((3, 1)))


def test_a_core_gives_what_the_room_needs():
    """20 kWh, 2 h at 5 kW in and 2 kW out: 26."""
    device = core()
    after = night_storage.step(device, at(device, 20.0, 2.0, 2.0), column(5.0), 2.0)
    assert after.level == pytest.approx(26.0)
    assert after.used == pytest.approx(4.0)


def test_a_leak_warms_the_room_first():
    """A tenth leaks in an hour, as a rate: at 20 kWh that is 2 kW, twice what the room needs, so the fan stands still.

    By hand: the leak falls to 1 kW when half is left, after 10 ln 2 = 6.93 h; then the fan joins it, and just 1 kW leaves
    the core. After 10 h there are 10 - (10 - 6.93) = 6.93 kWh; 10 were used, and the rest of the 13.07 came unwanted.
    """
    device = core(loss=0.1)
    once = night_storage.step(device, at(device, 20.0, 1.0, 10.0), column(0.0), 10.0)
    assert once.level == pytest.approx(10 * log(2))
    assert once.used == pytest.approx(10.0)
    assert once.lost == pytest.approx(10 - 10 * log(2))
    assert once.missed == 0.0
    state, lost = at(device, 20.0, 1.0), 0.0
    for _ in range(10):
        state = night_storage.step(device, state, column(0.0), 1.0)
        lost += state.lost
    assert state.level == pytest.approx(10 * log(2))
    assert lost == pytest.approx(10 - 10 * log(2))


def test_charging_past_the_point_where_the_leak_is_enough():
    """Need 1 kW, a tenth leaks: from 8 kWh, 3 kW take 1 h to 10 kWh, where the leak is the need; then they go for 30 kWh.

    By hand: after 10 ln 2 h more they are half way, at 20. In all 3 kW less 12 kWh left the core, 1 kW of it wanted.
    """
    device = core(loss=0.1)
    hours = 1 + 10 * log(2)
    after = night_storage.step(device, at(device, 8.0, 1.0, hours), column(3.0), hours)
    assert after.level == pytest.approx(20.0)
    assert after.used == pytest.approx(hours)
    assert after.lost == pytest.approx(3 * hours - 12 - hours)


def test_an_empty_core_misses_openly():
    """1 kWh against 2 kW for an hour: 1 kWh is missed."""
    device = core()
    after = night_storage.step(device, at(device, 1.0, 2.0), column(0.0), 1.0)
    assert after.level == 0.0
    assert after.missed == pytest.approx(1.0)
    assert after.used == pytest.approx(1.0)


def test_the_controller_by_hand():
    """1 kW is needed all day, 4 kW may be charged from 22 to 6, and nothing leaks.

    At 6 the core must hold the 16 kWh until 22; an hour before, 16 + 1 - 4 = 13; and so on: 10, 7, 4, 1. At 7 it needs 15.
    With 9 kWh at 4, full power for two hours gets to 15 only, so it has no choice; with 12, 2 kW are enough for the first.
    """
    device = core()
    today = night_storage.today(device, a_day(hours=1.0, homes=1, temperature=5.0))
    assert today.least[:9, 0] == pytest.approx([1, 4, 7, 10, 13, 16, 15, 14, 13])
    assert today.least[21, 0] == pytest.approx(0.0)
    assert today.opened[:22, 0].tolist() == [1.0] * 6 + [0.0] * 16
    low, high = night_storage.span(device, night_storage.meet(device, at(device, 9.0, 0.0), today, 4), 1.0)
    assert (low, high) == (4.0, 4.0)
    low, high = night_storage.span(device, night_storage.meet(device, at(device, 12.0, 0.0), today, 4), 1.0)
    assert low == pytest.approx(2.0)
    assert high == 4.0


@pytest.mark.parametrize("hours", [0.25, 1.0])
def test_it_charges_in_the_window_alone_and_enough_for_tomorrow(hours):
    """Over a week with the day of 23 hours in it, no heat is missed at the lowest power."""
    device = Sizes()(make_homes(20), owners(20))
    missed, charged = np.zeros(20), 0.0
    for day, place, _, (_, high), power, state in follow(night_storage, device, some_days(7, hours=hours), lambda day, place: 0.0):
        if 6 <= day.hour[place] < 22:
            assert np.all(high == 0)
        charged += power.sum()
        missed += state.missed
    assert charged > 0
    assert missed == pytest.approx(np.zeros(20), abs=1e-9)


def test_heat_of_the_coldest_day_can_be_had_and_of_a_colder_one_not():
    device = Sizes()(make_homes(20), owners(20))
    for air, short in ((-12.0, False), (-30.0, True)):
        lived = follow(night_storage, device, some_days(4, temperature=air), lambda day, place: 1.0)
        missed = sum(state.missed for day, *_, state in lived if day.number > 0)
        assert np.all((missed > 1e-9) == short)


def test_warmer_weather_charges_less():
    device = Sizes()(make_homes(20), owners(20))
    totals = [
        sum(power.sum() for *_, power, _ in follow(night_storage, device, some_days(3, temperature=air), lambda day, place: 0.0))
        for air in (-5.0, 5.0, 16.0)
    ]
    assert totals[0] > totals[1] > totals[2] == 0


def test_as_a_store_it_follows_the_core():
    """In the cold, where the leak is never more than the need."""
    device = Sizes()(make_homes(20), owners(20))
    day = a_day(temperature=-8.0)
    stores = night_storage.store(device, night_storage.start(device, day), night_storage.today(device, day), 0, 24, day.hours)
    level = stores.level
    for _, place, _, _, power, state in follow(night_storage, device, [day], lambda day, place: 0.7):
        if place < 24:
            assert np.all(power <= stores.high[place] + 1e-12)
            level = stores.keep * level + stores.into[place] * power * day.hours + stores.inflow[place]
            assert level == pytest.approx(state.level)


def test_worth_falls_from_the_dearest_to_the_cheapest():
    """At 4 o'clock 13 kWh are needed of 100; from there 4 kW for an hour fill 4 of the 87 that have room.

    By hand: with the core at the need less the 1 kWh that the hour takes, the lowest power is what keeps it there; the
    two steps lie at 1/4 and 3/4 of the way up, that is 0.75 / 87 and 2.25 / 87 for the 3 kW that are left above 1 kW.
    """
    device = core()
    today = night_storage.today(device, a_day(hours=1.0, homes=1, temperature=5.0))
    state = night_storage.meet(device, at(device, 13.0, 0.0), today, 4)
    span = night_storage.span(device, state, 1.0)
    worth = night_storage.worth(device, state, today, 4, span, PRICES, 1.0)
    assert worth.width[:, 0] == pytest.approx([1.5, 1.5])
    fall = PRICES.dearest - PRICES.cheapest
    assert worth.worth[:, 0] == pytest.approx([PRICES.dearest - fall * 0.75 / 87, PRICES.dearest - fall * 2.25 / 87])


def test_all_faults_at_once():
    with pytest.raises(InputError) as error:
        Sizes(heat=(2.0, 1.0), design=20.0, window=(22.0, 4.0), charging=9.0, loss=1.0)
    assert [fault.where for fault in error.value.faults] == ["heat", "design", "charging", "loss"]
