"""The hosting capacity under a regime: what a scenario's market and grid operator make possible beyond copper alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from p2p.base.columns import Ints
from p2p.base.errors import Fault, InputError
from p2p.build.build import build
from p2p.results import Results
from p2p.running import simulate
from p2p.scenario import WITH_HABIT, Scenario
from p2p.studies.hosting.passive import check_chances
from p2p.studies.hosting.quantile import Estimate, reached
from p2p.studies.hosting.situations import situations

KEPT = {"agents": "off", "grid": "off", "postings": "off", "report": False, "reference": False}


@dataclass(frozen=True)
class Gain:
    """How many homes may have a device with a regime and without, over runs that share homes, days and chance by pairs (K5).

    homes : who may own one
    days : that were run
    flexible, alone : [R] homes with a device in each run, at most so that every bound holds and little is lost
    alpha : share of runs that may fail at the capacity
    confidence : of the intervals
    """

    technology: str
    homes: int
    days: tuple[date, ...]
    flexible: Ints
    alone: Ints
    alpha: float
    confidence: float

    @property
    def share(self) -> Estimate:
        """Under the regime: largest share of homes, in 1 - alpha of runs at least. [%]"""
        return self._reached(self.flexible, self.alpha)

    @property
    def share_alone(self) -> Estimate:
        """The same without market and control. [%]"""
        return self._reached(self.alone, self.alpha)

    @property
    def gain(self) -> float:
        """`share` less `share_alone`. [percentage points]"""
        return self.share.value - self.share_alone.value

    @property
    def median_gain(self) -> Estimate:
        """Median over the runs of what the regime adds to each. [percentage points]"""
        return reached(100 * (self.flexible - self.alone) / self.homes, 0.5, self.confidence, (-100.0, 100.0))

    def _reached(self, counts: Ints, alpha: float) -> Estimate:
        return reached(100 * counts / self.homes, alpha, self.confidence, (0.0, 100.0))

    def as_json(self) -> dict[str, object]:
        """The figures by name."""
        return {
            "runs": len(self.flexible),
            "days": [day.isoformat() for day in self.days],
            "flexible_percent": self.share._asdict(),
            "alone_percent": self.share_alone._asdict(),
            "gain_percentage_points": self.gain,
            "median_gain_percentage_points": self.median_gain._asdict(),
        }


@dataclass(frozen=True)
class Trial:
    """One seed's homes, which get devices one after another, under one regime.

    scenario : of one day, without a seed and a share of its own
    days : on which every bound must hold
    homes : who may own a device
    lost : most of the days' generation that may be held back, and of their consumption that may be unserved or missed
    """

    scenario: Scenario
    technology: str
    days: tuple[date, ...]
    homes: int
    lost: float
    folder: Path

    def most(self, seed: int) -> int:
        """How many homes may have a device: all, or by bisection, over homes of one seed of whom the same ones come first."""
        if self.hosts(self.homes, seed):
            return self.homes
        low, high = 0, self.homes
        while high - low > 1:
            count = (low + high) // 2
            low, high = (count, high) if self.hosts(count, seed) else (low, count)
        return low

    def hosts(self, count: int, seed: int) -> bool:
        """Whether every day with so many devices keeps every bound and loses little."""
        return all(self._hosts(count, day, seed) for day in self.days)

    def _hosts(self, count: int, day: date, seed: int) -> bool:
        changes = {f"population.{self.technology}": count / self.homes, "clock.start": day.isoformat(), "seed": seed}
        with TemporaryDirectory() as draft:
            simulate(build(self.scenario.changed(changes), self.folder), Path(draft))
            results = Results(Path(draft))
            return bool(np.all(results.intervals["held"])) and self._loses_little(results)

    def _loses_little(self, results: Results) -> bool:
        held_back, made = results.total("held_back_wh"), results.total("generation_wh")
        lacking = results.total("unserved_wh") + results.total("missed_wh")
        used = results.total("load_wh") + max(results.total("devices_wh"), 0.0)
        return held_back <= self.lost * (made + held_back) and lacking <= self.lost * (used + lacking)


def flexible(
    scenario: Scenario | None = None,
    technology: str = "pv",
    *,
    runs: int = 20,
    days: int = 1,
    lost: float = 0.05,
    alpha: float = 0.05,
    confidence: float = 0.95,
    workers: int = 2,
    folder: Path | None = None,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Gain:
    """Hosting capacity with a scenario's market and regime, beside that of the same homes on the same days without either.

    Each run has a seed of its own, by which homes get their devices; the scenario is simulated with more and fewer of them on the
    most critical days (see `situations`). A count is hosted when every bound holds in every interval and little is lost. Without
    market and control, devices that have a habit follow it.

    Parameters
    ----------
    scenario : its market, regime, homes and devices are used; the default week's if None. Seeds count on from its own.
    runs : pairs of a run with and one without.
    days : how many of the most critical days.
    lost : most that may be held back of the generation on a day, and be unserved or missed of the consumption.
    workers : processes.

    Others as in `passive`.

    References
    ----------
    That a little of the peak may be held back: Energiewirtschaftsgesetz (Germany), section 11 (2), lets grid operators plan with
    3 percent less of the energy that each plant could feed in over a year. Here the share is of the critical days alone, on which
    more is lost than on others.

    Raises
    ------
    InputError
        The scenario is wrong, or a parameter.
    """
    check_chances(runs, alpha, confidence)
    faults = [] if days >= 1 else [Fault("days", f"{days}", "1 or more")]
    faults += [] if 0 <= lost < 1 else [Fault("lost", f"{lost:g}", "0 to less than 1")]
    if faults:
        raise InputError(faults)
    scenario, start = scenario or Scenario(), folder or Path()
    found = situations(scenario, technology, folder=start)
    chosen, homes = tuple(found.days()[:days]), len(found.case.bus)
    with_regime = scenario.changed({"clock.days": 1} | {f"results.{key}": value for key, value in KEPT.items()})
    trials = [Trial(one, technology, chosen, homes, lost, start) for one in (with_regime, _alone(with_regime, technology))]
    counts = np.zeros((2, runs), np.int64)
    jobs = [(place, run) for run in range(runs) for place in (0, 1)]
    for done, ((place, run), count) in enumerate(_done(jobs, trials, scenario.seed, workers), 1):
        counts[place, run] = count
        tell(done, len(jobs))
    return Gain(technology, homes, chosen, counts[0], counts[1], alpha, confidence)


def _alone(scenario: Scenario, technology: str) -> Scenario:
    """The same homes without a local market and with a grid operator that only measures."""
    fixed = sorted({*scenario.population.fixed, *({technology} & set(WITH_HABIT))})
    return scenario.changed({"market": {"mechanism": "none"}, "dso": {"regime": "none"}, "population.fixed": fixed})


def _done(jobs: list[tuple[int, int]], trials: list[Trial], seed: int, workers: int) -> Iterator[tuple[tuple[int, int], int]]:
    """Each job and its count, as they come; in processes of their own where there are more jobs than those would do at once."""
    if workers == 1 or len(jobs) <= workers:
        yield from ((job, trials[job[0]].most(seed + job[1])) for job in jobs)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(trials[place].most, seed + run): (place, run) for place, run in jobs}
        try:
            for job in as_completed(waiting):
                yield waiting[job], job.result()
        finally:
            pool.shutdown(cancel_futures=True)
