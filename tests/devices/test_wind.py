"""Wind turbines: the curve's corners, air and height by hand, a year; and profile columns of sun and wind."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.base.clock import Clock
from p2p.base.errors import InputError
from p2p.base.streams import Streams
from p2p.devices import pv, wind
from p2p.devices.pv import Pv
from p2p.devices.specification import CONTROLS, INVOLVEMENTS
from p2p.devices.standard_load import dynamisation
from p2p.devices.synthetic_weather import synthetic
from p2p.devices.turbines import TURBINES, Turbine, air_density, at_hub, at_hub_logarithmic, power_curve, turbine_power
from p2p.devices.weather_profiles import Plane, Site, profile_columns
from p2p.devices.wind import Wind

YEAR = Clock(date(2023, 1, 1), 365)
TURBINE = Turbine("made up", 10.0, 3.0, 12.0, 25.0)


def test_the_corners_of_the_power_curve() -> None:
    """At 8 m/s (512 - 27) / (1728 - 27) = 0.285126."""
    speed = np.array([0.0, 3.0, 8.0, 12.0, 24.9, 25.0, 40.0])
    assert power_curve(speed, TURBINE) == pytest.approx([0, 0, 0.285126, 1, 1, 0, 0], abs=1e-6)


def test_wind_grows_with_height() -> None:
    """10 to 80 m: 8^(1/7) = 1.345900; logarithmic with 0.1 m: ln 800 / ln 100 = 1.451545."""
    assert at_hub(np.array([5.0]), 80.0) == pytest.approx([6.7295], abs=1e-4)
    assert at_hub_logarithmic(np.array([5.0]), 80.0) == pytest.approx([7.257725], abs=1e-5)
    assert at_hub(np.array([5.0]), 10.0) == at_hub_logarithmic(np.array([5.0]), 10.0) == pytest.approx([5.0])


def test_density_of_the_standard_atmosphere() -> None:
    """ISO 2533: 1.225 kg/m3 at sea level and 15 degC, 1.1117 at 1000 m and 8.5 degC, 1.0066 at 2000 m and 2 degC, geometric."""
    for altitude, temperature, density in ((0.0, 15.0, 1.2250), (1000.0, 8.5, 1.1117), (2000.0, 2.0, 1.0066)):
        assert air_density(np.array([temperature]), altitude) == pytest.approx([density], abs=2e-4)


@given(st.lists(st.floats(0, 24), min_size=2, max_size=30))
def test_more_wind_gives_more_until_it_is_too_much(speeds: list[float]) -> None:
    power = power_curve(np.sort(np.array(speeds)), TURBINE)
    assert np.all(np.diff(power) >= 0)
    assert np.all((power >= 0) & (power <= 1))


def test_cold_air_gives_more() -> None:
    weather = synthetic(YEAR, Streams(1), beyond=0.0)
    cold = turbine_power(weather.replace(temperature=weather.temperature - 20), TURBINE)
    assert np.sum(cold) > np.sum(turbine_power(weather, TURBINE))
    assert np.sum(turbine_power(weather, TURBINE)) > np.sum(turbine_power(weather, TURBINE, altitude=2_000.0))


def test_a_year_of_wind_by_the_weibull_integral() -> None:
    """The mean of the curve over a Weibull distribution with the same mean and shape, by quadrature, within chance and season."""
    from math import gamma

    wind_speed = np.concatenate([synthetic(YEAR, Streams(seed), beyond=0.0).wind for seed in range(5)])
    speed, scale = np.linspace(0, 40, 40_001), np.mean(wind_speed) / gamma(1 + 1 / 1.87)
    density = 1.87 / scale * (speed / scale) ** 0.87 * np.exp(-((speed / scale) ** 1.87))
    expected = np.sum(density * power_curve(speed, TURBINE)) * 0.001
    assert np.mean(power_curve(wind_speed, TURBINE)) == pytest.approx(expected, rel=0.1)


def test_capacity_factors_are_those_of_inland_turbines() -> None:
    power = profile_columns(synthetic(YEAR, Streams(2), beyond=0.0), YEAR).wind
    assert 0.08 < np.mean(power[:, 0]) < 0.2
    assert 0.1 < np.mean(power[:, 1]) < 0.25


def test_an_impossible_turbine_is_refused_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Turbine("odd", 0.0, 12.0, 3.0, 25.0)
    assert len(caught.value.faults) == 2


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0, 1)), min_size=1, max_size=8), st.sampled_from([1 / 12, 0.25, 1.0]))
def test_what_the_wind_gives_is_fed_in_or_held_back(rows: list[tuple[float, float]], hours: float) -> None:
    available, part = np.array(rows).T
    turbines = Wind(np.arange(len(rows), dtype=np.int32), np.zeros(len(rows), np.int32), available + 1)
    low, high = wind.span(turbines, available, hours)
    power = low + part * (high - low)
    assert np.all((low <= high) & (high == 0))
    assert wind.step(turbines, available, power, hours) - power * hours == pytest.approx(available * hours)


def test_what_generation_offers_is_to_be_held_back() -> None:
    owner, profile, rated = np.array([0, 4], np.int32), np.zeros(2, np.int32), np.array([5.0, 10.0])
    for module, device in ((pv, Pv(owner, profile, rated)), (wind, Wind(owner, profile, rated))):
        sheet = module.specification(device)  # type: ignore[attr-defined]
        assert sheet.low.tolist() == [-5, -10]
        assert sheet.high.tolist() == sheet.recovery.tolist() == sheet.price.tolist() == [0, 0]
        assert np.all(np.isinf(sheet.energy))
        assert not np.any(sheet.bidirectional)
        assert set(sheet.involvement.tolist()) <= set(INVOLVEMENTS)
        assert module.CONTROL in CONTROLS  # type: ignore[attr-defined]


# Profile columns


def test_profile_columns_are_named_and_of_one_length() -> None:
    clock = Clock(date(2024, 10, 27), 1)
    columns = profile_columns(synthetic(clock, Streams(1)), clock)
    assert columns.names == (
        *(f"weather/pv/{name}" for name in ("south", "east", "west", "flat")),
        *(f"weather/wind/{turbine.name}" for turbine in TURBINES),
    )
    assert columns.pv.shape == (196, 4)
    assert columns.wind.shape == (196, 2)
    assert np.all((columns.pv >= 0) & (columns.pv <= 1))
    assert np.all((columns.wind >= 0) & (columns.wind <= 1))
    bare = profile_columns(synthetic(clock, Streams(1)), clock, Site(planes=(), turbines=()))
    assert (bare.pv.shape, bare.wind.shape, bare.names) == ((196, 0), (196, 0), ())


def test_a_column_is_the_same_whichever_run_it_stands_in() -> None:
    long, day = Clock(date(2024, 3, 28), 5), Clock(date(2024, 3, 31), 1)
    one, other = (profile_columns(synthetic(clock, Streams(4), beyond=0.0), clock) for clock in (long, day))
    rows = np.isin(long.utc, day.utc)
    assert np.array_equal(one.pv[rows], other.pv)
    assert np.array_equal(one.wind[rows], other.wind)


def test_an_impossible_site_is_refused_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Site(latitude=100.0, altitude=9_000.0, planes=(Plane("odd", 120.0, 400.0),))
    assert [fault.where for fault in caught.value.faults] == ["site.latitude", "site.altitude", "plane 'odd'", "plane 'odd'"]


# Standard load


def test_the_household_profile_swells_in_winter() -> None:
    """demandlib 0.2.2 for 1,000 kWh in 2024: dynamic over static at 0:00, 12:00 and 19:00 of 1 January (day 0 there)."""
    dynamic, static = np.array([0.08375, 0.155488, 0.229199]), np.array([0.067539, 0.125287, 0.184594])
    assert dynamisation(np.array([0.0, 0.5, 19 / 24])) == pytest.approx(dynamic / static, abs=1e-4)
    # By hand: 1.24 + 0.42 - 2.808 + 2.56 - 0.6272 at day 200.
    assert dynamisation(np.array([200.0])) == pytest.approx([0.7848])
