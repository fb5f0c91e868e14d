"""Keep back energy, so that what is offered is dearer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.behaviour.marginal_value import quote
from p2p.behaviour.needs import Needs, needs
from p2p.orders import Known, Orders


@dataclass(frozen=True)
class Withhold:
    """Bids as `marginal_value` does, and offers only a share of what is over, at its true limit.

    What is not offered goes where it goes without a local market: into the store, or to the retailer.

    share : of each offer that is made, 0 to 1. (assumption)

    References
    ----------
    S. Stoft, "Power System Economics", 2002, chapter 4-2 (quantity withholding).
    """

    share: float = 0.6

    def __call__(self, known: Known) -> Orders:
        """The orders of n prosumers."""
        wanted = needs(known)
        kept = np.where(wanted.side[:, None] > 0, 1.0, self.share)
        return quote(known, Needs(wanted.side, np.rint(wanted.energy * kept).astype(np.int64), wanted.limit))
