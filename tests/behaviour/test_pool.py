"""A pool as one bidder: worked by hand, and what holds for any book and any rule."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.behaviour.pool import Ways, disaggregated, pooled
from p2p.markets import MECHANISMS, clear, waives
from p2p.orders import Clearing, Orders, Outside, Surroundings
from tests.strategies import books

FIRST = 100


def ways(*margins, curve=True):
    return Ways(np.full(len(margins), curve), np.array(margins, np.int64))


def pools(*numbers):
    return np.array(numbers, np.int64)


def rows(book):
    return sorted(zip(book.agent.tolist(), book.side.tolist(), book.energy.tolist(), book.price.tolist(), strict=True))


#: members 0-3 of one pool, and a stranger; 0 bids 100 Wh at 200, 1 bids 50 at 120, 2 offers 60 at 80, 3 offers 40 at 150
BOOK = Orders.of(side=[1, 1, -1, -1, -1], energy=[100, 50, 60, 40, 500], price=[200, 120, 80, 150, 90])
MEMBERS = pools(0, 0, 0, 0, -1)


def test_members_trade_among_themselves_first():
    """60 at 80 and 40 at 150 both lie below 100 at 200: 100 Wh trade inside, at half-way from 150 to 200 (the bid at 120 and
    nobody's offer are left): 175. 50 Wh at 120 are left for the market."""
    book, how = pooled(BOOK, MEMBERS, ways(0), FIRST)
    assert how.inside.tolist() == [100, 0, 60, 40, 0]
    assert how.owed.tolist() == [17_500, 0, -10_500, -7_000, 0]
    assert rows(book) == [(4, -1, 500, 90), (FIRST, 1, 50, 120)]
    assert how.rest.tolist() == [0, 50, 0, 0, 500]


def test_what_the_market_accepts_goes_to_the_members():
    book, how = pooled(BOOK, MEMBERS, ways(0), FIRST)
    cleared = clear(book, "uniform")
    assert cleared.price == 90
    found = disaggregated(BOOK, book, cleared, how)
    assert found.energy.tolist() == [100, 50, 60, 40, 50]
    assert found.payment.tolist() == [17_500, 4_500, -10_500, -7_000, -4_500]
    assert found.price is None
    assert found.budget() == 0


def test_a_margin_lies_between_members_and_market():
    """A bid of 120 stands as 100 in the book; an offer of 80 as 100."""
    orders = Orders.of(side=[1, -1], energy=[10, 20], price=[120, 80])
    book, _ = pooled(orders, pools(0, 1), ways(20, 20), FIRST)
    assert rows(book) == [(FIRST, 1, 10, 100), (FIRST + 1, -1, 20, 100)]


def test_equal_limits_are_one_order_and_share_by_size():
    """Bids of 30, 20 and 50 Wh at one limit get 33 Wh: 9.9, 6.6, 16.5, so 10, 7 and 16, the largest remainders first.

    At 90 each the 33 Wh owe 2,970.
    """
    orders = Orders.of(side=[1, 1, 1, -1], energy=[30, 20, 50, 33], price=[200, 200, 200, 90])
    book, how = pooled(orders, pools(0, 0, 0, -1), ways(0), FIRST)
    assert rows(book) == [(3, -1, 33, 90), (FIRST, 1, 100, 200)]
    cleared = Clearing.at_one_price(book, np.where(book.agent == 3, 33, 33), 90)
    found = disaggregated(orders, book, cleared, how)
    assert found.energy.tolist() == [10, 7, 16, 33]
    assert found.payment.tolist() == [900, 630, 1440, -2970]
    assert found.price == 90


def test_who_bids_most_comes_first_whatever_a_rule_accepts():
    """A rule takes 10 Wh of the bid at 100, at 90, and none of the one at 200: the member who bids 200 gets them, for the same."""
    orders = Orders.of(side=[1, 1, -1], energy=[10, 10, 10], price=[200, 100, 50])
    book, how = pooled(orders, pools(0, 0, -1), ways(0), FIRST)
    odd = np.where(book.price == 200, 0, 10)
    found = disaggregated(orders, book, Clearing(odd, book.side * odd * 90, None), how)
    assert found.energy.tolist() == [10, 0, 10]
    assert found.payment.tolist() == [900, 0, -900]


def test_what_rules_tell_apart_is_not_merged():
    orders = Orders.of(side=[1, 1], energy=[10, 20], price=[100, 100], bus=[3, 4])
    one, _ = pooled(orders, pools(0, 0), ways(0), FIRST)
    two, how = pooled(orders, pools(0, 0), ways(0), FIRST, apart=orders.bus.astype(np.int64))
    assert rows(one) == [(FIRST, 1, 30, 100)]
    assert rows(two) == [(FIRST, 1, 10, 100), (FIRST, 1, 20, 100)]
    assert two.bus.tolist() == [3, 4]
    assert how.head.tolist() == [0, 1]


def test_a_pool_that_passes_orders_on_leaves_them_as_they_are():
    book, how = pooled(BOOK, MEMBERS, ways(0, curve=False), FIRST)
    assert book.energy.tolist() == BOOK.energy.tolist()
    assert book.agent.tolist() == [FIRST] * 4 + [4]
    cleared = clear(book, "pay_as_bid")
    found = disaggregated(BOOK, book, cleared, how)
    assert np.array_equal(found.energy, cleared.energy)
    assert np.array_equal(found.payment, cleared.payment)


def test_nobody_in_a_pool_and_nobody_at_all():
    book, how = pooled(BOOK, pools(-1, -1, -1, -1, -1), ways(), FIRST)
    assert rows(book) == rows(BOOK)
    empty = BOOK.take(slice(0))
    book, how = pooled(empty, pools(), ways(5), FIRST)
    assert len(book) == len(how.rest) == 0
    assert len(disaggregated(empty, book, Clearing.nothing(book), how).energy) == 0


@st.composite
def cases(draw):
    """A book of few agents, whose pools they are in, how the pools bid, and whether they are kept apart by bus."""
    orders = draw(books())
    size = len(orders)
    column = lambda low, high: np.array(draw(st.lists(st.integers(low, high), min_size=size, max_size=size)), np.int64)  # noqa: E731
    orders = orders.replace(agent=column(0, 5).astype(np.int32), bus=column(0, 2).astype(np.int32), tag=column(0, 1).astype(np.int16))
    pool = np.array([-1, 0, 0, 1, 1, 2])[orders.agent]
    how = Ways(
        np.array(draw(st.lists(st.booleans(), min_size=3, max_size=3))), np.array(draw(st.lists(st.integers(0, 4), min_size=3, max_size=3)))
    )
    return orders, pool, how, orders.bus.astype(np.int64) if draw(st.booleans()) else None


@pytest.mark.parametrize("name", MECHANISMS)
@given(case=cases(), chance=st.integers(0, 2**32 - 1))
def test_pooling_is_exact_and_nobody_loses(name, case, chance):
    """Every rule, any book, whatever is shown: what the book got is what the orders got beside their inner trades, and likewise
    what is owed."""
    orders, pool, how, apart = case
    shown = np.random.default_rng(chance).random(len(orders)) < 0.7
    book, pooling = pooled(orders, pool, how, FIRST, apart, shown)
    rule = MECHANISMS[name]()
    cleared = clear(book, rule, around=Surroundings(seed=5, outside=Outside(20, -20)))
    found = disaggregated(orders, book, cleared, pooling, apart)
    assert np.all((found.energy >= pooling.inside) & (found.energy <= orders.energy))
    assert found.budget() == cleared.budget()
    assert pooling.owed.sum() == 0
    curve = pooling.curve
    for number in np.unique(pool):
        own, its = pool == number, book.agent == FIRST + number if number >= 0 else book.agent < FIRST
        for side in (1, -1):
            mine, of_book = own & (orders.side == side), its & (book.side == side)
            assert (found.energy - pooling.inside)[mine].sum() == cleared.energy[of_book].sum()
            assert (found.payment - pooling.owed)[mine].sum() == cleared.payment[of_book].sum()
            assert pooling.rest[mine].sum() == book.energy[of_book].sum()
            # merit order: no member is left over while one with a worse limit got something, where orders may be merged
            if apart is None:
                got, left = mine & curve & (found.energy > pooling.inside), mine & curve & (found.energy < orders.energy)
                if got.any() and left.any():
                    assert (side * orders.price[got]).min() >= (side * orders.price[left]).max()
        assert pooling.owed[own].sum() == 0
    if "nobody_loses" not in waives(rule):
        margin = np.where(curve, how.margin[np.maximum(pool, 0)], 0)
        limit = orders.side * orders.price * found.energy - margin * (found.energy - pooling.inside)
        assert np.all(found.payment <= limit)


@given(case=cases())
def test_a_curve_is_monotone_and_does_not_cross_itself(case):
    orders, pool, how, _ = case
    book, _ = pooled(orders, pool, how, FIRST)
    for number in range(3):
        if how.curve[number]:
            own = book.take(book.agent == FIRST + number)
            bids, offers = own.take(own.bids), own.take(~own.bids)
            assert len(bids) == 0 or len(offers) == 0 or bids.price.max() < offers.price.min()
            for side in (bids, offers):
                kinds = list(zip(side.price.tolist(), side.tag.tolist(), strict=True))
                assert len(set(kinds)) == len(kinds)


def test_an_order_that_is_not_shown_goes_to_market_as_it_is():
    """Of `BOOK`, member 2 shows nothing: 0 buys the 40 Wh of member 3, at 200, since 60 Wh of 0 are left and would gain below. Those
    go to market at 195, lowered by the margin of 5, beside 50 at 115. The 60 Wh of member 2 stand at 80, without margin, though they
    would fit inside."""
    shown = np.array([True, True, False, True, True])
    book, how = pooled(BOOK, MEMBERS, ways(5), FIRST, shown=shown)
    assert how.inside.tolist() == [40, 0, 0, 40, 0]
    assert how.owed.tolist() == [8_000, 0, 0, -8_000, 0]
    assert rows(book) == [(4, -1, 500, 90), (FIRST, -1, 60, 80), (FIRST, 1, 50, 115), (FIRST, 1, 60, 195)]
    found = disaggregated(BOOK, book, clear(book, "uniform"), how)
    assert found.energy.tolist() == [100, 50, 60, 40, 50]
    assert found.budget() == 0


@given(case=cases(), other=st.integers(1, 30), chance=st.integers(0, 2**32 - 1))
def test_a_curve_tells_nothing_of_orders_that_are_not_shown(case, other, chance):
    """Other energies and prices of orders that are not shown leave the rest of the book as it is; they themselves stand as stated,
    and an aggregator that is shown everything bids what it bids when nobody asks."""
    orders, pool, how, apart = case
    draw = np.random.default_rng(chance)
    shown = draw.random(len(orders)) < 0.5
    hidden = ~shown & (pool >= 0)
    changed = orders.replace(
        energy=np.where(hidden, orders.energy + other, orders.energy),
        price=np.where(hidden, draw.integers(-30, 30, len(orders)), orders.price),
    )

    def curves(book, pooling):
        return rows(book.take(~hidden[pooling.head]))

    first, second = (pooled(some, pool, how, FIRST, apart, shown) for some in (orders, changed))
    assert curves(*first) == curves(*second)
    assert not first[1].inside[hidden].any()
    kept = first[0].take(hidden[first[1].head])
    assert sorted(zip(kept.energy.tolist(), kept.price.tolist(), strict=True)) == sorted(
        zip(orders.energy[hidden].tolist(), orders.price[hidden].tolist(), strict=True)
    )
    everything, unasked = (pooled(orders, pool, how, FIRST, apart, told)[0] for told in (np.ones(len(orders), np.bool_), None))
    assert rows(everything) == rows(unasked)


@given(case=cases())
def test_the_order_of_rows_changes_nothing(case):
    orders, pool, how, _ = case
    back = np.arange(len(orders))[::-1]
    book, pooling = pooled(orders, pool, how, FIRST)
    other, turned = pooled(orders.take(back), pool[back], how, FIRST)
    assert rows(book) == rows(other)
    for name in ("curve", "inside", "owed", "rest"):
        assert np.array_equal(getattr(pooling, name), getattr(turned, name)[back]), name
