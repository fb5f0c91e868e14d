"""The home's own controller: what its devices do in the interval, after the market and with the weather that came."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.base.units import WH_PER_KWH
from p2p.orders import Known


def steer(known: Known, contracted: Floats, net: Floats) -> Floats:
    """Power of each home's devices: keep to the contract, unless the retailer makes another use worth more.

    What a home draws beyond its contract it gets from the retailer, what it draws less it gives to the retailer. Its
    devices cover the difference where that is worth more than the retailer's price: steps that are worth more than the
    retailer takes are filled in any case, and steps that are worth less than it gives are not.

    Parameters
    ----------
    known : what was known at gate closure; [n] rows.
    contracted : [n] power bought (sold: negative) in the local market. [kW]
    net : [n] load less generation that came. [kW]

    Returns
    -------
    [n] net withdrawal of all devices, within `known.low` and `known.high`. [kW]
    """
    from p2p.behaviour.kernels import steered

    power = np.empty(len(known))
    steered(contracted, net, known.floats, known.ints, known.retail, known.feed_in, power)
    return known.low + power


def follows(known: Known) -> tuple[Floats, Floats]:
    """[n], [n] the ends between which a home's devices draw what it contracts, as `steer` has them by what is forecast. [kW]

    Below the lower end it draws from the retailer what it has not contracted; above the upper end, what it contracts is not
    drawn, and goes to the retailer.
    """
    from p2p.behaviour.kernels import followed

    low, high = np.empty(len(known)), np.empty(len(known))
    followed(known.floats, known.ints, known.retail, known.feed_in, low, high)
    return low, high


def spread(known: Known, contracted: Ints, net: Floats, low: Floats) -> Floats:
    """[D] the power of each device when homes steer so; they fill their steps, the most worth first. [kW]

    contracted : [N] bought in the local market, of all homes. [Wh]
    low : [D] lowest power.
    """
    from p2p.behaviour.kernels import carried_out

    power = low.copy()
    wh = known.hours * WH_PER_KWH
    carried_out(contracted, wh, net, known.floats, known.ints, known.device, known.retail, known.feed_in, power)
    return power
