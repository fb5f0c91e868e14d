"""Scenario -> setup: all that a model needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from p2p.base.clock import Clock
from p2p.base.errors import Fault, InputError, ScenarioInvalid
from p2p.base.files import digest
from p2p.base.streams import Streams
from p2p.base.units import MAX_PRICE, eur_per_mwh, price
from p2p.build.assets import cut_off, regulated
from p2p.build.connection import connected
from p2p.build.fits import areas_apart, misfits
from p2p.build.pools import offered_by
from p2p.build.population import populate
from p2p.build.rules import Rules
from p2p.build.tastes import preferences_of
from p2p.devices import Fleet, Weather
from p2p.devices.flexible.sessions import Sessions, attach
from p2p.devices.synthetic_weather import synthetic
from p2p.devices.weather_profiles import Site, profile_columns
from p2p.model import Setup
from p2p.operators.dso import Bounds
from p2p.operators.national import National, from_series
from p2p.regulation import Tariff
from p2p.regulation.horizon import first_unpublished, published
from p2p.scenario import Scenario
from p2p.settlement import Ledger
from p2p.sources import read_grid, read_profiles
from p2p.sources.ev_sessions import read_ev_sessions
from p2p.sources.grids import files_of_grid
from p2p.sources.prices import read_prices
from p2p.sources.weather import read_weather

BEYOND = 48.0
"""How far the weather goes on after the run, for those who look ahead from its last day. [h]"""


def read_scenario(path: Path | None, changes: Iterable[str] = ()) -> tuple[Scenario, Path]:
    """The scenario of a file, or the default, with single keys changed; and the folder at which its paths start.

    Raises
    ------
    InputError
        The file can't be read, or keys, values or names are wrong: all of them, at once.
    """
    folder = path.parent if path else Path()
    try:
        return (Scenario.load(path, changes) if path else Scenario.of({}, changes, "--set")), folder
    except ScenarioInvalid as error:
        raise ScenarioInvalid([*error.faults, *_faults_of(error.rest, folder)]) from error


def _faults_of(rest: object, folder: Path) -> tuple[Fault, ...]:
    """What is wrong with the names and files of what is left of a scenario."""
    try:
        if isinstance(rest, Scenario):
            build(rest, folder)
    except InputError as error:
        return error.faults
    return ()


def build(scenario: Scenario, folder: Path | None = None) -> Setup:
    """A scenario turned into things.

    Parameters
    ----------
    folder : where relative paths of the scenario start; the working directory if None.

    Raises
    ------
    InputError
        Names, files or values are wrong: every fault that could be found, at once.
    """
    folder = folder or Path()
    clock = Clock(scenario.clock.start, scenario.clock.days, scenario.clock.interval_minutes, scenario.clock.zone)
    streams = Streams(scenario.seed)
    rules = Rules(scenario, folder)
    faults = rules.faults

    def found[T](look_up: Callable[[], T]) -> T | None:
        """What is looked up, or none, and its faults beside the others."""
        try:
            return look_up()
        except InputError as error:
            faults.extend(error.faults)
            return None

    national = found(lambda: _national(scenario, rules, clock, streams))
    sessions = found(lambda: _sessions(rules.sizes["ev"], folder))
    weather = found(lambda: _weather(scenario, clock, streams, folder))
    feeder = found(lambda: read_grid(scenario.grid.source, folder))
    if scenario.results.book >= clock.intervals:
        faults.append(Fault("results.book", f"{scenario.results.book}", f"-1 to {clock.intervals - 1}, the last interval of the run"))
    faults.extend(misfits(scenario, rules))
    areas = None if feeder is None or scenario.market.areas == "one" else found(lambda: areas_apart(feeder.grid, scenario.grid.source))
    wires = None if feeder is None else found(lambda: regulated(feeder.grid, scenario.tap_changer))
    islands = found(lambda: cut_off(clock, scenario.island))
    if feeder is None or wires is None or national is None or weather is None or faults:
        raise ScenarioInvalid(faults)
    grid = wires[0].with_ratings_scaled(scenario.grid.rating_scale)
    sky = profile_columns(weather, clock, Site(latitude=scenario.weather.latitude, longitude=scenario.weather.longitude))
    fleet, coming = populate(scenario.population, rules.sizes, feeder, read_profiles(), sky, clock, streams)
    fleet = _with_sessions(fleet, sessions, clock, streams)
    if scenario.grid.phases == "unbalanced":
        grid = connected(grid, feeder.loads, fleet, streams)
    tariff = _checked(rules.rulebook.tariff(national.price))
    pools = tuple(pool.name for pool in scenario.population.aggregators)
    commission, reviews = rules.rulebook.aggregator_commission, scenario.switching.days
    offered = offered_by(scenario.population, commission, len(fleet), streams, rules.switching, reviews)
    return Setup(
        scenario=scenario,
        clock=clock,
        streams=streams,
        grid=grid,
        areas=areas,
        fleet=fleet,
        coming=coming,
        weather=weather,
        fuels=(price(scenario.national.gas_price), price(scenario.national.diesel_price)),
        national=national,
        rulebook=rules.rulebook,
        tariff=tariff,
        dearest=published(tariff.retail, clock, np.maximum),
        cheapest=published(tariff.feed_in, clock, np.minimum),
        published=first_unpublished(clock),
        mechanism=rules.mechanism,
        strategies=rules.strategies,
        forecast=rules.forecast,
        aggregators=pools,
        regime=rules.regime,
        bounds=Bounds(*scenario.grid.voltage_band),
        worth_of_load=price(scenario.dso.value_of_lost_load),
        ledger=Ledger.of(fleet.prosumers.name, pools, fleet.prosumers.aggregator),
        offered=offered,
        preferences=preferences_of(rules.mechanism, grid, fleet, streams),
        inputs={path.name: digest(path) for path in _inputs(scenario, rules, folder)},
        folder=folder,
        taps=wires[1],
        islands=islands,
    )


def _inputs(scenario: Scenario, rules: Rules, folder: Path) -> list[Path]:
    """The files that a scenario names."""
    named = [folder / name for name in (scenario.weather.file, rules.sizes["ev"].sessions) if name]
    named += files_of_grid(scenario.grid.source, folder)
    return [path for path in (*named, *rules.files, *([rules.national_file] if rules.national_file else [])) if path.is_file()]


def _national(scenario: Scenario, rules: Rules, clock: Clock, streams: Streams) -> National | None:
    if rules.national_file is None:
        return None if rules.national is None else rules.national(clock, streams)
    section = scenario.national
    series = read_prices(rules.national_file, clock, column=section.column, unit=section.unit, time_zone=section.time_zone)
    return from_series(series, clock, streams)


def _weather(scenario: Scenario, clock: Clock, streams: Streams, folder: Path) -> Weather:
    """The weather of the run and two days more."""
    section = scenario.weather
    place = section.latitude, section.longitude
    if section.file is None:
        return synthetic(clock, streams, *place, BEYOND)
    return read_weather(folder / section.file, clock, place, beyond=BEYOND, time_zone=section.time_zone, typical=section.typical)


def _sessions(sizes: Any, folder: Path) -> Sessions | None:
    """Sessions of cars from the scenario's file, if it names one."""
    if sizes is None or not sizes.sessions:
        return None
    return read_ev_sessions(folder / sizes.sessions, drop_faulty=sizes.drop_faulty)


def _with_sessions(fleet: Fleet, sessions: Sessions | None, clock: Clock, streams: Streams) -> Fleet:
    """The fleet whose cars follow a file's sessions, if there are any."""
    cars = fleet.flexible.get("ev")
    if cars is None or sessions is None:
        return fleet
    luck = streams.at("ev user").random(len(fleet))[cars.owner]
    return replace(fleet, flexible={**fleet.flexible, "ev": attach(cars, sessions, luck, clock.start, clock.days)})


def _checked(tariff: Tariff) -> Tariff:
    """The tariff, if what a battery makes of its prices still fits into an order."""
    most = MAX_PRICE // 4
    dearest = max(int(np.abs(column).max()) for column in (tariff.retail, tariff.feed_in, tariff.local_fees))
    if dearest > most:
        what = f"prices, fees and levies come to {eur_per_mwh(dearest):,.0f} EUR/MWh"
        raise ScenarioInvalid(Fault("national.prices, regulation", what, f"at most {eur_per_mwh(most):,.0f} EUR/MWh"))
    return tariff
