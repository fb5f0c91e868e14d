"""Rules that pair: books whose answers are known, and what holds for every book."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.base.errors import InputError, LawBroken
from p2p.markets import Bilateral, PreferredPartners, RandomPairs, Uniform, clear, laws
from p2p.markets.pairwise.bilateral import Pairs, assigned, fair_prices
from p2p.markets.pairwise.consensus import Agents, Links, centrally, negotiate
from p2p.markets.pairwise.random_pairs import bargain
from p2p.orders import Clearing, Orders, Preferences, Surroundings, Trades
from p2p.orders.surroundings import no_partners
from tests.strategies import books, tasteful_books

CASES = Path(__file__).parents[1] / "cases" / "pairwise"
SCALE = 1000  # kWh to Wh, EUR/MWh to µEUR/kWh


def cases(name):
    return json.loads((CASES / f"{name}.json").read_text())["cases"]


def named(case):
    return case["name"]


# --- random pairs


@pytest.mark.parametrize("case", cases("meetings"), ids=named)
def test_bargains_of_given_meetings(case):
    sides, energies, prices, agents = zip(*case["orders"], strict=True)
    side = [1 if side == "bid" else -1 for side in sides]
    orders = Orders.of(side, np.array(energies) * SCALE, np.array(prices) * SCALE, agent=agents)
    trades = bargain(orders, [tuple(np.array(turn).T) for turn in case["rounds"]])
    found = list(zip(trades.bid, trades.offer, trades.energy / SCALE, trades.price / SCALE, strict=True))
    assert found == [tuple(trade) for trade in case["trades"]]
    clearing, best = Clearing.of_trades(orders, trades), clear(orders, "uniform")
    if "fraction_of_max_welfare" in case:
        assert clearing.welfare(orders) / best.welfare(orders) == case["fraction_of_max_welfare"]
    if "fraction_of_max_quantity" in case:  # the most that any pairing trades, 3 kWh: 4-3, 3-2, 2-1
        assert clearing.traded(orders) / (3 * SCALE) == case["fraction_of_max_quantity"]


@given(orders=books(), seed=st.integers(0, 2**63 - 1))
def test_random_pairs_end_when_nobody_gains(orders, seed):
    clearing = clear(orders, RandomPairs(), around=Surroundings(seed))
    left = clearing.energy < orders.energy
    bids, offers = orders.price[left & orders.bids], orders.price[left & ~orders.bids]
    assert clearing.facts["rounds"] == 1000 or not len(bids) or not len(offers) or bids.max() < offers.min()
    assert clearing.budget() == 0
    low, high = orders.price[clearing.trades.offer], orders.price[clearing.trades.bid]
    assert np.array_equal(clearing.trades.price, low + np.rint((high - low) / 2))


def test_one_round_gives_each_order_one_meeting():
    orders = Orders.of([1, 1, -1, -1], [4, 4, 2, 2], [9, 9, 1, 1])
    clearing = clear(orders, RandomPairs(rounds=1), around=Surroundings(3))
    assert clearing.energy.tolist() == [2, 2, 2, 2]
    assert clear(orders, RandomPairs(), around=Surroundings(3)).energy.tolist() == [2, 2, 2, 2]
    assert clear(orders, RandomPairs(k=1.0)).payment.sum() == 0
    assert clear(orders, RandomPairs(k=1.0)).trades.price.tolist() == [9, 9]


def test_who_meets_whom_is_drawn_by_seed():
    orders = Orders.of([1] * 6 + [-1] * 6, [5] * 12, [20, 30, 40, 50, 60, 70, 10, 20, 30, 40, 50, 60])
    pairs = {
        tuple(sorted(zip(t.bid, t.offer, strict=True)))
        for t in (clear(orders, RandomPairs(), around=Surroundings(s)).trades for s in range(20))
    }
    assert len(pairs) > 10


# --- bilateral


def tasteful(case):
    names = list(dict.fromkeys(row[0] for row in case["orders"]))
    side = [1 if row[1] == "bid" else -1 for row in case["orders"]]
    energy, price, tag, bus = (np.array([row[place] for row in case["orders"]]) for place in (2, 3, 4, 5))
    orders = Orders.of(side, energy * SCALE, price * SCALE, agent=[names.index(row[0]) for row in case["orders"]], tag=tag, bus=bus)
    return orders, names, preferences(case, names, case["partners"])


def preferences(case, names, partners):
    whole = {name: np.array(case[name], np.int64) * SCALE for name in ("per_km", "per_tag", "stranger")}
    numbered = np.array([[names.index(name) for name in pair] for pair in partners], np.int64).reshape(-1, 2)
    return Preferences(**whole, partners=numbered, km=np.array(case["km"], float))


def by_name(trades, names):
    rows = zip(trades.bid, trades.offer, trades.energy / SCALE, trades.price / SCALE, strict=True)
    return sorted((names[bid], names[offer], energy, price) for bid, offer, energy, price in rows)


@pytest.mark.parametrize("case", cases("differentiated"), ids=named)
@pytest.mark.parametrize("k", [0.0, 0.5, 1.0])
def test_differentiated(case, k):
    orders, names, tastes = tasteful(case)
    clearing = clear(orders, Bilateral(k=k), around=Surroundings(preferences=tastes))
    expected = [(buyer, seller, energy, low + k * (high - low)) for buyer, seller, energy, low, high in case["trades"]]
    assert by_name(clearing.trades, names) == sorted(expected)
    assert laws.gain(orders, clearing.trades, tastes) == case["welfare"] * SCALE**2


@pytest.mark.parametrize("case", cases("differentiated"), ids=named)
def test_differentiated_by_messages(case):
    """The negotiation ends within 1 % of the gain, and its prices within 3 EUR/MWh of the range."""
    orders, names, tastes = tasteful(case)
    clearing = clear(orders, Bilateral("admm", iterations=5000), around=Surroundings(preferences=tastes))
    assert laws.gain(orders, clearing.trades, tastes) == pytest.approx(case["welfare"] * SCALE**2, rel=0.01)
    ranges = {(buyer, seller): (low, high) for buyer, seller, _, low, high in case["trades"]}
    for buyer, seller, energy, price in by_name(clearing.trades, names):
        if energy > 0.1:
            low, high = ranges[buyer, seller]
            assert low - 3 <= price <= high + 3


@given(book=tasteful_books())
def test_bilateral_is_the_largest_welfare(book):
    """Against the welfare programme over pairs, stated in cvxpy."""
    cvxpy = pytest.importorskip("cvxpy")
    from p2p.base.solve import solve

    orders, tastes = book
    clearing = clear(orders, Bilateral(), around=Surroundings(preferences=tastes))
    bids, offers = np.flatnonzero(orders.bids), np.flatnonzero(~orders.bids)
    if not len(bids) or not len(offers):
        assert clearing.energy.sum() == 0
        return
    worth = tastes.worth(orders, bids[:, None], offers[None, :])
    flow = cvxpy.Variable(worth.shape, nonneg=True)
    welfare = cvxpy.Maximize(cvxpy.sum(cvxpy.multiply((worth - orders.price[offers]).astype(float), flow)))
    limits = [cvxpy.sum(flow, axis=1) <= orders.energy[bids], cvxpy.sum(flow, axis=0) <= orders.energy[offers]]
    most = solve(cvxpy.Problem(welfare, limits), "largest welfare of pairs")
    assert laws.gain(orders, clearing.trades, tastes) == pytest.approx(most, abs=1e-6 * max(1.0, abs(most)))


@given(book=tasteful_books(14), k=st.sampled_from([0.0, 0.3, 0.5, 1.0]))
def test_nobody_would_rather_trade_with_somebody_else(book, k):
    """By more than 1 µEUR/kWh, to which prices are rounded; one price a seller, one net price a buyer."""
    orders, tastes = book
    pairs = Pairs.of(orders, tastes)
    if not pairs.gain.size:
        return
    flow = assigned(orders, pairs)
    price = fair_prices(orders, pairs, flow, k)[0]
    left = flow.sum(axis=1) < orders.energy[pairs.bids]
    rest = flow.sum(axis=0) < orders.energy[pairs.offers]
    earned = price - orders.price[pairs.offers]
    assert (earned >= 0).all()
    assert (earned[rest] == 0).all()
    kept = pairs.worth - price
    for row in range(len(pairs.bids)):
        nets = kept[row][flow[row] > 0]
        assert len(set(nets.tolist())) <= 1
        mine = 0 if left[row] or not len(nets) else nets[0]
        assert (nets == mine).all()
        assert mine >= 0
        assert (kept[row] <= mine + 1).all()


@given(orders=books())
def test_without_preferences_it_is_the_uniform_price(orders):
    pairs, one = clear(orders, Bilateral()), clear(orders, Uniform())
    assert pairs.traded(orders) == one.traded(orders)
    assert pairs.welfare(orders) == one.welfare(orders)
    assert (pairs.trades.price == one.price).all()


@given(
    book=tasteful_books(), rule=st.sampled_from([Bilateral(), Bilateral("admm"), PreferredPartners(), PreferredPartners(ties="lottery")])
)
def test_rows_may_stand_in_any_order_with_preferences(book, rule):
    orders, tastes = book
    back = np.arange(len(orders))[::-1]
    forward = clear(orders, rule, around=Surroundings(5, preferences=tastes))
    turned = clear(orders.take(back), rule, around=Surroundings(5, preferences=tastes.take(back)))
    assert np.array_equal(forward.energy, turned.energy[::-1])
    assert np.array_equal(forward.payment, turned.payment[::-1])
    assert forward.budget() == 0


def town(seed, size=30):
    """A book of a small town: 2 x size orders at random places, tastes drawn."""
    draw = np.random.default_rng(seed)
    count = 2 * size
    side = np.repeat([1, -1], size)
    price = np.where(side > 0, 200_000 + draw.integers(0, 60_000, count), 80_000 + draw.integers(0, 90_000, count))
    orders = Orders.of(side, draw.integers(50, 1500, count), price, bus=np.arange(count), tag=draw.integers(0, 2, count) * (side < 0))
    place, taste = draw.random((count, 2)), draw.random(count)
    km = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    per_tag = np.rint(np.outer(taste, [30_000, 0])).astype(np.int64)
    tastes = Preferences(np.rint(50_000 * taste).astype(np.int64), per_tag, np.zeros(count, np.int64), no_partners(), km)
    return orders, tastes


@pytest.mark.parametrize("seed", range(3))
def test_messages_reach_the_best_trades(seed):
    """Within 1 % of the largest gain, whole Wh, balanced, and nobody tells more than prices and quantities."""
    orders, tastes = town(seed)
    around = Surroundings(preferences=tastes)
    best = laws.gain(orders, clear(orders, Bilateral(), around=around).trades, tastes)
    clearing = clear(orders, Bilateral("admm"), around=around)
    assert clearing.facts["agreed"]
    assert clearing.facts["iterations"] < 2000
    assert 0.99 * best <= laws.gain(orders, clearing.trades, tastes) <= best
    short = clear(orders, Bilateral("admm", iterations=3), around=around)
    assert not short.facts["agreed"]
    assert short.facts["furthest apart [Wh]"] > clearing.facts["furthest apart [Wh]"]


def test_a_town_against_highs():
    """A book of 60 orders against the solver of linear programmes, to the last nEUR."""
    from scipy.sparse import csr_array

    from p2p.base.solve import Programme, optimum

    orders, tastes = town(7)
    pairs = Pairs.of(orders, tastes)
    many, kinds = pairs.gain.shape
    rows = np.concatenate([np.repeat(np.arange(many), kinds), many + np.tile(np.arange(kinds), many)])
    matrix = csr_array((np.ones(2 * many * kinds), (rows, np.tile(np.arange(many * kinds), 2))))
    most = np.concatenate([orders.energy[pairs.bids], orders.energy[pairs.offers]]).astype(float)
    none, free = np.zeros(many * kinds), np.full(many * kinds, np.inf)
    best = optimum(Programme(pairs.gain.ravel().astype(float), matrix, 0 * most, most, none, free), "pairs")
    flow = assigned(orders, pairs)
    assert int(np.sum(flow * pairs.gain)) == pytest.approx(best.value, abs=1)
    # a dual price of an offer lies between the buyers' best and the sellers'
    low, high = (fair_prices(orders, pairs, flow, k)[0] - orders.price[pairs.offers] for k in (0.0, 1.0))
    duals = np.abs(best.duals[many:])
    sold = flow.sum(axis=0) > 0
    assert ((low - 1e-6 <= duals) & (duals <= high + 1e-6))[sold].all()


def test_only_the_exact_solver_claims_the_largest_welfare():
    assert "efficient" in Bilateral.claims & Bilateral().claims
    assert Bilateral("admm").claims == {"budget_balanced"}
    assert "efficient" in Bilateral().claims  # an instance that says less leaves the others alone


def test_too_many_pairs_are_refused():
    orders = Orders.of([1] * 2001 + [-1] * 2000, [1] * 4001, [5] * 4001)
    with pytest.raises(InputError, match=r"4,002,000 pairs"):
        clear(orders, Bilateral())


# --- agents of quadratic cost


def quadratic(case):
    _, a, b, low, high = zip(*case["agents"], strict=True)
    return Agents(*(np.array(column, float) for column in (a, b, low, high)))


@pytest.mark.parametrize("case", cases("quadratic"), ids=named)
def test_quadratic_agents(case):
    agents = quadratic(case)
    output, price = centrally(agents, case["charge"])
    assert output == pytest.approx(case["output"], abs=case["tolerance"])
    assert price == pytest.approx(case["price"], abs=case["price_tolerance"])
    found = negotiate(agents, Links.of(agents, case["charge"]), rho=0.5, enough=(1e-5, 1e-5), price=50.0)
    assert found.rounds < 10_000
    assert found.output == pytest.approx(case["output"], abs=case["tolerance"])
    assert found.price[found.sold > 1e-3] == pytest.approx(case["price"], abs=case["price_tolerance"])


@given(st.integers(0, 2**32 - 1))
def test_quadratic_agents_against_a_central_programme(seed):
    """With charges of each pair's own, against cvxpy; without, the two own solutions are one."""
    cvxpy = pytest.importorskip("cvxpy")
    from p2p.base.solve import solve

    draw = np.random.default_rng(seed)
    a, b = draw.uniform(0.5, 2, 5), np.concatenate([draw.uniform(50, 80, 2), draw.uniform(20, 60, 3)])
    agents = Agents(a, b, np.array([-30.0, -20, 0, 0, -10]), np.array([0.0, 0, 25, 40, 10]))
    links = Links.of(agents)
    links = links.replace(seller_pays=draw.uniform(0, 3, len(links)), buyer_pays=draw.uniform(0, 3, len(links)))
    found = negotiate(agents, links, enough=(1e-7, 1e-7), rounds=100_000, price=50.0)
    trade = cvxpy.Variable(len(links), nonneg=True)
    sells, buys = (np.array(ends[:, None] == np.arange(5), float).T for ends in (links.seller, links.buyer))
    output = (sells - buys) @ trade
    cost = a / 2 @ cvxpy.square(output) + b @ output + (links.seller_pays + links.buyer_pays) @ trade
    solve(cvxpy.Problem(cvxpy.Minimize(cost), [output >= agents.low, output <= agents.high]), "quadratic agents")
    assert found.output == pytest.approx(output.value, abs=1e-3)
    charge = float(draw.uniform(0, 3))
    same = negotiate(agents, Links.of(agents, charge), enough=(1e-7, 1e-7), rounds=100_000, price=50.0)
    assert same.output == pytest.approx(centrally(agents, charge)[0], abs=1e-3)


# --- preferred partners


@pytest.mark.parametrize("case", cases("partners"), ids=named)
def test_partners(case):
    like = next(other for other in cases("differentiated") if other["name"] == case["like"])
    orders, names, _ = tasteful(like)
    tastes = preferences(like, names, case["partners"])
    clearing = clear(orders, PreferredPartners(k=case["k"]), around=Surroundings(preferences=tastes))
    if "trades" in case:
        assert by_name(clearing.trades, names) == sorted(tuple(trade) for trade in case["trades"])
    else:
        assert clearing.traded(orders) == case["traded"] * SCALE
        assert set(clearing.trades.price) == {case["price"] * SCALE}
        assert clearing.facts["traded with partners [kWh]"] == 0


@given(orders=books())
def test_without_lists_it_is_the_open_book(orders):
    partners, one = clear(orders, PreferredPartners()), clear(orders, Uniform())
    assert np.array_equal(partners.energy, one.energy)
    assert np.array_equal(partners.payment, one.payment)


@given(book=tasteful_books())
def test_partners_leave_nothing_to_gain_between_them(book):
    """After the lists are served, no two who name each other could both gain from what they have left."""
    from p2p.markets.pairwise.preferred_partners import with_partners

    orders, tastes = book
    trades = with_partners(orders, tastes, 0.5)
    left = orders.energy - trades.by_order(orders)[0]
    named_back = {(a, b) for a, b in tastes.partners.tolist() if [b, a] in tastes.partners.tolist()}
    assert {(int(orders.agent[bid]), int(orders.agent[offer])) for bid, offer in zip(trades.bid, trades.offer, strict=True)} <= named_back
    for bid in np.flatnonzero(orders.bids & (left > 0)):
        for offer in np.flatnonzero(~orders.bids & (left > 0)):
            if (int(orders.agent[bid]), int(orders.agent[offer])) in named_back:
                assert tastes.worth(orders, bid, offer) < orders.price[offer]


# --- laws and refusals

BOOK = Orders.of([1, 1, -1, -1], [4, 4, 4, 4], [30, 20, 10, 12], tag=[0, 0, 0, 1])
TASTES = Preferences(
    *(np.zeros((4, 1), np.int64)[:, 0] for _ in "a"),
    np.array([[15, 0]] + [[0, 0]] * 3),
    np.zeros(4, np.int64),
    no_partners(),
    np.zeros((1, 1)),
)


def test_the_laws_of_taste_have_teeth():
    """The first bid of 30 gives 15 for untagged energy: 14 is fine, 16 is within its limit and beyond the worth."""
    fair = Clearing.of_trades(BOOK, Trades(*(np.array([value]) for value in (0, 2, 4, 14))))
    dear = Clearing.of_trades(BOOK, Trades(*(np.array([value]) for value in (0, 2, 4, 16))))
    assert laws.nobody_loses(BOOK, dear)
    assert laws.within_worth(BOOK, fair, TASTES)
    assert not laws.within_worth(BOOK, dear, TASTES)
    best = clear(BOOK, Bilateral(), around=Surroundings(preferences=TASTES))
    assert laws.gain(BOOK, best.trades, TASTES) == 4 * (30 - 12) + 4 * (20 - 10)
    crossed = Trades(np.array([0, 1]), np.array([2, 3]), np.array([4, 4]), np.array([12, 15]))
    assert laws.gain(BOOK, crossed, TASTES) == 4 * (15 - 10) + 4 * (20 - 12)

    class Blind(Bilateral):
        def __call__(self, orders, limits=None, around=None):
            return dear

    with pytest.raises(LawBroken, match="within_worth"):
        clear(BOOK, Blind(), around=Surroundings(preferences=TASTES))


def test_preferences_are_refused_where_they_mean_nothing():
    with pytest.raises(InputError, match="rules that don't: bilateral, preferred_partners"):
        clear(BOOK, Uniform(), around=Surroundings(preferences=TASTES))
    wrong = Preferences(TASTES.per_km[:3] - 1, TASTES.per_tag[:, :1], TASTES.stranger, no_partners(), -np.ones((1, 1)))
    with pytest.raises(InputError) as caught:
        clear(BOOK, Bilateral(), around=Surroundings(preferences=wrong))
    for part in ("per_km: has 3 rows", "per_km: is out of range", "per_tag: is of shape", "preferences.km"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Bilateral("magic"),
        lambda: Bilateral(k=2),
        lambda: Bilateral(per_km=-1),
        lambda: RandomPairs(rounds=0),
        lambda: PreferredPartners(partners=-1),
    ],
)
def test_wrong_parameters_are_refused(make):
    with pytest.raises(InputError):
        make()


@pytest.mark.parametrize("rule", [RandomPairs(), Bilateral(), Bilateral("admm"), PreferredPartners()], ids=str)
@pytest.mark.parametrize(
    ("side", "price", "traded"),
    [
        ([], [], 0),
        ([1, 1], [5, 9], 0),
        ([-1], [5], 0),
        ([1, -1], [22, 23], 0),
        ([1, -1], [7, 7], 3),
        ([1, -1], [0, -10], 3),
        ([1, -1], [0, 0], 3),
    ],
    ids=["empty", "bids only", "one offer", "no overlap", "tied", "negative", "zero"],
)
def test_edges(rule, side, price, traded):
    orders = Orders.of(side, [3] * len(side), price, agent=[4] * len(side))  # one agent may hold both sides
    clearing = clear(orders, rule, around=Surroundings(1))
    if rule == Bilateral("admm") and len(set(price)) == 1:
        traded = 0  # nobody asks for a trade by which nobody gains
    assert clearing.traded(orders) == traded
    assert clearing.budget() == 0


def test_large_numbers_do_not_overflow():
    orders = Orders.of([1, 1, -1, -1], [10**9] * 4, [10**9, 10**9 - 1, -(10**9), -(10**9) + 1])
    far = Preferences(np.array([10**9, 0, 0, 0]), np.zeros((4, 1), np.int64), np.full(4, 10**9), no_partners(), np.full((1, 1), 50_000.0))
    for rule in (Bilateral(), PreferredPartners()):
        assert clear(orders, rule).traded(orders) == 2 * 10**9
        assert clear(orders, rule, around=Surroundings(preferences=far)).traded(orders) == 10**9
