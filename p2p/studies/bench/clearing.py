"""Call auctions against a NumPy sort of the same length."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from p2p.markets import MECHANISMS, clear
from p2p.orders import Orders
from p2p.studies.bench.timing import Measurement, best

SIZES = (100, 10_000, 1_000_000)
LIMITS = {100: 60e-6 / 100, 1_000_000: 30e-9}


def book(size: int) -> Orders:
    """A book of uniform prices between feed-in and retail, as many bids as offers, in random order of arrival."""
    draw = np.random.default_rng(size)
    side = draw.choice(np.array([1, -1]), size)
    return Orders.of(side, draw.integers(1, 5_000, size), draw.integers(50_000, 400_000, size), arrival=draw.permutation(size))


def measure() -> Iterator[Measurement]:
    """Every rule at every size, laws checked."""
    for size in SIZES:
        orders = book(size)
        reference = best(lambda orders=orders: np.sort(orders.price)) / size  # type: ignore[misc]
        for name, rule in MECHANISMS.items():
            if name != "none":
                made = rule()
                each = best(lambda orders=orders, made=made: clear(orders, made)) / size  # type: ignore[misc]
                yield Measurement(f"clear {name}", size, "order", each, "numpy.sort", reference, LIMITS.get(size))
