"""Compiled kernels: numba, cached on disk, imported only where a kernel's module is imported.

A kernel that runs in every interval fills arrays that its caller made: to hand one back costs about ten times as much.
A loop over rows whose body only chooses between numbers (`x if a else y`, `min`, `&`) is done for eight rows at once; powers,
exponentials, `and`, `continue` and inner loops make it a walk, several times as slow. So what is rare has a loop of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numba


def compiled[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """The function compiled to machine code at its first call; the compilation is kept on disk."""
    return cast("Callable[P, R]", numba.njit(cache=True, error_model="numpy")(function))
