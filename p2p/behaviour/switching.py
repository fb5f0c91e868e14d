"""Members who change their aggregator: they compare what theirs paid with what the others publish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from p2p.base.columns import Flags, Floats, Indices
from p2p.base.errors import Fault, InputError


class Switching(Protocol):
    """By which rule members change: a frozen dataclass that is called at each review."""

    def __call__(self, pool: Indices, own: Floats, published: Floats, open_: Flags, luck: Floats) -> Indices:
        """The aggregator of each home after a review.

        Parameters
        ----------
        pool : [N] int32, the aggregator now, -1 for none; who is in no pool stays so.
        own : [N] what the own pool paid each for a kWh that it used, since the last review. [EUR/MWh]
        published : [A] what each aggregator says that it paid its members on average. [EUR/MWh]
        open_ : [A] which have something to publish.
        luck : [2, N] uniform draws in [0, 1), the home's own.
        """


@dataclass(frozen=True)
class Never:
    """Nobody changes."""

    def __call__(self, pool: Indices, own: Floats, published: Floats, open_: Flags, luck: Floats) -> Indices:
        """The same aggregators."""
        return pool


@dataclass(frozen=True)
class Threshold:
    """Changes to the one that pays best, if it pays more than the own one by enough to be worth the trouble.

    advantage : what it must pay more [EUR/MWh]; (assumption)
    attention : chance that a member looks at all, at a review; (assumption)

    References
    ----------
    P. Klemperer, "Markets with consumer switching costs", Quarterly Journal of Economics 102 (2), 1987: a customer changes
    where the gain is above what changing costs.
    """

    advantage: float = 5.0
    attention: float = 1.0

    def __post_init__(self) -> None:
        _check(
            ("advantage", self.advantage, self.advantage >= 0, "0 EUR/MWh or more"),
            ("attention", self.attention, 0 <= self.attention <= 1, "0 to 1"),
        )

    def __call__(self, pool: Indices, own: Floats, published: Floats, open_: Flags, luck: Floats) -> Indices:
        """The aggregator of each home after a review."""
        if not open_.any():
            return pool
        best = int(np.argmax(np.where(open_, published, -np.inf)))
        goes = (pool >= 0) & (luck[0] < self.attention) & (published[best] - own > self.advantage)
        return np.where(goes, best, pool).astype(np.int32)


@dataclass(frozen=True)
class Logit:
    """Now and then a member looks, and then takes an aggregator by logit: the better one is the likelier.

    An aggregator a is taken with a chance in proportion to exp(sensitivity x u), where u is what it paid for a kWh, and for
    the own one what it paid this member, and the inertia on top.

    attention :   chance that a member looks at all, at a review; (assumption)
    sensitivity : of the choice to a difference in pay [1/(EUR/MWh)]; (assumption)
    inertia :     what staying is worth [EUR/MWh]; (assumption)

    References
    ----------
    D. McFadden, "Conditional logit analysis of qualitative choice behavior", in Frontiers in Econometrics, 1974.
    A. Hortaçsu, S. A. Madanipour and S. L. Puller, "Power to choose? An analysis of consumer inertia in the residential
    electricity market", American Economic Journal: Economic Policy 9 (4), 2017: two stages, first whether a household looks
    for another retailer at all, then which one it takes, with a preference for the one it has.
    """

    attention: float = 0.2
    sensitivity: float = 0.2
    inertia: float = 5.0

    def __post_init__(self) -> None:
        _check(
            ("attention", self.attention, 0 <= self.attention <= 1, "0 to 1"),
            ("sensitivity", self.sensitivity, 0 <= self.sensitivity <= 1000, "0 to 1000 per EUR/MWh"),
            ("inertia", self.inertia, self.inertia >= 0, "0 EUR/MWh or more"),
        )

    def __call__(self, pool: Indices, own: Floats, published: Floats, open_: Flags, luck: Floats) -> Indices:
        """The aggregator of each home after a review."""
        number = np.arange(len(published))
        its = pool[:, None] == number
        worth = np.where(its, own[:, None] + self.inertia, np.where(open_, published, -np.inf))
        looks = (pool >= 0) & (luck[0] < self.attention)
        worth = worth[looks]
        # softmax of each row, its largest term 1 so that nothing overflows
        weight = np.exp(self.sensitivity * (worth - worth.max(axis=1, keepdims=True, initial=-1e300)))
        ends = np.cumsum(weight, axis=1)
        after = pool.copy()
        after[looks] = (luck[1][looks, None] * ends[:, -1:] >= ends).sum(axis=1)
        return after


SWITCHINGS: dict[str, type[Switching]] = {"never": Never, "threshold": Threshold, "logit": Logit}


def _check(*parameters: tuple[str, float, bool, str]) -> None:
    faults = [Fault(name, f"{value:g}", allowed) for name, value, good, allowed in parameters if not good]
    if faults:
        raise InputError(faults)
