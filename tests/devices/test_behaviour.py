"""People who respond: fatigue, rebound and chance by hand."""

import numpy as np
import pytest

from p2p.base.errors import InputError
from p2p.devices.flexible import behaviour
from p2p.devices.flexible.behaviour import Behaviour, Sizes, State, Today
from tests.devices.days import PRICES, make_days, make_homes, owners


def one(*values):
    return np.array(values, np.float64)


def people(**changes):
    plain = {
        "rated": 10.0, "share": 0.2, "probability": 0.8, "fatigue": np.log(2), "rest": 24.0, "rebound": 0.5, "lag": 2.0,
        "discomfort": 400_000.0,
    }  # fmt: skip
    return Behaviour(np.zeros(1, np.int32), *(one(value) for value in (plain | changes).values()))


def state(cut=0.0, owed=0.0, tired=0.0):
    return State(one(cut), one(owed), one(tired))


def test_rebound_by_hand():
    """Owed 1 kWh with 2 h: in an hour 1 - exp(-1/2) = 0.3935 come back. Nothing can be cut: low is high."""
    low, high = behaviour.span(people(), state(owed=1.0), 1.0)
    assert low == high == pytest.approx(1 - np.exp(-0.5))
    after = behaviour.step(people(), state(owed=1.0), high, 1.0)
    assert after.owed == pytest.approx(np.exp(-0.5))


def test_a_cut_by_hand():
    """1 kW cut for an hour: of the 0.5 kWh that will come back, 1 - 2 x 0.3935 = 0.2131 of it do so in the same hour.

    Net: -1 + 0.5 x 0.2131 = -0.8935 kW; still owed 0.5 x 2 x 0.3935 = 0.3935 kWh. What is gone for good is half a kWh:
    0.8935 - 0.3935.
    """
    low, high = behaviour.span(people(), state(cut=1.0), 1.0)
    assert high == 0.0
    assert low == pytest.approx(-1 + 0.5 * (1 - 2 * (1 - np.exp(-0.5))))
    after = behaviour.step(people(), state(cut=1.0), low, 1.0)
    assert after.owed == pytest.approx(1 - np.exp(-0.5))
    assert -low - after.owed == pytest.approx(0.5)


def test_without_rebound_or_with_all():
    assert behaviour.span(people(rebound=0.0), state(cut=1.0), 0.25)[0] == -1.0
    met, net = state(cut=1.0), 0.0
    for _ in range(400):  # cut in the first hour; all of it comes back
        low, high = behaviour.span(people(rebound=1.0), met, 1.0)
        net += (low if met.cut > 0 else high).item()
        met = behaviour.step(people(rebound=1.0), met, low if met.cut > 0 else high, 1.0)
        met = State(one(0.0), met.owed, met.tired)
    assert net == pytest.approx(0.0, abs=1e-9)


def test_fatigue_by_hand():
    """ln 2 an hour, 24 h of rest: a full hour of response tires by ln 2 x 24 x (1 - exp(-1/24)) = 0.6789, half of it by half.

    The probability of 0.8 falls to 0.8 exp(-0.6789) = 0.4058. A day later it is 0.8 exp(-0.6789 / e) = 0.6232.
    """
    low, high = behaviour.span(people(), state(cut=1.0), 1.0)
    tired = behaviour.step(people(), state(cut=1.0), low, 1.0).tired
    assert tired == pytest.approx(np.log(2) * 24 * (1 - np.exp(-1 / 24)))
    assert behaviour.step(people(), state(cut=1.0), (low + high) / 2, 1.0).tired == pytest.approx(tired / 2)
    rested = behaviour.step(people(), state(tired=tired.item()), one(0.0), 24.0).tired
    load = np.full((1, 1), 3.0)
    for luck, weary, cut in ((0.40, tired, 0.6), (0.41, tired, 0.0), (0.62, rested, 0.6), (0.63, rested, 0.0), (0.79, 0 * tired, 0.6)):
        met = behaviour.meet(people(), State(one(0.0), one(0.0), weary), Today(load, np.full((1, 1), luck)), 0)
        assert met.cut == pytest.approx(cut)  # a fifth of 3 kW


def test_two_half_steps_are_one_step():
    met = state(cut=1.0, owed=0.7, tired=0.3)
    low, _ = behaviour.span(people(), met, 1.0)
    once = behaviour.step(people(), met, low, 1.0)
    half, net = met, 0.0
    for _ in range(2):
        low_half, _ = behaviour.span(people(), half, 0.5)
        net += low_half * 0.5
        half = behaviour.step(people(), half, low_half, 0.5)
    assert half.owed == pytest.approx(once.owed)
    assert half.tired == pytest.approx(once.tired)
    assert net == pytest.approx(low)


def test_chance_is_the_same_for_all_lengths():
    """Chance and load are those of the hour: four quarters of it have what the hour has; and a day's end is the next one's beginning."""
    rows = Sizes()(make_homes(20), owners(20))
    hourly, quarters = (behaviour.today(rows, make_days(minutes=minutes, homes=20)[0]) for minutes in (60, 15))
    assert np.array_equal(quarters.luck, np.repeat(hourly.luck, 4, axis=0))
    assert np.array_equal(quarters.load, np.repeat(hourly.load, 4, axis=0))
    tomorrow = behaviour.today(rows, make_days(minutes=60, homes=20)[1])
    assert np.array_equal(hourly.luck[24:], tomorrow.luck[:24])
    assert np.array_equal(hourly.load[24:], tomorrow.load[:24])


def test_worth_is_discomfort():
    span = one(-2.0), one(0.5)
    steps = behaviour.worth(people(), state(cut=1.0), Today(one(1.0)[None], one(0.0)[None]), 0, span, PRICES, 0.25)
    assert steps.width == pytest.approx(2.5)
    assert steps.worth == 400_000.0


def test_every_wrong_size_is_named():
    with pytest.raises(InputError) as error:
        Sizes(share=(0.5, 2.0), probability=(0.9, 0.1), fatigue=-1, rest=0, rebound=1.5, lag=float("nan"), discomfort=(-1, 2))
    assert {fault.where for fault in error.value.faults} == {"share", "probability", "fatigue", "rest", "rebound", "lag", "discomfort"}


def test_specification():
    sheet = behaviour.specification(people())
    assert sheet.involvement == "behaviour"
    assert sheet.recovery == 0.5
    assert sheet.low == pytest.approx(-0.5)  # a fifth of a quarter of 10 kW
