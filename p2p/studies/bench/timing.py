"""How long something takes, in CPU time of this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import process_time


@dataclass(frozen=True)
class Measurement:
    """One size of one benchmark.

    each : time for one of `unit` [s]
    reference : time of the reference for the same [s]
    limit : what `each` must reach on the machine of the design [s]
    """

    name: str
    size: int
    unit: str
    each: float
    reference_name: str
    reference: float
    limit: float | None = None

    @property
    def ratio(self) -> float:
        """Time over the reference's; below 1 is faster."""
        return self.each / self.reference


def best(work: Callable[[], object], repeat: int = 3, least: float = 0.05) -> float:
    """CPU time of one call: the best of some rounds, each long enough to be measured. [s]"""
    work()
    calls, found = 1, float("inf")
    while True:
        start = process_time()
        for _ in range(calls):
            work()
        spent = process_time() - start
        if spent >= least:
            break
        calls = max(calls * 2, int(calls * least / max(spent, 1e-6)))
    found = spent / calls
    for _ in range(repeat - 1):
        start = process_time()
        for _ in range(calls):
            work()
        found = min(found, (process_time() - start) / calls)
    return found
