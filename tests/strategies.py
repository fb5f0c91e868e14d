"""Generated inputs for property tests."""

import numpy as np
from hypothesis import strategies as st

from p2p.orders import Orders


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
