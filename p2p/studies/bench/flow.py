"""AC power flow of the default feeder, balanced and unbalanced, against pandapower's on the same grid."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from p2p.grid import power_flow, unbalanced_flow
from p2p.sources import read_grid
from p2p.sources.reference import runpp, runpp_3ph
from p2p.studies.bench.timing import Measurement, best

GRID = "1-LV-rural3--0-sw"
BATCH = 1_000


def measure() -> Iterator[Measurement]:
    """One flow by itself, and one in a batch; then the same with every load on one phase."""
    grid = read_grid(GRID).grid
    p, q = grid.buses.p_kw, grid.buses.q_kvar
    many = np.random.default_rng(1).random((BATCH, 1))
    reference = best(runpp(GRID), repeat=2)
    alone = best(lambda: power_flow(grid, p, q))
    yield Measurement("flow, one at a time", len(grid.buses), "flow", alone, "pandapower runpp", reference, 20e-6)
    batch = best(lambda: power_flow(grid, many * p, many * q)) / BATCH
    yield Measurement("flow, in a batch", len(grid.buses), "flow", batch, "pandapower runpp", reference, 10e-6)
    phases = np.arange(len(p))[:, None] % 3 == np.arange(3)
    p, q, many = p[:, None] * phases, q[:, None] * phases, many[..., None]
    reference = best(runpp_3ph(GRID), repeat=2)
    alone = best(lambda: unbalanced_flow(grid, p, q))
    yield Measurement("unbalanced flow, one at a time", len(grid.buses), "flow", alone, "pandapower runpp_3ph", reference, 60e-6)
    batch = best(lambda: unbalanced_flow(grid, many * p, many * q)) / BATCH
    yield Measurement("unbalanced flow, in a batch", len(grid.buses), "flow", batch, "pandapower runpp_3ph", reference, 60e-6)
