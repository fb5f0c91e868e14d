"""A population drawn on a feeder: who lives where, owns what, decides how, is in whose pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from p2p.base.clock import Clock
from p2p.base.columns import Floats, Ints
from p2p.base.errors import Fault, ScenarioInvalid
from p2p.base.streams import Streams
from p2p.devices import Battery, Coming, Fleet, Load, Prosumers, Pv
from p2p.scenario import PopulationSection

if TYPE_CHECKING:
    from p2p.sources import Feeder, Profiles

PROFILE_MINUTES = 15


def populate(section: PopulationSection, feeder: Feeder, profiles: Profiles, clock: Clock, streams: Streams) -> tuple[Fleet, Coming]:
    """The homes of a feeder and what comes to them.

    Every home draws its own luck from streams named by what is drawn, so that raising a share only adds owners. With
    more households than loads several live at each, as in a house of flats: they share its size, and so do their
    plants and batteries, unless the section says that each is a whole home. With fewer, some loads have nobody home.

    Raises
    ------
    ScenarioInvalid
        The grid has no load to live at.
    """
    loads = feeder.loads
    if len(loads) == 0:
        raise ScenarioInvalid(Fault("grid", f"'{feeder.grid.name}' has no load, so nobody lives there", "a grid with loads"))
    count = section.households or len(loads)
    at = _homes(count, len(loads), streams)
    pv_homes = _owners(section.pv, count, streams.at("pv owner").random(count))
    has_pv = np.isin(np.arange(count), pv_homes)
    battery_homes = _owners(section.battery, count, streams.at("battery owner").random(count) - has_pv)
    width = len(str(count))
    prosumers = Prosumers(
        np.array([f"home {home + 1:0{width}d}" for home in range(count)]),
        loads.bus[at],
        _split([pool.share for pool in section.aggregators], count, streams.at("aggregator").permutation(count)),
        _split(list(section.strategies.values()), count, streams.at("strategy").permutation(count)),
    )
    size = 1 / np.bincount(at)[at] if section.share_connections else np.ones(count)
    names = _load_profiles(loads.profile[at], profiles, streams)
    suns = np.array(profiles.names_of("pv"))[streams.at("pv profile").integers(0, len(profiles.names_of("pv")), count)]
    used, column = np.unique(np.concatenate((names, suns)), return_inverse=True)
    pv_kw = size * _sizes(section.pv_kw, streams.at("pv size").random(count))
    battery_kwh = size * _sizes(section.battery_kwh, streams.at("battery size").random(count))
    everyone = np.arange(count, dtype=np.int32)
    fleet = Fleet(
        prosumers,
        Load(everyone, column[:count].astype(np.int32), size * loads.p_kw[at], size * loads.q_kvar[at]),
        Pv(pv_homes, column[count:][pv_homes].astype(np.int32), pv_kw[pv_homes]),
        Battery(
            battery_homes,
            battery_kwh[battery_homes] / section.battery_hours,
            battery_kwh[battery_homes],
            np.full(len(battery_homes), section.battery_efficiency),
        ),
    )
    return fleet, _coming(profiles, used, clock)


def _homes(count: int, loads: int, streams: Streams) -> Ints:
    """[N] the load at which each home lives."""
    if count < loads:
        return np.sort(streams.at("home").permutation(loads)[:count])
    return np.arange(count) % loads


def _owners(share: float, count: int, draw: Floats) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """The homes with the smallest draws, as many as the share says."""
    return np.sort(np.argsort(draw, kind="stable")[: round(share * count)]).astype(np.int32)


def _split(shares: list[float], count: int, order: Ints) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """[N] the number of the share that each home falls under, -1 for none."""
    ends = np.rint(np.cumsum([0.0, *shares]) * count).astype(np.int64)
    number = np.full(count, -1, np.int32)
    for place in range(len(shares)):
        number[order[ends[place] : ends[place + 1]]] = place
    return number


def _sizes(ends: tuple[float, float], draw: Floats) -> Floats:
    """Uniform between two ends."""
    return ends[0] + (ends[1] - ends[0]) * draw


def _load_profiles(
    named: np.ndarray[tuple[int], np.dtype[np.str_]], profiles: Profiles, streams: Streams
) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    """[N] the profile of each home: the grid's own, or a household's by draw where the grid names none."""
    households = np.array(profiles.names_of("household"))
    drawn = households[streams.at("load profile").integers(0, len(households), len(named))]
    return np.where(np.isin(named, profiles.names), named, drawn)


def _coming(profiles: Profiles, used: np.ndarray[tuple[int], np.dtype[np.str_]], clock: Clock) -> Coming:
    """The profiles that are used, and the row that each interval meets."""
    columns = [profiles.names.index(str(name)) for name in used]
    p, q = np.ascontiguousarray(profiles.p[:, columns], np.float64), np.ascontiguousarray(profiles.q[:, columns], np.float64)
    row = profile_rows(clock)
    merged = max(1, clock.interval_minutes // PROFILE_MINUTES)
    if merged > 1:  # coarser intervals meet the mean of the quarter-hours in them
        p, q = (table.reshape(-1, merged, len(columns)).mean(axis=1) for table in (p, q))
        row = row // merged
    return Coming(p, q, row, _before(clock))


def _before(clock: Clock) -> int:
    """How many intervals 24 hours have."""
    return 24 * 60 // clock.interval_minutes


def profile_rows(clock: Clock) -> Ints:
    """[L + T] the row of a 2016 profile for each interval of the 24 hours before the run, and of the run.

    Profiles run on the clock of central Europe without summer time. Another year meets, for each of its days, the day
    of 2016 that is nearest in the calendar and falls on the same day of the week.
    """
    step = np.timedelta64(clock.interval_minutes * 60, "s")
    before = clock.utc[0] - step * np.arange(_before(clock), 0, -1)
    times = np.concatenate((before, clock.utc)) + np.timedelta64(3600, "s")
    dates = times.astype("datetime64[D]")
    years = times.astype("datetime64[Y]").astype("datetime64[D]")
    day_of_year = (dates - years).astype(np.int64)
    first = np.datetime64("2016-01-01", "D")
    apart = ((dates - first).astype(np.int64) - day_of_year) % 7
    day = day_of_year + np.where(apart > 3, apart - 7, apart)
    day = np.where(day < 0, day + 7, np.where(day > 365, day - 7, day))
    minutes = ((times - dates) // np.timedelta64(60, "s")).astype(np.int64)
    rows: Ints = day * (24 * 60 // PROFILE_MINUTES) + minutes // PROFILE_MINUTES
    return rows
