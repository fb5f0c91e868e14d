"""What is gained with members' flexibility, and who gets which part of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Columns, Ints
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
class Pay(Columns):
    """What comes of the contracts of N homes in an interval; 0 in no pool.

    fee:    [N] int64, owed to the aggregator for what it traded [nEUR]
    kept:   [N] int64, what the aggregator keeps of what was gained with the home's devices [nEUR]
    gain:   [N] int64, what was gained with them in the pool [nEUR]
    traded: [N] int64, what the aggregator traded for the home, bought or sold [Wh]
    """

    fee: Ints
    kept: Ints
    gain: Ints
    traded: Ints

    @property
    def paid(self) -> Ints:
        """[N] what homes got from their pools above their limits, after all that they owe them. [nEUR]"""
        net: Ints = self.gain - self.kept - self.fee
        return net


def pay(contracts: Contracts, orders: Orders, cleared: Clearing, stands: Clearing, parts: Parts | None, homes: int) -> Pay:
    """What aggregators trade and gain for their members, and who gets which part of it.

    Of an order of which the DSO withdrew a part, that part falls in each of its ways in proportion.

    Parameters
    ----------
    orders : whose agents are homes.
    cleared, stands : what was cleared of them, and what the DSO left of that.
    parts : what went another way; None if nothing did.
    homes : N.
    """
    from p2p.settlement.kernels import traded_in_pools

    inside = np.zeros((3, homes), np.int64)
    member = np.zeros(homes, np.bool_)
    member[contracts.member] = True
    ways = np.zeros((3, len(orders)), np.int64) if parts is None else np.stack((parts.alone, parts.gain, parts.spread))
    traded_in_pools(member, orders.agent, orders.side, orders.price, cleared.energy, stands.energy, stands.payment, ways, inside)
    gain, traded, spread = inside
    fee = np.zeros(homes, np.int64)
    fee[contracts.member] = contracts.fee * traded[contracts.member]
    return Pay(fee, kept(contracts, gain, spread), gain, traded)


def kept(contracts: Contracts, gain: Ints, spread: Ints) -> Ints:
    """[N] what aggregators keep: their spread, as far as the gain goes, and of the rest what is not the member's share. [nEUR]

    So a member's limits are covered whatever the share, where there is a gain; a loss is shared, too. What a member gets of
    the rest is rounded down to a whole nEUR.

    Parameters
    ----------
    gain : [N] of each home. [nEUR]
    spread : [N] what lies between what the aggregator bid and its member's limits, over the energy that it sold. [nEUR]
    """
    amounts = np.zeros(len(gain), np.int64)
    member = contracts.member
    own = gain[member]
    first = np.minimum(spread[member], np.maximum(own, 0))
    share = np.rint(contracts.share * PARTS).astype(np.int64)
    whole, rest = np.divmod(own - first, PARTS)
    amounts[member] = own - (whole * share + rest * share // PARTS)
    return amounts
