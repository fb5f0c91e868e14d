"""What an aggregator sees of its members: as much as each one's contract lets it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Flags, Floats, Ints
from p2p.flexibility.contract import PRIVACY, Contracts


@dataclass(frozen=True, slots=True)
class Seen:
    """A quantity of the members of A pools, as their aggregators see it.

    member: [S] the prosumers that are seen one by one
    value:  [S] the quantity of each
    others: [A] sum over a pool's other members; 0 where it is not released
    released: [A] whether that sum is
    """

    member: Ints
    value: Floats
    others: Floats
    released: Flags


def shows(contracts: Contracts, level: str, homes: int) -> Flags:
    """[N] whether a home's contract shows a quantity of it by itself; of those who have no contract nobody sees anything.

    Parameters
    ----------
    level : in `PRIVACY`, what must be allowed to see it: "own meter" for an order, which says what the meter will read.
    homes : N.
    """
    shown = np.zeros(homes, np.bool_)
    shown[contracts.member] = contracts.privacy >= PRIVACY.index(level)
    return shown


def seen(contracts: Contracts, values: Floats, level: str, pools: int, group: int = 1) -> Seen:
    """A quantity of members one by one where their contracts allow it, the rest as a sum where enough are in it.

    Parameters
    ----------
    values : [N] the quantity of every prosumer.
    level : in `PRIVACY`, what must be allowed to see it: "own meter" for what a meter reads, "device" for what is behind it.
    pools : A, how many aggregators there are.
    group : fewest members in a sum that is released (lever P3, `aggregation_k`).
    """
    single = contracts.privacy >= PRIVACY.index(level)
    rest = contracts.take(~single)
    count = np.bincount(rest.aggregator, minlength=pools)
    total = np.bincount(rest.aggregator, values[rest.member], pools)
    released = count >= max(group, 1)
    member = contracts.member[single].astype(np.int64)
    return Seen(member, values[member], np.where(released, total, 0.0), released)
