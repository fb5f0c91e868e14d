"""Weather from a file, put on the intervals of a run."""

from __future__ import annotations

from calendar import isleap
from dataclasses import replace
from math import ceil
from pathlib import Path

import numpy as np

from p2p.base.clock import Clock
from p2p.base.columns import Flags, Floats, Ints
from p2p.base.errors import Fault, FileInvalid
from p2p.base.sky import clear_sky
from p2p.devices.around import Weather
from p2p.devices.sun import diffuse, direction, extraterrestrial
from p2p.sources.slots import SLOT, Held, Period, checked_lengths, cover, cover_faults
from p2p.sources.table_cells import some
from p2p.sources.weather_files import Readings, read_readings

RANGES = {"temperature": (-60.0, 60.0, "degC"), "ghi": (0.0, 1_600.0, "W/m2"), "dhi": (0.0, 1_600.0, "W/m2"), "wind": (0.0, 75.0, "m/s")}
"""What may be; light beside a cloud may for a while be stronger than above the air."""

NEARLY = 0.005
"""Diffuse light may be above all light by this share and a W/m2: two instruments; it is then taken as all."""

DAY = 86_400 // SLOT

HOUR = 3_600

LOW_SUN = 0.065
"""Least sine of the elevation that light is compared with, as in `synthetic_weather`."""

TWILIGHT = 1.0
"""Added to the clear sky's light when an interval's is shared out, so that dawn has light where it was measured. [W/m2]"""


def read_weather(
    path: Path | str,
    clock: Clock,
    place: tuple[float, float] = (51.0, 10.0),
    *,
    beyond: float = 24.0,
    time_zone: str | None = None,
    typical: bool = False,
) -> Weather:
    """The weather of a run and of some hours after it, from a file.

    Finer rows are averaged. Coarser ones are shared out: light as the clear sky has it, so that each row keeps its mean;
    temperature and wind on straight lines between the middles of the rows. Where the file has no diffuse light, it is that
    of Erbs et al. (`devices.sun.diffuse`). Where it ends before the hours after the run, its last 24 hours come again.

    Parameters
    ----------
    path : `.parquet` or CSV with a time (start or end of the interval; see `prices.read_prices`) and columns `temp_c`,
        `ghi_w_m2`, `wind_m_s` or `wind_km_h`, and maybe `dhi_w_m2`; or an export of PVGIS, hourly on the level or a typical year.
    place : latitude and longitude; north and east are positive. [deg]
    beyond : how much longer than the run. [h]
    time_zone : such as Europe/Berlin; may be left out where the heading says it or the times carry an offset.
    typical : each day of the run meets the file's day of that date, of whichever year; so with PVGIS's typical year in any case.

    Returns
    -------
    T rows: those of the run, then of the hours after it.

    Raises
    ------
    FileInvalid
        With all faults: no such file, column or zone; text; empty cells; gaps; doubled times; a wrong period; values that
        can't be.
    """
    path = Path(path)
    if not path.is_file():
        raise FileInvalid(Fault(str(path), "no such file", "a CSV or Parquet file of weather"))
    readings = read_readings(path, time_zone)
    rows = clock.intervals + ceil(beyond / clock.hours)
    seconds = clock.interval_minutes * 60
    begin = int(clock.utc[0].astype(np.int64))
    run, whole = Period(begin, begin + clock.intervals * seconds, seconds), Period(begin, begin + rows * seconds, seconds)
    if readings.typical or typical:
        readings = of_any_year(readings, whole)
    return put_on(readings, run, whole, place, str(path))


def put_on(readings: Readings, run: Period, whole: Period, place: tuple[float, float], where: str) -> Weather:
    """Readings put on the intervals of a run, and on those of the hours after it as far as they are there.

    Raises
    ------
    FileInvalid
        The rows do not give every interval of the run exactly one weather.
    """
    places = readings.places
    held = Held(places.row, places.start, checked_lengths(places.start, places.row, where, "weather row"))
    row, double = cover(held, run)
    good, faults = _checked(readings, np.unique(np.concatenate([row[row >= 0], double])), where)
    faults += cover_faults(held, row, double, run, where, "weather")
    if faults:
        raise FileInvalid(faults)
    # An hour more at both ends, so that every row that reaches into the period lies within it as a whole.
    wide = Period(whole.begin - HOUR, whole.end + HOUR, whole.interval)
    row, _ = cover(held, wide)
    columns = (_lines(readings, "temperature", held, row, good, wide), *_light(readings, held, row, wide, place),
               _lines(readings, "wind", held, row, good, wide))  # fmt: skip
    margin, count = HOUR // SLOT, (whole.end - whole.begin) // whole.interval
    missing = ((row < 0) | ~good[row])[margin:-margin]
    day = min(DAY, (run.end - run.begin) // SLOT)
    return Weather(*(_again(column[margin:-margin], missing, day).reshape(count, -1).mean(axis=1) for column in columns))


def of_any_year(readings: Readings, period: Period) -> Readings:
    """Readings whose rows come at their date in every year of a period; 28 February stands for a 29th that they lack."""
    start = readings.places.start.astype("datetime64[s]")
    month = start.astype("datetime64[M]")
    within, number = (start - month).astype(np.int64), month.astype(np.int64) % 12
    rows, starts = [], []
    first, last = (second // 86_400 // 366 for second in (period.begin, period.end))
    for year in range(first - 1, last + 3):
        begin = (12 * year + number).astype("datetime64[M]").astype("datetime64[s]").astype(np.int64)
        on_29 = (number == 1) & (within >= 28 * 86_400)
        kept = np.flatnonzero(~on_29 | isleap(1970 + year))
        added = np.flatnonzero((number == 1) & (within >= 27 * 86_400) & isleap(1970 + year) & ~np.any(on_29))
        rows += [kept, added]
        starts += [begin[kept] + within[kept], begin[added] + within[added] + 86_400]
    # Where the file has a date more than once, its first.
    unique, place = np.unique(np.concatenate(starts), return_index=True)
    taken = readings.take(np.concatenate(rows)[place])
    return replace(taken, places=taken.places.replace(start=unique))


def _checked(readings: Readings, used: Ints, where: str) -> tuple[Flags, list[Fault]]:
    """[R] which rows are whole and possible, and what is wrong with those that the run uses."""
    good, faults = np.ones(len(readings.places), np.bool_), list[Fault]()

    def check(heading: str, wrong: Flags, what: str, allowed: str) -> None:
        """Note the rows of a column that are wrong."""
        good[wrong] = False
        rows = sorted(set(readings.places.row[used][wrong[used]].tolist()))
        if rows:
            faults.append(Fault(f"{where}, column '{heading}'", f"{len(rows)} values {what} ({some(rows)})", allowed))

    for name, (heading, value, given) in readings.series.items():
        low, high, unit = RANGES[name]
        check(heading, ~given, "are empty", "fill them, or run another period")
        check(heading, given & ((value < low) | (value > high)), "can't be", f"{low:g} to {high:g} {unit}")
    if "dhi" in readings.series:
        (heading, dhi, given), ghi = readings.series["dhi"], readings.series["ghi"]
        more = (ghi.value >= 0) & (dhi > ghi.value * (1 + NEARLY) + 1)
        check(heading, given & ghi.given & more, "are above the global light", "diffuse light is a part of it")
    return good, faults


def _light(readings: Readings, held: Held, row: Ints, period: Period, place: tuple[float, float]) -> tuple[Floats, Floats]:
    """[S] global and diffuse light in each slot."""
    time = (period.time + SLOT / 2) / 3600
    up = direction(time, *place)[2]
    covered = np.flatnonzero(row >= 0)
    share, weight = np.ones(len(row)), clear_sky(up) + TWILIGHT
    coarse = covered[held.length[row[covered]] > period.interval]
    share[coarse] = weight[coarse] / _row_means(weight, row, len(held))[row[coarse]]
    ghi = np.maximum(readings.series["ghi"].value, 0.0)
    if "dhi" in readings.series:
        dhi = np.clip(readings.series["dhi"].value, 0.0, ghi)
    else:
        dhi = diffuse(ghi, _row_means(extraterrestrial(time) * np.maximum(up, LOW_SUN), row, len(held)))
    return ghi[row] * share, dhi[row] * share


def _row_means(values: Floats, row: Ints, rows: int) -> Floats:
    """[R] the mean over each row's slots of [S] values."""
    covered = row >= 0
    mean: Floats = np.bincount(row[covered], values[covered], rows) / np.maximum(np.bincount(row[covered], minlength=rows), 1)
    return mean


def _lines(readings: Readings, name: str, held: Held, row: Ints, good: Flags, period: Period) -> Floats:
    """[S] a column in each slot: a row's value, or where rows are coarser than intervals a line between their middles."""
    value, middle = readings.series[name].value, held.start + held.length / 2
    line = np.interp(period.time + SLOT / 2, middle[good], value[good])
    return np.where(held.length[row] > period.interval, line, value[row])


def _again(values: Floats, missing: Flags, day: int) -> Floats:
    """[S] values with those that are missing at the end as a day before."""
    values, missing = values.copy(), missing.copy()
    while np.any(missing):
        slots = np.flatnonzero(missing)
        slots = slots[~missing[slots - day]]
        values[slots], missing[slots] = values[slots - day], False
    return values
