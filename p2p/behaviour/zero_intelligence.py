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
        wanted = needs(known)
        floor, ceiling = known.feed_in, known.retail - known.fees
        buys = (wanted.side > 0)[:, None]
        room = np.maximum(np.where(buys, wanted.limit - floor, ceiling - wanted.limit), 0)
        luck = known.luck.T[np.where(wanted.side > 0, 0, 1)]
        price = wanted.limit - np.where(buys, 1, -1) * np.floor(luck * (room + 1)).astype(np.int64)
        return quote(known, Needs(wanted.side, wanted.energy, price))
