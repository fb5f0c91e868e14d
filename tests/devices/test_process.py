"""Processes of sites: ramp, notice, batches and lost load by hand."""

from datetime import date

import numpy as np
import pytest

from p2p.base.errors import InputError
from p2p.devices.flexible import process
from p2p.devices.flexible.process import Process, Sizes, State
from tests.devices.days import PRICES, make_days, make_homes, owners, run

FIRST = np.zeros(1, np.int64)


def one(*values):
    return np.array(values, np.float64)


def site(plan=0.0, **changes):
    plain = {
        "floor": 0.6, "value": 2_000_000.0, "ramp": np.inf, "power": 0.0, "batch": 0.0, "first": 8.0, "last": 12.0, "notice": 0.0,
    }  # fmt: skip
    return Process(np.zeros(1, np.int32), np.full((1, 2, 24), plan), *(one(value) for value in (plain | changes).values()))


def state(plan=0.0, due=0.0, left=0.0, held=0.0):
    return State(one(plan), one(due), one(left), one(held), np.zeros((1, 1)), one(0.0), one(0.0))


def span(rows, met, hours=1.0):
    low, high = process.span(rows, met, hours)
    return pytest.approx((low.item(), high.item()))


def test_a_schedule_can_be_cut_to_its_floor():
    """100 kW, 60 of them needed: at 80 kW for a quarter 5 kWh are cut, and none missed."""
    met = state(plan=100.0, held=100.0)
    assert span(site(100.0), met) == (60.0, 100.0)
    after = process.step(site(100.0), met, one(80.0), 0.25)
    assert after.cut == pytest.approx(5.0)
    assert after.missed == 0.0


def test_ramp_by_hand():
    """40 kW/h is 10 kW a quarter: from 100 it is 90 next, though 60 would do; from 70 it is 80, though the schedule is 100.

    From 30, with a floor of 60, it is 40, and 20 kW lack for a quarter: 5 kWh missed, and 10 kWh cut.
    """
    rows = site(100.0, ramp=40.0)
    assert span(rows, state(plan=100.0, held=100.0), 0.25) == (90.0, 100.0)
    assert span(rows, state(plan=100.0, held=70.0), 0.25) == (60.0, 80.0)
    short = state(plan=100.0, held=30.0)
    assert span(rows, short, 0.25) == (40.0, 40.0)
    after = process.step(rows, short, one(40.0), 0.25)
    assert after.missed == pytest.approx(5.0)
    assert after.cut == pytest.approx(10.0)
    assert after.held == 40.0


def test_a_schedule_that_ends_is_no_ramp():
    """With nothing to do it stops: 20 kW of schedule after 100, though the ramp is 10."""
    assert span(site(20.0, ramp=40.0), state(plan=20.0, held=100.0), 0.25) == (20.0, 20.0)


def test_a_batch_waits_and_then_must():
    """200 kWh at 100 kW: with 4 h left an hour may pass; with 2.5 h left, 50 must be done in this hour; with 2 h left, 100."""
    rows = site(power=100.0, batch=200.0)
    for left, low in ((4.0, 0.0), (3.0, 0.0), (2.0, 100.0)):
        assert span(rows, state(due=200.0, left=left)) == (low, 100.0)
    assert span(rows, state(due=150.0, left=2.0)) == (50.0, 100.0)
    late = process.step(rows, state(due=150.0, left=1.0), one(100.0), 1.0)
    assert late.missed == pytest.approx(50.0)
    assert late.due == 0.0


def test_a_batch_reckons_with_its_ramp():
    """Hours, ramp 30 kW/h, 100 kW at most, 180 kWh due in 4 h, standing still.

    All at once it can do 30 + 60 + 90 + 100 = 280 kWh. Waiting an hour, 30 + 60 + 90 = 180: just enough, so it may. With 240 due:
    p + (p + 30) + (p + 60) + 100 = 240 gives p = 16.67 (the fourth hour would be 106.67). With 300 it starts at 30 and misses 20.
    """
    rows = site(power=100.0, batch=300.0, ramp=30.0)
    assert span(rows, state(due=180.0, left=4.0)) == (0.0, 30.0)
    assert span(rows, state(due=240.0, left=4.0)) == (50 / 3, 30.0)
    for due, missed in ((240.0, 0.0), (300.0, 20.0)):
        met = state(due=due, left=4.0)
        for _ in range(4):
            low, _ = process.span(rows, met, 1.0)
            met = process.step(rows, met, low, 1.0)
        assert met.missed == pytest.approx(missed)


def test_ramp_where_full_power_is_reached():
    """4 h left, 80 kW held, 30 kW/h: p + (p + 30) + 100 + 100 = 340 gives p = 55. For 320 it is 45, but 80 - 30 = 50 is as low as it goes."""
    rows = site(power=100.0, batch=400.0, ramp=30.0)
    assert span(rows, state(due=320.0, left=4.0, held=80.0)) == (50.0, 100.0)
    assert span(rows, state(due=340.0, left=4.0, held=80.0)) == (55.0, 100.0)


def test_worth():
    """Schedule at 60 of 100 kW: 40 kW at lost load. A batch that takes half of the time left is worth half way from 80 to 300."""
    rows = site(100.0, power=50.0, batch=100.0)
    met = state(plan=100.0, due=100.0, left=4.0, held=100.0)
    steps = process.worth(rows, met, None, 0, process.span(rows, met, 1.0), PRICES, 1.0)
    assert steps.width[:, 0] == pytest.approx([40.0, 50.0])
    assert steps.worth[:, 0] == pytest.approx([2_000_000.0, 190_000.0])


def test_notice_by_hand():
    """Two hours of notice: what is committed at 3:00 is held at 5:00, and all else is the schedule of 100 kW."""
    rows, day = site(100.0, notice=2.0), make_days(minutes=60, homes=1)[0]
    today, met, held = process.today(rows, day), process.start(rows, day), []
    for place in range(8):
        met = process.meet(rows, met, today, place)
        if place == 3:
            met = process.commit(rows, met, today, FIRST, one(0.0, 0.0, 70.0)[:, None])
        if place == 4:
            met = process.commit(rows, met, today, FIRST, one(0.0, 0.0)[:, None])  # a plan that does not reach so far
        if place == 5:
            met = process.commit(rows, met, today, FIRST, one(0.0, 0.0, 20.0)[:, None])  # below the floor
        low, high = process.span(rows, met, 1.0)
        assert low == high
        held.append(high.item())
        met = process.step(rows, met, high, 1.0)
    assert held == [100, 100, 100, 100, 100, 70, 100, 60]


def test_notice_and_a_batch():
    """A batch of 200 kWh from 8 to 12 commits itself to 50 kW in each hour; told to wait until 10, it runs at 100 kW then."""
    rows, day = site(power=100.0, batch=200.0, notice=1.0), make_days(minutes=60, homes=1)[0]
    for wait, wanted in ((False, [50, 50, 50, 50]), (True, [0, 0, 100, 100])):
        today, met, held = process.today(rows, day), process.start(rows, day), []
        for place in range(13):
            met = process.meet(rows, met, today, place)
            if wait and place in (7, 8):
                met = process.commit(rows, met, today, FIRST, np.zeros((2, 1)))
            low, _ = process.span(rows, met, 1.0)
            met = process.step(rows, met, low, 1.0)
            held.append(low.item())
            assert met.missed == 0.0
        assert held == pytest.approx([0] * 8 + wanted + [0])


@pytest.mark.parametrize("minutes", [5, 15, 30, 60])
@pytest.mark.parametrize("start", [date(2024, 1, 4), date(2024, 3, 29), date(2024, 10, 25)])
def test_batches_are_done_on_working_days(minutes, start):
    """Thursday or Friday to Monday: as many batches as working days, whatever is held, also over a change of the clock."""
    rows = Sizes(batch=1.0, ramp=2.0)(make_homes(20, kind=2), owners(20))
    days, rng = make_days(start, 4, minutes, 20), np.random.default_rng(1)
    powers, states = run(process, rows, days, lambda low, high, number: low + rng.choice([0.0, 1.0], 20, p=[0.95, 0.05]) * (high - low))
    working = sum(not day.weekend[0] for day in days)
    assert sum(after.missed for after in states) == pytest.approx(np.zeros(20), abs=1e-6)
    assert powers.sum(axis=0) * days[0].hours == pytest.approx(working * rows.batch)


def test_a_day_ends_as_the_next_begins():
    rows = Sizes(batch=0.5)(make_homes(20, kind=1), owners(20))
    for start in (date(2024, 1, 4), date(2024, 3, 30), date(2024, 10, 26)):
        days = make_days(start, 2, homes=20)
        first, second = (process.today(rows, day) for day in days)
        length = min(len(first.plan) - days[0].length, days[1].length)
        for name in ("plan", "own", "left", "fresh"):
            after, before = getattr(first, name)[days[0].length :][:length], getattr(second, name)[:length]
            assert np.array_equal(after, before), name


def test_default_schedules_need_no_more_ramp_than_they_have():
    rows = Sizes(batch=0.0)(make_homes(10, kind=2), owners(10))
    _, states = run(process, rows, make_days(days=3, homes=10), lambda low, high, number: low)
    assert all(np.all(after.missed < 1e-9) for after in states)


def test_the_store_moves_as_the_batch():
    rows, day = site(30.0, power=100.0, batch=200.0), make_days(minutes=60, homes=1)[0]
    today, state, rng = process.today(rows, day), process.start(rows, day), np.random.default_rng(6)
    stores = process.store(rows, process.meet(rows, state, today, 0), today, 0, 47, 1.0)
    level = stores.level
    for place in range(46):
        met = process.meet(rows, state, today, place)
        assert (met.due == 0) | (level == pytest.approx(rows.batch - met.due))
        low, high = process.span(rows, met, 1.0)
        power = np.maximum(low + rng.random(1) * (high - low), low + 0.4 * met.plan)  # the store knows no cuts
        state = process.step(rows, met, power, 1.0)
        level = stores.keep * level + power * 1.0 + stores.inflow[place]
        assert np.all((level > -1e-9) & (level < stores.most[place] + 1e-9))
        assert np.all(level >= stores.least[place] - 1e-9)


def test_every_wrong_size_is_named():
    with pytest.raises(InputError) as error:
        Sizes((0.5, 0.1), 2.0, -1.0, (22.0, 6.0), 1.5, (-1.0, 2.0), 0.0, (0.0, 30.0))
    names = {"share", "batch", "effort", "window", "floor", "value", "ramp", "notice"}
    assert {fault.where for fault in error.value.faults} == names


def test_specification():
    sheet = process.specification(site(100.0, notice=2.0))
    assert sheet.lead_time == 2.0
    assert sheet.price == 2_000_000.0
    assert sheet.involvement == "managed"
    assert process.specification(site(power=100.0, batch=200.0)).energy == 200.0
