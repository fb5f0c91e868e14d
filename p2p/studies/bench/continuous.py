"""The continuous book against a NumPy sort of the same length."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from p2p.markets import clear
from p2p.markets.continuous.book import OrderBook
from p2p.orders import Messages, Surroundings
from p2p.orders.messages import CANCEL, IOC, LIMIT, REPLACE
from p2p.studies.bench.clearing import book
from p2p.studies.bench.timing import Measurement, best

SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
MOST = 1_000_000
LIMITS = {MOST: 500e-9}


def stream(size: int) -> Messages:
    """As many messages, in the order in which they come: half limit orders, a tenth ioc, the rest changes of earlier orders."""
    draw, orders = np.random.default_rng(size), book(size)
    kind = draw.choice(np.array([LIMIT, IOC, CANCEL, REPLACE], np.int8), size, p=[0.5, 0.1, 0.2, 0.2])
    kind[0] = LIMIT
    latest = np.maximum.accumulate(np.where(kind < CANCEL, np.arange(size), 0))  # the newest order before each message
    new = np.flatnonzero(kind < CANCEL)
    earlier = new[(draw.random(size) * np.searchsorted(new, latest, side="right")).astype(np.int64)]
    order = np.where(kind < CANCEL, np.arange(size), earlier)
    energy = np.where(kind == CANCEL, 0, orders.energy)
    return Messages(kind, order, orders.agent[order], orders.side[order], energy, orders.price, np.arange(size))


def measure() -> Iterator[Measurement]:
    """Limit orders at every size, and the largest size again with messages of several kinds; laws checked."""
    for size in SIZES:
        orders = book(size)
        reference = best(lambda orders=orders: np.sort(orders.price)) / size  # type: ignore[misc]
        each = best(lambda orders=orders: clear(orders, "continuous")) / size  # type: ignore[misc]
        yield Measurement("continuous, limit orders", size, "order", each, "numpy.sort", reference, LIMITS.get(size))
    messages = stream(MOST)
    book_of, around = messages.orders(), Surroundings(messages=messages)
    each = best(lambda: clear(book_of, "continuous", around=around)) / MOST
    yield Measurement("continuous, all kinds", MOST, "message", each, "numpy.sort", reference, LIMITS[MOST])
    each = best(lambda: _one_by_one(1_000)) / 1_000
    yield Measurement("continuous, one by one", 1_000, "order", each, "numpy.sort", reference, None)


def _one_by_one(size: int) -> OrderBook:
    """An open book to which orders are sent from Python, one after the other."""
    open_book, orders = OrderBook(), book(size)
    for side, energy, price in zip(orders.side.tolist(), orders.energy.tolist(), orders.price.tolist(), strict=True):
        open_book.submit(side, energy, price)
    return open_book
