"""Hosting capacity of the default feeder, against as many power flows by pandapower."""

from __future__ import annotations

from collections.abc import Iterator
from time import process_time

from p2p.scenario import Scenario
from p2p.sources.reference import runpp
from p2p.studies.bench.flow import GRID
from p2p.studies.bench.timing import Measurement, best
from p2p.studies.hosting.case import hosted
from p2p.studies.hosting.passive import drawn, passive
from p2p.studies.hosting.situations import situations

PLACEMENTS = 1_000


def measure() -> Iterator[Measurement]:
    """Photovoltaics on a thousand placements, the search for the year's critical quarter-hours included."""
    scenario = Scenario()
    found = situations(scenario, "pv")
    hosted(found.case, drawn(found, 2))
    start = process_time()
    passive(scenario, "pv", placements=PLACEMENTS)
    spent = process_time() - start
    steps = (len(found.case.bus) + 1).bit_length()  # of the bisection; the year is searched at two shares, and what breaks first is one
    flows = 2 * 366 * 96 + PLACEMENTS * len(found.rows) * (steps + 1)
    reference = best(runpp(GRID), repeat=2) * flows
    yield Measurement("hosting capacity, pv", PLACEMENTS, "study", spent, f"pandapower runpp, {flows:,} flows", reference, 120.0)
