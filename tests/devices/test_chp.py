"""Cogeneration: gas, power and heat by hand, the shortest run, and no heat dumped."""

import numpy as np
import pytest

from p2p.base.errors import InputError
from p2p.devices.homes import Homes
from p2p.devices.tanks import chp
from p2p.devices.tanks.chp import Chp, Sizes, State
from tests.devices.days import make_homes, owners
from tests.devices.tank_days import PRICES, a_day, column, follow, some_days


def engine(led=False, run=1.0):
    """5 kW of power from 20 kW of gas, with 12 kW of heat; 2.5 and 6 at part load; a tank of 30 kWh, a boiler of 5 kW."""
    values = (5.0, 0.25, 0.6, 0.5, run, 30.0, 0.0, 5.0, 0.9, 0.2, 15.0, 0.3, 20_000.0)
    return Chp(owners(1), *(column(value) for value in values), np.array([led]))


def at(level, need, on=False, left=0.0):
    return State(column(level), np.array([on]), column(left), column(need), column(1.0), *np.zeros((5, 1)))


def mixed(count):
    homes = make_homes(count)
    return Homes(np.resize(np.arange(3, dtype=np.int32), count), homes.size, homes.load, homes.streams)


def test_an_hour_at_full_load():
    """12 kWh of heat against 8 wanted: the tank goes from 10 to 14; gas is 5 / 0.25 = 20 kWh."""
    after = chp.step(engine(), at(10.0, 8.0), column(-5.0), 1.0)
    assert after.level == pytest.approx(14.0)
    assert after.fuel == pytest.approx(20.0)
    assert after.used == pytest.approx(8.0)
    assert after.spare == after.missed == 0.0


def test_the_boiler_gives_what_the_tank_lacks():
    """2 kWh against 8 kW last a quarter of an hour. In the rest 6 kWh are wanted; the boiler's 5 kW give 3.75, and 2.25 are missed."""
    after = chp.step(engine(), at(2.0, 8.0), column(0.0), 1.0)
    assert after.level == 0.0
    assert after.spare == pytest.approx(3.75)
    assert after.missed == pytest.approx(2.25)
    assert after.fuel == pytest.approx(3.75 / 0.9)
    assert after.used == pytest.approx(5.75)


def test_what_starts_runs_on():
    """A shortest run of an hour is four quarters: after the first, three more in which part load at least is held."""
    device, state = engine(), at(10.0, 6.0)
    assert chp.span(device, state, 0.25) == (-5.0, 0.0)
    for left in (0.75, 0.5, 0.25, 0.0):
        state = chp.step(device, state, column(-2.5), 0.25)
        assert state.on.all()
        assert state.left == pytest.approx(left)
        _, high = chp.span(device, state, 0.25)
        assert high == pytest.approx(-2.5 if left > 0 else 0.0)
    assert not chp.step(device, state, column(0.0), 0.25).on.any()


def test_a_run_is_counted_in_whole_intervals():
    """40 minutes are one interval of an hour and three of a quarter."""
    device = engine(run=2 / 3)
    assert chp.step(device, at(0.0, 6.0), column(-5.0), 1.0).left == 0.0
    assert chp.step(device, at(0.0, 6.0), column(-5.0), 0.25).left == pytest.approx(0.5)


def test_no_heat_is_dumped():
    """A full tank lets nothing start; running, it may give what is wanted: 6 kW of heat with 2.5 kW of power, but not less than part load.

    To start for an hour at part load there must be room for 6 kWh, at 24 of 30 kWh. At 24, then, it may start, and give
    1.5 kWh of heat in the first quarter: that is part load. With 5.7 kWh of room it may not start. With room for 9 kWh, 4.5
    are kept for the other three quarters, and the other 4.5 are more than a quarter at full load gives.
    """
    device = engine()
    assert chp.span(device, at(30.0, 6.0), 0.25) == (0.0, 0.0)
    low, high = chp.span(device, at(30.0, 6.0, on=True), 0.25)
    assert (low, high) == (pytest.approx(-2.5), 0.0)
    assert chp.span(device, at(30.0, 5.9, on=True), 0.25) == (0.0, 0.0)
    low, _ = chp.span(device, at(24.0, 0.0), 0.25)
    assert low == pytest.approx(-2.5)
    assert chp.span(device, at(24.3, 0.0), 0.25) == (0.0, 0.0)
    low, _ = chp.span(device, at(21.0, 0.0), 0.25)
    assert low == -5.0


def test_the_nearest_power_is_held():
    device, state = engine(), at(10.0, 6.0)
    for asked, held in ((0.0, 0.0), (-1.2, 0.0), (-1.3, -2.5), (-2.5, -2.5), (-4.0, -4.0)):
        assert chp.hold(device, state, column(asked), 0.25) == held


def test_less_than_part_load_is_a_part_of_the_interval():
    """1 kW for an hour is a fifth of full load: a fifth of its gas and heat, and then the engine stands."""
    after = chp.step(engine(), at(10.0, 2.4), column(-1.0), 1.0)
    assert after.fuel == pytest.approx(4.0)
    assert after.level == pytest.approx(10.0)
    assert not after.on.any()


def test_heat_led():
    """Stands until a third of 30 kWh is left, then runs at full load; near the end as hard as the room allows, then it stops.

    With 1 kWh of room and 4 kW wanted a quarter takes 2 kWh: 8 kW of heat, with 3.33 kW of power. With 0.4 kWh of room 5.6 kW
    are less than part load gives.
    """
    device = engine(led=True)
    assert chp.span(device, at(10.1, 4.0), 0.25) == (0.0, 0.0)
    assert chp.span(device, at(10.0, 4.0), 0.25) == (-5.0, -5.0)
    low, high = chp.span(device, at(29.0, 4.0, on=True), 0.25)
    assert low == high == pytest.approx(-8 / 2.4)
    assert chp.span(device, at(29.6, 4.0, on=True), 0.25) == (0.0, 0.0)


def test_what_power_costs():
    """Gas at 80 EUR/MWh, electric 0.28, thermal 0.62, boiler 0.92: 0.08 / 0.28 - 0.62 / 0.28 x 0.08 / 0.92 = 0.0932 EUR/kWh."""
    device = engine().replace(electric=column(0.28), thermal=column(0.62), boiler_efficiency=column(0.92), wear=column(0.0))
    assert chp.cost(device, 80_000.0) == pytest.approx(93_168, abs=1)
    state = at(10.0, 6.0)
    worth = chp.worth(device, state, chp.today(device, a_day(homes=1)), 0, chp.span(device, state, 0.25), PRICES, 0.25)
    assert worth.width == pytest.approx(5.0)
    assert worth.worth == pytest.approx(chp.cost(device, PRICES.gas)[None])


def test_runs_are_long_enough_and_the_tank_never_overflows():
    device = Sizes()(mixed(60), owners(60))
    luck = np.random.default_rng(3)
    ran, gas, starts = np.zeros(60), 0.0, 0
    for _, _, met, (low, high), power, state in follow(chp, device, some_days(4, homes=60), lambda day, place: luck.random(60)):
        assert np.all((low <= power + 1e-12) & (power <= high + 1e-12))
        assert np.all((state.level >= 0) & (state.level <= device.capacity))
        assert np.array_equal(state.on, power < 0)
        assert np.all(ran[~state.on & met.on] >= 1.0 - 1e-9)
        assert state.missed == pytest.approx(np.zeros(60), abs=1e-9)
        starts += int(np.sum(state.on & ~met.on))
        ran = np.where(state.on, ran + 0.25, 0.0)
        gas += state.fuel.sum()
    assert starts > 60
    assert gas > 0


def test_heat_led_engines_follow_the_weather():
    device = Sizes(heat_led=1.0)(mixed(60), owners(60))
    made = [
        sum(-power.sum() for *_, power, _ in follow(chp, device, some_days(3, homes=60, temperature=air), lambda day, place: 0.5))
        for air in (-5.0, 8.0, 20.0)
    ]
    assert made[0] > made[1] > made[2] > 0


def test_heat_wanted_by_hour_and_weather():
    """10 K below the balance point at 0.2 kW/K: 2 kW on average with a night setback, and 0.3 kW of hot water: 55.2 kWh a day.

    At 2 o'clock nobody draws water and half of the heat by day is wanted: 24 / (16 + 8 / 2) = 1.2 by day, 0.6 at night.
    """
    need = chp.today(engine(), a_day(homes=1, temperature=5.0)).need
    assert need[:96].sum() * 0.25 == pytest.approx(24 * 2.3)
    assert need[8, 0] == pytest.approx(0.6 * 2)


def test_homes_have_micro_engines():
    """A home of 0.3 kW/K needs 8.1 kW on the coldest day; three tenths of it are 2.43 kW of heat and 1.01 of power at most."""
    device = Sizes()(mixed(90), owners(90))
    assert device.rating[::3].max() <= 0.3 * 8.1 * 0.25 / 0.6 + 1e-9
    assert device.rating[1::3].min() > 4.0
    assert 0 < device.heat_led.sum() < 90


def test_all_faults_at_once():
    with pytest.raises(InputError) as error:
        Sizes(heat=(2.0, 1.0), part=2.0, micro_electric=0.5, micro_thermal=0.6, buffer=0.1, wear=-1.0)
    assert [fault.where for fault in error.value.faults] == ["heat", "part", "micro_electric", "buffer", "wear"]


def test_heat_led_engines_offer_nothing():
    sheet = chp.specification(engine(led=True))
    assert sheet.energy == sheet.low == 0
    assert chp.specification(engine()).low == -5.0
