"""The best lie: what an agent could gain by reporting other limits or energies than its own, all else as it is.

An agent's orders in a book are taken for the truth. Its reports are tried on the clearing rule, and what comes of each
is valued at its true limits: what it bought goes to the uses that it values most, and what it sold comes from where it
costs it least. It can't sell more than it has. More than it wanted is worth nothing to it, or, where limits are negative,
the lowest of the book: nobody gains by being paid for what it has no use for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.base.units import MAX_PRICE
from p2p.markets import Mechanism, answer, laws, sees
from p2p.orders import ALONE, NO_LIMITS, Clearing, Orders, Surroundings


@dataclass(frozen=True)
class Grid:
    """Which reports are tried: of all of an agent's orders, of those of one side, and of each one alone.

    shades:   limits moved by these parts of the range of limits in the book, bids down and offers up; negative: outward
    beside:   to how many of the others' limits, evenly spread over them, and a µEUR/kWh above and below, limits are moved
    energies: energies multiplied by these; 0 leaves orders out
    singly:   most orders of an agent that are tried one by one; who has more changes all, or all of a side
    """

    shades: tuple[float, ...] = (-0.25, -0.05, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 1.0)
    beside: int = 1000
    energies: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.5)
    singly: int = 8


LIMITS = Grid(shades=(), energies=())
"""Other limits at the true energy: every place in the merit order that a limit can have."""


@dataclass(frozen=True)
class Misreport:
    """The best of the reports that were tried.

    agent: whose
    gain:  by it over the truth, in the mean over draws; 0 where none is better than the truth [nEUR]
    truth: what the truth gains [nEUR]
    what:  the report in words
    book:  the book with the report in place of the truth
    """

    agent: int
    gain: float
    truth: float
    what: str
    book: Orders


@dataclass(frozen=True)
class Lie:
    """A misreport that pays, of an agent to whom a rule promises that none does."""

    claim: str
    rule: Mechanism
    orders: Orders
    best: Misreport

    def __str__(self) -> str:
        """The lie and the book, in words."""
        book = self.orders
        rows = zip(book.agent, np.where(book.bids, "bid", "offer"), book.energy, book.price, book.arrival, strict=True)
        lines = [f"  agent {who}: {side} {energy} Wh at {price} µEUR/kWh, arrival {came}" for who, side, energy, price, came in rows]
        return "\n".join([f"agent {self.best.agent} gains {self.best.gain:g} nEUR by {self.best.what}", *lines])


def best_misreport(
    rule: Mechanism, orders: Orders, agent: int, grid: Grid = Grid(), seeds: Sequence[int] = range(8), around: Surroundings = ALONE
) -> Misreport:
    """The report of a grid by which an agent gains most, all others' orders as they are.

    Parameters
    ----------
    rule : a clearing rule.
    orders : the book, with the agent's true orders.
    agent : whose report it is.
    grid : which reports are tried.
    seeds : of the draws of a rule that sees chance, the same for truth and lie; gains are means over them.
    around : what else the rule may look at.

    Examples
    --------
    >>> from p2p.markets import PayAsBid
    >>> book = Orders.of(side=[1, -1], energy=[1000, 1000], price=[300_000, 80_000])
    >>> best = best_misreport(PayAsBid(), book, agent=0)
    >>> best.gain, best.what
    (220000000.0, 'the bid of 1000 Wh shaded by 1 of the range of limits')
    """
    truth = float(gains(rule, orders, orders, agent, seeds, around).mean())
    best, what, said = truth, "the truth", orders
    for words, book in reports(orders, agent, grid):
        found = float(gains(rule, orders, book, agent, seeds, around).mean())
        if found > best:
            best, what, said = found, words, book
    return Misreport(agent, best - truth, truth, what, said)


def gains(
    rule: Mechanism, orders: Orders, said: Orders, agent: int, seeds: Sequence[int] = range(8), around: Surroundings = ALONE
) -> Floats:
    """[seeds] what an agent gains when it says `said` and means its orders in `orders`; one draw where a rule sees no chance."""
    own = orders.take(orders.agent == agent)
    if "chance" not in sees(rule):
        return np.array([gain_of(own, said, answer(rule, said, NO_LIMITS, around), agent)])
    draws = [Surroundings(seed, around.outside, around.preferences) for seed in seeds]
    return np.array([gain_of(own, said, answer(rule, said, NO_LIMITS, draw), agent) for draw in draws])


def gain_of(own: Orders, said: Orders, clearing: Clearing, agent: int) -> float:
    """What an agent gains by the clearing of a book, valued at its true orders; -inf where it sold more than it has. [nEUR]

    own : its true orders.
    said : the book that was cleared.
    """
    mine = said.agent == agent
    bought, sold = (int(clearing.energy[mine & (said.bids == buys)].sum()) for buys in (True, False))
    wants, has = own.take(own.bids), own.take(~own.bids)
    if sold > int(has.energy.sum()):
        return -np.inf
    unwanted = max(bought - int(wants.energy.sum()), 0) * min(int(said.price.min(initial=0)), 0)
    return float(_value(wants, bought) + unwanted - _value(has, sold) - int(clearing.payment[mine].sum()))


def _value(own: Orders, energy: int) -> int:
    """What energy is worth to true bids, the best first, or costs true offers, the cheapest first. [nEUR]"""
    rows = np.argsort(-own.side * own.price, kind="stable")
    each = np.clip(energy - (np.cumsum(own.energy[rows]) - own.energy[rows]), 0, own.energy[rows])
    return int(np.dot(each, own.price[rows]))


def reports(orders: Orders, agent: int, grid: Grid) -> Iterator[tuple[str, Orders]]:
    """Each report of a grid, in words, and the book with it in place of the agent's true orders."""
    wide = max(int(np.ptp(orders.price)), 1) if len(orders) else 1
    others = np.unique(orders.price[orders.agent != agent])
    some = others[np.unique(np.linspace(0, len(others) - 1, min(grid.beside, len(others))).astype(np.int64))]
    beside = np.unique(np.concatenate([some - 1, some, some + 1]))
    for words, rows in _changed(orders, agent, grid.singly):
        side, limit = orders.side[rows].astype(np.int64), orders.price[rows]
        for shade in grid.shades:
            yield f"{words} shaded by {shade:g} of the range of limits", _at(orders, rows, limit - side * round(shade * wide))
        for price in beside.tolist():
            yield f"{words} at {price} µEUR/kWh", _at(orders, rows, np.full(len(rows), price))
        for share in grid.energies:
            yield f"{words} with {share:g} of the energy", _of_energy(orders, rows, share)


def _changed(orders: Orders, agent: int, singly: int) -> Iterator[tuple[str, Ints]]:
    """Which orders of an agent a report changes, and what they are called."""
    rows = np.flatnonzero(orders.agent == agent)
    bids, offers = rows[orders.bids[rows]], rows[~orders.bids[rows]]
    if len(bids) and len(offers):
        yield "all orders", rows
    for words, some in (("all bids", bids), ("all offers", offers)):
        if len(some) > 1:
            yield words, some
    for row in rows if len(rows) <= singly or len(rows) == 1 else ():
        yield f"the {'bid' if orders.side[row] > 0 else 'offer'} of {orders.energy[row]} Wh", np.array([row])


def _at(orders: Orders, rows: Ints, limit: Ints) -> Orders:
    price = orders.price.copy()
    price[rows] = np.clip(limit, -MAX_PRICE, MAX_PRICE)
    return orders.replace(price=price)


def _of_energy(orders: Orders, rows: Ints, share: float) -> Orders:
    energy = orders.energy.copy()
    energy[rows] = np.rint(energy[rows] * share).astype(np.int64)
    return orders.replace(energy=energy).take(energy > 0)


def gains_by_lying(rule: Mechanism, books: Iterable[Orders], tolerance: int = 1, seeds: Sequence[int] = range(4)) -> Lie | None:
    """The first lie that pays although the rule claims that none does; None if none is found.

    Sides that are promised it are searched for agents who hold one order, at other limits; traders who hold many, for other
    limits and energies, but for those whose own bids and offers cross, who would better trade with themselves.

    Parameters
    ----------
    rule : a clearing rule.
    books : to search in.
    tolerance : how much a lie may move the price: prices are whole. [µEUR/kWh]
    seeds : of draws by which lies are found; what is found is then held against 64 fresh ones, and stands if the mean gain is
        four times its standard error.
    """
    for orders in books:
        for agent in np.unique(orders.agent).tolist():
            own = orders.take(orders.agent == agent)
            claim = _promised(rule, own)
            if claim is None:
                continue
            grid = Grid(shades=()) if claim == "truthful_traders" else LIMITS
            best = best_misreport(rule, orders, agent, grid, seeds)
            if best.gain > tolerance * int(own.energy.sum()) and _stands(rule, orders, best, tolerance):
                return Lie(claim, rule, orders, best)
    return None


def _promised(rule: Mechanism, own: Orders) -> str | None:
    """The claim by which an agent of these orders gains by no lie."""
    if "truthful_traders" in rule.claims and not crosses_itself(own):
        return "truthful_traders"
    if len(own) > 1:
        return None
    return next((claim for claim, side in laws.TRUTHFUL.items() if claim in rule.claims and own.side[0] == side), None)


def crosses_itself(own: Orders) -> bool:
    """Whether an agent bids more than it asks: it could trade with itself."""
    bids, offers = own.price[own.bids], own.price[~own.bids]
    return bool(len(bids) and len(offers) and bids.max() > offers.min())


def _stands(rule: Mechanism, orders: Orders, best: Misreport, tolerance: int) -> bool:
    fresh = range(1000, 1064)
    more = gains(rule, orders, best.book, best.agent, fresh) - gains(rule, orders, orders, best.agent, fresh)
    error = float(more.std()) / np.sqrt(len(more))
    own = int(orders.energy[orders.agent == best.agent].sum())
    return bool(more.mean() > max(4 * error, tolerance * own))
