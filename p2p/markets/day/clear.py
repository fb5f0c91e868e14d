"""Clearing a day with the laws checked."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from p2p.base.errors import LawBroken
from p2p.markets.day.clearing import DayClearing
from p2p.markets.day.laws import ALWAYS
from p2p.orders.day import DayOrders


@runtime_checkable
class DayMechanism(Protocol):
    """A clearing rule that is held once a day: a frozen dataclass with a method for the book of a day."""

    def day(self, day: DayOrders) -> DayClearing:
        """The clearing of the book of a day."""


def clear_day(day: DayOrders, mechanism: DayMechanism) -> DayClearing:
    """The clearing of a day's book by a rule, its laws checked.

    Raises
    ------
    BookInvalid
        The book means nothing.
    LawBroken
        The rule broke one of `laws.ALWAYS`.
    """
    day.check()
    clearing = mechanism.day(day)
    for name, column, rows in (("energy", clearing.energy, len(day.slots)), ("price", clearing.price, day.intervals)):
        if column.shape != (rows,) or column.dtype != np.int64:
            raise LawBroken(f"{mechanism} gives {name} as {column.dtype}{list(column.shape)}, not int64[{rows}]")
    for law in ALWAYS:
        if not law(day, clearing):
            raise LawBroken(f"{mechanism} breaks '{law.__name__}': {law.__doc__}")
    return clearing
