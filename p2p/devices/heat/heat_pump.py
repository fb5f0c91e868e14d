"""Heat pumps and the buildings that they keep warm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from p2p.base.columns import Columns, Flags, Floats, Indices
from p2p.base.errors import Fault, InputError
from p2p.devices.around import Day, Prices
from p2p.devices.heat.cop import FLOOR, RADIATOR, REAL, performance
from p2p.devices.homes import Homes
from p2p.devices.specification import FlexSpecification
from p2p.devices.stores import Stores
from p2p.devices.worth import Worth, by_fill

CONTROL = "FRBC"
MISSED = "K·h"

NIGHT = (22.0, 6.0)
"""Local hours between which the night's temperature is enough (assumption). [h]"""

LOCKOUTS = ((11.0, 13.0), (17.0, 19.0))
"""Local hours in which a contract with lock-outs keeps it off; older German tariffs allow up to three of 2 h a day (assumption). [h]"""

DESIGN = -12.0
"""Outdoor temperature for which a heat pump is sized, as in much of Germany (DIN EN 12831; assumption). [degC]"""

REFERENCE = 18.0
"""Temperature from which stored heat is counted in `store`. [degC]"""


@dataclass(frozen=True, slots=True)
class HeatPump(Columns):
    """Heat pumps and their buildings; D rows.

    owner:    [D] int32, the prosumer
    rating:   [D] most electric power [kW]
    least:    [D] least electric power when it runs [kW]
    run:      [D] shortest time that it runs [h]
    lockouts: [D] bool, whether its contract has lock-outs
    ground:   [D] bool, heat from the ground; else from the air
    at_zero:  [D] flow temperature at 0 degC outdoors [degC]
    slope:    [D] how much warmer for each degree that it is colder
    factor:   [D] coefficient of performance over the test bench's
    loss:     [D] heat lost for each degree that it is warmer inside [kW/K]
    air:      [D] heat capacity of the air and what goes with it; of the whole building in a 1R1C model [kWh/K]
    mass:     [D] heat capacity of the mass behind it; 0 for a 1R1C model [kWh/K]
    coupling: [D] from air to mass [kW/K]
    aperture: [D] area through which the global irradiance would come in whole [m2]
    internal: [D] gains from people and things [kW]
    day, night: [D] lowest temperature that people accept by day and by night [degC]
    band:     [D] how far above it they accept [K]
    ramp:     [D] how fast the lower end rises towards the morning [K/h]
    """

    owner: Indices
    rating: Floats
    least: Floats
    run: Floats
    lockouts: Flags
    ground: Flags
    at_zero: Floats
    slope: Floats
    factor: Floats
    loss: Floats
    air: Floats
    mass: Floats
    coupling: Floats
    aperture: Floats
    internal: Floats
    day: Floats
    night: Floats
    band: Floats
    ramp: Floats


@dataclass(frozen=True, slots=True)
class State:
    """What an interval of a heated building hands to the next, and what it meets.

    warmth:  [2, D] temperature of the air and of the mass [degC]
    on:      [D] how long it has run, 0 when off [h]
    missed:  [D] time outside the band times how far: below it always, above it as far as the device's own heat did it [K·h]
    outside: [5, D] outdoor temperature [degC], gains [kW], heat for each kW, lower and upper end of the band [degC]
    locked:  [D] bool
    table:   [5, D] hours of an interval, and the building's transition over it
    fuel:    [D] fuel burnt, by those that have a boiler, too [kWh]
    """

    warmth: Floats
    on: Floats
    missed: Floats
    outside: Floats
    locked: Flags
    table: Floats
    fuel: Floats

    def __len__(self) -> int:
        return len(self.on)


@dataclass(frozen=True, slots=True)
class Today:
    """What a day brings to heated buildings.

    outside: [T, 5, D] as in `State`
    locked:  [T, D] bool
    """

    outside: Floats
    locked: Flags


def start(pump: HeatPump, day: Day) -> State:
    """In the middle of the band, off."""
    from p2p.devices.heat.kernels import transitions

    table = np.empty((5, len(pump)))
    transitions(pump.loss, pump.air, pump.mass, pump.coupling, day.hours, table)
    begin = today(pump, day)
    middle = begin.outside[0, 3:].mean(axis=0)
    zero = np.zeros(len(pump))
    return State(np.stack((middle, middle)), zero, zero, begin.outside[0], begin.locked[0], table, zero)


def today(pump: HeatPump, day: Day) -> Today:
    """Weather, band and lock-outs of a day."""
    count = len(pump)
    temperature, light = day.weather.temperature, day.weather.ghi
    outside = np.empty((len(day), 5, count))
    outside[:, 0] = temperature[:, None]
    outside[:, 1] = pump.internal + pump.aperture * light[:, None] / 1_000
    for place, outdoor in enumerate(temperature):
        outside[place, 2] = performance(pump.ground, pump.at_zero, pump.slope, pump.factor, float(outdoor))
    outside[:, 3] = least_warmth(pump, day.hour + day.hours)
    outside[:, 4] = np.maximum(pump.day, pump.night) + pump.band
    hour = day.hour[:, None]
    within = np.any([(hour >= first) & (hour < last) for first, last in LOCKOUTS], axis=0)
    return Today(outside, within & pump.lockouts)


def least_warmth(pump: HeatPump, hour: Floats) -> Floats:
    """[T, D] the lower end of the band at local hours of the day: it rises by `ramp` so as to be there when the night ends. [degC]"""
    evening, morning = NIGHT
    until = (morning - hour) % 24.0
    asleep = (until <= (morning - evening) % 24.0) & (until > 0.0)
    warming = pump.day - pump.ramp * until[:, None]
    low: Floats = np.where(asleep[:, None], np.clip(warming, np.minimum(pump.night, pump.day), pump.day), pump.day)
    return low


def meet(pump: HeatPump, state: State, today: Today, place: int) -> State:
    """The state as an interval finds it."""
    return State(state.warmth, state.on, state.missed, today.outside[place], today.locked[place], state.table, state.fuel)


def span(pump: HeatPump, state: State, hours: float) -> tuple[Floats, Floats]:
    """Lowest and highest power: what keeps the air in the band until the interval ends, as far as the device can.

    A lock-out comes before the band. A pump that has run for less than its shortest time goes on at its least power, unless
    that would overheat the building.

    Returns
    -------
    low, high : [D] net withdrawal. [kW]
    """
    from p2p.devices.heat.kernels import heat_span

    low, high = np.empty(len(pump)), np.empty(len(pump))
    building = (pump.loss, pump.rating, pump.least, pump.run, table_for(pump, state, hours))
    heat_span(*building, state.warmth, state.outside, state.on, state.locked, low, high)
    return low, high


def table_for(pump: HeatPump, state: State, hours: float) -> Floats:
    """[5, D] the transition over so many hours: the state's own, unless it is of another interval."""
    from p2p.devices.heat.kernels import transitions

    if not len(pump) or state.table[0, 0] == hours:
        return state.table
    table = np.empty_like(state.table)
    transitions(pump.loss, pump.air, pump.mass, pump.coupling, hours, table)
    return table


def hold(pump: HeatPump, state: State, power: Floats, hours: float) -> Floats:
    """The nearest power that it can hold: none, or its least and more; where the band leaves less room than that, it cycles. [D] [kW]"""
    from p2p.devices.heat.kernels import heat_hold

    held = np.empty(len(pump))
    heat_hold(pump.least, power, *span(pump, state, hours), held)
    return held


def habit(pump: HeatPump, state: State, span: tuple[Floats, Floats], hours: float) -> Floats:
    """Where nobody steers it, its thermostat keeps the lower end of the band (assumption). [D] [kW]"""
    return span[0]


def step(pump: HeatPump, state: State, power: Floats, hours: float) -> State:
    """The building after an interval at `power`, which lies in `span`: exact for constant weather and power.

    References
    ----------
    P. Bacher and H. Madsen, "Identifying suitable models for the heat dynamics of buildings", Energy and Buildings 43 (7),
    2011: the model with the air, and the one with air and mass; here with the exact exponential.
    """
    from p2p.devices.heat.kernels import heat_step

    after, ran, missed = np.empty_like(state.warmth), np.empty(len(pump)), np.empty(len(pump))
    building = (pump.loss, pump.air, pump.mass, pump.coupling, state.table)
    heat_step(*building, state.warmth, state.outside, state.on, power, hours, after, ran, missed)
    return State(after, ran, missed, state.outside, state.locked, state.table, state.fuel)


def worth(pump: HeatPump, state: State, today: Today, place: int, span: tuple[Floats, Floats], prices: Prices, hours: float) -> Worth:
    """What heat is worth by how warm it is in the band; see `by_fill`."""
    from p2p.devices.heat.kernels import by_warmth

    fill, rise = np.empty(len(pump)), np.empty(len(pump))
    by_warmth(table_for(pump, state, hours), pump.loss, state.warmth, state.outside, *span, fill, rise)
    return by_fill(*span, fill, rise, prices)


def store(pump: HeatPump, state: State, today: Today, place: int, length: int, hours: float) -> Stores:
    """Heat above `REFERENCE` in the air's capacity; exact for 1R1C, and over one interval for 2R2C, whose mass is taken as it is now."""
    _, a, b, _, _ = table_for(pump, state, hours)
    outside = today.outside[place : place + length]
    outdoor, gains, heat, lower, upper = (outside[:, row] for row in range(5))
    left = 1 - a - b
    free = left * (outdoor - REFERENCE + gains / pump.loss) + b * (state.warmth[1] - REFERENCE)
    high = np.where(today.locked[place : place + length], 0.0, pump.rating)
    level = pump.air * (state.warmth[0] - REFERENCE)
    return Stores(
        level=level, keep=a, inflow=pump.air * free, least=pump.air * (lower - REFERENCE), most=pump.air * (upper - REFERENCE), low=0.0 * high,
        high=high, into=left * pump.air * heat / (pump.loss * hours), out=np.ones_like(high), wear=np.zeros(len(pump)),
    )  # fmt: skip


def specification(pump: HeatPump) -> FlexSpecification:
    """Shifts the heat of its band; what is not heated now is heated later, a little less as it was colder meanwhile."""
    rows = np.ones(len(pump))
    heat = (pump.air + pump.mass) * pump.band
    mild = performance(pump.ground, pump.at_zero, pump.slope, pump.factor, 5.0)
    return FlexSpecification(
        owner=pump.owner, bidirectional=rows < 0, low=0 * rows, high=pump.rating, energy=heat / mild, lead_time=0 * rows,
        duration=heat / (pump.loss * 15.0), recovery=0.9 * rows, price=0 * rows, first=0 * rows, last=24 * rows,
        involvement=np.full(len(rows), "passive"),
    )  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """How heat pumps and their buildings are drawn.

    area : range of heated floor areas, uniform [m2] (assumption).
    heat_load : range of the heat load at -12 degC, uniform [W/m2]: from renovated to half-renovated stock (assumption).
    capacity : range of heat capacities, uniform [kJ/(m2 K)]: from light to heavy in ISO 13790:2008, table 12 (110 to 260).
    two_nodes : share of buildings with air and mass apart (2R2C); the others are one node (1R1C) (assumption).
    ground : share with heat from the ground (assumption).
    floor : share with floor heating (assumption).
    factor : coefficient of performance over the test bench's.
    oversize : rating over what the heat load needs (assumption).
    part_load : least power over rating (assumption).
    run : shortest time that it runs [h] (assumption).
    lockouts : share whose contract has lock-outs.
    day : range of the lowest temperature that people accept by day, uniform [degC] (assumption).
    setback : range of what they accept less at night, uniform [K] (assumption).
    band : range of what they accept above, uniform [K] (assumption).
    """

    area: tuple[float, float] = (90.0, 180.0)
    heat_load: tuple[float, float] = (40.0, 80.0)
    capacity: tuple[float, float] = (110.0, 260.0)
    two_nodes: float = 0.5
    ground: float = 0.2
    floor: float = 0.5
    factor: float = REAL
    oversize: float = 1.2
    part_load: float = 0.3
    run: float = 0.5
    lockouts: float = 0.0
    day: tuple[float, float] = (19.0, 21.0)
    setback: tuple[float, float] = (0.0, 2.0)
    band: tuple[float, float] = (2.0, 3.0)

    def __post_init__(self) -> None:
        shares = ("two_nodes", "ground", "floor", "lockouts", "part_load")
        faults = [Fault(name, f"{getattr(self, name):g}", "0 to 1") for name in shares if not 0 <= getattr(self, name) <= 1]
        for name, least in (("area", 1.0), ("heat_load", 1.0), ("capacity", 1.0), ("day", -50.0), ("setback", 0.0), ("band", 0.1)):
            low, high = getattr(self, name)
            if not least <= low <= high:
                what = "the comfort band is empty" if name == "band" else "no range"
                faults.append(Fault(name, f"[{low:g}, {high:g}]: {what}", f"{least:g} <= lower <= upper"))
        for name, top in (("factor", 1.5), ("oversize", 10.0)):
            if not 0 < getattr(self, name) <= top:
                faults.append(Fault(name, f"{getattr(self, name):g}", f"over 0 to {top:g}"))
        if not 0 <= self.run <= 24:
            faults.append(Fault("run", f"{self.run:g}", "0 to 24 h"))
        if faults:
            raise InputError(faults)

    def __call__(self, homes: Homes, owner: Indices) -> HeatPump:
        """The heat pumps of those who own one."""
        return drawn(self, homes, owner, "heat pump")


def drawn(sizes: Sizes, homes: Homes, owner: Indices, name: str) -> HeatPump:
    """Heat pumps and their buildings, by the draws of a kind's name."""

    def between(ends: tuple[float, float], what: str) -> Floats:
        return homes.between(ends, f"{name} {what}")[owner]

    def share(part: float, what: str) -> Flags:
        found: Flags = homes.draw(f"{name} {what}")[owner] < part
        return found

    ones: Any = np.ones(len(owner))
    area = homes.size[owner] * between(sizes.area, "area")
    day = between(sizes.day, "day")
    loss = area * between(sizes.heat_load, "heat load") / (20.0 - DESIGN) / 1_000
    capacity = area * between(sizes.capacity, "capacity") / 3_600
    apart = share(sizes.two_nodes, "nodes")
    ground, floor = share(sizes.ground, "ground"), share(sizes.floor, "floor")
    at_zero, slope = (np.where(floor, low, high) for low, high in zip(FLOOR, RADIATOR, strict=True))
    design = performance(ground, at_zero, slope, sizes.factor * ones, DESIGN)
    rating = sizes.oversize * loss * (day - DESIGN) / design
    return HeatPump(
        owner=owner, rating=rating, least=sizes.part_load * rating, run=sizes.run * ones, lockouts=share(sizes.lockouts, "lockouts"),
        ground=ground, at_zero=at_zero, slope=slope, factor=sizes.factor * ones, loss=loss,
        air=np.where(apart, AIR_SHARE, 1.0) * capacity, mass=np.where(apart, 1 - AIR_SHARE, 0.0) * capacity, coupling=COUPLING * area,
        aperture=APERTURE * area, internal=INTERNAL * area, day=day, night=day - between(sizes.setback, "setback"),
        band=between(sizes.band, "band"), ramp=RAMP * ones,
    )  # fmt: skip


AIR_SHARE = 0.15
"""Share of a building's heat capacity that follows the air (assumption)."""

COUPLING = 9.1 * 2.5 / 1_000
"""From air to mass for each m2 of floor: 9.1 W/(m2 K) and 2.5 m2 of surface each (ISO 13790:2008, 12.2.2 and table 12). [kW/(m2 K)]"""

APERTURE = 0.03
"""Area that lets in the global irradiance for each m2 of floor: windows of 15 %, of which a fifth comes in (assumption)."""

INTERNAL = 3.0 / 1_000
"""Gains from people and things for each m2 of floor (assumption). [kW/m2]"""

RAMP = 0.5
"""How fast the lower end of the band rises towards the morning (assumption). [K/h]"""
