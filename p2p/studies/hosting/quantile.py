"""What a number of runs says of the value that all but a share of them reach: an estimate, and an interval that holds for any distribution."""

from __future__ import annotations

from math import floor
from typing import NamedTuple

import numpy as np

from p2p.base.columns import Floats


class Estimate(NamedTuple):
    """A value and the ends of its confidence interval."""

    value: float
    low: float
    high: float


def reached(values: Floats, alpha: float, confidence: float, ends: tuple[float, float]) -> Estimate:
    """The largest value that a run reaches with a probability of 1 - alpha at least, by the values of K runs.

    Parameters
    ----------
    values : [K] of independent runs.
    alpha : share of the runs that may stay below.
    confidence : that the interval holds the true value.
    ends : least and largest value there can be; an end of the interval where the runs are too few to give one.

    References
    ----------
    H. A. David and H. N. Nagaraja, "Order Statistics", 3rd ed., Wiley 2003, section 7.1: the ranks of an interval for a
    quantile are quantiles of the binomial distribution of K trials and probability alpha, whatever the distribution is.
    With ties, as between whole numbers of homes, the interval holds at least as often.
    """
    ordered = np.sort(np.asarray(values, np.float64))
    lower, upper = ranks(len(ordered), alpha, confidence)
    return Estimate(
        float(ordered[min(floor(alpha * len(ordered) + 1e-9), len(ordered) - 1)]),
        float(ordered[lower - 1]) if lower else ends[0],
        float(ordered[upper - 1]) if upper <= len(ordered) else ends[1],
    )


def ranks(runs: int, alpha: float, confidence: float) -> tuple[int, int]:
    """Ranks, counted from 1, of the ends of an interval for the alpha quantile; 0 and runs + 1 where there is none.

    The lower is the largest l with P(X < l) and the upper the smallest u with P(X >= u) of at most (1 - confidence) / 2, X being
    binomial.
    """
    from scipy.special import bdtr

    below = bdtr(np.arange(runs + 1.0), runs, alpha)  # P(X <= k)
    tail = (1 - confidence) / 2
    lower = int(np.count_nonzero(below <= tail))
    upper = 1 + int(np.count_nonzero(1 - below > tail))
    return lower, upper
