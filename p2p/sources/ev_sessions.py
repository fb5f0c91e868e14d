"""Charging sessions from a file: CSV or Parquet with times of plug-in and plug-out and energy, and with users where it has them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from p2p.base.columns import Flags, Floats, Indices, Ints
from p2p.base.errors import Fault, FileInvalid, nearest
from p2p.devices.flexible.sessions import Sessions
from p2p.sources.table_cells import read_numbers, read_times, some

if TYPE_CHECKING:
    import pandas

ARRIVALS = ("plugin_time", "plug_in", "plugin", "start_plugin", "arrival", "start_time", "start")
DEPARTURES = ("plugout_time", "plug_out", "plugout", "end_plugout", "departure", "end_time", "end")
ENERGIES = {"energy_kwh": 1.0, "el_kwh": 1.0, "energy_wh": 1e-3, "total_energy_wh": 1e-3}
USERS = ("user_id", "user", "car", "location", "station", "charge_point")

RATE = 0.4
"""Sessions a day of one car, where a file names no users (assumption, near the mean in `flexible.sessions.RATE`)."""


def read_ev_sessions(path: Path | str, *, drop_faulty: bool = False) -> Sessions:
    """Sessions as they stand in a file.

    Parameters
    ----------
    path : `.parquet`, or CSV with columns of these headings: plug-in (`plugin_time`, `plug_in`, `arrival`, ...), plug-out
        (`plugout_time`, ...), energy (`energy_kwh` or `energy_wh`), and, if there is one, user (`user_id`) or else place
        (`location`). Times are on the local clock. Without users, sessions are dealt out in order of their plug-in to as many
        cars as have `RATE` sessions a day each.
    drop_faulty : leave out the rows with an empty cell (as the plug-out of a car that was still there at the end), a plug-out before
        the plug-in or a negative energy.

    Returns
    -------
    Sessions, users numbered in the order of their names.

    Raises
    ------
    FileInvalid
        With all faults and their rows: no such file, missing columns, text, empty cells, departure before arrival, negative energy.
    """
    path = Path(path)
    if not path.is_file():
        raise FileInvalid(Fault(str(path), "no such file", "a CSV or Parquet file of sessions"))
    frame, rows = _frame(path)
    headings = _headings([str(name) for name in frame.columns], str(path))
    where, faults = str(path), list[Fault]()
    arrival, no_arrival = _times(frame[headings["arrival"]], rows, f"{where}, column '{headings['arrival']}'", faults)
    departure, no_departure = _times(frame[headings["departure"]], rows, f"{where}, column '{headings['departure']}'", faults)
    energy, no_energy = _energies(frame[headings["energy"]], rows, f"{where}, column '{headings['energy']}'", faults)
    user, no_user = _users(frame, headings.get("user"), arrival)
    empty = {"arrival": no_arrival, "departure": no_departure, "energy": no_energy, "user": no_user}
    whole = ~np.logical_or.reduce(list(empty.values()))
    backward, negative = whole & (departure < arrival), whole & (energy < 0)
    if drop_faulty:
        whole &= ~backward & ~negative
    else:
        for name, flags in empty.items():
            faults += _wrong(f"{where}, column '{headings.get(name, name)}'", rows, flags, "cells are empty", "fill them")
        faults += _wrong(where, rows, backward, "sessions have plug-out before plug-in", "plug-in first")
        faults += _wrong(where, rows, negative, "sessions have negative energy", "0 or more")
    if not faults and not np.any(whole):
        faults.append(Fault(where, "has no whole row", "at least one session"))
    if faults:
        raise FileInvalid(faults)
    number = np.unique(user[whole], return_inverse=True)[1].astype(np.int32)
    return Sessions(number, arrival[whole], departure[whole], energy[whole] * ENERGIES[headings["energy"].lower()])


def _frame(path: Path) -> tuple[pandas.DataFrame, Ints]:
    """The table and the row numbers of a file: of a CSV the lines, the headings being 1; of Parquet from 1."""
    import pandas

    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            frame = pandas.read_parquet(path)
            return frame, np.arange(1, len(frame) + 1)
        with path.open(encoding="utf-8-sig") as stream:
            head = stream.readline()
        mark = next((mark for mark in ";\t," if mark in head), ",")
        frame = pandas.read_csv(path, sep=mark, dtype=str, keep_default_na=False, encoding="utf-8-sig", skip_blank_lines=False)
        frame.columns = pandas.Index([str(name).strip() for name in frame.columns])
        return frame, np.arange(2, len(frame) + 2)
    except (OSError, ValueError) as error:
        raise FileInvalid(Fault(str(path), f"is no table: {str(error).splitlines()[0]}", "CSV in UTF-8, or Parquet")) from error


def _headings(names: list[str], where: str) -> dict[str, str]:
    """The column of each thing."""
    lower = {name.lower(): name for name in names}
    known = {"arrival": ARRIVALS, "departure": DEPARTURES, "energy": tuple(ENERGIES), "user": USERS}
    found = {thing: next((lower[key] for key in keys if key in lower), None) for thing, keys in known.items()}
    missing = [thing for thing in ("arrival", "departure", "energy") if found[thing] is None]
    if missing:
        raise FileInvalid([Fault(where, f"has no column of {thing}", nearest(known[thing][0], known[thing])) for thing in missing])
    return {thing: name for thing, name in found.items() if name is not None}


def _times(column: pandas.Series[Any], rows: Ints, where: str, faults: list[Fault]) -> tuple[Ints, Flags]:
    """Times on the local clock, and which are empty. [s]"""
    import pandas

    if pandas.api.types.is_datetime64_any_dtype(column.dtype):
        local = column.dt.tz_localize(None)
        empty = local.isna().to_numpy(np.bool_)
        return np.where(empty, 0, local.to_numpy("datetime64[s]").astype(np.int64)), empty
    texts = _texts(column)
    empty = np.array([text == "" for text in texts], np.bool_)
    filled = [text for text in texts if text]
    seconds, _, aware, wrong = read_times(filled, rows[~empty].tolist(), where)
    faults += wrong
    if aware and filled:
        faults.append(Fault(where, "times have an offset from UTC", "times on the local clock, without one"))
    times = np.zeros(len(texts), np.int64)
    times[~empty] = seconds
    return times, empty


def _energies(column: pandas.Series[Any], rows: Ints, where: str, faults: list[Fault]) -> tuple[Floats, Flags]:
    """Energies as they stand, and which are empty."""
    import pandas

    if pandas.api.types.is_numeric_dtype(column.dtype):
        numbers = column.to_numpy(np.float64, na_value=np.nan)
        empty = ~np.isfinite(numbers)
        return np.where(empty, 0.0, numbers), empty
    numbers, given, wrong = read_numbers(_texts(column), rows.tolist(), True, where)
    faults += wrong
    return numbers, ~given & (not wrong)


def _users(frame: pandas.DataFrame, heading: str | None, arrival: Ints) -> tuple[Any, Flags]:
    """A name for each row's user, and which are empty."""
    if heading is not None:
        names = np.array(_texts(frame[heading]), np.str_)
        return names, names == ""
    days = (np.max(arrival, initial=0) - np.min(arrival, initial=0)) / 86_400 if len(arrival) else 0.0
    cars = max(int(np.ceil(len(arrival) / max(RATE * days, 1.0))), 1)
    dealt: Indices = np.empty(len(arrival), np.int32)
    dealt[np.argsort(arrival, kind="stable")] = np.arange(len(arrival)) % cars
    return dealt, np.zeros(len(arrival), np.bool_)


def _texts(column: pandas.Series[Any]) -> list[str]:
    missing = column.isna().tolist()
    return ["" if empty else str(cell).strip() for cell, empty in zip(column.tolist(), missing, strict=True)]


def _wrong(where: str, rows: Ints, flags: Flags, what: str, allowed: str) -> list[Fault]:
    number = int(np.sum(flags))
    return (
        [Fault(where, f"{number} {what} ({some(rows[flags].tolist())})", f"{allowed}, or leave such rows out (drop_faulty)")]
        if number
        else []
    )
