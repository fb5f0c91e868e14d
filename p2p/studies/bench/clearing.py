"""Clearing rules against a NumPy sort of the same length: the call auctions up to ten million orders, the others on small books."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from p2p.markets import MECHANISMS, clear
from p2p.orders import Orders, Outside, Surroundings
from p2p.studies.bench.timing import Measurement, best

SIZES = (100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)
AUCTIONS = ("uniform", "pay_as_bid", "mid_point", "mcafee", "trade_reduction", "huang", "sbba", "vcg", "muda")
SMALL = 100
"""Orders of a local market's book."""

MILLION = {"uniform": 30e-9, "pay_as_bid": 30e-9, "mcafee": 60e-9, "trade_reduction": 60e-9}
"""What an order may take in a book of a million. [s]"""

PYMARKET = {"huang": 474e-9, "muda": 474e-9}
"""A thousandth of what an order takes pymarket in a book of ten thousand, at its fastest (474 to 908 µs). [s]"""


def book(size: int) -> Orders:
    """A book of uniform prices between feed-in and retail, as many bids as offers, in random order of arrival."""
    draw = np.random.default_rng(size)
    side = draw.choice(np.array([1, -1]), size)
    return Orders.of(side, draw.integers(1, 5_000, size), draw.integers(50_000, 400_000, size), arrival=draw.permutation(size))


def limit(name: str, size: int) -> float | None:
    """What an order may take. [s]"""
    if size == SMALL:
        return 60e-6 / SMALL
    return {10_000: PYMARKET, 1_000_000: MILLION}.get(size, {}).get(name)


def measure() -> Iterator[Measurement]:
    """Every call auction at every size, laws checked."""
    for size in SIZES:
        yield from _measured(AUCTIONS, size)


def measure_small() -> Iterator[Measurement]:
    """Every other rule on a book of a local market's size."""
    yield from _measured([name for name in MECHANISMS if name not in (*AUCTIONS, "none")], SMALL, limited=False)


def _measured(names: tuple[str, ...] | list[str], size: int, *, limited: bool = True) -> Iterator[Measurement]:
    orders = book(size)
    around = Surroundings(7, Outside(400_000, 50_000))
    reference = best(lambda: np.sort(orders.price)) / size
    for name in names:
        rule = MECHANISMS[name]()
        each = best(lambda: clear(orders, rule, around=around)) / size  # noqa: B023  called before the next rule is taken
        yield Measurement(f"clear {name}", size, "order", each, "numpy.sort", reference, limit(name, size) if limited else None)
