"""Continuous trading within network limits: worked by hand, against a plain market, and its laws."""

from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p import clear
from p2p.base.errors import InputError, LawBroken
from p2p.markets import Continuous, Uniform, laws
from p2p.orders import Clearing, Limits, Orders, Surroundings
from p2p.orders.messages import Messages
from tests.strategies import books

LINES = np.array([[0.0, 1.0, 1.0], [0.0, 0.0, 1.0]])
"""Source - bus 1 - bus 2: a kWh drawn at bus 2 goes through both lines, one at bus 1 through the first."""


def limits(*headroom, **more):
    """The two lines, with some headroom towards their ends. [kWh]"""
    return Limits(LINES, np.array(headroom, float), ("line 1", "line 2"), np.zeros(2, np.int8), **more)


def pairs(clearing):
    """Bid, offer, Wh and the buyer's price in ct/kWh of each trade, in turn."""
    trades = clearing.trades
    return list(zip(trades.bid.tolist(), trades.offer.tolist(), trades.energy.tolist(), (trades.price / 10_000).tolist(), strict=True))


def test_trades_are_trimmed_and_refused_at_the_headroom():
    """Line 1 bears 3 kWh and line 2 bears 1.

    0. 5 kWh are offered at the source for 8. 1. A bid for 4 at bus 2: line 2 bears 1 of it. 2. A bid for 4 at bus 1: line 1
    bears 2 more. 3. An offer of 1 at bus 1: the dearest bid stands behind line 2, which is full; the next is at its own bus.
    4. An offer of 2 at bus 2: the bid there takes them, no line has to do with it. 5. An offer of 1 at bus 2 for 25: the bid at
    bus 2 has 1 left. 6. A bid of 1 at the source for 10: the 2 kWh of the first offer that are left move no line.
    """
    book = Orders.of(
        side=[-1, 1, 1, -1, -1, -1, 1],
        energy=[5000, 4000, 4000, 1000, 2000, 1000, 1000],
        price=[80_000, 300_000, 200_000, 100_000, 150_000, 250_000, 100_000],
        bus=[0, 2, 1, 1, 2, 2, 0],
    )
    clearing = clear(book, "continuous", limits(3, 1))
    assert pairs(clearing) == [(1, 0, 1000, 8), (2, 0, 2000, 8), (2, 3, 1000, 20), (1, 4, 2000, 30), (1, 5, 1000, 30), (6, 0, 1000, 8)]
    assert clearing.energy.tolist() == [4000, 4000, 3000, 1000, 2000, 1000, 1000]
    assert clearing.budget() == 0
    assert clearing.facts["pairs trimmed or refused"] == 3


def test_a_trade_that_relieves_a_line_leaves_more_of_it():
    """Line 2 is full; 2 kWh fed in behind it, for the source, leave room for 2 drawn there."""
    book = Orders.of(
        side=[-1, 1, 1, -1, 1],
        energy=[9000, 1000, 2000, 2000, 3000],
        price=[80_000, 300_000, 90_000, 70_000, 200_000],
        bus=[0, 2, 0, 2, 2],
        arrival=[2, 3, 0, 1, 4],
    )
    clearing = clear(book, "continuous", limits(9, 0))
    assert pairs(clearing) == [(2, 3, 2000, 9), (1, 0, 1000, 8), (4, 0, 1000, 8)]


def test_a_line_that_is_beyond_bears_what_makes_it_no_worse():
    """Line 2 is 3 kWh over. Nothing more is drawn behind it, but within the bus, and from there."""
    book = Orders.of(
        side=[-1, 1, -1, 1, 1],
        energy=[9000, 1000, 3000, 1000, 1000],
        price=[80_000, 300_000, 90_000, 200_000, 100_000],
        bus=[0, 2, 2, 1, 1],
        arrival=[0, 1, 2, 4, 3],
    )
    assert pairs(clear(book, "continuous", limits(9, -3))) == [(1, 2, 1000, 30), (4, 0, 1000, 8), (3, 0, 1000, 8)]


FEES = {
    "losses": np.array([[0.0, 0.02, 0.05]]),
    "lost": np.zeros(1),
    "loss_price": 100_000,
    "scarce": np.array([0.0, 2.0]),
    "scarcity_price": 20_000,
}
"""A kWh from the source to bus 2 loses 0.05, at 10 ct/kWh: 0.5 ct. With 1 of 2 scarce kWh left line 2 is half as dear as
when it is full, and the kWh loads it as much as any could: 1 ct. In all 1.5 ct."""


@pytest.mark.parametrize(("bid", "found"), [(95_000, [(1, 0, 1000, 9.5)]), (94_999, [])])
def test_who_comes_to_an_offer_pays_the_fee_on_top(bid, found):
    book = Orders.of(side=[-1, 1], energy=[2000, 1000], price=[80_000, bid], bus=[0, 2])
    clearing = clear(book, "continuous", limits(9, 1, **FEES))
    assert pairs(clearing) == found
    assert clearing.payment.tolist() == ([-80_000_000, 95_000_000] if found else [0, 0])
    assert clearing.facts["network fees [EUR]"] == clearing.budget() / 1e9


@pytest.mark.parametrize(("offer", "paid"), [(285_000, -285_000_000), (285_001, 0)])
def test_who_comes_to_a_bid_gets_its_limit_less_the_fee(offer, paid):
    book = Orders.of(side=[1, -1], energy=[1000, 2000], price=[300_000, offer], bus=[2, 0])
    assert clear(book, "continuous", limits(9, 1, **FEES)).payment.tolist() == ([300_000_000, paid] if paid else [0, 0])


def test_a_trade_that_saves_losses_pays_no_fee_and_gets_none():
    book = Orders.of(side=[-1, 1], energy=[1000, 1000], price=[80_000, 80_000], bus=[2, 0])
    clearing = clear(book, "continuous", limits(9, 1, **FEES))
    assert clearing.payment.tolist() == [-80_000_000, 80_000_000]


def test_losses_alone_are_limits_too():
    """From bus 1 to bus 2 a kWh loses 0.03: 0.3 ct."""
    alone = Limits(np.zeros((0, 3)), np.zeros(0), losses=FEES["losses"], lost=np.zeros(1), loss_price=100_000)
    book = Orders.of(side=[-1, 1], energy=[1000, 1000], price=[80_000, 90_000], bus=[1, 2])
    assert pairs(clear(book, "continuous", alone)) == [(1, 0, 1000, 8.3)]


@st.composite
def placed_books(draw):
    """A book on the two lines, with headrooms of both signs and fees or none."""
    book = draw(books())
    bus = draw(st.lists(st.integers(0, 2), min_size=len(book), max_size=len(book)))
    agent = draw(st.lists(st.integers(0, 3), min_size=len(book), max_size=len(book)))
    book = book.replace(bus=np.array(bus, np.int32), agent=np.array(agent, np.int32), energy=book.energy * 1000)
    matrix = np.array([draw(st.lists(st.sampled_from([-1.0, 0.0, 0.25, 1.0]), min_size=3, max_size=3)) for _ in range(3)])
    headroom = np.array(draw(st.lists(st.sampled_from([-2.0, 0.0, 0.5, 1.75, 6.0]), min_size=3, max_size=3)))
    price = int(book.price.max(initial=0)) // 4 * draw(st.integers(0, 1))
    losses = np.array([draw(st.lists(st.sampled_from([0.0, 0.25, 0.5]), min_size=3, max_size=3))])
    more = {"losses": losses, "lost": np.zeros(1), "loss_price": max(price, 0), "scarce": np.full(3, 2.0), "scarcity_price": max(price, 0)}
    return book, Limits(matrix, headroom, ("a", "b", "c"), np.zeros(3, np.int8), **more)


def plain(book, within, own):
    """Trades as (bid, offer, Wh, what the buyer pays, what the seller gets), by lists that are sorted anew each time."""
    size = np.abs(within.matrix).max(axis=1)
    size = np.where(size > 0, size, 1.0)
    left, rest, standing, trades = within.headroom.copy(), book.energy.copy(), [], []
    for row in np.argsort(book.arrival):
        sign = book.side[row]
        others = sorted((o for o in standing if book.side[o] != sign), key=lambda o: (sign * book.price[o], book.arrival[o]))
        for other in others:
            if rest[row] == 0 or sign * book.price[other] > sign * book.price[row]:
                break
            if rest[other] == 0:
                continue
            if own != "allow" and book.agent[other] == book.agent[row]:
                rest[row if own == "cancel_new" else other] = 0
                continue
            bid, offer = (row, other) if sign > 0 else (other, row)
            moved = within.matrix[:, book.bus[bid]] - within.matrix[:, book.bus[offer]]
            loads = moved > 0
            room = (np.maximum(left, 0)[loads] / moved[loads] * 1000).min(initial=np.inf)
            energy = int(min(rest[row], rest[other], floor(min(room, 1e15) + 1e-6)))
            part = np.clip(1 - left / within.scarce, 0, 1) * moved / size
            lost = within.losses[0][book.bus[bid]] - within.losses[0][book.bus[offer]]
            fee = ceil(within.loss_price * max(lost, 0) + within.scarcity_price * part[loads].max(initial=0.0) - 1e-6)
            if energy == 0 or fee > sign * (book.price[row] - book.price[other]):
                continue
            left -= moved * energy / 1000
            rest[[bid, offer]] -= energy
            at = int(book.price[other])
            trades.append((bid, offer, energy, at + fee if sign > 0 else at, at if sign > 0 else at - fee))
        if rest[row]:
            standing.append(row)
    return trades


@pytest.mark.parametrize("own", ["allow", "cancel_new", "cancel_old"])
@given(case=placed_books())
def test_any_book_equals_the_plain_market_and_keeps_the_laws(own, case):
    book, within = case
    clearing = clear(book, Continuous(own), within)
    expected = plain(book, within, own)
    energy, payment = np.zeros((2, len(book)), np.int64)
    for bid, offer, traded, paid, got in expected:
        energy[[bid, offer]] += traded
        payment[bid] += traded * paid
        payment[offer] -= traded * got
    trades = clearing.trades
    said = list(zip(trades.bid, trades.offer, trades.energy, trades.price, strict=True))
    assert said == [trade[:4] for trade in expected]
    assert np.array_equal(clearing.energy, energy)
    assert np.array_equal(clearing.payment, payment)
    for law in laws.ALWAYS:
        assert law(book, clearing), law.__doc__
    assert laws.keeps_limits(book, clearing, within)


@given(case=placed_books())
def test_limits_that_do_not_bind_change_nothing(case):
    book, within = case
    wide = Limits(within.matrix, np.full(3, 1e9), within.name, within.kind)
    clearing, free = clear(book, "continuous", wide), clear(book, "continuous")
    assert np.array_equal(clearing.energy, free.energy)
    assert np.array_equal(clearing.payment, free.payment)
    for name in ("bid", "offer", "energy", "price"):
        assert np.array_equal(getattr(clearing.trades, name), getattr(free.trades, name))


def test_many_trimmed_trades_have_room():
    """Sixty offers, each behind a line of its own that lets 1 Wh by. Thirty times a bid takes 1 Wh of each, and a pair relieves all lines.

    That are 1830 trades of 150 orders.
    """
    matrix = np.hstack((-np.eye(60), np.zeros((60, 1)), -np.ones((60, 1))))
    offers = Orders.of(side=[-1] * 60, energy=[30] * 60, price=[10] * 60, bus=range(60))
    more = Orders.of(side=[1, -1, 1] * 30, energy=[60, 1, 1] * 30, price=[20, 5, 20] * 30, bus=[60, 60, 61] * 30)
    book = Orders.concat([offers, more.replace(arrival=more.arrival + 60)])
    clearing = clear(book, "continuous", Limits(matrix, np.full(60, 0.001), ("",) * 60, np.zeros(60, np.int8)))
    assert len(clearing.trades) == 1830
    assert clearing.traded(book) == 1830


def test_the_law_has_teeth():
    book = Orders.of(side=[-1, 1], energy=[2000, 2000], price=[10, 20], bus=[0, 2])
    full = Clearing(np.full(2, 2000), np.array([-20_000, 20_000]), None)
    for headroom, kept in ((2.0, True), (1.999, False), (-5.0, False)):
        assert laws.keeps_limits(book, full, limits(9, headroom)) == kept

    class Blind(Continuous):
        def __call__(self, orders, limits=None, around=None):
            return full

    with pytest.raises(LawBroken, match="keeps_limits"):
        clear(book, Blind(), limits(9, 1))


def test_limits_go_to_rules_that_take_them():
    book = Orders.of(side=[-1, 1], energy=[1000, 1000], price=[10, 20])
    with pytest.raises(InputError, match="checks_trades or within_network"):
        clear(book, "pay_as_bid", limits(9, 9))
    assert clear(book, Uniform(), limits(9, 9)).nodal is not None
    messages = Messages.limits(book)
    with pytest.raises(InputError, match="limit orders alone"):
        clear(messages.orders(), "continuous", limits(9, 9), Surroundings(messages=messages))
    with pytest.raises(InputError, match="but the limits have 3 buses"):
        clear(book.replace(bus=np.array([0, 3], np.int32)), "continuous", limits(9, 9))
