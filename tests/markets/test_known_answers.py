"""Books whose answers are known: other systems' test books, and books worked by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from p2p.base.errors import BookInvalid, InputError, LawBroken, UnknownName
from p2p.markets import PayAsBid, Uniform, clear
from p2p.markets.crossing import crossing
from p2p.markets.truthful import McAfee
from p2p.orders import Clearing, Limits, Orders, Trades

CASES = Path(__file__).parents[1] / "cases"
SCALE = 1000  # kWh to Wh, EUR/MWh to µEUR/kWh
CALL = json.loads((CASES / "call_auction" / "books.json").read_text())["books"]
PAIRS = json.loads((CASES / "pay_as_bid" / "books.json").read_text())["books"]


def book(case):
    rows = [(1, *row) for row in case["bids"]] + [(-1, *row) for row in case["offers"]]
    sides, prices, energies = zip(*rows, strict=True)
    inward = [
        np.floor(price * SCALE + 1e-6) if side > 0 else np.ceil(price * SCALE - 1e-6) for side, price in zip(sides, prices, strict=True)
    ]
    return Orders.of(sides, np.rint(np.array(energies) * SCALE), inward)


@pytest.mark.parametrize("case", CALL, ids=lambda case: case["name"])
def test_call_auction(case):
    orders = book(case)
    accepted, ends = crossing(orders)
    assert accepted[orders.bids].sum() == case["traded"] * SCALE
    clearing = clear(orders, "uniform")
    assert clearing.welfare(orders) == pytest.approx(case["welfare"] * SCALE**2)
    if case["clearing_prices"]:
        assert list(ends) == pytest.approx([price * SCALE for price in case["clearing_prices"]])
        low, high = ends
        for k in (0.0, 0.5, 1.0):
            assert clear(orders, Uniform(k)).price == pytest.approx(low + k * (high - low), abs=1)


@pytest.mark.parametrize("case", PAIRS, ids=lambda case: case["name"])
def test_pay_as_bid(case):
    orders = book(case)
    clearing = clear(orders, "pay_as_bid")
    trades = Trades.in_merit_order(orders, clearing)
    first_offer = len(case["bids"])
    found = [
        [int(bid), int(offer) - first_offer, energy / SCALE, price / SCALE]
        for bid, offer, energy, price in zip(trades.bid, trades.offer, trades.energy, trades.price, strict=True)
    ]
    assert found == case["trades"]
    for row in range(len(orders)):
        mine = trades.take((trades.bid == row) | (trades.offer == row))
        assert clearing.payment[row] == int(orders.side[row]) * int(np.sum(mine.energy * mine.price))


def test_a_marginal_order_is_served_in_part():
    """By hand: 10 Wh wanted at 30, 6 offered at 10 and 8 at 20: 6 + 4 trade; the margin is the offer at 20."""
    clearing = clear(Orders.of(side=[1, -1, -1], energy=[10, 6, 8], price=[30, 10, 20]))
    assert clearing.energy.tolist() == [10, 6, 4]
    assert clearing.price == 20


def test_ties_are_served_by_arrival():
    """By hand: 3 Wh offered at 5; two bids of 2 at 9. Who came first gets 2, the other 1."""
    orders = Orders.of(side=[1, 1, -1], energy=[2, 2, 3], price=[9, 9, 5], arrival=[7, 3, 9])
    assert clear(orders).energy.tolist() == [1, 2, 3]


def test_dust_moves_no_price():
    """Three bids of 0.1 kWh against an offer of 0.3: whole lots leave no residue, the range stays [10, 20] EUR/MWh.

    The case of assume-framework/assume, issue 843, in which a residue of 1e-14 set the price.
    """
    orders = Orders.of(side=[1, 1, 1, -1], energy=[100, 100, 100, 300], price=[20_000] * 3 + [10_000])
    clearing = clear(orders)
    assert clearing.energy.tolist() == [100, 100, 100, 300]
    assert clearing.price == 15_000


@pytest.mark.parametrize(
    ("side", "price", "expected"),
    [([], [], None), ([1, 1], [5, 9], 9), ([-1, -1], [5, 9], 5), ([1, -1], [22_000, 23_000], 22_500), ([1], [7], 7)],
    ids=["empty", "bids only", "offers only", "no overlap", "one order"],
)
def test_no_trade_has_a_defined_price(side, price, expected):
    clearing = clear(Orders.of(side, [1] * len(side), price))
    assert clearing.energy.sum() == 0
    assert clearing.payment.sum() == 0
    assert clearing.price == expected


def test_zero_and_negative_prices_clear():
    """By hand: 4 Wh are given away at -10 and taken up to 0; the price is between, -5, and the buyer is paid."""
    clearing = clear(Orders.of(side=[1, -1], energy=[4, 4], price=[0, -10]))
    assert clearing.price == -5
    assert clearing.payment.tolist() == [-20, 20]


def test_pay_as_bid_takes_what_buyers_would_give():
    """By hand: bids 9 and 7 of 2 Wh, one offer of 3 at 4. Pairs 2 at 9 and 1 at 7: the seller gets 25 nEUR."""
    clearing = clear(Orders.of(side=[1, 1, -1], energy=[2, 2, 3], price=[9, 7, 4]), PayAsBid())
    assert clearing.energy.tolist() == [2, 1, 3]
    assert clearing.payment.tolist() == [18, 7, -25]
    assert clearing.price is None


def test_a_large_book_equals_a_sorted_one():
    """The counting kernel against sorting, on a book with many ties."""
    draw = np.random.default_rng(5)
    size = 20_000
    orders = Orders.of(
        draw.choice([1, -1], size), draw.integers(1, 50, size), draw.integers(-300, 300, size), arrival=draw.permutation(size)
    )
    accepted, (low, high) = crossing(orders)
    bids, offers = np.flatnonzero(orders.bids), np.flatnonzero(~orders.bids)
    bids = bids[np.lexsort((orders.arrival[bids], -orders.price[bids]))]
    offers = offers[np.lexsort((orders.arrival[offers], orders.price[offers]))]
    wanted, given = np.repeat(orders.price[bids], orders.energy[bids]), np.repeat(orders.price[offers], orders.energy[offers])
    short = min(len(wanted), len(given))
    volume = int(np.sum(wanted[:short] >= given[:short]))
    assert accepted[bids].sum() == accepted[offers].sum() == volume
    assert low == max(given[volume - 1], wanted[volume])
    assert high == min(wanted[volume - 1], given[volume])
    for rows in (bids, offers):
        served = np.minimum(orders.energy[rows], np.maximum(volume - np.cumsum(orders.energy[rows]) + orders.energy[rows], 0))
        assert np.array_equal(accepted[rows], served)


def test_wrong_books_are_refused_with_every_fault():
    orders = Orders.of(side=[1, 0, -1], energy=[0, 5, -2], price=[1, 2, 10**12])
    with pytest.raises(BookInvalid) as caught:
        clear(orders)
    text = str(caught.value)
    assert "Orders.side" in text
    assert "in 1 order (rows 1)" in text
    assert "in 2 orders (rows 0, 2)" in text
    assert "out of range" in text
    with pytest.raises(BookInvalid, match="worth more"):
        clear(Orders.of(side=[1] * 5, energy=[10**9] * 5, price=[10**9] * 5))


def test_wrong_rules_are_refused():
    orders = Orders.of(side=[1], energy=[1], price=[1])
    with pytest.raises(UnknownName, match="did you mean 'uniform'"):
        clear(orders, "unifrm")
    with pytest.raises(InputError, match="does not keep network limits"):
        clear(orders, McAfee(), Limits(np.ones((1, 1)), np.ones(1)))

    class Thief(Uniform):
        def __call__(self, orders, limits=None):
            return Clearing(orders.energy.copy(), np.zeros(len(orders), np.int64), None)

    with pytest.raises(LawBroken, match="balanced"):
        clear(orders, Thief())


@pytest.mark.parametrize("span", [0, 5, 3_000, 2**31, 2**62])
def test_rows_are_sorted_as_numpy_sorts_them(span):
    from p2p.markets.kernels import ascending

    key = np.random.default_rng(span % 97).integers(-span, span + 1, 5_000)
    assert np.array_equal(ascending(key), np.argsort(key, kind="stable"))
