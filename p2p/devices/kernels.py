"""Compiled kernels of devices."""

from __future__ import annotations

from p2p.base.columns import Floats
from p2p.base.compiled import compiled


@compiled
def battery_span(rating: Floats, capacity: Floats, efficiency: Floats, soc: Floats, hours: float, low: Floats, high: Floats) -> None:
    """Fill [D] lowest and highest power; see `battery.span`."""
    for row in range(len(soc)):
        high[row] = min(rating[row], (capacity[row] - soc[row]) / (efficiency[row] * hours))
        low[row] = -min(rating[row], soc[row] * efficiency[row] / hours)


@compiled
def battery_step(capacity: Floats, efficiency: Floats, soc: Floats, power: Floats, hours: float, after: Floats) -> None:
    """Fill [D] stored energy; see `battery.step`."""
    for row in range(len(soc)):
        gain = efficiency[row] if power[row] > 0 else 1 / efficiency[row]
        after[row] = min(max(soc[row] + gain * power[row] * hours, 0.0), capacity[row])
