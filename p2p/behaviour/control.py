"""The home's own controller: what storage does in the interval, after the market and with the weather that came."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats
from p2p.orders import Known


def steer(known: Known, contracted: Floats, net: Floats) -> Floats:
    """Power of each home's storage: keep to the contract, unless the retailer makes another use worth more.

    What a home draws beyond its contract it gets from the retailer, what it draws less it gives to the retailer.
    Storage covers the difference where that is worth more than the retailer's price; it charges fully where even the
    retailer is cheaper than a stored kWh is worth, and gives all where the retailer pays more than it costs.

    Parameters
    ----------
    known : what was known at gate closure; [n] rows.
    contracted : [n] power bought (sold: negative) in the local market. [kW]
    net : [n] load less generation that came. [kW]

    Returns
    -------
    [n] net withdrawal of storage, within `known.low` and `known.high`. [kW]
    """
    from p2p.behaviour.kernels import steered

    power = np.empty(len(known))
    steered(contracted, net, known.floats, known.ints, known.retail, known.feed_in, power)
    return power
