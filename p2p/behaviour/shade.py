"""Ask for a part of the gain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Floats
from p2p.behaviour.marginal_value import quote
from p2p.behaviour.needs import Needs, needs
from p2p.orders import Known, Orders


@dataclass(frozen=True)
class Shade:
    """Wants what `marginal_value` wants, but moves each limit a part of the way to the best price it could hope for.

    A buyer hopes for what the retailer pays for a kWh, a seller for what the retailer takes less the local fees. A limit
    beyond that stays where it is.

    part : of the way, 0 (truthful) to 1. (assumption)

    References
    ----------
    K. Chatterjee and W. Samuelson, "Bargaining under incomplete information", Operations Research 31 (5), 1983: in a
    bargain at a price half-way, buyers bid below and sellers ask above their limits, linearly in them.
    """

    part: float = 0.3

    def __call__(self, known: Known) -> Orders:
        """The orders of n prosumers."""
        return quote(known, shaded(known, needs(known), np.full((1, len(known)), self.part)))


def shaded(known: Known, wanted: Needs, part: Floats) -> Needs:
    """The same needs at limits moved a part of the way to the best price that public prices let one hope for.

    part : [K, n] or [1, n] of the way, 0 to 1.
    """
    buys = wanted.side[:, None] > 0
    hoped = np.where(buys, known.feed_in, known.retail - known.fees)
    way = np.where(buys, np.minimum(hoped - wanted.limit, 0), np.maximum(hoped - wanted.limit, 0))
    return Needs(wanted.side, wanted.energy, wanted.limit + np.rint(part * way).astype(np.int64))
