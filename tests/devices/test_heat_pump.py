"""Heat pumps: curves from their source, buildings against their exact solutions, and comfort that is kept or counted."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from p2p.base.errors import InputError
from p2p.devices.around import Weather
from p2p.devices.heat import heat_pump
from p2p.devices.heat.cop import AIR, FLOOR, GROUND, RADIATOR, curve, performance
from p2p.devices.heat.heat_pump import HeatPump, Sizes, State
from tests.devices.days import PRICES, make_days, make_homes, owners, run

HALF_LIFE = 0.2 / np.log(2)
"""Capacity with which a building of 0.2 kW/K comes halfway to its surroundings in an hour. [kWh/K]"""

PLAIN = {
    "rating": 2.0, "least": 0.5, "run": 0.5, "lockouts": False, "ground": False, "at_zero": 40.0, "slope": 1.0, "factor": 0.85,
    "loss": 0.2, "air": HALF_LIFE, "mass": 0.0, "coupling": 0.0, "aperture": 3.0, "internal": 0.4, "day": 20.0, "night": 20.0,
    "band": 2.0, "ramp": 0.5,
}  # fmt: skip


def one(*values):
    return np.array(values, np.float64)


def building(kind=HeatPump, **changes):
    values = PLAIN | changes
    return kind(np.zeros(1, np.int32), *(np.array([value]) for value in values.values()))


def state(air=20.0, mass=20.0, outdoor=0.0, gains=0.4, cop=4.0, low=20.0, high=22.0, on=0.0, locked=False):
    """A building as an interval finds it; its transition is not known yet."""
    outside = np.array([[outdoor], [gains], [cop], [low], [high]])
    return State(np.array([[air], [mass]]), one(on), one(0.0), outside, np.array([locked]), np.full((5, 1), np.nan), one(0.0))


# Coefficient of performance


def test_curves_of_the_source():
    """Ruhnau, Hirth and Praktiknjo, Scientific Data 6, 189, 2019: 6.08 - 0.09 x + 0.0005 x^2 and 10.29 - 0.21 x + 0.0012 x^2.

    By hand at 20, 30, 40 and 50 K: 6.08 - 1.8 + 0.2 = 4.48 and so on. At 35 K heat from the air gives 3.5425.
    """
    assert AIR == (6.08, -0.09, 0.0005)
    assert GROUND == (10.29, -0.21, 0.0012)
    lift = one(20, 30, 40, 50)
    assert curve(np.zeros(4, bool), lift) == pytest.approx([4.48, 3.83, 3.28, 2.83])
    assert curve(np.ones(4, bool), lift) == pytest.approx([6.57, 5.07, 3.81, 2.79])
    assert curve(np.array([False, True]), one(35, 35)) == pytest.approx([3.5425, 4.41])


def test_curves_lie_near_another_fit():
    """hplib 1.9's generic model, fitted to Keymark data, 10 kW at -7/52 degC: within 25 % at 35 degC of flow, less at 55 degC.

    Flow temperature less source: 35 or 55 less -7, 2, 7 (air, and brine that is regulated), less 0 (brine, on and off).
    """
    others = {False: (one(2.902, 4.289, 5.059), one(1.151, 3.308)), True: (one(3.983, 4.87, 5.362), one(2.012, 3.391))}
    for ground, (warm, hot) in others.items():
        ours = curve(np.full(3, ground), 35 - one(-7, 2, 7))
        assert ours == pytest.approx(warm, rel=0.25)
        ours_hot = curve(np.full(2, ground), 55 - one(-7, 7))
        assert np.all(ours_hot < ours[[0, 2]])
        assert np.all(hot < warm[[0, 2]])
    assert curve(np.ones(3, bool), one(35, 35, 35)) == pytest.approx(one(4.64, 4.353, 4.194), rel=0.25)
    assert curve(np.array([True]), one(55)) < curve(np.array([True]), one(35))


def test_operation_by_hand():
    """At 0 degC a radiator wants 40 and a floor 30 degC: lifts 40, 30 from the air, 35, 25 from brine of 5 degC; times 0.85.

    At 20 degC a radiator wants 20, less than 15 K of lift: taken at 15 K, 6.08 - 1.35 + 0.1125 = 4.8425.
    """
    ground = np.array([False, False, True, True])
    at_zero, slope = (one(*(pair * 2)) for pair in zip(RADIATOR, FLOOR, strict=True))
    expected = 0.85 * one(3.28, 3.83, 4.41, 10.29 - 5.25 + 0.75)
    assert performance(ground, at_zero, slope, one(0.85), 0.0) == pytest.approx(expected)
    assert performance(ground, at_zero, slope, one(0.85), 20.0)[0] == pytest.approx(0.85 * 4.8425)


@pytest.mark.parametrize("ground", [False, True])
def test_the_colder_the_less_heat_for_a_kilowatt(ground):
    """Also where the fitted curves would rise again, beyond 87.5 or 90 K; never below 1 as fitted."""
    outdoor = np.linspace(-60, 40, 401)[:, None]
    found = performance(np.array([ground]), one(40.0), one(1.0), one(1.0), outdoor)[:, 0]
    assert np.all(np.diff(found) >= -1e-12)
    assert found.min() > 1


# The building


def test_a_trajectory_by_hand():
    """0.2 kW/K, halfway in an hour, 0 degC outside, 0.4 kW of gains, 4 kW of heat a kW: towards 0 + 0.4 / 0.2 + 4 p / 0.2 = 2 + 20 p.

    From 20 degC the hour ends at (20 + 2 + 20 p) / 2 = 11 + 10 p: in the band of 20 to 22 from 0.9 to 1.1 kW. At 1 kW it is 21.
    From there 11.5 + 10 p: 0.85 to 1.05 kW. Off it falls to 11.5 degC: 8.5 K·h too cold. From there 6.75 + 10 p: 1.325 to
    1.525 kW, and at 1.4 kW it is 20.75.
    """
    pump, now = building(), state()
    for low, high, power, ends, missed, on in (
        (0.9, 1.1, 1.0, 21.0, 0, 1),
        (0.85, 1.05, 0.0, 11.5, 8.5, 0),
        (1.325, 1.525, 1.4, 20.75, 0, 1),
    ):
        assert np.array(heat_pump.span(pump, now, 1.0))[:, 0] == pytest.approx([low, high])
        now = heat_pump.step(pump, now, one(power), 1.0)
        assert now.warmth[0] == pytest.approx(ends)
        assert now.missed == pytest.approx(missed)
        assert now.on == pytest.approx(on)
        assert now.warmth[1] == 20.0  # no mass: nothing moves there
        assert now.fuel == 0.0


def test_air_and_mass_by_hand():
    """1 kWh/K each, 1.5 kW/K to the outside and 1 to the mass: the matrix (-2.5, 1; 1, -1) has -0.5 and -3, along (1, 2) and (2, -1).

    Towards 10 degC from (15, 10): (5, 0) is (1, 2) + 2 (2, -1), so the air is at 10 + e^(-t/2) + 4 e^(-3t) and the mass at
    10 + 2 e^(-t/2) - 2 e^(-3t). 10 degC are 1 outside, 1.5 kW of gains, and 3 kW of heat a kW at 4 kW: 1 + (1.5 + 12) / 1.5.
    """
    pump = building(loss=1.5, air=1.0, mass=1.0, coupling=1.0, rating=9.0)
    for hours in (0.25, 1.0, 24.0):
        after = heat_pump.step(pump, state(15.0, 10.0, outdoor=1.0, gains=1.5, cop=3.0), one(4.0), hours)
        slow, fast = np.exp(-hours / 2), np.exp(-3 * hours)
        assert after.warmth[:, 0] == pytest.approx([10 + slow + 4 * fast, 10 + 2 * slow - 2 * fast])


kilowatts = st.floats(0.0, 5.0)
lengths = st.sampled_from([1 / 12, 0.25, 0.5, 1.0])
built = st.fixed_dictionaries(
    {
        "loss": st.floats(0.03, 1.0), "air": st.floats(0.5, 20.0), "mass": st.just(0.0) | st.floats(2.0, 60.0),
        "coupling": st.floats(0.5, 10.0), "rating": st.floats(0.5, 5.0),
    }
)  # fmt: skip
found = st.fixed_dictionaries(
    {
        "air": st.floats(10.0, 30.0), "mass": st.floats(10.0, 30.0), "outdoor": st.floats(-25.0, 35.0), "gains": st.floats(0.0, 8.0),
        "cop": st.floats(1.0, 6.0), "low": st.floats(15.0, 21.0), "high": st.floats(21.1, 25.0),
    }
)  # fmt: skip


def exact(pump, now, heat, hours):
    """Air and mass after an interval, and the air's integral over it [K·h], by the exponential of the whole system."""
    loss, air, mass, coupling = (float(column[0]) for column in (pump.loss, pump.air, pump.mass, pump.coupling))
    coupling = coupling if mass else 0.0
    outdoor, gains = now.outside[0, 0], now.outside[1, 0]
    system = np.zeros((4, 4))
    system[0] = np.array([-(loss + coupling), coupling, 0.0, loss * outdoor + gains + heat]) / air
    system[1, :2] = np.array([coupling, -coupling]) / (mass or 1.0)
    system[2, 0] = 1.0
    return (expm(system * hours) @ [*now.warmth[:, 0], 0.0, 1.0])[:3]


@given(pump=built, now=found, power=kilowatts, hours=lengths)
def test_the_building_is_exact(pump, now, power, hours):
    pump, now = building(**pump), state(**now)
    after = heat_pump.step(pump, now, one(power), hours)
    expected = exact(pump, now, float(now.outside[2, 0]) * power, hours)
    assert after.warmth[:, 0] == pytest.approx(expected[:2], rel=1e-9)


@given(pump=built, now=found, power=kilowatts, hours=lengths)
def test_energy_closes(pump, now, power, hours):
    """Heat in and gains less losses are what air and mass store; losses by the exact integral of the air's temperature."""
    pump, now = building(**pump), state(**now)
    after = heat_pump.step(pump, now, one(power), hours)
    outdoor, gains, cop = now.outside[:3, 0]
    if pump.mass[0]:
        integral = exact(pump, now, cop * power, hours)[2]
    else:
        # a single node falls towards T by e^(-kt): its integral is T h + (T0 - T) (1 - e^(-kh)) / k
        toward, k = outdoor + (gains + cop * power) / pump.loss[0], pump.loss[0] / pump.air[0]
        integral = toward * hours - (now.warmth[0, 0] - toward) * np.expm1(-k * hours) / k
    stored = pump.air * (after.warmth[0] - now.warmth[0]) + pump.mass * (after.warmth[1] - now.warmth[1])
    assert stored == pytest.approx((cop * power + gains) * hours - pump.loss[0] * (integral - outdoor * hours), rel=1e-8, abs=1e-8)


@given(pump=built, now=found, power=kilowatts, hours=lengths)
def test_two_halves_are_one_whole(pump, now, power, hours):
    pump, now = building(**pump), state(**now)
    whole = heat_pump.step(pump, now, one(power), hours)
    half = heat_pump.step(pump, heat_pump.step(pump, now, one(power), hours / 2), one(power), hours / 2)
    assert half.warmth == pytest.approx(whole.warmth, rel=1e-9)
    assert half.on == pytest.approx(whole.on)


# Comfort


@given(pump=built, now=found, share=st.floats(0, 1), hours=lengths, on=st.sampled_from([0.0, 0.25, 2.0]))
def test_power_in_the_span_keeps_the_band(pump, now, share, hours, on):
    """Where it ends below, the pump does all that it can; above, it is off; and each is counted or not its doing."""
    pump, now = building(**pump), state(on=on, **now)
    low, high = heat_pump.span(pump, now, hours)
    assert np.all((low >= 0) & (low <= high) & (high <= pump.rating))
    after = heat_pump.step(pump, now, low + share * (high - low), hours)
    least, most = now.outside[3:, 0]
    if after.warmth[0] < least - 1e-7:
        assert low == high == pump.rating
    if after.warmth[0] > most + 1e-7:
        assert high == 0.0
    assert after.missed == pytest.approx(max(least - after.warmth[0, 0], 0.0) * hours, abs=1e-6)


def test_comfort_lost_to_a_lock_out_is_counted():
    """Locked for an hour at 20 degC it falls to 11 degC: 9 K·h; power in the span is none at all, though it runs its shortest time."""
    now = state(locked=True, on=0.25)
    assert heat_pump.span(building(), now, 1.0) == (0.0, 0.0)
    assert heat_pump.hold(building(), now, one(1.0), 1.0) == 0.0
    assert heat_pump.step(building(), now, one(0.0), 1.0).missed == pytest.approx(9.0)


@pytest.mark.parametrize("minutes", [5, 15, 30, 60])
def test_lock_outs_of_a_winter_day(minutes):
    """At 0 degC and lowest power a building is at the band's lower end until 11:00 and from then on falls for two hours.

    Loss 0.2 kW/K, 4 kWh/K, 0.4 kW of gains: towards 2 degC with e^(-0.05 t), to 2 + 18 e^(-0.1) = 18.2871 degC at 13:00.
    """
    days = cold(make_days(date(2016, 1, 11), 1, minutes, 1))
    pump = building(air=4.0, lockouts=True)
    powers, states = run(heat_pump, pump, days, lambda low, high, number: low)
    warm = np.array([after.warmth[0, 0] for after in states])
    missed = np.array([after.missed[0] for after in states])
    each = round(60 / minutes)
    assert warm[8 * each : 11 * each] == pytest.approx(20.0)
    assert warm[13 * each - 1] == pytest.approx(2 + 18 * np.exp(-0.1))
    for first, last in ((11, 13), (17, 19)):
        assert not powers[first * each : last * each].any()
        assert np.all(missed[first * each : last * each] > 0)
    assert missed == pytest.approx(np.maximum(20.0 - warm, 0.0) / each, abs=1e-8)
    assert powers[13 * each] == pytest.approx(2.0)  # all that it can
    _, states = run(heat_pump, building(air=4.0), days, lambda low, high, number: low)
    assert not any(after.missed[0] for after in states)


def cold(days, outdoor=0.0, light=0.0):
    """The same days at one temperature and irradiance."""
    ones = np.ones(len(days[0]))
    return [replace(day, weather=Weather(outdoor * ones, light * ones, 0 * ones, 0 * ones)) for day in days]


def test_sun_overheats_and_is_not_counted():
    """20 kW of sun for an hour: (20 + 100) / 2 = 60 degC, and no pump at work."""
    now = state(gains=20.0)
    assert heat_pump.span(building(), now, 1.0) == (0.0, 0.0)
    assert heat_pump.step(building(), now, one(0.0), 1.0).missed == 0.0


def test_the_pump_overheats_and_is_counted():
    """1.3 kW end at 24 degC, 2 K above the band: 2 K·h. With 4.4 kW of gains they are 21 + 10 p: 0.2 kW end 1 K above, all its doing.

    With 6.4 kW of gains 26 + 10 p: 0.2 kW end 6 K above, of which 2 K come from the pump.
    """
    for gains, power, missed in ((0.4, 1.3, 2.0), (4.4, 0.2, 1.0), (6.4, 0.2, 2.0)):
        assert heat_pump.step(building(), state(gains=gains), one(power), 1.0).missed == pytest.approx(missed)


def test_the_night_is_cooler_and_the_morning_ramps():
    """Day 20, night 18 from 22 to 6 o'clock, half a kelvin an hour: 18 until 2, 18.5 at 3, 19 at 4, 19.5 at 5, 20 at 6."""
    hour = one(0, 2, 3, 4, 5, 5.5, 6, 12, 21.75, 22, 23, 24)
    found = heat_pump.least_warmth(building(night=18.0), hour)[:, 0]
    assert found == pytest.approx([18, 18, 18.5, 19, 19.5, 19.75, 20, 20, 20, 18, 18, 18])
    assert np.all(heat_pump.least_warmth(building(), hour) == 20.0)


@pytest.mark.parametrize("start", [date(2016, 1, 11), date(2016, 3, 27), date(2016, 10, 30)])
@pytest.mark.parametrize("minutes", [15, 60])
def test_the_band_of_a_day(start, minutes):
    """It is the band at an interval's end, by the local clock also when that changes; it is never empty."""
    day = make_days(start, 1, minutes, 1)[0]
    outside = heat_pump.today(building(night=18.0), day).outside[:, :, 0]
    ends = (day.hour + day.hours) % 24
    assert outside[ends == 6.0, 3] == pytest.approx(20.0)
    assert outside[ends == 4.0, 3] == pytest.approx(19.0)
    assert outside[ends == 22.0, 3] == pytest.approx(18.0)
    assert np.all(outside[:, 4] == 22.0)
    assert np.all(outside[:, 3] < outside[:, 4])


def test_what_a_day_brings():
    """500 W/m2 on 3 m2 and 0.4 kW are 1.9 kW; at 0 degC 0.85 x 3.28 of heat a kW. It starts in the middle of its band, off."""
    day = cold(make_days(homes=1), light=500.0)[0]
    outside = heat_pump.today(building(), day).outside
    assert outside[:, 0] == pytest.approx(0.0)
    assert outside[:, 1] == pytest.approx(1.9)
    assert outside[:, 2] == pytest.approx(0.85 * 3.28)
    begin = heat_pump.start(building(), day)
    assert begin.warmth == pytest.approx(21.0)
    assert begin.on == 0.0


def test_a_day_ends_as_the_next_begins():
    pump = Sizes(lockouts=0.5)(make_homes(20), owners(20))
    first, second = (heat_pump.today(pump, day) for day in make_days(homes=20)[:2])
    assert np.array_equal(first.outside[96:], second.outside[:96])
    assert np.array_equal(first.locked[96:], second.locked[:96])


# Running


def test_it_runs_its_shortest_time():
    """0.5 h at 0.5 kW at least: after a quarter-hour it goes on, after two it need not; in a warm building only as far as the band has room."""
    warm = {"outdoor": 21.0, "gains": 0.0, "cop": 4.0}
    for on, low in ((0.0, 0.0), (0.25, 0.5), (0.5, 0.0)):
        assert heat_pump.span(building(air=100.0), state(21.0, on=on, **warm), 0.25)[0] == low
    # 0.1 kW of heat and 0.025 of power warm 100 kWh/K by 0.00025 K in a quarter-hour, about: less than its least power
    low, high = heat_pump.span(building(air=100.0), state(21.99975, on=0.25, **(warm | {"outdoor": 22.0})), 0.25)
    assert low == high
    assert 0 < high[0] < 0.5
    assert heat_pump.span(building(air=100.0), state(23.0, on=0.25, **warm), 0.25) == (0.0, 0.0)


def test_how_long_it_has_run():
    pump, now = building(air=100.0), state(21.0)
    for power, on in ((1.0, 0.25), (0.6, 0.5), (0.0, 0.0), (1.0, 0.25)):
        now = heat_pump.step(pump, now, one(power), 0.25)
        assert now.on == pytest.approx(on)


def test_least_power():
    """0.5 kW: 0.2 becomes none, 0.3 becomes 0.5, and what is more stays; where 0.3 must come, it is 0.5.

    With room for 0.4 kW only it holds none or 0.4; when it must give 0.1 then, 0.4.
    """
    mild = building(least=0.5)
    wide = state(20.0, gains=4.4, high=30.0)  # ends at 21 + 10 p
    for power, held in ((0.2, 0.0), (0.3, 0.5), (0.6, 0.6), (0.9, 0.9)):
        assert heat_pump.hold(mild, wide, one(power), 1.0) == pytest.approx(held)
    must = state(20.0, gains=2.8, high=30.0)  # ends at 17 + 10 p
    assert heat_pump.span(mild, must, 1.0)[0] == pytest.approx(0.3)
    assert heat_pump.hold(mild, must, one(0.3), 1.0) == pytest.approx(0.5)
    little = state(20.0, gains=4.4, high=25.0)
    for power, held in ((0.1, 0.0), (0.19, 0.0), (0.21, 0.4), (0.4, 0.4)):
        assert heat_pump.hold(mild, little, one(power), 1.0) == pytest.approx(held)
    both = state(20.0, gains=3.6, high=23.0)  # 19 + 10 p, between 0.1 and 0.4
    assert heat_pump.hold(mild, both, one(0.1), 1.0) == pytest.approx(0.4)


@given(pump=built, now=found, share=st.floats(0, 1), hours=lengths, least=st.floats(0.0, 0.5))
def test_what_it_holds_is_legal(pump, now, share, hours, least):
    """Within the span; and none, its least or more, or all that the band has room for."""
    pump, now = building(**(pump | {"least": least})), state(**now)
    low, high = heat_pump.span(pump, now, hours)
    held = heat_pump.hold(pump, now, low + share * (high - low), hours)
    assert low <= held <= high
    assert held == 0.0 or held >= least or held == high
    assert heat_pump.hold(pump, now, held, hours) == held


# What it is worth, and what it is


def test_worth_by_hand():
    """From 0.9 to 1.1 kW the air ends from the lower to the upper end of the band: a quarter and three quarters up, between 300 and 80."""
    now = state()
    steps = heat_pump.worth(building(), now, None, 0, heat_pump.span(building(), now, 1.0), PRICES, 1.0)
    assert steps.width[:, 0] == pytest.approx([0.1, 0.1])
    assert steps.worth[:, 0] == pytest.approx([300_000 - 220_000 / 4, 300_000 - 220_000 * 3 / 4])


@given(pump=built, now=found, hours=lengths)
def test_worth_falls(pump, now, hours):
    pump, now = building(**pump), state(**now)
    low, high = heat_pump.span(pump, now, hours)
    steps = heat_pump.worth(pump, now, None, 0, (low, high), PRICES, hours)
    assert steps.width.sum(axis=0) == pytest.approx(high - low)
    assert PRICES.dearest >= steps.worth[0] >= steps.worth[1] >= PRICES.cheapest


def test_the_store_is_the_building():
    """Of one node, over a whole day of changing weather and band: level by level the air, whatever the pump does."""
    day = make_days(homes=1, minutes=60)[0]
    wave = np.sin(np.arange(len(day)) / 4)
    day = replace(day, weather=Weather(5 + 5 * wave, 200 + 200 * wave, 0 * wave, 0 * wave))
    pump = building(night=18.0, lockouts=True)
    now, today = heat_pump.start(pump, day), heat_pump.today(pump, day)
    store = heat_pump.store(pump, heat_pump.meet(pump, now, today, 0), today, 0, 24, 1.0)
    level = store.level
    for place in range(24):
        now = heat_pump.step(pump, heat_pump.meet(pump, now, today, place), one(place % 3 * 0.7), 1.0)
        level = store.keep * level + store.into[place] * (place % 3 * 0.7) + store.inflow[place]
        assert level == pytest.approx(pump.air * (now.warmth[0] - heat_pump.REFERENCE))
    assert store.most - store.least == pytest.approx((today.outside[:24, 4] - today.outside[:24, 3]) * pump.air)
    assert store.high[:, 0] == pytest.approx([0.0 if hour in (11, 12, 17, 18) else 2.0 for hour in range(24)])


def test_sizes_by_hand():
    """100 m2 of 64 W/m2 at 32 K are 0.2 kW/K; 180 kJ/(m2 K) are 5 kWh/K, 15 % of which go with the air.

    At -12 degC a radiator wants 52 degC: 64 K of lift, 6.08 - 5.76 + 2.048 = 2.368 times 0.85. 20 degC inside take 6.4 kW of
    heat, so a pump that just does it has 3.1797 kW.
    """
    sizes = Sizes(
        area=(100.0, 100.0), heat_load=(64.0, 64.0), capacity=(180.0, 180.0), two_nodes=1.0, ground=0.0, floor=0.0, oversize=1.0,
        day=(20.0, 20.0), setback=(2.0, 2.0), lockouts=1.0,
    )  # fmt: skip
    pumps = sizes(make_homes(3), owners(3))
    assert pumps.loss == pytest.approx(0.2)
    assert pumps.air == pytest.approx(0.75)
    assert pumps.mass == pytest.approx(4.25)
    assert pumps.rating == pytest.approx(6.4 / (0.85 * 2.368))
    assert pumps.least == pytest.approx(0.3 * pumps.rating)
    assert pumps.night == pytest.approx(18.0)
    assert np.all(pumps.lockouts)
    assert not np.any(replace(sizes, two_nodes=0.0)(make_homes(3), owners(3)).mass)


def test_every_wrong_size_is_named():
    with pytest.raises(InputError) as error:
        Sizes(
            area=(0.0, 5.0), heat_load=(80.0, 40.0), capacity=(-110.0, 260.0), two_nodes=1.1, ground=-0.1, floor=float("nan"), factor=0.0,
            oversize=-1.0, part_load=2.0, run=-0.5, lockouts=1.5, day=(-20.0, -15.0), setback=(-1.0, 2.0), band=(0.0, 0.0),
        )  # fmt: skip
    faults = {fault.where: str(fault) for fault in error.value.faults}
    assert len(error.value.faults) == len(faults) == 14
    assert faults["band"] == "band: [0, 0]: the comfort band is empty; 0.1 <= lower <= upper <= 20"
    assert faults["capacity"] == "capacity: [-110, 260]: no range; 1 <= lower <= upper <= 10000"
    assert faults["lockouts"] == "lockouts: 1.5; 0 to 1"


@pytest.mark.parametrize("ends", [(3.0, 2.0), (-1.0, 1.0), (float("nan"), 2.0), (1.0, float("inf"))])
def test_no_band_but_one_that_people_can_live_in(ends):
    with pytest.raises(InputError, match=r"^band: .*; 0.1 <= lower <= upper <= 20$"):
        Sizes(band=ends)


def test_specification():
    """5 kWh/K times 2 K of band are 10 kWh of heat; at 5 degC a radiator wants 35: 30 K of lift, 0.85 x 3.83."""
    sheet = heat_pump.specification(building(air=1.0, mass=4.0))
    assert sheet.energy == pytest.approx(10 / (0.85 * 3.83))
    assert sheet.high == 2.0
    assert not sheet.bidirectional
    assert heat_pump.CONTROL == "FRBC"
    assert heat_pump.MISSED == "K·h"
