"""A peer-to-peer market in which a kWh is worth more from one seller than from another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from p2p.base.columns import Ints
from p2p.base.errors import Fault, InputError
from p2p.base.units import eur
from p2p.markets.pairwise.random_pairs import shared
from p2p.markets.parameters import in_range, one_of
from p2p.orders import ALONE, NO_LIMITS, Clearing, Limits, Orders, Preferences, Surroundings, Trades

SOLVERS = ("central", "admm")
MOST_PAIRS = 4_000_000
"""Of a bid and an offer: each is looked at."""


@dataclass(frozen=True)
class Pairs:
    """Every bid with every offer of a book; the dearest bid and the cheapest offer first, equals by arrival.

    bids, offers : [M], [K] rows of the book
    worth : [M, K] of a kWh of each offer to each bid [µEUR/kWh]
    gain : [M, K] that, less what the offer asks for [µEUR/kWh]
    """

    bids: Ints
    offers: Ints
    worth: Ints
    gain: Ints

    @classmethod
    def of(cls, orders: Orders, preferences: Preferences | None) -> Pairs:
        """The pairs of a book.

        Raises
        ------
        InputError
            They are too many.
        """
        ranked = np.lexsort((orders.arrival, -orders.side * orders.price, -orders.side))
        count = int(np.count_nonzero(orders.bids))
        bids, offers = ranked[:count], ranked[count:]
        if len(bids) * len(offers) > MOST_PAIRS:
            what = f"{len(bids):,} bids and {len(offers):,} offers are {len(bids) * len(offers):,} pairs"
            raise InputError(Fault("pairs", what, f"at most {MOST_PAIRS:,}, each of which is looked at"))
        rows, columns = bids[:, None], offers[None, :]
        worth = np.broadcast_to(orders.price[rows], (len(bids), len(offers)))
        if preferences is not None:
            worth = preferences.worth(orders, rows, columns)
        return cls(bids, offers, worth, worth - orders.price[columns])


@dataclass(frozen=True)
class Bilateral:
    """Everyone may trade with everyone, and buyers tell the sellers' energy apart: the trades of the largest welfare.

    A kWh is worth a bid's limit, less what the buyer deducts for the distance, for energy without its favoured tag and for a
    seller it does not know. Every seller is paid one price and every buyer pays one net price (what it pays and what it
    deducts), such that nobody would rather have traded with somebody else. They are k of the way between the
    buyers' best such prices and the sellers'. Without preferences it gives the trades and the price of `uniform`.

    solver : "central", exact; or "admm", in which each pair of a bid and an offer tells the other nothing but price and
        quantity, until quantities and prices move by less than `tolerance`. There prices are what they agree on.
    k : 0 (the buyers' best prices) to 1 (the sellers'); of the central solver.
    iterations, tolerance : of "admm": rounds at most; misfit of a trade over the mean order, and of a price over the
        mean gain, at which they end.
    per_km, per_grey, stranger : what the buyer of the keenest taste deducts, a km between the buses, for energy that is
        not tagged green, and for a seller outside its pool and its neighbourhood; in a run, where each home's taste is
        a draw from 0 to 1. In `p2p clear` the book says it. [EUR/MWh] (assumption)
    partners : how many of the nearest homes are a home's neighbourhood, in a run.

    References
    ----------
    E. Sorin, L. Bobo and P. Pinson, "Consensus-based approach to peer-to-peer electricity markets with product
    differentiation", IEEE Trans. Power Systems 34 (2), 2019, sections II (the market) and III (the negotiation).
    L. S. Shapley and M. Shubik, "The assignment game I: the core", Int. J. Game Theory 1 (1), 1971 (prices by which
    nobody would rather trade with somebody else, and the best of them for each side).
    """

    solver: str = "central"
    k: float = 0.5
    iterations: int = 2000
    tolerance: float = 2e-3
    per_km: float = 10.0
    per_grey: float = 5.0
    stranger: float = 0.0
    partners: int = 3
    claims: ClassVar[frozenset[str]] = frozenset({"budget_balanced", "efficient"})
    sees: ClassVar[frozenset[str]] = frozenset({"preferences"})

    def __post_init__(self) -> None:
        one_of("solver", self.solver, SOLVERS)
        in_range("k", self.k, 0, 1)
        in_range("iterations", self.iterations, 1, 1_000_000)
        in_range("tolerance", self.tolerance, 1e-9, 1)
        for name in ("per_km", "per_grey", "stranger"):
            in_range(name, getattr(self, name), 0, 100_000)
        in_range("partners", self.partners, 0, 1000)
        if self.solver != "central":  # negotiated to a tolerance, so not the very largest welfare
            object.__setattr__(self, "claims", frozenset({"budget_balanced"}))

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS, around: Surroundings = ALONE) -> Clearing:
        """The clearing of a book."""
        pairs = Pairs.of(orders, around.preferences)
        if not (pairs.gain >= 0).any():
            return Clearing.of_trades(orders, trades_of(orders, pairs, np.zeros_like(pairs.gain), np.zeros_like(pairs.gain)))
        if self.solver == "admm":
            from p2p.markets.pairwise.consensus import agreed

            flow, price, facts = agreed(orders, pairs, self.iterations, self.tolerance)
        else:
            flow = assigned(orders, pairs)
            price, facts = fair_prices(orders, pairs, flow, self.k), {}
        if around.preferences is not None:
            facts["welfare by preferences [EUR]"] = eur(int(np.sum(flow * pairs.gain)))
        return Clearing.of_trades(orders, trades_of(orders, pairs, flow, price), facts)


def assigned(orders: Orders, pairs: Pairs) -> Ints:
    """[M, K] energy of each pair in the trades of the largest welfare, and of the largest volume among those. [Wh]"""
    from p2p.markets.pairwise.kernels import assign

    flow = np.zeros(pairs.gain.shape, np.int64)
    # one more kWh counts for half of the smallest gain there is: it decides between equals alone
    assign(2 * pairs.gain + 1, orders.energy[pairs.bids], orders.energy[pairs.offers], flow)
    return flow


def fair_prices(orders: Orders, pairs: Pairs, flow: Ints, k: float) -> Ints:
    """[M, K] the price of each offer, k of the way from the buyers' best to the sellers' best. [µEUR/kWh]"""
    from p2p.markets.pairwise.kernels import least_earned

    bids, offers = flow.shape
    low, kept = np.zeros(offers, np.int64), np.zeros(bids, np.int64)
    least_earned(pairs.gain, flow, orders.energy[pairs.bids], low)
    least_earned(np.ascontiguousarray(pairs.gain.T), np.ascontiguousarray(flow.T), orders.energy[pairs.offers], kept)
    # what an offer earns at most is what its dearest buyer gains less what that one keeps at least; equal over its buyers
    high = np.where(flow > 0, pairs.gain - kept[:, None], low).max(axis=0, initial=0)
    high = np.where(flow.sum(axis=0) < orders.energy[pairs.offers], low, high)
    price = orders.price[pairs.offers] + shared(low, high, k)
    return np.broadcast_to(price, flow.shape)


def trades_of(orders: Orders, pairs: Pairs, flow: Ints, price: Ints) -> Trades:
    """The pairs that trade."""
    bid, offer = np.nonzero(flow)
    return Trades(pairs.bids[bid], pairs.offers[offer], flow[bid, offer], price[bid, offer])
