"""Clearing with the laws checked: the only way in which the rest of the package calls a rule."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from p2p.base.errors import Fault, InputError, LawBroken
from p2p.markets.laws import ALWAYS
from p2p.orders import NO_LIMITS, Clearing, Limits, Orders


class Mechanism(Protocol):
    """A clearing rule: a frozen dataclass that is called."""

    @property
    def claims(self) -> frozenset[str]:
        """Names in `laws.CLAIMS`, and `within_network` for a rule that keeps `limits`."""

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS) -> Clearing:
        """The clearing of a book."""


def clear(orders: Orders, mechanism: Mechanism | str = "uniform", limits: Limits = NO_LIMITS) -> Clearing:
    """The clearing of a book by a rule, its laws checked.

    Parameters
    ----------
    orders : the book.
    mechanism : a rule, or a name in `MECHANISMS`.
    limits : what the grid allows; only for rules that claim `within_network`.

    Raises
    ------
    BookInvalid
        The book means nothing.
    UnknownName
        No such rule.
    InputError
        Limits were given to a rule that does not keep them.
    LawBroken
        The rule broke one of `laws.ALWAYS`.

    Examples
    --------
    >>> book = Orders.of(side=[1, -1], energy=[1000, 2000], price=[300_000, 80_000])
    >>> clearing = clear(book, "uniform")
    >>> clearing.price, clearing.energy.tolist()
    (80000, [1000, 1000])
    """
    from p2p.markets.kernels import first_broken

    if isinstance(mechanism, str):
        from p2p.base.registry import named
        from p2p.markets import MECHANISMS

        mechanism = named(MECHANISMS, mechanism, "mechanism")()
    if len(limits) and "within_network" not in mechanism.claims:
        raise InputError(Fault("limits", f"{mechanism} does not keep network limits", "a rule that claims within_network"))
    orders.check()
    clearing = mechanism(orders, limits)
    for name, column in (("energy", clearing.energy), ("payment", clearing.payment)):
        if column.shape != orders.energy.shape or column.dtype != np.int64:
            raise LawBroken(f"{mechanism} gives {name} as {column.dtype}{list(column.shape)}, not int64[{len(orders)}]")
    broken = first_broken(orders.side, orders.energy, orders.price, clearing.energy, clearing.payment)
    if broken >= 0:
        raise LawBroken(f"{mechanism} breaks '{ALWAYS[broken].__name__}': {ALWAYS[broken].__doc__}")
    return clearing
