"""Which part of a home's orders its aggregator may bid."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from p2p.behaviour.usable import split, usable, whole_wh
from p2p.orders import Orders
from tests.strategies import books


def ints(*values):
    return np.array(values, np.int64)


def test_what_can_wait_comes_first():
    """A home bids 300 Wh at 250 (its load), 200 at 120 and 100 at 90 (its battery): of 250 the battery's 100 and 150 of the 200.

    It offers 400 at 80 (its sun) and 100 at 140: of 150 the 100 and then 50. Another home has no bound.
    """
    orders = Orders.of(
        side=[1, 1, 1, -1, -1, 1], energy=[300, 200, 100, 400, 100, 70], price=[250, 120, 90, 80, 140, 60], agent=[0, 0, 0, 0, 0, 1]
    )
    part = usable(orders, ints(150, 0), ints(250, 1000))
    assert part.tolist() == [0, 150, 100, 50, 100, 70]
    pieces, origin, parts = split(orders, part)
    assert origin.tolist() == [1, 2, 3, 4, 5, 0, 1, 3]
    assert pieces.energy.tolist() == [150, 100, 50, 100, 70, 300, 50, 350]
    assert parts.tolist() == [True] * 5 + [False] * 3
    assert pieces.arrival.tolist() == [1, 3, 4, 6, 7, 0, 2, 5]


def test_energy_of_a_power():
    assert whole_wh(np.array([1.5, 0.0]), 0.25).tolist() == [375, 0]
    assert whole_wh(np.array([np.inf]), 0.25)[0] > 10**9


@given(books(), st.integers(0, 12), st.integers(0, 12), st.lists(st.integers(0, 3), min_size=14, max_size=14))
def test_bounds_hold_and_nothing_is_lost(orders, sold, bought, agents):
    orders = orders.replace(agent=np.array(agents[: len(orders)], np.int32))
    part = usable(orders, np.full(4, sold), np.full(4, bought))
    assert np.all((part >= 0) & (part <= orders.energy))
    for agent in range(4):
        for side, most in ((1, bought), (-1, sold)):
            mine = (orders.agent == agent) & (orders.side == side)
            assert part[mine].sum() == min(most, orders.energy[mine].sum())
    pieces, origin, parts = split(orders, part)
    back = np.zeros(len(orders), np.int64)
    np.add.at(back, origin, pieces.energy)
    assert np.array_equal(back, orders.energy)
    assert np.all(pieces.energy > 0)
    assert len(np.unique(pieces.arrival)) == len(pieces)
    assert np.array_equal(pieces.energy[parts], part[origin[parts]])
