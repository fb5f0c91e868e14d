"""The strategy of homes that somebody outside plays: their needs, changed by what was handed in for the interval."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Flags, Floats, Ints
from p2p.behaviour.marginal_value import quote
from p2p.behaviour.needs import Needs, needs
from p2p.behaviour.shade import shaded
from p2p.orders import Known, Orders
from p2p.orders.published import Aftermath

SHADED = slice(0, 2)
"""Where an action says how far bids and offers go towards the best price."""
TRADED = slice(2, 4)
"""Where an action says how much of what need not be traded is bid for and offered."""
TRUTHFUL = np.array([-1.0, -1.0, 1.0, 1.0], np.float32)
"""The action that bids as `marginal_value` does."""


class Played:
    """A strategy whose choices are handed in, interval by interval; it keeps what its homes hear for who plays them.

    homes : [n] the numbers of the homes that are played, ascending.
    """

    def __init__(self, homes: Ints) -> None:
        self.homes = homes
        self.forget()

    def forget(self) -> None:
        """Begin anew: truthful, and without anything heard."""
        self.actions = np.tile(TRUTHFUL.astype(np.float64), (len(self.homes), 1))
        self.price, self.traded = 0.0, 0
        self.accepted = np.zeros((2, len(self.homes)))

    def start(self, n: int) -> None:
        """Nothing: what is heard stays here."""

    def __call__(self, known: Known, memory: None = None) -> Orders:
        """The orders of the homes, by the actions that stand."""
        return quote(known, changed(known, needs(known), self.actions[np.searchsorted(self.homes, known.agent)]))

    def learn(self, memory: None, known: Known, orders: Orders, energy: Ints, payment: Ints, after: Aftermath | None = None) -> None:
        """Keep what was published, and what of the homes' bids and offers was accepted."""
        place = (orders.side < 0).astype(np.int64), np.searchsorted(self.homes, orders.agent)
        ordered, got = np.zeros((2, *self.accepted.shape))
        np.add.at(ordered, place, orders.energy)
        if after is not None:
            np.add.at(got, place, after.accepted)
            mean = after.published.mean_price
            self.price = self.price if mean is None else mean
            self.traded = int(after.published.accepted[after.published.side > 0].sum())
        self.accepted = got / np.maximum(ordered, 1)


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
