"""A day of steps and blocks against the same day without its blocks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from p2p.markets.day.blocks import Blocks
from p2p.markets.day.clear import clear_day
from p2p.orders.day import BLOCK, WHOLE, DayOrders, Slots, Terms
from p2p.studies.bench.timing import Measurement, best

INTERVALS, STEPS = 96, 8
SIZES = (50, 200, 500)
LIMIT = 10.0


def day(blocks: int) -> DayOrders:
    """Four bids and four offers of 2 to 12 kWh in each quarter-hour, and blocks of 0.1 to 1 kWh over 2 to 11 of them, all or none.

    Limits spread around a price that goes from 90 EUR/MWh in the morning to 210 in the evening.
    """
    draw = np.random.default_rng(blocks)
    level = 150_000 + 60_000 * np.cos((np.arange(INTERVALS) - 76) / INTERVALS * 2 * np.pi)
    steps = INTERVALS * STEPS
    interval = np.repeat(np.arange(INTERVALS), STEPS)
    bid = np.tile(np.arange(STEPS) < STEPS // 2, INTERVALS)
    energy = draw.integers(2_000, 12_000, steps)
    price = level[interval] * np.where(bid, draw.uniform(0.8, 1.6, steps), draw.uniform(0.5, 1.2, steps))
    first, length = draw.integers(0, INTERVALS - 6, blocks), draw.integers(2, 12, blocks)
    length = np.minimum(length, INTERVALS - first)
    each, buys = draw.integers(100, 1_000, blocks), draw.random(blocks) < 0.5
    middle = level[first + length // 2] * draw.uniform(0.7, 1.3, blocks)
    rows = steps + blocks
    limit = np.rint(np.concatenate((price, middle))).astype(np.int64)
    none = np.full(rows, -1)
    terms = Terms(
        np.arange(rows, dtype=np.int32),
        np.zeros(rows, np.int32),
        np.where(np.concatenate((bid, buys)), 1, -1).astype(np.int8),
        np.repeat(np.array([0, BLOCK], np.int8), [steps, blocks]),
        np.concatenate((energy, each * length)),
        limit,
        limit,
        np.repeat([0, WHOLE], [steps, blocks]),
        none,
        none,
        draw.permutation(rows),
        np.zeros(rows, np.int16),
    )
    place = np.concatenate([np.arange(start, start + many) for start, many in zip(first, length, strict=True)])
    slots = Slots(
        np.concatenate((np.arange(steps), np.repeat(steps + np.arange(blocks), length))),
        np.concatenate((interval, place)),
        np.concatenate((energy, np.repeat(each, length))),
    )
    return DayOrders(INTERVALS, terms, slots)


def measure() -> Iterator[Measurement]:
    """Days of more and more blocks, laws checked."""
    for blocks in SIZES:
        book = day(blocks)
        plain = book.without(book.terms.kind == BLOCK)
        reference = best(lambda plain=plain: clear_day(plain, Blocks()))  # type: ignore[misc]
        each = best(lambda book=book: clear_day(book, Blocks()), repeat=1)  # type: ignore[misc]
        yield Measurement("day of blocks", blocks, "day", each, "its steps alone", reference, LIMIT)
