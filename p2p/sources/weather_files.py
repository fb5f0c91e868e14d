"""Weather files to rows with a time in UTC: CSV, Parquet and exports of PVGIS; all that is wrong with their headings and cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from p2p.base.columns import Columns, Flags, Floats, Ints
from p2p.base.errors import Fault, FileInvalid
from p2p.sources.slots import SLOT, lengths
from p2p.sources.table_cells import read_numbers
from p2p.sources.tables import Table, bare, read_table, time_heading, zone_of
from p2p.sources.timed import Times, are_ends, frame_numbers, frame_times, in_utc, local_zone, read_frame, text_times

#: What a heading in small letters, with `_` for all else, says it is; what is written first is what a fault names.
HEADINGS = {
    "temperature": ("temp_c", "temperature_c", "t2m", "temp_air", "air_temperature_c"),
    "ghi": ("ghi_w_m2", "ghi", "g_h", "g_i"),
    "dhi": ("dhi_w_m2", "dhi", "gd_h", "gd_i"),
    "wind": ("wind_m_s", "wind_km_h", "wind_speed_m_s", "wind_speed_km_h", "wind_speed", "ws10m"),
}
NEEDED = ("temperature", "ghi", "wind")
ENDS = ("utc_end", "end", "time_end", "end_time", "ts_end", "interval_end", "period_end", "local_end")
KM_H = 1 / 3.6

PVGIS_TIME = re.compile(r"\d{8}:\d{4}")


class Series(NamedTuple):
    """A column of numbers: its heading, its values (0 where none is given) and which are given."""

    heading: str
    value: Floats
    given: Flags


@dataclass(frozen=True, slots=True)
class Places(Columns):
    """Rows of a weather file in the order of their times; R rows.

    row:   [R] int64, place in the file
    start: [R] int64 s since 1970 UTC
    """

    row: Ints
    start: Ints


@dataclass(frozen=True)
class Readings:
    """What a weather file says.

    places : R rows.
    series : by `temperature`, `ghi`, `wind` and, where the file has it, `dhi`; [R] each.
    typical : it is a typical year, put together of months of several years.
    """

    places: Places
    series: Mapping[str, Series]
    typical: bool = False

    def take(self, rows: Ints) -> Readings:
        """The rows at an index."""
        series = {name: Series(one.heading, one.value[rows], one.given[rows]) for name, one in self.series.items()}
        return replace(self, places=self.places.take(rows), series=series)


def read_readings(path: Path, time_zone: str | None) -> Readings:
    """The rows of a weather file, in the order of their times.

    Raises
    ------
    FileInvalid
        With all faults of its headings and cells.
    """
    if path.suffix.lower() in (".parquet", ".pq"):
        return _of_frame(path, time_zone)
    with path.open("rb") as stream:
        pvgis = stream.read(64).lstrip(b"\xef\xbb\xbf").startswith(b"Latitude (decimal degrees)")
    return _of_pvgis(path) if pvgis else _of_text(read_table(path), str(path), time_zone)


def _of_text(table: Table, where: str, time_zone: str | None) -> Readings:
    """The readings of a CSV file."""
    faults: list[Fault] = []
    heading = _time_heading(table.headings)
    times = text_times(table.column(heading), table.rows, f"{where}, column '{heading}'", faults)
    zone = None if times.utc or faults else local_zone(zone_of(heading), time_zone, where, faults)

    def numbers(name: str) -> tuple[Floats, Flags]:
        values, given, wrong = read_numbers(table.column(name), table.rows, table.separator != ",", f"{where}, column '{name}'")
        faults.extend(wrong)
        return values, given

    series = _series(table.headings, numbers, where, faults)
    return _readings(times, zone, are_ends(heading.replace("_", " ")), series, where, faults)


def _of_frame(path: Path, time_zone: str | None) -> Readings:
    """The readings of a Parquet file; rows count from 1."""
    frame, faults, where = read_frame(path), list[Fault](), str(path)
    headings = list(frame.columns)
    heading = _time_heading(headings)
    times = frame_times(frame[heading], f"{where}, column '{heading}'", faults)
    zone = None if times.utc or faults else local_zone(zone_of(heading), time_zone, where, faults)
    series = _series(headings, lambda name: frame_numbers(frame[name], f"{where}, column '{name}'", faults), where, faults)
    return _readings(times, zone, are_ends(heading.replace("_", " ")), series, where, faults)


def _of_pvgis(path: Path) -> Readings:
    """The readings of an export of PVGIS, hourly or a typical year: lines of text, a table, lines of text.

    Each value stands for the hour around its time, which is that of the satellite's picture: the typical year's times are
    full hours, and a line says how much later the picture is.

    Raises
    ------
    FileInvalid
        With all faults; irradiance on a tilted plane is one.

    References
    ----------
    European Commission, Joint Research Centre, "PVGIS user manual": non-interactive service, outputs of `seriescalc` and `tmy`.
    """
    where, faults = str(path), list[Fault]()
    lines = path.read_bytes().decode("utf-8-sig", errors="replace").splitlines()
    top = next((number for number, line in enumerate(lines) if re.match(r"time(\(UTC\))?,", line)), None)
    if top is None:
        raise FileInvalid(Fault(where, "has no line of headings that begins with 'time'", "an hourly or typical-year CSV of PVGIS"))
    headings = tuple(cell.strip() for cell in lines[top].split(","))
    body = [(number + 1, line.split(",")) for number, line in enumerate(lines) if number > top and PVGIS_TIME.match(line)]
    cells = [tuple((record + [""] * len(headings))[place].strip() for _, record in body) for place in range(len(headings))]
    table = Table(headings, tuple(cells), tuple(number for number, _ in body), " ".join(lines[:top]))
    tilted = re.search(r"Slope:\s*([\d.]+)", table.preamble)
    if tilted and float(tilted.group(1)) != 0:
        faults.append(Fault(where, f"irradiance is on a plane of {tilted.group(1)} deg", "an export with slope 0"))
    later = re.search(r"Irradiance Time Offset \(h\):\s*(-?[\d.]+)", table.preamble)
    clock = [f"{cell[:4]}-{cell[4:6]}-{cell[6:8]} {cell[9:11]}:{cell[11:]}" for cell in cells[0]]
    times = text_times(clock, table.rows, f"{where}, column '{headings[0]}'", faults)
    middle = times.seconds + (round(float(later.group(1)) * 3600) if later else 0)
    times = replace(times, seconds=np.rint(middle / SLOT).astype(np.int64) * SLOT - 1800, utc=True)

    def numbers(name: str) -> tuple[Floats, Flags]:
        values, given, wrong = read_numbers(table.column(name), table.rows, False, f"{where}, column '{name}'")
        faults.extend(wrong)
        return values, given

    series = _series(headings, numbers, where, faults)
    return replace(_readings(times, None, False, series, where, faults), typical=headings[0] == "time(UTC)")


def _time_heading(headings: Sequence[str]) -> str:
    """The column of times: the starts of the intervals, else their ends, else the first."""
    place = time_heading(headings)
    if place is None:
        place = next((index for index, heading in enumerate(headings) if bare(heading).lower() in ENDS), 0)
    return headings[place]


def _series(headings: Sequence[str], read: Callable[[str], tuple[Floats, Flags]], where: str, faults: list[Fault]) -> dict[str, Series]:
    """The columns of weather among the headings; faults tell which lack or are there twice."""
    spelt = {heading: re.sub(r"[^a-z0-9]+", "_", heading.lower()).strip("_") for heading in headings}
    series = {}
    for name, known in HEADINGS.items():
        found = [heading for heading in headings if spelt[heading] in known]
        if len(found) > 1:
            faults.append(Fault(where, f"{len(found)} columns may be the {name}: {', '.join(found)}", "one of them"))
        elif found:
            value, given = read(found[0])
            series[name] = Series(found[0], value * KM_H if "km_h" in spelt[found[0]] else value, given)
        elif name in NEEDED:
            faults.append(Fault(where, f"has no column of {name}", f"headings: {', '.join(known)}"))
    return series


def _readings(times: Times, zone: str | None, ends: bool, series: Mapping[str, Series], where: str, faults: list[Fault]) -> Readings:
    """The rows in UTC, sorted, at the starts of their intervals; or all faults."""
    some_given = np.any([one.given for one in series.values()], axis=0) if series else np.ones(len(times.row), np.bool_)
    place, start = in_utc(times, zone, some_given, where, faults)
    order = np.argsort(start, kind="stable")
    place, start = place[order], start[order]
    if ends and len(start) > 1:
        # An end is as far from the end before it as its interval is long: seen backwards, a start and its next.
        start = start - lengths(-start[::-1])[::-1]
    kept = {name: Series(one.heading, one.value[place], one.given[place]) for name, one in series.items()}
    return Readings(Places(times.row[place], start), kept)
