"""Back-up generators that burn diesel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Columns, Floats, Indices
from p2p.base.errors import Fault, InputError
from p2p.devices.around import Day, Prices
from p2p.devices.homes import Homes
from p2p.devices.specification import FlexSpecification
from p2p.devices.worth import Worth

CONTROL = "OMBC"
FUEL = "diesel"
MAKES = True

CO2 = 0.2534
"""Of diesel [kg/kWh, upper heating value]: 74.1 t/TJ of lower heating value (IPCC, "Guidelines for national greenhouse gas inventories",
2006, volume 2, table 2.2), which of liquid fuels is 5 % less than the upper one (chapter 1, section 1.4.1.2)."""

LITRE = 10.5
"""Upper heating value of a litre of diesel: 43.0 MJ/kg of lower heating value (the same, table 1.2), 5 % more, and 0.835 kg/l
(assumption, within the 0.820 to 0.845 of EN 590) [kWh/l]."""

IDLE, SLOPE = 1.66 / 50, 6.82 / 25
"""Fuel over time: of no load, for each kW of rating, and of each kW made [l/h]. From the example of a 50 kW generator that burns 8.48 l/h
at 25 kW and 15.3 l/h at 50 kW in HOMER Energy, "HOMER Pro 3.12 user manual", article "Generator fuel curve intercept coefficient"."""


@dataclass(frozen=True, slots=True)
class Generator(Columns):
    """Generators behind the meter; D rows. Fuel is a straight line over power, so efficiency falls with the load.

    owner:   [D] int32, the prosumer
    rating:  [D] most power [kW]
    minimum: [D] least power when it runs, over 0 [kW]
    stay:    [D] shortest time that it runs [h]
    idle:    [D] fuel of no load over rating [kWh/h for each kW]
    slope:   [D] fuel for each kWh made on top of that [kWh]
    begin:   [D] cost of a start [µEUR]
    """

    owner: Indices
    rating: Floats
    minimum: Floats
    stay: Floats
    idle: Floats
    slope: Floats
    begin: Floats


@dataclass(frozen=True, slots=True)
class State(Columns):
    """How long a generator has run and what it burnt.

    run:    [D] time since its start, 0 when it stands still [h]
    fuel:   [D] burnt in the interval stepped last, upper heating value [kWh]
    starts: [D] int32, starts in the interval stepped last
    """

    run: Floats
    fuel: Floats
    starts: Indices


@dataclass(frozen=True, slots=True)
class Today:
    """What a day brings to generators: nothing."""


def start(generator: Generator, day: Day) -> State:
    """The state before the first interval: it stands still."""
    zero = np.zeros(len(generator))
    return State(zero, zero, np.zeros(len(generator), np.int32))


def today(generator: Generator, day: Day) -> Today:
    """What a day brings to the generators."""
    return Today()


def meet(generator: Generator, state: State, today: Today, place: int) -> State:
    """The state as an interval finds it: nothing from outside changes a generator."""
    return state


def span(generator: Generator, state: State, hours: float) -> tuple[Floats, Floats]:
    """Lowest and highest power each generator can hold for one interval.

    One that has run for less than its shortest time makes its least power until then.

    Parameters
    ----------
    hours : length of the interval. [h]

    Returns
    -------
    low, high : [D] net withdrawal, not positive. [kW]
    """
    from p2p.devices.flexible.kernels import generator_span

    low, high = np.empty(len(state)), np.empty(len(state))
    generator_span(generator.rating, generator.minimum, generator.stay, state.run, hours, low, high)
    return low, high


def hold(generator: Generator, state: State, power: Floats, hours: float) -> Floats:
    """The power that a generator really holds: at least its minimum, or as little as it must, whichever is nearer. [D] [kW]"""
    from p2p.devices.flexible.kernels import generator_hold

    _, high = span(generator, state, hours)
    held = np.empty(len(state))
    generator_hold(generator.minimum, power, high, held)
    return held


def step(generator: Generator, state: State, power: Floats, hours: float) -> State:
    """The state after holding `power`, which lies in `span`.

    A mean below the minimum is the minimum for a part of the interval: its last part if it starts, its first if it stops.
    """
    from p2p.devices.flexible.kernels import generator_step

    run, fuel, starts = np.empty(len(state)), np.empty(len(state)), np.empty(len(state), np.int32)
    generator_step(
        generator.rating, generator.minimum, generator.stay, generator.idle, generator.slope, state.run, power, hours, run, fuel, starts
    )
    return State(run, fuel, starts)


def worth(generator: Generator, state: State, today: Today, place: int, span: tuple[Floats, Floats], prices: Prices, hours: float) -> Worth:
    """What a kWh costs to make, in one step: dearer ones it takes off people's hands.

    For a generator that may stand still that is fuel at full load, that of no load included, and where it would have to start, the
    start, spread over full load for the shortest time that it runs, or an interval. For one that must run, power above its minimum
    costs the fuel that comes on top.
    """
    low, high = span
    still = state.run <= 0
    begin = np.where(still, generator.begin / (np.maximum(generator.stay, hours) * generator.rating), 0.0)
    block = np.where(high > -generator.minimum, generator.idle * prices.diesel + begin, 0.0)
    mean: Floats = generator.slope * prices.diesel + block
    return Worth((high - low)[None], mean[None])


def specification(generator: Generator) -> FlexSpecification:
    """Makes power at any time; what it costs is its fuel."""
    rows = np.ones(len(generator))
    return FlexSpecification(
        owner=generator.owner, bidirectional=rows > 0, low=-generator.rating, high=0 * rows, energy=np.full(len(rows), np.inf),
        lead_time=0 * rows, duration=np.full(len(rows), np.inf), recovery=0 * rows,
        price=0 * rows, first=0 * rows, last=24 * rows,
        involvement=np.full(len(rows), "managed"),
    )  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """How generators are drawn.

    share : range of rating over rated load, uniform (assumption).
    minimum : least power over rating (assumption).
    stay : shortest time that it runs [h] (assumption).
    begin : cost of a start for each kW of rating [EUR/kW] (assumption).
    """

    share: tuple[float, float] = (0.5, 1.0)
    minimum: float = 0.3
    stay: float = 1.0
    begin: float = 0.02

    def __post_init__(self) -> None:
        faults = []
        if not 0 < self.share[0] <= self.share[1]:
            faults.append(Fault("share", f"{self.share}", "two shares over 0, the smaller first"))
        if not 0 < self.minimum <= 1:
            faults.append(Fault("minimum", f"{self.minimum:g}", "over 0 to 1"))
        faults += [Fault(name, f"{getattr(self, name):g}", "0 or more") for name in ("stay", "begin") if not getattr(self, name) >= 0]
        if faults:
            raise InputError(faults)

    def __call__(self, homes: Homes, owner: Indices) -> Generator:
        """The generators of those who own one."""
        rating = (homes.load * homes.between(self.share, "generator size"))[owner]
        ones = np.ones(len(owner))
        return Generator(
            owner, rating, self.minimum * rating, self.stay * ones, IDLE * LITRE * ones, SLOPE * LITRE * ones,
            self.begin * 1e6 * rating,
        )  # fmt: skip
