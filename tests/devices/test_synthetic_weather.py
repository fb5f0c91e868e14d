"""Weather without a file: the same day in every run, laws of light, a believable year."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p.base.clock import Clock
from p2p.base.errors import InputError
from p2p.base.streams import Streams
from p2p.devices.around import Weather
from p2p.devices.sun import extraterrestrial, path
from p2p.devices.synthetic_weather import Climate, synthetic
from p2p.operators.merit_order import MeritOrder

DAY = Clock(date(2024, 7, 4), 1)
YEAR = Clock(date(2023, 1, 1), 365)
HOURLY = Clock(date(2023, 1, 1), 365, 60)


@pytest.fixture(scope="module")
def years() -> list[Weather]:
    return [synthetic(YEAR, Streams(seed), beyond=0.0) for seed in range(4)]


def same(one: Weather, other: Weather) -> None:
    for name, column in one.columns().items():
        assert np.array_equal(column, getattr(other, name)), name


@pytest.mark.parametrize(("start", "days"), [(date(2024, 7, 4), 3), (date(2024, 7, 1), 10), (date(2024, 1, 1), 366)])
def test_a_day_is_the_same_in_a_run_of_any_length_and_start(start: date, days: int) -> None:
    run = Clock(start, days)
    same(synthetic(run, Streams(7), beyond=0.0).take(np.isin(run.utc, DAY.utc)), synthetic(DAY, Streams(7), beyond=0.0))


def test_the_hours_beyond_the_end_are_those_of_the_next_day() -> None:
    two, one = Clock(date(2024, 3, 30), 2), Clock(date(2024, 3, 30), 1)  # the second has 23 hours
    beyond = synthetic(one, Streams(7))
    assert len(beyond) == 96 + 96
    same(synthetic(two, Streams(7), beyond=1.0), beyond)


@pytest.mark.parametrize("minutes", [5, 30, 60])
def test_intervals_of_any_length_meet_means_of_the_same_weather(minutes: int) -> None:
    quarters, other = (synthetic(Clock(date(2024, 7, 4), 1, m), Streams(7)) for m in (15, minutes))
    for name, column in quarters.columns().items():
        hours = np.mean(np.reshape(column, (48, -1)), axis=1)
        assert np.mean(np.reshape(getattr(other, name), (48, -1)), axis=1) == pytest.approx(hours), name


def test_another_seed_and_another_place_have_another_weather() -> None:
    here, seed, place = (synthetic(DAY, Streams(s), latitude) for s, latitude in ((7, 51.0), (8, 51.0), (7, 40.0)))
    assert not np.allclose(here.temperature, seed.temperature)
    assert np.max(place.ghi) > np.max(here.ghi)


@settings(max_examples=25)
@given(st.integers(0, 1_000), st.floats(-66, 66), st.floats(-180, 180), st.integers(0, 364), st.sampled_from([5, 15, 30, 60]))
def test_light_obeys_the_sun(seed: int, latitude: float, longitude: float, day: int, minutes: int) -> None:
    """Night is dark; the diffuse part is no more than all, and all no more than above the air."""
    clock = Clock(date.fromordinal(date(2023, 1, 1).toordinal() + day), 1, minutes)
    weather = synthetic(clock, Streams(seed), latitude, longitude, beyond=0.0)
    sun = path(clock.utc, clock.hours, latitude, longitude)
    assert np.all(weather.ghi[np.all(sun.up <= 0, axis=0)] == 0)
    assert np.all(weather.ghi >= 0)
    assert np.all((weather.dhi >= 0) & (weather.dhi <= weather.ghi))
    assert np.all(weather.ghi <= sun.normal * sun.height + 1e-9)
    assert np.all(weather.wind >= 0)
    assert np.all(np.isfinite(weather.temperature))


def test_a_year_has_the_light_of_central_europe(years: list[Weather]) -> None:
    """Germany gets 1,000 to 1,200 kWh/m2 a year, about half of it diffuse (Aachen 2023: 1146, 0.51; Düsseldorf 2024: 988, 0.57)."""
    light = [np.sum(weather.ghi) * YEAR.hours / 1000 for weather in years]
    assert all(950 < each < 1_200 for each in light)
    assert np.mean(light) == pytest.approx(1_075, abs=50)
    assert all(0.45 < np.sum(weather.dhi) / np.sum(weather.ghi) < 0.6 for weather in years)
    month = YEAR.utc.astype("datetime64[M]").astype(np.int64) % 12 + 1
    june, december = (np.mean([np.sum(weather.ghi[month == m]) for weather in years]) for m in (6, 12))
    assert 6 < june / december < 15


def test_a_year_has_the_warmth_of_central_europe(years: list[Weather]) -> None:
    month = YEAR.utc.astype("datetime64[M]").astype(np.int64) % 12 + 1
    means = np.array([np.mean([np.mean(weather.temperature[month == m]) for weather in years]) for m in range(1, 13)])
    assert np.mean(means) == pytest.approx(10, abs=1)
    assert means[0] == pytest.approx(1.5, abs=2)
    assert means[6] == pytest.approx(18.5, abs=2)
    assert all(-20 < np.min(weather.temperature) < -2 for weather in years)
    assert all(27 < np.max(weather.temperature) < 40 for weather in years)
    hour = (YEAR.utc - YEAR.utc.astype("datetime64[D]")).astype("timedelta64[h]").astype(np.int64)
    afternoon, night = (np.mean(years[0].temperature[(hour == h) & (month >= 6) & (month <= 8)]) for h in (14, 2))
    assert 5 < afternoon - night < 11


def test_temperature_remembers_days_and_forgets_weeks(years: list[Weather]) -> None:
    daily = np.concatenate([np.mean(np.reshape(weather.temperature, (365, 96)), axis=1) for weather in years])
    season = np.tile(10 - 8.5 * np.cos(2 * np.pi * (np.arange(365) - 19.5) / 365.25), len(years))
    rest = daily - season
    lag = [float(np.corrcoef(rest[:-days], rest[days:])[0, 1]) for days in (1, 3, 14)]
    assert 0.65 < lag[0] < 0.85
    assert 0.15 < lag[1] < 0.5
    assert abs(lag[2]) < 0.15
    assert np.std(rest) == pytest.approx(3.3, abs=0.4)


def test_clouds_pass_and_winds_blow_for_hours(years: list[Weather]) -> None:
    wind = np.concatenate([weather.wind for weather in years])
    assert np.mean(wind) == pytest.approx(4.0, abs=0.3)
    # A Weibull variable of shape 1.9 has a deviation of 0.547 of its mean.
    assert np.std(wind) / np.mean(wind) == pytest.approx(0.56, abs=0.04)
    assert 0.85 < np.corrcoef(wind[:-4], wind[4:])[0, 1] < 0.95
    assert 0.3 < np.corrcoef(wind[:-96], wind[96:])[0, 1] < 0.6
    noon = np.concatenate([weather.ghi[46::96] / np.mean(weather.ghi[46::96]) for weather in years])
    later = np.concatenate([weather.ghi[50::96] / np.mean(weather.ghi[50::96]) for weather in years])
    assert 0.75 < np.corrcoef(noon, later)[0, 1] < 0.97


def test_the_place_shares_sun_and_wind_with_its_country() -> None:
    weather, rule = synthetic(HOURLY, Streams(3), beyond=0.0), MeritOrder()
    sun, wind = rule.sun(HOURLY, Streams(3)), rule.wind(HOURLY, Streams(3))
    days = [np.sum(np.reshape(column, (365, 24)), axis=1) for column in (weather.ghi, sun, weather.wind, wind)]
    smooth = [day / np.convolve(np.concatenate([day[-15:], day, day[:15]]), np.ones(31) / 31, "valid") for day in days]
    assert 0.5 < np.corrcoef(smooth[0], smooth[1])[0, 1] < 0.95
    assert 0.5 < np.corrcoef(smooth[2], smooth[3])[0, 1] < 0.95


def test_a_clear_sky_is_below_what_is_above_the_air() -> None:
    """1361 W/m2 at the mean distance, 3.4 % more at the beginning of January and as much less in July."""
    hours = np.array([np.datetime64(day, "h").astype(np.int64) for day in ("2024-01-03", "2024-07-04")], np.float64)
    assert extraterrestrial(hours) / 1361 == pytest.approx([1.034, 0.967], abs=0.002)


def test_an_impossible_climate_or_place_is_refused_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Climate(wind=-1.0, wind_shape=0.0, clearness=0.05)
    assert [fault.where for fault in caught.value.faults] == ["climate.clearness", "climate.wind", "climate.wind_shape"]
    with pytest.raises(InputError) as caught:
        synthetic(DAY, Streams(1), 91.0, 200.0)
    assert [fault.where for fault in caught.value.faults] == ["latitude", "longitude"]
