"""Appliances: programmes by hand, waiting and the latest start."""

from datetime import date

import numpy as np
import pytest

from p2p.base.errors import InputError
from p2p.devices.flexible import appliance
from p2p.devices.flexible.appliance import CYCLES, PROGRAMMES, Appliance, Sizes, State, Today
from tests.devices.days import PRICES, make_days, make_homes, owners, run


def one(*values):
    return np.array(values, np.float64)


def machine(interruptible=False):
    """Half an hour at 2 kW, an hour at 0.2, half an hour at 1: 2 h, 1.7 kWh."""
    zero = np.zeros(1, np.int32)
    phases = one(2.0, 0.2, 1.0)[None], one(0.5, 1.0, 0.5)[None]
    return Appliance(zero, zero, *phases, np.array([interruptible]), one(1.0), one(8.0), one(14.0))


def state(done, left):
    return State(one(done), one(left), one(0.0))


def span(done, left, hours=0.5, interruptible=False):
    low, high = appliance.span(machine(interruptible), state(done, left), hours)
    return low.item(), high.item()


def test_it_waits_and_then_must():
    """With 3 h left it may wait; with 2 h left for 2 h of programme it starts; with 2.25 h left, within half an hour, 0.25 h late."""
    assert span(0.0, 3.0) == (0.0, 2.0)
    assert span(0.0, 2.0) == (2.0, 2.0)
    assert span(0.0, 2.25) == (1.0, 2.0)


def test_once_started_it_runs():
    """Its phases by the half hour are 2, 0.2, 0.2 and 1 kW, and by the hour 1.1 and 0.6."""
    for hours, means in ((0.5, [2.0, 0.2, 0.2, 1.0]), (1.0, [1.1, 0.6])):
        met = state(0.0, 5.0)
        for mean in means:
            low, high = appliance.span(machine(), met, hours)
            assert high == pytest.approx(mean)
            if met.done > 0:
                assert low == high
            met = appliance.step(machine(), met, high, hours)
        assert met.done == pytest.approx(2.0)
        assert appliance.span(machine(), met, hours)[1] == 0.0
        assert met.missed == 0.0


def test_one_that_may_pause():
    """Half done, it may stop while 1 h of programme fits in what is left; in 1.25 h it may wait a quarter: 0.05 kWh in half an hour."""
    assert span(1.0, 3.0, interruptible=True) == pytest.approx((0.0, 0.2))
    low, high = span(1.0, 1.25, interruptible=True)
    assert low == pytest.approx(0.1)
    assert high == pytest.approx(0.2)


def test_what_does_not_fit_is_missed():
    """1 h left for 2 h: it does 1 + 0.1 of 1.7 kWh; 0.6 are missed, and it is unloaded."""
    met = state(0.0, 1.0)
    for _ in range(2):
        low, high = appliance.span(machine(), met, 0.5)
        assert low == high
        met = appliance.step(machine(), met, high, 0.5)
    assert met.missed == pytest.approx(0.6)
    assert appliance.span(machine(), State(met.done, one(0.5), met.missed), 0.5)[1] == 0.0


def test_what_it_holds():
    """A programme from the start of the interval or none: 0.9 of 2 kW is none, 1.1 all, and what must start starts at once."""
    for power, held in ((0.9, 0.0), (1.1, 2.0)):
        assert appliance.hold(machine(), state(0.0, 4.0), one(power), 0.5) == held
    assert appliance.hold(machine(), state(0.0, 2.25), one(1.0), 0.5) == 2.0


def test_worth_rises_to_the_dearest():
    """A window of 6 h and 2 h of programme leave 4 h. Half an hour from now 2 h are left of them with 4.5 h to go: half way."""
    span = one(0.0), one(2.0)
    today = Today(np.zeros((1, 1)), np.zeros((1, 1), bool), 0.5)
    for left, worth in ((4.5, 190_000.0), (2.5, 300_000.0), (6.5, 80_000.0)):
        steps = appliance.worth(machine(), state(0.0, left), today, 0, span, PRICES, 0.5)
        assert steps.worth == pytest.approx(worth)
        assert steps.width == pytest.approx(2.0)


def test_the_cheapest_start_by_hand():
    """Six half hours, 3 h left, prices 5 5 1 3 3 9: starts 0, 1 and 2 are in time.

    Energies 1, 0.1, 0.1, 0.5 kWh. From 0: 5 + 0.5 + 0.1 + 1.5 = 7.1; from 1: 5 + 0.1 + 0.3 + 1.5 = 6.9; from 2: 1 + 0.3 + 0.3 + 4.5
    = 6.1. If the last price is 30, from 2 it is 16.6, so from 1.
    """
    today = Today(np.zeros((6, 1)), np.zeros((6, 1), bool), 0.5)
    prices = one(5, 5, 1, 3, 3, 9)
    assert appliance.plan_starts(machine(), state(0.0, 3.0), today, 0, prices) == 2
    prices[5] = 30
    assert appliance.plan_starts(machine(), state(0.0, 3.0), today, 0, prices) == 1
    assert appliance.plan_starts(machine(), state(0.5, 3.0), today, 0, prices) == -1
    assert appliance.plan_starts(machine(), state(2.0, 0.0), today, 0, prices) == -1


@pytest.mark.parametrize("minutes", [5, 15, 30, 60])
@pytest.mark.parametrize("kind", PROGRAMMES)
@pytest.mark.parametrize("start", [date(2024, 1, 1), date(2024, 3, 30), date(2024, 10, 26)])
def test_every_programme_is_done(minutes, kind, start):
    """Whatever is held, each filling draws its programme, whatever the length of intervals, also over a change of the clock."""
    devices = Sizes(kind, cycles=200, interruptible=0.5)(make_homes(50), owners(50))
    days, rng = make_days(start, 3, minutes, 50), np.random.default_rng(4)
    filled = sum(appliance.today(devices, day).fresh[: day.length].sum(axis=0) for day in days)

    def choose(low, high, number):
        return low + rng.choice([0.0, 1.0], 50, p=[0.9, 0.1]) * (high - low)

    powers, states = run(appliance, devices, days, choose)
    energy = powers.sum(axis=0) * days[0].hours
    whole = (devices.power * devices.length).sum(axis=1)
    last = states[-1]
    open_now = np.array([whole[row] - drawn(devices, row, last.done[row]) for row in range(50)])
    assert all(np.all(after.missed == 0) for after in states)
    assert energy == pytest.approx(filled * whole - open_now)


def drawn(devices, row, done):
    ends = np.cumsum(devices.length[row])
    parts = np.clip(done - (ends - devices.length[row]), 0, devices.length[row])
    return np.sum(parts * devices.power[row])


def test_a_day_ends_as_the_next_begins():
    devices = Sizes("washing_machine")(make_homes(80), owners(80))
    days = [appliance.today(devices, day) for day in make_days(days=2, homes=80)]
    assert np.array_equal(days[0].fresh[96:], days[1].fresh[:96])
    assert np.array_equal(days[0].left[96:], days[1].left[:96])
    assert days[0].fresh.sum() > 0


def test_programmes_are_those_of_their_source():
    """60 min at 1.1306 kW, 138 min at 0.4055 kW, 60 min at 2.5 kW (the CREST model), within a hundredth; 241, 196, 122 a year."""
    for kind, minutes, mean in (("dishwasher", 60, 1.1306), ("washing_machine", 138, 0.4055), ("dryer", 60, 2.5)):
        phases = np.array(PROGRAMMES[kind])
        assert phases[:, 0].sum() == minutes
        assert (phases[:, 0] * phases[:, 1]).sum() / minutes == pytest.approx(mean, rel=1e-2)
    assert CYCLES == {"dishwasher": 241, "washing_machine": 196, "dryer": 122}


def test_every_wrong_size_is_named():
    with pytest.raises(InputError) as error:
        Sizes("washing_machine", cycles=400, first=(22.0, 17.0), window=(2.0, 6.0), interruptible=2.0)
    assert {fault.where for fault in error.value.faults} == {"cycles", "first", "window", "interruptible"}
    with pytest.raises(InputError, match="dishwasher"):
        Sizes("oven")


def test_specification():
    sheet = appliance.specification(machine())
    assert sheet.energy == pytest.approx(1.7)
    assert sheet.high == 2.0
    assert sheet.duration == 2.0
