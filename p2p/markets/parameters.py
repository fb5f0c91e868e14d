"""Checks of a rule's own parameters, for its `__post_init__`."""

from __future__ import annotations

from collections.abc import Sequence

from p2p.base.errors import Fault, InputError


def in_range(name: str, value: float, low: float, high: float) -> None:
    """Refuse a parameter outside its range.

    Raises
    ------
    InputError
    """
    if not low <= value <= high:
        raise InputError(Fault(name, f"{value}", f"{low:g} to {high:g}"))


def one_of(name: str, value: str, allowed: Sequence[str]) -> None:
    """Refuse a parameter that says something else than it may.

    Raises
    ------
    InputError
    """
    if value not in allowed:
        raise InputError(Fault(name, f"'{value}'", f"allowed: {', '.join(allowed)}"))
