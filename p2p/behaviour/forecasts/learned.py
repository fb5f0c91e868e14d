"""What a home learns from its own meter: a regression that goes on with every interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Floats
from p2p.base.errors import Fault, InputError
from p2p.behaviour.forecasts.lately import Lately

if TYPE_CHECKING:
    from p2p.behaviour.forecasts import Asked

FEATURES = 3
"""A constant, the same time a day ago, and the mean at that time over the last days."""

DOUBT = 10.0
"""Variance of each weight before anything was learnt; also the most that forgetting may bring it back to. (assumption)"""


@dataclass(frozen=True, slots=True)
class Lessons:
    """What n homes have learnt.

    lately: what their meters showed in the last day of L intervals
    usual:  [L, n] mean at each time of the day over the last days [kW]
    weight: [3, n] of the features
    doubt:  [3, 3, n] covariance of the weights, but for the size of the errors
    error:  [3, n] the last error of the regression [kW], and the discounted sums of its square and of its product with the one before
    """

    lately: Lately
    usual: Floats
    weight: Floats
    doubt: Floats
    error: Floats


@dataclass(frozen=True)
class Learned:
    """Each home regresses what its meter shows on what it showed a day ago and on its mean at that time of day over the last days.

    The weights are fitted by recursive least squares with forgetting, so that nothing but their covariance is kept of the past.
    What the regression missed last is expected to go on and fade, by the correlation of one error with the next. Times of day are
    counted in intervals, so that for some days after the clocks change the usual day lies an hour off.

    days : over how many days the mean reaches back, as an exponential one. (assumption)
    forget : share of what was learnt that is left a day later, 0 to 1. (assumption)

    References
    ----------
    L. Ljung, "System Identification: Theory for the User", 2nd edition, 1999, section 11.2 (recursive least squares with
    forgetting).
    """

    days: float = 14.0
    forget: float = 0.97

    def __post_init__(self) -> None:
        faults = [Fault("days", f"{self.days}", "at least 1")] if not self.days >= 1.0 else []
        faults += [Fault("forget", f"{self.forget}", "above 0 and at most 1")] if not 0.0 < self.forget <= 1.0 else []
        if faults:
            raise InputError(faults)

    def start(self, n: int, day: int) -> Lessons:
        """The memory of n prosumers whose meters have shown nothing yet: half as a day ago, half as usual."""
        weight, doubt = np.zeros((FEATURES, n)), np.zeros((FEATURES, FEATURES, n))
        weight[1:] = 0.5
        doubt[range(FEATURES), range(FEATURES)] = DOUBT
        return Lessons(Lately.nothing(n, day), np.zeros((day, n)), weight, doubt, np.zeros((FEATURES, n)))

    def learn(self, memory: Lessons, net: Floats) -> Lessons:
        """The memory after an interval."""
        from p2p.behaviour.forecasts.kernels import learnt

        lately, day = memory.lately, len(memory.usual)
        row, share = lately.seen % day, 1.0 if lately.seen < day else 1 / self.days
        learnt(
            np.asarray(net, np.float64), lately.net[row], memory.usual[row], share, self.forget ** (1 / day), DOUBT, lately.seen >= day,
            memory.weight, memory.doubt, memory.error,
        )  # fmt: skip
        return Lessons(lately.after(net), memory.usual, memory.weight, memory.doubt, memory.error)

    def __call__(self, memory: Lessons, asked: Asked) -> Floats:
        """[T, n] what they expect. [kW]"""
        from p2p.behaviour.forecasts.kernels import expected

        found = np.empty(asked.coming.shape)
        expected(memory.lately.seen, memory.lately.net, memory.usual, memory.weight, memory.error, found)
        return found
