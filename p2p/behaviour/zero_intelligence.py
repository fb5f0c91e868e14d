"""Random bids within one's budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.behaviour.marginal_value import quote
from p2p.behaviour.needs import Needs, needs
from p2p.orders import Known, Orders


@dataclass(frozen=True)
class ZeroIntelligence:
    """Zero-intelligence traders with a budget constraint (ZI-C): any price that cannot lose, all equally likely.

    A buyer draws between the market's floor (what the retailer pays for a kWh) and its own limit, a seller between
    its own limit and the market's ceiling (what the retailer takes, less local fees). Where the limit lies outside
    floor and ceiling, it is bid itself. One draw a prosumer and side.

    References
    ----------
    D. K. Gode and S. Sunder, "Allocative efficiency of markets with zero-intelligence traders: market as a partial
    substitute for individual rationality", J. Political Economy 101 (1), 1993, section II.
    """

    def __call__(self, known: Known) -> Orders:
        """The orders of n prosumers."""
        from p2p.behaviour.kernels import random_prices

        wanted = needs(known)
        price = np.empty_like(wanted.limit)
        random_prices(wanted.side, wanted.limit, known.luck, known.feed_in, known.retail - known.fees, price)
        return quote(known, Needs(wanted.side, wanted.energy, price))
