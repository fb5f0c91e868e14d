"""What is gained with members' flexibility, and who gets which part of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from p2p.base.columns import Columns, Flags, Ints
from p2p.flexibility import Contracts
from p2p.orders import Clearing, Orders

PARTS = 1_000_000
"""A share is counted in millionths."""


@dataclass(frozen=True, slots=True)
class Parts(Columns):
    """What of O orders of homes went another way than through their pools at their members' limits.

    alone:  [O] int64, traded on the home's own account [Wh]
    gain:   [O] int64, gained with that [nEUR]
    spread: [O] int64, between what the aggregator bid and the order's limit, over what it sold of it [nEUR]
    """

    alone: Ints
    gain: Ints
    spread: Ints


@dataclass(frozen=True, slots=True)
class Agreed(Columns):
    """What N homes agreed with their aggregators.

    pooled: [N] bool, whether a home is in a pool
    share:  [N] int64, its part of what is gained with its devices, in millionths
    fee:    [N] int64, on each kWh that is traded for it [µEUR/kWh]
    """

    pooled: Flags
    share: Ints
    fee: Ints

    @classmethod
    def of(cls, contracts: Contracts, homes: int) -> Self:
        """From the contracts of those who have one; homes : N."""
        pooled, (share, fee) = np.zeros(homes, np.bool_), np.zeros((2, homes), np.int64)
        pooled[contracts.member] = True
        share[contracts.member] = np.rint(contracts.share * PARTS)
        fee[contracts.member] = contracts.fee
        return cls(pooled, share, fee)


@dataclass(frozen=True, slots=True)
class Pay:
    """What comes of the contracts of N homes in an interval; 0 in no pool. The columns lie side by side; read them by name.

    fee:    [N] int64, owed to the aggregator for what it traded [nEUR]
    kept:   [N] int64, what the aggregator keeps of what was gained with the home's devices [nEUR]
    gain:   [N] int64, what was gained with them in the pool [nEUR]
    came:   [2, N] int64, what homes got above their limits, after all that they owe their pools [nEUR], and what was traded for them [Wh]
    """

    table: Ints

    @property
    def fee(self) -> Ints:
        """[N] owed to the aggregator for what it traded. [nEUR]"""
        column: Ints = self.table[0]
        return column

    @property
    def kept(self) -> Ints:
        """[N] what the aggregator keeps of what was gained with the home's devices. [nEUR]"""
        column: Ints = self.table[1]
        return column

    @property
    def gain(self) -> Ints:
        """[N] what was gained with them in the pool. [nEUR]"""
        column: Ints = self.table[2]
        return column

    @property
    def came(self) -> Ints:
        """[2, N] `paid` and `traded`."""
        column: Ints = self.table[3:]
        return column

    @property
    def paid(self) -> Ints:
        """[N] what homes got from their pools above their limits, after all that they owe them. [nEUR]"""
        column: Ints = self.table[3]
        return column

    @property
    def traded(self) -> Ints:
        """[N] what the aggregator traded for the home, bought or sold. [Wh]"""
        column: Ints = self.table[4]
        return column

    @classmethod
    def fees(cls, fee: Ints) -> Self:
        """Of homes that owe fees alone. [nEUR]"""
        table = np.zeros((5, len(fee)), np.int64)
        table[0] = fee
        return cls(table)


def pay(agreed: Agreed, orders: Orders, cleared: Clearing, stands: Clearing, parts: Parts | None = None) -> Pay:
    """What aggregators trade and gain for their members, and who gets which part of it.

    An aggregator keeps its spread, as far as the gain goes, and of the rest what is not the member's share: so a member's
    limits are covered whatever the share, where there is a gain; a loss is shared, too. What a member gets of the rest is
    rounded down to a whole nEUR. Of an order of which the DSO withdrew a part, that part falls in each of its ways in
    proportion.

    Parameters
    ----------
    agreed : with N homes.
    orders : whose agents are homes.
    cleared, stands : what was cleared of them, and what the DSO left of that.
    parts : what went another way; None if nothing did.
    """
    from p2p.settlement.kernels import shared, traded_in_pools

    table = np.zeros((5, len(agreed)), np.int64)
    ways = np.zeros((3, 0), np.int64) if parts is None else np.stack((parts.alone, parts.gain, parts.spread))
    traded_in_pools(agreed.pooled, orders.agent, orders.side, orders.price, cleared.energy, stands.energy, stands.payment, ways, table)
    shared(agreed.pooled, agreed.share, agreed.fee, PARTS, table)
    return Pay(table)
