"""A population drawn on a feeder: who lives where, owns what, decides how, is in whose pool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from p2p.base.clock import Clock
from p2p.base.columns import Flags, Floats, Indices, Ints, Texts
from p2p.base.errors import Fault, ScenarioInvalid
from p2p.base.streams import Streams
from p2p.devices import FLEXIBLE, Coming, Fleet, Load, Prosumers, Pv, Wind
from p2p.devices.homes import CLASSES, Homes
from p2p.devices.weather_profiles import ProfileColumns
from p2p.scenario import PopulationSection

if TYPE_CHECKING:
    from p2p.sources import Feeder, Profiles

PROFILE_MINUTES = 15

INDUSTRIAL_PROFILES = ("BL-H", "WB-H")
"""SimBench's band load and its load of working weeks."""

HEAT_PUMP_KW = (2.0, 4.0)
"""Rated electric power of heat pumps on SimBench's profiles. [kW] (assumption)"""


def populate(
    section: PopulationSection,
    sizes: Mapping[str, Any],
    feeder: Feeder,
    profiles: Profiles,
    sky: ProfileColumns,
    clock: Clock,
    streams: Streams,
) -> tuple[Fleet, Coming]:
    """The homes of a feeder and what comes to them.

    Every home draws its own luck from streams named by what is drawn, so that raising a share only adds owners. With
    more households than loads several live at each, as in a house of flats: they share its size, and so do their
    devices, unless the section says that each is a whole home. With fewer, some loads have nobody home.

    sizes : of each kind of flexible device, how it is drawn.
    sky : what the weather gives each kind of plant.

    Raises
    ------
    ScenarioInvalid
        The grid has no load to live at.
    """
    loads = feeder.loads
    if len(loads) == 0:
        raise ScenarioInvalid(Fault("grid", f"'{feeder.grid.name}' has no load, so nobody lives there", "a grid with loads"))
    at, size = connections(section, len(loads), streams)
    names = _load_profiles(loads.profile[at], profiles, streams)
    base = Homes(_classes(names, profiles), size, size * loads.p_kw[at], streams)
    names, homes = _with_firms(section, names, base, profiles)
    owners = _all_owners(section, homes)
    count = len(at)
    width = len(str(count))
    prosumers = Prosumers(
        np.array([f"home {home + 1:0{width}d}" for home in range(count)]),
        loads.bus[at],
        _split([pool.share for pool in section.aggregators], count, streams.at("aggregator").permutation(count)),
        _split(list(section.strategies.values()), count, streams.at("strategy").permutation(count)),
        homes.kind,
    )
    flexible = {
        name: sizes[name](homes, owner) for name, owner in owners.items() if name in sizes and name not in section.profiled and len(owner)
    }
    reactive = size * loads.q_kvar[at] * (homes.load / np.maximum(base.load, 1e-12))
    comes, coming = _what_comes(section, owners, homes, (names, reactive), profiles, sky, clock)
    return Fleet(prosumers, *comes, flexible, section.fixed), coming


def _what_comes(
    section: PopulationSection,
    owners: Mapping[str, Indices],
    homes: Homes,
    loads: tuple[Texts, Floats],
    profiles: Profiles,
    sky: ProfileColumns,
    clock: Clock,
) -> tuple[tuple[Load, Pv, Wind], Coming]:
    """Loads and plants, and the profiles that they follow; loads: [N] profile and rated reactive power [kvar] of each home's own."""
    names, reactive = loads
    suns, winds = _plant_profiles(section, profiles, sky, homes)
    extra = _profiled(section, owners, homes, profiles)
    load_names = np.concatenate([names, *(name for _, name, _ in extra)])
    used = np.array([name for name in np.unique(np.concatenate((load_names, suns, winds))) if name not in sky.names])
    place = {str(name): column for column, name in enumerate((*used, *sky.names))}

    def columns(names: Texts) -> Indices:
        """The column of each profile."""
        return np.array([place[str(name)] for name in names], np.int32)

    def plants(name: str, own: Texts, ends: tuple[float, float]) -> tuple[Indices, Indices, Floats]:
        """Owner, profile and rated power of the plants of a kind."""
        owner = owners[name]
        return owner, columns(own[owner]), (homes.size * homes.between(ends, f"{name} size"))[owner]

    load = Load(
        np.concatenate([np.arange(len(homes), dtype=np.int32), *(owner for owner, _, _ in extra)]),
        columns(load_names),
        np.concatenate([homes.load, *(rated for _, _, rated in extra)]),
        np.concatenate([reactive, *(0 * rated for _, _, rated in extra)]),
    )
    comes = load, Pv(*plants("pv", suns, section.pv_kw)), Wind(*plants("wind", winds, section.wind_kw))
    return comes, _coming(profiles, used, sky, clock, section.inverter)


def _classes(names: Texts, profiles: Profiles) -> Indices:
    """[N] the class of each home by its profile: households are residential, band and weekend loads industrial, all others commercial."""
    households = np.isin(names, profiles.names_of("household"))
    return np.where(households, 0, np.where(np.isin(names, INDUSTRIAL_PROFILES), 2, 1)).astype(np.int32)


def _with_firms(section: PopulationSection, names: Texts, homes: Homes, profiles: Profiles) -> tuple[Texts, Homes]:
    """Profiles and homes, with those that the scenario makes businesses and industrial sites."""
    kind, load, names = homes.kind.copy(), homes.load.copy(), names.copy()
    rank = np.argsort(homes.draw("firm"), kind="stable")
    first = round(section.industrial * len(homes))
    chosen = {2: rank[:first], 1: rank[first : first + round(section.commercial * len(homes))]}
    own = {1: [name for name in profiles.names_of("business") if name not in INDUSTRIAL_PROFILES], 2: list(INDUSTRIAL_PROFILES)}
    for number, rows in chosen.items():
        ends = section.industrial_kw if number == 2 else section.commercial_kw
        drawn = np.array(own[number])[(homes.draw("firm profile") * len(own[number])).astype(np.int64)]
        kind[rows], names[rows] = number, drawn[rows]
        load[rows] = (homes.size * homes.between(ends, "firm size"))[rows]
    return names, Homes(kind, homes.size, load, homes.streams)


def _all_owners(section: PopulationSection, homes: Homes) -> dict[str, Indices]:
    """Who owns each kind of device, by name; batteries go first to those with photovoltaics."""
    everyone = np.ones(len(homes), np.bool_)
    owners = {name: _owners(getattr(section, name), homes.draw(f"{name} owner"), everyone) for name in ("pv", "wind")}
    has_pv = np.isin(np.arange(len(homes)), owners["pv"])
    for name, kind in FLEXIBLE.items():
        may = np.isin(homes.kind, [CLASSES.index(word) for word in kind.owners])
        draw = homes.draw(f"{name} owner") - (has_pv if name == "battery" else 0.0)
        owners[name] = _owners(getattr(section, name), draw, may)
    return owners


def _profiled(
    section: PopulationSection, owners: Mapping[str, Indices], homes: Homes, profiles: Profiles
) -> list[tuple[Indices, Texts, Floats]]:
    """Owner, profile and rated power of devices that follow SimBench's own profiles, as loads that nobody steers."""
    found = []
    for name in section.profiled:
        names = np.array(
            [one for one in profiles.names_of("storage" if name == "battery" else name) if name != "ev" or one.startswith("HLS")]
        )
        owner = owners[name]
        own = names[(homes.draw(f"{name} profile") * len(names)).astype(np.int64)][owner]
        if name == "ev":  # the profile's name ends with the charger's rating
            rated = np.array([float(str(one).rsplit("_", 1)[1]) for one in own])
        else:
            rated = (
                homes.between(section.battery_kwh, "battery size") / section.battery_hours
                if name == "battery"
                else homes.between(HEAT_PUMP_KW, "heat pump size")
            )[owner]
        found.append((owner, own, homes.size[owner] * rated))
    return found


def connections(section: PopulationSection, loads: int, streams: Streams) -> tuple[Ints, Floats]:
    """[N] the load at which each home lives, and [N] what share of a whole home it is."""
    count = section.households or loads
    at = homes_at(count, loads, streams)
    return at, 1 / np.bincount(at)[at] if section.share_connections else np.ones(count)


def homes_at(count: int, loads: int, streams: Streams) -> Ints:
    """[N] the load at which each home lives."""
    if count < loads:
        return np.sort(streams.at("home").permutation(loads)[:count])
    return np.arange(count) % loads


def _owners(share: float, draw: Floats, may: Flags) -> Indices:
    """Those with the smallest draws of those who may, as many as the share says."""
    rows = np.flatnonzero(may)
    return np.sort(rows[np.argsort(draw[rows], kind="stable")[: round(share * len(rows))]]).astype(np.int32)


def _split(shares: list[float], count: int, order: Ints) -> Indices:
    """[N] the number of the share that each home falls under, -1 for none."""
    ends = np.rint(np.cumsum([0.0, *shares]) * count).astype(np.int64)
    number = np.full(count, -1, np.int32)
    for place in range(len(shares)):
        number[order[ends[place] : ends[place + 1]]] = place
    return number


def _load_profiles(named: Texts, profiles: Profiles, streams: Streams) -> Texts:
    """[N] the profile of each home: the grid's own, or a household's by draw where the grid names none."""
    households = np.array(profiles.names_of("household"))
    drawn = households[streams.at("load profile").integers(0, len(households), len(named))]
    return np.where(np.isin(named, profiles.names), named, drawn)


def _plant_profiles(section: PopulationSection, profiles: Profiles, sky: ProfileColumns, homes: Homes) -> tuple[Texts, Texts]:
    """[N] the profile of each home's photovoltaics and of its turbine, if it has them: SimBench's, or made from the weather."""
    kinds = {"pv": [name for name in sky.names if "/pv/" in name], "wind": [name for name in sky.names if "/wind/" in name]}
    if section.generation == "profiles":
        kinds = {name: list(profiles.names_of(name)) for name in kinds}
    drawn = [np.array(names)[homes.streams.at(f"{name} profile").integers(0, len(names), len(homes))] for name, names in kinds.items()]
    return drawn[0], drawn[1]


def _coming(profiles: Profiles, used: Texts, sky: ProfileColumns, clock: Clock, inverter: str) -> Coming:
    """The profiles that are used, and the row that each interval meets."""
    columns = [profiles.names.index(str(name)) for name in used]
    p, q = np.ascontiguousarray(profiles.p[:, columns], np.float64), np.ascontiguousarray(profiles.q[:, columns], np.float64)
    row = profile_rows(clock)
    merged = max(1, clock.interval_minutes // PROFILE_MINUTES)
    if merged > 1:  # coarser intervals meet the mean of the quarter-hours in them
        p, q = (table.reshape(-1, merged, len(columns)).mean(axis=1) for table in (p, q))
        row = row // merged
    before = _before(clock)
    weather = np.concatenate((sky.pv, sky.wind), axis=1)[: clock.intervals]
    return Coming(p, q, row, before, np.concatenate((weather[np.arange(before) % len(weather)], weather)), inverter)


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
