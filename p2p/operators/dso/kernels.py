"""Compiled kernels of the DSO."""

from __future__ import annotations

from p2p.base.columns import Floats, Indices
from p2p.base.compiled import compiled


@compiled
def keeps(voltage: Floats, loading: Floats, low: float, high: float, most: float) -> bool:
    """Whether every voltage lies within low to high and no loading is over `most`; a voltage that is NaN is outside."""
    for bus in range(len(voltage)):
        if not low <= voltage[bus] <= high:
            return False
    worst = 0.0
    for row in range(len(loading)):
        worst = max(worst, loading[row])
    return worst <= most


@compiled
def both_at_bus(bus: Indices, p: Floats, q: Floats, at_p: Floats, at_q: Floats) -> None:
    """Add two home columns to [B] sums at each bus, homes in their own order."""
    for home in range(len(bus)):
        at_p[bus[home]] += p[home]
        at_q[bus[home]] += q[home]
