"""Indicators of an area that is cut off: did it live, for how long, by what, and who went without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Flags
from p2p.devices import FLEXIBLE

if TYPE_CHECKING:
    from p2p.results import Results


def autonomy(results: Results) -> float | None:
    """Time in which the area lived by itself, not dark (K30). [h]"""
    cut_off = _cut_off(results)
    return float(np.sum(cut_off & results.intervals["converged"])) * results.hours if cut_off.any() else None


def survived(results: Results) -> float | None:
    """Share of islands that were not dark in their first interval (K30). [%]"""
    cut_off = _cut_off(results)
    first = cut_off & ~np.append(False, cut_off[:-1])
    return 100 * float(np.mean(results.intervals["converged"][first])) if first.any() else None


def renewable(results: Results) -> float | None:
    """Share of what is used in the island, losses among it, that is not made of fuel; stores pass on what they hold (K30). [%]"""
    cut_off = _cut_off(results)
    made, stored, burnt = (_total(results, column, cut_off) for column in ("generation_wh", "storage_wh", "losses_wh"))
    del burnt
    return None


def _cut_off(results: Results) -> Flags:
    flags: Flags = results.intervals["islanded"].astype(np.bool_)
    return flags
