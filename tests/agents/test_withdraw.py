"""What happens to money when the DSO withdraws trades, worked by hand."""

import numpy as np
import pytest

from p2p.agents.phases import withdraw
from p2p.markets import clear
from p2p.orders import Clearing, Orders, Trades
from tests.running import assert_closed, few

#: one seller of 30 Wh at 50; buyers of 10 Wh each at 200, 150 and 100
BOOK = Orders.of(side=[1, 1, 1, -1], energy=[10, 10, 10, 30], price=[200, 150, 100, 50])


@pytest.mark.parametrize(("pair", "seller_keeps"), [(0, 2500), (1, 3000), (2, 3500)])
def test_a_pair_is_undone_at_its_own_price(pair, seller_keeps):
    """Pay as bid: the seller got 2000 + 1500 + 1000 = 4500. Without a pair it keeps the rest, and its buyer pays nothing."""
    cleared = clear(BOOK, "pay_as_bid")
    assert cleared.payment.tolist() == [2000, 1500, 1000, -4500]
    lost = np.zeros(3, np.int64)
    lost[pair] = 10
    left = withdraw(BOOK, cleared, Trades.in_merit_order(BOOK, cleared), lost)
    assert left.payment[3] == -seller_keeps
    assert left.payment[pair] == 0
    assert left.energy.tolist() == [0 if row == pair else 10 for row in range(3)] + [20]
    assert left.budget() == 0


def test_a_part_of_a_pair_at_one_price():
    """At one price of 75 (half way from 50 to 100) 4 of 10 Wh fall: 300 go back to the buyer and from the seller."""
    cleared = clear(BOOK, "uniform")
    assert cleared.price == 75
    left = withdraw(BOOK, cleared, Trades.in_merit_order(BOOK, cleared), np.array([0, 0, 4]))
    assert left.payment.tolist() == [750, 750, 450, -1950]
    assert left.energy.tolist() == [10, 10, 6, 26]


def test_payments_that_are_not_the_pairs_fall_in_proportion():
    """A rule whose buyers pay 90 and whose sellers get 60: half of a pair falls, and the operator keeps 30 a Wh of the rest."""
    book = Orders.of(side=[1, -1], energy=[10, 10], price=[100, 50])
    cleared = Clearing(np.array([10, 10]), np.array([900, -600]), None)
    left = withdraw(book, cleared, Trades.in_merit_order(book, cleared), np.array([5]))
    assert left.payment.tolist() == [450, -300]
    assert left.budget() == 150


def test_where_nothing_falls_the_clearing_stands():
    cleared = clear(BOOK, "uniform")
    assert withdraw(BOOK, cleared, Trades.in_merit_order(BOOK, cleared), np.zeros(3, np.int64)) is cleared


@pytest.mark.parametrize("mechanism", ["uniform", "pay_as_bid"])
def test_a_run_with_withdrawn_trades_leaves_the_operator_nothing(mechanism, tmp_path):
    """On a sunny day with a band so narrow that it binds; every rule here is budget balanced."""
    run = few(
        tmp_path / "run", clock={"start": "2016-07-10", "days": 1}, population={"households": 118, "pv": 0.6},
        grid={"voltage_band": [0.98, 1.028]}, market={"mechanism": mechanism}, results={"report": False, "reference": False},
    )  # fmt: skip
    assert run.total("withdrawn_wh") > 0
    assert not run.intervals["budget_neur"].any()
    assert_closed(run)
