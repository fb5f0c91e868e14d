"""A strategy of one's own: ask for a part of the gain."""

from dataclasses import dataclass

import numpy as np

from p2p import Known, Orders
from p2p.behaviour.marginal_value import quote
from p2p.behaviour.needs import Needs, needs


@dataclass(frozen=True)
class Shade:
    """Wants what `marginal_value` wants, but moves each limit a part of the way to the best price one could hope for.

    A buyer hopes for what the retailer pays for a kWh, a seller for what the retailer takes less the local fees.

    part : of the way, 0 (truthful) to 1. (assumption)
    """

    part: float = 0.3

    def __call__(self, known: Known) -> Orders:
        """The orders of n prosumers."""
        wanted = needs(known)
        buys = wanted.side[:, None] > 0
        hoped = np.where(buys, known.feed_in, known.retail - known.fees)
        way = np.where(buys, np.minimum(hoped - wanted.limit, 0), np.maximum(hoped - wanted.limit, 0))
        return quote(known, Needs(wanted.side, wanted.energy, wanted.limit + np.rint(self.part * way).astype(np.int64)))
