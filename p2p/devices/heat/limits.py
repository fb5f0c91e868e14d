"""Checks of the sizes of thermal devices, all faults at once."""

from __future__ import annotations

from math import isfinite

from p2p.base.errors import Fault, InputError

type Pair = tuple[float, float]


def within(sizes: object, **limits: Pair) -> list[Fault]:
    """The faults of parameters: each a number, or two of which the second is not less, between the ends given for it."""
    faults = []
    for name, (low, high) in limits.items():
        value = getattr(sizes, name)
        ends = value if isinstance(value, tuple) else (value, value)
        if not (all(map(isfinite, ends)) and low <= ends[0] <= ends[1] <= high):
            rising = ", the second not less than the first" if isinstance(value, tuple) else ""
            faults.append(Fault(name, f"{value}", f"{low:g} to {high:g}{rising}"))
    return faults


def chosen(sizes: object, **choices: tuple[str, ...]) -> list[Fault]:
    """The faults of parameters that name one of a few things."""
    return [
        Fault(name, f"'{getattr(sizes, name)}'", f"allowed: {', '.join(allowed)}")
        for name, allowed in choices.items()
        if getattr(sizes, name) not in allowed
    ]


def refuse(faults: list[Fault]) -> None:
    """Raise what is wrong, if anything is.

    Raises
    ------
    InputError
    """
    if faults:
        raise InputError(faults)
