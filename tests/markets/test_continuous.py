"""The continuous book: books worked by hand, and a matcher that is slow and plain."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.base.errors import BookInvalid, InputError
from p2p.markets import Continuous, clear
from p2p.markets.continuous.book import OrderBook, path_of
from p2p.markets.continuous.kernels import DROPPED, MISSED, PREVENTED
from p2p.orders import Messages, Orders, Surroundings
from p2p.orders.messages import CANCEL, IOC, KINDS, LIMIT, MARKET, NO_PRICE, REPLACE, any_price
from tests.strategies import books

CASES = json.loads((Path(__file__).parents[1] / "cases/continuous/books.json").read_text())["books"]


def messages_of(case):
    """The messages of a case: new orders numbered as they come."""
    rows, made = [], 0
    for kind, side, energy, price, *about in case["messages"]:
        order = about[0] if about else made
        made += not about
        rows.append((KINDS[kind], side, energy, any_price(side) if price is None else price, order))
    kind, side, energy, price, order = zip(*rows, strict=True)
    agent = {number: row for row, number in reversed(list(enumerate(order)))}
    return Messages.of(kind, side, energy, price, order=order, agent=[agent[number] for number in order])


def levels(depth):
    return [list(level) for level in zip(depth.price.tolist(), depth.energy.tolist(), depth.orders.tolist(), strict=True)]


def traded(tape):
    return [list(trade) for trade in zip(*(getattr(tape, name).tolist() for name in ("bid", "offer", "energy", "price")), strict=True)]


def by_hand(messages, own="allow"):
    """Send messages one at a time; the book."""
    book, numbers = OrderBook(own), {}
    for row in range(len(messages)):
        kind, order, agent, side, energy, price, _ = (int(column[row]) for column in messages.columns().values())
        if kind == CANCEL:
            book.cancel(numbers[order])
        elif kind == REPLACE:
            book.replace(numbers[order], energy or None, price)
        else:
            word = next(word for word, number in KINDS.items() if number == kind)
            numbers[order] = book.submit(side, energy, None if kind == MARKET else price, word, agent)
    return book


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_book_worked_by_hand(case):
    messages = messages_of(case)
    for book in (OrderBook.after(messages), by_hand(messages)):
        assert traded(book.tape()) == case["trades"]
        assert levels(book.depth(+1)) == case["bids"]
        assert levels(book.depth(-1)) == case["offers"]
        assert (book.best_bid, book.best_offer, book.last_price) == (case["best_bid"], case["best_offer"], case["last_price"])
        assert book.state.numbers[DROPPED] == case.get("dropped", 0)
        assert book.state.numbers[MISSED] == case.get("missed", 0)


class Plain:
    """The same market in the plainest way: lists of orders that stand, searched at every step.

    trades: (bid, offer, energy, price, came); standing: [order, agent, side, energy, price, since]
    """

    def __init__(self, own):
        self.own, self.standing, self.trades, self.missed, self.dropped, self.prevented, self.path = own, [], [], 0, 0, 0, []

    def best(self, side):
        mine = [order for order in self.standing if order["side"] == side]
        return min(mine, key=lambda order: (-side * order["price"], order["since"]), default=None)

    def take(self, now, kind, order, agent, side, energy, price):
        if kind in (CANCEL, REPLACE):
            found = [standing for standing in self.standing if standing["order"] == order]
            if not found:
                self.missed += 1
                return
            energy = energy or found[0]["energy"]
            if kind == REPLACE and price == found[0]["price"] and energy <= found[0]["energy"]:
                found[0]["energy"] = energy
                return
            self.standing.remove(found[0])
            if kind == CANCEL:
                return
        while energy and (other := self.best(-side)) and (kind == MARKET or side * (price - other["price"]) >= 0):
            if other["agent"] == agent and self.own != "allow":
                if self.own == "cancel_new":
                    self.prevented += energy
                    return
                self.prevented += other["energy"]
                self.standing.remove(other)
                continue
            some = min(energy, other["energy"])
            pair = (order, other["order"]) if side > 0 else (other["order"], order)
            self.trades.append((*pair, some, other["price"], side))
            energy -= some
            other["energy"] -= some
            if other["energy"] == 0:
                self.standing.remove(other)
        if energy and kind in (LIMIT, REPLACE):
            self.standing.append({"order": order, "agent": agent, "side": side, "energy": energy, "price": price, "since": now})
        else:
            self.dropped += energy

    def after(self, messages):
        columns = [column.tolist() for column in messages.columns().values()]
        rows = sorted(zip(*columns, strict=True), key=lambda row: row[6])
        for now, row in enumerate(rows):
            self.take(now, *row[:6])
            bid, offer = self.best(+1), self.best(-1)
            self.path.append((bid and bid["price"], offer and offer["price"], self.trades[-1][3] if self.trades else None))
        return self


@st.composite
def streams(draw, most=25):
    """Messages of all kinds in any order of rows; few prices and agents, so that they meet."""
    size, span = draw(st.integers(0, most)), draw(st.sampled_from([0, 2, 8, 10**9]))
    rows, made = [], []
    for place in range(size):
        kind = draw(st.sampled_from([LIMIT, LIMIT, LIMIT, MARKET, IOC, CANCEL, REPLACE] if made else [LIMIT, MARKET, IOC]))
        order, agent, side = (
            draw(st.sampled_from(made)) if kind >= CANCEL else (place, draw(st.integers(0, 3)), draw(st.sampled_from([1, -1])))
        )
        if kind < CANCEL:
            made.append((order, agent, side))
        energy = 0 if kind == CANCEL else draw(st.integers(0 if kind == REPLACE else 1, 6))
        price = {CANCEL: 0, MARKET: any_price(side)}.get(kind)
        rows.append((kind, order, agent, side, energy, draw(st.integers(-span, span)) if price is None else price, place))
    columns = np.array(rows, np.int64).reshape(size, 7).T
    kind, order, agent, side, energy, price, arrival = columns[:, draw(st.permutations(range(size)))] if size else columns
    return Messages.of(kind, side, energy, price, order=order, agent=agent, arrival=arrival)


@pytest.mark.parametrize("own", ["allow", "cancel_new", "cancel_old"])
@given(messages=streams())
def test_any_stream_equals_the_plain_market(own, messages):
    plain, book = Plain(own).after(messages), OrderBook.after(messages, own)
    tape = book.tape()
    assert [(*trade, int(came)) for trade, came in zip(traded(tape), tape.came, strict=True)] == plain.trades
    assert (book.state.numbers[MISSED], book.state.numbers[DROPPED], book.state.numbers[PREVENTED]) == (
        plain.missed,
        plain.dropped,
        plain.prevented,
    )
    for side in (1, -1):
        queue = sorted(
            (order for order in plain.standing if order["side"] == side), key=lambda order: (-side * order["price"], order["since"])
        )
        assert book.queue(side).tolist() == [order["order"] for order in queue]
        assert [book.rest(order["order"]) for order in queue] == [order["energy"] for order in queue]
        priced = dict.fromkeys(order["price"] for order in queue)
        assert levels(book.depth(side)) == [
            [price, *(sum(part) for part in zip(*((order["energy"], 1) for order in queue if order["price"] == price), strict=True))]
            for price in priced
        ]
    path, turn = path_of(messages, own), np.argsort(messages.arrival)
    found = [tuple(None if price == NO_PRICE else int(price) for price in (path.bid[row], path.offer[row], path.last[row])) for row in turn]
    assert found == plain.path


@given(messages=streams())
def test_a_clearing_of_messages_keeps_the_laws(messages):
    """`clear` checks them: nobody beyond the own limit, no order over its energy, budget to the nEUR."""
    orders = messages.orders()
    clearing = clear(orders, Continuous(), around=Surroundings(messages=messages))
    assert clearing.budget() == 0
    energy, payment = clearing.trades.by_order(orders)
    assert np.array_equal(energy, clearing.energy)
    assert np.array_equal(payment, clearing.payment)
    assert clearing.facts["trades"] == len(clearing.trades) == len(OrderBook.after(messages).tape())


@given(orders=books())
def test_limit_orders_need_no_messages(orders):
    one, other = clear(orders, "continuous"), clear(orders, "continuous", around=Surroundings(messages=Messages.limits(orders)))
    assert np.array_equal(one.energy, other.energy)
    assert np.array_equal(one.payment, other.payment)


def test_a_large_stream_equals_one_message_at_a_time():
    """As many as make the arrays of an open book grow."""
    draw, size = np.random.default_rng(3), 2_000
    kind = draw.choice([LIMIT, IOC], size, p=[0.8, 0.2])
    messages = Messages.of(kind, draw.choice([1, -1], size), draw.integers(1, 9, size), draw.integers(-40, 40, size))
    batch, single = OrderBook.after(messages), by_hand(messages)
    assert traded(batch.tape()) == traded(single.tape())
    assert levels(batch.depth(1)) == levels(single.depth(1))
    assert batch.queue(-1).tolist() == single.queue(-1).tolist()


def test_a_book_stays_open_after_many_messages():
    """By hand: of 3 offered at 7, 1 is sold; after that a bid of 2 at 9 takes the rest, and nothing stands."""
    for messages in (Messages.of([], [], [], []), Messages.of([LIMIT, IOC], [-1, 1], [3, 1], [7, 8])):
        book = OrderBook.after(messages)
        order = book.submit(1, 2, 9)
        assert (order, book.rest(order)) == (len(messages), 0 if len(messages) else 2)
        assert book.best_offer is None


BOTH = Orders.of(side=[-1, -1, 1], energy=[2, 2, 3], price=[5, 6, 9], agent=[7, 8, 7])


@pytest.mark.parametrize(("own", "energy"), [("allow", [2, 1, 3]), ("cancel_new", [0, 0, 0]), ("cancel_old", [0, 2, 2])])
def test_an_agent_on_both_sides(own, energy):
    """By hand: agent 7 offers 2 at 5 and bids 3 at 9, agent 8 offers 2 at 6.

    Allowed: 2 with itself at 5, 1 at 6. The new one cancelled: the bid goes, nothing trades. The old one: the offer at 5
    goes, 2 trade at 6, 1 of the bid stands.
    """
    clearing = clear(BOTH, Continuous(own))
    assert clearing.energy.tolist() == energy


@pytest.mark.parametrize(
    ("side", "price", "bid", "offer"),
    [([], [], None, None), ([1, 1], [5, 9], 0.009, None), ([-1, -1], [5, 9], None, 0.005), ([1, -1], [22, 23], 0.022, 0.023)],
    ids=["empty", "bids only", "offers only", "no overlap"],
)
def test_no_trade_has_defined_facts(side, price, bid, offer):
    clearing = clear(Orders.of(side, [1] * len(side), price), "continuous")
    assert clearing.energy.sum() == 0
    assert clearing.facts["trades"] == 0
    assert (
        clearing.facts["last price [EUR/MWh]"]
        is clearing.facts["mean price [EUR/MWh]"]
        is clearing.facts["spread of prices [EUR/MWh]"]
        is None
    )
    assert (clearing.facts["best bid left [EUR/MWh]"], clearing.facts["best offer left [EUR/MWh]"]) == (bid, offer)


def test_facts_are_of_the_trades():
    """By hand: 2 Wh at 10 and 1 at 25 (in µEUR/kWh): mean 15, spread 15, last 25; 1 Wh is still offered at 25."""
    clearing = clear(Orders.of(side=[-1, -1, 1], energy=[2, 2, 3], price=[10_000, 25_000, 30_000]), "continuous")
    assert clearing.facts == {
        "trades": 2,
        "last price [EUR/MWh]": 25.0,
        "mean price [EUR/MWh]": 15.0,
        "spread of prices [EUR/MWh]": 15.0,
        "best bid left [EUR/MWh]": None,
        "best offer left [EUR/MWh]": 25.0,
    }


def test_all_ties_go_by_arrival():
    """By hand: offers of 1 at 5 come at 3, 1 and 2; a bid of 2 comes last: those of 1 and 2 trade."""
    clearing = clear(Orders.of(side=[-1, -1, -1, 1], energy=[1, 1, 1, 2], price=[5] * 4, arrival=[3, 1, 2, 9]), "continuous")
    assert clearing.energy.tolist() == [0, 1, 1, 2]


def test_the_ends_of_the_range_of_prices_match():
    ends = 10**9
    clearing = clear(Orders.of(side=[-1, -1, 1, 1], energy=[1, 1, 1, 1], price=[-ends, ends, ends, -ends]), "continuous")
    assert clearing.trades.price.tolist() == [-ends]
    assert clearing.facts["best bid left [EUR/MWh]"] == -1e6
    assert clearing.facts["best offer left [EUR/MWh]"] == 1e6


def test_wrong_messages_are_refused_with_every_fault():
    messages = Messages.of(
        [LIMIT, LIMIT, CANCEL, REPLACE, 9, CANCEL, IOC, MARKET],
        [1, 1, -1, 1, 1, 1, 1, 1],
        [1, 0, 0, -1, 1, 0, 1, 1],
        [1] * 8,
        order=[0, 0, 0, 7, 4, 5, 99, 7],
        agent=[0] * 8,
    )
    with pytest.raises(BookInvalid) as caught:
        OrderBook.after(messages)
    text = str(caught.value)
    assert "kind: is none in 1 message (rows 4)" in text
    assert "order: is out of range in 1 message (rows 6)" in text
    assert "order: is another new order's in 1 message (rows 0)" in text
    assert "order: is no earlier order in 2 messages (rows 3, 5)" in text
    assert "order: is another's in 1 message (rows 2)" in text
    assert "energy: is not positive in 2 messages (rows 1, 3)" in text
    messages = Messages.of([LIMIT], [1], [1], [10**12])
    with pytest.raises(BookInvalid, match="out of range"):
        OrderBook.after(messages)
    with pytest.raises(BookInvalid, match="out of range"):
        path_of(messages)


def test_messages_go_to_rules_that_take_them():
    messages = Messages.of([IOC], [1], [1], [1])
    with pytest.raises(InputError, match="takes limit orders alone"):
        clear(messages.orders(), "uniform", around=Surroundings(messages=messages))
    with pytest.raises(InputError, match="other orders than the book holds"):
        clear(Orders.of([], [], []), "continuous", around=Surroundings(messages=messages))


def test_wrong_words_to_an_open_book_are_refused():
    book = OrderBook()
    with pytest.raises(InputError) as caught:
        book.submit(2, 0, 10**10, "stop")
    assert len(caught.value.faults) == 4
    for wrong in ((1, 5, None, "limit"), (1, 5, 3, "market"), (1, 5, 3, "cancel")):
        with pytest.raises(InputError):
            book.submit(*wrong)
    with pytest.raises(InputError, match="the number of one of 0 orders"):
        book.cancel(0)
    order = book.submit(1, 5, 3)
    with pytest.raises(InputError, match="energy"):
        book.replace(order, 0)
    assert book.cancel(order) == 5
    assert book.cancel(order) == 0
    assert book.replace(order, 2) is False
    with pytest.raises(InputError, match="own: 'x'"):
        OrderBook("x")
    with pytest.raises(InputError, match="self_trade: 'x'"):
        Continuous("x")
