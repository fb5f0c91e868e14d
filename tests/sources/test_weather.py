"""Weather files: layouts written by hand, means and lines, hours after the end, and every fault's message."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from p2p.base.clock import Clock
from p2p.base.errors import FileInvalid
from p2p.devices.sun import diffuse, extraterrestrial, path
from p2p.sources.weather import read_weather

type Write = Callable[..., Path]

HOURS = Clock(date(2024, 6, 20), 1, 60, "UTC")
QUARTERS = Clock(date(2024, 6, 20), 1, 15, "UTC")
HEADING = "utc_start,temp_c,ghi_w_m2,dhi_w_m2,wind_m_s"
SUN = np.round(np.maximum(0, 800 * np.sin(np.pi * (np.arange(24) - 3) / 17)) * (np.arange(24) >= 3) * (np.arange(24) <= 20), 1)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(lines: Sequence[str], name: str = "weather.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return to_file


def body(hours: int = 24, first: str = "2024-06-20T00:00") -> list[str]:
    """Temperature is the hour, light a bow of which 40 % are diffuse, wind a tenth of the hour."""
    start = datetime.fromisoformat(first)
    return [
        f"{start + timedelta(hours=h):%Y-%m-%d %H:%M},{h % 24},{SUN[h % 24]},{0.4 * SUN[h % 24]:.2f},{(h % 24) / 10}" for h in range(hours)
    ]


def faults(path: Path, clock: Clock = HOURS, **names: object) -> list[str]:
    with pytest.raises(FileInvalid) as caught:
        read_weather(path, clock, **names)  # type: ignore[arg-type]
    return [str(fault).removeprefix(str(path)) for fault in caught.value.faults]


# Layouts


def test_hours_as_they_stand(write: Write) -> None:
    weather = read_weather(write([HEADING, *body(48)]), HOURS)
    assert len(weather) == 48
    assert weather.temperature == pytest.approx(np.tile(np.arange(24), 2))
    assert weather.ghi == pytest.approx(np.tile(SUN, 2))
    assert weather.dhi == pytest.approx(0.4 * np.tile(SUN, 2), abs=0.005)
    assert weather.wind == pytest.approx(np.tile(np.arange(24) / 10, 2))


def test_other_headings_separators_and_units(write: Write) -> None:
    rows = [f"{line.split(',')[0]};{h},0;{SUN[h]};{h * 3.6:.1f}".replace(".", ",") for h, line in enumerate(body())]
    weather = read_weather(write(["Time (UTC);T2m;GHI [W/m2];wind [km/h]", *rows]), HOURS, beyond=0.0)
    assert weather.temperature == pytest.approx(np.arange(24))
    assert weather.wind == pytest.approx(np.arange(24), abs=0.02)


def test_ends_of_intervals(write: Write) -> None:
    rows = [f"{line}" for line in body(first="2024-06-20T01:00")]
    weather = read_weather(write([HEADING.replace("utc_start", "utc_end"), *rows]), HOURS, beyond=0.0)
    assert weather.temperature == pytest.approx(np.arange(24))
    quarters = [f"{datetime(2024, 6, 20) + timedelta(minutes=15 * (q + 1))},{q / 2},0,0,0" for q in range(96)]
    weather = read_weather(write([HEADING.replace("utc_start", "utc_end"), *quarters]), QUARTERS, beyond=0.0)
    assert weather.temperature == pytest.approx(np.arange(96) / 2)


def test_local_times_with_a_zone_and_with_an_offset(write: Write) -> None:
    clock = Clock(date(2024, 10, 27), 1, 60)  # 25 hours
    local = [f"{moment},{index},0,0,0" for index, moment in enumerate(clock.local.astype(str))]
    path = write([HEADING.replace("utc_start", "local"), *local])
    assert read_weather(path, clock, beyond=0.0, time_zone="Europe/Berlin").temperature == pytest.approx(np.arange(25))
    assert "its times have no offset from UTC and no zone" in faults(path, clock)[0]
    aware = [f"{datetime(2024, 6, 20, h)}+00:00,{h},0,0,0" for h in range(24)]
    assert read_weather(write([HEADING.replace("utc_start", "time"), *aware]), HOURS).temperature[5] == pytest.approx(5)


def test_parquet_with_an_index_and_with_a_column(tmp_path: Path) -> None:
    import pandas

    index = pandas.date_range("2024-06-20", periods=24, freq="h", tz="UTC", name="utc_start")
    frame = pandas.DataFrame(
        {"temp_c": np.arange(24.0), "ghi_w_m2": SUN, "dhi_w_m2": SUN / 2, "wind_km_h": 36.0, "site": "here"}, index=index
    )
    frame.to_parquet(tmp_path / "index.parquet")
    frame.reset_index().to_parquet(tmp_path / "column.parquet")
    for name in ("index", "column"):
        weather = read_weather(tmp_path / f"{name}.parquet", HOURS, beyond=0.0)
        assert weather.temperature == pytest.approx(np.arange(24))
        assert weather.wind == pytest.approx(np.full(24, 10.0))
    frame.iloc[3, 0] = np.nan
    frame.iloc[4, 1] = -999.0
    frame.to_parquet(tmp_path / "holes.parquet")
    assert faults(tmp_path / "holes.parquet") == [
        ", column 'temp_c': 1 values are empty (row 4); fill them, or run another period",
        ", column 'ghi_w_m2': 1 values can't be (row 5); 0 to 1600 W/m2",
    ]


def pvgis(month_years: dict[int, int]) -> list[str]:
    """A typical year of PVGIS, temperature the hour of the day and light 100 W/m2 by day, with the month in the wind."""
    lines = ["Latitude (decimal degrees): 51.000", "Longitude (decimal degrees): 10.000", "Elevation (m): 200.0",
             "Irradiance Time Offset (h): 0.5", "month,year"]  # fmt: skip
    lines += [f"{month},{month_years[month]}" for month in range(1, 13)]
    lines += ["time(UTC),T2m,RH,G(h),Gb(n),Gd(h),IR(h),WS10m,WD10m,SP"]
    moment = datetime(2023, 1, 1)
    while moment.year == 2023:
        stamp = f"{month_years[moment.month]}{moment:%m%d:%H%M}"
        lines.append(f"{stamp},{moment.hour},80,{100 if 6 <= moment.hour < 18 else 0},0,0,300,{moment.month},180,95000")
        moment += timedelta(hours=1)
    return [*lines, "", "T2m: 2-m air temperature (degree Celsius)", "", "PVGIS (c) European Union, 2001-2026"]


def test_a_typical_year_of_pvgis_meets_any_year(write: Write) -> None:
    path = write(pvgis({month: 2005 + month for month in range(1, 13)}))
    for clock in (Clock(date(2016, 2, 27), 3, 60, "UTC"), Clock(date(2031, 12, 30), 3, 60, "UTC")):
        weather = read_weather(path, clock)
        month = (clock.utc.astype("datetime64[M]").astype(np.int64) % 12 + 1)[: clock.intervals]
        assert len(weather) == 96
        # With the offset of half an hour a row lies from its full hour on.
        assert weather.temperature == pytest.approx(np.tile(np.arange(24), 4))
        assert weather.wind[: clock.intervals] == pytest.approx(month)
        assert weather.ghi == pytest.approx(np.tile(np.where((np.arange(24) >= 6) & (np.arange(24) < 18), 100.0, 0.0), 4))


def test_hours_of_pvgis_on_the_level_and_not_on_a_slope(write: Write) -> None:
    """Pictures at ten past the hour stand for the hour from twenty to: half an hour either side."""
    head = ["Latitude (decimal degrees):\t51.000", "Longitude (decimal degrees):\t10.000", "Elevation (m):\t200",
            "Radiation database:\tPVGIS-SARAH2", "", "Slope: 0 deg. ", "Azimuth: 0 deg. ", "", "time,G(i),H_sun,T2m,WS10m,Int"]  # fmt: skip
    start = datetime(2024, 6, 19, 22, 10)
    rows = [f"{start + timedelta(hours=h):%Y%m%d:%H%M},{100.0 if h < 30 else 0.0},0,{h % 24},2,0" for h in range(30)]
    path = write([*head, *rows, "", "G(i): Global irradiance on the inclined plane (W/m2)"])
    weather = read_weather(path, QUARTERS, beyond=0.0)
    assert np.mean(weather.ghi[8:80]) == pytest.approx(100, rel=0.01)
    assert weather.temperature[40] == pytest.approx(12 - 2 / 24 * 0.5, abs=0.1)  # a line: 10:10 has 12
    tilted = [line.replace("Slope: 0", "Slope: 35") for line in [*head, *rows]]
    assert "irradiance is on a plane of 35 deg; an export with slope 0" in faults(write(tilted), QUARTERS)[0]


# Finer and coarser


def test_finer_rows_are_averaged(write: Write) -> None:
    quarters = [f"{datetime(2024, 6, 20) + timedelta(minutes=15 * q)},{q / 2},{q},0,{q % 4}" for q in range(96)]
    weather = read_weather(write([HEADING, *quarters]), HOURS, beyond=0.0)
    assert weather.temperature == pytest.approx(2 * np.arange(24) + 0.75)
    assert weather.ghi == pytest.approx(4 * np.arange(24) + 1.5)
    assert weather.wind == pytest.approx(np.full(24, 1.5))


@pytest.mark.parametrize("minutes", [5, 15, 30])
def test_coarser_light_follows_the_sun_and_keeps_its_mean(write: Write, minutes: int) -> None:
    clock = Clock(date(2024, 6, 20), 1, minutes, "UTC")
    weather = read_weather(write([HEADING, *body()]), clock, (51.0, 10.0), beyond=0.0)
    for column, expected in ((weather.ghi, SUN), (weather.dhi, 0.4 * SUN)):
        assert column.reshape(24, -1).mean(axis=1) == pytest.approx(expected, abs=0.01)
    assert np.all(weather.dhi <= weather.ghi)
    assert np.all(np.diff(weather.ghi.reshape(24, -1)[5:10], axis=1) > 0)
    assert np.all(np.diff(weather.ghi.reshape(24, -1)[13:18], axis=1) < 0)


def test_coarser_temperature_lies_on_lines(write: Write) -> None:
    """Quarter-hours of hours 0, 1, 2, ...: from the middle of one to that of the next a quarter of a degree each."""
    weather = read_weather(write([HEADING, *body(26, "2024-06-19T23:00")]), QUARTERS, beyond=0.0)
    # At 0:07:30 the line from 23:30 (0) to 0:30 (1) has 0.625.
    assert weather.temperature[:6] == pytest.approx([0.625, 0.875, 1.125, 1.375, 1.625, 1.875])


def test_diffuse_light_by_erbs_where_the_file_has_none(write: Write) -> None:
    rows = [",".join(line.split(",")[k] for k in (0, 1, 2, 4)) for line in body()]
    weather = read_weather(write(["utc_start,temp_c,ghi_w_m2,wind_m_s", *rows]), HOURS, (51.0, 10.0), beyond=0.0)
    sun = path(HOURS.utc, 1.0, 51.0, 10.0)
    above = extraterrestrial(HOURS.utc.astype(np.int64) / 3600) * np.mean(np.maximum(sun.up, 0.065), axis=0)
    assert weather.dhi == pytest.approx(diffuse(SUN, above), rel=1e-3, abs=1e-9)


def test_hours_after_a_file_are_those_of_the_day_before(write: Write) -> None:
    weather = read_weather(write([HEADING, *body(30)]), HOURS, beyond=48.0)
    assert len(weather) == 72
    assert weather.temperature == pytest.approx(np.tile(np.arange(24), 3))


def test_any_year_meets_the_date_of_another(write: Write) -> None:
    path = write([HEADING, *body(72, "2021-02-27T00:00")])
    clock = Clock(date(2024, 2, 28), 2, 60, "UTC")
    assert read_weather(path, clock, beyond=0.0, typical=True).temperature == pytest.approx(np.tile(np.arange(24), 2))
    assert "the run needs 2024-02-28" in faults(path, clock)[0]


# Faults


def test_no_such_file_and_no_table(tmp_path: Path, write: Write) -> None:
    assert faults(tmp_path / "none.csv") == [": no such file; a CSV or Parquet file of weather"]
    (tmp_path / "bytes.parquet").write_bytes(b"nothing")
    assert "is no Parquet file" in faults(tmp_path / "bytes.parquet")[0]
    assert "has no rows" in faults(write([HEADING]))[0]
    assert "has 1 row of weather rows" in faults(write([HEADING, *body(1)]))[0]


def test_columns_that_lack_or_are_double(write: Write) -> None:
    rows = [line + ",1" for line in body()]
    messages = faults(write(["utc_start,ghi,GHI [W/m2],dhi_w_m2,humidity,other", *rows]))
    assert messages == [
        ": has no column of temperature; headings: temp_c, temperature_c, t2m, temp_air, air_temperature_c",
        ": 2 columns may be the ghi: ghi, GHI [W/m2]; one of them",
        ": has no column of wind; headings: wind_m_s, wind_km_h, wind_speed_m_s, wind_speed_km_h, wind_speed, ws10m",
    ]


def test_values_that_cannot_be_are_all_told_with_their_rows(write: Write) -> None:
    rows = [line.split(",") for line in body()]
    rows[2][1], rows[3][1], rows[4][1] = "", "nan", "-75"
    rows[10][2], rows[11][3], rows[12][4] = "-3", "900", "-1"
    rows[20] = rows[19]
    del rows[15]
    messages = faults(write([HEADING, *map(",".join, rows)]))
    assert messages == [
        ", column 'temp_c': 2 values are empty (rows 4, 5); fill them, or run another period",
        ", column 'temp_c': 1 values can't be (row 6); -60 to 60 degC",
        ", column 'ghi_w_m2': 1 values can't be (row 12); 0 to 1600 W/m2",
        ", column 'wind_m_s': 1 values can't be (row 14); 0 to 75 m/s",
        ", column 'dhi_w_m2': 1 values are above the global light (row 13); diffuse light is a part of it",
        ": 2 rows have a time that another has (rows 20, 21); one weather a time; only the hour at the end of summer time may stand "
        "twice, on a local clock",
        ": no weather from 2024-06-20 15:00 UTC to 2024-06-20 16:00 UTC (1 interval of the run)",
        ": no weather from 2024-06-20 20:00 UTC to 2024-06-20 21:00 UTC (1 interval of the run)",
    ]


def test_text_and_odd_times(write: Write) -> None:
    rows = body()
    rows[3] = rows[3].replace(",3,", ",warm,")
    rows[5] = "soon" + rows[5][16:]
    messages = faults(write([HEADING, *rows]))
    assert "column 'utc_start': 1 are no times (row 7), the first 'soon'" in messages[0]
    assert "column 'temp_c': 1 are no numbers (row 5), the first 'warm'" in messages[1]
    odd = [f"2024-06-20T{h:02}:07,1,0,0,1" for h in range(24)]
    assert "24 times are off the 5-minute grid" in faults(write([HEADING, *odd]))[0]


def test_a_file_that_is_shorter_than_the_run(write: Write) -> None:
    message = faults(write([HEADING, *body(20)]))[0]
    assert message == ": has 2024-06-20 00:00 UTC to 2024-06-20 20:00 UTC, the run needs 2024-06-20 00:00 UTC to 2024-06-21 00:00 UTC"


def test_what_the_run_does_not_use_does_not_matter(write: Write) -> None:
    rows = body(72, "2024-06-19T00:00")
    rows[3] = rows[3].split(",")[0] + ",-999,-999,-999,-999"
    rows[50] = rows[50].split(",")[0] + ",,,,"
    weather = read_weather(write([HEADING, *rows]), HOURS)
    assert weather.temperature == pytest.approx(np.tile(np.arange(24), 2))
