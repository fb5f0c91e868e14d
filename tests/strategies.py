"""Generated inputs for property tests."""

import numpy as np
from hypothesis import strategies as st

from p2p.orders import Orders, Preferences


@st.composite
def books(draw, most=14):
    """Order books: empty, one-sided, tied, negative; small enough to check by hand, large enough to be rich."""
    size = draw(st.integers(0, most))
    span = draw(st.sampled_from([0, 2, 30, 500_000]))
    side = draw(st.lists(st.sampled_from([1, -1]), min_size=size, max_size=size))
    energy = draw(st.lists(st.integers(1, 9), min_size=size, max_size=size))
    price = draw(st.lists(st.integers(-span, span), min_size=size, max_size=size))
    arrival = draw(st.permutations(range(size)))
    return Orders.of(side, energy, price, arrival=np.array(arrival, np.int64))


@st.composite
def tasteful_books(draw, most=10):
    """Books whose buyers tell sellers apart, and their preferences: agents on both sides, few places, mutual partners."""
    orders = draw(books(most))
    size, span = len(orders), draw(st.sampled_from([0, 3, 40]))
    column = lambda low, high: np.array(draw(st.lists(st.integers(low, high), min_size=size, max_size=size)), np.int64)  # noqa: E731
    orders = orders.replace(
        agent=column(0, 6).astype(np.int32), bus=column(0, 2).astype(np.int32), tag=(column(0, 1) * (orders.side < 0)).astype(np.int16)
    )
    partners = np.array(draw(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12, unique=True)), np.int64).reshape(-1, 2)
    apart = draw(st.sampled_from([0.5, 1.0, 2.3]))
    km = apart * np.abs(np.subtract.outer(np.arange(3), np.arange(3)))
    per_tag = np.stack([column(0, span), column(0, span)], axis=1)
    return orders, Preferences(column(0, span), per_tag, column(0, span), partners, km)
