"""Night storage heaters: a core that charges at night and warms the rooms by day."""

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
from p2p.devices.tanks.warmth import warmed, within
from p2p.devices.worth import Worth

CONTROL = "FRBC"
MISSED = "kWh"


@dataclass(frozen=True, slots=True)
class NightStorage(Columns):
    """Night storage heaters of a home as one core; D rows.

    owner:    [D] int32, the prosumer
    rating:   [D] charging power [kW]
    capacity: [D] heat in a full core [kWh]
    loss:     [D] share of it that leaks into the room in an hour, as a rate [1/h]
    heat:     [D] heat that the rooms need for each kelvin below `base` [kW/K]
    base:     [D] outdoor temperature above which they need none [degC]
    opens:    [D] local hour at which the tariff lets it charge [h]
    closes:   [D] local hour at which that ends; over midnight where it is the earlier one [h]
    """

    owner: Indices
    rating: Floats
    capacity: Floats
    loss: Floats
    heat: Floats
    base: Floats
    opens: Floats
    closes: Floats


@dataclass(frozen=True, slots=True)
class State(Columns):
    """What an interval hands to the next, and what it finds.

    level:  [D] heat in the core [kWh]
    need:   [D] heat that the rooms need in this interval [kW]
    opened: [D] share of it in which the tariff lets the core charge, 0 or 1
    least:  [D] charge to be had at its end, as far as the heater can [kWh]
    keep:   [D] share of the charge that an interval's leak leaves
    used:   [D] heat that the rooms needed and got in the interval stepped last [kWh]
    lost:   [D] heat that leaked into rooms that did not need it [kWh]
    missed: [D] heat that they needed and did not get [kWh]
    """

    level: Floats
    need: Floats
    opened: Floats
    least: Floats
    keep: Floats
    used: Floats
    lost: Floats
    missed: Floats


@dataclass(frozen=True, slots=True)
class Today:
    """What a day brings to night storage heaters.

    need:   [T, D] heat that the rooms need [kW]
    opened: [T, D] 1 where the tariff lets them charge, 0 elsewhere
    least:  [L, D] least charge at the end of each interval from which all heat of the table can be had [kWh]
    keep:   [D] share of the charge that an interval's leak leaves
    """

    need: Floats
    opened: Floats
    least: Floats
    keep: Floats


def start(heater: NightStorage, day: Day) -> State:
    """Charged for half a night."""
    zeros, ones = np.zeros(len(heater)), np.ones(len(heater))
    return State(heater.capacity / 2, zeros, zeros, zeros, ones, zeros, zeros, zeros)


def today(heater: NightStorage, day: Day) -> Today:
    """What a day brings to the heaters. The charge controller knows the weather of the day and of the 24 hours after it.

    It looks back from the end of that table: before each interval the core must hold what the rooms need in it and later,
    less what may still be charged.
    """
    from p2p.devices.tanks.kernels import core_need

    need = warmed(day, heater.heat, heater.base)
    opened = within(day.hour[:, None], heater.opens, heater.closes).astype(np.float64)
    least = np.empty((day.length, len(heater)))
    core_need(heater.rating, heater.capacity, heater.loss, need, opened, day.hours, least)
    return Today(need, opened, least, np.exp(-heater.loss * day.hours))


def meet(heater: NightStorage, state: State, today: Today, place: int) -> State:
    """The state as an interval finds it: with its need, its tariff, and the charge to be had at its end."""
    return State(
        state.level, today.need[place], today.opened[place], today.least[place], today.keep, state.used, state.lost, state.missed
    )  # fmt: skip


def span(heater: NightStorage, state: State, hours: float) -> tuple[Floats, Floats]:
    """Lowest and highest power each heater can hold for one interval; none outside the tariff's window. [D] [kW]

    The lowest leaves enough in the core for tomorrow; where the night is too short for that, it is the highest.
    """
    from p2p.devices.tanks.kernels import core_span

    low, high = np.empty((2, len(heater.owner)))
    core_span(
        heater.rating, heater.capacity, heater.loss, state.level, state.need, state.opened, state.least, state.keep, hours, low, high
    )  # fmt: skip
    return low, high


def worth(heater: NightStorage, state: State, today: Today, place: int, span: tuple[Floats, Floats], prices: Prices, hours: float) -> Worth:
    """What a fuller core is worth: the dearest price ahead where it is just enough for tomorrow, the cheapest where it is full."""
    from p2p.devices.tanks.kernels import core_fill, falling_worth

    low, high = span
    fill, rise = np.empty((2, len(low)))
    width, value = np.empty((2, 2, len(low)))
    core_fill(heater.capacity, state.level, state.need, state.least, hours, low, high, fill, rise)
    falling_worth(low, high, fill, rise, float(prices.dearest), float(prices.cheapest), width, value)
    return Worth(width, value)


def hold(heater: NightStorage, state: State, power: Floats, hours: float) -> Floats:
    """The power that a heater really holds, of any within its span: that one, as a mean of on and off. [D] [kW]"""
    return power


def habit(heater: NightStorage, state: State, span: tuple[Floats, Floats], hours: float) -> Floats:
    """Where nobody steers it, it fills its core as soon as the tariff's window opens (assumption). [D] [kW]"""
    return span[1]


def step(heater: NightStorage, state: State, power: Floats, hours: float) -> State:
    """The state after holding `power`, which lies in `span`.

    What the core leaks warms the room. Where that is less than the room needs, a fan adds the rest, so that just the need
    leaves the core; where it is more, the room is warmer than it need be. Both are solved exactly.
    """
    from p2p.devices.tanks.kernels import core_step

    after = np.empty((4, len(heater.owner)))
    core_step(heater.capacity, heater.loss, state.level, state.need, state.keep, power, hours, after)
    return State(after[0], state.need, state.opened, state.least, state.keep, after[1], after[2], after[3])


def store(heater: NightStorage, state: State, today: Today, place: int, length: int, hours: float) -> Stores:
    """The heaters as stores of heat over the next `length` intervals.

    The leak counts as part of what the rooms need, which it is in the cold; what leaks into warm rooms is left out.
    """
    ones, ahead = np.ones((length, len(heater))), slice(place, place + length)
    return Stores(
        level=state.level,
        keep=ones[0],
        inflow=-today.need[ahead] * hours,
        least=0.0 * ones,
        most=heater.capacity * ones,
        low=0.0 * ones,
        high=heater.rating * today.opened[ahead],
        into=ones,
        out=ones,
        wear=0.0 * heater.rating,
    )


def specification(heater: NightStorage) -> FlexSpecification:
    """Shifts its charge within the night."""
    rows = np.ones(len(heater))
    return FlexSpecification(
        owner=heater.owner, bidirectional=rows < 0, low=0 * rows, high=heater.rating, energy=heater.capacity,
        lead_time=0 * rows, duration=heater.capacity / heater.rating, recovery=rows, price=0 * rows,
        first=heater.opens, last=heater.closes, involvement=np.full(len(rows), "passive"),
    )  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """How night storage heaters are drawn. All defaults are assumptions.

    heat : range of the heat that a home loses for each kelvin, uniform [kW/K].
    base : outdoor temperature above which it needs no heating [degC].
    design : coldest day for which the heater is built [degC].
    window : local hours between which the tariff lets it charge, over midnight where the second is the earlier one [h].
    charging : hours at full power that give the heat of the coldest day [h].
    loss : share of the charge that leaks in an hour.
    """

    heat: tuple[float, float] = (0.06, 0.16)
    base: float = 15.0
    design: float = -12.0
    window: tuple[float, float] = (22.0, 6.0)
    charging: float = 7.5
    loss: float = 0.02

    def __post_init__(self) -> None:
        faults = []
        if not 0 < self.heat[0] <= self.heat[1] < np.inf:
            faults.append(Fault("heat", f"from {self.heat[0]:g} to {self.heat[1]:g} kW/K", "0 < low <= high"))
        if not -60 <= self.design < self.base <= 25:
            key = "base" if self.base > 25 else "design"
            faults.append(Fault(key, f"design {self.design:g}, base {self.base:g} degC", "-60 <= design < base <= 25"))
        if not all(0 <= hour <= 24 for hour in self.window) or self.window[0] % 24 == self.window[1] % 24:
            faults.append(Fault("window", f"{self.window[0]:g} to {self.window[1]:g} h", "two different hours of 0 to 24"))
        elif not 0 < self.charging <= (self.window[1] - self.window[0]) % 24:
            faults.append(Fault("charging", f"{self.charging:g} h", "positive, and at most as long as the window"))
        if not 0 <= self.loss < 1:
            faults.append(Fault("loss", f"{self.loss:g}", "0 to less than 1"))
        if faults:
            raise InputError(faults)

    def __call__(self, homes: Homes, owner: Indices) -> NightStorage:
        """The heaters of those who own one: a full core holds the heat of the coldest day."""
        heat = (homes.size * homes.between(self.heat, "night storage heat"))[owner]
        coldest = 24 * heat * (self.base - self.design)
        ones: Any = np.ones(len(owner))
        return NightStorage(
            owner, coldest / self.charging, coldest, -np.log(1 - self.loss) * ones, heat, self.base * ones,
            self.window[0] * ones, self.window[1] * ones,
        )  # fmt: skip
