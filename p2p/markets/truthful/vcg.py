"""Vickrey, Clarke and Groves: everyone keeps what the others gain by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from p2p.base.columns import Ints
from p2p.base.units import eur
from p2p.markets.crossing import crossing
from p2p.orders import NO_LIMITS, Clearing, Limits, Orders


@dataclass(frozen=True)
class Vcg:
    """The efficient trades, and each agent gains as much as the market would lose without it.

    What an agent owes is the value of what it gets, by its own limits, less its contribution to welfare: the largest
    welfare with it less the largest without it. Its limits then have no part in what it pays, however many orders it
    has on whichever side, and the truth is its best report. The market pays out more than it takes in: the operator
    bears a deficit, which the clearing states.

    An agent's gain is spread evenly over the Wh that it trades, in whole nEUR.

    References
    ----------
    W. Vickrey, "Counterspeculation, auctions, and competitive sealed tenders", J. Finance 16 (1), 1961. E. H. Clarke,
    "Multipart pricing of public goods", Public Choice 11, 1971. T. Groves, "Incentives in teams", Econometrica 41 (4),
    1973.
    """

    claims: ClassVar[frozenset[str]] = frozenset({"efficient", "truthful_buyers", "truthful_sellers", "truthful_traders"})
    waives: ClassVar[frozenset[str]] = frozenset({"no_deficit"})

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS) -> Clearing:
        """The clearing of a book."""
        accepted, _ = crossing(orders)
        payment = pivotal_payments(orders, accepted)
        return Clearing(accepted, payment, None, facts={"deficit [EUR]": eur(-int(payment.sum()))})


def pivotal_payments(orders: Orders, accepted: Ints) -> Ints:
    """[O] what each order owes when its agent keeps its contribution to welfare. [nEUR]

    accepted : [O] an efficient clearing. [Wh]
    """
    payment = np.zeros(len(orders), np.int64)
    if accepted.any():
        from p2p.markets.truthful.kernels import contributions, discounted

        agents, who = np.unique(orders.agent, return_inverse=True)
        gain = np.empty(len(agents), np.int64)
        contributions(orders.side, orders.energy, orders.price, who, accepted, gain)
        discounted(orders.side, orders.price, who, orders.arrival, accepted, gain, payment)
    return payment
