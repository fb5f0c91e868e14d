"""Home batteries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from p2p.base.columns import Columns, Floats, Indices
from p2p.base.errors import Fault, InputError
from p2p.devices.around import Day, Prices
from p2p.devices.homes import Homes
from p2p.devices.specification import FlexSpecification
from p2p.devices.stores import Stores
from p2p.devices.worth import Worth

CONTROL = "FRBC"


@dataclass(frozen=True, slots=True)
class Battery(Columns):
    """Batteries behind the meter; D rows. What is not given is as in a plain battery.

    owner:       [D] int32, the prosumer
    rating:      [D] most power in or out, at the terminals [kW]
    capacity:    [D] [kWh]
    efficiency:  [D] of charging, over 0 to 1
    discharging: [D] efficiency of discharging; that of charging unless given
    loss:        [D] share of what is stored that is lost in an hour; 0 unless given
    wear:        [D] what ageing costs for each kWh at the terminals, either way; 0 unless given [µEUR/kWh]
    reserve:     [D] share of the capacity below which it does not discharge; 0 unless given
    """

    owner: Indices
    rating: Floats
    capacity: Floats
    efficiency: Floats
    discharging: Floats = None  # type: ignore[assignment]
    loss: Floats = None  # type: ignore[assignment]
    wear: Floats = None  # type: ignore[assignment]
    reserve: Floats = None  # type: ignore[assignment]
    memo: dict[float, Floats] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        plain = {
            "discharging": self.efficiency,
            "loss": 0.0 * self.efficiency,
            "wear": 0.0 * self.efficiency,
            "reserve": 0.0 * self.efficiency,
        }
        for name, column in plain.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, column)
        Columns.__post_init__(self)


@dataclass(frozen=True, slots=True)
class Today:
    """What a day brings to batteries.

    expected: [L, D] what each one's home expects to draw less what it generates, in each of the next 24 hours' intervals; one
        device's side by side in memory, since they are walked through [kWh]
    """

    expected: Floats


def start(battery: Battery, day: Day) -> Floats:
    """State of charge before the first interval: half full. [D] [kWh]"""
    return battery.capacity / 2


def today(battery: Battery, day: Day) -> Today:
    """What a day brings to the batteries."""
    return Today(np.asfortranarray(day.expected[:, battery.owner]))


def meet(battery: Battery, soc: Floats, today: Today, place: int) -> Floats:
    """The state as an interval finds it: nothing from outside changes a battery."""
    return soc


def span(battery: Battery, soc: Floats, hours: float) -> tuple[Floats, Floats]:
    """Lowest and highest power each battery can hold for one interval.

    Parameters
    ----------
    soc : [D] stored energy, 0 to capacity. [kWh]
    hours : length of the interval. [h]

    Returns
    -------
    low, high : [D] net withdrawal; low is discharge, so not positive. [kW]
    """
    from p2p.devices.kernels import battery_span

    low, high = np.empty(len(soc)), np.empty(len(soc))
    keep = kept(battery, hours)
    battery_span(battery.rating, battery.capacity, battery.efficiency, battery.discharging, battery.reserve, keep, soc, hours, low, high)
    return low, high


def kept(battery: Battery, hours: float) -> Floats:
    """Share of what is stored that is left after an interval; kept by the device. [D]"""
    found = battery.memo.get(hours)
    if found is None:
        found = battery.memo[hours] = (1 - battery.loss) ** hours
    return found


def worth(battery: Battery, soc: Floats, today: Today, place: int, span: tuple[Floats, Floats], prices: Prices, hours: float) -> Worth:
    """What it costs to discharge, and what charging is worth; see `storage_worth`. Wear comes off the one and on the other."""
    from p2p.devices.battery_worth import worth_table

    low, high = span
    width = np.empty((2, len(soc)))
    np.negative(low, out=width[0])
    width[1] = high
    return Worth(width, worth_table(battery, soc, today.expected, place, prices.dearest, prices.cheapest))


def hold(battery: Battery, soc: Floats, power: Floats, hours: float) -> Floats:
    """The power that a battery really holds, of any within its span: that one. [D] [kW]"""
    return power


def step(battery: Battery, soc: Floats, power: Floats, hours: float) -> Floats:
    """State of charge after holding `power`, which lies in `span`. [D] [kWh]

    What is stored at the beginning loses its share first. The clip takes away only the last bit of rounding, so that a
    full battery is full and an empty one empty.
    """
    from p2p.devices.kernels import battery_step

    after = np.empty(len(soc))
    battery_step(battery.capacity, battery.efficiency, battery.discharging, kept(battery, hours), soc, power, hours, after)
    return after


def store(battery: Battery, soc: Floats, today: Today, place: int, length: int, hours: float) -> Stores:
    """The batteries as stores over the next `length` intervals."""
    ones = np.ones((length, len(soc)))
    return Stores(
        level=soc,
        keep=kept(battery, hours),
        inflow=0.0 * ones,
        least=np.minimum(battery.reserve * battery.capacity, soc) * ones,
        most=battery.capacity * ones,
        low=-battery.rating * ones,
        high=battery.rating * ones,
        into=battery.efficiency * ones,
        out=ones / battery.discharging,
        wear=battery.wear,
    )


def specification(battery: Battery) -> FlexSpecification:
    """Shifts what it holds, either way, at any time; what it gives it draws again, and its losses."""
    rows = np.ones(len(battery))
    return FlexSpecification(
        owner=battery.owner, bidirectional=rows > 0, low=-battery.rating, high=battery.rating, energy=battery.capacity * (1 - battery.reserve),
        lead_time=0 * rows, duration=battery.capacity / battery.rating, recovery=1 / (battery.efficiency * battery.discharging),
        price=battery.wear, first=0 * rows, last=24 * rows, involvement=np.full(len(rows), "passive"),
    )  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """How batteries are drawn.

    capacity : range of sizes, uniform [kWh].
    duration : capacity over power [h].
    efficiency : of charging, and again of discharging.
    loss : share of what is stored that is lost in an hour.
    wear : what a kWh in or out costs [EUR/MWh].
    reserve : share of the capacity below which it does not discharge.
    """

    capacity: tuple[float, float] = (4.0, 12.0)
    duration: float = 2.0
    efficiency: float = 0.95
    loss: float = 0.0
    wear: float = 0.0
    reserve: float = 0.0

    def __post_init__(self) -> None:
        faults = [
            Fault(name, f"{getattr(self, name):g}", "0 to less than 1") for name in ("loss", "reserve") if not 0 <= getattr(self, name) < 1
        ]
        if not self.wear >= 0:
            faults.append(Fault("wear", f"{self.wear:g}", "0 or more"))
        if faults:
            raise InputError(faults)

    def __call__(self, homes: Homes, owner: Indices) -> Battery:
        """The batteries of those who own one."""
        capacity = (homes.size * homes.between(self.capacity, "battery size"))[owner]
        ones: Any = np.ones(len(owner))
        return Battery(
            owner, capacity / self.duration, capacity, self.efficiency * ones,
            self.efficiency * ones, self.loss * ones, self.wear * 1_000 * ones, self.reserve * ones,
        )  # fmt: skip
