"""What the grid allows over a day, as plain rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from p2p.base.columns import Floats, Ints, Signs
from p2p.base.errors import Fault, InputError
from p2p.orders.day import DayOrders


@dataclass(frozen=True, slots=True)
class DayLimits:
    """Rows on net withdrawal by bus in each of G periods: `matrix @ withdrawal[g] <= headroom[g]`.

    The T intervals of a day's book may be products that are delivered in one period and balance apart, such as flexibility
    upwards and downwards: then they share its headroom.

    matrix:   [R, B] effect of a kWh withdrawn at each bus, as in `Limits`
    headroom: [G, R] what is left in each period, in the unit of the row
    period:   [T] int64, in which an interval's energy is delivered
    way:      [T] int8, +1 where what is bought is drawn; -1 where it is fed in and what is sold is drawn, a product for drawing more
    """

    matrix: Floats
    headroom: Floats
    period: Ints
    way: Signs

    @classmethod
    def none(cls, day: DayOrders) -> Self:
        """No row, for a book."""
        rows = np.zeros(day.intervals, np.int64)
        buses = int(day.terms.bus.max(initial=0)) + 1
        return cls(np.zeros((0, buses)), np.zeros((1, 0)), rows, np.ones(day.intervals, np.int8))

    def check(self, day: DayOrders) -> None:
        """Refuse limits that are not those of a book.

        Raises
        ------
        InputError
            Every fault.
        """
        faults, rows = [], self.matrix.shape[0]
        buses, periods = self.matrix.shape[-1], len(self.headroom)
        if self.matrix.ndim != 2 or self.headroom.shape != (periods, rows):
            shapes = f"of shape {self.matrix.shape} and {self.headroom.shape}"
            faults.append(Fault("DayLimits.matrix, headroom", shapes, "[R, B] and [G, R]"))
        if not (np.isfinite(self.matrix).all() and np.isfinite(self.headroom).all()):
            faults.append(Fault("DayLimits.matrix, headroom", "hold values that are no numbers", "finite numbers"))
        if len(day) and not 0 <= day.terms.bus.min() <= day.terms.bus.max() < buses:
            faults.append(
                Fault("DayOrders.bus", f"orders at bus {day.terms.bus.max()}, but the limits have {buses} buses", f"0 to {buses - 1}")
            )
        if not len(self.period) == len(self.way) == day.intervals:
            lengths = f"{len(self.period)} and {len(self.way)} rows"
            faults.append(Fault("DayLimits.period, way", lengths, f"one for each of {day.intervals} intervals"))
        if np.any((self.period < 0) | (self.period >= periods)):
            faults.append(Fault("DayLimits.period", "names a period without headroom", f"0 to {periods - 1}"))
        if not np.isin(self.way, (-1, 1)).all():
            faults.append(Fault("DayLimits.way", "is neither +1 nor -1", "+1 (bought is drawn) or -1 (bought is fed in)"))
        if faults:
            raise InputError(faults)
