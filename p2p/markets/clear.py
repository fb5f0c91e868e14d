"""Clearing with the laws checked: the only way in which the rest of the package calls a rule."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from p2p.base.errors import Fault, InputError, LawBroken
from p2p.markets.laws import ALWAYS, keeps_limits, within_worth
from p2p.orders import ALONE, NO_LIMITS, Clearing, Limits, Orders, Surroundings
from p2p.orders.messages import Messages

WITHIN = frozenset({"within_network", "checks_trades"})
"""Claims of rules to which limits may be given: prices at each bus that keep them, or trades that are checked one by one."""


class Mechanism(Protocol):
    """A clearing rule: a frozen dataclass that is called.

    Beside `claims` a class may have `waives`, names in `laws.ALWAYS` to which it is not held, and `sees`, names in
    `surroundings.SEEN`: what it looks at besides the book. One that sees something is called with a third argument,
    the `Surroundings`.
    """

    @property
    def claims(self) -> frozenset[str]:
        """Names in `laws.CLAIMS` and `laws.OTHER_CLAIMS`, such as `within_network` for a rule that prices `limits`."""

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS) -> Clearing:
        """The clearing of a book."""


def sees(mechanism: Mechanism) -> frozenset[str]:
    """What a rule looks at besides the book."""
    return getattr(mechanism, "sees", frozenset())


def waives(mechanism: Mechanism) -> frozenset[str]:
    """Laws of every market to which a rule is not held."""
    return getattr(mechanism, "waives", frozenset())


def answer(mechanism: Mechanism, orders: Orders, limits: Limits = NO_LIMITS, around: Surroundings = ALONE) -> Clearing:
    """What a rule says of a book, as it says it: nothing is checked."""
    if sees(mechanism):
        return mechanism(orders, limits, around)  # type: ignore[call-arg]
    return mechanism(orders, limits)


def clear(orders: Orders, mechanism: Mechanism | str = "uniform", limits: Limits = NO_LIMITS, around: Surroundings = ALONE) -> Clearing:
    """The clearing of a book by a rule, its laws checked.

    Parameters
    ----------
    orders : the book.
    mechanism : a rule, or a name in `MECHANISMS`.
    limits : what the grid allows; only for rules that claim `within_network` or `checks_trades`.
    around : what else a rule may look at: chance, prices outside, preferences, messages. Preferences and messages only
        for rules that see them.

    Raises
    ------
    BookInvalid
        The book means nothing.
    UnknownName
        No such rule.
    InputError
        Limits were given to a rule that does not keep them, or preferences to one that takes every kWh for the same, or
        preferences that are not the book's.
    LawBroken
        The rule broke one of `laws.ALWAYS` that it does not waive, or let a buyer pay more than a kWh is worth to it.

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
    if limits.bind and not mechanism.claims & WITHIN:
        raise InputError(Fault("limits", f"{mechanism} does not keep network limits", f"a rule that claims {' or '.join(sorted(WITHIN))}"))
    if around.preferences is not None and "preferences" not in sees(mechanism):
        raise InputError(Fault("preferences", f"{mechanism} takes every kWh for the same", f"rules that don't: {_those_who_see()}"))
    if around.messages is not None:
        _check_messages(mechanism, orders, around.messages)
    orders.check()
    if around.preferences is not None:
        around.preferences.check(orders)
    clearing = answer(mechanism, orders, limits, around)
    for name, column in (("energy", clearing.energy), ("payment", clearing.payment)):
        if column.shape != orders.energy.shape or column.dtype != np.int64:
            raise LawBroken(f"{mechanism} gives {name} as {column.dtype}{list(column.shape)}, not int64[{len(orders)}]")
    broken = first_broken(orders.side, orders.energy, orders.price, clearing.energy, clearing.payment, *_held(mechanism, limits))
    if broken >= 0:
        raise LawBroken(f"{mechanism} breaks '{ALWAYS[broken].__name__}': {ALWAYS[broken].__doc__}")
    if limits.bind and "checks_trades" in mechanism.claims and not keeps_limits(orders, clearing, limits):
        raise LawBroken(f"{mechanism} breaks 'keeps_limits': {keeps_limits.__doc__}")
    if around.preferences is not None and not within_worth(orders, clearing, around.preferences):
        raise LawBroken(f"{mechanism} breaks 'within_worth': {within_worth.__doc__}")
    return clearing


def _check_messages(mechanism: Mechanism, orders: Orders, messages: Messages) -> None:
    """Refuse messages to a rule for limit orders, and those that mean nothing or whose orders are not the book's."""
    if "messages" not in sees(mechanism):
        raise InputError(Fault("messages", f"{mechanism} takes limit orders alone", "a rule that sees messages, such as continuous"))
    messages.check()
    if not np.array_equal(messages.arrival[messages.places], orders.arrival):
        raise InputError(Fault("messages", "place other orders than the book holds", "the book that messages.orders() gives"))


def _those_who_see() -> str:
    """The rules of the package that look at preferences."""
    from p2p.markets import MECHANISMS

    return ", ".join(name for name, rule in MECHANISMS.items() if "preferences" in sees(rule()))


def _held(mechanism: Mechanism, limits: Limits) -> tuple[bool, bool]:
    """Whether nobody may lose, and whether the market may not pay out more than it takes in.

    At prices by bus within network limits it may: what it takes in or pays out is the rent, which is the grid operator's.
    """
    waived, priced = waives(mechanism), limits.bind and "checks_trades" not in mechanism.claims
    return "nobody_loses" not in waived, "no_deficit" not in waived and not priced
