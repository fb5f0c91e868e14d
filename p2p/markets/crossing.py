"""Where the curves meet: the step that every call auction shares."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Ints
from p2p.base.streams import lots
from p2p.orders import Orders

TIES = ("arrival", "pro_rata", "lottery")
"""How orders of one price at the margin are served: who came first, all in proportion, or in an order drawn by lot."""


def crossing(orders: Orders, ties: str = "arrival", seed: int = 0) -> tuple[Ints, tuple[int, int] | None]:
    """What is accepted where demand meets supply, and the prices that would clear the book.

    Every bid above and every offer below the margin is accepted whole; orders at the margin by `ties`, the last one in
    part. No more can trade to anybody's gain, and nothing that would gain is left over.

    Parameters
    ----------
    ties : a word in `TIES`.
    seed : of the lottery.

    Returns
    -------
    accepted : [O] [Wh]
    low, high : the range of prices in which no accepted order loses and no order left over would have gained; where
        nothing trades, the best bid and the best offer (twice the same where one side is empty); None for an empty
        book. [µEUR/kWh]

    References
    ----------
    P. R. Wurman, W. E. Walsh and M. P. Wellman, "Flexible double auctions for electronic commerce", Decision Support
    Systems 24 (1), 1998, section 3: the range is from the (M+1)st to the Mth price.
    """
    if len(orders) == 0:
        return np.zeros(0, np.int64), None
    from p2p.markets.kernels import crossed

    accepted = np.zeros(len(orders), np.int64)
    return accepted, crossed(orders.side, orders.energy, orders.price, served_first(orders, ties, seed), ties == "pro_rata", accepted)


def chance_of(ties: str) -> frozenset[str]:
    """What a rule that serves ties so looks at besides the book."""
    return frozenset({"chance"}) if ties == "lottery" else frozenset()


def served_first(orders: Orders, ties: str, seed: int) -> Ints:
    """[O] rank in which orders of one price are served: their arrival, or their lot."""
    return lots(seed, orders.arrival) if ties == "lottery" else orders.arrival


def margin_limits(orders: Orders, accepted: Ints) -> tuple[int, int] | None:
    """Limits of the worst accepted offer and the worst accepted bid; None where nothing is accepted. [µEUR/kWh]"""
    from p2p.markets.kernels import worst_accepted

    offer, bid = worst_accepted(orders.side, orders.price, accepted)
    return (offer, bid) if offer > -(2**62) else None


def between(ends: tuple[int, int], k: float) -> int:
    """The price k of the way from the lower to the upper end, to the nearest. [µEUR/kWh]"""
    low, high = ends
    return low + round(k * (high - low))
