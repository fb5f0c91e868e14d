"""What prosumers expect: laws of every forecast, and known answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.base.errors import InputError
from p2p.base.streams import Streams
from p2p.behaviour.forecasts import FORECASTS, Asked, Errors, Learned, Noisy, Simple, bias, mean_absolute, root_mean_square

DAY = 24


def asked(coming, agent=None, first=0, homes=None, seed=1):
    agent = np.arange(coming.shape[1]) if agent is None else agent
    return Asked(first, 24 / DAY, coming, agent, homes or coming.shape[1], Streams(seed))


def taught(forecast, came):
    memory = forecast.start(came.shape[1], DAY)
    for net in came:
        memory = forecast.learn(memory, net)
    return memory


def series(seed, days, homes):
    """A day that comes again, with a slow disturbance."""
    random = np.random.default_rng(seed)
    course = random.normal(0, 2, (DAY, homes))
    noise = np.zeros((days * DAY, homes))
    for at in range(1, len(noise)):
        noise[at] = 0.8 * noise[at - 1] + random.normal(0, 0.3, homes)
    return np.tile(course, (days, 1)) + noise


@pytest.mark.parametrize("name", FORECASTS)
@given(seed=st.integers(0, 1000), length=st.sampled_from([1, 30]))
def test_each_row_is_forecast_alone(name, seed, length):
    forecast, came = FORECASTS[name](), series(seed, 3, 5)
    coming = came[:length] + 1
    together = forecast(taught(forecast, came), asked(coming, first=72))
    some = np.array([3, 1])
    alone = forecast(taught(forecast, came[:, some]), asked(coming[:, some], some, 72, 5))
    assert together.shape == coming.shape
    assert together.dtype == np.float64
    np.testing.assert_array_equal(together[:, some], alone)


@pytest.mark.parametrize("name", ["persistence", "learned"])
def test_what_is_to_come_is_not_looked_at(name):
    forecast, came = FORECASTS[name](), series(3, 3, 4)
    memory = taught(forecast, came)
    one, other = (forecast(memory, asked(coming)) for coming in (came[:30], came[:30] * 7 - 2))
    np.testing.assert_array_equal(one, other)


def test_a_perfect_forecast_never_errs():
    came = series(2, 1, 3)
    forecast = FORECASTS["perfect"]()
    errors = Errors.none(3).after(forecast(None, asked(came)), came)
    for kpi in (bias, mean_absolute, root_mean_square):
        assert np.all(kpi(errors) == 0)


def test_persistence_by_hand():
    """A home that drew 0, 1, ..., 23 kW yesterday and 24 kW at midnight: it expects 24 next, and for the day ahead 1, ..., 23, 24, 1."""
    forecast = Simple()
    memory = taught(forecast, np.arange(25.0)[:, None])
    assert forecast(memory, asked(np.zeros((1, 1)))).tolist() == [[24.0]]
    assert forecast(memory, asked(np.zeros((25, 1))))[:, 0].tolist() == [*map(float, range(1, 25)), 1.0]


def test_a_function_of_what_was_and_what_comes_is_a_forecast():
    """By hand: half of 24 and half of 10 is 17."""
    forecast = Simple(lambda last, coming: (last + coming) / 2)
    assert forecast(taught(forecast, np.arange(25.0)[:, None]), asked(np.full((1, 1), 10.0))).tolist() == [[17.0]]


def test_noise_has_the_stated_size_and_grows_with_lead():
    """By hand: scale 2 kW, share 0.5: sqrt(1 - exp(-2 * 1 / 6)) = 0.5324 after an hour, sqrt(1 - exp(-4)) = 0.9908 after 12: so 0.53, 0.99 kW."""
    forecast, homes = Noisy(share=0.5), 4000
    memory = taught(forecast, np.full((DAY, homes), -2.0))
    size = (forecast(memory, asked(np.zeros((36, homes))))).std(axis=1)
    assert size[0] == pytest.approx(0.5324, rel=0.05)
    assert size[11] == pytest.approx(0.9908, rel=0.05)
    assert np.all(np.diff(size[:8]) > 0)


def test_news_alone_parts_two_forecasts_of_one_interval():
    """By hand: what a forecast made an hour later errs is what the earlier one errs, less what the first hour's news made of it."""
    forecast, came = Noisy(), np.full((40, 3), 1.0)
    memory = taught(forecast, came)
    early = forecast(memory, asked(came, first=5)) - came
    late = forecast(memory, asked(came[1:], first=6)) - came[1:]
    left = np.exp(-1 / 6)
    np.testing.assert_allclose(early[1:] - late, early[0] * left ** np.arange(1, 40)[:, None], atol=1e-12)


def test_who_learns_errs_less_than_who_expects_the_same():
    """A day that comes again, with an error that fades by 0.8 an hour: both for the hour ahead and for the day."""
    came = series(11, 40, 20)
    errors = {}
    for forecast in (Simple(), Learned()):
        memory, next_hour, day = forecast.start(20, DAY), Errors.none(20), Errors.none(20)
        for at, net in enumerate(came):
            if at >= 10 * DAY:
                next_hour = next_hour.after(forecast(memory, asked(came[at : at + 1])), net)
            if at >= 10 * DAY and at % DAY == 0:
                day = day.after(forecast(memory, asked(came[at : at + DAY])), came[at : at + DAY])
            memory = forecast.learn(memory, net)
        errors[type(forecast)] = mean_absolute(next_hour), mean_absolute(day)
    for learned, same in zip(errors[Learned], errors[Simple], strict=True):
        assert np.all(learned < same)


def test_a_periodic_day_is_learnt_to_the_watt():
    came = np.tile(np.random.default_rng(5).normal(0, 2, (DAY, 3)), (30, 1))
    forecast = Learned()
    np.testing.assert_allclose(forecast(taught(forecast, came), asked(came[: 2 * DAY])), came[: 2 * DAY], atol=1e-6)


def test_errors_by_hand():
    """Expected 3, 1 and came 1, 2: errors 2, -1: bias 0.5, size 1.5, root of (4 + 1) / 2."""
    errors = Errors.none(1).after(np.array([3.0]), np.array([1.0])).after(np.array([1.0]), np.array([2.0]))
    assert bias(errors) == [0.5]
    assert mean_absolute(errors) == [1.5]
    assert root_mean_square(errors) == pytest.approx(np.sqrt(2.5))


@pytest.mark.parametrize(("kind", "wrong"), [(Noisy, {"share": -1.0, "memory": 0.0}), (Learned, {"days": 0.5, "forget": 1.5})])
def test_nonsense_is_refused_all_at_once(kind, wrong):
    with pytest.raises(InputError) as caught:
        kind(**wrong)
    assert [fault.where for fault in caught.value.faults] == list(wrong)
