"""The critical quarter-hours of a year: where voltages and loadings are worst when every home has the device, and when some do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.base.errors import Fault, ScenarioInvalid
from p2p.base.streams import Streams
from p2p.build.build import build
from p2p.build.population import connections
from p2p.devices import FLEXIBLE
from p2p.grid import Grid, power_flow
from p2p.model import Setup
from p2p.operators.dso import Bounds
from p2p.scenario import Scenario
from p2p.sources import read_grid, read_profiles
from p2p.studies.hosting.case import Case
from p2p.studies.hosting.technologies import Technology, owners, technology_named

SHARES = (0.25, 1.0)
"""Shares of homes with the mean device at which the year is searched."""

YEAR = 2016
"""Of SimBench's profiles."""

FLOWS_AT_ONCE = 4_392


@dataclass(frozen=True)
class Situations:
    """A scenario's grid and homes in their critical quarter-hours.

    case: of the homes that may own the device
    technology: what is placed
    share: [N] of a whole home that each of them is
    rows: [H] quarter-hours of 2016, on SimBench's clock (UTC+1)
    streams: chance of the placements
    """

    case: Case
    technology: Technology
    share: Floats
    rows: Ints
    streams: Streams

    def days(self) -> list[date]:
        """Days with critical quarter-hours, those with most of them first."""
        found, times = np.unique(self.rows // 96, return_counts=True)
        return [date(YEAR, 1, 1) + timedelta(int(day)) for day in found[np.argsort(-times, kind="stable")]]


def situations(scenario: Scenario, technology: str, hours: int = 192, folder: Path | None = None) -> Situations:
    """The critical quarter-hours of a scenario's grid under its loads and a technology.

    The AC power flow of all 35,136 quarter-hours of SimBench's year is solved with loads as they are and the mean device at a
    quarter of the homes, and at all. The quarter-hours with the most extreme voltages and those with the highest loadings are
    kept, a quarter of `hours` each. Other devices of the scenario are left out.

    Raises
    ------
    InputError
        The scenario is wrong, no such technology, plants whose reactive power follows the voltage, or phases apart.
    """
    make = technology_named(technology)
    if technology == "pv" and scenario.population.inverter == "q_v":
        raise ScenarioInvalid(Fault("population.inverter", "'q_v' answers to voltages, which a share of homes makes", "unity or cos_phi"))
    if scenario.grid.phases != "balanced":
        raise ScenarioInvalid(Fault("grid.phases", f"'{scenario.grid.phases}': placements are looked at on three phases alike", "balanced"))
    setup = build(loads_alone(scenario), folder)
    kind = make(read_profiles(), scenario.population)
    may = np.isin(setup.fleet.prosumers.kind, owners(technology))
    if not may.any():
        raise ScenarioInvalid(Fault("population", f"nobody may own a device {technology}", "a grid with residential loads"))
    _, share = connections(scenario.population, len(read_grid(scenario.grid.source, folder).loads), setup.streams)
    p, q = drawn_anyway(setup)
    bus = setup.fleet.prosumers.bus[may]
    rows = _critical(setup.grid, p, q, kind, np.bincount(bus, share[may], len(setup.grid.buses)).astype(np.float64), hours)
    case = Case(setup.grid, Bounds(*scenario.grid.voltage_band), bus, p[rows], q[rows], *kind.at(rows))
    return Situations(case, kind, share[may], rows, setup.streams)


def loads_alone(scenario: Scenario) -> Scenario:
    """The scenario without devices and market, in quarter-hours."""
    nothing = dict.fromkeys((f"population.{name}" for name in ("pv", "wind", *FLEXIBLE)), 0.0)
    clock = {"clock.start": f"{YEAR}-01-01", "clock.days": 1, "clock.interval_minutes": 15}
    return scenario.changed(nothing | clock)


def drawn_anyway(setup: Setup) -> tuple[Floats, Floats]:
    """[R, B] what loads draw at each bus in each quarter-hour of the year. [kW], [kvar]"""
    load, coming = setup.fleet.load, setup.coming
    bus = setup.fleet.prosumers.bus[load.owner]
    found = []
    for table, rated in ((coming.p, load.rated), (coming.q, load.reactive)):
        at = np.zeros((table.shape[1], len(setup.grid.buses)))
        np.add.at(at, (load.profile, bus), rated)
        found.append(table @ at)
    return found[0], found[1]


def _critical(grid: Grid, p: Floats, q: Floats, kind: Technology, homes: Floats, hours: int) -> Ints:
    """[H] the quarter-hours that are kept; homes: [B] how many whole homes may get a device at each bus."""
    mean, each = kind.mean(), max(1, hours // (2 * len(SHARES)))
    chosen = []
    for share in SHARES:
        voltage, loading = _worst(grid, p, q, np.multiply.outer(share * mean, homes), kind.sign)
        chosen += [np.argsort(-worst, kind="stable")[:each] for worst in (voltage, loading)]
    return np.unique(np.concatenate(chosen))


def _worst(grid: Grid, p: Floats, q: Floats, devices: Floats, sign: float) -> tuple[Floats, Floats]:
    """[R] how extreme the worst voltage of each quarter-hour is (high for what feeds in, low for what draws), [R] the highest loading."""
    voltage, loading = np.empty(len(p)), np.empty(len(p))
    for first in range(0, len(p), FLOWS_AT_ONCE):
        rows = slice(first, first + FLOWS_AT_ONCE)
        flow = power_flow(grid, p[rows] + devices[rows], q[rows])
        voltage[rows] = (-sign * flow.voltage).max(axis=1)
        loading[rows] = flow.loading.max(axis=1)
    return np.nan_to_num(voltage, nan=np.inf), np.nan_to_num(loading, nan=np.inf)
