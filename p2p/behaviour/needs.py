"""What prosumers want from a local market, and the price at which it stops being worth it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Ints, Signs
from p2p.base.units import WH_PER_KWH
from p2p.orders import BID, OFFER, Known

#: a kWh is sold to others rather than to oneself only for more than a bid of one's own would pay
_EDGE = 1


@dataclass(frozen=True, slots=True)
class Needs:
    """What n prosumers want, in K kinds.

    side:   [K] int8, +1 what is bought, -1 what is sold
    energy: [K, n] int64, 0 where a prosumer has no such need [Wh]
    limit:  [K, n] int64, the price beyond which another use is better [µEUR/kWh]
    """

    side: Signs
    energy: Ints
    limit: Ints


SIDES = np.array([BID, BID, BID, OFFER, OFFER, OFFER], np.int8)


def needs(known: Known) -> Needs:
    """What each prosumer would buy and sell, and up to which price.

    Bought: what is missing and only the retailer could give; what is missing and the own storage could give; what
    storage could take on top. Sold: what is over and only the retailer would take; what is over and the own storage
    could take; what storage could give on top. A local kWh carries fees, so it must be cheaper by them.
    """
    missing, over = np.maximum(known.net, 0.0), np.maximum(-known.net, 0.0)
    give, take = -known.low, known.high
    from_store, into_store = np.minimum(missing, give), np.minimum(over, take)
    power = np.stack((missing - from_store, from_store, take - into_store, over - into_store, into_store, give - from_store))
    bid_cap = known.retail - known.fees
    limit = np.empty(power.shape, np.int64)
    limit[0] = bid_cap
    np.minimum(known.discharge_cost - (known.fees + _EDGE), bid_cap, out=limit[1])
    np.minimum(known.charge_worth - (known.fees + _EDGE), bid_cap, out=limit[2])
    limit[3] = known.feed_in
    np.maximum(known.charge_worth, known.feed_in, out=limit[4])
    np.maximum(known.discharge_cost, known.feed_in, out=limit[5])
    return Needs(SIDES, np.rint(power * (known.hours * WH_PER_KWH)).astype(np.int64), limit)
