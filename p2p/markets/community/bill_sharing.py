"""Bill sharing: the community's bill by what each draws, its income by what each feeds in; a local kWh costs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from p2p.markets.crossing import crossing
from p2p.orders import NO_LIMITS, Clearing, Limits, Orders


@dataclass(frozen=True)
class BillSharing:
    """What is shared in the community changes hands for nothing; only its balance is bought or sold, at the retailer's prices.

    The members' bill for what the community draws is shared by what each draws, its income by what each feeds in. So the
    local price is zero, and the retailer's part of each member's settlement is its share of the bill or the income.

    What is shared is what is worth it: the orders that a call auction would accept, equals in proportion. Needs without a
    choice bid the outside buying price and surplus asks the outside selling price; all of them tie, and on them the rule is
    the paper's. Batteries, whose limits lie between, take part where that adds to the members' common gain, and not where
    a stored kWh is worth more than it saves. A seller loses what the outside would have paid, and the owner of a
    battery what the kWh cost: the rule is not held to `nobody_loses`.

    References
    ----------
    C. Long, J. Wu, C. Zhang, L. Thomas, M. Cheng and N. Jenkins, "Peer-to-peer energy trading in a community microgrid",
    IEEE Power and Energy Society General Meeting, 2017 (bill sharing).
    Y. Zhou, J. Wu and C. Long, "Evaluation of peer-to-peer energy sharing mechanisms based on a multiagent simulation
    framework", Applied Energy 222, 2018.
    """

    claims: ClassVar[frozenset[str]] = frozenset({"one_price", "budget_balanced", "efficient"})
    waives: ClassVar[frozenset[str]] = frozenset({"nobody_loses"})

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS) -> Clearing:
        """The clearing of a book."""
        accepted, ends = crossing(orders, "pro_rata")
        return Clearing.at_one_price(orders, accepted, None if ends is None else 0)
