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
class Pay(Columns):
    """What N homes agreed with their aggregators, as it comes to bear on an interval.

    fee:  [N] int64, on each kWh that is traded for it; 0 in no pool [µEUR/kWh]
    kept: [N] int64, what the aggregator keeps of what was gained with the home's devices [nEUR]
    """

    fee: Ints
    kept: Ints


def gains(orders: Orders, clearing: Clearing, homes: int) -> Ints:
    """[N] what each home gained: what its accepted orders were worth to it at their limits, less what they owe. [nEUR]

    Parameters
    ----------
    orders : whose agents are homes.
    clearing : of them.
    homes : N.
    """
    from p2p.settlement.kernels import gained

    gain = np.zeros(homes, np.int64)
    gained(orders.agent, orders.side, orders.price, clearing.energy, clearing.payment, gain)
    return gain


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


def pay(contracts: Contracts, gain: Ints, spread: Ints) -> Pay:
    """What contracts say of an interval; parameters as those of `kept`."""
    fee = np.zeros(len(gain), np.int64)
    fee[contracts.member] = contracts.fee
    return Pay(fee, kept(contracts, gain, spread))
