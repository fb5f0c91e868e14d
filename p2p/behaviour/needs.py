"""What prosumers want from a local market, and the price at which it stops being worth it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from p2p.base.columns import Ints, Signs
from p2p.base.units import WH_PER_KWH
from p2p.orders import BID, OFFER, Known


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


@cache
def sides(steps: int) -> Signs:
    """[K] the side of each kind, for so many steps: what is missing; of each step what is sold and bought; what is over. Only read."""
    return np.array([BID, *[OFFER, BID] * steps, OFFER], np.int8)


def needs(known: Known) -> Needs:
    """What each prosumer would buy and sell, and up to which price; K = 2 S + 2.

    A home goes up from its lowest power, step by step of its devices, what is worth most first. Bought is what it lacks
    at its lowest power, which only the retailer could give, and then what each step would take, at what that is worth.
    As long as it has something over, a step would use that up: so it is offered, at what the step makes of it. What is
    over beyond all steps is offered at the retailer's price. A local kWh carries fees, so it must be cheaper by them;
    and a bid stays a µEUR/kWh below what the own devices would ask, so that nobody trades with itself.
    """
    from p2p.behaviour.kernels import wants

    steps = len(known.width)
    energy, limit = np.empty((2 * steps + 2, len(known)), np.int64), np.empty((2 * steps + 2, len(known)), np.int64)
    wants(known.floats, known.ints, known.retail, known.feed_in, known.fees, known.hours * WH_PER_KWH, energy, limit)
    return Needs(sides(steps), energy, limit)
