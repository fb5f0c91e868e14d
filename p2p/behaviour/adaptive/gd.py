"""Gjerstad and Dickhaut's bidders: believe what the last book says of each price, and name the one that promises most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.behaviour.marginal_value import quote
from p2p.behaviour.needs import Needs, needs
from p2p.orders import Known, Orders
from p2p.orders.published import Aftermath


@dataclass(frozen=True, slots=True)
class Books:
    """What is remembered of the market; it is public, so the same for everybody.

    counts: [L, 4, G] Wh taken and left by price, of the latest books in which there was trade; the last one is still open.
        The G prices go from the retailer's for feeding in to what a kWh from it costs less local fees, whatever these were.
    """

    counts: Floats


@dataclass(frozen=True)
class GjerstadDickhaut:
    """Names the price at which its gain, times the belief that the price is taken, is largest (GD).

    The belief that an offer at a price is taken is a share: what was taken at this price or a higher one, and what was
    bid there, over the same and what was left of offers at this price or a lower one; for bids the other way round.
    Between prices that were heard it is a cubic. What was taken counts at what was paid for it, what was left at its
    limit, both by their energy. Prices are kept as places between the market's floor (what the retailer pays for
    a kWh) and its ceiling (what the retailer takes, less local fees), so that a history holds when tariffs move.
    Whoever has heard nothing believes in the floor and the ceiling alone.

    books : how many books with trade are remembered; the paper remembers the quotes around its last deals. (assumption: 5)
    grid : steps between floor and ceiling; prices are as fine as that. (assumption)

    References
    ----------
    S. Gjerstad and J. Dickhaut, "Price formation in double auctions", Games and Economic Behavior 22 (1), 1998, section 3
    (beliefs, their interpolation, and the choice of the price of most expected surplus).
    """

    books: int = 5
    grid: int = 200

    def start(self, n: int) -> Books:
        """The memory before anything was heard."""
        return Books(np.zeros((self.books, 4, self.grid + 1)))

    def __call__(self, known: Known, memory: Books | None = None) -> Orders:
        """The orders of n traders, by what they remember."""
        from p2p.behaviour.adaptive.kernels import believed, best_by_limit, gd_prices

        wanted = needs(known)
        floor, ceiling = known.feed_in, known.retail - known.fees
        if ceiling <= floor:
            return quote(known, wanted)
        counts = (memory or self.start(len(known))).counts.sum(axis=0)
        best, belief = np.empty((2, self.grid + 1), np.int64), np.empty(self.grid + 1)
        for row, side in enumerate((1, -1)):
            believed(counts, side, belief)
            best_by_limit(belief, side, best[row])
        price = np.empty_like(wanted.limit)
        gd_prices(wanted.side, wanted.limit, floor, ceiling, best[0], best[1], price)
        return quote(known, Needs(wanted.side, wanted.energy, price))

    def learn(self, memory: Books, known: Known, orders: Orders, energy: Ints, payment: Ints, after: Aftermath | None = None) -> Books:
        """What they remember after a clearing; nothing new where nothing is published of it."""
        from p2p.behaviour.adaptive.kernels import count_orders

        floor, ceiling = known.feed_in, known.retail - known.fees
        if after is None or ceiling <= floor:
            return memory
        counts, said = memory.counts.copy(), after.published
        count_orders(said.side, said.energy, said.price, said.accepted, said.payment, floor, ceiling, counts[-1])
        if said.mean_price is not None:
            counts = np.roll(counts, -1, axis=0)
            counts[-1] = 0
        return Books(counts)
