"""A year of the default feeder, everything included, against a year of pandapower's power flows alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from p2p.running import run_in
from p2p.scenario import Scenario
from p2p.sources.reference import runpp
from p2p.studies.bench.flow import GRID
from p2p.studies.bench.timing import Measurement, best

LIMITS = {0: 10.0, 1_000: 30.0}


def measure() -> Iterator[Measurement]:
    """The feeder's own homes, and a thousand."""
    interval = best(runpp(GRID), repeat=2)
    year = {"clock": {"start": "2016-01-01", "days": 365}, "results": {"reference": False, "report": False}}
    with TemporaryDirectory() as folder:
        run_in(Scenario.of({**year, "clock": {"days": 1}}), Path(), Path(folder) / "warm")
        for households, limit in LIMITS.items():
            scenario = Scenario.of({**year, "population": {"households": households}})
            start = process_time()
            results = run_in(scenario, Path(), Path(folder) / str(households))
            spent = process_time() - start
            intervals = int(results.run["intervals"])
            yield Measurement(
                "year, files and all", int(results.run["homes"]), "year", spent, "pandapower runpp alone", interval * intervals, limit
            )
