"""No agent gains by a lie where a rule promises so, and the search finds lies that pay where they do."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from p2p.behaviour.best_response import Grid, best_misreport, crosses_itself, gain_of, gains_by_lying, reports
from p2p.markets import MECHANISMS, McAfee, Muda, PayAsBid, Sbba, TradeReduction, Uniform, answer, laws, sees
from p2p.markets.truthful.margin import at_two_prices, margin, rationed, without
from p2p.orders import ALONE, NO_LIMITS, Clearing, Orders, Surroundings

CLAIMING = {*laws.TRUTHFUL, "truthful_traders"}
TRUTHFUL = [rule() for rule in MECHANISMS.values() if rule().claims & CLAIMING]
FORMS = [McAfee("pro_rata"), McAfee("lottery"), TradeReduction("pro_rata"), TradeReduction("lottery"), Muda("vickrey")]


def some_books(count, seed=11):
    """Books of all kinds; agents hold one order each in one half of them, many in the other."""
    draw = np.random.default_rng(seed)
    for number in range(count):
        size = int(draw.integers(2, 12))
        span = int(draw.choice([2, 30, 500_000]))
        yield Orders.of(
            draw.choice([1, -1], size),
            draw.integers(1, 10, size) if number % 3 else np.full(size, 4),
            draw.integers(-span, span + 1, size) + int(draw.choice([0, span])),
            agent=np.arange(size) if number % 2 else draw.integers(0, max(size // 2, 1), size),
            arrival=draw.permutation(size),
        )


@pytest.mark.parametrize("rule", [*TRUTHFUL, *FORMS], ids=str)
def test_the_truth_is_the_best_report(rule):
    """At no tolerance: rounding a price between two others' limits gives nobody a hand in it."""
    found = gains_by_lying(rule, some_books(25 if sees(rule) else 60), tolerance=0, seeds=range(3))
    assert found is None, f"{rule} breaks '{found.claim}': {found}"


@dataclass(frozen=True)
class Liar(Uniform):
    claims: ClassVar[frozenset[str]] = Uniform.claims | {"truthful_buyers"}


@dataclass(frozen=True)
class LyingSellers(PayAsBid):
    claims: ClassVar[frozenset[str]] = PayAsBid.claims | {"truthful_sellers"}


@dataclass(frozen=True)
class OneOrderEach(TradeReduction):
    """True for who holds one order; who holds two moves with one the price of the other."""

    claims: ClassVar[frozenset[str]] = frozenset({"truthful_traders"})


@dataclass(frozen=True)
class HalfwayInPart(McAfee):
    """McAfee's price half-way between the next orders also where one of them is served in part: the tempting multi-unit form."""

    def __call__(self, orders, limits=NO_LIMITS, around=ALONE):
        found = margin(orders)
        bid, offer = found.whole
        if min(bid, offer, *found.next) < 0:
            return Clearing.nothing(orders)
        kept = without(found.accepted, max(found.part)) if max(found.part) >= 0 else found.accepted
        price = int(orders.price[list(found.next)].sum()) // 2
        if orders.price[offer] <= price <= orders.price[bid]:
            return at_two_prices(orders, rationed(orders, kept, "arrival", 0), price, price)
        kept = rationed(orders, without(kept, bid, offer), "arrival", 0)
        return at_two_prices(orders, kept, int(orders.price[bid]), int(orders.price[offer]))


@dataclass(frozen=True)
class LyingByLot(Uniform):
    """Sees chance, and is no better for it: the price is anywhere in the range that clears."""

    claims: ClassVar[frozenset[str]] = frozenset({"truthful_buyers"})
    sees: ClassVar[frozenset[str]] = frozenset({"chance"})

    def __call__(self, orders, limits=NO_LIMITS, around=ALONE):
        return Uniform(k=(around.seed % 3) / 2)(orders)


@pytest.mark.parametrize(
    "rule", [Liar(), LyingSellers(), OneOrderEach(), HalfwayInPart(), LyingByLot()], ids=lambda rule: type(rule).__name__
)
def test_a_wrong_claim_is_caught(rule):
    found = gains_by_lying(rule, some_books(60))
    assert found is not None
    assert found.claim in rule.claims
    assert "gains" in str(found)
    assert found.best.gain > 0


def test_where_halfway_invites_a_lie():
    """By hand: the bid of 10 at 45 would be served in part, and 47.5 is half-way to the next offer. Raised to 60 the next bid
    is the one at 20, and half-way to 50 is 35: it would buy 5 (what the first bid leaves of 10) at 10 below its worth."""
    orders = Orders.of([1, 1, 1, -1, -1], [5, 10, 1, 10, 10], [100, 45, 20, 10, 50])
    lie = orders.replace(price=np.array([100, 60, 20, 10, 50]))
    own = orders.take(orders.agent == 1)
    for rule, gain in ((HalfwayInPart(), 5 * (45 - 35)), (McAfee(), 5 * (45 - 50))):
        assert gain_of(own, orders, answer(rule, orders), 1) == 0
        assert gain_of(own, lie, answer(rule, lie), 1) == gain


def test_what_a_clearing_is_worth_to_an_agent():
    """By hand: wants 2 at 30 and 3 at 20, has 4 at 10. It bought 4 for 60 and sold 1 for 15: 60 + 40 - 10 - 45 = 45."""
    own = Orders.of([1, 1, -1], [2, 3, 4], [20, 30, 10], agent=[5, 5, 5]).replace(energy=np.array([3, 2, 4]))
    book = Orders.concat([own, Orders.of([-1, 1], [9, 9], [15, 15], agent=[6, 7], arrival=[8, 9])])
    clearing = Clearing(np.array([2, 2, 1, 4, 1]), np.array([30, 30, -15, -60, 15]), 15)
    assert gain_of(own, book, clearing, 5) == 2 * 30 + 2 * 20 - 10 - 45
    too_much = Clearing(np.array([0, 0, 5, 0, 5]), np.array([0, 0, -75, 0, 75]), 15)
    assert gain_of(own, book, too_much, 5) == -np.inf
    unwanted = Clearing(np.array([7, 0, 0, 7, 0]), np.array([105, 0, 0, -105, 0]), 15)
    assert gain_of(own, book, unwanted, 5) == 2 * 30 + 3 * 20 - 105


def test_the_best_lie_of_the_only_seller():
    """By hand: one seller of 10 at 1 meets bids of 4 at 9 and 6 at 5. Prices from 1 to 5 clear the book: the truth sells all at
    3 and gains 20. Asking for 5 sells all at 5 and gains 40; asking for 9 sells 4 and gains 32."""
    orders = Orders.of([1, 1, -1], [4, 6, 10], [9, 5, 1])
    best = best_misreport(Uniform(), orders, 2)
    assert (best.truth, best.gain, best.book.price[2]) == (20, 20, 5)


def test_every_report_leaves_the_others_alone():
    orders = Orders.of([1, 1, -1, -1], [4, 6, 10, 3], [9, 5, 1, 4], agent=[0, 1, 1, 2])
    seen = 0
    for _, book in reports(orders, 1, Grid()):
        others = book.agent != 1
        assert np.array_equal(book.price[others], [9, 4])
        assert np.array_equal(book.energy[others], [4, 3])
        assert (book.energy > 0).all()
        seen += 1
    assert seen > 50


def test_an_agent_that_crosses_itself():
    assert crosses_itself(Orders.of([1, -1], [1, 1], [9, 4]))
    assert not crosses_itself(Orders.of([1, -1], [1, 1], [4, 9]))
    assert not crosses_itself(Orders.of([1, 1], [1, 1], [4, 9]))


@pytest.mark.parametrize("claim", laws.EXPECTED)
def test_the_mean_over_draws_keeps_its_bound(claim):
    claiming = [rule() for rule in MECHANISMS.values() if claim in rule().claims]
    assert claiming
    for rule in claiming:
        for orders in some_books(60, seed=4):
            drawn = [answer(rule, orders, NO_LIMITS, Surroundings(seed)) for seed in range(40)]
            assert laws.EXPECTED[claim](orders, drawn), f"{rule} breaks: {laws.EXPECTED[claim].__doc__}"


def test_a_law_of_the_mean_has_teeth():
    """Two pairs of one size gain 10 together, 8 and 2: half of that is promised, and losing the better pair leaves 2."""
    orders = Orders.of([1, 1, -1, -1], [1] * 4, [10, 6, 2, 4])
    worse, better = (Clearing(np.array(taken), np.array(taken) * 5 * orders.side, 5) for taken in ([0, 1, 0, 1], [1, 0, 1, 0]))
    assert not laws.all_but_one_trade_on_average(orders, [worse] * 40)
    assert laws.all_but_one_trade_on_average(orders, [better] * 40)
    assert laws.all_but_one_trade_on_average(orders, [better, worse] * 20)
    assert answer(Sbba(), orders).price == 6
