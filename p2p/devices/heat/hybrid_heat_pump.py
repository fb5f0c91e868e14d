"""Hybrid heat pumps: one heat demand, from electricity or from gas."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from p2p.base.columns import Columns, Flags, Floats, Indices, Signs
from p2p.base.errors import Fault, InputError
from p2p.devices.around import Day, Prices
from p2p.devices.heat import heat_pump, pumping
from p2p.devices.heat.building import total_loss
from p2p.devices.heat.limits import chosen, refuse, within
from p2p.devices.heat.pumping import Today
from p2p.devices.homes import Homes
from p2p.devices.specification import FlexSpecification
from p2p.devices.worth import Worth

CONTROL = "DDBC"

MISSED = heat_pump.MISSED

FUEL = "gas"


@dataclass(frozen=True, slots=True)
class Hybrid(Columns):
    """Heat pumps beside gas boilers, and the buildings that they heat; D rows. What is not said here is as in `HeatPump`.

    boiler:     [D] most heat from gas [kW]
    efficiency: [D] heat over gas, upper heating value
    priced:     [D] bool, whether it takes what is cheaper; if not, it takes electricity unless gas is asked for
    """

    owner: Indices
    loss: Floats
    outer: Floats
    coupling: Floats
    capacity: Floats
    mass: Floats
    radiant: Floats
    aperture: Floats
    internal: Floats
    rating: Floats
    part: Floats
    run: Floats
    ground: Flags
    soil: Floats
    at_zero: Floats
    fall: Floats
    quality: Floats
    day_low: Floats
    night_low: Floats
    most: Floats
    wake: Floats
    sleep: Floats
    limit: Floats
    off_from: Floats
    off_until: Floats
    boiler: Floats
    efficiency: Floats
    priced: Flags
    memo: dict[float, Floats] = field(default_factory=dict, init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class State(Columns):
    """Hybrid heat pumps between two intervals, and what the interval brings; D rows. The rest is as in `heat_pump.State`.

    asked: [D] int8, what is asked for from outside: +1 electricity, -1 gas, 0 nothing
    fuel:  [D] gas burnt in the last interval, upper heating value [kWh]
    """

    room: Floats
    mass: Floats
    running: Floats
    missed: Floats
    asked: Signs
    fuel: Floats
    outdoor: Floats
    gain: Floats
    cop: Floats
    least: Floats
    early: Floats
    of_room: Floats
    of_mass: Floats
    top: Floats
    locked: Flags


def start(hybrid: Hybrid, day: Day) -> State:
    """Rooms in the middle of the band of the night, off, nothing asked for."""
    room, mass = pumping.begun(hybrid, day)
    none = np.zeros(len(hybrid))
    return State(
        room, mass, none, none, np.zeros(len(hybrid), np.int8), none, *pumping.met(hybrid, hybrid.boiler, pumping.today(day).sky[0])
    )


def today(hybrid: Hybrid, day: Day) -> Today:
    """The weather and the clock."""
    return pumping.today(day)


def meet(hybrid: Hybrid, state: State, today: Today, place: int) -> State:
    """The state with the weather, the bounds and the lock-outs of an interval; what was asked for stands until it is taken back."""
    return State(
        state.room, state.mass, state.running, state.missed, state.asked, state.fuel, *pumping.met(hybrid, hybrid.boiler, today.sky[place])
    )  # fmt: skip


def span(hybrid: Hybrid, state: State, hours: float) -> tuple[Floats, Floats]:
    """Lowest power, 0 as long as gas alone keeps the rooms warm, and highest, which keeps them below their top. [D] [kW]

    What is asked for closes one end: with electricity the lowest covers all that comfort needs, with gas the highest is the lowest.
    """
    return pumping.spanned(hybrid, state, hybrid.boiler, state.asked, hours)


def hold(hybrid: Hybrid, state: State, power: Floats, hours: float) -> Floats:
    """The nearest power that is nothing or at least the smallest; see `heat_pump.hold`. [D] [kW]"""
    return pumping.held(hybrid, state, hybrid.boiler, state.asked, power, hours)


def step(hybrid: Hybrid, state: State, power: Floats, hours: float) -> State:
    """The state after holding `power`; gas makes up what the rooms need beyond it."""
    room, mass, running, missed, fuel = pumping.stepped(hybrid, state, hybrid.boiler, hybrid.efficiency, power, hours)
    return State(
        room, mass, running, missed, state.asked, fuel, state.outdoor, state.gain, state.cop, state.least, state.early, state.of_room, state.of_mass, state.top,
        state.locked,
    )  # fmt: skip


def worth(hybrid: Hybrid, state: State, today: Today, place: int, span: tuple[Floats, Floats], prices: Prices, hours: float) -> Worth:
    """Three steps: what takes the place of gas now is worth that gas, cop x gas price / efficiency; then two of warming up.

    Warming up is worth what the warmth of the rooms says, at most that gas. So electricity is bought when its price over the
    coefficient of performance is below that of gas over the boiler's efficiency. One that is not `priced` gives for what comfort
    needs at least the dearest price ahead.
    """
    from p2p.devices.heat.kernels import hybrid_worths

    low, high = span
    width, value = np.empty((3, len(state))), np.empty((3, len(state)))
    hybrid_worths(
        pumping.answers(hybrid, hours), state.room, state.mass, state.outdoor, state.gain, state.cop, state.least, state.early, state.of_room, state.of_mass, hybrid.day_low, hybrid.most,
        hybrid.efficiency, hybrid.priced, low, high, prices.dearest, prices.cheapest, prices.gas, width, value,
    )  # fmt: skip
    return Worth(width, value)


def specification(hybrid: Hybrid) -> FlexSpecification:
    """All its power, for as long as there is gas; what it did not draw is burnt, not drawn later. Its price is that of the gas."""
    rows = np.ones(len(hybrid))
    return FlexSpecification(
        owner=hybrid.owner, bidirectional=rows < 0, low=0 * rows, high=hybrid.rating, energy=np.inf * rows, lead_time=0 * rows,
        duration=np.inf * rows, recovery=0 * rows, price=0 * rows, first=0 * rows, last=24 * rows,
        involvement=np.full(len(rows), "passive"),
    )  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """How hybrid heat pumps and their buildings are drawn; what is not said here is as in `heat_pump.Sizes`.

    loss : houses that still need a boiler [W/(m2 K)]: those from 1969 to 2001, see `building.EXPERIENCE`.
    spare : heat of the heat pump alone at the design temperature over the heat load; the boiler makes up the rest (assumption).
    efficiency : of a condensing boiler, upper heating value (assumption).
    switch : "price" takes what is cheaper, "request" takes electricity until gas is asked for.
    """

    area: tuple[float, float] = (110.0, 220.0)
    loss: tuple[float, float] = (2.1, 3.4)
    heavy: tuple[float, float] = (30.0, 72.0)
    nodes: int = 2
    floor_heating: float = 0.0
    ground: float = 0.0
    soil: float = 5.0
    quality: float = 0.85
    design: float = -12.0
    spare: float = 0.4
    part: float = 0.3
    run: float = 0.5
    day_low: tuple[float, float] = (19.5, 21.0)
    night_low: tuple[float, float] = (17.0, 19.0)
    band: float = 2.0
    wake: tuple[float, float] = (5.5, 7.5)
    sleep: tuple[float, float] = (21.5, 23.5)
    limit: float = 15.0
    locks: int = 0
    lock_hours: float = 2.0
    efficiency: float = 0.92
    switch: str = "price"

    def __post_init__(self) -> None:
        faults: list[Fault] = []
        try:
            self.pump()
        except InputError as error:
            faults.extend(error.faults)
        refuse(faults + within(self, efficiency=(0.3, 1.0)) + chosen(self, switch=("price", "request")))

    def pump(self) -> heat_pump.Sizes:
        """How the heat pump in it is drawn."""
        names = heat_pump.Sizes.__dataclass_fields__
        return heat_pump.Sizes(**{name: getattr(self, name) for name in names})

    def __call__(self, homes: Homes, owner: Indices) -> Hybrid:
        """The hybrid heat pumps of those who own one."""
        pump = self.pump()(homes, owner)
        ones = np.ones(len(owner))
        boiler = 1.2 * total_loss(pump) * np.maximum(pump.day_low - self.design, 1.0)
        return Hybrid(
            **pump.columns(), boiler=boiler, efficiency=self.efficiency * ones, priced=np.full(len(owner), self.switch == "price")
        )
