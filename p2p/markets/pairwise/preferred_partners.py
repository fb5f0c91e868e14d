"""Preferred partners first, then the open book."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from p2p.base.columns import Flags, Indices, Ints
from p2p.base.units import eur, eur_per_mwh, kwh
from p2p.markets.crossing import TIES, chance_of
from p2p.markets.laws import gain
from p2p.markets.pairwise.bilateral import Pairs
from p2p.markets.pairwise.random_pairs import room, shared
from p2p.markets.parameters import in_range, one_of
from p2p.markets.uniform import Uniform
from p2p.orders import ALONE, NO_LIMITS, Clearing, Limits, Orders, Preferences, Surroundings, Trades


@dataclass(frozen=True)
class PreferredPartners:
    """Two who name each other trade first, as much as both have, k of the way from the offer's limit to what it is worth
    to the buyer; what is left meets in an open book at one price, that of `uniform`.

    Pairs are served by the sum of their places on each other's lists; equals by the dearest bid, the cheapest offer, and
    arrival. In the open book nobody knows whose energy it gets, so a bid stands there at what the energy is worth to it
    that it likes least of what is left.

    k : 0 (the buyers keep the gain of a pair) to 1 (the sellers do); the same in the open book.
    ties : orders of one price at the margin of the open book: by arrival, pro_rata, or by lottery.
    partners : how many of the nearest homes a home lists, in a run. In `p2p clear` the book says it.

    References
    ----------
    T. Sousa et al., "Peer-to-peer and community-based markets: a comprehensive review", Renewable and Sustainable Energy
    Reviews 104, 2019, section 3 (trades by preference beside a common book). The rule itself is ours.
    """

    k: float = 0.5
    ties: str = "arrival"
    partners: int = 3
    claims: ClassVar[frozenset[str]] = frozenset({"budget_balanced"})

    def __post_init__(self) -> None:
        in_range("k", self.k, 0, 1)
        one_of("ties", self.ties, TIES)
        in_range("partners", self.partners, 0, 1000)

    @property
    def sees(self) -> frozenset[str]:
        """Who prefers whom, and chance where lots are drawn."""
        return frozenset({"preferences"}) | chance_of(self.ties)

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS, around: Surroundings = ALONE) -> Clearing:
        """The clearing of a book."""
        first = with_partners(orders, around.preferences, self.k)
        left = orders.energy - first.by_order(orders)[0]
        rows = np.flatnonzero(left > 0)
        book = orders.take(rows).replace(energy=left[rows])
        if around.preferences is not None:
            book = book.replace(price=book.price - least_liked(book, around.preferences.take(rows)))
        cleared = Uniform(self.k, self.ties)(book, NO_LIMITS, around)
        then = Trades.in_merit_order(book, cleared)
        trades = Trades.concat([first, then.replace(bid=rows[then.bid], offer=rows[then.offer])])
        price = None if cleared.price is None or not len(then) else eur_per_mwh(cleared.price)
        facts = {"traded with partners [kWh]": kwh(int(first.energy.sum())), "open book price [EUR/MWh]": price}
        if around.preferences is not None:
            facts["welfare by preferences [EUR]"] = eur(gain(orders, trades, around.preferences))
        return Clearing.of_trades(orders, trades, facts)


def with_partners(orders: Orders, preferences: Preferences | None, k: float) -> Trades:
    """The trades of those who name each other."""
    left, met, traded = room(orders)
    if preferences is None or len(preferences.partners) == 0 or len(orders) == 0:
        return Trades(met[0, :0], met[1, :0], traded[:0], traded[:0])
    from p2p.markets.pairwise.kernels import meet

    pairs = Pairs.of(orders, preferences)
    buyer, seller = orders.agent[pairs.bids][:, None], orders.agent[pairs.offers][None, :]
    to, to_listed = places(preferences.partners, buyer, seller)
    back, back_listed = places(preferences.partners, seller, buyer)
    bid, offer = np.nonzero(to_listed & back_listed & (pairs.gain >= 0))
    served = np.lexsort((offer, bid, (to + back)[bid, offer]))  # within a pair dearest and cheapest first, as pairs are
    bid, offer = bid[served], offer[served]
    count = meet(pairs.bids[bid], pairs.offers[offer], orders.price, left, met, traded, 0)
    bids, offers = met[0, :count], met[1, :count]
    return Trades(bids, offers, traded[:count], shared(orders.price[offers], preferences.worth(orders, bids, offers), k))


def places(partners: Ints, who: Indices, whom: Indices) -> tuple[Ints, Flags]:
    """The place of `whom` on the list of `who`, 0 the best, and whether it stands there; arguments broadcast."""
    key = (partners[:, 0] << 32) | partners[:, 1]
    by_who = np.argsort(partners[:, 0], kind="stable")
    place = np.empty(len(key), np.int64)
    sorted_who = partners[by_who, 0]
    place[by_who] = np.arange(len(key)) - np.searchsorted(sorted_who, sorted_who)
    known, first = np.unique(key, return_index=True)
    asked = (who.astype(np.int64) << 32) | whom
    at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    found: Ints = place[first[at]]
    return found, known[at] == asked


def least_liked(book: Orders, preferences: Preferences) -> Ints:
    """[O] what each bid deducts from its limit for the energy of a book that it likes least; 0 of an offer. [µEUR/kWh]"""
    less = np.zeros(len(book), np.int64)
    bids, offers = np.flatnonzero(book.bids), np.flatnonzero(~book.bids)
    if len(bids) and len(offers):
        less[bids] = preferences.discount(book, bids[:, None], offers[None, :]).max(axis=1)
    return less
