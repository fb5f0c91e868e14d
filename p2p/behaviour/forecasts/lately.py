"""As it was: what the meter showed last, or a day ago."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Floats

if TYPE_CHECKING:
    from p2p.behaviour.forecasts import Asked


@dataclass(frozen=True, slots=True)
class Lately:
    """What n meters have shown in the last day of L intervals.

    seen: how many intervals in all
    net:  [L, n] load less generation, interval k of the run in row k modulo L [kW]
    """

    seen: int
    net: Floats

    @classmethod
    def nothing(cls, n: int, day: int) -> Lately:
        """Meters that have shown nothing."""
        return cls(0, np.zeros((day, n)))

    def after(self, net: Floats) -> Lately:
        """After an interval more. The row of a day ago is written over."""
        self.net[self.seen % len(self.net)] = net
        return Lately(self.seen + 1, self.net)

    def ahead(self, length: int) -> Floats:
        """[T, n] what they showed a day before each of the intervals ahead, or the last time at that hour. [kW]"""
        return self.net.take((self.seen + np.arange(length)) % len(self.net), axis=0)

    def last(self) -> Floats:
        """[n] what they showed last. [kW]"""
        row: Floats = self.net[(self.seen - 1) % len(self.net)]
        return row


def persistence(last: Floats, coming: Floats) -> Floats:
    """As in the interval before: what the own meter shows at gate closure. [n] [kW]"""
    return last


@dataclass(frozen=True)
class Simple:
    """A forecast by a function of what was and what will come, interval by interval.

    For the next interval alone, what was is what the meter showed last; for a longer time ahead, what it showed a day before
    each interval. By default it expects just that: persistence.

    rule : gives [n] from what was and what will come, [n] each [kW]; of the first, what the meter showed.
    """

    rule: Callable[[Floats, Floats], Floats] = persistence

    def start(self, n: int, day: int) -> Lately:
        """The memory of n prosumers whose meters have shown nothing yet."""
        return Lately.nothing(n, day)

    def learn(self, memory: Lately, net: Floats) -> Lately:
        """The memory after an interval."""
        return memory.after(net)

    def __call__(self, memory: Lately, asked: Asked) -> Floats:
        """[T, n] what they expect. [kW]"""
        if len(asked) == 1:
            return self.rule(memory.last(), asked.coming[0])[None]
        was = memory.ahead(len(asked))
        return np.stack([self.rule(last, coming) for last, coming in zip(was, asked.coming, strict=True)])
