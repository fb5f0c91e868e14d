"""Hybrid heat pumps: the same heat from electricity or from gas, whichever is cheaper or asked for."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from p2p.base.columns import Floats, Indices
from p2p.base.errors import Fault, InputError
from p2p.devices.around import Day, Prices
from p2p.devices.heat import heat_pump
from p2p.devices.heat.heat_pump import HeatPump, State, Today
from p2p.devices.homes import Homes
from p2p.devices.specification import FlexSpecification
from p2p.devices.worth import Worth

CONTROL = "DDBC"
MISSED = "K·h"
FUEL = "gas"

KEPT = 0.9
"""Worth of heat that is stored in the building over that of heat which spares gas at once: some of it is lost (assumption)."""


@dataclass(frozen=True, slots=True)
class HybridHeatPump(HeatPump):
    """Heat pumps with a gas boiler beside them; the columns of `HeatPump`, and

    boiler:     [D] most heat from gas [kW]
    efficiency: [D] heat over gas, by its upper heating value
    """

    boiler: Floats
    efficiency: Floats


def start(pump: HybridHeatPump, day: Day) -> State:
    """In the middle of the band, off."""
    return heat_pump.start(pump, day)


def today(pump: HybridHeatPump, day: Day) -> Today:
    """Weather, band and lock-outs of a day."""
    return heat_pump.today(pump, day)


def meet(pump: HybridHeatPump, state: State, today: Today, place: int) -> State:
    """The state as an interval finds it."""
    return heat_pump.meet(pump, state, today, place)


def span(pump: HybridHeatPump, state: State, hours: float) -> tuple[Floats, Floats]:
    """From none, since gas keeps the comfort, to what the band has room for; without a boiler large enough, the rest must come from it.

    A pump that has run for less than its shortest time goes on, as in `heat_pump.span`.

    Returns
    -------
    low, high : [D] net withdrawal. [kW]
    """
    return heat_pump.span_beside(pump, pump.boiler, state, hours)


def hold(pump: HybridHeatPump, state: State, power: Floats, hours: float) -> Floats:
    """The nearest power that it can hold; see `heat_pump.hold`. [D] [kW]"""
    return heat_pump.held_within(pump, span(pump, state, hours), power)


def step(pump: HybridHeatPump, state: State, power: Floats, hours: float) -> State:
    """The building after an interval at `power`, with so much heat from gas as the band's lower end asks for."""
    from p2p.devices.heat.kernels import gas_heat

    gas = np.empty(len(pump))
    gas_heat(pump.loss, pump.boiler, heat_pump.table_for(pump, state, hours), state.warmth, state.outside, power, gas)
    return heat_pump.step_beside(pump, gas, state, power, hours, gas * hours / pump.efficiency)


def worth(pump: HybridHeatPump, state: State, today: Today, place: int, span: tuple[Floats, Floats], prices: Prices, hours: float) -> Worth:
    """What a kWh spares in gas: at once as far as heat is needed now, later beyond that."""
    low, high = span
    need = np.clip(heat_pump.span(pump, state, hours)[0], low, high)
    spared = state.outside[2] * prices.gas / pump.efficiency
    return Worth(np.stack((need - low, high - need)), np.stack((spared, KEPT * spared)))


def specification(pump: HybridHeatPump) -> FlexSpecification:
    """Leaves its heat to gas for as long as one likes; nothing comes back."""
    plain = heat_pump.specification(pump)
    rows = np.ones(len(pump))
    return plain.replace(energy=np.inf * rows, duration=np.inf * rows, recovery=0 * rows)


@dataclass(frozen=True)
class Sizes(heat_pump.Sizes):
    """How hybrid heat pumps are drawn: as `heat_pump.Sizes`, in buildings of more loss with a smaller pump, and

    efficiency : heat over gas of the boiler, by its upper heating value (assumption).
    """

    heat_load: tuple[float, float] = (60.0, 110.0)
    floor: float = 0.2
    oversize: float = 0.6
    efficiency: float = 0.9

    def __post_init__(self) -> None:
        faults = [] if 0 < self.efficiency <= 1 else [Fault("efficiency", f"{self.efficiency:g}", "over 0 to 1")]
        try:
            heat_pump.Sizes.__post_init__(self)
        except InputError as error:
            faults += error.faults
        if faults:
            raise InputError(faults)

    def __call__(self, homes: Homes, owner: Indices) -> HybridHeatPump:
        """The hybrid heat pumps of those who own one."""
        plain = heat_pump.drawn(self, homes, owner, "hybrid heat pump")
        columns = {field.name: getattr(plain, field.name) for field in fields(plain)}
        return HybridHeatPump(
            **columns, boiler=1.2 * plain.loss * (plain.day - heat_pump.DESIGN), efficiency=self.efficiency * np.ones(len(owner))
        )
