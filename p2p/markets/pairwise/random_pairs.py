"""Random pairs that bargain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from p2p.base.columns import Ints
from p2p.markets.parameters import in_range
from p2p.orders import ALONE, NO_LIMITS, Clearing, Limits, Orders, Surroundings, Trades

MOST_ROUNDS = 1_000_000


@dataclass(frozen=True)
class RandomPairs:
    """Rounds of chance meetings: each bid that still wants energy meets an offer that still has some, drawn by lot.

    Two who both gain trade the smaller of what they have left, at a price k of the way from the offer's limit to the
    bid's. It ends when nobody who is left could trade with anybody who is left, or after `rounds`.

    k : the seller's power to bargain, 0 (the buyer keeps the whole gain) to 1 (the seller does).
    rounds : at most.

    References
    ----------
    M. R. Blouin and R. Serrano, "A decentralized market with common values uncertainty: non-steady states", Review of
    Economic Studies 68 (2), 2001, section 2 (random meetings in rounds; those who trade leave).
    """

    k: float = 0.5
    rounds: int = 1000
    claims: ClassVar[frozenset[str]] = frozenset({"budget_balanced"})
    sees: ClassVar[frozenset[str]] = frozenset({"chance"})

    def __post_init__(self) -> None:
        in_range("k", self.k, 0, 1)
        in_range("rounds", self.rounds, 1, MOST_ROUNDS)

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS, around: Surroundings = ALONE) -> Clearing:
        """The clearing of a book."""
        from p2p.markets.pairwise.kernels import meet_at_random

        left, met, traded = room(orders)
        in_time = np.argsort(orders.arrival, kind="stable")
        bids, offers = in_time[orders.bids[in_time]], in_time[~orders.bids[in_time]]
        count, played = meet_at_random(around.seed, self.rounds, orders.arrival, orders.price, bids, offers, left, met, traded)
        trades = _agreed(orders, met[:, :count], traded[:count], self.k)
        return Clearing.of_trades(orders, trades, {"rounds": played, "pairs": count})


def bargain(orders: Orders, rounds: Iterable[tuple[Ints, Ints]], k: float = 0.5) -> Trades:
    """Trades of given meetings, in their order.

    Parameters
    ----------
    rounds : of each round, [n] rows of bids and [n] rows of the offers that they meet.
    k : as of `RandomPairs`.
    """
    from p2p.markets.pairwise.kernels import meet

    left, met, traded = room(orders)
    count = 0
    for bids, offers in rounds:
        count = meet(np.asarray(bids, np.int64), np.asarray(offers, np.int64), orders.price, left, met, traded, count)
    return _agreed(orders, met[:, :count], traded[:count], k)


def room(orders: Orders) -> tuple[Ints, Ints, Ints]:
    """What each order has left, and room for the pairs: each takes all that one of its two orders has left."""
    return orders.energy.copy(), np.zeros((2, len(orders)), np.int64), np.zeros(len(orders), np.int64)


def _agreed(orders: Orders, met: Ints, energy: Ints, k: float) -> Trades:
    """The pairs, each at its bargained price."""
    low, high = orders.price[met[1]], orders.price[met[0]]
    return Trades(met[0], met[1], energy, shared(low, high, k))


def shared(low: Ints, high: Ints, k: float) -> Ints:
    """[n] prices k of the way from the seller's limit to what it is worth to the buyer, to the nearest. [µEUR/kWh]"""
    price: Ints = low + np.rint(k * (high - low)).astype(np.int64)
    return price
