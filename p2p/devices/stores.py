"""Devices as stores: one linear form, so that any planner can plan any device that can wait."""

from __future__ import annotations

from dataclasses import dataclass

from p2p.base.columns import Floats, Ints


@dataclass(frozen=True, slots=True)
class Stores:
    """D stores over the T intervals ahead. What a store holds follows

        level[t + 1] = keep * level[t] + (into[t] * draw[t] - out[t] * give[t]) * hours + inflow[t]

    with draw and give the positive and the negative part of the power at the terminals. Where no power keeps the level at
    `least`, a plan comes as near as it can.

    level:  [D] held now [kWh of what is stored: electricity in a battery, heat in a tank or a building]
    keep:   [D] share of what is held that is left an interval later
    inflow: [T, D] what comes by itself; losses to a world that is colder, draws and trips are negative [kWh]
    least:  [T, D] least level at the end of each interval [kWh]
    most:   [T, D] most [kWh]
    low:    [T, D] lowest net withdrawal, negative where it can give [kW]
    high:   [T, D] highest net withdrawal [kW]
    into:   [T, D] stored for each kWh drawn (an efficiency, a coefficient of performance)
    out:    [T, D] taken out of the store for each kWh given
    wear:   [D] cost of a kWh at the terminals, either way [µEUR/kWh]
    """

    level: Floats
    keep: Floats
    inflow: Floats
    least: Floats
    most: Floats
    low: Floats
    high: Floats
    into: Floats
    out: Floats
    wear: Floats

    def __len__(self) -> int:
        return len(self.level)

    def take(self, rows: Ints) -> Stores:
        """The stores at some rows."""
        return Stores(*(getattr(self, name)[..., rows] for name in self.__match_args__))
