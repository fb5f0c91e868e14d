"""A run: from a scenario to a results folder that is whole, or not there."""

from __future__ import annotations

import gc
import json
import platform
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import distributions, version
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from p2p.base.errors import Fault, FileInvalid, InputError, P2PError
from p2p.base.files import whole_folder
from p2p.results import Results, load
from p2p.scenario import Scenario

if TYPE_CHECKING:
    from p2p.model import Setup

type Progress = Callable[[str, int, int], None]

HEADLINE = ("K1_self_sufficiency", "K37_traded_share", "K12_bill", "K10_out_of_bounds")
VERSIONS = ("p2p", "mesa", "numpy", "numba", "pandas", "pandapower", "pyarrow", "scipy", "simbench")


def run(
    scenario: Scenario | str | Path | None = None,
    out: str | Path | None = None,
    *,
    cohort_size: int | None = None,
    progress: Progress | None = None,
) -> Results:
    """Run a scenario and keep what it leaves.

    Parameters
    ----------
    scenario : a scenario, the path of one, or None for the default: a week on a rural low-voltage feeder.
    out : results folder; `results/NAME` if None. A results folder that is there is replaced when the run is done.
    cohort_size : most prosumers that decide in one go; the results are the same for any.
    progress : called with what is going on, intervals done and intervals in all.

    Raises
    ------
    InputError
        The scenario or a file that it names is wrong, or `out` is there and no results folder.
    RunFailed
        A law broke; nothing is left under `out`.

    Examples
    --------
    >>> import p2p
    >>> results = p2p.run("experiments/first_week/scenario.toml")  # doctest: +SKIP
    >>> results.kpis["K1_self_sufficiency"]["value"]  # doctest: +SKIP
    """
    folder = Path()
    if not isinstance(scenario, Scenario):
        from p2p.build.build import read_scenario

        scenario, folder = read_scenario(None if scenario is None else Path(scenario))
    return run_in(scenario, folder, Path(out) if out is not None else default_folder(scenario), cohort_size, progress)


def run_in(scenario: Scenario, folder: Path, out: Path, cohort_size: int | None = None, progress: Progress | None = None) -> Results:
    """As `run`; relative paths of the scenario start at `folder`."""
    if cohort_size is not None and cohort_size < 1:
        raise InputError(Fault("cohort_size", f"{cohort_size}", "1 or more"))
    _may_replace(out)
    from p2p.build.build import build
    from p2p.kpis import compute
    from p2p.markets import MECHANISMS

    started, clock_start = datetime.now(UTC), perf_counter()
    tell: Progress = progress or (lambda what, done, total: None)
    tell("reading", 0, 0)
    setup = build(scenario, folder)
    without = _without_market(scenario)
    with whole_folder(out) as draft:
        simulate(setup, draft, cohort_size, lambda done, total: tell("running", done, total))
        if without is not None:
            (draft / "reference").mkdir()
            same_homes = replace(setup, scenario=without, mechanism=MECHANISMS["none"](), offered=setup.offered.passing_through())
            simulate(same_homes, draft / "reference", cohort_size, lambda done, total: tell("without a local market", done, total))
        results = Results(draft)
        about = _about(setup, started, perf_counter() - clock_start)
        _write(draft / "run.json", about)
        if without is not None and results.reference is not None:
            _write(draft / "reference" / "run.json", about | {"scenario": without.model_dump(mode="json")})
            _write(draft / "reference" / "kpis.json", compute(results.reference))
        kpis = compute(results)
        _write(draft / "kpis.json", kpis)
        _write(draft / "run.json", about | {"headline": {key: kpis[key]["value"] for key in HEADLINE}})
        if scenario.results.report:
            tell("writing the report", 0, 0)
            from p2p.report import write_report

            write_report(Results(draft))
    return Results(out)


def _without_market(scenario: Scenario) -> Scenario | None:
    """The same homes without a local market, if the scenario asks for them; nothing is kept of them but the sums."""
    if not scenario.results.reference or scenario.market.mechanism == "none":
        return None
    return scenario.changed({"market": {"mechanism": "none"}, "results": {"agents": "off", "grid": "off", "postings": "off"}})


def simulate(setup: Setup, folder: Path, cohort_size: int | None = None, progress: Callable[[int, int], None] | None = None) -> None:
    """Run all intervals and leave the tables in `folder`.

    Raises
    ------
    RunFailed
        With the interval in which it happened.
    """
    from p2p.bookkeeping import recorder_for, write_bills, write_network
    from p2p.model import ExchangeModel

    recorder = recorder_for(setup, folder)
    model = ExchangeModel(setup, recorder, cohort_size)
    total = setup.clock.intervals
    with rare_collections():
        while model.running:
            try:
                ExchangeModel.step(model)  # not by way of Mesa's list of events, in which nothing else stands
            except P2PError as error:
                error.add_note(f"while running interval {model.interval} by {setup.mechanism}")
                raise
            if progress is not None and (model.interval % 64 == 0 or model.interval == total):
                progress(model.interval, total)
    recorder.close()
    write_bills(setup, recorder, folder)
    write_network(setup, folder)


@contextmanager
def rare_collections() -> Iterator[None]:
    """Look for garbage in cycles a hundred times less often: intervals make many objects and next to no cycles."""
    often = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100 * often[0], *often[1:])
    try:
        yield
    finally:
        gc.set_threshold(*often)
        gc.unfreeze()


def default_folder(scenario: Scenario) -> Path:
    """Where a run goes that was not told: `results/` and the scenario's name."""
    return Path("results") / (re.sub(r"[^a-z0-9]+", "_", scenario.name.lower()).strip("_")[:100] or "run")


def _may_replace(out: Path) -> None:
    """Refuse to take the place of anything but an empty folder or what a run left."""
    try:
        free = not out.exists() or (out.is_dir() and not any(out.iterdir()))
    except OSError as error:
        raise FileInvalid(Fault(str(out), f"can't be a results folder: {error.strerror}", "a folder that you may write")) from error
    if not free and not _is_results(out):
        raise FileInvalid(Fault(str(out), "is there and is no results folder", "a new folder, an empty one, or results to replace"))


def _is_results(folder: Path) -> bool:
    try:
        return "p2p" in load(folder).run["versions"]
    except (FileInvalid, KeyError, TypeError, ValueError):
        return False


def _about(setup: Setup, started: datetime, seconds: float) -> dict[str, Any]:
    return {
        "name": setup.scenario.name,
        "status": "done",
        "scenario": setup.scenario.model_dump(mode="json"),
        "seed": setup.scenario.seed,
        "homes": len(setup.fleet),
        "intervals": setup.clock.intervals,
        "versions": {"python": platform.python_version()} | {name: version(name) for name in VERSIONS if _installed(name)},
        "inputs": setup.inputs,
        "started": started.isoformat(timespec="seconds"),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
    }


def _installed(name: str) -> bool:
    return any(True for _ in distributions(name=name))


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
