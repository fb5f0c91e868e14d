"""Water boilers: a tank with an electric heater, drawn from by tappings, hot enough once a week to kill legionella."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from p2p.base.columns import Columns, Floats, Indices
from p2p.base.errors import Fault, InputError
from p2p.devices.around import Day, Prices
from p2p.devices.homes import Homes
from p2p.devices.specification import FlexSpecification
from p2p.devices.stores import Stores
from p2p.devices.tanks.warmth import COLD, PATTERNS, WATER, tapped
from p2p.devices.worth import Worth

CONTROL = "FRBC"
MISSED = "K·h"

WEEK = 168.0
"""Within how many hours the whole tank must once have been hot enough. [h]"""


@dataclass(frozen=True, slots=True)
class Boiler(Columns):
    """Electric water boilers, each one well mixed tank; D rows.

    owner:   [D] int32, the prosumer
    rating:  [D] power of the heater [kW]
    volume:  [D] [l]
    loss:    [D] standing loss for each kelvin above the room, positive [kW/K]
    low:     [D] lower end of the thermostat's band: the warmth that people want at the tap [degC]
    high:    [D] upper end of it [degC]
    hygiene: [D] temperature to be reached once in `WEEK` hours, at most `high`; 0 for none [degC]
    ambient: [D] temperature of the room around the tank [degC]
    cold:    [D] temperature of the water that comes in [degC]
    daily:   [D] mean heat drawn in a day [kWh]
    pattern: [D] int32, load profile of the tappings, a number in `warmth.PATTERNS`
    """

    owner: Indices
    rating: Floats
    volume: Floats
    loss: Floats
    low: Floats
    high: Floats
    hygiene: Floats
    ambient: Floats
    cold: Floats
    daily: Floats
    pattern: Indices


@dataclass(frozen=True, slots=True)
class State(Columns):
    """What an interval hands to the next, and what it finds.

    temperature: [D] of the water [degC]
    since:  [D] time since it was last as hot as hygiene wants [h]
    draw:   [D] heat that people want to draw in this interval [kW]
    floor:  [D] temperature to be had at its end, as far as the heater can [degC]
    keep:   [D] share of the warmth above the room that is left at its end
    used:   [D] heat drawn in the interval stepped last [kWh]
    lost:   [D] standing loss in it [kWh]
    missed: [D] how far the water was below the band, and below the temperature of hygiene where that is overdue [K·h]
    """

    temperature: Floats
    since: Floats
    draw: Floats
    floor: Floats
    keep: Floats
    used: Floats
    lost: Floats
    missed: Floats


@dataclass(frozen=True, slots=True)
class Today:
    """What a day brings to boilers.

    draw: [T, D] heat that people want to draw [kW]
    need: [L, D] least temperature at the end of each interval from which full power holds the band in all draws of the table [degC]
    keep: [D] share of the warmth above the room that is left after an interval
    lead: [D] how long before hygiene is due the heater starts for it at the latest [h]
    """

    draw: Floats
    need: Floats
    keep: Floats
    lead: Floats


def start(boiler: Boiler, day: Day) -> State:
    """In the middle of the band, the last hot hour some time in the five days before."""
    zeros = np.zeros(len(boiler))
    since = (WEEK - 48.0) * day.streams.at("boiler hygiene").random(day.homes)[boiler.owner]
    return State((boiler.low + boiler.high) / 2, since, zeros, boiler.low, np.ones(len(boiler)), zeros, zeros, zeros)


def today(boiler: Boiler, day: Day) -> Today:
    """What a day brings to the boilers. People's habits are known to the heater for the day and the 24 hours after it (assumption).

    For hygiene the heater starts as early as it needs to heat up from the bottom of the band while people draw a whole
    day's hot water (assumption: a generous margin).
    """
    from p2p.devices.tanks.kernels import boiler_need

    draw = tapped(day, boiler.owner, boiler.daily, boiler.pattern)
    keep = np.exp(-boiler.loss / (boiler.volume * WATER) * day.hours)
    need = np.empty((day.length, len(boiler)))
    boiler_need(boiler.volume, boiler.loss, boiler.rating, boiler.ambient, boiler.low, boiler.high, keep, draw, need)
    spare = np.maximum(boiler.rating - boiler.loss * (boiler.hygiene - boiler.ambient), 0.01 * boiler.rating)
    lead = (np.maximum(boiler.hygiene - boiler.low, 0.0) * boiler.volume * WATER + boiler.daily) / spare + day.hours
    return Today(draw, need, keep, lead)


def meet(boiler: Boiler, state: State, today: Today, place: int) -> State:
    """The state as an interval finds it: with its draw, and with what must be had at its end."""
    from p2p.devices.tanks.kernels import boiler_meet

    floor = np.empty(len(boiler.owner))
    boiler_meet(today.need[place], state.since, today.lead, boiler.hygiene, WEEK, floor)
    return State(state.temperature, state.since, today.draw[place], floor, today.keep, state.used, state.lost, state.missed)


def span(boiler: Boiler, state: State, hours: float) -> tuple[Floats, Floats]:
    """Lowest and highest power each boiler can hold for one interval. [D] [kW]

    The lowest keeps the water warm enough, now and in the draws to come, and hot enough in time for hygiene; where the
    heater is too weak for that, it is the highest.
    """
    from p2p.devices.tanks.kernels import boiler_span

    low, high = np.empty((2, len(boiler.owner)))
    boiler_span(
        boiler.rating, boiler.loss, boiler.low, boiler.high, boiler.ambient, boiler.cold,
        state.temperature, state.draw, state.floor, state.keep, low, high,
    )  # fmt: skip
    return low, high


def worth(boiler: Boiler, state: State, today: Today, place: int, span: tuple[Floats, Floats], prices: Prices, hours: float) -> Worth:
    """What warmer water is worth: the dearest price ahead where it is just warm enough, the cheapest where the tank is full."""
    from p2p.devices.tanks.kernels import boiler_fill, falling_worth

    low, high = span
    fill, rise = np.empty((2, len(low)))
    width, value = np.empty((2, 2, len(low)))
    boiler_fill(
        boiler.loss, boiler.high, boiler.ambient, state.temperature, state.draw, state.floor, state.keep, low, high, fill, rise
    )  # fmt: skip
    falling_worth(low, high, fill, rise, float(prices.dearest), float(prices.cheapest), width, value)
    return Worth(width, value)


def hold(boiler: Boiler, state: State, power: Floats, hours: float) -> Floats:
    """The power that a boiler really holds, of any within its span: that one, as a mean of on and off. [D] [kW]"""
    return power


def habit(boiler: Boiler, state: State, span: tuple[Floats, Floats], hours: float) -> Floats:
    """Where nobody steers it, its thermostat heats at once to the upper end of the band (assumption). [D] [kW]"""
    return span[1]


def step(boiler: Boiler, state: State, power: Floats, hours: float) -> State:
    """The state after holding `power`, which lies in `span`.

    The tank follows `C dT/dt = power - loss (T - ambient) - drawn`, solved exactly. Water that is warmer than the band's
    lower end is mixed down to it at the tap, so that people draw the heat that they want; colder water flows as strongly
    and carries less heat, in proportion to its warmth above the cold water.
    """
    from p2p.devices.tanks.kernels import boiler_step

    after = np.empty((5, len(boiler.owner)))
    boiler_step(
        boiler.volume, boiler.loss, boiler.low, boiler.high, boiler.hygiene, boiler.ambient, boiler.cold,
        state.temperature, state.since, state.draw, state.keep, power, WEEK, hours, after,
    )  # fmt: skip
    return State(after[0], after[1], state.draw, state.floor, state.keep, after[2], after[3], after[4])


def store(boiler: Boiler, state: State, today: Today, place: int, length: int, hours: float) -> Stores:
    """The boilers as stores of heat above the room over the next `length` intervals; hot for hygiene when that is due."""
    ones = np.ones((length, len(boiler)))
    heat = boiler.volume * WATER
    into = heat / boiler.loss * (1 - today.keep) / hours
    least = heat * (boiler.low - boiler.ambient) * ones
    due = np.maximum(np.floor((WEEK - state.since) / hours + 1e-9).astype(np.int64), 1) - 1
    rows = np.flatnonzero((due < length) & (boiler.hygiene > 0))
    least[due[rows], rows] = (heat * (boiler.hygiene - boiler.ambient))[rows]
    return Stores(
        level=heat * (state.temperature - boiler.ambient),
        keep=today.keep,
        inflow=-today.draw[place : place + length] * into * hours,
        least=least,
        most=heat * (boiler.high - boiler.ambient) * ones,
        low=0.0 * ones,
        high=boiler.rating * ones,
        into=into * ones,
        out=ones,
        wear=0.0 * boiler.rating,
    )


def specification(boiler: Boiler) -> FlexSpecification:
    """Shifts what the tank holds within its band; what was not drawn is drawn later."""
    rows = np.ones(len(boiler))
    band = boiler.volume * WATER * (boiler.high - boiler.low)
    drain = boiler.daily / 24 + boiler.loss * np.maximum((boiler.low + boiler.high) / 2 - boiler.ambient, 0.0)
    return FlexSpecification(
        owner=boiler.owner, bidirectional=rows < 0, low=0 * rows, high=boiler.rating, energy=band,
        lead_time=0 * rows, duration=band / drain, recovery=rows, price=0 * rows, first=0 * rows, last=24 * rows,
        involvement=np.full(len(rows), "passive"),
    )  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """How water boilers are drawn.

    litres : range of the hot water of 60 degC that a home draws in a day, uniform; nearer to 100 it taps by profile M, nearer
        to 200 by L [l].
    store : range of the tank's volume over the water of a day, uniform [d].
    rating : range of the heater's power, uniform [kW].
    band : band of the thermostat [degC].
    hygiene : temperature to be reached once a week; 0 for none [degC].
    ambient : temperature of the room around the tank [degC].
    insulation : standing loss over that of the worst tank that may be sold.

    References
    ----------
    Commission Delegated Regulation (EU) No 812/2013, annex VII, table 3: M draws 5.845 and L 11.655 kWh a day, 100 and 200
    litres from 10 to 60 degC. Commission Regulation (EU) No 814/2013, annex II: standing loss of at most
    16.66 + 8.33 volume ** 0.4 W, with the volume in litres, measured at 45 K above the room. The other defaults are assumptions.
    """

    litres: tuple[float, float] = (100.0, 200.0)
    store: tuple[float, float] = (1.0, 1.5)
    rating: tuple[float, float] = (2.0, 3.0)
    band: tuple[float, float] = (40.0, 65.0)
    hygiene: float = 60.0
    ambient: float = 20.0
    insulation: float = 0.8

    def __post_init__(self) -> None:
        faults = [
            Fault(f"{key}", f"from {low:g} to {high:g}", "0 < low <= high")
            for key, (low, high) in {"litres": self.litres, "store": self.store, "rating": self.rating}.items()
            if not 0 < low <= high < np.inf
        ]
        if not COLD < self.band[0] < self.band[1] < 100:
            faults.append(Fault("band", f"from {self.band[0]:g} to {self.band[1]:g} degC", f"{COLD:g} < low < high < 100"))
        if not (self.hygiene == 0 or 0 < self.hygiene <= self.band[1]):
            faults.append(Fault("hygiene", f"{self.hygiene:g} degC", "0 for none, or at most the upper end of the band"))
        if not 0 <= self.ambient < self.band[0]:
            faults.append(Fault("ambient", f"{self.ambient:g} degC", "0 to less than the lower end of the band"))
        if not 0 < self.insulation < np.inf:
            faults.append(Fault("insulation", f"{self.insulation:g}", "positive"))
        if faults:
            raise InputError(faults)

    def __call__(self, homes: Homes, owner: Indices) -> Boiler:
        """The boilers of those who own one."""
        whole = homes.between(self.litres, "boiler litres")
        litres = (homes.size * whole)[owner]
        volume = litres * homes.between(self.store, "boiler store")[owner]
        ones: Any = np.ones(len(owner))
        return Boiler(
            owner,
            rating=(homes.size * homes.between(self.rating, "boiler rating"))[owner],
            volume=volume,
            loss=self.insulation * (16.66 + 8.33 * volume**0.4) / 45 / 1000,
            low=self.band[0] * ones,
            high=self.band[1] * ones,
            hygiene=self.hygiene * ones,
            ambient=self.ambient * ones,
            cold=COLD * ones,
            daily=litres * WATER * (60 - COLD),
            pattern=np.where(whole[owner] < 150, PATTERNS.index("M"), PATTERNS.index("L")).astype(np.int32),
        )
