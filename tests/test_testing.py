"""What the package offers to those who write rules: a wrong claim, a broken law, a rule that looks at rows are caught."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

import p2p
from p2p.base.errors import BookInvalid, LawBroken
from p2p.behaviour.marginal_value import quote
from p2p.behaviour.needs import needs
from p2p.markets import MECHANISMS, Uniform, laws
from p2p.orders import Clearing
from p2p.testing import check_mechanism, check_strategy, random_books

RULES = {name: rule() for name, rule in MECHANISMS.items()}
SINGLE = [name for name, rule in RULES.items() if not hasattr(rule, "clear_day")]


@pytest.mark.parametrize("name", SINGLE)
def test_the_package_s_own_rules_pass(name):
    check_mechanism(RULES[name], list(random_books(60)))


def claiming(rule, claim):
    """A rule with one claim too many."""

    class Boaster(type(rule)):
        claims = rule.claims | {claim}

    return Boaster()


WRONG = {
    "uniform": {"truthful_buyers", "truthful_sellers", "truthful_traders"},
    "pay_as_bid": {"one_price", "none_regrets", "truthful_buyers", "truthful_sellers", "truthful_traders"},
    "mid_point": {"none_regrets", "truthful_buyers", "truthful_sellers", "truthful_traders"},
    "mcafee": {"budget_balanced", "one_price", "efficient", "none_regrets", "truthful_traders"},
    "trade_reduction": {"budget_balanced", "one_price", "efficient", "none_regrets", "truthful_traders"},
    "huang": {"budget_balanced", "one_price", "efficient", "none_regrets", "truthful_traders"},
    "sbba": {"efficient", "none_regrets", "truthful_traders"},
    "vcg": {"budget_balanced", "one_price", "none_regrets"},
    "muda": {"one_price", "efficient", "all_but_one_trade"},
    "mid_market_rate": {"efficient", "all_but_one_trade", "none_regrets"},
    "supply_demand_ratio": {"efficient", "all_but_one_trade"},
    "bill_sharing": {"none_regrets"},
    "shapley": {"one_price", "none_regrets", "truthful_buyers"},
    "continuous": {"one_price", "efficient", "none_regrets"},
    "random_pairs": {"one_price", "efficient", "none_regrets"},
    "bilateral": {"none_regrets", "truthful_buyers"},
    "preferred_partners": {"truthful_buyers", "truthful_sellers"},
    "nucleolus": {"one_price", "none_regrets"},
    "blocks": {"truthful_buyers", "truthful_sellers"},
    "none": {"one_price", "efficient", "all_but_one_trade"},
}


@pytest.mark.parametrize(("name", "claim"), [(name, claim) for name, claims in WRONG.items() for claim in sorted(claims)])
def test_a_wrong_claim_is_found_out(name, claim):
    with pytest.raises(LawBroken, match=f"breaks '{claim}'"):
        check_mechanism(claiming(RULES[name], claim))


def test_an_unknown_claim_is_found_out():
    with pytest.raises(LawBroken, match="claims 'fair', and no law is called so"):
        check_mechanism(claiming(Uniform(), "fair"))


@dataclass(frozen=True)
class FirstRow(Uniform):
    """Serves the first row first, whoever came first."""

    def __call__(self, orders, limits=None):
        return super().__call__(orders.replace(arrival=np.arange(len(orders))))


@dataclass(frozen=True)
class Greedy:
    claims: ClassVar[frozenset[str]] = frozenset()

    def __call__(self, orders, limits=None):
        return Clearing(orders.energy, np.zeros(len(orders), np.int64), None)


@pytest.mark.parametrize(("rule", "fault"), [(FirstRow(), "rows of a book stand in another order"), (Greedy(), "breaks 'balanced'")])
def test_broken_rules_are_found_out(rule, fault):
    with pytest.raises(LawBroken, match=fault):
        check_mechanism(rule)


def test_the_message_shows_the_book():
    with pytest.raises(LawBroken, match=r"agent \d+: bid \d+ Wh at -?\d+ µEUR/kWh, arrival \d+: accepted \d+ Wh, owes"):
        check_mechanism(Greedy())


def test_the_generated_books_are_of_all_kinds():
    books = list(random_books())
    assert {len(book) for book in books} >= {0, 1, 2, 14}
    assert any(len(book) > 2 and len(set(book.price.tolist())) == 1 for book in books)
    assert any(len(set(book.agent.tolist())) < len(book) for book in books)
    assert any((book.price < 0).any() for book in books)
    assert any(len(book) > 2 and not book.bids.any() for book in books)
    assert any(laws.efficient(book, Uniform()(book)) and Uniform()(book).traded(book) > 0 for book in books)


@pytest.mark.parametrize("name", p2p.STRATEGIES)
def test_the_package_s_own_strategies_pass(name):
    check_strategy(p2p.STRATEGIES[name]())


def test_a_strategy_that_looks_at_others_is_found_out():
    class Peeper:
        def __call__(self, known):
            wanted = needs(known)
            return quote(known, type(wanted)(wanted.side, wanted.energy, wanted.limit - int(known.net.sum() * 1000)))

    class Silent:
        def __call__(self, known):
            return quote(known, needs(known)).replace(energy=np.zeros(len(quote(known, needs(known))), np.int64))

    class Dreamer:
        def __call__(self, known):
            wanted = needs(known)
            return quote(known, type(wanted)(wanted.side, wanted.energy + 500, wanted.limit))

    with pytest.raises(LawBroken, match=r"homes offer \d+ Wh more than they can feed in"):
        check_strategy(Dreamer())
    with pytest.raises(LawBroken, match="orders otherwise alone than among 40"):
        check_strategy(Peeper())
    with pytest.raises(BookInvalid):
        check_strategy(Silent())
