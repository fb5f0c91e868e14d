"""Indicators of the grid: does it hold, and at what loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from p2p.results import Results


def overload(results: Results) -> float:
    """Apparent energy beyond the ratings, over all branches (K9). [kVAh]"""
    return results.total("overload_kvah")


def highest_loading(results: Results) -> float | None:
    """Highest loading of any branch (K9). [%]"""
    loading = results.intervals["loading_max_percent"]
    return float(np.nanmax(loading)) if np.isfinite(loading).any() else None


def voltage_violation(results: Results) -> float:
    """Time outside EN 50160's ±10 %, summed over buses (K10). [bus-h]"""
    return results.total("voltage_violation_bus_h")


def out_of_bounds(results: Results) -> float:
    """Share of intervals in which a bound of the DSO is broken, or the flow has no solution. [%]"""
    return 100 * float(np.mean(~results.intervals["held"]))


def tap_steps(results: Results) -> float:
    """Steps that regulated transformers took, which wear their changers."""
    return results.total("tap_steps")


def unbalance(results: Results) -> float | None:
    """Voltage unbalance that 95 % of intervals keep at whichever bus is worst in each (K10); none where phases don't count. [%]

    Each bus by itself has at most this, so that what keeps 2 % here keeps EN 50160's limit at every bus, up to the length
    of intervals: the norm takes ten-minute means over a week. Intervals without an operating point count as beyond.

    References
    ----------
    EN 50160:2010, section 4.2.4: 95 % of the ten-minute mean r.m.s. values of the negative-sequence component within 2 % of
    the positive-sequence one.
    """
    values = results.intervals["unbalance_max_percent"]
    if not np.isfinite(values).any():
        return None
    worst = np.sort(np.where(np.isfinite(values), values, np.inf))[int(np.ceil(0.95 * len(values))) - 1]
    return float(worst) if np.isfinite(worst) else None


def losses(results: Results) -> float:
    """Energy lost in the grid (K11). [MWh]"""
    return results.total("losses_wh") * 1e-6


def peak_reduction(results: Results) -> float | None:
    """How much lower the highest exchange with upstream is than without a local market (K31). [%]"""
    if results.reference is None:
        return None
    peak, base = (float(np.abs(run.intervals["import_wh"]).max()) for run in (results, results.reference))
    return 100 * (1 - peak / base) if base > 0 else None
