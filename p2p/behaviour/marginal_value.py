"""Bid what a kWh is worth, given the retailer's and the storage's alternatives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.behaviour.needs import Needs, needs
from p2p.orders import TAGS, Known, Orders

GREEN = TAGS.index("green")


@dataclass(frozen=True)
class MarginalValue:
    """Truthful bids: each kWh at what its best other use is worth.

    A bid is what the retailer or the own devices would charge for the kWh, less the fees on a local one; an offer is
    what the retailer or the own devices would give for it.
    """

    def __call__(self, known: Known) -> Orders:
        """The orders of n prosumers."""
        return quote(known, needs(known))


def quote(known: Known, wanted: Needs) -> Orders:
    """Orders at the limits of `wanted`, one for each positive energy, in the order of prosumers.

    Arrival is the prosumer's rank, and within a prosumer the order of its needs.
    """
    from p2p.behaviour.kernels import ordered

    most = wanted.energy.size
    where, amounts = np.empty((2, most), np.int32), np.empty((3, most), np.int64)
    side, tag = np.empty(most, np.int8), np.empty(most, np.int16)
    count = ordered(wanted.side, wanted.energy, wanted.limit, known.who, known.ints, known.tag, GREEN, where, side, amounts, tag)
    rows = slice(count)
    return Orders(where[0, rows], where[1, rows], side[rows], amounts[0, rows], amounts[1, rows], amounts[2, rows], tag[rows])
