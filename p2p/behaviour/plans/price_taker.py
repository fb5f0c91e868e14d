"""Plan each device against the prices ahead, exactly, and bid what leaving the plan would cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from p2p.base.columns import Floats
from p2p.base.errors import Fault, InputError
from p2p.behaviour.ahead import Ahead, Moment
from p2p.behaviour.marginal_value import quote
from p2p.behaviour.needs import needs
from p2p.behaviour.plans.curves import Plan, appraised, intended, kept_for, left_worth, planned_in_turn
from p2p.devices.worth import Worth
from p2p.orders import Known, Orders


@dataclass(frozen=True)
class PriceTakerSchedule:
    """Each device is planned against the prices ahead, and its power is worth what the plan says.

    What a kWh costs is what the home's meter makes of it: a device that draws takes first what the home has over, at what
    feeding it in would pay, and then buys at retail; one that gives saves retail as far as the home lacks, and then earns
    feed-in. The plan of a device is exact under its forecast: the least cost of all that its bounds allow, found by dynamic
    programming on the level. The cost of a linear store is convex and piecewise linear, so that what a stored kWh is worth
    is a falling staircase of the level, and the staircase of the interval before is a merge of that staircase with the
    prices of the device's power. The staircases are the plan: a kWh drawn is worth what it stores times the worth of a kWh
    at the level that it leads to, less wear, and so they tell the regret of any power, not just the best one.

    Several devices of a home are planned in turn, each on what the others leave: those that can only draw, then those that
    can give, in the order of their kinds and rows. That is exact for one device; for more it is a descent by coordinates
    (`Mpc` plans them together). Where a price is negative and losses would pay, giving is reckoned no cheaper than
    not drawing, so that a plan never costs more than it says. Where the bounds can't be met, a plan is as near to them as
    it can be in each interval in turn. A kWh left at the end is worth `left_over` times the least that one costs to store
    in the intervals ahead: buying it back.

    replans : hours from one plan to the next.
    left_over : share of the cheapest price that what is left at the end is worth; 0 to 1.
    rounds : how often the devices of a home are planned in turn.

    References
    ----------
    D. P. Bertsekas, "Dynamic Programming and Optimal Control", vol. I, 3rd edition, 2005, section 1.3. R. T. Rockafellar,
    "Convex Analysis", 1970, theorem 16.4 (an infimal convolution is a sum of conjugates: slopes are merged).
    P. Massé, "Les réserves et la régulation de l'avenir dans la vie économique", 1946 (the marginal value of a stock).
    """

    replans: float = 24.0
    left_over: float = 1.0
    rounds: int = 1

    def __post_init__(self) -> None:
        checks = (
            ("replans", self.replans, 0.0 < self.replans <= 24.0, "hours, above 0 and at most 24"),
            ("left_over", self.left_over, 0.0 <= self.left_over <= 1.0, "0 to 1"),
            ("rounds", self.rounds, 1 <= self.rounds <= 10, "1 to 10"),
        )
        faults = [Fault(name, f"{value}", allowed) for name, value, right, allowed in checks if not right]
        if faults:
            raise InputError(faults)

    def plan(self, ahead: Ahead) -> Plan:
        """The plan of n prosumers."""
        return planned_in_turn(ahead, kept_for(ahead, self.replans), left_worth(ahead, self.left_over), self.rounds)

    def appraise(self, plan: Plan, now: Moment) -> Mapping[str, Worth]:
        """What the power of each device is worth in an interval, by the plan."""
        return appraised(plan, now)

    def intends(self, plan: Plan, since: int) -> Mapping[str, Floats]:
        """[T, D] of each kind, the power that is planned from then on. [kW]"""
        return intended(plan, since)

    def __call__(self, known: Known) -> Orders:
        """The orders of n prosumers, whose `known` holds the planned worth."""
        return quote(known, needs(known))
