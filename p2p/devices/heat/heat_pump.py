"""Heat pumps that keep a building in the band of comfort that its people set."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from p2p.base.columns import Columns, Flags, Floats, Indices
from p2p.devices.around import Day, Prices
from p2p.devices.heat import pumping
from p2p.devices.heat.building import drawn, total_loss
from p2p.devices.heat.cop import FLOOR, RADIATOR, coefficient
from p2p.devices.heat.limits import chosen, refuse, within
from p2p.devices.heat.pumping import Today
from p2p.devices.homes import Homes
from p2p.devices.specification import FlexSpecification
from p2p.devices.stores import Stores
from p2p.devices.worth import Worth

CONTROL = "FRBC"

MISSED = "K·h"
"""Rooms colder than the band, and rooms warmer than it by what the heat pump itself added in the interval, at its end. Rooms that the
sun or a hot day warms beyond the band are not counted: the device can't cool."""


@dataclass(frozen=True, slots=True)
class HeatPump(Columns):
    """Heat pumps and the buildings that they heat; D rows.

    owner:     [D] int32, the prosumer
    loss:      [D] from the rooms to the outside: air and windows [kW/K]
    outer:     [D] from the mass to the outside: walls and roof; of a building of one node from the rooms, too [kW/K]
    coupling:  [D] between rooms and mass [kW/K]
    capacity:  [D] of the rooms, or of the building of one node [kWh/K]
    mass:      [D] of the mass; 0 for a building of one node (1R1C) [kWh/K]
    radiant:   [D] share of all heat that goes into the mass
    aperture:  [D] area of horizontal sunshine that comes in [m2]
    internal:  [D] heat of people and appliances [kW]
    rating:    [D] most power [kW]
    part:      [D] smallest power over the rating, when it runs
    run:       [D] least time that it runs [h]
    ground:    [D] bool, whether the ground is its source, not the air
    soil:      [D] what brine brings from the ground [degC]
    at_zero:   [D] flow temperature at 0 degC outside [degC]
    fall:      [D] how much the flow is colder for each kelvin that is warmer outside
    quality:   [D] share of the coefficient of performance on the test bench that real operation keeps
    day_low:   [D] coldest that the rooms may be by day [degC]
    night_low: [D] by night, at most `day_low` [degC]
    most:      [D] warmest that it may heat the rooms [degC]
    wake, sleep: [D] local hours between which it is day [h]
    limit:     [D] mean outdoor temperature of the day from which it only holds the lower bound [degC]
    off_from, off_until: [D, W] local hours of lock-outs, none where both are the same [h]
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
    memo: dict[float, Floats] = field(default_factory=dict, init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class State(Columns):
    """Heat pumps between two intervals, and what the interval brings; D rows.

    room:    [D] temperature of the rooms [degC]
    mass:    [D] of the mass; that of the rooms in a building of one node [degC]
    running: [D] how long it has run without a stop; 0 when it is off [h]
    missed:  [D] comfort lost in the last interval; see `MISSED` [K·h]
    outdoor: [D] temperature outside [degC]
    gain:    [D] heat of sun, people and appliances [kW]
    cop:     [D] coefficient of performance
    least:   [D] coldest that the rooms may be at its end [degC]
    early:   [D] to be warm when people wake, `of_room` of the rooms' and `of_mass` of the mass's warmth over the outside must come
        to this at its end; minus infinity by day [K]
    of_room, of_mass: [D] what is left of them in the rooms until then
    top:     [D] warmest that it may heat them [degC]
    locked:  [D] bool, whether it is locked out; by the hour, or by a call from outside
    """

    room: Floats
    mass: Floats
    running: Floats
    missed: Floats
    outdoor: Floats
    gain: Floats
    cop: Floats
    least: Floats
    early: Floats
    of_room: Floats
    of_mass: Floats
    top: Floats
    locked: Flags


def start(pump: HeatPump, day: Day) -> State:
    """Rooms in the middle of the band of the night, off."""
    room, mass = pumping.begun(pump, day)
    none = np.zeros(len(pump))
    return State(room, mass, none, none, *pumping.met(pump, none, pumping.today(day).sky[0]))


def today(pump: HeatPump, day: Day) -> Today:
    """The weather and the clock."""
    return pumping.today(day)


def meet(pump: HeatPump, state: State, today: Today, place: int) -> State:
    """The state with the weather, the bounds and the lock-outs of an interval."""
    return State(state.room, state.mass, state.running, state.missed, *pumping.met(pump, np.zeros(len(pump)), today.sky[place]))


def span(pump: HeatPump, state: State, hours: float) -> tuple[Floats, Floats]:
    """Lowest power, which comfort or the running time needs, and highest, which keeps the rooms below their top.

    A start must leave room for the least time that it runs, unless comfort needs it. Power below the smallest is a mean:
    see `hold`. [D] [kW]
    """
    return pumping.spanned(pump, state, np.zeros(len(pump)), np.zeros(len(pump), np.int8), hours)


def hold(pump: HeatPump, state: State, power: Floats, hours: float) -> Floats:
    """The nearest power that is nothing or at least the smallest; where the span has none of both, it cycles and its mean is held.

    [D] [kW]
    """
    return pumping.held(pump, state, np.zeros(len(pump)), np.zeros(len(pump), np.int8), power, hours)


def habit(pump: HeatPump, state: State, span: tuple[Floats, Floats], hours: float) -> Floats:
    """Where nobody steers it, its thermostat keeps the lower end of the band (assumption). [D] [kW]"""
    return span[0]


def step(pump: HeatPump, state: State, power: Floats, hours: float) -> State:
    """The state after holding `power`: the exact answer of the building to held heat, sun and outdoor temperature."""
    none, ones = np.zeros(len(state)), np.ones(len(state))
    room, mass, running, missed, _ = pumping.stepped(pump, state, none, ones, power, hours)
    return State(
        room,
        mass,
        running,
        missed,
        state.outdoor,
        state.gain,
        state.cop,
        state.least,
        state.early,
        state.of_room,
        state.of_mass,
        state.top,
        state.locked,
    )


def worth(pump: HeatPump, state: State, today: Today, place: int, span: tuple[Floats, Floats], prices: Prices, hours: float) -> Worth:
    """Two equal steps, worth what the warmth of the rooms within their band says; as `worth.by_fill`."""
    from p2p.devices.heat.kernels import heating_worths

    low, high = span
    width, value = np.empty((2, len(state))), np.empty((2, len(state)))
    heating_worths(
        pumping.answers(pump, hours), state.room, state.mass, state.outdoor, state.gain, state.cop, state.least, pump.most, low, high,
        prices.dearest, prices.cheapest, width, value,
    )  # fmt: skip
    return Worth(width, value)


def store(pump: HeatPump, state: State, today: Today, place: int, length: int, hours: float) -> Stores:
    """The buildings as stores of heat over the next `length` intervals, from 0 degC up.

    Two nodes are taken as one that holds the heat of both: exact for one node; for two, the mass is warmer than the rooms by what
    flows through it when the heat that holds the rooms at their lower bound is steady, and the bounds move up by as much.
    """
    ahead = [pumping.met(pump, np.zeros(len(pump)), sky) for sky in today.sky[place : place + length]]
    outdoor, gain, cop, least, _, _, _, top, locked = (np.stack(rows) for rows in zip(*ahead, strict=True))
    total, capacity = total_loss(pump), pump.capacity + pump.mass
    keep = np.exp(-total / capacity * hours)
    two = pump.mass > 0
    # mass over rooms for each kW of steady heat [K/kW], and what that stores [kWh]
    warmer = np.where(two, (pump.radiant - pump.outer / total) / np.where(two, pump.coupling + pump.outer, 1.0), 0.0)
    deeper = pump.mass * warmer * total * np.maximum(least - outdoor, 0.0)
    heat_left = (1 - keep) * capacity / (total * hours)
    zeros = np.zeros((length, len(state)))
    return Stores(
        level=pump.capacity * state.room + pump.mass * state.mass,
        keep=keep,
        inflow=(1 - keep) * (capacity * (outdoor + gain / total) + deeper),
        least=capacity * least + deeper,
        most=capacity * np.maximum(top, least) + deeper,
        low=zeros,
        high=np.where(locked, 0.0, pump.rating),
        into=cop * heat_left,
        out=zeros + 1.0,
        wear=np.zeros(len(state)),
    )


def specification(pump: HeatPump) -> FlexSpecification:
    """Shifts the heat that the band between its bounds holds, at 0 degC outside; what it did not draw it draws later."""
    rows = np.ones(len(pump))
    cop = coefficient(0.0, pump.soil, pump.ground, pump.at_zero, pump.fall, pump.quality)
    heat = (pump.capacity + pump.mass) * np.maximum(pump.most - pump.day_low, 0.0)
    return FlexSpecification(
        owner=pump.owner, bidirectional=rows < 0, low=0 * rows, high=pump.rating, energy=heat / cop, lead_time=0 * rows,
        duration=heat / (total_loss(pump) * pump.day_low), recovery=rows, price=0 * rows, first=0 * rows, last=24 * rows,
        involvement=np.full(len(rows), "passive"),
    )  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """How heat pumps and their buildings are drawn; two numbers are the ends of an even draw.

    area : floor of the building [m2]; 111 to 216 in TABULA's German single-family houses.
    loss : of the building for each m2 [W/(m2 K)]: from houses of 2016 to those of 1979, see `building.EXPERIENCE`.
    heavy : heat capacity for each m2 [Wh/(m2 K)]; ISO 13790, table 12: light 31, medium 46, heavy 72.
    nodes : 1 (1R1C) or 2 (2R2C).
    floor_heating : share of buildings with floor heating, the others have radiators (assumption).
    ground : share of heat pumps with the ground as their source (assumption).
    soil : what brine brings [degC]: soil of 10 degC less 5 K (assumption; the 5 K after Ruhnau et al. 2019).
    quality : share of the test bench's coefficient that operation keeps (after Ruhnau et al. 2019).
    design : outdoor temperature for which it is sized [degC] (assumption).
    spare : heat at that temperature over the heat load (assumption).
    part : smallest power over the rating, when it runs (assumption).
    run : least time that it runs [h] (assumption).
    day_low : coldest that the rooms may be by day [degC] (assumption).
    night_low : coldest that they may be by night [degC] (assumption).
    band : how much warmer than by day they may be [K] (assumption).
    wake : local hour at which it becomes day [h] (assumption).
    sleep : local hour at which it becomes night [h] (assumption).
    limit : mean outdoor temperature of the day from which it only holds the lower bound [degC] (VDI 4710 counts heating days
        below 15 degC).
    locks : how many lock-outs a day, at most 3; at 6, 11 and 17 o'clock (assumption).
    lock_hours : how long each lock-out lasts [h] (assumption).
    """

    area: tuple[float, float] = (110.0, 220.0)
    loss: tuple[float, float] = (1.1, 2.2)
    heavy: tuple[float, float] = (30.0, 72.0)
    nodes: int = 2
    floor_heating: float = 0.5
    ground: float = 0.2
    soil: float = 5.0
    quality: float = 0.85
    design: float = -12.0
    spare: float = 1.1
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

    def __post_init__(self) -> None:
        faults = within(
            self, area=(10, 100_000), loss=(0.1, 10), heavy=(5, 300), nodes=(1, 2), floor_heating=(0, 1), ground=(0, 1), soil=(-10, 30),
            quality=(0.1, 1.5), design=(-40, 10), spare=(0.1, 5), part=(0, 1), run=(0, 24), day_low=(5, 30), night_low=(5, 30),
            band=(0, 15), wake=(0, 24), sleep=(0, 24), limit=(-40, 40), locks=(0, 3), lock_hours=(0, 4),
        )  # fmt: skip
        refuse(faults + chosen(self))

    def __call__(self, homes: Homes, owner: Indices) -> HeatPump:
        """The heat pumps of those who own one."""
        ones = np.ones(len(owner))

        def share(name: str) -> Floats:
            return homes.draw(f"heat pump {name}")[owner]

        def between(ends: tuple[float, float], name: str) -> Floats:
            return homes.between(ends, f"heat pump {name}")[owner]

        floor, ground = share("floor heating") < self.floor_heating, share("ground") < self.ground
        house = drawn(homes, owner, self.area, self.loss, self.heavy, self.nodes, np.where(floor, 0.9, 0.5))
        at_zero, fall = (np.where(floor, below, above) for below, above in zip(FLOOR, RADIATOR, strict=True))
        cop = coefficient(self.design, self.soil * ones, ground, at_zero, fall, self.quality * ones)
        day_low = between(self.day_low, "day")
        load = total_loss(house) * np.maximum(day_low - self.design, 1.0)
        locks = np.where(np.arange(3) < self.locks, [6.0, 11.0, 17.0], 0.0) * ones[:, None]
        return HeatPump(
            owner, house.loss, house.outer, house.coupling, house.capacity, house.mass, house.radiant, house.aperture, house.internal,
            self.spare * load / cop, self.part * ones, self.run * ones, ground, self.soil * ones, at_zero, fall, self.quality * ones,
            day_low, np.minimum(between(self.night_low, "night"), day_low), day_low + self.band, between(self.wake, "wake"),
            between(self.sleep, "sleep") % 24, self.limit * ones, locks, locks + np.where(locks > 0, self.lock_hours, 0.0),
        )  # fmt: skip
