"""What the truthful rules share: the orders at the margin, and trade of those that are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from p2p.base.columns import Ints
from p2p.base.units import eur_per_mwh
from p2p.markets.crossing import crossing, served_first
from p2p.orders import Clearing, Orders


@dataclass(frozen=True, slots=True)
class Margin:
    """The efficient crossing of a book and the orders at its margin; rows, -1 where there is none.

    Equal prices are ranked by arrival. Trade stops where one side is used up, so at most one order is served in part.

    accepted: [O] [Wh]
    ends:     the range of prices that would clear the book, as `crossing` gives it [µEUR/kWh]
    whole:    of bids and of offers, the worst one that is served whole
    part:     of bids and of offers, the one that is served in part
    left:     of bids and of offers, the best one that is not served at all
    """

    accepted: Ints
    ends: tuple[int, int] | None
    whole: tuple[int, int]
    part: tuple[int, int]
    left: tuple[int, int]

    @property
    def last(self) -> tuple[int, int]:
        """Of bids and of offers, the one that holds the last Wh traded."""
        return _first_there(self.part, self.whole)

    @property
    def next(self) -> tuple[int, int]:
        """Of bids and of offers, the first one that is not served whole."""
        return _first_there(self.part, self.left)


def margin(orders: Orders) -> Margin:
    """The efficient crossing of a book and the orders at its margin."""
    from p2p.markets.truthful.kernels import at_the_margin

    accepted, ends = crossing(orders)
    found = np.empty(6, np.int64)
    at_the_margin(orders.side, orders.energy, orders.price, orders.arrival, accepted, found)
    bid_whole, bid_part, bid_left, offer_whole, offer_part, offer_left = found.tolist()
    return Margin(accepted, ends, (bid_whole, offer_whole), (bid_part, offer_part), (bid_left, offer_left))


def without(accepted: Ints, *dropped: int) -> Ints:
    """[O] what is accepted when some rows drop out; -1 is none of them."""
    for row in dropped:
        if row >= 0:
            accepted[row] = 0
    return accepted


def rationed(orders: Orders, accepted: Ints, rationing: str, seed: int) -> Ints:
    """[O] what is accepted when the side that has more is served less, whatever its limits; `rationing` as in `TIES`."""
    from p2p.markets.truthful.kernels import even_out

    even_out(orders.side, served_first(orders, rationing, seed), rationing == "pro_rata", accepted)
    return accepted


def at_two_prices(orders: Orders, accepted: Ints, paid: int, got: int) -> Clearing:
    """A clearing in which buyers pay one price and sellers get another one; the operator keeps the difference. [µEUR/kWh]"""
    from p2p.markets.truthful.kernels import two_prices

    payment = np.empty(len(orders), np.int64)
    two_prices(orders.side, accepted, paid, got, payment)
    return Clearing(accepted, payment, paid if paid == got else None, facts=prices_in_words(paid, got))


def prices_in_words(paid: int, got: int) -> dict[str, Any]:
    """Both prices, as facts of a clearing."""
    return {"buyer price [EUR/MWh]": eur_per_mwh(paid), "seller price [EUR/MWh]": eur_per_mwh(got)}


def _first_there(preferred: tuple[int, int], otherwise: tuple[int, int]) -> tuple[int, int]:
    (bid, offer), (other_bid, other_offer) = preferred, otherwise
    return bid if bid >= 0 else other_bid, offer if offer >= 0 else other_offer
