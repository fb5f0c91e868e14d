"""Markets within the grid: intervals at their own pace, against the same intervals with a grid operator who only measures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from p2p.build.build import build
from p2p.model import ExchangeModel
from p2p.running import run_in
from p2p.scenario import Scenario
from p2p.sources.reference import runpp
from p2p.studies.bench.flow import GRID
from p2p.studies.bench.timing import Measurement, best

NARROW = {"rating_scale": 0.05}
"""Of the default feeder: its transformer and some of its lines bind on a summer's day."""

SUMMER = {"start": "2016-07-04", "days": 4}
WARM = 96
"""Intervals before any is counted."""

AREA = {"simbench": "1-MVLV-rural-all-0-sw"}
"""A medium-voltage grid and the low-voltage feeders below it, of 5,373 homes."""


def measure() -> Iterator[Measurement]:
    """The default feeder with and without limits that bind, envelopes, a year, and a medium-voltage area."""
    flow = best(runpp(GRID), repeat=2)
    homes, plain, _ = _intervals({"regime": "none"})
    yield Measurement("interval, dso.regime none", homes, "interval", plain, "pandapower runpp", flow)
    _, binding, market = _intervals({"regime": "locational"}, NARROW, binds=True)
    yield Measurement("interval, locational, limits bind", homes, "interval", binding, "pandapower runpp", flow)
    yield Measurement("of it the market within the grid", homes, "interval", market, "pandapower runpp", flow, 1e-3)
    _, free, _ = _intervals({"regime": "locational", "losses": False})
    yield Measurement("interval, locational, none binds", homes, "interval", free, "the interval with none", plain, 2 * plain)
    _, priced, _ = _intervals({"regime": "locational"})
    yield Measurement("the same, losses priced", homes, "interval", priced, "the interval with none", plain)
    _, within, _ = _intervals({"regime": "envelope"}, NARROW)
    yield Measurement("interval, envelope equal", homes, "interval", within, "pandapower runpp", flow, 5e-3)
    yield _year(flow)
    yield from _area()


def _intervals(dso: dict[str, Any], grid: dict[str, Any] | None = None, days: int = 4, binds: bool = False) -> tuple[int, float, float]:
    """Homes; the median of an interval, and of its market within the grid, of those in which something binds if that is asked. [s]"""
    scenario = Scenario.of({"clock": {**SUMMER, "days": days}, "dso": dso, "grid": grid or {}})
    model = ExchangeModel(build(scenario))
    whole, market, chosen = [], [], []
    within = model.within_grid

    def timed(*arguments: Any) -> Any:
        start = perf_counter()
        found = within(*arguments)
        market.append(perf_counter() - start)
        chosen.append(bool(found.certificate.binding) or not binds)
        return found

    setattr(model, "within_grid", timed)  # noqa: B010
    while model.running:
        start = perf_counter()
        model.step()
        whole.append(perf_counter() - start)
    counted = [place for place in range(WARM if days > 1 else 8, len(whole)) if not chosen or chosen[place]]
    return len(model.setup.fleet), median(whole[k] for k in counted), median(market[k] for k in counted) if market else 0.0


def _year(flow: float) -> Measurement:
    """A year of the default feeder with narrow branches, files and all."""
    stated = {"clock": {"start": "2016-01-01", "days": 365}, "results": {"reference": False, "report": False}}
    scenario = Scenario.of({**stated, "dso": {"regime": "locational"}, "grid": NARROW})
    with TemporaryDirectory() as folder:
        start = process_time()
        results = run_in(scenario, Path(), Path(folder) / "year")
        spent = process_time() - start
        homes, intervals = int(results.run["homes"]), int(results.run["intervals"])
    return Measurement("year of locational, files and all", homes, "year", spent, "pandapower runpp alone", flow * intervals, 120.0)


def _area() -> Iterator[Measurement]:
    """Intervals of a medium-voltage area, as one market and as a market a feeder."""
    homes, plain, _ = _intervals({"regime": "none"}, AREA, days=1)
    yield Measurement("MV-LV area, none", homes, "interval", plain, "the interval with none", plain, 50e-3)
    homes, priced, _ = _intervals({"regime": "locational"}, AREA, days=1)
    yield Measurement("MV-LV area, locational", homes, "interval", priced, "the interval with none", plain, 50e-3)
