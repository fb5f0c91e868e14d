"""What prosumers want from a local market, and the price at which it stops being worth it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Ints, Signs
from p2p.base.units import WH_PER_KWH
from p2p.orders import BID, OFFER, TAGS, Known


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


KINDS_OF_ENERGY = np.array([0, 0, 0, *(TAGS.index(name) for name in ("green", "green", "storage"))], np.int16)
"""[K] the tag of what is sold: surplus of the own generation is green, what storage gives is storage."""

SIDES = np.array([BID, BID, BID, OFFER, OFFER, OFFER], np.int8)


def needs(known: Known) -> Needs:
    """What each prosumer would buy and sell, and up to which price.

    Bought: what is missing and only the retailer could give; what is missing and the own storage could give; what
    storage could take on top. Sold: what is over and only the retailer would take; what is over and the own storage
    could take; what storage could give on top. A local kWh carries fees, so it must be cheaper by them; and a bid in
    place of the own storage stays a µEUR/kWh below what that would ask, so that nobody trades with itself.
    """
    from p2p.behaviour.kernels import wants

    energy, limit = np.empty((len(SIDES), len(known)), np.int64), np.empty((len(SIDES), len(known)), np.int64)
    wants(known.floats, known.ints, known.retail, known.feed_in, known.fees, known.hours * WH_PER_KWH, energy, limit)
    return Needs(SIDES, energy, limit)
