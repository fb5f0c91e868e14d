"""What the homes of a run prefer, for rules that see preferences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.base.streams import Streams, draws
from p2p.base.units import prices
from p2p.devices import Fleet
from p2p.grid import Grid
from p2p.grid.distances import distances
from p2p.markets import Mechanism, sees
from p2p.orders import TAGS, Preferences

GREEN = TAGS.index("green")


@dataclass(frozen=True)
class Tastes:
    """What a rule asks to be deducted, by the home of the keenest taste; its parameters of these names, none where it has none.

    per_km, per_grey, stranger : a km, energy that is not tagged green, a seller who is no partner [EUR/MWh]
    partners : how many of the nearest homes are a home's partners
    """

    per_km: float = 0.0
    per_grey: float = 0.0
    stranger: float = 0.0
    partners: int = 0

    @classmethod
    def of(cls, rule: Any) -> Tastes:
        """The parameters that a rule has."""
        return cls(**{name: getattr(rule, name, default) for name, default in vars(cls()).items()})


def preferences_of(rule: Mechanism, grid: Grid, fleet: Fleet, streams: Streams) -> Preferences | None:
    """The preferences of the homes of a run, [N] rows; None for a rule that doesn't see them.

    Each home's taste is a draw from 0 to 1 of its own. A home's neighbourhood is the homes at the least distance along the
    grid; that of a home that a pool bids for is the pool. Partners are those who are bound by the orders.
    """
    if "preferences" not in sees(rule):
        return None
    tastes, people = Tastes.of(rule), fleet.prosumers
    taste = draws(streams.number("taste"), np.arange(len(fleet)))
    km = distances(grid)
    grey = np.ones(len(TAGS))
    grey[GREEN] = 0.0
    bound = np.where(people.aggregator >= 0, len(fleet) + people.aggregator, np.arange(len(fleet)))
    return Preferences(
        per_km=prices(taste * tastes.per_km),
        per_tag=prices(np.outer(taste, grey) * tastes.per_grey),
        stranger=prices(taste * tastes.stranger),
        partners=neighbours(km, people.bus.astype(np.int64), bound, tastes.partners),
        km=km,
    )


def neighbours(km: Floats, bus: Ints, bound: Ints, count: int) -> Ints:
    """[P, 2] whose orders those of each home's nearest homes are, the nearest first, between equals by number; of a home in
    a pool, the pool alone.

    Parameters
    ----------
    km : [B, B] distances. bus : [N] where homes are. bound : [N] whose orders a home's are.
    count : how many of them.
    """
    pairs: dict[tuple[int, int], None] = {}
    for home, account in enumerate(bound.tolist()):
        near = [account]
        if account == home:
            ranked = np.argsort(km[bus[home], bus], kind="stable")
            near = list(dict.fromkeys(bound[ranked[ranked != home]].tolist()))[:count]
        pairs |= dict.fromkeys((account, other) for other in near)
    return np.array(list(pairs), np.int64).reshape(-1, 2)
