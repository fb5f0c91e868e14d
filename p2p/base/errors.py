"""Errors, by what failed. The command line turns the first branch into exit code 2, the second into 3.

P2PError
├── InputError            something a user gave is wrong; nothing was run or written
│   ├── ScenarioInvalid   a scenario file, or a --set
│   ├── UnknownName       a name that is in no registry
│   ├── FileInvalid       a file that can't be read as what it should be, or a folder that can't be written
│   ├── GridInvalid       a grid on which no power flow can be run
│   └── BookInvalid       an order book
└── RunFailed             the inputs were fine and the run still could not go on
    ├── LawBroken         an exactness law failed in an interval
    └── SolveFailed       a solver gave no optimum
        └── Infeasible    there is none: the constraints contradict each other
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input: where it stands, what it is, what would be right."""

    where: str
    what: str
    allowed: str = ""

    def __str__(self) -> str:
        tail = f"; {self.allowed}" if self.allowed else ""
        return f"{self.where}: {self.what}{tail}"


class P2PError(Exception):
    """Whatever this package raises on purpose."""

    exit_code = 1


class InputError(P2PError):
    """An input is wrong; carries every fault that was found, not just the first."""

    exit_code = 2

    def __init__(self, faults: str | Fault | Iterable[Fault]) -> None:
        if isinstance(faults, str):
            faults = [Fault("input", faults)]
        elif isinstance(faults, Fault):
            faults = [faults]
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class ScenarioInvalid(InputError):
    """A scenario breaks the rules of its keys.

    rest : the scenario without the wrong keys, if there is one, so that its names can be looked up, too.
    """

    rest: object = None


class UnknownName(InputError):
    """A name stands in no registry."""


class FileInvalid(InputError):
    """A file or folder can't be used as what it was given for."""


class GridInvalid(InputError):
    """A grid has no power flow: not connected, no source, an impossible branch."""


class BookInvalid(InputError):
    """An order book holds orders that mean nothing."""


class RunFailed(P2PError):
    """A run with good inputs could not go on."""

    exit_code = 3


class LawBroken(RunFailed):
    """An exactness law failed: energy or money did not close, or a state became illegal."""


class SolveFailed(RunFailed):
    """A solver ended without an optimum."""


class Infeasible(SolveFailed):
    """A problem's constraints contradict each other."""


def nearest(name: str, known: Iterable[str]) -> str:
    """What may be said instead: the nearest known name, and all of them."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    guess = f"did you mean '{close[0]}'? " if close else ""
    return f"{guess}allowed: {', '.join(names)}"
