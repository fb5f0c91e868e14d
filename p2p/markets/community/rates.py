"""What the rules with a rate share: the prices outside, and who is served at a given price."""

from __future__ import annotations

from typing import Any

import numpy as np

from p2p.base.columns import Ints
from p2p.base.units import eur_per_mwh
from p2p.orders import Orders, Outside


def outside_of(orders: Orders, outside: Outside | None) -> tuple[Outside, dict[str, Any]]:
    """The prices outside, and what to report of them; those of the book itself where none are given.

    Of a book they are the highest bid's and the lowest offer's limits; twice the best price where one side is empty.

    Parameters
    ----------
    orders : at least one.
    outside : None where the book is all that is known.
    """
    said = "given"
    if outside is None:
        bids, offers = orders.price[orders.bids], orders.price[~orders.bids]
        buy = int(bids.max()) if len(bids) else int(offers.min())
        sell = int(offers.min()) if len(offers) else buy
        outside, said = Outside(buy, sell), "the highest bid's and the lowest offer's limit"
    facts = {
        "outside prices": said,
        "buying outside [EUR/MWh]": eur_per_mwh(outside.buy),
        "selling outside [EUR/MWh]": eur_per_mwh(outside.sell),
    }
    return outside, facts


def served_at(orders: Orders, price: int) -> Ints:
    """[O] what is accepted at a price from all orders whose limits allow it: the short side whole, the long in proportion.

    Whole lots by largest remainders, between equals who came first. [Wh]
    """
    from p2p.markets.kernels import serve_tied

    takes_part = orders.side * (orders.price - price) >= 0
    energy = np.where(takes_part, orders.energy, 0)
    volume = int(min(energy[orders.bids].sum(), energy[~orders.bids].sum()))
    accepted = np.zeros(len(orders), np.int64)
    if volume > 0:
        for side in (1, -1):
            serve_tied(orders.side, orders.energy, takes_part.astype(np.int64), orders.arrival, True, 1, side, volume, accepted)
    return accepted
