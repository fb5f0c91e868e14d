"""Adaptive aggressiveness: aim near the estimated competitive price, and learn how near."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Flags, Floats, Ints
from p2p.behaviour.adaptive.heard import events
from p2p.behaviour.adaptive.own import SIDES, Stand, drawn
from p2p.behaviour.adaptive.zip import between
from p2p.behaviour.marginal_value import quote
from p2p.behaviour.needs import Needs, needs
from p2p.orders import Known, Orders
from p2p.orders.published import Aftermath

TRAITS = 2


@dataclass(frozen=True, slots=True)
class Aims:
    """What n traders remember; what is public is the same for everybody.

    met:    [n] whether it has traded before; else r and traits are yet to be drawn
    traits: [2, n] rates of learning, of r and of theta
    r:      [2, n] how aggressive it is as a buyer and as a seller, -1 to 1
    theta:  [n] how the way from r to a price is bent
    last:   [W] prices of the latest intervals with trade, as parts of the way from floor to ceiling
    count:  how many there were
    alphas: [2] lowest and highest alpha so far
    """

    met: Flags
    traits: Floats
    r: Floats
    theta: Floats
    last: Floats
    count: int
    alphas: tuple[float, float]


@dataclass(frozen=True)
class AdaptiveAggressive:
    """Aims between the best price that it could hope for, the estimated competitive price, and its limit (AA).

    Where between them it aims is its aggressiveness, from -1 to 1, which it moves after every event: down after a deal at
    a price that it would have reached, up after one that it would not, and up when somebody of its side was more eager. The
    competitive price is estimated from the latest deals. The way from aggressiveness to price is bent, and bent
    the more the less prices vary. A buyer hopes for the market's floor (what the retailer pays for a kWh), a seller for
    its ceiling (what the retailer takes, less local fees), where the papers have zero and a largest price. In an interval's
    market one quotes once, so one quotes what one aims at; the papers' steps towards it belong to a continuous market.

    rate : range from which each trader draws its two rates of learning.
    relative, absolute : how far beyond what was heard it wants to be, of the aggressiveness.
    first : range from which it draws its first aggressiveness; first_theta : the first bend. (assumption)
    theta : the smallest and the largest bend; gamma : how the bend follows the variation of prices.
    window, fades : how many deals the estimate looks back, and the weight of each relative to the next.

    References
    ----------
    P. Vytelingum, "The structure and behaviour of the continuous double auction", PhD thesis, University of Southampton, 2006,
    chapter 5; P. Vytelingum, D. Cliff and N. R. Jennings, "Strategic bidding in continuous double auctions", Artificial
    Intelligence 172 (14), 2008, section 4 (aggressiveness model, short- and long-term learning). Parameters from
    memory and from public implementations of it, not checked against the papers.
    """

    rate: tuple[float, float] = (0.2, 0.6)
    relative: float = 0.02
    absolute: float = 0.01
    first: tuple[float, float] = (-0.3, 0.0)
    first_theta: float = -4.0
    theta: tuple[float, float] = (-8.0, 2.0)
    gamma: float = 2.0
    window: int = 30
    fades: float = 0.9

    def start(self, n: int) -> Aims:
        """The memory of n traders who have yet to draw what they are like."""
        return Aims(
            np.zeros(n, np.bool_),
            np.zeros((2, n)),
            np.zeros((SIDES, n)),
            np.full(n, self.first_theta),
            np.zeros(self.window),
            0,
            (np.inf, -np.inf),
        )

    def __call__(self, known: Known, memory: Aims | None = None) -> Orders:
        """The orders of n traders, by what they remember."""
        from p2p.behaviour.adaptive.kernels import aa_prices

        wanted = needs(known)
        memory = self._met(known, memory or self.start(len(known)))
        price = np.empty_like(wanted.limit)
        aa_prices(
            wanted.side, wanted.limit, known.feed_in, known.retail - known.fees, self._centre(known, memory), memory.r, memory.theta, price
        )
        return quote(known, Needs(wanted.side, wanted.energy, price))

    def learn(self, memory: Aims, known: Known, orders: Orders, energy: Ints, payment: Ints, after: Aftermath | None = None) -> Aims:
        """What they remember after a clearing; nothing new where nothing is published of it."""
        from p2p.behaviour.adaptive.kernels import aa_learn

        memory = self._met(known, memory)
        floor, ceiling = known.feed_in, known.retail - known.fees
        if after is None or ceiling <= floor:
            return memory
        if after.published.mean_price is not None:
            memory = self._longer(memory, (after.published.mean_price - floor) / (ceiling - floor))
        limit = Stand.of(known, needs(known), orders, after.accepted).limit
        r, steps = memory.r.copy(), np.array([self.relative, self.absolute])
        centre = self._centre(known, memory)
        for came, at, deal in events(after.published):
            aa_learn(limit, floor, ceiling, centre, came, at, deal, steps, memory.traits[0], r, memory.theta)
        return Aims(memory.met, memory.traits, r, memory.theta, memory.last, memory.count, memory.alphas)

    def _longer(self, memory: Aims, part: float) -> Aims:
        """The memory after a deal, at a part of the way from floor to ceiling: estimate, variation and bend (long-term learning)."""
        from p2p.behaviour.adaptive.kernels import aa_alpha, aa_centre, aa_theta_wanted

        last, count = memory.last.copy(), memory.count + 1
        last[memory.count % len(last)] = part
        alpha = aa_alpha(last, count, aa_centre(last, count, self.fades))
        alphas = min(memory.alphas[0], alpha), max(memory.alphas[1], alpha)
        wanted = aa_theta_wanted(alpha, *alphas, *self.theta, self.gamma)
        theta = memory.theta + memory.traits[1] * (wanted - memory.theta)
        return Aims(memory.met, memory.traits, memory.r, theta, last, count, alphas)

    def _centre(self, known: Known, memory: Aims) -> float:
        """The estimated competitive price; half way between floor and ceiling before there was any trade. [µEUR/kWh]"""
        from p2p.behaviour.adaptive.kernels import aa_centre

        part = aa_centre(memory.last, memory.count, self.fades) if memory.count else 0.5
        return known.feed_in + part * (known.retail - known.fees - known.feed_in)

    def _met(self, known: Known, memory: Aims) -> Aims:
        """The memory, with aggressiveness and traits drawn by those who have none yet."""
        if memory.met.all():
            return memory
        luck = drawn(known, 4, TRAITS)
        r = np.where(memory.met, memory.r, between(self.first, luck[:2]))
        traits = np.where(memory.met, memory.traits, between(self.rate, luck[2:]))
        return Aims(np.ones_like(memory.met), traits, r, memory.theta, memory.last, memory.count, memory.alphas)
