"""MUDA: two halves of a market set each other's price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from p2p.base.columns import Flags, Ints
from p2p.base.streams import lots
from p2p.base.units import eur_per_mwh
from p2p.markets.crossing import between, crossing, margin_limits
from p2p.markets.parameters import one_of
from p2p.markets.truthful.vcg import pivotal_payments
from p2p.orders import ALONE, NO_LIMITS, Clearing, Limits, Orders, Surroundings

FORMS = ("lottery", "vickrey")


@dataclass(frozen=True)
class Muda:
    """Agents are split into two halves by lot, and each half trades at the price at which the other one would clear.

    Nobody has a hand in the price of the own half, so an agent does best to say what it wants at any price, whatever the
    number of its orders; only one whose own bids and offers cross would better trade with itself first. The price of a
    half is half-way between the limits of its worst accepted bid and offer, as far as that clears it. A half that would
    trade nothing has no price, and the other one then does not trade.

    form : who trades where one side of a half wants more than the other has at the price. lottery: agents in an order
        drawn by lot, each all it wants; no money is left over. vickrey: those who gain most, and each pays what the
        others lose by it, at least the price; the operator keeps what is over.

    References
    ----------
    E. Segal-Halevi, A. Hassidim and Y. Aumann, "MUDA: a truthful multi-unit double-auction mechanism", AAAI Conference
    on Artificial Intelligence, 2018, sections 4 and 5.
    """

    form: str = "lottery"
    sees: ClassVar[frozenset[str]] = frozenset({"chance"})

    def __post_init__(self) -> None:
        one_of("form", self.form, FORMS)

    @property
    def claims(self) -> frozenset[str]:
        """Truth in both forms; no money left over by lottery."""
        truthful = frozenset({"truthful_buyers", "truthful_sellers", "truthful_traders"})
        return truthful | {"budget_balanced"} if self.form == "lottery" else truthful

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS, around: Surroundings = ALONE) -> Clearing:
        """The clearing of a book."""
        lot = lots(around.seed, orders.agent.astype(np.int64))
        return in_halves(orders, lot < 2**52, lot, self.form)


def in_halves(orders: Orders, left: Flags, lot: Ints, form: str = "lottery") -> Clearing:
    """The clearing of a book whose halves are known.

    Parameters
    ----------
    left : [O] which orders are in the first half; all of an agent in the same.
    lot : [O] of the agent; who drew the smallest is served first.
    form : a word in `FORMS`.
    """
    accepted, payment = np.zeros((2, len(orders)), np.int64)
    halves = [np.flatnonzero(left), np.flatnonzero(~left)]
    prices = [half_price(orders.take(rows)) for rows in halves]
    facts: dict[str, Any] = {}
    for name, rows, price in zip(("first", "second"), halves, reversed(prices), strict=True):
        if price is not None:
            accepted[rows], payment[rows] = traded_at(orders.take(rows), price, lot[rows], form)
            facts[f"price in the {name} half [EUR/MWh]"] = eur_per_mwh(price)
    return Clearing(accepted, payment, None, facts=facts)


def half_price(orders: Orders) -> int | None:
    """The price that a half of the market sets: half-way between its worst accepted bid and offer, where that clears it."""
    accepted, ends = crossing(orders)
    margin = margin_limits(orders, accepted)
    if ends is None or margin is None:
        return None
    return min(max(between(margin, 0.5), ends[0]), ends[1])


def traded_at(orders: Orders, price: int, lot: Ints, form: str) -> tuple[Ints, Ints]:
    """[O] what is accepted of a half at a price that is given [Wh], and what it owes [nEUR]."""
    if form == "lottery":
        from p2p.markets.truthful.kernels import served_by_lot

        served = np.empty(len(orders), np.int64)
        served_by_lot(orders.side, orders.energy, orders.price, orders.arrival, lot, price, served)
        return served, orders.side * served * price
    side = orders.side.astype(np.int64)
    accepted: Ints = np.where(side * (orders.price - price) >= 0, orders.energy, 0)
    payment: Ints = side * accepted * price
    excess = int(np.dot(side, accepted))
    long = np.flatnonzero((side == np.sign(excess)) & (accepted > 0))
    if len(long):
        rest = int(accepted[long].sum()) - abs(excess)
        accepted[long], payment[long] = auctioned(orders.take(long), rest, price)
    return accepted, payment


def auctioned(orders: Orders, rest: int, price: int) -> tuple[Ints, Ints]:
    """[O] what each order of one side wins of what the other side has at a price [Wh], and what it owes [nEUR]."""
    if rest == 0:
        return np.zeros(len(orders), np.int64), np.zeros(len(orders), np.int64)
    nobody, last = [int(orders.agent.min()) - 1], [int(orders.arrival.max()) + 1]
    other = Orders.of(-orders.side[:1], [rest], [price], agent=nobody, arrival=last)
    book = Orders.concat([orders, other])
    accepted, _ = crossing(book)
    return accepted[:-1], pivotal_payments(book, accepted)[:-1]
