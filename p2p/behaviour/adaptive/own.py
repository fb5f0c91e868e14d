"""What a home stands for in a market with all that it wants: one price and one limit as a buyer, and one as a seller."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Flags, Floats, Ints
from p2p.base.streams import draws
from p2p.behaviour.needs import Needs
from p2p.orders import Known, Orders

SIDES = 2
"""Rows of what is learnt apart: as a buyer, as a seller."""


@dataclass(frozen=True, slots=True)
class Stand:
    """What n homes stand for, as buyers and as sellers: means over their orders, by energy.

    limit:  [2, n] NaN where it ordered nothing [µEUR/kWh]
    price:  [2, n] at which it ordered [µEUR/kWh]
    active: [2, n] whether something of it was left over
    """

    limit: Floats
    price: Floats
    active: Flags

    @classmethod
    def of(cls, known: Known, truth: Needs, orders: Orders, energy: Ints) -> Stand:
        """From what homes wanted, what they ordered, and [O] what was accepted of it [Wh]."""
        shape = SIDES, len(known)
        ordered, asked, got = np.zeros((3, *shape))
        place = (orders.side < 0).astype(np.int64), np.searchsorted(known.agent, orders.agent)
        np.add.at(ordered, place, orders.energy)
        np.add.at(asked, place, orders.energy.astype(np.float64) * orders.price)
        np.add.at(got, place, energy)
        wanted, worth = np.zeros((2, *shape))
        row = (truth.side < 0).astype(np.int64)
        np.add.at(wanted, row, truth.energy)
        np.add.at(worth, row, truth.energy.astype(np.float64) * truth.limit)
        nothing = (ordered == 0) | (wanted == 0)
        limit = np.where(nothing, np.nan, worth / np.maximum(wanted, 1))
        return cls(limit, asked / np.maximum(ordered, 1), got < ordered)


def drawn(known: Known, count: int, salt: int) -> Floats:
    """[count, n] uniform draws in [0, 1) that each home makes of its own luck of the interval, one set a salt."""
    own = (known.luck[0] * 2.0**53).astype(np.int64)
    return np.stack([draws(64 * salt + number, own) for number in range(count)])
