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
from tests.devices.days import make_homes, owners
from tests.devices.tank_days import PRICES, a_day, column, follow, some_days

HEAT = 100 * WATER
"""Of a tank of 100 l. [kWh/K]"""

TIGHT = 1e-6
"""A standing loss too small to see. [kW/K]"""


def tank(loss=TIGHT, rating=2.0, hygiene=60.0):
    return Boiler(
        owners(1), column(rating), column(100.0), column(loss), column(40.0), column(65.0), column(hygiene), column(20.0), column(10.0),
        column(5.845), np.zeros(1, np.int32),
    )  # fmt: skip


def at(device, temperature, draw=0.0, hours=1.0, floor=40.0, since=0.0):
    keep = np.exp(-device.loss / HEAT * hours)
    return State(column(temperature), column(since), column(draw), column(floor), keep, *np.zeros((3, 1)))


def test_a_tank_left_alone_cools():
    """It loses half its warmth above the room in 10 h: 60 degC in a room of 20 become 40, and 20 K of heat are gone.

    Worked by hand: loss / heat = ln 2 / 10 for each hour. Ten steps of an hour are one of ten.
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
    warmed = boiler.step(device, at(device, 45.0, hours=0.5), column(2.0), 0.5)
    assert warmed.temperature == pytest.approx(45 + 3600 / 418.6, abs=1e-3)
    drawn = boiler.step(device, at(device, 45.0, draw=1.0, hours=0.5), column(2.0), 0.5)
    assert drawn.temperature == pytest.approx(45 + 1800 / 418.6, abs=1e-3)
    assert drawn.used == pytest.approx(0.5)


def test_below_the_band_there_is_less_heat_and_it_is_counted():
    """A draw that would cool the tank by 30 ln 2 K in an hour finds it at 40 degC, the band's end, and nothing heats it.

    Below the band the flow stays as it is, so the water nears the 10 degC of what comes in by half in an hour: 25 degC. By
    hand: drawn are 15 K of heat, and below the band are 30 - 15 / ln 2 = 8.36 K h. From 40 + 30 ln 2 degC the first hour
    brings the tank to 40 and misses nothing, and the second does all this.
    """
    device = tank(hygiene=0.0)
    pull = 30 * HEAT * log(2)
    state = boiler.step(device, at(device, 40.0, draw=pull), column(0.0), 1.0)
    assert state.temperature == pytest.approx(25.0, abs=1e-3)
    assert state.used == pytest.approx(15 * HEAT, abs=1e-3)
    assert state.missed == pytest.approx(30 - 15 / log(2), abs=1e-3)
    state = boiler.step(device, at(device, 40 + 30 * log(2), draw=pull, hours=2.0), column(0.0), 2.0)
    assert state.temperature == pytest.approx(25.0, abs=1e-3)
    assert state.missed == pytest.approx(30 - 15 / log(2), abs=1e-3)
    assert state.used == pytest.approx((15 + 30 * log(2)) * HEAT, abs=1e-3)


def test_the_span_ends_at_the_band():
    """At 60 degC, 5 K of room are 0.581 kWh, so 0.581 kW for an hour. At 41 with 1 kW drawn, 1 K may go: 1 - 0.116 kW at least."""
    device = tank()
    low, high = boiler.span(device, at(device, 60.0), 1.0)
    assert high == pytest.approx(5 * 0.4186 / 3.6, abs=1e-4)
    assert low == 0.0
    low, high = boiler.span(device, at(device, 41.0, draw=1.0), 1.0)
    assert low == pytest.approx(1 - 0.4186 / 3.6, abs=1e-4)
    assert high == 2.0
    low, high = boiler.span(device, at(device, 41.0, draw=5.0), 1.0)
    assert low == high == 2.0


def test_a_small_tank_that_starts_cold_ends_within_the_band():
    """From 15 degC with 3 kW drawn at the band: at first only a sixth of that flows, so full power of 20 kW would boil 100 l in an hour.

    Energy must close, too: nothing is hidden by a cut at the upper end.
    """
    device = tank(rating=20.0)
    state = at(device, 15.0, draw=3.0)
    _, high = boiler.span(device, state, 1.0)
    assert 0 < high < 20
    after = boiler.step(device, state, high, 1.0)
    assert 40 < after.temperature <= 65
    assert after.used + after.lost + HEAT * (after.temperature - 15) == pytest.approx(high)


def test_it_is_hot_once_a_week_and_not_without_the_rule():
    hot = np.zeros(20)
    device = Sizes()(make_homes(20), owners(20))
    for _, _, met, _, _, state in follow(boiler, device, some_days(21, hours=0.5), lambda day, place: 0.0):
        assert np.all(state.since <= boiler.WEEK)
        hot += (state.since == 0) & (met.since > 0)
    assert np.all(hot >= 2)
    calm = Sizes(hygiene=0.0, litres=(60.0, 100.0), store=(2.0, 2.5))(make_homes(20), owners(20))
    warm = [state.temperature for *_, state in follow(boiler, calm, some_days(9, hours=0.5), lambda day, place: 0.0)]
    assert np.max(warm[48:]) < 60


def test_an_overdue_hot_hour_is_counted():
    """168 h after the last hot hour a tank at 50 degC that nothing warms misses 10 K: 5 K h in half an hour.

    On the way from 55 to 65 degC in an hour the first half is below 60, by 5 K at its start and 0 at its end: 1.25 K h.
    """
    device = tank()
    late = boiler.step(device, at(device, 50.0, hours=0.5, since=168.0), column(0.0), 0.5)
    assert late.missed == pytest.approx(5.0, abs=1e-3)
    assert late.since == pytest.approx(168.5)
    assert boiler.step(device, at(device, 50.0, hours=0.5, since=167.0), column(0.0), 0.5).missed == 0.0
    warmed = boiler.step(device, at(device, 55.0, since=170.0), 10 * column(HEAT), 1.0)
    assert warmed.missed == pytest.approx(1.25, abs=1e-3)
    assert boiler.step(device, at(device, 55.0, since=170.0), 6 * column(HEAT), 1.0).since == 0.0


@pytest.mark.parametrize("hours", [0.25, 1.0])
def test_a_heater_that_knows_its_day_keeps_the_band(hours):
    """Where tanks are large enough for any draw, the lowest power misses nothing."""
    device = Sizes(litres=(60.0, 100.0), store=(2.0, 2.5), hygiene=0.0)(make_homes(20), owners(20))
    missed = sum(state.missed.sum() for *_, state in follow(boiler, device, some_days(4, hours=hours), lambda day, place: 0.0))
    assert missed <= 1e-9


def test_a_tank_that_is_too_small_misses_openly():
    device = Sizes(litres=(200.0, 200.0), store=(0.2, 0.2), rating=(0.5, 0.5))(make_homes(20), owners(20))
    assert np.all(sum(state.missed for *_, state in follow(boiler, device, some_days(), lambda day, place: 1.0)) > 0)


def test_tappings_add_up():
    """The sums of the profiles in EU 812/2013, annex VII, table 3: 5.845 and 11.655 kWh; and people draw as much on average."""
    assert [sum(heat for _, heat in taps) for taps in TAPPINGS] == pytest.approx([5.845, 11.655])
    daily, pattern = np.full(400, 5.0), np.resize(np.array([0, 1], np.int32), 400)
    for day, length in zip(some_days(2, homes=400), (96, 92), strict=True):
        drawn = tapped(day, owners(400), daily, pattern)
        assert day.length == length
        assert drawn[:length].sum(axis=0).mean() * 0.25 == pytest.approx(5.0, rel=0.02)
        assert np.all(drawn >= 0)


def test_a_day_with_an_hour_more_has_no_more_tappings():
    drawn = []
    for first, length in ((date(2016, 10, 29), 100), (date(2016, 9, 29), 96)):
        day = list(some_days(2, first=first))[1]
        assert day.length == length
        drawn.append(tapped(day, owners(20), np.full(20, 5.0), np.zeros(20, np.int32))[:length].sum(axis=0))
    assert drawn[0] == pytest.approx(drawn[1])


def test_the_worth_is_the_default_rule_of_stores():
    device = Sizes()(make_homes(20), owners(20))
    day = a_day()
    today = boiler.today(device, day)
    state = boiler.meet(device, boiler.start(device, day), today, 60)
    low, high = boiler.span(device, state, 0.25)
    worth = boiler.worth(device, state, today, 60, (low, high), PRICES, 0.25)
    ends = [boiler.step(device, state, power, 0.25).temperature for power in (low, high)]
    fill, full = ((end - state.floor) / (device.high - state.floor) for end in ends)
    expected = by_fill(low, high, fill, full - fill, PRICES)
    assert worth.width == pytest.approx(expected.width)
    wide = device.high - state.floor > 0.2
    assert wide.sum() > 10
    assert worth.worth[:, wide] == pytest.approx(expected.worth[:, wide])


def test_as_a_store_it_follows_the_tank():
    device = Sizes(litres=(60.0, 100.0), store=(2.0, 2.5))(make_homes(20), owners(20))
    day = a_day()
    stores = level = None
    for _, place, met, _, power, state in follow(boiler, device, [day], lambda day, place: (place * 7 % 10) / 10):
        if place == 10:
            stores = boiler.store(device, met, boiler.today(device, day), 10, 80, 0.25)
            level = stores.level
        if stores is not None and place < 90:
            level = stores.keep * level + stores.into[place - 10] * power * 0.25 + stores.inflow[place - 10]
            assert level == pytest.approx(device.volume * WATER * (state.temperature - device.ambient), abs=1e-9)
            assert np.all(level <= stores.most[place - 10] + 1e-9)


def test_a_store_is_hot_when_hygiene_is_due():
    """167 h after the last hot hour four quarters are left, so the fourth ends at 60 degC, 40 K above the room."""
    device = tank()
    day = a_day(homes=1)
    stores = boiler.store(device, at(device, 50.0, hours=0.25, since=167.0), boiler.today(device, day), 0, 8, 0.25)
    assert stores.least[:, 0] / HEAT == pytest.approx([20, 20, 20, 40, 20, 20, 20, 20])


def test_all_faults_at_once():
    with pytest.raises(InputError) as error:
        Sizes(litres=(-1.0, 3.0), band=(60.0, 50.0), hygiene=70.0, insulation=0.0)
    assert [fault.where for fault in error.value.faults] == ["litres", "band", "hygiene", "insulation"]


def test_its_sheet():
    """100 l over a band of 25 K: 2.907 kWh by hand."""
    sheet = boiler.specification(tank())
    assert sheet.energy == pytest.approx(2.907, abs=1e-3)
    assert not sheet.bidirectional.any()
