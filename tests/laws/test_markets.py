"""Every registered rule keeps what it promises, and every law can be broken."""

import numpy as np
import pytest
from hypothesis import given

from p2p.markets import MECHANISMS, laws, sees, waives
from p2p.orders import Clearing, Orders, Trades
from p2p.orders.surroundings import SEEN
from tests.strategies import books


@pytest.mark.parametrize("name", MECHANISMS)
@given(orders=books())
def test_a_mechanism_keeps_its_word(name, orders):
    rule = MECHANISMS[name]()
    clearing = rule(orders)
    assert rule.claims <= {*laws.CLAIMS, *laws.OTHER_CLAIMS}
    assert waives(rule) <= {law.__name__ for law in laws.ALWAYS}
    assert sees(rule) <= set(SEEN)
    held = [law for law in laws.ALWAYS if law.__name__ not in waives(rule)]
    held += [laws.CLAIMS[claim] for claim in rule.claims - laws.OTHER_CLAIMS]
    if len(orders) == 0:
        held = [law for law in held if law not in laws.NEED_A_PRICE]
    for law in held:
        assert law(orders, clearing), f"{rule} breaks: {law.__doc__}"


@pytest.mark.parametrize("name", MECHANISMS)
@given(orders=books())
def test_rows_may_stand_in_any_order(name, orders):
    """What an order gets depends on its arrival, not on its row."""
    rule = MECHANISMS[name]()
    forward, turned = rule(orders), rule(orders.take(slice(None, None, -1)))
    assert np.array_equal(forward.energy, turned.energy[::-1])
    assert np.array_equal(forward.payment, turned.payment[::-1])


BOOK = Orders.of(side=[1, 1, -1, -1], energy=[4, 4, 4, 4], price=[30, 20, 10, 25])
GOOD = Clearing(np.array([4, 0, 4, 0]), np.array([80, 0, -80, 0]), 20)

TWO = BOOK.replace(price=np.array([30, 28, 10, 25]))
BOTH = Clearing(np.full(4, 4), np.array([100, 100, -100, -100]), 25)

FIRST = Trades(np.array([0]), np.array([2]), np.array([4]), np.array([30]))  # the bid of 30 stood when the offer of 10 came
SAID = Clearing.of_trades(BOOK, FIRST)
PASSED = Trades(np.array([1]), np.array([2]), np.array([4]), np.array([20]))  # though the bid of 30 stood, too
KEPT = {"price_time_priority": [(BOOK, SAID)]}

BROKEN = {
    "balanced": (BOOK, Clearing(np.array([4, 0, 3, 0]), np.array([80, 0, -60, 0]), 20)),
    "within_orders": (BOOK, Clearing(np.array([5, 0, 5, 0]), np.array([100, 0, -100, 0]), 20)),
    "nobody_loses": (BOOK, Clearing(np.array([4, 0, 4, 0]), np.array([124, 0, -124, 0]), 31)),
    "no_deficit": (BOOK, Clearing(np.array([4, 0, 4, 0]), np.array([80, 0, -84, 0]), None)),
    "budget_balanced": (BOOK, Clearing(np.array([4, 0, 4, 0]), np.array([84, 0, -80, 0]), None)),
    "one_price": (BOOK, Clearing(np.array([4, 0, 4, 0]), np.array([84, 0, -84, 0]), 20)),
    "efficient": (BOOK, Clearing(np.array([0, 4, 4, 0]), np.array([0, 80, -80, 0]), 20)),
    "none_regrets": (BOOK, Clearing(np.array([4, 0, 4, 0]), np.array([76, 0, -76, 0]), 19)),
    "all_but_one_trade": (TWO, Clearing(np.array([4, 0, 0, 4]), np.array([100, 0, 0, -100]), 25)),
    "uncrossed": (BOOK, Clearing.nothing(BOOK)),
    "price_time_priority": (BOOK, Clearing.of_trades(BOOK, PASSED)),
}


@pytest.mark.parametrize("law", [*laws.ALWAYS, *laws.CLAIMS.values()], ids=lambda law: law.__name__)
def test_a_law_has_teeth(law):
    for orders, clearing in KEPT.get(law.__name__, [(BOOK, GOOD), (TWO, BOTH)]):
        assert law(orders, clearing)
    assert not law(*BROKEN[law.__name__])


def test_pairs_must_be_said_and_priced_by_who_came_first():
    half_way = Trades(FIRST.bid, FIRST.offer, FIRST.energy, np.array([20]))
    unsaid = Clearing(SAID.energy, SAID.payment, None)
    other = Clearing(SAID.energy, SAID.payment - 4, None, FIRST)
    for clearing in (Clearing.of_trades(BOOK, half_way), unsaid, other):
        assert not laws.price_time_priority(BOOK, clearing)


@given(orders=books(8))
def test_the_law_of_efficiency_is_the_largest_welfare(orders):
    """Against the welfare programme, stated in cvxpy."""
    cvxpy = pytest.importorskip("cvxpy")
    from p2p.base.solve import solve

    if len(orders) == 0:
        return
    taken = cvxpy.Variable(len(orders))
    side = orders.side.astype(float)
    welfare = cvxpy.Maximize((side * orders.price) @ taken)
    most = solve(cvxpy.Problem(welfare, [taken >= 0, taken <= orders.energy, side @ taken == 0]), "largest welfare")
    clearing = MECHANISMS["uniform"]()(orders)
    assert clearing.welfare(orders) == pytest.approx(most, abs=1e-6 * max(1.0, abs(most)))
    assert laws.efficient(orders, clearing)
