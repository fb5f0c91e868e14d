"""Minds with foresight against the linear programme of one battery's day, and years of a mixed population."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any, NamedTuple

import numpy as np

from p2p.base.solve import Programme, optimum
from p2p.behaviour.ahead import Ahead, Moment, Planner
from p2p.behaviour.plans import Mpc, PriceTakerSchedule
from p2p.devices import FLEXIBLE
from p2p.running import run_in
from p2p.scenario import Scenario
from p2p.sources.reference import runpp
from p2p.studies.bench.devices import FIRMS, MIXTURE, day_of, homes_of, sizes
from p2p.studies.bench.flow import GRID
from p2p.studies.bench.timing import Measurement, best

SCHEDULED, TOGETHER = 1_000, 20
"""How many homes plan."""

LIMITS = {"price_taker_schedule": 1e-3, "mpc": 1 / 20}
"""What a prosumer-day may take. [s]"""

HOUSEHOLDS, YEAR = 1_000, 120.0
"""A year of so many homes, and what it may take. [s]"""


class Hour(NamedTuple):
    """What homes see when they plan, and then in the intervals for which they do."""

    ahead: Ahead
    moments: list[Moment]


def homes_that_plan(kinds: tuple[str, ...], count: int, every: int) -> list[Hour]:
    """A day of homes with one device of each kind, which plan every so many intervals and meanwhile do what they would unplanned."""
    homes, day = homes_of(count), day_of(count)
    owner = np.arange(count, dtype=np.int32)
    devices = {name: sizes(name)(homes, owner) for name in kinds}
    module = {name: FLEXIBLE[name].module for name in kinds}
    today = {name: module[name].today(devices[name], day) for name in kinds}
    state = {name: module[name].start(devices[name], day) for name in kinds}
    length, net = len(day.expected), day.expected / day.hours
    price = 300_000.0 + 80_000.0 * np.cos((np.arange(length) * day.hours - 19) / 12 * np.pi)
    hours: list[Hour] = []
    for place in range(day.length):
        state = {name: module[name].meet(devices[name], state[name], today[name], place) for name in kinds}
        span = {name: module[name].span(devices[name], state[name], day.hours) for name in kinds}

        def stores(length: int, state: Mapping[str, Any] = state, place: int = place) -> dict[str, Any]:
            return {name: module[name].store(devices[name], state[name], today[name], place, length, day.hours) for name in kinds}

        if place % every == 0:
            turned = np.roll(price, -place)
            home = dict.fromkeys(kinds, np.arange(count))
            columns = np.roll(net, -place, axis=0), turned, np.full(length, 80_000.0), np.zeros(length)
            hours.append(Hour(Ahead(day.hours, *columns, home, stores(length)), []))
        hours[-1].moments.append(Moment(place % every, net[place], stores(1), span))
        half = {name: low + 0.5 * (high - low) for name, (low, high) in span.items()}
        state = {name: module[name].step(devices[name], state[name], half[name], day.hours) for name in kinds}
    return hours


def plan_a_day(mind: Planner, hours: list[Hour]) -> None:
    """Every plan of the day, and what devices are worth by it in every interval."""
    for ahead, moments in hours:
        plan = mind.plan(ahead)
        for moment in moments:
            mind.appraise(plan, moment)


def battery_day(ahead: Ahead, home: int) -> Programme:
    """The linear programme of one home's battery: buying, selling, drawing, giving and the level of each interval."""
    from scipy.sparse import block_array, diags_array, eye_array

    one, length, hours = ahead.stores["battery"], len(ahead.net), ahead.hours
    unit = eye_array(length)
    back = diags_array(np.full(length - 1, -one.keep[home]), offsets=-1, shape=(length, length))
    into, out = (diags_array(column[:, home] * hours) for column in (one.into, one.out))
    matrix = block_array([[unit, -unit, -unit, unit, None], [None, None, -into, out, unit + back]], format="csc")
    first = np.zeros(length)
    first[0] = one.keep[home] * one.level[home]
    right = np.concatenate((ahead.net[:, home], one.inflow[:, home] + first))
    none = np.zeros(length)
    gain = np.concatenate((-ahead.retail * hours, ahead.feed_in * hours, none, none, none))
    low = np.concatenate((none, none, none, none, one.least[:, home]))
    high = np.concatenate((none + np.inf, none + np.inf, one.high[:, home], -one.low[:, home], one.most[:, home]))
    return Programme(gain, matrix, right, right, low, high)


def measure() -> Iterator[Measurement]:
    """A day of plans, time a prosumer; and years of a mixed population, as it bids by default and where every home plans."""
    programme = battery_day(homes_that_plan(("battery",), TOGETHER, 96)[0].ahead, 0)
    alone = best(lambda: optimum(programme, "a battery's day"))
    alike: tuple[tuple[str, ...], ...] = (("battery",), ("ev",), ("battery", "ev"))
    for kinds in alike:
        yield _planned(PriceTakerSchedule(), "price_taker_schedule", kinds, SCHEDULED, alone)
    for kinds in (("battery", "ev"), ("battery", "ev", "heat_pump")):
        yield _planned(Mpc(), "mpc", kinds, TOGETHER, alone)
    yield from years({"the mixture": {}, "the mixture, price_taker_schedule": {"strategies": {"price_taker_schedule": 1.0}}})


def _planned(mind: Planner, name: str, kinds: tuple[str, ...], count: int, alone: float) -> Measurement:
    hours = homes_that_plan(kinds, count, 96 if name == "price_taker_schedule" else 4)
    work: Callable[[], None] = partial(plan_a_day, mind, hours)
    each = best(work, repeat=2) / count
    return Measurement(f"{name}, {' and '.join(kinds)}", count, "prosumer-day", each, "HiGHS, a battery's day", alone, LIMITS[name])


def years(populations: Mapping[str, Mapping[str, Any]]) -> Iterator[Measurement]:
    """A year of every kind of device, all files written, without the report; populations: what differs from the mixture, by name."""
    interval = best(runpp(GRID), repeat=2)
    for name, changes in populations.items():
        population: dict[str, Any] = {"households": HOUSEHOLDS, **FIRMS, **MIXTURE, **changes}
        year = {"clock": {"start": "2016-01-01", "days": 365}, "results": {"reference": False, "report": False}, "population": population}
        with TemporaryDirectory() as folder:
            run_in(Scenario.of({**year, "clock": {"days": 1}}), Path(), Path(folder) / "warm")
            begun = process_time()
            results = run_in(Scenario.of(year), Path(), Path(folder) / "year")
            spent = process_time() - begun
            reference = interval * int(results.run["intervals"])
        yield Measurement(f"year of {name}, files and all", HOUSEHOLDS, "year", spent, "pandapower runpp alone", reference, YEAR)
