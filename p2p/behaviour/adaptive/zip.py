"""Zero intelligence plus: keep a profit margin, and move it by what is heard of the market."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Flags, Floats, Ints
from p2p.base.units import price
from p2p.behaviour.adaptive.heard import events
from p2p.behaviour.adaptive.own import SIDES, Stand, drawn
from p2p.behaviour.marginal_value import quote
from p2p.behaviour.needs import Needs, needs
from p2p.orders import Known, Orders
from p2p.orders.published import Aftermath

TRAITS, TARGETS = range(2)


@dataclass(frozen=True, slots=True)
class Margins:
    """What n traders remember.

    met:    [n] whether it has traded before; else its margins and traits are yet to be drawn
    traits: [2, n] rate of learning, and momentum
    margin: [2, n] as a buyer (not positive) and as a seller (not negative), as a part of the limit
    change: [2, n] the step that was made last [µEUR/kWh]
    """

    met: Flags
    traits: Floats
    margin: Floats
    change: Floats


@dataclass(frozen=True)
class ZeroIntelligencePlus:
    """Bids each limit less a profit margin, and moves the margin a little towards what the market took and refused (ZIP).

    The margin is a part of the limit, so it holds when limits move with tariffs. After an interval with trade, whoever
    would have traded at the mean price asks for more, and whoever has something left and would not asks for less; after
    one without, buyers move up towards the best bid and sellers down towards the best offer. The paper's quotes are shouted
    one by one; here all of an interval come at once, and its price stands for a bid and an offer that met.

    margin : range from which each trader draws its first margins.
    rate, momentum : ranges from which each trader draws how fast it learns.
    relative : most that a target lies beyond the price that was heard, as a part of it.
    absolute : most that it lies beyond that. [EUR/MWh] (the paper's 0.05 dollars at prices of 2 dollars are 2.5 %; here
        as much of a mean price of 120 EUR/MWh; assumption)

    References
    ----------
    D. Cliff, "Minimal-intelligence agents for bargaining behaviors in market-based environments", HP Laboratories report
    HPL-97-91, 1997, section 4 and appendix (rules, Widrow-Hoff step with momentum, ranges of parameters).
    """

    margin: tuple[float, float] = (0.05, 0.35)
    rate: tuple[float, float] = (0.1, 0.5)
    momentum: tuple[float, float] = (0.0, 0.1)
    relative: float = 0.05
    absolute: float = 3.0

    def start(self, n: int) -> Margins:
        """The memory of n traders who have yet to draw what they are like."""
        return Margins(np.zeros(n, np.bool_), np.zeros((2, n)), np.zeros((SIDES, n)), np.zeros((SIDES, n)))

    def __call__(self, known: Known, memory: Margins | None = None) -> Orders:
        """The orders of n traders, by what they remember."""
        wanted = needs(known)
        return quote(known, self._priced(wanted, self._met(known, memory or self.start(len(known)))))

    def learn(self, memory: Margins, known: Known, orders: Orders, energy: Ints, payment: Ints, after: Aftermath | None = None) -> Margins:
        """What they remember after a clearing; nothing new where nothing is published of it."""
        from p2p.behaviour.adaptive.kernels import zip_learn

        memory = self._met(known, memory)
        if after is None:
            return memory
        stand = Stand.of(known, needs(known), orders, after.accepted)
        margin, change = memory.margin.copy(), memory.change.copy()
        beyond = drawn(known, 4, TARGETS) * np.array([[self.relative], [price(self.absolute)]] * SIDES)
        for came, at, deal in events(after.published):
            zip_learn(stand.limit, stand.price, stand.active, came, at, deal, beyond, memory.traits, margin, change)
        return Margins(memory.met, memory.traits, margin, change)

    def _met(self, known: Known, memory: Margins) -> Margins:
        """The memory, with margins and traits drawn by those who have none yet."""
        if memory.met.all():
            return memory
        luck = drawn(known, 4, TRAITS)
        first = between(self.margin, luck[:2]) * np.array([[-1.0], [1.0]])
        traits = np.stack((between(self.rate, luck[2]), between(self.momentum, luck[3])))
        margin = np.where(memory.met, memory.margin, first)
        return Margins(np.ones_like(memory.met), np.where(memory.met, memory.traits, traits), margin, memory.change)

    def _priced(self, wanted: Needs, memory: Margins) -> Needs:
        """The same needs, each limit less the margin of its side, in whole prices within the limit."""
        margin = memory.margin[(wanted.side < 0).astype(np.int64)]
        asked = wanted.limit + margin * np.abs(wanted.limit)
        whole = np.where(wanted.side[:, None] > 0, np.floor(asked), np.ceil(asked)).astype(np.int64)
        return Needs(wanted.side, wanted.energy, whole)


def between(ends: tuple[float, float], luck: Floats) -> Floats:
    """Draws from a range."""
    return ends[0] + (ends[1] - ends[0]) * luck
