"""The strategy of homes that somebody outside plays: their needs, changed by what was handed in for the interval."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Flags, Floats, Ints
from p2p.behaviour.marginal_value import quote
from p2p.behaviour.needs import Needs, needs
from p2p.behaviour.shade import shaded
from p2p.orders import Known, Orders

SHADED = slice(0, 2)
"""Where an action says how far bids and offers go towards the best price."""
TRADED = slice(2, 4)
"""Where an action says how much of what need not be traded is bid for and offered."""
TRUTHFUL = np.array([-1.0, -1.0, 1.0, 1.0], np.float32)
"""The action that bids as `marginal_value` does."""


class Played:
    """A strategy whose choices are handed in, interval by interval.

    homes : [n] the numbers of the homes that are played, ascending.
    """

    def __init__(self, homes: Ints) -> None:
        self.homes = homes
        self.actions = np.tile(TRUTHFUL.astype(np.float64), (len(homes), 1))

    def __call__(self, known: Known) -> Orders:
        """The orders of the homes, by the actions that stand."""
        return quote(known, changed(known, needs(known), self.actions[np.searchsorted(self.homes, known.agent)]))


def changed(known: Known, wanted: Needs, actions: Floats) -> Needs:
    """Needs as actions have them.

    Parameters
    ----------
    actions : [n, 4] in [-1, 1]: how far bids, and offers, go from their limit (-1) to the best price that public prices let
        one hope for (1, see `shaded`); how much of the bids, and of the offers, that devices could do without is made,
        none (-1) to all (1).
    """
    parts = (np.clip(actions, -1.0, 1.0).T + 1) / 2
    offers = (wanted.side < 0).astype(np.int64)
    kept = np.where(flexible(known, wanted), parts[TRADED][offers], 1.0)
    fewer = Needs(wanted.side, np.rint(wanted.energy * kept).astype(np.int64), wanted.limit)
    return shaded(known, fewer, parts[SHADED][offers])


def flexible(known: Known, wanted: Needs) -> Flags:
    """[K, n] needs for which a device of the home has another use: those that are not worth what the retailer takes or gives."""
    cap, floor = known.retail - known.fees, known.feed_in
    there: Flags = (wanted.energy > 0) & np.where(wanted.side[:, None] > 0, wanted.limit < cap, wanted.limit > floor)
    return there
