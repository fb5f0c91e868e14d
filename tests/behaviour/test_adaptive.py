"""The learning bidders: their rules worked by hand, and that they find the competitive price in the markets of their papers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import p2p
from p2p.base.streams import Streams
from p2p.behaviour import STRATEGIES, Learner
from p2p.behaviour.adaptive import AdaptiveAggressive, GjerstadDickhaut, ZeroIntelligencePlus, kernels
from p2p.behaviour.adaptive.heard import events
from p2p.behaviour.pit import TRADERS, Market, Pit
from p2p.orders import Clearing, Orders
from p2p.orders.published import Aftermath, Published
from tests.behaviour.test_quotes import known, rows
from tests.running import FEW, fingerprint

STEPS = range(80, 321, 24)
MARKETS = {
    "smith": Market.of(range(325, 74, -25), range(75, 326, 25), 500),
    "symmetric": Market.of(STEPS, STEPS, 500),
    "flat_supply": Market.of(STEPS, [200] * 11, 500),
    "more_sellers": Market.of(range(190, 114, -15), range(40, 151, 10), 200),
}
"""Smith's (1962) test 1; Cliff's (1997) symmetric and flat-supply shapes; an excess of sellers. They clear at 200, 200, 200 and 95."""
BIDDERS = ("zip", "gd", "aa")


def after_of(book, clearing, own=slice(None)):
    """What is seen of a clearing in which the grid held, by those whose orders stand at some rows."""
    return Aftermath(Published.of(book, clearing), clearing.energy[own], *np.zeros((2, 1), np.int64))


# What is heard of a market


def test_a_book_is_heard_as_one_deal_or_as_the_best_that_nobody_took():
    """By hand: 1 kWh trades at 150, so the deal is at 150. If nothing trades, the best bid is 120 and the best offer 180."""
    book = Orders.of([1, -1, 1, -1], [1000, 1000, 500, 500], [200, 100, 120, 180])
    traded = Clearing.at_one_price(book, np.array([1000, 1000, 0, 0]), 150)
    assert events(Published.of(book, traded)) == [(0, 150.0, True)]
    rest = book.take(np.array([2, 3]))
    assert events(Published.of(rest, Clearing.nothing(rest))) == [(1, 120.0, False), (-1, 180.0, False)]
    assert events(Published.of(book.take(slice(0)), Clearing.nothing(book.take(slice(0))))) == []


def test_what_is_published_names_nobody():
    assert "agent" not in Published.__slots__
    assert "bus" not in Published.__slots__


# ZIP


@pytest.mark.parametrize(
    ("side", "price", "active", "came", "at", "deal", "expected"),
    [
        (-1, 100, True, 1, 120, True, 1),  # sold at 120: a seller at 100 asks for more
        (-1, 140, True, 1, 120, True, -1),  # a bid took 120: a seller at 140 with something left asks for less
        (-1, 140, True, -1, 120, True, 0),  # it was an offer that came
        (-1, 140, False, 1, 120, True, 0),  # it has nothing left
        (-1, 140, True, -1, 120, False, -1),  # nobody took an offer at 120: one at 140 has no chance
        (-1, 110, True, -1, 120, False, 0),
        (1, 120, True, -1, 100, True, -1),
        (1, 90, True, -1, 100, True, 1),
        (1, 90, True, 1, 100, False, 1),
        (1, 110, True, 1, 100, False, 0),
        (1, 90, True, 0, 100, True, 1),  # in a call auction, both came
    ],
)
def test_the_rules_of_zip(side, price, active, came, at, deal, expected):
    assert kernels.zip_direction(side, price, active, came, at, deal) == expected


def test_a_step_of_zip():
    """By hand: a seller with limit 100 asks 120, the target is 140, rate 0.5, momentum 0.1, the last step was 4:
    0.1 x 4 + 0.9 x 0.5 x 20 = 9.4, so it asks 129.4, a margin of 0.294. A buyer at 90 with target 200 would go beyond its
    limit: its margin is 0. A limit of -100 and a price of -80 are a margin of 0.2."""
    assert kernels.zip_step(-1, 100.0, 120.0, 140.0, 4.0, 0.5, 0.1) == pytest.approx((0.294, 9.4))
    assert kernels.zip_step(1, 100.0, 90.0, 200.0, 0.0, 0.5, 0.1) == pytest.approx((0.0, 49.5))
    assert kernels.with_margin(-100.0, 0.2) == -80
    assert kernels.zip_step(-1, -100.0, -80.0, -80.0, 0.0, 0.5, 0.1) == pytest.approx((0.2, 0.0))


def test_zip_learns_from_what_is_published():
    """By hand: a seller of 1000 Wh at limit 80 with a margin of exactly 0.25 asks 100. It sells at 150; without draws beyond
    it and with rate 1 it goes all the way: 150, a margin of 0.875. Nothing more is sold, and the best offer left is 120:
    it asks 120, a margin of 0.5. With the retailer at 60 instead of 80, that is 90."""
    learner = ZeroIntelligencePlus((0.25, 0.25), (1.0, 1.0), (0.0, 0.0), 0.0, 0.0)
    seller, memory = known(net=-4.0), learner.start(1)
    asked = learner(seller, memory)
    assert rows(asked) == [(-1, 1000, 100)]
    book = Orders.concat([asked, Orders.of([1], [1000], [200], agent=[9], arrival=[7])])
    sold = Clearing.at_one_price(book, np.array([1000, 1000]), 150)
    memory = learner.learn(memory, seller, asked, sold.energy[:1], sold.payment[:1], after_of(book, sold, slice(1)))
    assert memory.margin[1] == pytest.approx(0.875)
    assert rows(learner(seller, memory)) == [(-1, 1000, 150)]
    book = Orders.concat([learner(seller, memory), Orders.of([-1], [1000], [120], agent=[9], arrival=[7])])
    none = Clearing.nothing(book)
    memory = learner.learn(memory, seller, learner(seller, memory), none.energy[:1], none.payment[:1], after_of(book, none, slice(1)))
    assert memory.margin[1] == pytest.approx(0.5)
    assert rows(learner(known(net=-4.0, feed_in=60), memory)) == [(-1, 1000, 90)]
    assert memory.margin[0] == -0.25


def test_who_hears_nothing_learns_nothing():
    for name in BIDDERS:
        learner = STRATEGIES[name]()
        assert isinstance(learner, Learner)
        mine = known(net=-4.0)
        memory = learner.learn(learner.start(1), mine, learner(mine), np.zeros(1, np.int64), np.zeros(1, np.int64))
        assert rows(learner(mine, memory)) == rows(learner(mine))


# GD


def test_beliefs_are_shares():
    """By hand, on prices 0 to 10: offers taken at 4 (2) and left at 6 (1) and 8 (3), a bid left at 3 (1).

    An offer at 3 would have been taken by 2 + 1 and left by none: 1. At 4: 2 taken, none left at 4 or less: 1. At 6: nobody
    took as much, 1 left: 0. Half way between 4 and 6 the cubic is at a half. A bid at 3: offers at 3 or less: none; left: 1,
    so 0. At 4: 2 of 2. At 6 and 8: surely.
    """
    counts = np.zeros((4, 11))
    counts[kernels.TAKEN_OFFERS, 4], counts[kernels.LEFT_OFFERS, [6, 8]], counts[kernels.LEFT_BIDS, 3] = 2, (1, 3), 1
    sells, buys = np.empty((2, 11))
    kernels.believed(counts, -1, sells)
    kernels.believed(counts, 1, buys)
    assert sells[[0, 3, 4, 5, 6, 8, 10]].tolist() == [1, 1, 1, 0.5, 0, 0, 0]
    assert buys[[0, 3, 4, 6, 8, 10]].tolist() == [0, 0, 1, 1, 1, 1]


@given(st.lists(st.integers(0, 5), min_size=44, max_size=44), st.sampled_from([1, -1]))
def test_beliefs_are_chances_and_fall_with_greed(numbers, side):
    belief = np.empty(11)
    kernels.believed(np.array(numbers, np.float64).reshape(4, 11), side, belief)
    assert np.all((belief >= -1e-12) & (belief <= 1 + 1e-12))
    assert np.all(side * np.diff(belief) >= -1e-12)


def test_gd_asks_for_what_promises_most():
    """By hand: floor 80, ceiling 200, steps of 12. Offers of 1 kWh were taken at 140, one of 1 kWh was left at 164. A seller
    at 80 believes in 140 wholly and in 164 with 0 of 1; at 152, half way, it gains 72 with 1/2. So it asks 140. A buyer at 200
    believes in 140 wholly, and in nothing below but what the cubic from 80 gives: at 128 (4 of 5 parts: 0.896) it gains
    64.5, at 116 (3 of 5: 0.648) 54.4, at 140 it gains 60: so 128.
    """
    learner = GjerstadDickhaut(grid=10)
    mine, memory = known(net=-4.0), learner.start(1)
    book = Orders.of([1, -1, -1], [1000, 1000, 1000], [200, 80, 164])
    memory = learner.learn(
        memory, mine, learner(mine), np.zeros(1, np.int64), np.zeros(1, np.int64),
        after_of(book, Clearing.at_one_price(book, np.array([1000, 1000, 0]), 140)),
    )  # fmt: skip
    assert rows(learner(mine, memory)) == [(-1, 1000, 140)]
    assert rows(learner(known(net=4.0), memory)) == [(1, 1000, 128)]
    assert memory.counts[-1].sum() == 0  # the next book is open
    assert memory.counts.sum() == 3000


def test_gd_without_a_history_believes_in_the_ends():
    """By hand: the belief of an offer is 1 - s²(3 - 2s) at a part s of the way; times s it is largest at 0.385 of 0 to 1
    (4 s^3 ... : 1 - 9 s² + 8 s³ = 0 at s = 0.4215...): on a grid of 200, 80 + 0.42 x 120 = 130.4, rounded up to 131."""
    share = np.linspace(0, 1, 201)
    best = share[np.argmax(share * (1 - share**2 * (3 - 2 * share)))]
    assert 1 - 9 * best**2 + 8 * best**3 == pytest.approx(0, abs=0.02)
    assert rows(GjerstadDickhaut()(known(net=-4.0))) == [(-1, 1000, int(np.ceil(80 + 120 * best)))]


# AA


@given(st.floats(1e-6, 400))
def test_theta_is_found_by_its_slope(wanted):
    assert kernels.slope(kernels.theta_of(wanted)) == pytest.approx(wanted, rel=1e-6)


@given(st.floats(-1, 1), st.floats(-8, 2), st.floats(10, 190), st.floats(20, 180), st.sampled_from([1, -1]))
def test_aims_lie_within_limits_and_can_be_read_back(r, theta, limit, centre, side):
    hoped = 0.0 if side > 0 else 200.0
    aim = kernels.aa_target(side, limit, centre, hoped, r, theta)
    assert side * (limit - aim) >= -1e-9
    assert side * (aim - hoped) >= -1e-6
    again = kernels.aa_target(side, limit, centre, hoped, kernels.aa_r_of(side, limit, centre, hoped, aim, theta), theta)
    assert again == pytest.approx(aim, abs=1e-5)


def test_aims_by_hand():
    """The competitive price is 100, prices go from 0 to 200. A buyer at 150 aims at 0 with r = -1, at 100 with 0, at 150 with 1,
    and with theta near 0 at 125 half way. One at 80 should not buy: its limit at most. Sellers at 50 and 120 mirror them."""
    assert [kernels.aa_target(1, 150.0, 100.0, 0.0, r, 0.0) for r in (-1.0, 0.0, 0.5, 1.0)] == pytest.approx([0, 100, 125, 150])
    assert [kernels.aa_target(1, 80.0, 100.0, 0.0, r, -4.0) for r in (-1.0, 0.0, 0.5, 1.0)] == pytest.approx([0, 80, 80, 80])
    assert [kernels.aa_target(-1, 50.0, 100.0, 200.0, r, 0.0) for r in (-1.0, 0.0, 0.5, 1.0)] == pytest.approx([200, 100, 75, 50])
    assert [kernels.aa_target(-1, 120.0, 100.0, 200.0, r, -4.0) for r in (-1.0, 0.0, 1.0)] == pytest.approx([200, 120, 120])


@given(st.floats(-8, 2), st.floats(110, 190))
def test_aims_have_no_kink_at_the_competitive_price(theta, limit):
    step = 1e-6
    down, at, up = (kernels.aa_target(1, limit, 100.0, 0.0, r, theta) for r in (-step, 0.0, step))
    assert (at - down) / (up - at) == pytest.approx(1, rel=1e-3)


def test_the_competitive_price_is_estimated_from_the_latest_deals():
    """By hand: deals at 100 and then 110, the older weighs 0.5: (110 + 50) / 1.5 = 106.67; alpha is the root of
    ((3.33)² + (6.67)²) / 2 = 27.8, 5.27, over 106.67."""
    last = np.array([100.0, 110.0, 0.0])
    centre = kernels.aa_centre(last, 2, 0.5)
    assert centre == pytest.approx(320 / 3)
    assert kernels.aa_alpha(last, 2, centre) == pytest.approx(np.sqrt(250 / 9) / (320 / 3))


def test_aa_in_a_run_moves_towards_what_sold():
    """A seller at 80 aims at about 140, half way, without a history; after deals at 170 it aims higher, after those at 100 lower."""
    learner = AdaptiveAggressive()
    mine = known(net=-4.0)
    asked = {}
    for at in (100, 170):
        memory = learner.start(1)
        for _ in range(30):
            book = Orders.concat([learner(mine, memory), Orders.of([1, -1], [1000, 1000], [200, 80], agent=[9, 9], arrival=[7, 8])])
            clearing = Clearing.at_one_price(book, np.array([0, 1000, 1000]), at)
            memory = learner.learn(memory, mine, book.take(slice(1)), *np.zeros((2, 1), np.int64), after_of(book, clearing, slice(1)))
        asked[at] = rows(learner(mine, memory))[0][2]
    assert 80 <= asked[100] <= 101
    assert 160 <= asked[170] <= 171


# In the markets of their papers


@pytest.mark.parametrize("name", MARKETS)
@pytest.mark.parametrize("kind", BIDDERS)
def test_who_learns_finds_the_competitive_price(kind, name):
    """Over ten days and ten seeds prices close in on equilibrium, and nearly all gains are made (Cliff 1997, Gjerstad and
    Dickhaut 1998, Vytelingum et al. 2008). Smith's own people had an alpha of 11.8 % on the first day and 3.5 % on the fifth
    (from memory); the means are held to under 7.5 % on the last day, and under two thirds of the first day's."""
    market = MARKETS[name]
    sessions = [Pit(market, kind, Streams(1962).at(f"{kind} {name}", seed)).run(10) for seed in range(10)]
    alpha = np.mean([session.alpha for session in sessions], axis=0)
    assert alpha[-3:].mean() < min(alpha[0] * 2 / 3, 7.5)
    last = np.concatenate([session.price[session.day >= 7] for session in sessions])
    assert last.mean() == pytest.approx(market.price, rel=0.05)
    assert np.mean([session.efficiency[-3:] for session in sessions]) > 95
    assert all((session.gain >= 0).all() for session in sessions)


def test_who_does_not_learn_does_not_find_it_under_flat_supply():
    """Cliff's (1997) point: under flat supply at 200 the prices of constrained random traders stay above, day after day."""
    sessions = [Pit(MARKETS["flat_supply"], "constrained", Streams(1962).at("flat", seed)).run(10) for seed in range(20)]
    alpha = np.mean([session.alpha for session in sessions], axis=0)
    assert alpha[-3:].mean() > alpha[0] * 2 / 3
    assert np.concatenate([session.price for session in sessions]).mean() > 210


@pytest.mark.parametrize("kind", TRADERS)
@pytest.mark.parametrize("wipes", [True, False])
def test_a_pit_is_the_same_for_the_same_chance(kind, wipes):
    first, again = (Pit(MARKETS["smith"], kind, Streams(3).at("pit"), 300, wipes).run(3) for _ in range(2))
    assert np.array_equal(first.price, again.price)
    assert first.trades.max() <= 11
    assert kind == "unconstrained" or first.gain.min() >= 0


# In a run


def test_they_learn_alone_in_a_run(tmp_path):
    """Memories are rows, and what is public is the same for everybody: any split into cohorts leaves the same bytes."""
    strategies = {"zip": 0.4, "gd": 0.3, "aa": 0.3}
    changes = FEW | {"population.households": 30, "results.orders": True, "population.strategies": strategies}
    whole, split = (p2p.run(p2p.Scenario.of({}, changes), tmp_path / str(size), cohort_size=size) for size in (None, 1))
    assert fingerprint(split.folder) == fingerprint(whole.folder)
    assert whole.intervals["traded_wh"].sum() > 0
