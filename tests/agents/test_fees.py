"""Network prices in orders and bills, by hand for two homes, and their laws."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from p2p.agents.fees import as_quoted, at_own_fee, charged
from p2p.operators.dso import Notice
from p2p.orders import Clearing, Orders
from p2p.settlement import Reason, settle
from tests.settlement.test_settle import PRICES, RULES, delivery, ledger

FEES = np.full(4, 50)


def test_a_bid_and_its_own_fee_come_to_what_was_meant():
    """Home 0 lives near (20 less), home 1 far (20 more). Bids move against that, offers stay: they carry no fee."""
    orders = Orders.of(side=[1, 1, -1, -1], energy=[100] * 4, price=[200, 200, 80, 80], agent=[0, 1, 0, 1])
    own = np.array([-20, 20])
    moved = at_own_fee(orders, own)
    assert moved.price.tolist() == [220, 180, 80, 80]
    assert at_own_fee(orders, None) is orders


def test_what_is_paid_as_those_see_it_who_reckon_with_the_public_fee():
    """Home 1 paid 100 a Wh for 60 Wh and 20 a Wh more fees than it reckoned with: 7200, to it."""
    orders = Orders.of(side=[1, 1, -1], energy=[100] * 3, price=[90, 180, 80], agent=[0, 1, 0])
    clearing = Clearing.at_one_price(orders, np.array([0, 60, 60]), 100)
    seen = as_quoted(orders, clearing, np.array([-20, 20]))
    assert seen.payment.tolist() == [0, 7200, -6000]
    assert as_quoted(orders, clearing, None) is clearing


def test_two_bills_by_distance():
    """Home 0 bought 600 Wh and drew 1000, home 1 bought 500 and drew 300: of that 600 and 300 are local.

    Its fees by the tariff are 600 x 50 + 400 x 110 and 300 x 50; home 0, near, is spared 20 of each local one, home 1 pays 30 more.
    """
    notice = Notice(FEES, FEES, own=np.array([[9, 9], [-20, 30], [9, 9], [9, 9]]))
    done = delivery(contracted=[600, 500], metered=[1000, 300])
    beside, _ = charged(notice, done, 1, np.zeros(2, np.int64), 0.25)
    statement = settle(done, 0, PRICES, RULES, ledger(), beside=beside)
    assert statement.dues[Reason.NETWORK_FEE].tolist() == [74_000 - 12_000, 15_000 + 9_000]
    assert ledger().balances(statement.dues, statement.between).sum() == 0


def test_two_bills_by_capacity():
    """At 7 µEUR/kW, quarter-hours of 1000, 600 and 1500 Wh are 4, 2.4 and 6 kW: 28, 0 and 14 µEUR, so 42 = 6 x 7 for the day.

    Home 1 feeds in first, then draws 300 Wh, 1.2 kW: 8.4 µEUR.
    """
    notice, peak, owed = Notice(FEES, FEES, per_kw=7), np.zeros(2, np.int64), []
    for place, metered in enumerate(([1000, -500], [600, 300], [1500, 200])):
        beside, peak = charged(notice, delivery(metered=metered), place, peak, 0.25)
        owed.append(beside.tolist())
    assert owed == [[28_000, 0], [0, 8_400], [14_000, 0]]  # in nEUR
    assert peak.tolist() == [1500, 300]


def test_where_nothing_is_beside_the_tariff_nothing_is_charged():
    peak = np.zeros(2, np.int64)
    assert charged(Notice(FEES, FEES), delivery(metered=[5, 5]), 0, peak, 0.25) == (None, peak)


@given(
    metered=st.lists(st.tuples(*[st.integers(-5_000, 5_000)] * 3), min_size=1, max_size=8),
    per_kw=st.integers(1, 10**9),
    minutes=st.sampled_from([5, 15, 30, 60]),
)
def test_a_day_costs_its_highest_draw(metered, per_kw, minutes):
    """Whatever the order of the intervals: kW of the highest, in Wh an interval, times the price; in whole nEUR."""
    notice = Notice(FEES, FEES, per_kw=per_kw)
    peak, total = np.zeros(3, np.int64), np.zeros(3, np.int64)
    for place, row in enumerate(metered):
        beside, peak = charged(notice, delivery(metered=list(row)), place, peak, minutes / 60)
        assert beside.min() >= 0
        total += beside
    highest = np.maximum(np.array(metered).max(axis=0), 0)
    assert total.tolist() == [int(wh) * (60 // minutes) * per_kw for wh in highest]


@given(
    rows=st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(-(10**6), 10**6)), min_size=1, max_size=20),
    own=st.lists(st.integers(-(10**5), 10**5), min_size=5, max_size=5),
    fee=st.integers(0, 10**6),
)
def test_what_is_planned_is_what_is_charged(rows, own, fee):
    """A home that pays its limit for a local kWh pays, with the fee on its own bill, what it planned with the public fee."""
    side = [1 if buys else -1 for buys, _, _ in rows]
    orders = Orders.of(side=side, energy=[1] * len(rows), price=[price for *_, price in rows], agent=[home for _, home, _ in rows])
    own = np.array(own)
    moved = at_own_fee(orders, own)
    billed = np.where(moved.bids, moved.price + fee + own[moved.agent], moved.price)
    assert billed.tolist() == np.where(orders.bids, orders.price + fee, orders.price).tolist()
