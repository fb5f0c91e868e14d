"""Devices of ten thousand prosumers against a NumPy sort of as many rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from p2p.base.clock import Clock
from p2p.base.columns import Floats, Indices
from p2p.base.streams import Streams
from p2p.devices import FLEXIBLE, Day, Prices
from p2p.devices.homes import CLASSES, Homes
from p2p.devices.synthetic_weather import synthetic
from p2p.studies.bench.timing import Measurement, best

HOMES = 10_000
LIMIT = 1e-3
"""What the devices of a population may take for the span and the step of an interval. [s]"""

START = date(2016, 1, 11)
"""A winter Monday: heat is wanted, cars leave in the morning."""

PRICES = Prices(retail=300_000.0, feed_in=80_000.0, dearest=320_000.0, cheapest=70_000.0, gas=90_000.0, diesel=160_000.0)

FIRMS = {"commercial": 0.08, "industrial": 0.02}
MIXTURE = {
    "battery": 0.2, "ev": 0.3, "heat_pump": 0.2, "hybrid_heat_pump": 0.05, "boiler": 0.2, "night_storage": 0.05,
    "appliance": 0.5, "behaviour": 0.2, "chp": 0.02, "process": 0.5, "generator": 0.2,
}  # fmt: skip
"""Shares of those who may own a device who do, in a population that has every kind (assumption)."""


@dataclass(frozen=True)
class Case:
    """The devices of one kind on one day.

    found : states before each interval. met : as each finds it. power : [kW] half way up each one's span.
    """

    module: Any
    devices: Any
    today: Any
    found: list[Any]
    met: list[Any]
    span: list[tuple[Floats, Floats]]
    power: list[Floats]
    hours: float

    @classmethod
    def of(cls, name: str, homes: Homes, owner: Indices, day: Day) -> Case:
        """The devices of a kind led through the day."""
        module = FLEXIBLE[name].module
        devices = sizes(name)(homes, owner)
        today, state = module.today(devices, day), module.start(devices, day)
        case = cls(module, devices, today, [], [], [], [], day.hours)
        for place in range(day.length):
            case.found.append(state)
            case.met.append(module.meet(devices, state, today, place))
            case.span.append(module.span(devices, case.met[-1], day.hours))
            low, high = case.span[-1]
            case.power.append(module.hold(devices, case.met[-1], low + 0.5 * (high - low), day.hours))
            state = module.step(devices, case.met[-1], case.power[-1], day.hours)
        return case

    def meets(self) -> None:
        """Every interval's `meet`."""
        for place, state in enumerate(self.found):
            self.module.meet(self.devices, state, self.today, place)

    def spans(self) -> None:
        """Every interval's `span`."""
        for state in self.met:
            self.module.span(self.devices, state, self.hours)

    def steps(self) -> None:
        """Every interval's `step`."""
        for state, power in zip(self.met, self.power, strict=True):
            self.module.step(self.devices, state, power, self.hours)

    def worths(self) -> None:
        """Every interval's `worth`."""
        for place, (state, span) in enumerate(zip(self.met, self.span, strict=True)):
            self.module.worth(self.devices, state, self.today, place, span, PRICES, self.hours)


def sizes(name: str) -> Any:
    """How devices of a kind are drawn, by default."""
    made = FLEXIBLE[name].sizes
    assert made is not None, name  # every flexible kind has sizes
    return made()


def day_of(homes: int, start: date = START) -> Day:
    """A day with its weather, and homes that expect an evening peak and, four in ten, sun at noon."""
    clock, streams = Clock(start, 2), Streams(1)
    length, ahead = int(clock.day_start[1]), round(24 / clock.hours)
    weather = synthetic(clock, streams).take(slice(0, length + ahead))
    hour = np.arange(ahead) * clock.hours
    wanted = (0.4 + 0.8 * np.exp(-(((hour - 19) / 2.5) ** 2))) * clock.hours
    sun = 3.0 * np.maximum(np.sin((hour - 7) / 10 * np.pi), 0.0) * clock.hours * ((hour > 7) & (hour < 17))
    draw = streams.at("expected").random((2, homes))
    expected = wanted[:, None] * (0.5 + draw[0]) - sun[:, None] * (draw[1] < 0.4)
    return Day(0, 0, length, clock.hours, clock.beyond.local[: length + ahead], weather, expected, streams)


def homes_of(homes: int) -> Homes:
    """A population with its firms."""
    streams = Streams(1)
    share = streams.at("firm").random(homes)
    kind = (share < sum(FIRMS.values())).astype(np.int32) + (share < FIRMS["industrial"])
    return Homes(kind.astype(np.int32), np.ones(homes), np.where(kind > 0, 30.0, 5.0), streams)


def owners(homes: Homes, name: str) -> Indices:
    """Who owns a device of a kind in the mixed population."""
    may = np.isin(homes.kind, [CLASSES.index(word) for word in FLEXIBLE[name].owners])
    return np.flatnonzero(may & (homes.draw(f"{name} owner") < MIXTURE[name])).astype(np.int32)


def measure() -> Iterator[Measurement]:
    """Each kind with one device a home, all of them together, and the mixed population; time an interval, mean of a day."""
    homes, day = homes_of(HOMES), day_of(HOMES)
    everyone = np.arange(HOMES, dtype=np.int32)
    yield from _population("every kind", {name: Case.of(name, homes, everyone, day) for name in FLEXIBLE}, LIMIT, each=True)
    mixed = {name: Case.of(name, homes, owners(homes, name), day) for name in FLEXIBLE}
    yield from _population("mixture", mixed, LIMIT)


def _population(name: str, cases: Mapping[str, Case], limit: float | None, *, each: bool = False) -> Iterator[Measurement]:
    """What `span` and `step` take, and what `meet` and `worth` take, of all kinds together; each: and of each."""
    parts: dict[str, tuple[Callable[[Case], None], Callable[[Case], None]]] = {
        "span and step": (Case.spans, Case.steps),
        "meet and worth": (Case.meets, Case.worths),
    }
    for part, works in parts.items():
        spent, rows = 0.0, 0
        for kind, case in cases.items():
            took = sum(best(lambda work=work, case=case: work(case)) for work in works) / len(case.met)  # type: ignore[misc]
            spent, rows = spent + took, rows + len(case.devices)
            if each:
                yield Measurement(f"{kind}, {part}", len(case.devices), "interval", took, "numpy.sort", _sorting(len(case.devices)))
        yield Measurement(
            f"{name}, {part}", rows, "interval", spent, "numpy.sort", _sorting(rows), limit if part == "span and step" else None
        )


def _sorting(rows: int) -> float:
    """What it takes to sort a column of so many rows. [s]"""
    column = np.random.default_rng(rows).random(rows)
    return best(lambda: np.sort(column))
