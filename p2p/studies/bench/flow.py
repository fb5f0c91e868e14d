"""AC power flow of the default feeder against pandapower's on the same grid."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from p2p.grid import power_flow
from p2p.sources import read_grid
from p2p.sources.reference import runpp
from p2p.studies.bench.timing import Measurement, best

GRID = "1-LV-rural3--0-sw"
BATCH = 1_000


def measure() -> Iterator[Measurement]:
    """One flow by itself, and one in a batch."""
    grid = read_grid(GRID).grid
    p, q = grid.buses.p_kw, grid.buses.q_kvar
    many = np.random.default_rng(1).random((BATCH, 1))
    reference = best(runpp(GRID), repeat=2)
    alone = best(lambda: power_flow(grid, p, q))
    yield Measurement("flow, one at a time", len(grid.buses), "flow", alone, "pandapower runpp", reference, 20e-6)
    batch = best(lambda: power_flow(grid, many * p, many * q)) / BATCH
    yield Measurement("flow, in a batch", len(grid.buses), "flow", batch, "pandapower runpp", reference, 10e-6)
