"""The hosting capacity of copper alone: nobody steers anything, and every bound holds in every critical quarter-hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.base.errors import Fault, InputError
from p2p.scenario import Scenario
from p2p.studies.hosting.case import Case, Placements, hosted, limits
from p2p.studies.hosting.quantile import Estimate, reached
from p2p.studies.hosting.situations import Situations, situations

type Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Capacity:
    """How many homes may have a device, over random placements (K5).

    homes : who may own one
    counts : [K] homes with a device in each placement, at most so that every bound holds
    kw : [K] size of their devices together [kW]
    all_kw : [K] of the devices of all homes together [kW]
    alpha : share of placements that may break a bound at the capacity
    confidence : of the intervals
    limits : what breaks first, and its share of the placements
    """

    technology: str
    homes: int
    counts: Ints
    kw: Floats
    all_kw: Floats
    alpha: float
    confidence: float
    limits: dict[str, float]

    @property
    def share(self) -> Estimate:
        """Largest share of homes with no bound broken in 1 - alpha of placements at least. [%]"""
        return reached(100 * self.counts / self.homes, self.alpha, self.confidence, (0.0, 100.0))

    @property
    def power(self) -> Estimate:
        """The same as power of devices. [kW]"""
        return reached(self.kw, self.alpha, self.confidence, (0.0, float(self.all_kw.max())))

    def as_json(self) -> dict[str, object]:
        """The figures by name."""
        return {
            "technology": self.technology,
            "homes": self.homes,
            "placements": len(self.counts),
            "alpha": self.alpha,
            "confidence": self.confidence,
            "share_percent": self.share._asdict(),
            "power_kw": self.power._asdict(),
            "median_percent": float(np.median(100 * self.counts / self.homes)),
            "placements_with_all_homes": int(np.count_nonzero(self.counts == self.homes)),
            "limits": self.limits,
        }


def passive(
    scenario: Scenario | None = None,
    technology: str = "pv",
    *,
    placements: int = 1_000,
    alpha: float = 0.05,
    confidence: float = 0.95,
    hours: int = 192,
    folder: Path | None = None,
    tell: Tell = lambda done, total: None,
) -> Capacity:
    """Hosting capacity of a scenario's grid without market and without control.

    Homes get their device one after another, in random order and of random size; the capacity of a placement is the last count
    at which the AC power flow keeps the voltage band and the ratings in all critical quarter-hours of SimBench's year.

    Parameters
    ----------
    scenario : its grid, homes, sizes of plants and seed are used; the default week's if None.
    technology : pv, ev or heat_pump.
    placements : random placements, K.
    alpha : share of them that may break a bound.
    confidence : of the intervals.
    hours : critical quarter-hours, about.
    folder : where relative paths of the scenario start.
    tell : called with placements done and in all.

    References
    ----------
    The criterion and the random placements are those of M. Rylander and J. Smith, "Stochastic analysis to determine feeder hosting
    capacity for distributed solar PV", EPRI technical update 1026640, 2012. Intervals: see `quantile.reached`.

    Raises
    ------
    InputError
        The scenario is wrong, or a parameter.
    """
    check_chances(placements, alpha, confidence)
    found = situations(scenario or Scenario(), technology, hours, folder)
    return capacity(found.case, technology, drawn(found, placements), alpha, confidence, tell)


def drawn(found: Situations, placements: int) -> Placements:
    """Random placements of a scenario's technology; the first of many are those of few."""
    return found.technology.placed(found.share, placements, found.streams)


def capacity(
    case: Case, technology: str, placed: Placements, alpha: float, confidence: float, tell: Tell = lambda done, total: None
) -> Capacity:
    """The hosting capacity of a case over placements."""
    counts = hosted(case, placed, tell)
    everyone = np.full(len(placed), len(case.bus))
    return Capacity(
        technology,
        len(case.bus),
        counts,
        placed.kw(counts),
        placed.kw(everyone),
        alpha,
        confidence,
        limits(case, placed, counts),
    )


def check_chances(placements: int, alpha: float, confidence: float) -> None:
    """Refuse numbers that are none of runs or of chances; all faults at once."""
    faults = [] if placements >= 1 else [Fault("placements", f"{placements}", "1 or more")]
    faults += [] if 0 <= alpha < 1 else [Fault("alpha", f"{alpha:g}", "0 to less than 1")]
    faults += [] if 0 < confidence < 1 else [Fault("confidence", f"{confidence:g}", "between 0 and 1")]
    if faults:
        raise InputError(faults)
