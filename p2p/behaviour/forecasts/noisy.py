"""What will come, plus an error that grows the farther one looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Floats
from p2p.base.errors import Fault, InputError

if TYPE_CHECKING:
    from p2p.behaviour.forecasts import Asked


@dataclass(frozen=True, slots=True)
class Scale:
    """How much n meters show as a rule.

    seen: how many intervals in all
    day:  intervals in a day
    mean: [n] mean of the absolute load less generation, over about the last day [kW]
    """

    seen: int
    day: int
    mean: Floats


@dataclass(frozen=True)
class Noisy:
    """What will come, plus an error of stated size.

    The load less generation is taken as a known course plus an AR(1) process, of which every interval brings news to each home; a
    forecast knows the past news and none of that to come. So its error at a lead of l hours has the standard deviation
    share * scale * sqrt(1 - exp(-2 l / memory)), where scale is the mean absolute value that the home's own meter has shown in
    about the last day: it grows as the square root of the lead at first, up to a cap. Errors of neighbouring intervals go together,
    and a forecast made later errs less, by news alone. The news is the home's own: the same for any horizon and any company.

    share : of the scale, the standard deviation far ahead. (assumption)
    memory : time in which a deviation falls to 1 / e [h]. (assumption)

    References
    ----------
    G. E. P. Box, G. M. Jenkins and G. C. Reinsel, "Time Series Analysis: Forecasting and Control", 4th edition, 2008, chapter 5
    (forecast errors of an AR(1) process).
    """

    share: float = 0.3
    memory: float = 6.0

    def __post_init__(self) -> None:
        faults = [Fault("share", f"{self.share}", "not negative")] if not self.share >= 0.0 else []
        faults += [Fault("memory", f"{self.memory}", "hours, above 0")] if not self.memory > 0.0 else []
        if faults:
            raise InputError(faults)

    def start(self, n: int, day: int) -> Scale:
        """The memory of n prosumers whose meters have shown nothing yet: they err by nothing."""
        return Scale(0, day, np.zeros(n))

    def learn(self, memory: Scale, net: Floats) -> Scale:
        """The memory after an interval."""
        weight = 1 / min(memory.seen + 1, memory.day)
        return Scale(memory.seen + 1, memory.day, memory.mean + weight * (np.abs(net) - memory.mean))

    def __call__(self, memory: Scale, asked: Asked) -> Floats:
        """[T, n] what they expect. [kW]"""
        left = np.exp(-asked.hours / self.memory)
        size = self.share * memory.mean * np.sqrt(1 - left**2)
        error, expected = np.zeros(len(asked.agent)), np.empty(asked.coming.shape)
        for lead, coming in enumerate(asked.coming):
            news = asked.streams.at("forecast", asked.first + lead).standard_normal(asked.homes)[asked.agent]
            error = left * error + size * news
            expected[lead] = coming + error
        return expected
