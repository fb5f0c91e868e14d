"""Water boilers: the tank by hand, the band, the weekly hot hour, and the tappings."""

from datetime import date
from math import log

import numpy as np
import pytest

from p2p.base.errors import InputError
from p2p.devices.tanks import boiler
from p2p.devices.tanks.boiler import Boiler, Sizes, State
from p2p.devices.tanks.warmth import TAPPINGS, WATER, tapped
from p2p.devices.worth import by_fill
from tests.devices.tank_days import PRICES, a_day, column, follow, owners, some_homes

HEAT = 100 * WATER
"""Of a tank of 100 l. [kWh/K]"""


def tank(loss=1e-9, rating=2.0, hygiene=60.0):
    return Boiler(
        owners(1), column(rating), column(100.0), column(loss), column(40.0), column(65.0), column(hygiene), column(20.0), column(10.0),
        column(5.845), np.zeros(1, np.int32),
    )  # fmt: skip


def at(device, temperature, draw=0.0, hours=1.0, floor=40.0, since=0.0):
    keep = np.exp(-device.loss / HEAT * hours)
    return State(column(temperature), column(since), column(draw), column(floor), keep, *column(0, 0, 0).reshape(3, 1))


def test_a_tank_left_alone_cools():
    """It loses half its warmth above the room in 10 h: 60 degC in a room of 20 become 40, and 20 K of heat are gone.

    Worked by hand: loss / heat = ln 2 / 10 for each hour.
    """
    device = tank(loss=HEAT * log(2) / 10)
    once = boiler.step(device, at(device, 60.0, hours=10.0), column(0.0), 10.0)
    assert once.temperature == pytest.approx(40.0)
    assert once.lost == pytest.approx(20 * HEAT)
    state = at(device, 60.0)
    for _ in range(10):
        state = boiler.step(device, state, column(0.0), 1.0)
    assert state.temperature == pytest.approx(40.0)
    assert state.since == pytest.approx(10.0)


def test_a_kilowatt_hour_warms_100_litres_by_8_6_kelvin():
    """1 kWh is 3,600 kJ, over 4.186 kJ/(kg K) and 100 kg: 8.600 K. With 0.5 kWh drawn meanwhile, half of it."""
    device = tank()
    assert boiler.step(device, at(device, 45.0, hours=0.5), column(2.0), 0.5).temperature == pytest.approx(45 + 3600 / 418.6, abs=1e-6)
    drawn = boiler.step(device, at(device, 45.0, draw=1.0, hours=0.5), column(2.0), 0.5)
    assert drawn.temperature == pytest.approx(45 + 1800 / 418.6, abs=1e-6)
    assert drawn.used == pytest.approx(0.5)


def test_below_the_band_there_is_less_heat_and_it_is_counted():
    """A draw that would cool the tank by 30 ln 2 K in an hour finds it at 40 degC, the band's end, without any heating.

    Below the band the flow stays as it is, so the water nears the 10 degC of what comes in by half in an hour: 25 degC. By
    hand: drawn is 15 K of heat, and below the band are 30 - 15 / ln 2 = 8.36 K h. From 40 + 30 ln 2 degC the first hour
    brings the tank to 40 and misses nothing, and the second does all this.
    """
    device = tank(hygiene=0.0)
    pull = 30 * HEAT * log(2)
    state = boiler.step(device, at(device, 40.0, draw=pull), column(0.0), 1.0)
    assert state.temperature == pytest.approx(25.0, abs=1e-6)
    assert state.used == pytest.approx(15 * HEAT)
    assert state.missed == pytest.approx(30 - 15 / log(2))
    state = boiler.step(device, at(device, 40 + 30 * log(2), draw=pull, hours=2.0), column(0.0), 2.0)
    assert state.temperature == pytest.approx(25.0, abs=1e-6)
    assert state.missed == pytest.approx(30 - 15 / log(2))
    assert state.used == pytest.approx((15 + 30 * log(2)) * HEAT)


def test_the_span_ends_at_the_band():
    """At 60 degC, 5 K of room are 0.581 kWh by hand: in an hour so many kW at most. At 41, 1 K may be lost: with 1 kW drawn, 0.884 kW at least."""
    device = tank()
    low, high = boiler.span(device, at(device, 60.0), 1.0)
    assert high == pytest.approx(5 * 0.418600 / 3.6, abs=1e-5)
    assert low == 0.0
    low, high = boiler.span(device, at(device, 41.0, draw=1.0), 1.0)
    assert low == pytest.approx(1 - 0.4186 / 3.6, abs=1e-5)
    assert high == 2.0
    low, high = boiler.span(device, at(device, 41.0, draw=5.0), 1.0)
    assert low == high == 2.0


def test_it_is_hot_once_a_week_and_no_more_than_asked():
    device = Sizes()(some_homes(), owners(20))
    hot = np.zeros(20)
    days = [a_day(number, hours=0.5) for number in range(21)]
    for _, _, met, _, _, state in follow(boiler, device, days, lambda day, place: 0.0):
        assert np.all(state.since <= boiler.WEEK)
        hot += (state.temperature >= 60 - 1e-6) & (met.temperature < 60 - 1e-6)
    assert np.all(hot >= 2)
    calm = Sizes(hygiene=0.0)(some_homes(), owners(20))
    least = [state.temperature for *_, state in follow(boiler, calm, days[:9], lambda day, place: 0.0)]
    assert np.mean(np.array(least) > 59) < np.mean(hot) / 21


def test_an_overdue_hot_hour_is_counted():
    """168 h after the last hot hour a tank at 50 degC that no heater warms misses 10 K for each hour: by hand, 5 K h in half an hour."""
    device = tank()
    late = boiler.step(device, at(device, 50.0, hours=0.5, since=168.0), column(0.0), 0.5)
    assert late.missed == pytest.approx(5.0, abs=1e-6)
    assert late.since == pytest.approx(168.5)
    assert boiler.step(device, at(device, 50.0, hours=0.5, since=167.0), column(0.0), 0.5).missed == 0.0
    # on the way from 55 to 65 degC in an hour, the first half is below 60: 5 K at its start, none at its end
    device = tank(loss=1e-4)
    warmed = boiler.step(device, at(device, 55.0, since=170.0), 10 * column(HEAT), 1.0)
    assert warmed.missed == pytest.approx(5 * 0.5 / 2, rel=0.01)
    assert warmed.since == 0.0


def test_a_heater_that_knows_its_day_keeps_the_band():
    """Where tanks are large enough for any draw, the lowest power misses nothing, in any length of interval."""
    device = Sizes(litres=(60.0, 100.0), store=(2.0, 2.5), hygiene=0.0)(some_homes(), owners(20))
    for hours in (0.25, 1.0):
        days = [a_day(number, hours=hours) for number in range(4)]
        assert sum(state.missed.sum() for *_, state in follow(boiler, device, days, lambda day, place: 0.0)) <= 1e-9


def test_a_tank_that_is_too_small_misses_openly():
    device = Sizes(litres=(200.0, 200.0), store=(0.2, 0.2), rating=(0.5, 0.5))(some_homes(), owners(20))
    missed = sum(state.missed for *_, state in follow(boiler, device, [a_day(hours=0.25)], lambda day, place: 1.0))
    assert np.all(missed > 0)


def test_tappings_add_up():
    """The sums of the profiles in EU 812/2013, annex VII, table 3: 5.845 and 11.655 kWh; and people draw that much on average."""
    assert [sum(heat for _, heat in taps) for taps in TAPPINGS] == pytest.approx([5.845, 11.655])
    daily, pattern = np.full(400, 5.0), np.resize(np.array([0, 1], np.int32), 400)
    for number, length in ((0, 96), (1, 92)):
        day = a_day(number, homes=400)
        drawn = tapped(day, owners(400), daily, pattern)
        assert day.length == length
        assert drawn[:length].sum(axis=0).mean() * 0.25 == pytest.approx(5.0, rel=0.02)
        assert np.all(drawn >= 0)


def test_a_day_with_an_hour_more_has_no_more_tappings():
    day = a_day(1, first=date(2016, 10, 29), homes=50)
    plain = a_day(1, first=date(2016, 9, 29), homes=50)
    assert (day.length, plain.length) == (100, 96)
    both = [tapped(each, owners(50), np.full(50, 5.0), np.zeros(50, np.int32))[: each.length].sum(axis=0) for each in (day, plain)]
    assert both[0] == pytest.approx(both[1])


def test_the_worth_is_the_default_rule_of_stores():
    device = Sizes()(some_homes(), owners(20))
    day = a_day()
    today = boiler.today(device, day)
    state = boiler.meet(device, boiler.start(device, day), today, 30)
    low, high = boiler.span(device, state, 0.25)
    worth = boiler.worth(device, state, today, 30, (low, high), PRICES, 0.25)
    ends = [boiler.step(device, state, power, 0.25).temperature for power in (low, high)]
    fill, full = ((end - state.floor) / (device.high - state.floor) for end in ends)
    expected = by_fill(low, high, fill, full - fill, PRICES)
    assert worth.width == pytest.approx(expected.width)
    sure = np.all([end >= device.low for end in ends], axis=0)
    assert sure.sum() > 10
    assert worth.worth[:, sure] == pytest.approx(expected.worth[:, sure])


def test_as_a_store_it_follows_the_tank():
    device = Sizes(litres=(60.0, 100.0), store=(2.0, 2.5))(some_homes(), owners(20))
    day = a_day()
    today = boiler.today(device, day)
    heat = device.volume * WATER
    stores, level = None, None
    for _, place, met, _, power, state in follow(boiler, device, [day], lambda day, place: (place * 7 % 10) / 10):
        if place == 10:
            stores = boiler.store(device, met, today, 10, 80, 0.25)
            level = stores.level
        if stores is not None and place < 90:
            level = stores.keep * level + stores.into[place - 10] * power * 0.25 + stores.inflow[place - 10]
            assert level == pytest.approx(heat * (state.temperature - device.ambient), abs=1e-9)
            assert np.all(level <= stores.most[place - 10] + 1e-9)


def test_a_store_is_hot_when_hygiene_is_due():
    device = tank()
    day = a_day(homes=1)
    state = at(device, 50.0, hours=0.25, since=167.0)
    stores = boiler.store(device, state, boiler.today(device, day), 0, 8, 0.25)
    assert stores.least[:, 0] / HEAT == pytest.approx([20, 20, 20, 40, 20, 20, 20, 20])


def test_all_faults_at_once():
    with pytest.raises(InputError) as error:
        Sizes(litres=(-1.0, 3.0), band=(60.0, 50.0), hygiene=70.0, insulation=0.0)
    assert len(error.value.faults) == 4


def test_its_sheet():
    """100 l over a band of 25 K: 2.907 kWh by hand."""
    sheet = boiler.specification(tank())
    assert sheet.energy == pytest.approx(25 * 0.4186 / 3.6, abs=1e-4)
    assert not sheet.bidirectional.any()
