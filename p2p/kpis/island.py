"""Indicators of an area that is cut off: did it live, for how long, by what, and what was not served."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Flags
from p2p.devices import FLEXIBLE

if TYPE_CHECKING:
    from p2p.results import Results


def autonomy(results: Results) -> float | None:
    """Time in which the area was cut off and lived, not dark (K30). [h]"""
    cut_off = _cut_off(results)
    return float(np.sum(cut_off & results.intervals["converged"])) * results.hours if cut_off.any() else None


def survived(results: Results) -> float | None:
    """Share of islands that were not dark in their first interval (K30). [%]"""
    cut_off = _cut_off(results)
    first = cut_off & ~np.append(False, cut_off[:-1])
    return 100 * float(np.mean(results.intervals["converged"][first])) if first.any() else None


def renewable(results: Results) -> float | None:
    """Share of what is made, or given by stores in all, in islands, that is not of fuel (K30). [%]"""
    table, cut_off = results.intervals, _cut_off(results)
    given = float(table["generation_wh"][cut_off].sum() + max(-table["storage_wh"][cut_off].sum(), 0))
    fuelled = 0.0
    if results.has("devices"):
        devices = results.columns("devices")
        makes = np.isin(devices["device"], [name for name, kind in FLEXIBLE.items() if kind.makes])
        fuelled = float(devices["given_wh"][cut_off[devices["interval"]] & makes].sum())
    return 100 * given / (given + fuelled) if given + fuelled > 0 else None


def unserved(results: Results) -> float | None:
    """Load that was not served while the area was cut off (K30). [kWh]"""
    cut_off = _cut_off(results)
    return float(results.intervals["unserved_wh"][cut_off].sum()) * 1e-3 if cut_off.any() else None


def _cut_off(results: Results) -> Flags:
    flags: Flags = results.intervals["islanded"].astype(np.bool_)
    return flags
