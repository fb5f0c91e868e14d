"""Learn from what was gained how much to ask for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.behaviour.marginal_value import quote
from p2p.behaviour.needs import needs
from p2p.behaviour.shade import shaded
from p2p.orders import Known, Orders
from p2p.orders.published import Aftermath

SIDES = 2


@dataclass(frozen=True, slots=True)
class Memory:
    """What n prosumers remember: of each way to bid and to offer, what it brought.

    tries: [2, A, n] int64, how often each was tried, as a buyer and as a seller
    gain:  [2, A, n] mean gain of a kWh that was ordered [µEUR/kWh]
    """

    tries: Ints
    gain: Floats


@dataclass(frozen=True)
class Learning:
    """Each prosumer tries how much to ask for, and mostly does what has brought it most so far.

    It chooses among some parts of the way to the best price that it could hope for (as in `shade`), apart for what it
    buys and for what it sells. With its own luck it explores; else it takes the part with the largest mean gain per kWh
    ordered, the smallest of equals, so that it starts truthful (an epsilon-greedy bandit of sample averages).

    parts : of the way that it may choose; ascending, the first 0.
    explore : share of the intervals in which it tries any of them. (assumption)

    References
    ----------
    R. S. Sutton and A. G. Barto, "Reinforcement Learning: An Introduction", 2nd edition, 2018, sections 2.2 to 2.4. I. Erev
    and A. E. Roth, "Predicting how people play games", American Economic Review 88 (4), 1998 (people's learning is about
    as simple).
    """

    parts: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8)
    explore: float = 0.15

    def start(self, n: int) -> Memory:
        """The memory of n prosumers who have tried nothing."""
        shape = (SIDES, len(self.parts), n)
        return Memory(np.zeros(shape, np.int64), np.zeros(shape))

    def __call__(self, known: Known, memory: Memory | None = None) -> Orders:
        """The orders of n prosumers, by what they remember; without a memory they have tried nothing."""
        wanted = needs(known)
        part = np.array(self.parts)[self._chosen(known, memory or self.start(len(known)))]
        return quote(known, shaded(known, wanted, part[(wanted.side < 0).astype(np.int64)]))

    def learn(self, memory: Memory, known: Known, orders: Orders, energy: Ints, payment: Ints, after: Aftermath | None = None) -> Memory:
        """What they remember after a clearing.

        Parameters
        ----------
        known, orders : what they knew, and what they ordered on it.
        energy, payment : [O] what stands of it [Wh], and is owed [nEUR].
        after : of no use here.
        """
        truth = quote(known, needs(known))
        row = np.searchsorted(known.agent, orders.agent)
        side = (orders.side < 0).astype(np.int64)
        ordered, gained = np.zeros((2, SIDES, len(known)), np.int64)
        np.add.at(ordered, (side, row), orders.energy)
        np.add.at(gained, (side, row), orders.side * truth.price * energy - payment)
        side, row = np.nonzero(ordered)
        place = side, self._chosen(known, memory)[side, row], row
        tries, gain = memory.tries.copy(), memory.gain.copy()
        tries[place] += 1
        gain[place] += (gained[side, row] / ordered[side, row] - gain[place]) / tries[place]
        return Memory(tries, gain)

    def _chosen(self, known: Known, memory: Memory) -> Ints:
        """[2, n] which of the parts each takes, as a buyer and as a seller."""
        any_of_them = (known.luck / max(self.explore, 1e-12) * len(self.parts)).astype(np.int64)
        best: Ints = memory.gain.argmax(axis=1)
        return np.where(known.luck < self.explore, np.minimum(any_of_them, len(self.parts) - 1), best)
