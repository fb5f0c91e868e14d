"""Shapley value: every agent gains what it adds on average to those who came before it."""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import Any, ClassVar

import numpy as np

from p2p.base.columns import Ints
from p2p.base.streams import draws
from p2p.base.units import eur
from p2p.markets.community.game import Game, nothing_to_share, refuse_crowd, shared, whole_shares
from p2p.markets.parameters import in_range
from p2p.orders import ALONE, NO_LIMITS, Clearing, Limits, Orders, Surroundings

MOST_AGENTS = 20_000
MOST_EXACT = 16
MOST_SAMPLES = 100_000


@dataclass(frozen=True)
class Shapley:
    """The gain of trading together, shared by the Shapley value: what each agent adds, on average over all orders of joining.

    The value of a coalition is the largest welfare of its members' own orders. What trades is efficient, and payments make
    each agent's gain its share, to the nEUR. Equal agents gain equally, who adds nothing gains nothing, and nobody
    gains less than alone. An agent may be paid though it trades nothing: it could have stood in for one who trades. The
    share need not be in the core: a group may do better by itself.

    exact_up_to : as many agents (who could gain at all) are shared between exactly, over all coalitions.
    samples : with more agents, so many orders of joining are drawn. Shares are then right on average, and sum to the
        whole gain exactly; the largest standard error is reported.

    References
    ----------
    L. S. Shapley, "A value for n-person games", in Contributions to the Theory of Games II, 1953.
    J. Castro, D. Gómez and J. Tejada, "Polynomial calculation of the Shapley value based on sampling", Computers &
    Operations Research 36 (5), 2009 (section 3, and the error of the estimate).
    """

    exact_up_to: int = 12
    samples: int = 1000
    claims: ClassVar[frozenset[str]] = frozenset({"budget_balanced", "efficient"})
    sees: ClassVar[frozenset[str]] = frozenset({"chance"})

    def __post_init__(self) -> None:
        in_range("exact_up_to", self.exact_up_to, 0, MOST_EXACT)
        in_range("samples", self.samples, 2, MOST_SAMPLES)

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS, around: Surroundings = ALONE) -> Clearing:
        """The clearing of a book.

        Raises
        ------
        InputError
            More than 20,000 agents could gain.
        """
        game = Game.of(orders)
        refuse_crowd("shapley", len(game), MOST_AGENTS)
        facts: dict[str, Any] = {"agents": len(game)}
        if len(game) == 0:
            return nothing_to_share(orders)
        if len(game) <= self.exact_up_to:
            share = exact(game.values(), len(game))
            facts |= {"coalitions": 1 << len(game), "largest standard error [EUR]": 0.0}
        else:
            share, errors = sampled(game, self.samples, around.seed)
            facts |= {"orders of joining": self.samples, "largest standard error [EUR]": eur(errors)}
        return Clearing(*shared(orders, game, share), None, facts=facts)


def exact(values: Ints, agents: int) -> Ints:
    """[A] the Shapley value of a game, to whole nEUR by largest remainders.

    values : [2**A] of every coalition, not negative. [nEUR]
    """
    from p2p.markets.community.kernels import add_by_size

    halves = np.zeros((2, agents, agents + 1), np.int64)  # sums of values leave an int64: upper and lower 32 bits apart
    add_by_size(values, *halves)
    upper, lower = halves.tolist()
    with_me = [[(high << 32) + low for high, low in zip(*row, strict=True)] for row in zip(upper, lower, strict=True)]
    of_size = [sum(mine[size] for mine in with_me) // max(size, 1) for size in range(agents + 1)]
    before = [factorial(size - 1) * factorial(agents - size) for size in range(1, agents + 1)]  # orders in which I am the size-th
    shares = [
        divmod(
            sum(before[size - 1] * (mine[size] - of_size[size - 1] + mine[size - 1]) for size in range(1, agents + 1)), factorial(agents)
        )
        for mine in with_me
    ]
    floor, remainder = np.array(shares, np.int64).T
    return whole_shares(floor, remainder, int(values[-1]))


def sampled(game: Game, samples: int, seed: int) -> tuple[Ints, float]:
    """[A] the mean over drawn orders of joining of what each agent adds, to whole nEUR; and the largest standard error. [nEUR]"""
    from p2p.markets.community.kernels import add_marginals

    agents = len(game)
    identities = np.arange(samples)[:, None] * 2**32 + game.agent
    joining = np.argsort(draws(seed, identities.ravel()).reshape(samples, agents), axis=1, kind="stable")
    halves, spread = np.zeros((2, agents), np.int64), np.zeros((2, agents))
    add_marginals(game.first, game.side, game.level, game.energy, game.height, joining, *halves, *spread)
    upper, lower = halves
    below = ((upper % samples) << 32) + lower
    share = whole_shares(((upper // samples) << 32) + below // samples, below % samples, game.total())
    return share, float(np.sqrt(spread[1].max() / samples / (samples - 1)))
