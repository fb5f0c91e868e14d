"""The sun and photovoltaics: published examples, geometry, a day and a year."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.base.clock import Clock
from p2p.base.errors import InputError
from p2p.base.streams import Streams
from p2p.devices.around import Weather
from p2p.devices.photovoltaics import (
    PvSystem,
    cell_temperature,
    cell_temperature_noct,
    cell_temperature_pvsyst,
    dc_power,
    inverter_power,
    on_planes,
    relative_power,
)
from p2p.devices.sun import diffuse, direction, extraterrestrial, path, refraction
from p2p.devices.synthetic_weather import synthetic

YEAR = Clock(date(2023, 1, 1), 365)
SOUTH, FLAT = (np.array([35.0]), np.array([180.0])), (np.array([0.0]), np.array([0.0]))


def hours(time: str) -> np.ndarray:
    return np.array([np.datetime64(time, "s").astype(np.int64) / 3600])


def degrees(time: np.ndarray, latitude: float, longitude: float) -> tuple[np.ndarray, np.ndarray]:
    """Elevation and azimuth, clockwise from north."""
    east, north, up = direction(time, latitude, longitude)
    return np.degrees(np.arcsin(up)), np.degrees(np.arctan2(east, north)) % 360


@pytest.fixture(scope="module")
def year() -> Weather:
    return synthetic(YEAR, Streams(7), beyond=0.0)


@pytest.fixture(scope="module")
def sun_path():
    return path(YEAR.utc, YEAR.hours, 51.0, 10.0)


def test_the_example_of_the_solar_position_algorithm() -> None:
    """NREL/TP-560-34302, appendix: 17 October 2003, 12:30:30 in Golden: apparent zenith 50.11162, azimuth 194.34024 deg.

    That is at 820 hPa, our refraction at sea level: 0.005 deg of the difference.
    """
    elevation, azimuth = degrees(hours("2003-10-17T19:30:30"), 39.742476, -105.1786)
    assert 90 - elevation - refraction(elevation) == pytest.approx(50.111622, abs=0.02)
    assert azimuth == pytest.approx(194.340241, abs=0.02)


def test_the_sun_stands_where_an_independent_tool_says() -> None:
    pvlib, pandas = pytest.importorskip("pvlib"), pytest.importorskip("pandas")
    for year in (1990, 2016, 2024, 2045):
        for latitude, longitude in ((51.0, 10.0), (-33.9, 151.2), (69.6, 18.9)):
            index = pandas.date_range(f"{year}-01-01", periods=800, freq="11h", tz="UTC")
            position = pvlib.solarposition.get_solarposition(index, latitude, longitude)
            elevation, azimuth = degrees(index.tz_convert(None).to_numpy("datetime64[s]").astype(np.int64) / 3600, latitude, longitude)
            assert np.max(np.abs(elevation - position["elevation"])) < 0.012
            off = (azimuth - position["azimuth"] + 180) % 360 - 180
            assert np.max(np.abs(off * np.cos(np.radians(elevation)))) < 0.02


@given(st.floats(0, 700_000), st.floats(-90, 90), st.floats(-180, 180))
def test_a_direction_has_length_one_and_the_poles_see_the_declination(time: float, latitude: float, longitude: float) -> None:
    east, north, up = direction(np.array([time]), latitude, longitude)
    assert east**2 + north**2 + up**2 == pytest.approx(1)
    assert abs(float(direction(np.array([time]), 90.0, longitude)[2][0])) <= np.sin(np.radians(23.45))


def test_noon_at_the_solstice_and_the_equinox() -> None:
    """Noon elevation is 90 - latitude + declination: at 51 N 62.44 deg in June, 39.0 in March, 15.56 in December."""
    for day, elevation in (("2024-06-20", 62.44), ("2024-03-20", 39.0), ("2024-12-21", 15.56)):
        time = hours(f"{day}T10:00:00")[0] + np.arange(0, 4, 0.02)
        assert np.max(degrees(time, 51.0, 10.0)[0]) == pytest.approx(elevation, abs=0.2)


def test_refraction_lifts_the_sun_by_half_a_degree_at_the_horizon() -> None:
    bent = refraction(np.array([-5.0, 0.0, 10.0, 45.0, 90.0]))
    assert bent == pytest.approx([0.56, 0.56, 0.09, 0.02, 0.0], abs=0.02)


def test_diffuse_share_of_erbs() -> None:
    """By hand: kt 0.1: 1 - 0.009; kt 0.5: 0.9511 - 0.0802 + 1.097 - 2.07975 + 0.771 = 0.65915; kt 0.9: 0.165."""
    ghi = np.array([100.0, 500.0, 900.0, 0.0])
    assert diffuse(ghi, np.full(4, 1000.0)) == pytest.approx([99.1, 329.575, 148.5, 0.0])


def test_pvwatts_modules_and_inverter() -> None:
    """900 W/m2 at 30 degC and -0.3 %/K: 0.9 x 0.985. The inverter's 85.58556604752516 is in pvlib's tests."""
    assert dc_power(np.array([900.0, 1000.0]), np.array([30.0, 25.0]), -0.003) == pytest.approx([0.8865, 1.0])
    assert inverter_power(np.array([90.0]), 100.0, 0.95) == pytest.approx(85.58556604752516, rel=1e-12)
    assert inverter_power(np.array([0.0, 0.1, 1_000.0]), 100.0, 0.95) == pytest.approx([0.0, 0.0, 95.0])


def test_how_warm_cells_get() -> None:
    """Faiman: 20 + 900 / 59.2; PVsyst: 20 + 900 x 0.81 / 29; SAM: 25 + 31.25 x 7/9 x 9.5 / 7.638 (pvlib's tests)."""
    light, air, wind = np.array([900.0]), np.array([20.0]), np.array([5.0])
    assert cell_temperature(light, air, wind) == pytest.approx(35.2027027027)
    assert cell_temperature_pvsyst(light, air, wind) == pytest.approx(45.1379310345)
    assert cell_temperature_noct(np.array([1000.0]), np.array([25.0]), np.array([1.0])) == pytest.approx(55.23079049198)


@pytest.mark.parametrize("minutes", [5, 15, 60])
def test_a_level_plane_gets_the_global_irradiance(minutes: int) -> None:
    clock = Clock(date(2024, 5, 3), 3, minutes)
    weather = synthetic(clock, Streams(3), beyond=0.0)
    light = on_planes(weather, path(clock.utc, clock.hours, 51.0, 10.0), *FLAT)
    assert light[:, 0] == pytest.approx(weather.ghi)


def test_planes_agree_with_an_independent_tool(year: Weather, sun_path) -> None:
    """Hay and Davies at one moment an interval, where ours takes three: alike while the sun is high, and over the year."""
    pvlib, pandas = pytest.importorskip("pvlib"), pytest.importorskip("pandas")
    index = pandas.DatetimeIndex(YEAR.utc + np.timedelta64(450, "s")).tz_localize("UTC")
    position = pvlib.solarposition.get_solarposition(index, 51.0, 10.0)
    high = position["elevation"].to_numpy() > 10
    dni = np.where(high, (year.ghi - year.dhi) / np.sin(np.radians(position["elevation"])), 0.0)
    for tilt, azimuth in ((35.0, 180.0), (20.0, 90.0), (90.0, 270.0)):
        theirs = pvlib.irradiance.get_total_irradiance(
            tilt, azimuth, position["zenith"], position["azimuth"], dni, year.ghi, year.dhi,
            dni_extra=extraterrestrial(YEAR.utc.astype(np.int64) / 3600), albedo=0.2, model="haydavies",
        )["poa_global"].to_numpy()[high]  # fmt: skip
        ours = on_planes(year, sun_path, np.array([tilt]), np.array([azimuth]))[high, 0]
        assert np.sum(ours) == pytest.approx(np.sum(theirs), rel=0.002)
        assert np.quantile(np.abs(ours - theirs), 0.99) < 5


@given(st.floats(0, 90), st.floats(0, 360), st.integers(0, 50))
def test_power_is_dark_at_night_and_within_the_rating(tilt: float, azimuth: float, seed: int) -> None:
    clock = Clock(date(2024, 6, 20), 1, 60)
    weather, sun = synthetic(clock, Streams(seed), beyond=0.0), path(clock.utc, 1.0, 51.0, 10.0)
    power = relative_power(weather, sun, np.array([tilt]), np.array([azimuth]))[:, 0]
    assert np.all(power[np.all(sun.up <= 0, axis=0)] == 0)
    assert np.all((power >= 0) & (power <= 1 / 1.1 + 1e-12))


def test_a_year_yields_what_roofs_in_germany_yield(year: Weather, sun_path) -> None:
    """900 to 1,100 kWh a kW to the south, less to the east and west, least to the north, most at noon."""
    tilt, azimuth = np.array([35.0, 35.0, 35.0, 35.0, 0.0]), np.array([180.0, 90.0, 270.0, 0.0, 0.0])
    power = relative_power(year, sun_path, tilt, azimuth)
    energy = np.sum(power, axis=0) * YEAR.hours
    assert 900 < energy[0] < 1_150
    assert energy[0] > energy[4] > energy[3]
    assert energy[1] == pytest.approx(energy[2], rel=0.1)
    assert 0.7 < energy[1] / energy[0] < 0.9
    hour = (YEAR.utc - YEAR.utc.astype("datetime64[D]")).astype(np.int64) / 3600
    centre = np.sum(power * hour[:, None], axis=0) / np.sum(power, axis=0)
    assert centre[1] < centre[0] < centre[2]
    assert centre[0] == pytest.approx(11.4, abs=0.3)  # 10 E: noon is at 11:20 UTC


def test_warm_cells_and_more_losses_give_less(year: Weather, sun_path) -> None:
    day = slice(17_000, 17_096)
    weather, sun = year.take(day), path(YEAR.utc[day], 0.25, 51.0, 10.0)
    plain, lossy = relative_power(weather, sun, *SOUTH), relative_power(weather, sun, *SOUTH, PvSystem(losses=0.3))
    warm = relative_power(weather.replace(temperature=weather.temperature + 20), sun, *SOUTH)
    assert np.all(lossy <= plain)
    assert np.all(warm <= plain)
    # 20 K at 0.35 %/K are 7 %, from the same base.
    assert np.sum(warm) / np.sum(plain) == pytest.approx(0.93, abs=0.01)


def test_an_impossible_system_is_refused_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        PvSystem(losses=1.0, inverter=1.2, dc_to_ac=0.0)
    assert [fault.where for fault in caught.value.faults] == ["pv.losses", "pv.inverter", "pv.dc_to_ac"]
