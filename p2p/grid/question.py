"""What an optimal flow is asked: who may draw and feed in what, what upstream sells and buys, within which limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Columns, Floats, Indices
from p2p.base.errors import Fault
from p2p.grid.network import Grid


@dataclass(frozen=True, slots=True)
class Withdrawals(Columns):
    """What may be drawn or fed in; n rows. Power p is worth `worth p - curvature p² / 2` an hour, which for p < 0 is a cost.

    bus:           [n] int32 row of Buses
    low, high:     [n] net withdrawal lies between them, and feeding in is negative [kW]
    worth:         [n] of the first kWh: most a buyer pays, least a seller takes [cost/kWh]
    curvature:     [n] by how much the next kWh is worth less for each kW drawn; 0 for a straight order [cost/kWh/kW]
    q_per_p:       [n] reactive withdrawal that comes with active, tan φ of a fixed power factor
    q_low, q_high: [n] reactive withdrawal that may be chosen on top of it; 0 and 0 for a fixed power factor [kvar]
    """

    bus: Indices
    low: Floats
    high: Floats
    worth: Floats
    curvature: Floats
    q_per_p: Floats
    q_low: Floats
    q_high: Floats

    @classmethod
    def straight(cls, bus: Indices, low: Floats, high: Floats, worth: Floats) -> Withdrawals:
        """Orders of one worth a kWh at unity power factor."""
        zero = np.zeros(len(bus))
        return cls(np.asarray(bus, np.int32), low, high, worth, zero, zero, zero, zero)


@dataclass(frozen=True, slots=True)
class Upstream:
    """What the grid beyond the slack bus sells and buys; reactive power is free.

    sells_at, buys_at: prices of a kWh, the first at least the second [cost/kWh]
    most_sold, most_bought: power up to which it does [kW]
    holds_voltage: whether the slack bus has the grid's slack voltage, else any within the bounds
    gives_reactive: whether it gives and takes reactive power
    """

    sells_at: float = 0.0
    buys_at: float = 0.0
    most_sold: float = np.inf
    most_bought: float = np.inf
    holds_voltage: bool = True
    gives_reactive: bool = True


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits, and what is lost where they can't be kept.

    voltage_low, voltage_high: of every bus, or [B]; the slack bus has none while its voltage is held [p.u.]
    of_current: whether ratings limit the current, as the loading of `power_flow` has it, or the apparent power; the
        lossless models know no current and take the apparent power
    lost_load: price of a kWh of given or least withdrawal that is not met; above every price [cost/kWh]
    """

    voltage_low: float | Floats = 0.9
    voltage_high: float | Floats = 1.1
    of_current: bool = True
    lost_load: float = 10.0


def question_faults(grid: Grid, rows: Withdrawals, upstream: Upstream, bounds: Bounds, p: Floats, q: Floats) -> Iterator[Fault]:
    """What is wrong with the arguments."""
    buses, where = len(grid.buses), "optimal flow"
    for name, column in (("active", p), ("reactive", q)):
        if column.shape != (buses,) or not np.all(np.isfinite(column)):
            yield Fault(f"{where}, given {name} withdrawal", f"shape {column.shape} or not numbers", f"[{buses}] numbers, one a bus")
    wrong = {
        "are at a bus that is not there": (rows.bus < 0) | (rows.bus >= buses),
        "are not finite numbers": ~np.all(np.isfinite(np.stack([column.astype(float) for column in rows.columns().values()])), axis=0),
        "have a low above their high": (rows.low > rows.high) | (rows.q_low > rows.q_high),
        "are worth more the more is drawn": rows.curvature < 0,
    }
    for what, flags in wrong.items():
        if np.any(flags):
            yield Fault(f"{where}, withdrawals", f"{flags.sum()} of {len(rows)} {what}: rows {np.flatnonzero(flags)[:8].tolist()}")
    if not upstream.sells_at >= upstream.buys_at or not np.isfinite(upstream.sells_at + upstream.buys_at):
        yield Fault(f"{where}, upstream", f"sells at {upstream.sells_at}, buys at {upstream.buys_at}", "the first at least the second")
    if not (upstream.most_sold >= 0 and upstream.most_bought >= 0):
        yield Fault(f"{where}, upstream", f"sells {upstream.most_sold}, buys {upstream.most_bought} kW", "0 or more")
    low, high = np.asarray(bounds.voltage_low), np.asarray(bounds.voltage_high)
    if not (low.shape in ((), (buses,)) and high.shape in ((), (buses,))):
        yield Fault(f"{where}, voltages", f"bounds of shape {low.shape} and {high.shape}", f"one number, or [{buses}]")
    elif not np.all((low > 0) & (high >= low) & np.isfinite(high)):
        yield Fault(f"{where}, voltages", "a low bound that is not positive or above the high one", "0 < low <= high")
    if not 0 < bounds.lost_load < np.inf:
        yield Fault(f"{where}, lost load", f"{bounds.lost_load}", "a positive price")
