"""The truthful double auctions: known answers, and what holds of each."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.base.errors import InputError
from p2p.markets import MECHANISMS, Huang, McAfee, Muda, Sbba, TradeReduction, Uniform, Vcg, clear
from p2p.markets.truthful.muda import in_halves
from p2p.orders import Clearing, Orders, Surroundings
from tests.markets.test_known_answers import SCALE, book
from tests.running import assert_closed, few
from tests.strategies import books

CASES = json.loads((Path(__file__).parents[1] / "cases" / "truthful" / "books.json").read_text())["books"]
RULES = [McAfee(), McAfee("pro_rata"), McAfee("lottery"), TradeReduction(), TradeReduction("pro_rata"), Huang(), Sbba()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_known_answers(case):
    orders, expected = book(case), case["expected"]
    clearing = clear(orders, case["mechanism"])
    bids = orders.bids
    got = {
        "traded": clearing.traded(orders) / SCALE,
        "budget_surplus": clearing.budget() / SCALE**2,
        "bids": (clearing.energy[bids] / SCALE).tolist(),
        "offers": (clearing.energy[~bids] / SCALE).tolist(),
        "pays": (clearing.payment[bids] / SCALE**2).tolist(),
        "gets": (-clearing.payment[~bids] / SCALE**2).tolist(),
    }
    for name, value in expected.items():
        if name == "share_of_gain":
            assert clearing.welfare(orders) - clearing.budget() == value * clear(orders).welfare(orders)
        elif name in ("buyer_price", "seller_price"):
            side = bids if name == "buyer_price" else ~bids
            assert np.all(clearing.payment == orders.side * clearing.energy * value * SCALE, where=side)
            told = clearing.facts.get(name.replace("_", " ") + " [EUR/MWh]", (clearing.price or 0) / SCALE)
            assert told == value
        else:
            assert got[name] == pytest.approx(value), name


def test_muda_in_given_halves():
    """The published halves {1, 3, 4} and {0, 2} of a five-order book: they set 3.0 and 3.5, and trade at each other's.

    gus0k/pymarket (MIT), docstring of muda.
    """
    orders = Orders.of(side=[1, 1, -1, -1, 1], energy=[1000] * 5, price=[4000, 2000, 3000, 1000, 5000])
    for form in ("lottery", "vickrey"):
        clearing = in_halves(orders, np.array([False, True, False, True, True]), np.arange(5), form)
        assert clearing.energy.tolist() == [1000, 0, 1000, 1000, 1000]
        assert clearing.payment.tolist() == [3_000_000, 0, -3_000_000, -3_500_000, 3_500_000]
        assert clearing.facts == {"price in the first half [EUR/MWh]": 3.5, "price in the second half [EUR/MWh]": 3.0}


def test_muda_reaches_the_published_share_in_some_split():
    """gus0k/pymarket (MIT), tests/test_market.py: 2 of the 3 units that could trade, and all of the welfare (4)."""
    orders = Orders.of([1, 1, 1, 1, -1, -1, -1], [1000] * 7, [4000, 3000, 2000, 1000, 1000, 2000, 3000])
    found = {
        (clearing.traded(orders), clearing.welfare(orders))
        for split in product([True, False], repeat=7)
        for clearing in [in_halves(orders, np.array(split), np.arange(7))]
    }
    assert max(found) == (2000, clear(orders).welfare(orders)) == (2000, 4_000_000)


def test_muda_serves_the_long_side_by_lot_or_by_value():
    """By hand. Agents 0 and 1 set a price of 20 (bid 30, offer 10). At it, agent 2 (two bids, 40 and 25) and agent 3 (35)
    want 2 Wh each, and agent 4 offers 3.

    By lot, agent 3 first: it gets 2, agent 2 gets 1, its best, each at 20. By value the same get the same: without agent 2
    a Wh would be left unsold, so agent 2 pays 20 for it; without agent 3 the bid at 25 would have been served and a Wh left
    unsold, so agent 3 pays 25 + 20. The operator keeps 5. Half-way between 35 and 12 the second half would not clear (the bid
    at 25 would want in), so its price is 25, and the first half trades at that.
    """
    orders = Orders.of([1, -1, 1, 1, 1, -1], [1, 1, 1, 1, 2, 3], [30, 10, 40, 25, 35, 12], agent=[0, 1, 2, 2, 3, 4])
    left = np.array([True, True, False, False, False, False])
    lot = np.array([0, 0, 5, 5, 3, 9])
    by_lot, by_value = (in_halves(orders, left, lot, form) for form in ("lottery", "vickrey"))
    assert by_lot.energy.tolist() == [1, 1, 1, 0, 2, 3]
    assert by_lot.payment.tolist() == [25, -25, 20, 0, 40, -60]
    assert by_value.energy.tolist() == [1, 1, 1, 0, 2, 3]
    assert by_value.payment.tolist() == [25, -25, 20, 0, 45, -60]


@given(books(10), st.integers(0, 2**62))
def test_halves_trade_at_each_others_price(orders, seed):
    for form in ("lottery", "vickrey"):
        around = Surroundings(seed)
        clearing = clear(orders, Muda(form), around=around)
        assert clearing.budget() >= 0
        assert clearing.budget() == 0 or form == "vickrey"
        assert len(clearing.facts) <= 2


@pytest.mark.parametrize("rationing", ["arrival", "pro_rata", "lottery"])
@given(books())
def test_rationing_changes_who_trades_and_not_how_much(rationing, orders):
    for kind in (McAfee, TradeReduction):
        base, other = clear(orders, kind()), clear(orders, kind(rationing), around=Surroundings(5))
        assert base.traded(orders) == other.traded(orders)
        assert base.facts == other.facts


def test_pro_rata_and_burden_in_whole_wh():
    """By hand: 2, 3 and 5 Wh are kept, 7 there. In proportion 1.4, 2.1 and 3.5: 1 + 2 + 3, and one more for the largest
    remainder, 0.5. Equal burden of 1: 1, 2, 4. With 6 there, a burden of 4/3: 2 leaves 0 + 1 + 3, and who came first gets
    the two left; so 1, 2, 3."""
    for offered, in_proportion, burden in ((7, [1, 2, 4], [1, 2, 4]), (6, [1, 2, 3], [1, 2, 3])):
        orders = Orders.of([1, 1, 1, 1, -1, -1], [2, 3, 5, 1, offered, 9], [90, 80, 70, 60, 10, 50])
        assert clear(orders, TradeReduction("pro_rata")).energy.tolist() == [*in_proportion, 0, offered, 0]
        assert clear(orders, Huang()).energy.tolist() == [*burden, 0, offered, 0]


def without_agent(orders, agent):
    others = orders.take(orders.agent != agent)
    return clear(others).welfare(others)


@st.composite
def many_orders(draw):
    """Books in which an agent may hold several orders, on either side."""
    orders = draw(books(12))
    owners = draw(st.lists(st.integers(0, 4), min_size=len(orders), max_size=len(orders)))
    return orders.replace(agent=np.array(owners, np.int32))


@given(many_orders())
def test_vcg_is_n_clearings(orders):
    clearing = clear(orders, Vcg())
    whole = clearing.welfare(orders)
    for agent in np.unique(orders.agent):
        mine = orders.agent == agent
        value = int(np.sum((orders.side * orders.price * clearing.energy)[mine]))
        assert value - int(clearing.payment[mine].sum()) == whole - without_agent(orders, agent)
    assert clearing.facts.get("deficit [EUR]", 0) == -clearing.budget() / 1e9


@given(many_orders())
def test_vcg_is_the_welfare_programme(orders):
    """Against cvxpy, which knows no crossing."""
    cvxpy = pytest.importorskip("cvxpy")
    from p2p.base.solve import solve

    def most(book):
        if len(book) == 0:
            return 0.0
        taken, side = cvxpy.Variable(len(book)), book.side.astype(float)
        welfare = cvxpy.Maximize((side * book.price) @ taken)
        return solve(cvxpy.Problem(welfare, [taken >= 0, taken <= book.energy, side @ taken == 0]), "welfare")

    clearing = clear(orders, Vcg())
    for agent in np.unique(orders.agent)[:2]:
        mine = orders.agent == agent
        gain = int(np.sum((orders.side * orders.price * clearing.energy)[mine])) - int(clearing.payment[mine].sum())
        assert gain == pytest.approx(most(orders) - most(orders.take(~mine)), abs=1e-6 * max(1.0, abs(most(orders))))


def test_vcg_of_a_large_book_and_of_large_numbers():
    draw = np.random.default_rng(3)
    size = 3000
    orders = Orders.of(
        draw.choice([1, -1], size), draw.integers(1, 5000, size), draw.integers(-90_000, 400_000, size), agent=draw.integers(0, 40, size)
    )
    clearing = clear(orders, Vcg())
    for agent in (0, 17, 39):
        mine = orders.agent == agent
        gain = int(np.sum((orders.side * orders.price * clearing.energy)[mine])) - int(clearing.payment[mine].sum())
        assert gain == clearing.welfare(orders) - without_agent(orders, agent)
    huge = Orders.of([1, 1, -1, -1], [10**9] * 4, [10**9, 9 * 10**8, 10**9, -(10**9)])
    clearing = clear(huge, Vcg())
    assert clearing.payment[0] == 9 * 10**17
    assert clearing.payment[3] == -(10**18)


@pytest.mark.parametrize("rule", [*RULES, Vcg(), Muda(), Muda("vickrey")], ids=str)
@pytest.mark.parametrize(
    "orders",
    [Orders.of([], [], []), Orders.of([1, 1], [3, 4], [9, 8]), Orders.of([-1], [3], [9]), Orders.of([1, -1], [3, 3], [4, 5])],
    ids=["empty", "bids only", "one order", "no overlap"],
)
def test_no_trade_is_no_trade(rule, orders):
    clearing = clear(orders, rule)
    assert not clearing.energy.any()
    assert not clearing.payment.any()


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_one_agent_may_hold_both_sides(rule):
    """By hand: five pairs of one agent; the rules look at orders, not at whose they are."""
    orders = Orders.of([1, 1, 1, -1, -1, -1], [2] * 6, [0, 9, 8, 0, -3, -4], agent=[7] * 6)
    assert clear(orders, rule).traded(orders) in (2, 4)


@given(books())
def test_on_unit_orders_the_multi_unit_form_is_the_textbook(orders):
    """McAfee 1992 and trade reduction on books of one size, written out with sorted lists."""
    orders = orders.replace(energy=np.full(len(orders), 3))
    bids = sorted(orders.price[orders.bids].tolist(), reverse=True)
    offers = sorted(orders.price[~orders.bids].tolist())
    k = sum(bid >= offer for bid, offer in zip(bids, offers, strict=False))
    reduced = clear(orders, TradeReduction())
    assert reduced.traded(orders) == 3 * max(k - 1, 0)
    assert reduced.budget() == (3 * (k - 1) * (bids[k - 1] - offers[k - 1]) if k else 0)
    found = clear(orders, McAfee())
    if 0 < k < min(len(bids), len(offers)) and offers[k - 1] <= (bids[k] + offers[k]) // 2 <= bids[k - 1]:
        assert (found.traded(orders), found.price) == (3 * k, (bids[k] + offers[k]) // 2)
    else:
        assert np.array_equal(found.energy, reduced.energy)
        assert np.array_equal(found.payment, reduced.payment)


def test_small_books_lose_little():
    """One size, eight pairs: each rule that promises so loses less than the worst of the eight."""
    orders = Orders.of([1] * 8 + [-1] * 8, [500] * 16, [*range(300, 140, -20), *range(80, 160, 10)])
    most = clear(orders, Uniform()).welfare(orders)
    for name in ("mcafee", "trade_reduction", "huang"):
        assert clear(orders, name).welfare(orders) >= 7 / 8 * most


def test_wrong_parameters_are_refused():
    for wrong in (lambda: McAfee("fairly"), lambda: TradeReduction("never"), lambda: Muda("dutch")):
        with pytest.raises(InputError, match="allowed"):
            wrong()


def test_the_registry_knows_them():
    assert {"mcafee", "trade_reduction", "vcg", "muda", "huang", "sbba"} <= set(MECHANISMS)
    assert isinstance(clear(Orders.of([1], [1], [1]), "sbba"), Clearing)


@pytest.mark.parametrize("name", ["mcafee", "trade_reduction", "vcg", "muda", "huang", "sbba"])
def test_a_day_closes_under_each(name, tmp_path):
    """Also where the operator pays: energy and postings close, and its budget is the clearings'."""
    results = few(tmp_path / name, market__mechanism=name)
    assert_closed(results)
    assert results.total("traded_wh") > 0
    budget = results.intervals["budget_neur"]
    assert (budget <= 0).all() and budget.any() if name == "vcg" else (budget >= 0).all()
