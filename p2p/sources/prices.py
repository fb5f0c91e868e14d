"""Prices from a file: ENTSO-E Transparency and Nord Pool exports, any CSV or Parquet with times and prices."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from p2p.base.clock import Clock
from p2p.base.columns import Floats, Ints
from p2p.base.errors import Fault, FileInvalid
from p2p.sources.price_files import Stamped, read_csv, read_parquet
from p2p.sources.slots import Held, Period, checked_lengths, cover, cover_faults, empty_fault


def read_prices(
    path: Path | str,
    clock: Clock,
    *,
    column: str | None = None,
    unit: str | None = None,
    time_zone: str | None = None,
) -> Ints:
    """The price of each interval of a run, from a file.

    Coarser prices are repeated, finer ones averaged. Local times are put on UTC exactly: where the clock shows an
    autumn hour twice, a mark (`CEST`) or else the order in the file decides.

    Parameters
    ----------
    path : `.parquet`, or CSV of one of these layouts:
        ENTSO-E Transparency, `MTU (...)` and `Day-ahead Price [EUR/MWh]` or `(EUR/MWh)`;
        Nord Pool, `Delivery Start (CET)` or `Date;Hours` with a column a zone;
        any table with times (ISO 8601 or day first, start of the interval) and prices.
    column : heading of the prices, a Nord Pool zone (`SE4`) or an ENTSO-E area (`BZN|DE-LU`); may be left out where
        there is only one.
    unit : EUR/MWh, EUR/kWh or ct/kWh; may be left out where the heading says it.
    time_zone : such as Europe/Berlin; may be left out where the heading says it or the times carry an offset.

    Returns
    -------
    [T] int64. [µEUR/kWh]

    Raises
    ------
    FileInvalid
        With all faults: no such file, column, unit or zone; text; empty cells; gaps; doubled times; a wrong period.
    """
    path = Path(path)
    if not path.is_file():
        raise FileInvalid(Fault(str(path), "no such file", "a CSV or Parquet file of prices"))
    read = read_parquet if path.suffix.lower() in (".parquet", ".pq") else read_csv
    return spread(read(path, column, unit, time_zone), clock, str(path))


def spread(stamped: Stamped, clock: Clock, where: str) -> Ints:
    """Prices as a file has them, put on the intervals of a run.

    Returns
    -------
    [T] int64. [µEUR/kWh]

    Raises
    ------
    FileInvalid
        The rows do not give every interval exactly one price.
    """
    stamped = stamped.take(np.argsort(stamped.start, kind="stable"))
    held = Held(stamped.row, stamped.start, checked_lengths(stamped.start, stamped.row, where, "price"))
    seconds = clock.interval_minutes * 60
    period = Period(int(clock.utc[0].astype(np.int64)), int(clock.utc[-1].astype(np.int64)) + seconds, seconds)
    row, double = cover(held, period)
    used = np.unique(np.concatenate([row[row >= 0], double]))
    faults = empty_fault(stamped.row[used][~stamped.given[used]], "price", where)
    faults += cover_faults(held, row, double, period, where, "price")
    if faults:
        raise FileInvalid(faults)
    mean: Floats = np.mean(stamped.price[row].reshape(clock.intervals, -1), axis=1)
    return np.rint(mean).astype(np.int64)
