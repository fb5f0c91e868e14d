"""Price files: each layout written by hand, days that change the clock, and every fault's message."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from p2p.base.clock import Clock
from p2p.base.errors import FileInvalid
from p2p.sources.prices import read_prices

type Write = Callable[..., Path]

HOURS = Clock(date(2024, 1, 15), 1, 60)
QUARTERS = Clock(date(2024, 1, 15), 1)
SPRING, AUTUMN = date(2024, 3, 31), date(2024, 10, 27)
EUR_MWH = np.arange(24) * 1_000


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(lines: Sequence[str], name: str = "prices.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return to_file


def naive(hours: int = 24, first: str = "2024-01-15T00:00") -> list[str]:
    start = datetime.fromisoformat(first)
    return [f"{start + timedelta(hours=hour):%Y-%m-%d %H:%M},{hour}" for hour in range(hours)]


def local_day(day: date, minutes: int = 60) -> list[datetime]:
    """The starts of a day's intervals on the clock of Berlin."""
    clock = Clock(day, 1, minutes)
    return [moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo("Europe/Berlin")) for moment in clock.utc.tolist()]


def faults(path: Path, clock: Clock = HOURS, **names: str) -> list[str]:
    with pytest.raises(FileInvalid) as caught:
        read_prices(path, clock, **names)
    return [str(fault) for fault in caught.value.faults]


# Layouts


def test_entsoe_as_it_was(write: Write) -> None:
    lines = ['"MTU (CET/CEST)","Day-ahead Price [EUR/MWh]","Currency","BZN|DE-LU"']
    lines += [f'"15.01.2024 {h:02}:00 - {(15 + (h == 23)):02}.01.2024 {(h + 1) % 24:02}:00","{h}.00","EUR",""' for h in range(24)]
    assert np.array_equal(read_prices(write(lines), HOURS), EUR_MWH)
    assert np.array_equal(read_prices(write(lines), HOURS, column="DE-LU"), EUR_MWH)


def test_entsoe_as_it_is_in_utc_with_quarter_hours(write: Write) -> None:
    lines = ['"MTU (UTC)","Area","Sequence","Day-ahead Price (EUR/MWh)","Intraday Period (UTC)","Intraday Price (EUR/MWh)"']
    start = datetime(2024, 1, 14, 23)
    for quarter in range(96):
        left, right = (start + timedelta(minutes=15 * (quarter + more)) for more in (0, 1))
        mtu = f"{left:%d/%m/%Y %H:%M:%S} - {right:%d/%m/%Y %H:%M:%S}"
        lines += [
            f'"{mtu}","BZN|DE-LU","Sequence Sequence 1","{quarter}.5","",""',
            f'"{mtu}","BZN|DE-LU","Sequence Sequence 2","-999","",""',
        ]
    path = write(lines)
    assert np.array_equal(read_prices(path, QUARTERS), np.arange(96) * 1_000 + 500)
    assert faults(path, QUARTERS, column="NL") == [f"{path}: no area 'NL'; allowed: BZN|DE-LU"]


def test_entsoe_with_two_areas_needs_a_name(write: Write) -> None:
    lines = ['"MTU (CET/CEST)","Area","Sequence","Day-ahead Price (EUR/MWh)"']
    for area, plus in (("BZN|DE-LU", 0), ("BZN|NL", 100)):
        lines += [f'"15/01/2024 {h:02}:00:00 - x","{area}","Without Sequence","{h + plus}"' for h in range(24)]
    path = write(lines)
    assert np.array_equal(read_prices(path, HOURS, column="NL"), EUR_MWH + 100_000)
    assert np.array_equal(read_prices(path, HOURS, column="BZN|DE-LU"), EUR_MWH)
    assert "2 areas; name one as column; allowed: BZN|DE-LU, BZN|NL" in faults(path)[0]
    assert "no area 'DE'" in faults(path, column="DE")[0]


def test_entsoe_marks_tell_the_autumn_hours_apart_in_any_order(write: Write) -> None:
    lines = ['"MTU (CET/CEST)","Area","Sequence","Day-ahead Price (EUR/MWh)"']
    body = []
    for hour, moment in enumerate(local_day(AUTUMN)):
        mark = f" ({moment.tzname()})" if moment.hour in (1, 2, 3) else ""
        body.append(f'"{moment:%d/%m/%Y %H:%M:%S}{mark} - {moment:%d/%m/%Y %H:%M:%S}{mark}","BZN|NL","Without Sequence","{hour}"')
    body[2], body[3] = body[3], body[2]
    assert np.array_equal(read_prices(write(lines + body), Clock(AUTUMN, 1, 60)), np.arange(25) * 1_000)


def test_nord_pool_as_it_was(write: Write) -> None:
    lines = ["Elspot Prices in EUR/MWh;;;", "Data was last updated 16-01-2024;;;", ";Hours;SE3;SE4"]
    lines += [f"15-01-2024;{h:02}\u00a0-\u00a0{(h + 1) % 24:02};-1,5;{h},25" for h in range(24)]
    assert np.array_equal(read_prices(write(lines), HOURS, column="SE4"), EUR_MWH + 250)


def test_nord_pool_spring_has_an_empty_hour_and_autumn_a_doubled_one(write: Write) -> None:
    heading = ["Date;Hours;SE4 (EUR)"]
    spring = heading + [f"31-03-2024;{h:02} - {h + 1:02};{'' if h == 2 else f'{h},0'}" for h in range(24)]
    assert np.array_equal(read_prices(write(spring), Clock(SPRING, 1, 60)), np.delete(EUR_MWH, 2))
    autumn = heading + [f"27-10-2024;{m:%H} - xx;{index},0" for index, m in enumerate(local_day(AUTUMN))]
    assert np.array_equal(read_prices(write(autumn), Clock(AUTUMN, 1, 60)), np.arange(25) * 1_000)


def test_nord_pool_as_it_is(write: Write) -> None:
    lines = ["Delivery Start (CET);Delivery End (CET);SE3 (EUR);SE4 (EUR)"]
    lines += [f"15.01.2024 {h:02}:00:00;15.01.2024 {h:02}:59:59;0,00;{h},00" for h in range(24)]
    assert np.array_equal(read_prices(write(lines), HOURS, column="SE4"), EUR_MWH)


def test_start_and_end_with_an_offset(write: Write) -> None:
    lines = ["ts_start;ts_end;SE3;SE4"]
    lines += [f"2024-01-15T{h:02}:00:00+01:00;2024-01-15T{h:02}:59:00+01:00;1,0;{h},00" for h in range(24)]
    assert np.array_equal(read_prices(write(lines), HOURS, column="SE4", unit="EUR/MWh"), EUR_MWH)


@pytest.mark.parametrize(
    ("heading", "unit", "micro"),
    [
        ("price [EUR/MWh]", None, 1_000),
        ("price_eur_per_mwh", None, 1_000),
        ("Deutschland/Luxemburg [€/MWh]", None, 1_000),
        ("price (ct/kWh)", None, 10_000),
        ("EUR/kWh", None, 1_000_000),
        ("price", "ct/kWh", 10_000),
    ],
)
def test_units(write: Write, heading: str, unit: str | None, micro: int) -> None:
    path = write([f"time,{heading}", *naive()])
    assert np.array_equal(read_prices(path, HOURS, unit=unit, time_zone="Europe/Berlin"), np.arange(24) * micro)


@pytest.mark.parametrize("heading", ["utc_start", "Time (UTC)", "timestamp_utc"])
def test_a_heading_may_say_that_times_are_utc(write: Write, heading: str) -> None:
    path = write([f"{heading},price EUR/MWh", *naive(first="2024-01-14T23:00")])
    assert np.array_equal(read_prices(path, HOURS), EUR_MWH)


def test_numbers_with_grouping_and_a_long_minus(write: Write) -> None:
    cells = ["1.234,50", "\u221212,25", "0,1", *["7"] * 21]
    path = write(["Datum von;Preis [€/MWh]", *(f"15.01.2024 {h:02}:00;{cell}" for h, cell in enumerate(cells))])
    price = read_prices(path, HOURS, time_zone="Europe/Berlin")
    assert price[:4].tolist() == [1_234_500, -12_250, 100, 7_000]


def test_parquet_with_a_utc_index_and_with_a_column(tmp_path: Path) -> None:
    import pandas

    index = pandas.date_range("2024-01-14T23:00Z", periods=24, freq="h", name="utc_start")
    frame = pandas.DataFrame({"DE_LU": np.arange(24.0), "NL": 1.0}, index=index)
    frame.to_parquet(tmp_path / "index.parquet")
    frame.reset_index().to_parquet(tmp_path / "column.parquet")
    frame.tz_convert("Europe/Berlin").tz_localize(None).rename_axis("time").to_parquet(tmp_path / "local.parquet")
    for name in ("index", "column"):
        price = read_prices(tmp_path / f"{name}.parquet", HOURS, column="DE_LU", unit="EUR/MWh")
        assert np.array_equal(price, EUR_MWH), name
    local = tmp_path / "local.parquet"
    assert np.array_equal(read_prices(local, HOURS, column="DE_LU", unit="EUR/MWh", time_zone="Europe/Berlin"), EUR_MWH)
    assert "no offset from UTC and no zone" in faults(local, column="DE_LU", unit="EUR/MWh")[0]
    frame.iloc[3, 0] = np.nan
    frame.to_parquet(tmp_path / "empty.parquet")
    assert "1 prices are empty (row 4)" in faults(tmp_path / "empty.parquet", column="DE_LU", unit="EUR/MWh")[0]


# Time


@pytest.mark.parametrize(("day", "intervals"), [(SPRING, 92), (AUTUMN, 100)])
@pytest.mark.parametrize("minutes", [15, 60])
def test_days_that_change_the_clock_on_the_local_clock(write: Write, day: date, intervals: int, minutes: int) -> None:
    moments = local_day(day, minutes)
    path = write(["time,EUR/MWh", *(f"{moment:%Y-%m-%d %H:%M},{index}" for index, moment in enumerate(moments))])
    price = read_prices(path, Clock(day, 1), time_zone="Europe/Berlin")
    assert len(price) == intervals
    assert np.array_equal(price, np.repeat(np.arange(len(moments)), minutes // 15) * 1_000)


def test_quarter_hours_paired_hour_by_hour_in_autumn(write: Write) -> None:
    """02:00, 02:00, 02:15, 02:15, ...: the first of each pair is summer time."""
    moments = sorted(enumerate(local_day(AUTUMN, 15)), key=lambda pair: (pair[1].replace(tzinfo=None), pair[0]))
    path = write(["time,EUR/MWh", *(f"{moment:%Y-%m-%d %H:%M},{index}" for index, moment in moments)])
    assert np.array_equal(read_prices(path, Clock(AUTUMN, 1), time_zone="Europe/Berlin"), np.arange(100) * 1_000)


def test_a_file_may_run_backwards(write: Write) -> None:
    body = [f"{moment:%Y-%m-%d %H:%M},{index}" for index, moment in enumerate(local_day(AUTUMN))]
    path = write(["time,EUR/MWh", *body[::-1]])
    assert np.array_equal(read_prices(path, Clock(AUTUMN, 1, 60), time_zone="Europe/Berlin"), np.arange(25) * 1_000)


def test_hours_are_repeated_and_quarters_averaged(write: Write) -> None:
    path = write(["utc,EUR/MWh", *naive(first="2024-01-14T23:00")])
    assert np.array_equal(read_prices(path, QUARTERS), np.repeat(EUR_MWH, 4))
    assert np.array_equal(read_prices(path, Clock(date(2024, 1, 15), 1, 5)), np.repeat(EUR_MWH, 12))
    start = datetime(2024, 1, 14, 23)
    quarters = [f"{start + timedelta(minutes=15 * q):%Y-%m-%dT%H:%MZ},{q % 4 + 10 * (q // 4)}" for q in range(96)]
    assert np.array_equal(read_prices(write(["utc,EUR/MWh", *quarters]), HOURS), np.arange(24) * 10_000 + 1_500)


def test_a_file_may_change_from_hours_to_quarters(write: Write) -> None:
    body = naive(23, first="2024-01-13T23:00")
    start = datetime(2024, 1, 14, 22)
    body += [f"{start + timedelta(minutes=15 * q):%Y-%m-%d %H:%M},{q}" for q in range(100)]
    path = write(["utc,EUR/MWh", *body])
    price = read_prices(path, Clock(date(2024, 1, 14), 2))
    assert np.array_equal(price, np.concatenate([np.repeat(np.arange(23), 4), np.arange(100), []])[:192] * 1_000)
    assert "(4 intervals of the run)" in faults(write(["utc,EUR/MWh", *body[:5], *body[6:]]), Clock(date(2024, 1, 14), 2))[0]


def test_what_is_outside_the_run_does_not_matter(write: Write) -> None:
    body = naive(72, first="2024-01-13T23:00")
    body[3] = body[3].split(",")[0] + ","
    del body[60]
    path = write(["utc,EUR/MWh", *body])
    assert np.array_equal(read_prices(path, HOURS), EUR_MWH + 24_000)


# Faults


def test_no_such_file(tmp_path: Path) -> None:
    assert faults(tmp_path / "none.csv") == [f"{tmp_path / 'none.csv'}: no such file; a CSV or Parquet file of prices"]


def test_files_that_are_no_tables(tmp_path: Path, write: Write) -> None:
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00t")
    assert "is not UTF-8 text (byte 0)" in faults(tmp_path / "bytes.csv")[0]
    (tmp_path / "bytes.parquet").write_bytes(b"nothing")
    assert "is no Parquet file" in faults(tmp_path / "bytes.parquet")[0]
    assert "has no rows" in faults(write(["time,EUR/MWh"]))[0]
    assert "has 1 row of prices" in faults(write(["utc,EUR/MWh", *naive(1)]))[0]


def test_an_unknown_column_gets_the_nearest(write: Write) -> None:
    path = write(["utc,SE3,SE4", *(line + ",1" for line in naive())])
    message = faults(path, column="SE5")[0]
    assert "no column 'SE5'; did you mean 'SE" in message
    assert "allowed: SE3, SE4" in message
    assert "2 columns may be the price; name one as column; allowed: SE3, SE4" in faults(path)[0]


def test_an_unknown_or_foreign_or_contradicted_unit(write: Write) -> None:
    bare, crowns = write(["utc,price", *naive()]), write(["utc,price SEK/MWh", *naive()], "crowns.csv")
    cents = write(["utc,price ct/kWh", *naive()], "cents.csv")
    assert "column 'price': its heading has no unit; name unit: EUR/MWh, EUR/kWh, ct/kWh" in faults(bare)[0]
    assert "unknown unit 'EUR/Mwhh'; did you mean 'EUR/MWh'?" in faults(bare, unit="EUR/Mwhh")[0]
    assert "prices are in SEK/MWh; convert them first" in faults(crowns)[0]
    assert "prices are in SEK/MWh; convert them first" in faults(crowns, unit="EUR/MWh")[0]
    assert "its heading says ct/kWh, unit says EUR/MWh" in faults(cents, unit="EUR/MWh")[0]


def test_times_without_a_zone_or_with_a_wrong_one(write: Write) -> None:
    path, utc = write(["time,EUR/MWh", *naive()]), write(["Time (UTC),EUR/MWh", *naive()], "utc.csv")
    assert "its times have no offset from UTC and no zone; name time_zone" in faults(path)[0]
    assert "unknown time zone 'Berlin'" in faults(path, time_zone="Berlin")[0]
    assert "its heading says that times are in UTC, time_zone says Europe/Berlin" in faults(utc, time_zone="Europe/Berlin")[0]


def test_text_and_empty_cells_and_a_gap_and_a_double_are_told_with_their_rows(write: Write) -> None:
    body = naive(first="2024-01-14T23:00")
    body[4] = body[4].split(",")[0] + ",n/e"
    body[6] = body[6].split(",")[0] + ",nan"
    body[9] = body[8]
    body[20:22] = []
    empty, double, hole, other = faults(write(["utc,EUR/MWh", *body]), QUARTERS)
    assert "2 prices are empty (rows 6, 8)" in empty
    assert "2 rows have a time that another has (rows 10, 11)" in double
    assert "no price from 2024-01-15 08:00 UTC to 2024-01-15 09:00 UTC (4 intervals of the run)" in hole
    assert "no price from 2024-01-15 19:00 UTC to 2024-01-15 21:00 UTC (8 intervals of the run)" in other


def test_text_in_a_number_column(write: Write) -> None:
    body = naive()
    body[0], body[7] = body[0] + "x", body[7].split(",")[0] + ",free"
    assert "column 'EUR/MWh': 2 are no numbers (rows 2, 9), the first '0x'" in faults(write(["utc,EUR/MWh", *body]))[0]


def test_texts_that_are_no_times(write: Write) -> None:
    body = [*naive(), "31.31.2024 00:00,1", "Source: nobody,"]
    assert "column 'utc': 2 are no times (rows 26, 27), the first '31.31.2024 00:00'" in faults(write(["utc,EUR/MWh", *body]))[0]


def test_many_gaps_are_counted(write: Write) -> None:
    body = [line for hour, line in enumerate(naive(first="2024-01-14T23:00")) if hour % 3 != 1]
    messages = faults(write(["utc,EUR/MWh", *body]))
    assert len(messages) == 6
    assert "3 more gaps" in messages[-1]


def test_a_file_of_another_period(write: Write) -> None:
    message = faults(write(["utc,EUR/MWh", *naive(first="2024-01-14T22:00")]))[0]
    assert "has 2024-01-14 22:00 UTC to 2024-01-15 22:00 UTC, the run needs 2024-01-14 23:00 UTC to 2024-01-15 23:00 UTC" in message


def test_a_day_of_24_hours_where_the_clock_has_23_or_25(write: Write) -> None:
    spring = faults(write(["time,EUR/MWh", *naive(first="2024-03-31T00:00")]), Clock(SPRING, 1, 60), time_zone="Europe/Berlin")
    assert "1 times do not exist in Europe/Berlin (row 4)" in spring[0]
    autumn = faults(write(["time,EUR/MWh", *naive(first="2024-10-27T00:00")]), Clock(AUTUMN, 1, 60), time_zone="Europe/Berlin")
    assert "no price from 2024-10-27 01:00 UTC to 2024-10-27 02:00 UTC (1 interval of the run)" in autumn[0]


def test_ends_of_intervals_and_days_and_odd_minutes(write: Write) -> None:
    assert "are ends of intervals" in faults(write(["utc_end,EUR/MWh", *naive()]))[0]
    days = [f"2024-01-{day},1" for day in range(10, 20)]
    assert "10 times are off the 5-minute grid or 1440 min apart" in faults(write(["utc,EUR/MWh", *days]))[0]
    odd = [f"2024-01-15T{h:02}:07,1" for h in range(24)]
    assert "24 times are off the 5-minute grid" in faults(write(["utc,EUR/MWh", *odd]))[0]


def test_prices_beyond_what_an_order_may_carry(write: Write) -> None:
    body = naive()
    body[1] = body[1].split(",")[0] + ",1e12"
    assert "1 prices are beyond a million EUR/MWh (row 3)" in faults(write(["utc,EUR/MWh", *body]))[0]


def test_all_faults_of_headings_and_cells_at_once(write: Write) -> None:
    body = naive()
    body[2] = body[2].split(",")[0] + ",?"
    messages = faults(write(["time,price", *body]))
    assert len(messages) == 3
    assert "no zone" in messages[0]
    assert "no unit" in messages[1]
    assert "1 are no numbers (row 4)" in messages[2]


def test_a_year_of_quarter_hours_is_read_exactly(write: Write) -> None:
    year = Clock(date(2024, 1, 1), 366)
    price = np.random.default_rng(1).integers(-500_000, 4_000_000, year.intervals)
    lines = ["time;EUR/MWh", *(f"{moment};{value / 1_000}" for moment, value in zip(year.local.astype(str), price, strict=True))]
    assert np.array_equal(read_prices(write(lines), year, time_zone="Europe/Berlin"), price)
