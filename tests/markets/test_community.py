"""Community rules: worked examples of the papers, and what shares of a gain must be."""

import json
from fractions import Fraction
from itertools import permutations
from math import factorial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from p2p.base.errors import InputError
from p2p.markets import MECHANISMS, clear, laws
from p2p.markets.community import MidMarketRate, Nucleolus, Shapley
from p2p.markets.community.game import Game, whole_between
from p2p.markets.community.lexicographic import least_complaints
from p2p.markets.community.nucleolus import every_coalition
from p2p.markets.community.shapley import exact, sampled
from p2p.markets.crossing import crossing
from p2p.orders import Clearing, Orders, Outside, Surroundings
from tests.strategies import books

CASES = Path(__file__).parents[1] / "cases" / "community"
RATES = json.loads((CASES / "rates.json").read_text())["books"]
GAMES = json.loads((CASES / "games.json").read_text())["games"]
SIDES = {"bid": 1, "offer": -1}
SCALE = 1000  # kWh to Wh, EUR/MWh to µEUR/kWh


@pytest.mark.parametrize("case", RATES, ids=lambda case: case["name"])
def test_rates(case):
    """Local part and the retailer's part together are the paper's bills."""
    side, energy, price = zip(*case["orders"], strict=True)
    orders = Orders.of([SIDES[word] for word in side], np.rint(np.array(energy) * SCALE), np.array(price) * SCALE)
    outside = None if case["retail"] is None else Outside(case["retail"] * SCALE, case["feed_in"] * SCALE)
    clearing = clear(orders, case["rule"], around=Surroundings(outside=outside))
    assert clearing.price == case["price"] * SCALE
    assert clearing.energy.tolist() == np.rint(np.array(case["accepted"]) * SCALE).astype(int).tolist()
    assert clearing.budget() == 0
    for row, bill in enumerate(case["bill_eur"]):
        if bill is not None:
            rest = int(orders.energy[row] - clearing.energy[row])
            at = outside.buy if orders.bids[row] else outside.sell
            assert int(clearing.payment[row]) + int(orders.side[row]) * rest * at == round(bill * 1e9)


@pytest.mark.parametrize(("case", "rule"), [(case, rule) for case in GAMES for rule in ("shapley", "nucleolus") if rule in case],
                         ids=lambda part: part if isinstance(part, str) else part["name"])  # fmt: skip
def test_games(case, rule):
    agent, side, energy, price = zip(*case["orders"], strict=True)
    orders = Orders.of([SIDES[word] for word in side], energy, price, agent=agent)
    assert gains(orders, clear(orders, rule)) == case[rule]


def gains(orders, clearing):
    """What each agent gains against its limits. [nEUR]"""
    gain = np.zeros(orders.agent.max() + 1, np.int64)
    np.add.at(gain, orders.agent, orders.side * orders.price * clearing.energy - clearing.payment)
    return gain.tolist()


# Rates


def test_the_prices_that_stand_for_those_outside_are_said():
    orders = Orders.of([1, -1], [1, 1], [280_000, 80_000])
    said = clear(orders, "mid_market_rate").facts
    assert said["outside prices"] == "the highest bid's and the lowest offer's limit"
    assert (said["buying outside [EUR/MWh]"], said["selling outside [EUR/MWh]"]) == (280, 80)
    assert clear(orders, "mid_market_rate", around=Surroundings(outside=Outside(300_000, 0))).facts["outside prices"] == "given"


@pytest.mark.parametrize("name", ["mid_market_rate", "supply_demand_ratio"])
@pytest.mark.parametrize(
    ("side", "price", "outside", "expected"),
    [
        ([], [], None, None),
        ([], [], Outside(30, 10), None),
        ([1, 1], [5, 9], None, 9),
        ([-1, -1], [5, 9], None, 5),
        ([1], [7], None, 7),
        ([1, -1], [22_000, 23_000], None, 22_500),
        ([1, -1], [7, 7], None, 7),
        ([1, -1], [30, 10], Outside(10, 30), 20),
    ],
    ids=["empty", "empty, outside", "bids only", "offers only", "one order", "no overlap", "all ties", "outside upside down"],
)
def test_edges_have_a_defined_price(name, side, price, outside, expected):
    orders = Orders.of(side, [1] * len(side), price)
    clearing = clear(orders, name, around=Surroundings(outside=outside))
    assert clearing.price == expected
    assert clearing.energy.sum() == (2 if len(side) == 2 and price[0] >= price[1] and side[0] != side[1] else 0)


def test_one_agent_on_both_sides_trades_with_itself():
    orders = Orders.of([1, -1], [5, 3], [30, 10], agent=[4, 4])
    for name in ("mid_market_rate", "supply_demand_ratio", "bill_sharing", "shapley", "nucleolus"):
        clearing = clear(orders, name)
        assert clearing.energy.tolist() == [3, 3]
        assert clearing.budget() == 0


def ratio_says(orders, price, outside):
    """The paper's internal selling price for those who take part at a price."""
    wanted = int(orders.energy[orders.bids & (orders.price >= price)].sum())
    offered = int(orders.energy[~orders.bids & (orders.price <= price)].sum())
    if offered == 0:
        return outside.buy
    if offered >= wanted or outside.sell <= 0:
        return outside.sell
    ratio = Fraction(offered, wanted)
    return Fraction(outside.sell * outside.buy) / ((outside.buy - outside.sell) * ratio + outside.sell)


@given(orders=books(), sell=st.integers(-20, 40), spread=st.integers(1, 60))
def test_the_ratio_price_is_where_the_ratio_says_so(orders, sell, spread):
    """To within rounding, or where an order's limit tips it: below the price the ratio says more, at it no more."""
    if len(orders) == 0:
        return
    outside = Outside(sell + spread, sell)
    price = clear(orders, "supply_demand_ratio", around=Surroundings(outside=outside)).price
    assert outside.sell <= price <= outside.buy
    says = ratio_says(orders, price, outside)
    if abs(says - price) > Fraction(1, 2):
        neighbour = price + (1 if says > price else -1)
        beyond = ratio_says(orders, neighbour, outside)
        assert beyond < neighbour + 1 if says > price else beyond > neighbour - 1
        assert min(says, beyond) <= price <= max(says, beyond)


@given(orders=books(), k=st.floats(0, 1))
def test_the_long_side_is_served_in_proportion(orders, k):
    clearing = clear(orders, MidMarketRate(k))
    if len(orders) == 0:
        return
    takes_part = orders.side * (orders.price - clearing.price) >= 0
    volume = min(orders.energy[takes_part & orders.bids].sum(), orders.energy[takes_part & ~orders.bids].sum())
    for side in (orders.bids, ~orders.bids):
        rows = side & takes_part
        assert clearing.energy[rows].sum() == volume
        share = orders.energy[rows] * (volume / max(orders.energy[rows].sum(), 1))
        assert np.all(np.abs(clearing.energy[rows] - share) < 1)


def test_bill_sharing_lets_sellers_lose_and_says_so():
    orders = Orders.of([1, -1], [10, 10], [300, 80])
    clearing = clear(orders, "bill_sharing")
    assert "nobody_loses" in MECHANISMS["bill_sharing"].waives
    assert not laws.nobody_loses(orders, clearing)


# Shares of a gain


@st.composite
def communities(draw, most=6):
    """Books of few agents with several orders each, on both sides."""
    orders = draw(books(12))
    agent = draw(st.lists(st.integers(0, most - 1), min_size=len(orders), max_size=len(orders)))
    return orders.replace(agent=np.array(agent, np.int32))


def alone(orders, agents):
    """What a coalition could gain by itself, by clearing its orders."""
    own = orders.take(np.isin(orders.agent, agents))
    accepted, _ = crossing(own)
    return Clearing(accepted, accepted, None).welfare(own)


@given(orders=communities())
def test_the_value_of_a_coalition_is_its_own_markets_welfare(orders):
    game = Game.of(orders)
    coalitions = every_coalition(len(game))
    values = [alone(orders, game.agent[inside]) for inside in coalitions]
    assert game.values()[1:-1].tolist() == values
    assert game.values_of(coalitions).tolist() == values
    assert game.total() == alone(orders, orders.agent)


@settings(max_examples=30)
@given(orders=communities())
def test_shapley_is_the_mean_over_all_orders_of_joining(orders):
    agents = np.unique(orders.agent).tolist()
    adds = dict.fromkeys(agents, 0)
    worth = {}
    for joining in permutations(agents):
        before = 0
        for place, agent in enumerate(joining):
            inside = frozenset(joining[: place + 1])
            if inside not in worth:
                worth[inside] = alone(orders, list(inside))
            adds[agent] += worth[inside] - before
            before = worth[inside]
    clearing = clear(orders, "shapley")
    found = gains(orders, clearing) if len(orders) else []
    for agent in agents:
        assert abs(found[agent] - Fraction(adds[agent], factorial(len(agents)))) < 1
        assert found[agent] >= worth[frozenset([agent])]
    assert sum(found) == alone(orders, orders.agent)


@given(orders=communities(), by=st.integers(1, 5))
def test_who_adds_nothing_gains_nothing_and_equals_gain_equally(orders, by):
    """Dummy: a bid under every offer. Symmetry: two agents with the same orders, to the nEUR."""
    if len(orders) == 0:
        return
    first = orders.take(orders.agent == orders.agent[0])
    twin = first.replace(agent=np.full(len(first), 90, np.int32), arrival=first.arrival + 100)
    idle = Orders.of([1], [by], [int(orders.price.min()) - by], agent=[91], arrival=[200])
    book = Orders.concat([orders, twin, idle])
    for rule in ("shapley", "nucleolus"):
        found = gains(book, clear(book, rule))
        assert found[91] == 0
        assert abs(found[90] - found[orders.agent[0]]) <= 1


@given(values=st.lists(st.lists(st.integers(0, 10**15), min_size=15, max_size=15), min_size=2, max_size=2))
def test_shapley_is_additive(values):
    one, other = (np.array([0, *row], np.int64) for row in values)
    one[-1] = other[-1] = 10**16  # shares of an arbitrary game may be negative; the whole is what it is
    assert np.all(np.abs(exact(one + other, 4) - exact(one, 4) - exact(other, 4)) <= 2)


def test_shapley_is_exact_beyond_what_a_float_holds():
    """By hand: two agents, alone nothing, together 4e18 + 1: halves, and the odd nEUR to the first."""
    assert exact(np.array([0, 0, 0, 4 * 10**18 + 1]), 2).tolist() == [2 * 10**18 + 1, 2 * 10**18]


def crowd(agents, seed, orders_each=2, span=300):
    """A book of many agents."""
    draw = np.random.default_rng(seed)
    size = agents * orders_each
    agent = np.repeat(np.arange(agents), orders_each)
    return Orders.of(draw.choice([1, -1], size), draw.integers(1, 500, size), draw.integers(-span, span, size), agent=agent)


@pytest.mark.parametrize("seed", range(4))
def test_sampled_shares_are_near_the_exact_ones(seed):
    game = Game.of(crowd(10, seed))
    share, error = sampled(game, 2000, seed)
    assert error > 0
    assert np.all(np.abs(share - exact(game.values(), len(game))) <= 4 * error)
    assert share.sum() == game.total()


@pytest.mark.parametrize("rule", [Shapley(exact_up_to=0, samples=20), Nucleolus(exact_up_to=0, samples=5)], ids=["shapley", "nucleolus"])
@settings(max_examples=40)
@given(orders=communities(9))
def test_sampled_shares_keep_the_laws_in_any_order_of_rows(rule, orders):
    around = Surroundings(seed=11)
    clearing = clear(orders, rule, around=around)  # the laws of every market are checked
    assert laws.budget_balanced(orders, clearing)
    assert laws.efficient(orders, clearing)
    turned = clear(orders.take(slice(None, None, -1)), rule, around=around)
    assert np.array_equal(clearing.energy, turned.energy[::-1])
    assert np.array_equal(clearing.payment, turned.payment[::-1])
    if len(orders):
        found = gains(orders, clearing)
        assert all(found[agent] >= alone(orders, [agent]) for agent in orders.agent)


def test_chance_decides_a_sample_and_no_exact_share():
    large, small = crowd(30, 1), crowd(6, 1)
    for rule in ("shapley", "nucleolus"):
        same, other = (clear(large, rule, around=Surroundings(seed=seed)) for seed in (5, 5))
        assert np.array_equal(same.payment, other.payment)
        assert same.facts == other.facts
        assert np.array_equal(*(clear(small, rule, around=Surroundings(seed=seed)).payment for seed in (5, 6)))
    assert not np.array_equal(*(clear(large, "shapley", around=Surroundings(seed=seed)).payment for seed in (5, 6)))


@settings(max_examples=60)
@given(orders=communities())
def test_the_nucleolus_lies_in_the_core(orders):
    """No coalition gains by itself more than it gets, but for the rounding to whole nEUR."""
    game = Game.of(orders)
    if len(game) == 0:
        return
    share, _ = Nucleolus().share(game, 0)
    assert share.sum() == game.total()
    coalitions = every_coalition(len(game))
    assert np.all(coalitions @ share - game.values_of(coalitions) > -len(game))


@pytest.mark.parametrize("seed", range(12))
def test_complaints_of_the_nucleolus_are_balanced(seed):
    """Kohlberg's criterion: at every level, the coalitions that complain as much or more are balanced.

    E. Kohlberg, "On the nucleolus of a characteristic function game", SIAM J. Applied Mathematics 20 (1), 1971. Balanced:
    positive weights (of the whole any) under which every agent is covered once.
    """
    game = Game.of(crowd(6, seed, 3))
    agents, total = len(game), game.total()
    coalitions = every_coalition(agents)
    values = game.values_of(coalitions)
    low = game.values_of(np.eye(agents, dtype=bool))
    high = total - game.values_of(~np.eye(agents, dtype=bool))
    share = least_complaints(coalitions, values, low, high, total)
    assert share.sum() == pytest.approx(total)
    excess = (coalitions @ share - values) / total
    levels = np.unique(np.round(np.sort(excess), 7))
    for level in levels[:-1]:
        members = coalitions[excess <= level + 2e-7].astype(float)
        count = len(members)
        weights = np.column_stack((members.T, np.ones(agents), np.zeros(agents)))  # of each, of the whole, and the least of them
        least = np.column_stack((-np.eye(count), np.zeros(count), np.ones(count)))
        found = linprog(
            [0] * (count + 1) + [-1], least, np.zeros(count), weights, np.ones(agents), [(None, None)] * (count + 1) + [(None, 1)]
        )
        assert found.status == 0
        assert -found.fun > 1e-9, f"coalitions at {level} are not balanced"


def test_a_sampled_nucleolus_reports_its_largest_complaint():
    orders = crowd(40, 2)
    clearing = clear(orders, "nucleolus")
    assert clearing.facts["coalitions drawn"] == 200
    assert 0 <= clearing.facts["largest complaint found [EUR]"] < 0.02 * clearing.welfare(orders) / 1e9
    assert clear(crowd(8, 2), "nucleolus").facts["largest complaint found [EUR]"] == 0


def test_who_trades_nothing_may_be_paid():
    """The glove game: of two equal buyers one gets the odd Wh, and both gain 10; the other is paid on its order."""
    orders = Orders.of([-1, 1, 1], [1, 1, 1], [0, 60, 60])
    clearing = clear(orders, "shapley")
    assert clearing.energy.tolist() == [1, 1, 0]
    assert clearing.payment.tolist() == [-40, 50, -10]


def test_a_gain_is_spread_over_an_agents_orders():
    """By hand: 4 and 6 Wh bought at 50 from an offer at 20: 300, half to the buyer: 15 a Wh, so each Wh costs 35."""
    orders = Orders.of([1, 1, -1], [4, 6, 10], [50, 50, 20], agent=[0, 0, 1])
    assert clear(orders, "shapley").payment.tolist() == [140, 210, -350]


def test_whole_shares_keep_their_bounds():
    share = whole_between(np.array([2.5, 2.5, 0.0]), np.array([0, 0, 0]), np.array([2, 9, 9]), 5)
    assert share.tolist() == [2, 3, 0]
    assert whole_between(np.array([5.0, 5.0]), np.array([0, 4]), np.array([9, 9]), 7).sum() == 7
    far = whole_between(np.array([1e18, 3e18]), np.array([0, 0]), np.array([2 * 10**18, 4 * 10**18]), 4 * 10**18 + 12_345_678)
    assert far.sum() == 4 * 10**18 + 12_345_678


@pytest.mark.parametrize("wrong", [{"exact_up_to": 99}, {"exact_up_to": -1}, {"samples": 0}])
@pytest.mark.parametrize("rule", [Shapley, Nucleolus])
def test_wrong_parameters_are_refused(rule, wrong):
    with pytest.raises(InputError):
        rule(**wrong)


def test_a_crowd_is_refused():
    with pytest.raises(InputError, match="1001 agents; at most 1000"):
        clear(Orders.of([-1] + [1] * 1000, [1000] + [1] * 1000, [0] + [9] * 1000), "nucleolus")


def test_the_rate_lies_between_the_outside_prices():
    with pytest.raises(InputError):
        MidMarketRate(1.5)
