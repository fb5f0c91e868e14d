"""Aggregators at work: who is in whose pool, what pools bid, how the answer comes back, and who changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from p2p.base.columns import Flags, Floats, Indices, Ints
from p2p.behaviour.pool import Pooling, Ways, disaggregated, pooled
from p2p.behaviour.switching import Switching
from p2p.behaviour.usable import split, usable, whole_wh
from p2p.devices import Fleet
from p2p.devices.reach import Reach
from p2p.flexibility import Contracts, shows
from p2p.flexibility.contract import ALWAYS, EVERYTHING
from p2p.markets import Mechanism, sees
from p2p.orders import Clearing, Orders
from p2p.settlement import Agreed, Ledger, Parts, Pay

EUR_PER_MWH = 1e-3
"""Of a nEUR for a Wh."""


@dataclass(frozen=True)
class Offered:
    """What A aggregators offer, and how people choose among them.

    contracts : [A] the contract that each makes; its member is its own number
    ways :      [A] how each bids
    consents :  [N] who lets the aggregator see what the contract says; of others it sees sums alone, and no single order (lever P1)
    switching : by which rule members change; days : from one review to the next
    """

    contracts: Contracts
    ways: Ways
    consents: Flags
    switching: Switching
    days: int

    @cached_property
    def curves(self) -> bool:
        """Whether anyone bids a curve."""
        return bool(self.ways.curve.any())

    def passing_through(self) -> Offered:
        """The same aggregators, whose members trade by themselves: no pool matches its own members."""
        ways = Ways(np.zeros_like(self.ways.curve), np.zeros_like(self.ways.margin))
        return Offered(self.contracts, ways, self.consents, self.switching, self.days)

    def signed(self, aggregator: Indices) -> Contracts:
        """The contracts of all who are in a pool.

        aggregator : [N] int32, of each home, -1 for none.
        """
        member = np.flatnonzero(aggregator >= 0).astype(np.int32)
        standard = self.contracts.take(aggregator[member])
        privacy = np.where(self.consents[member], standard.privacy, 0).astype(np.int8)
        return standard.replace(member=member, aggregator=aggregator[member], privacy=privacy)


@dataclass(frozen=True)
class Came:
    """What came of it for N homes to be in their pools.

    paid, traded : what the pool paid each since the last review [nEUR], and traded for it [Wh]; [2, N] side by side
    hours : in which it did today; counted where contracts bound them [h]
    """

    table: Ints
    hours: Floats

    @classmethod
    def nothing(cls, homes: int) -> Self:
        """Yet."""
        return cls(np.zeros((2, homes), np.int64), np.zeros(homes))

    @property
    def paid(self) -> Ints:
        """[N] what the pool paid each. [nEUR]"""
        column: Ints = self.table[0]
        return column

    @property
    def traded(self) -> Ints:
        """[N] what it traded for each. [Wh]"""
        column: Ints = self.table[1]
        return column

    def after(self, got: Pay, members: Members, hours: float) -> Came:
        """The same after an interval."""
        return Came(self.table + got.came, self.hours + hours * (got.traded > 0) if members.bounded else self.hours)

    def tomorrow(self) -> Came:
        """The same when a day begins."""
        return Came(self.table, np.zeros(len(self.hours)))


@dataclass(frozen=True)
class Members:
    """Who is in whose pool.

    aggregator : [N] int32, -1 for none; contracts : of the M who are in one; ledger : who owes whom, as things are now
    """

    aggregator: Indices
    contracts: Contracts
    ledger: Ledger

    @classmethod
    def of(cls, offered: Offered, ledger: Ledger, aggregator: Indices) -> Self:
        """Members who have just signed."""
        return cls(aggregator, offered.signed(aggregator), ledger.with_members(aggregator))

    @cached_property
    def bound(self) -> Indices:
        """[N] int32, the account that is bound by each home's orders."""
        homes = np.arange(len(self.aggregator), dtype=np.int32)
        return np.where(self.aggregator >= 0, len(homes) + self.aggregator, homes).astype(np.int32)

    @cached_property
    def agreed(self) -> Agreed:
        """[N] what homes agreed with their aggregators."""
        return Agreed.of(self.contracts, len(self.aggregator))

    @cached_property
    def shown(self) -> Flags:
        """[N] homes whose orders their aggregators may see one by one: an order says what the home's meter will read."""
        return shows(self.contracts, "own meter", len(self.aggregator))

    @cached_property
    def bounded(self) -> bool:
        """Whether a contract leaves anything to the home itself."""
        own = self.contracts
        free = (own.devices == EVERYTHING) & np.isinf(own.up) & np.isinf(own.down) & (own.hours >= ALWAYS)
        return not bool(free.all())

    def reviewed(self, came: Came, offered: Offered, luck: Floats) -> Members:
        """Who is in whose pool after members compared what theirs paid with what the others publish; the same if nobody moves.

        Who did not trade goes by what its pool publishes.

        came : since the last review. luck : [2, N] uniform draws in [0, 1), the homes' own.
        """
        count, pool = len(offered.contracts), self.aggregator
        inside = pool >= 0
        paid, traded = (np.bincount(pool[inside], column[inside], count) for column in (came.paid, came.traded))
        published = EUR_PER_MWH * paid / np.maximum(traded, 1)
        if not count:
            return self
        own = np.where(came.traded > 0, EUR_PER_MWH * came.paid / np.maximum(came.traded, 1), published[np.maximum(pool, 0)])
        chosen = offered.switching(pool, own, published, traded > 0, luck)
        return self if np.array_equal(chosen, pool) else Members.of(offered, self.ledger, chosen)


@dataclass(frozen=True, slots=True)
class Gate:
    """The book at gate closure, and how it came about.

    book : [C] what the market sees.
    told : [C] an order of a home in each row of it, for rules that look at homes.
    pieces, origin, parts, pooling, apart : how pools made it of the homes' orders; None where they passed them on.
    """

    book: Orders
    told: Orders
    pieces: Orders | None = None
    origin: Ints | None = None
    parts: Flags | None = None
    pooling: Pooling | None = None
    apart: Ints | None = None


def bid(members: Members, offered: Offered, wishes: Orders, most: tuple[Ints, Ints] | None, mechanism: Mechanism) -> Gate:
    """What pools bid of their members' wishes; others' wishes are theirs.

    A wish that its aggregator may not see is passed on as it is stated. A contract's bounds are kept at home, so for them
    nobody has to be told what the devices can do.

    Parameters
    ----------
    wishes : [O] whose agents are homes.
    most : [N] what may be sold and bought for each home at most; None for no bound. [Wh]
    mechanism : the clearing rule, which may tell homes apart, or buses.
    """
    if most is None and not offered.curves:
        return Gate(wishes.replace(agent=members.bound.take(wishes.agent)), wishes)
    whose = members.aggregator[wishes.agent]
    if most is None:
        pieces, origin, parts = wishes, np.arange(len(wishes)), np.ones(len(wishes), np.bool_)
    else:
        pieces, origin, parts = split(wishes, np.where(whose >= 0, usable(wishes, *most), wishes.energy))
    pool = np.where(parts, whose[origin], -1)
    apart = _told_apart(mechanism, pieces)
    book, pooling = pooled(pieces, pool, offered.ways, len(members.aggregator), apart, members.shown[pieces.agent])
    return Gate(book, pieces.take(pooling.head), pieces, origin, parts, pooling, apart)


def _told_apart(mechanism: Mechanism, orders: Orders) -> Ints | None:
    """What a rule tells orders apart by, besides side, price and kind: the home, or nothing."""
    if "preferences" in sees(mechanism):
        return orders.agent.astype(np.int64)
    return None


def answered(gate: Gate, members: Members, ways: Ways, wishes: Orders, clearing: Clearing) -> tuple[Clearing, Parts | None]:
    """What each wish got and owes, of what the market accepted and members trade among themselves; and what went another way.

    clearing : of the gate's book.
    """
    if gate.pieces is None or gate.pooling is None or gate.origin is None or gate.parts is None:
        return clearing, None
    pieces, origin, pooling = gate.pieces, gate.origin, gate.pooling
    found = disaggregated(pieces, gate.book, clearing, pooling, gate.apart)
    gain = pieces.side * pieces.price * found.energy - found.payment
    margin = ways.margin[np.maximum(members.aggregator[pieces.agent], 0)] * pooling.curve
    columns = (found.energy, found.payment, found.energy * ~gate.parts, gain * ~gate.parts, margin * (found.energy - pooling.inside))
    energy, payment, *rest = (_by(origin, column, len(wishes)) for column in columns)
    price = found.price if found.price is not None and np.array_equal(payment, wishes.side * energy * found.price) else None
    whole = len(origin) == len(wishes)
    trades = found.trades if whole and np.array_equal(origin, np.arange(len(wishes))) else None
    return Clearing(energy, payment, price, trades, clearing.facts), Parts(*rest)


def _by(origin: Ints, values: Ints, count: int) -> Ints:
    """[count] sums by origin."""
    sums = np.zeros(count, np.int64)
    np.add.at(sums, origin, values)
    return sums


def most_usable(members: Members, came: Came, fleet: Fleet, can: Reach, hours: float) -> tuple[Ints, Ints] | None:
    """What aggregators may sell of each home's devices, and buy for them, in an interval; None where no contract says. [Wh]"""
    if not members.bounded:
        return None
    own = members.contracts
    up, down = own.bounds(ranges(fleet, can))
    tired = came.hours[own.member] + hours > own.hours
    sold, bought = (np.zeros(len(fleet), np.int64) for _ in range(2))
    for amounts, power in ((sold, up), (bought, down)):
        amounts[own.member] = whole_wh(np.where(tired, 0.0, power), hours)
    return sold, bought


def ranges(fleet: Fleet, can: Reach) -> Mapping[str, Floats]:
    """[N] by kind, between the lowest and the highest power of each home's devices now; what nobody steers has no bound. [kW]"""
    everything = np.full(len(fleet), np.inf)
    plants = {"pv": fleet.pv.owner, "wind": fleet.wind.owner}
    found = {"load": everything} | {
        name: np.where(np.bincount(owner, minlength=len(fleet)) > 0, np.inf, 0.0) for name, owner in plants.items()
    }
    width = can.high - can.low
    return found | {name: fleet.by_prosumer(fleet.owner[rows], width[rows]) for name, rows in fleet.rows.items()}
