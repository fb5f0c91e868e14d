"""Cogeneration: engines that burn gas, feed in power and warm a buffer tank, small ones in homes and larger ones in firms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from p2p.base.columns import Columns, Flags, Floats, Indices
from p2p.base.errors import Fault, InputError
from p2p.devices.around import Day, Prices
from p2p.devices.homes import CLASSES, Homes
from p2p.devices.specification import FlexSpecification
from p2p.devices.tanks.warmth import PATTERNS, eased, hourly, warmed
from p2p.devices.worth import Worth

CONTROL = "DDBC"
MISSED = "kWh"
FUEL = "gas"
MAKES = True

BEGIN = 1 / 3
"""How full the tank of a heat-led engine is when it starts at the latest, as a share (assumption)."""


@dataclass(frozen=True, slots=True)
class Chp(Columns):
    """Engines with a buffer tank and a gas boiler for the rest of the heat; D rows. Efficiencies count the upper heating value.

    owner:      [D] int32, the prosumer
    rating:     [D] electric power at full load [kW]
    electric:   [D] electric efficiency
    thermal:    [D] thermal efficiency
    part:       [D] least load at which it runs, as a share of full load, over 0 to 1
    run:        [D] shortest run [h]
    capacity:   [D] heat in a full tank [kWh]
    loss:       [D] share of it that is lost in an hour, as a rate [1/h]
    boiler:     [D] heat that the gas boiler can give [kW]
    boiler_efficiency: [D]
    heat:       [D] heat that the building needs for each kelvin below `base` [kW/K]
    base:       [D] outdoor temperature above which it needs none [degC]
    water:      [D] mean heat for hot water [kW]
    wear:       [D] upkeep for each kWh of power [µEUR/kWh]
    heat_led:   [D] bool, runs by its tank alone; others may be run for the power, as long as the heat finds room
    """

    owner: Indices
    rating: Floats
    electric: Floats
    thermal: Floats
    part: Floats
    run: Floats
    capacity: Floats
    loss: Floats
    boiler: Floats
    boiler_efficiency: Floats
    heat: Floats
    base: Floats
    water: Floats
    wear: Floats
    heat_led: Flags


@dataclass(frozen=True, slots=True)
class State(Columns):
    """What an interval hands to the next, and what it finds.

    level:  [D] heat in the tank [kWh]
    on:     [D] bool, the engine runs
    left:   [D] how long it must run on, in whole intervals [h]
    need:   [D] heat that is wanted in this interval [kW]
    keep:   [D] share of the tank's heat that is left at its end
    used:   [D] heat that was wanted and got in the interval stepped last [kWh]
    spare:  [D] heat from the gas boiler in it [kWh]
    lost:   [D] standing loss in it [kWh]
    fuel:   [D] gas burnt in it by engine and boiler, upper heating value [kWh]
    missed: [D] heat that was wanted and not got in it [kWh]
    """

    level: Floats
    on: Flags
    left: Floats
    need: Floats
    keep: Floats
    used: Floats
    spare: Floats
    lost: Floats
    fuel: Floats
    missed: Floats


@dataclass(frozen=True, slots=True)
class Today:
    """What a day brings to cogeneration.

    need: [T, D] heat that is wanted [kW]
    keep: [D] share of the tank's heat that is left after an interval
    """

    need: Floats
    keep: Floats


def start(chp: Chp, day: Day) -> State:
    """Standing still, the tank half full."""
    zeros = np.zeros(len(chp))
    return State(chp.capacity / 2, zeros > 0, zeros, zeros, np.ones(len(chp)), zeros, zeros, zeros, zeros, zeros)


def today(chp: Chp, day: Day) -> Today:
    """What a day brings: rooms by the weather with a night setback, and hot water by the hours of load profile M."""
    hour = day.hour
    rooms = warmed(day, chp.heat, chp.base) * eased(hour)[:, None]
    water = 24 * hourly(PATTERNS.index("M"))[hour.astype(np.int64), None] * chp.water
    return Today(rooms + water, np.exp(-chp.loss * day.hours))


def meet(chp: Chp, state: State, today: Today, place: int) -> State:
    """The state as an interval finds it: with the heat that is wanted."""
    return State(
        state.level, state.on, state.left, today.need[place], today.keep,
        state.used, state.spare, state.lost, state.fuel, state.missed,
    )  # fmt: skip


def span(chp: Chp, state: State, hours: float) -> tuple[Floats, Floats]:
    """Lowest and highest power, neither positive, that each engine can hold for one interval. [D] [kW]

    No heat is dumped: an engine gives at most the power whose heat is wanted or finds room in the tank, and starts only if
    the tank has room for its shortest run at part load, though nobody should want heat. What runs keeps running for that
    time. A heat-led engine has no choice: it starts when the tank is a third full, and runs as hard as the tank allows until
    that is less than part load.
    """
    from p2p.devices.tanks.kernels import chp_span

    low, high = np.empty((2, len(chp.owner)))
    chp_span(
        chp.rating, chp.electric, chp.thermal, chp.part, chp.run, chp.capacity, chp.loss, chp.heat_led,
        state.level, state.on, state.left, state.need, state.keep, BEGIN, hours, low, high,
    )  # fmt: skip
    return low, high


def cost(chp: Chp, gas: float) -> Floats:
    """What a kWh of power costs: its gas and upkeep, less the gas that the boiler needs for the same heat. [D] [µEUR/kWh]

    With electric efficiency 0.28, thermal 0.62, and a boiler of 0.92, gas at 80 EUR/MWh and no upkeep that is 93 EUR/MWh.
    """
    value: Floats = gas * (1 - chp.thermal / chp.boiler_efficiency) / chp.electric + chp.wear
    return value


def worth(chp: Chp, state: State, today: Today, place: int, span: tuple[Floats, Floats], prices: Prices, hours: float) -> Worth:
    """What it saves not to generate a kWh: one step, as wide as the span; see `cost`."""
    low, high = span
    return Worth((high - low)[None], cost(chp, prices.gas)[None])


def hold(chp: Chp, state: State, power: Floats, hours: float) -> Floats:
    """The power that an engine really holds: the nearest of none and part load where it is asked for less. [D] [kW]"""
    from p2p.devices.tanks.kernels import chp_hold

    held = np.empty(len(power))
    chp_hold(chp.rating, chp.part, power, held)
    return held


def step(chp: Chp, state: State, power: Floats, hours: float) -> State:
    """The state after holding `power`, which lies in `span`; solved exactly.

    The gas boiler gives what is wanted when the tank is empty; what it can't give is missed. A mean power below part load is
    a run of part of the interval, after which the engine stands still.
    """
    from p2p.devices.tanks.kernels import chp_step

    running, after = np.empty(len(power), np.bool_), np.empty((7, len(power)))
    chp_step(
        chp.rating, chp.electric, chp.thermal, chp.part, chp.run, chp.capacity, chp.loss, chp.boiler,
        chp.boiler_efficiency, state.level, state.on, state.left, state.need, state.keep, power, hours, running, after,
    )  # fmt: skip
    return State(
        after[0], running, after[1], state.need, state.keep,
        used=after[2], spare=after[3], lost=after[4], fuel=after[5], missed=after[6],
    )  # fmt: skip


def specification(chp: Chp) -> FlexSpecification:
    """Makes power at any time as long as its heat finds room; heat-led engines offer nothing."""
    rows = np.ones(len(chp))
    given = np.where(chp.heat_led, 0.0, chp.rating)
    return FlexSpecification(
        owner=chp.owner, bidirectional=rows < 0, low=-given, high=0 * rows, energy=np.where(chp.heat_led, 0.0, np.inf),
        lead_time=0 * rows, duration=chp.capacity * chp.electric / (chp.thermal * chp.rating), recovery=0 * rows, price=chp.wear,
        first=0 * rows, last=24 * rows, involvement=np.full(len(rows), "passive"),
    )  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """How cogeneration is drawn. Homes have micro engines, firms larger and more efficient ones.

    micro_heat : range of the heat that a home loses for each kelvin, uniform [kW/K].
    heat : range of the heat that a commercial or industrial building loses for each kelvin, uniform [kW/K].
    base : outdoor temperature above which it needs no heating [degC].
    design : coldest day, of which the gas boiler alone can keep the warmth [degC].
    share : heat of the engine at full load, of the building's need on the coldest day.
    water : mean heat for hot water, of the building's need on the coldest day.
    micro_electric, micro_thermal : electric and thermal efficiency of micro engines, upper heating value.
    electric, thermal : electric and thermal efficiency of larger engines, upper heating value.
    part : least load, as a share of full load.
    run : shortest run [h].
    buffer : hours of full load that fill the tank [h].
    loss : share of the tank's heat that is lost in an hour.
    boiler_efficiency : efficiency of the gas boiler, upper heating value.
    wear : upkeep for each kWh of power [EUR/MWh].
    heat_led : share of engines that run by the tank alone.

    References
    ----------
    G. R. Simader, R. Krawinkler and G. Trnka, "Micro CHP systems: state-of-the-art", Austrian Energy Agency, 2006: the engine on its
    cover gives 5 kW of power and 12.3 kW of heat, so 2.46 kW of heat for one of power; the efficiencies of micro engines
    keep nearly to that. All else is assumed.
    """

    micro_heat: tuple[float, float] = (0.1, 0.3)
    heat: tuple[float, float] = (1.0, 5.0)
    base: float = 15.0
    design: float = -12.0
    share: float = 0.3
    water: float = 0.05
    micro_electric: float = 0.25
    micro_thermal: float = 0.6
    electric: float = 0.32
    thermal: float = 0.53
    part: float = 0.5
    run: float = 1.0
    buffer: float = 2.0
    loss: float = 0.01
    boiler_efficiency: float = 0.9
    wear: float = 20.0
    heat_led: float = 0.3

    def __post_init__(self) -> None:
        faults = [
            Fault(f"{key}", f"from {low:g} to {high:g} kW/K", "0 < low <= high")
            for key, (low, high) in {"micro_heat": self.micro_heat, "heat": self.heat}.items()
            if not 0 < low <= high < np.inf
        ]
        for key in ("share", "part", "boiler_efficiency", "micro_electric", "micro_thermal", "electric", "thermal"):
            if not 0 < getattr(self, key) <= 1:
                faults.append(Fault(f"{key}", f"{getattr(self, key):g}", "over 0 to 1"))
        for key in ("heat_led", "water"):
            if not 0 <= getattr(self, key) <= 1:
                faults.append(Fault(f"{key}", f"{getattr(self, key):g}", "0 to 1"))
        for key in ("micro_", ""):
            total = getattr(self, f"{key}electric") + getattr(self, f"{key}thermal")
            if total > 1:
                faults.append(Fault(f"{key}electric", f"with {key}thermal it is {total:g}", "at most 1 together"))
        if not -60 <= self.design < self.base <= 25:
            key = "base" if self.base > 25 else "design"
            faults.append(Fault(key, f"design {self.design:g}, base {self.base:g} degC", "-60 <= design < base <= 25"))
        if not 0 <= self.run <= 12:
            faults.append(Fault("run", f"{self.run:g} h", "0 to 12"))
        elif not max(self.run, 1.0) * self.part <= (1 - BEGIN) * self.buffer < np.inf:
            faults.append(Fault("buffer", f"{self.buffer:g} h", "room for the shortest run, and for an hour, at part load in two thirds"))
        if not 0 <= self.loss < 1:
            faults.append(Fault("loss", f"{self.loss:g}", "0 to less than 1"))
        if not 0 <= self.wear < np.inf:
            faults.append(Fault("wear", f"{self.wear:g} EUR/MWh", "not negative"))
        if faults:
            raise InputError(faults)

    def __call__(self, homes: Homes, owner: Indices) -> Chp:
        """The engines of those who own one; a building's need on its coldest day sets all sizes."""
        micro = (homes.kind == CLASSES.index("residential"))[owner]
        between = np.where(micro, homes.between(self.micro_heat, "chp heat")[owner], homes.between(self.heat, "chp heat")[owner])
        heat = homes.size[owner] * between
        most = heat * (self.base - self.design)
        electric = np.where(micro, self.micro_electric, self.electric)
        thermal = np.where(micro, self.micro_thermal, self.thermal)
        ones: Any = np.ones(len(owner))
        return Chp(
            owner,
            rating=self.share * most * electric / thermal,
            electric=electric,
            thermal=thermal,
            part=self.part * ones,
            run=self.run * ones,
            capacity=self.buffer * self.share * most,
            loss=-np.log(1 - self.loss) * ones,
            boiler=most * (1.5 + 4 * self.water),
            boiler_efficiency=self.boiler_efficiency * ones,
            heat=heat,
            base=self.base * ones,
            water=self.water * most,
            wear=self.wear * 1_000 * ones,
            heat_led=homes.draw("chp led")[owner] < self.heat_led,
        )
