"""Laws for rules of one's own: hold a clearing rule or a strategy to what the package promises of every one.

    >>> from p2p.markets import Uniform
    >>> check_mechanism(Uniform(k=0.2))

A rule that breaks its word is named, with the law and the smallest book on which it was caught.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from p2p.base.errors import LawBroken
from p2p.behaviour import Strategy
from p2p.flexibility import booked
from p2p.markets import Mechanism, answer, laws, sees, waives
from p2p.orders import NO_LIMITS, Clearing, Known, Orders, Outside, Surroundings

BOOKS = 300
"""How many books a rule is tried on unless one gives one's own."""


def random_books(count: int = BOOKS, seed: int = 0) -> Iterator[Orders]:
    """Small order books of all kinds: empty, one-sided, tied, negative, of one size and of many, several orders an agent."""
    draw = np.random.default_rng(seed)
    for number in range(count):
        size = number if number < 3 else int(draw.integers(2, 15))
        span = int(draw.choice([0, 2, 30, 500_000]))
        sides = draw.choice([1, -1], size) if number % 10 else np.full(size, draw.choice([1, -1]))
        energy = draw.integers(1, 10, size) if number % 3 else np.full(size, 4)
        yield Orders.of(
            sides,
            energy,
            draw.integers(-span, span + 1, size),
            agent=np.arange(size) if number % 2 else draw.integers(0, max(size // 2, 1), size),
            arrival=draw.permutation(size),
            tag=draw.integers(0, 3, size),
        )


def check_mechanism(rule: Mechanism, books: Iterable[Orders] | None = None, seed: int = 0) -> None:
    """Hold a clearing rule to the laws of every market, to its claims, and to its answer being the book's alone.

    Parameters
    ----------
    rule : an instance, such as `MyRule(k=0.3)`.
    books : to try it on; some hundred generated ones if None.
    seed : of chance.

    Raises
    ------
    LawBroken
        Names the rule, the law and the book.
    """
    unknown = rule.claims - set(laws.CLAIMS) - laws.OTHER_CLAIMS
    if unknown:
        raise LawBroken(
            f"{rule} claims '{min(unknown)}', and no law is called so; known: {', '.join(sorted({*laws.CLAIMS, *laws.OTHER_CLAIMS}))}"
        )
    held = [law for law in laws.ALWAYS if law.__name__ not in waives(rule)]
    held += [law for name, law in laws.CLAIMS.items() if name in rule.claims]
    for number, book in enumerate(random_books(seed=seed) if books is None else books):
        around = Surroundings(seed + number, _outside(book) if "outside" in sees(rule) else None)
        _check_book(rule, book, around, held)
    _check_truthful(rule, seed)


def _check_book(rule: Mechanism, book: Orders, around: Surroundings, held: list[laws.Law]) -> None:
    clearing = answer(rule, book, NO_LIMITS, around)
    for law in held:
        if not (len(book) == 0 and law in laws.NEED_A_PRICE) and not law(book, clearing):
            raise LawBroken(f"{rule} breaks '{law.__name__}': {law.__doc__}\n{_shown(book, clearing)}")
    turned = answer(rule, book.take(slice(None, None, -1)), NO_LIMITS, around)
    if not (np.array_equal(clearing.energy, turned.energy[::-1]) and np.array_equal(clearing.payment, turned.payment[::-1])):
        raise LawBroken(f"{rule} answers otherwise when the rows of a book stand in another order\n{_shown(book, clearing)}")


def _check_truthful(rule: Mechanism, seed: int) -> None:
    """Search small books for somebody who gains by a lie that the rule claims does not pay."""
    from p2p.behaviour.best_response import gains_by_lying

    found = gains_by_lying(rule, random_books(40, seed))
    if found is not None:
        raise LawBroken(f"{rule} breaks '{found.claim}': {found}")


def _outside(book: Orders) -> Outside | None:
    return Outside(int(book.price.max()) + 1, int(book.price.min()) - 1) if len(book) else None


def _shown(book: Orders, clearing: Clearing) -> str:
    """The book and its answer, one order a line."""
    columns = (book.agent, book.side, book.energy, book.price, book.arrival, clearing.energy, clearing.payment)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return "\n".join(
        f"  agent {agent}: {'bid' if side > 0 else 'offer'} {energy} Wh at {price} µEUR/kWh, arrival {arrival}: accepted {got} Wh, owes {owed} nEUR"
        for agent, side, energy, price, arrival, got, owed in rows
    )


def check_strategy(strategy: Strategy, homes: int = 40, seed: int = 0) -> None:
    """Hold a strategy to two laws: each home decides from its own row, alone as among many; and none sells what it does not have.

    Parameters
    ----------
    strategy : an instance.
    homes : how many generated homes it is asked for.
    seed : of their situations.

    Raises
    ------
    LawBroken
        A home orders otherwise alone than among others, for somebody else, or offers more than it can feed in.
    BookInvalid
        Its orders mean nothing.
    """
    draw = np.random.default_rng(seed)
    worth = draw.integers(60_000, 300_000, homes)
    known = Known.of(
        (3, 0.25, 300_000, 80_000, 100_000),
        agent=np.arange(homes, dtype=np.int32),
        bus=draw.integers(0, 9, homes).astype(np.int32),
        net=draw.normal(0, 3, homes),
        low=-draw.exponential(1, homes) * (draw.random(homes) < 0.5),
        high=draw.exponential(1, homes) * (draw.random(homes) < 0.5),
        luck=draw.random((2, homes)),
        charge_worth=worth,
        discharge_cost=worth + draw.integers(0, 20_000, homes),
        arrival=draw.permutation(homes).astype(np.int64),
    )
    together = strategy(known)
    together.check()
    if beyond := booked(together, known.floor, known.hours)[1]:
        raise LawBroken(f"{strategy}: homes offer {beyond} Wh more than they can feed in; a run refuses that")
    for home in range(homes):
        alone, among = strategy(known.take(np.array([home]))), together.take(together.agent == home)
        if not all(np.array_equal(getattr(alone, name), column) for name, column in among.columns().items()):
            raise LawBroken(f"{strategy}: home {home} orders otherwise alone than among {homes}")
