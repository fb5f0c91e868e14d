"""The continuous book: one message at a time, or many in one go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Columns, Ints, Signs
from p2p.base.errors import Fault, InputError
from p2p.base.units import MAX_ENERGY, MAX_PRICE
from p2p.markets.continuous import kernels
from p2p.markets.continuous.kernels import State
from p2p.markets.kernels import ascending
from p2p.markets.parameters import one_of
from p2p.orders.messages import CANCEL, KINDS, NO_PRICE, REPLACE, Messages, any_price
from p2p.orders.orders import BID, OFFER

OWN = {"allow": kernels.ALLOW, "cancel_new": kernels.CANCEL_NEW, "cancel_old": kernels.CANCEL_OLD}
"""What becomes of an order that would trade with one of its own agent: it does; the one that came is cancelled; the one that stood is."""
FIRST = 64
"""Messages for which a book has room at first."""
NO_PATH = np.zeros((0, 3), np.int64)


@dataclass(frozen=True, slots=True)
class Tape(Columns):
    """Trades in the order in which they happened; R rows, one a trade.

    bid, offer: [R] int64, numbers of the orders
    energy: [R] int64 [Wh]
    price:  [R] int64, the limit of the one that stood [µEUR/kWh]
    came:   [R] int8, which of them came to the one that stood: +1 the bid, -1 the offer
    """

    bid: Ints
    offer: Ints
    energy: Ints
    price: Ints
    came: Signs


@dataclass(frozen=True, slots=True)
class Depth(Columns):
    """What stands on one side of a book; P rows, one a price, the best first.

    price:  [P] int64 [µEUR/kWh]
    energy: [P] int64 [Wh]
    orders: [P] int64, how many orders
    """

    price: Ints
    energy: Ints
    orders: Ints


@dataclass(frozen=True, slots=True)
class Path(Columns):
    """The book's prices after each message; M rows, those of the messages. `NO_PRICE` where there is none yet or any more.

    bid, offer: [M] int64, the best that stand [µEUR/kWh]
    last:       [M] int64, of the latest trade [µEUR/kWh]
    """

    bid: Ints
    offer: Ints
    last: Ints


class OrderBook:
    """A continuous book that is open: price-time priority, each trade at the limit of the order that stood.

    own : what becomes of an order that would trade with one of its own agent, a word in `OWN`.

    Examples
    --------
    >>> book = OrderBook()
    >>> first = book.submit(-1, 2_000, 90_000)
    >>> second = book.submit(-1, 1_000, 80_000)
    >>> third = book.submit(+1, 1_500, 100_000)
    >>> book.tape().price.tolist(), book.tape().energy.tolist()
    ([80000, 90000], [1000, 500])
    >>> book.best_bid, book.best_offer, book.rest(first)
    (None, 90000, 1500)
    """

    def __init__(self, own: str = "allow") -> None:
        one_of("own", own, tuple(OWN))
        self.own = own
        self.state = room(FIRST)
        self.orders = 0

    @classmethod
    def after(cls, messages: Messages, own: str = "allow") -> OrderBook:
        """The book after all messages, in the order in which they came.

        Raises
        ------
        BookInvalid
            Messages mean nothing.
        """
        messages.check()
        messages.orders().check()
        book = cls(own)
        book.state = received(messages, own)[0]
        book.orders = len(messages)
        return book

    def submit(self, side: int, energy: int, price: int | None = None, kind: str = "limit", agent: int = 0) -> int:
        """Send a new order; its number.

        Parameters
        ----------
        side : +1 to buy, -1 to sell.
        energy : [Wh]
        price : the limit; None for a market order. [µEUR/kWh]
        kind : limit, market or ioc.

        Raises
        ------
        InputError
            The order means nothing; nothing was sent.
        """
        faults = [Fault("side", f"{side}", "+1 (bid) or -1 (offer)")] if side not in (BID, OFFER) else []
        if kind not in KINDS or KINDS[kind] >= CANCEL:
            faults.append(Fault("kind", f"'{kind}'", "limit, market or ioc"))
        if (price is None) != (kind == "market"):
            faults.append(Fault("price", f"{price} in a {kind} order", "a limit; none in a market order"))
        faults += _numbers_wrong(energy, price)
        if faults:
            raise InputError(faults)
        number, self.orders = self.orders, self.orders + 1
        self._send(KINDS[kind], number, agent, side, energy, any_price(side) if price is None else price)
        return number

    def cancel(self, order: int) -> int:
        """Take out what stands of an order; how much that was. [Wh]"""
        stood = self.rest(order)
        _, _, agent, side, _, _ = self._sent(order)
        self._send(CANCEL, order, agent, side, 0, 0)
        return stood

    def replace(self, order: int, energy: int | None = None, price: int | None = None) -> bool:
        """Let what stands of an order be another energy, at another price, or both; False where nothing stands any more.

        It keeps its place in time at the same price and for no more energy; else it comes anew.
        """
        faults = _numbers_wrong(energy, price)
        if faults:
            raise InputError(faults)
        stood = self.rest(order)
        _, _, agent, side, _, before = self._sent(order)
        self._send(REPLACE, order, agent, side, energy or 0, before if price is None else price)
        return stood > 0

    def rest(self, order: int) -> int:
        """What stands of an order. [Wh]

        Raises
        ------
        InputError
            No order has the number.
        """
        if not 0 <= order < self.orders:
            raise InputError(Fault("order", f"{order}", f"the number of one of {self.orders} orders"))
        return int(self.state.placed[self.state.latest[order], kernels.REST])

    @property
    def best_bid(self) -> int | None:
        """The dearest bid that stands. [µEUR/kWh]"""
        return self._price(0)

    @property
    def best_offer(self) -> int | None:
        """The cheapest offer that stands. [µEUR/kWh]"""
        return self._price(1)

    @property
    def last_price(self) -> int | None:
        """The price of the latest trade. [µEUR/kWh]"""
        return self._price(2)

    def depth(self, side: int) -> Depth:
        """What stands on a side, +1 bids or -1 offers, price by price."""
        places = standing(self.state, side)
        signed, level, orders = np.unique(-side * self.state.sent[places, kernels.PRICE], return_inverse=True, return_counts=True)
        energy = np.zeros(len(signed), np.int64)
        np.add.at(energy, level, self.state.placed[places, kernels.REST])
        return Depth(-side * signed, energy, orders.astype(np.int64))

    def queue(self, side: int) -> Ints:
        """Numbers of the orders that stand on a side, in the order in which they would be served."""
        orders: Ints = self.state.sent[standing(self.state, side), kernels.ORDER]
        return orders

    def tape(self) -> Tape:
        """Every trade so far."""
        trades, sent = self.state.trades[: self.state.numbers[kernels.TRADES]], self.state.sent
        new, old, traded, at = trades.T.copy()
        came = sent[new, kernels.SIDE]
        bid, offer = np.where(came > 0, (new, old), (old, new))
        return Tape(sent[bid, kernels.ORDER], sent[offer, kernels.ORDER], traded, at, came.astype(np.int8))

    def _sent(self, order: int) -> list[int]:
        """The message that placed an order as it stands now."""
        message: list[int] = self.state.sent[self.state.latest[order]].tolist()
        return message

    def _price(self, which: int) -> int | None:
        return prices_now(self.state)[which]

    def _send(self, *message: int) -> None:
        """Write a message down, as kind, order, agent, side, energy and price, and read it."""
        place = self.state.numbers[kernels.READ]
        if place == len(self.state.sent):
            self.state = grown(self.state)
        self.state.sent[place] = message
        kernels.read_next(*self.state, OWN[self.own])


def room(most: int, remembers: bool = True) -> State:
    """The state of an empty book, with room for some messages; one that remembers can find an order by its number."""
    numbers = np.zeros(8, np.int64)
    numbers[kernels.LAST] = NO_PRICE
    shapes = ((most, 6), (2, most), (most, 3), most * remembers, (most, 4))
    sent, heaps, placed, latest, trades = (np.empty(shape, np.int64) for shape in shapes)
    return State(sent, heaps, placed, latest, trades, numbers)


def grown(state: State) -> State:
    """The same book with at least twice the room."""
    most = len(state.sent)
    larger = room(2 * most + FIRST)
    larger.heaps[:, :most] = state.heaps
    for old, new in (
        (state.sent, larger.sent),
        (state.placed, larger.placed),
        (state.latest, larger.latest),
        (state.trades, larger.trades),
    ):
        new[:most] = old
    return larger._replace(numbers=state.numbers)


def prices_now(state: State) -> tuple[int | None, ...]:
    """Best bid, best offer and last price; None for what there is not. [µEUR/kWh]"""
    found = np.empty((1, 3), np.int64)
    kernels.best_prices(state.sent, state.heaps, state.placed, state.numbers, found, 0)
    return tuple(None if price == NO_PRICE else price for price in found[0].tolist())


def standing(state: State, side: int) -> Ints:
    """Messages whose orders stand on a side, in the order in which they would be served."""
    row = kernels.BIDS if side > 0 else kernels.OFFERS
    places = np.sort(state.heaps[row, : state.numbers[row]]) & kernels.PLACE
    stands: Ints = places[state.placed[places, kernels.REST] > 0]
    return stands


def received(messages: Messages, own: str = "allow", path: Ints = NO_PATH, remembers: bool = True) -> tuple[State, Ints]:
    """The state of a book after all messages, and [M] their rows in the order in which they came; they are not checked.

    path : [M, 3] filled with best bid, best offer and last price after each in that order; without rows where nobody asks.
    remembers : whether orders can be found by their numbers, as cancel and replace want; it costs most of the time.
    """
    arrival = np.ascontiguousarray(messages.arrival)
    in_turn = bool(np.all(arrival[1:] > arrival[:-1]))
    sequence = np.arange(len(messages)) if in_turn else ascending(arrival)
    state = room(len(messages), remembers)
    kind, order, agent, side, energy, price = (np.ascontiguousarray(getattr(messages, name)) for name in _SENT)
    kernels.write_down(sequence, kind, order, agent, side, energy, price, state.sent)
    kernels.read_all(*state, OWN[own], path)
    return state, sequence


_SENT = ("kind", "order", "agent", "side", "energy", "price")


def path_of(messages: Messages, own: str = "allow") -> Path:
    """The book's prices after each message.

    Raises
    ------
    BookInvalid
        Messages mean nothing.
    """
    messages.check()
    messages.orders().check()
    path, by_row = np.empty((2, len(messages), 3), np.int64)
    _, sequence = received(messages, own, path)
    by_row[sequence] = path
    return Path(*np.ascontiguousarray(by_row.T))


def _numbers_wrong(energy: int | None, price: int | None) -> list[Fault]:
    faults = []
    if energy is not None and not 1 <= energy <= MAX_ENERGY:
        faults.append(Fault("energy", f"{energy} Wh", f"1 to {MAX_ENERGY} Wh"))
    if price is not None and abs(price) > MAX_PRICE:
        faults.append(Fault("price", f"{price} µEUR/kWh", f"-{MAX_PRICE} to {MAX_PRICE} µEUR/kWh"))
    return faults
