"""Orders of one price at the margin, served by arrival, in proportion or by lot; and the price half-way at the margin."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.base.errors import InputError
from p2p.markets import MECHANISMS, MidPoint, PayAsBid, Uniform, clear
from p2p.orders import Orders, Surroundings
from tests.strategies import books

RULES = (Uniform, PayAsBid, MidPoint)
TIED = Orders.of(side=[1, 1, 1, -1], energy=[4, 2, 1, 5], price=[9, 9, 9, 5], arrival=[7, 3, 4, 0])


@pytest.mark.parametrize("rule", RULES)
def test_by_arrival_who_came_first_is_served(rule):
    assert clear(TIED, rule()).energy.tolist() == [2, 2, 1, 5]


@pytest.mark.parametrize("rule", RULES)
def test_pro_rata_everyone_gets_a_share(rule):
    """By hand: 5 of 7 Wh: shares 20/7 = 2.86, 10/7 = 1.43, 5/7 = 0.71; whole 2, 1, 0, and two lots to the largest
    remainders, .86 and .71: 3, 1, 1."""
    assert clear(TIED, rule(ties="pro_rata")).energy.tolist() == [3, 1, 1, 5]


def test_equal_remainders_go_to_who_came_first():
    """By hand: 3 Wh for four bids of 1: shares of 3/4 each, so the last to come gets nothing."""
    book = Orders.of(side=[1, 1, 1, 1, -1], energy=[1, 1, 1, 1, 3], price=[9] * 4 + [5], arrival=[2, 9, 1, 0, 5])
    assert clear(book, Uniform(ties="pro_rata")).energy.tolist() == [1, 0, 1, 1, 3]


def test_a_lottery_is_fair_and_repeatable():
    """Two bids of 1 Wh for one on offer: over 4,000 seeds each wins half of the time, within four standard deviations."""
    book = Orders.of(side=[1, 1, -1], energy=[1, 1, 1], price=[9, 9, 5])
    won = [int(clear(book, Uniform(ties="lottery"), around=Surroundings(seed)).energy[0]) for seed in range(4_000)]
    assert abs(sum(won) - 2_000) < 4 * np.sqrt(4_000 / 4)
    assert won[:50] == [int(clear(book, Uniform(ties="lottery"), around=Surroundings(seed)).energy[0]) for seed in range(50)]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("ties", ["pro_rata", "lottery"])
@given(orders=books(), seed=st.integers(0, 2**63 - 1))
def test_ties_move_no_volume_and_no_welfare(rule, ties, orders, seed):
    by_arrival, other = clear(orders, rule()), clear(orders, rule(ties=ties), around=Surroundings(seed))
    assert other.traded(orders) == by_arrival.traded(orders)
    assert other.welfare(orders) == by_arrival.welfare(orders)
    assert other.price == by_arrival.price


@pytest.mark.parametrize("rule", RULES)
@given(orders=books())
def test_in_proportion_nobody_is_more_than_a_lot_away_from_a_share(rule, orders):
    accepted = clear(orders, rule(ties="pro_rata")).energy
    for side in (1, -1):
        part = (orders.side == side) & (accepted > 0) & (accepted < orders.energy)
        if part.any():
            tied = (orders.side == side) & (orders.price == orders.price[part][0])
            share = orders.energy[tied] * accepted[tied].sum() / orders.energy[tied].sum()
            assert np.all(np.abs(accepted[tied] - share) < 1)


def test_the_mid_point_may_leave_regret():
    """By hand: bids 50 and 40, offers 10 and 60, 1 Wh each: one trades; half-way between 50 and 10 is 30, at which the
    bid of 40 would have gained. `uniform` keeps to the range from 40 to 50."""
    book = Orders.of(side=[1, 1, -1, -1], energy=[1] * 4, price=[50, 40, 10, 60])
    assert clear(book, "mid_point").price == 30
    assert clear(book, "uniform").price == 45


@pytest.mark.parametrize(
    ("side", "price", "expected"),
    [([], [], None), ([1, 1], [5, 9], 9), ([-1, -1], [5, 9], 5), ([1, -1], [20, 30], 25), ([-1], [-7], -7)],
    ids=["empty", "bids only", "offers only", "no overlap", "one order"],
)
def test_the_mid_point_without_trade_is_between_the_best(side, price, expected):
    assert clear(Orders.of(side, [1] * len(side), price), "mid_point").price == expected


@pytest.mark.parametrize("rule", RULES)
def test_other_ties_are_refused(rule):
    with pytest.raises(InputError, match="ties: 'random'; allowed: arrival, pro_rata, lottery"):
        rule(ties="random")


@pytest.mark.parametrize("name", [name for name in MECHANISMS if name != "none"])
@pytest.mark.parametrize("ties", ["arrival", "pro_rata", "lottery"])
def test_orders_that_came_at_once_are_served_all_the_same(name, ties):
    """Arrivals that are alike, as a file may have them, break no law; rows then decide."""
    rule = MECHANISMS[name]
    kinds = {field.name for field in dataclasses.fields(rule)} & {"ties", "rationing"}
    made = rule(**dict.fromkeys(kinds, ties))
    for size in (2, 5, 12):
        draw = np.random.default_rng(size)
        energy, price = draw.integers(1, 9, 2 * size), draw.integers(5, 8, 2 * size)
        book = Orders.of([1] * size + [-1] * size, energy, price, arrival=np.zeros(2 * size))
        clear(book, made)
