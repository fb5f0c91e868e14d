"""Plan all devices of a home together, again and again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from p2p.base.columns import Floats
from p2p.base.errors import Fault, InputError
from p2p.behaviour.ahead import Ahead, Moment
from p2p.behaviour.marginal_value import quote
from p2p.behaviour.needs import needs
from p2p.behaviour.plans.curves import Plan, appraised, intended, kept_for, left_worth, planned_in_turn
from p2p.behaviour.plans.together import planned_together
from p2p.devices.worth import Worth
from p2p.orders import Known, Orders


@dataclass(frozen=True)
class Mpc:
    """Each home plans all its devices and its own load and sun together, behind its one connection, often and anew.

    What it buys it pays at retail and what it feeds in it gets paid, wear is a cost, and comfort is a bound that comes first: a
    linear programme of the home (model predictive control: of each plan only the beginning is carried out). The near hours
    are planned interval by interval, those after them in longer blocks. Then each device's own plan is made exact on what the
    others do, which gives what its power is worth around the plan, as in `PriceTakerSchedule`. A home with one device needs no
    linear programme: that plan alone is exact.

    replans : hours from one plan to the next.
    fine : hours that are planned interval by interval.
    coarse : length of a block after that [h].
    left_over : share of the cheapest price that what is left at the end is worth; 0 to 1.

    References
    ----------
    J. B. Rawlings, D. Q. Mayne and M. M. Diehl, "Model Predictive Control: Theory, Computation, and Design", 2nd edition,
    2017, chapter 1.
    """

    replans: float = 1.0
    fine: float = 6.0
    coarse: float = 1.0
    left_over: float = 1.0

    def __post_init__(self) -> None:
        checks = (
            ("replans", self.replans, 0.0 < self.replans <= 24.0, "hours, above 0 and at most 24"),
            ("fine", self.fine, self.fine >= 0.0, "hours, not negative"),
            ("coarse", self.coarse, 0.0 < self.coarse <= 24.0, "hours, above 0 and at most 24"),
            ("left_over", self.left_over, 0.0 <= self.left_over <= 1.0, "0 to 1"),
        )
        faults = [Fault(name, f"{value}", allowed) for name, value, right, allowed in checks if not right]
        if faults:
            raise InputError(faults)

    def plan(self, ahead: Ahead) -> Plan:
        """The plan of n prosumers.

        Raises
        ------
        SolveFailed
            The solver found no optimum; the message names the home.
        """
        left = left_worth(ahead, self.left_over)
        sold = np.minimum(ahead.feed_in, ahead.retail)  # one connection can't draw and feed in at once, whatever that would pay
        together = planned_together(replace(ahead, feed_in=sold), self.fine, self.coarse, left)
        return planned_in_turn(ahead, kept_for(ahead, self.replans), left, before=together)

    def appraise(self, plan: Plan, now: Moment) -> Mapping[str, Worth]:
        """What the power of each device is worth in an interval, by the plan."""
        return appraised(plan, now)

    def intends(self, plan: Plan, since: int) -> Mapping[str, Floats]:
        """[T, D] of each kind, the power that is planned from then on. [kW]"""
        return intended(plan, since)

    def __call__(self, known: Known) -> Orders:
        """The orders of n prosumers, whose `known` holds the planned worth."""
        return quote(known, needs(known))
