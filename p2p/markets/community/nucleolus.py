"""Nucleolus: the share with which the least content coalition is as content as can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from p2p.base.columns import Flags, Ints
from p2p.base.streams import draws
from p2p.base.units import eur
from p2p.markets.community.game import Game, nothing_to_share, refuse_crowd, shared, whole_between
from p2p.markets.parameters import in_range
from p2p.orders import ALONE, NO_LIMITS, Clearing, Limits, Orders, Surroundings

MOST_AGENTS = 1_000
MOST_EXACT = 14
MOST_SAMPLES = 10_000
MOST_PAIRED = 200
"""Agents up to whom all pairs are looked at; they grow with the square."""


@dataclass(frozen=True)
class Nucleolus:
    """The gain of trading together, shared so that no coalition has much to complain of.

    A coalition's complaint is what it would gain by itself less what it gets; the nucleolus makes the largest complaint
    least, then the second largest, and so on. In a market there is always a share without any complaint (that of a
    price that clears it), so the nucleolus has none: it lies in the core, and no group does better by itself. What trades
    is efficient, and payments make each agent's gain its share, to the nEUR.

    exact_up_to : as many agents (who could gain at all) are shared between exactly, over all coalitions.
    samples : with more agents, complaints are those of single agents, pairs (of up to 200 agents) and so many coalitions
        drawn by lot, and for each of these of all others together: a share in the style of the nucleolus. The largest
        complaint among as many other drawn coalitions is reported.

    References
    ----------
    D. Schmeidler, "The nucleolus of a characteristic function game", SIAM J. Applied Mathematics 17 (6), 1969.
    L. S. Shapley and M. Shubik, "The assignment game I: the core", Int. J. Game Theory 1, 1971 (the core of a two-sided
    market holds the shares of its competitive prices).
    """

    exact_up_to: int = 12
    samples: int = 200
    claims: ClassVar[frozenset[str]] = frozenset({"budget_balanced", "efficient"})
    sees: ClassVar[frozenset[str]] = frozenset({"chance"})

    def __post_init__(self) -> None:
        in_range("exact_up_to", self.exact_up_to, 0, MOST_EXACT)
        in_range("samples", self.samples, 1, MOST_SAMPLES)

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS, around: Surroundings = ALONE) -> Clearing:
        """The clearing of a book.

        Raises
        ------
        InputError
            More than 1,000 agents could gain.
        """
        game = Game.of(orders)
        if len(game) == 0:
            return nothing_to_share(orders)
        refuse_crowd("nucleolus", len(game), MOST_AGENTS)
        share, facts = self.share(game, around.seed)
        return Clearing(*shared(orders, game, share), None, facts={"agents": len(game)} | facts)

    def share(self, game: Game, seed: int) -> tuple[Ints, dict[str, Any]]:
        """[A] what each agent gains [nEUR], and what to report of it."""
        from p2p.markets.community.lexicographic import least_complaints

        agents, exact = len(game), len(game) <= self.exact_up_to
        one = np.eye(agents, dtype=np.bool_)
        edges = game.values_of(np.concatenate((one, ~one, np.ones((1, agents), np.bool_))))
        total = int(edges[-1])
        low, high = edges[:agents], total - edges[agents:-1]  # in the core nobody gets more than all lose without it
        if total in (int(low.sum()), int(high.sum())):  # the core is one share
            share = low if int(low.sum()) == total else high
        else:
            coalitions = every_coalition(agents) if exact else self.some_coalitions(agents, drawn(game, self.samples, seed, 0))
            share = whole_between(least_complaints(coalitions, game.values_of(coalitions), low, high, total), low, high, total)
        if exact:
            return share, {"coalitions": 1 << agents, "largest complaint found [EUR]": 0.0}
        others = drawn(game, self.samples, seed, 1)
        complaint = int((game.values_of(others) - others @ share).max(initial=0))
        return share, {"coalitions drawn": self.samples, "largest complaint found [EUR]": eur(complaint)}

    @staticmethod
    def some_coalitions(agents: int, chosen: Flags) -> Flags:
        """[K, A] single agents, pairs, those chosen; and for each of them all others together."""
        one = np.eye(agents, dtype=np.bool_)
        first, second = np.triu_indices(agents if agents <= MOST_PAIRED else 0, 1)
        half = np.concatenate((one, one[first] | one[second], chosen))
        return np.concatenate((half, ~half))


def every_coalition(agents: int) -> Flags:
    """[2**A - 2, A] who is in each coalition but the empty and the whole one."""
    coalitions: Flags = (np.arange(1, (1 << agents) - 1)[:, None] >> np.arange(agents)) & 1 == 1
    return coalitions


def drawn(game: Game, samples: int, seed: int, turn: int) -> Flags:
    """[samples, A] coalitions drawn by lot, each agent in or out by its own draw; neither empty nor whole."""
    identities = (2 * np.arange(samples)[:, None] + turn) * 2**32 + game.agent
    coalitions: Flags = draws(seed, identities.ravel()).reshape(samples, len(game)) < 0.5
    return coalitions[coalitions.any(axis=1) & ~coalitions.all(axis=1)]
