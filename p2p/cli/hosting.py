"""`p2p grid SOURCE --hosting TECHNOLOGY`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from p2p.base.errors import Fault, InputError
from p2p.build.build import read_scenario
from p2p.scenario import Scenario
from p2p.sources.names import PANDAPOWER
from p2p.studies.hosting import Capacity, Copper, Gain, flexible, passive, reinforcement
from p2p.studies.hosting.quantile import Estimate
from p2p.studies.hosting.technologies import technology_named

MOST_PRICED = 200
"""Placements for which copper is looked for."""

MOST_LIMITS = 5
"""Of what breaks first, in the table."""


@dataclass(frozen=True)
class Wanted:
    """What was typed.

    placements, alpha : of the capacity by copper alone
    runs : of the scenario, for the capacity under its regime; 0 for none
    target : share of homes for which copper is priced; None for none
    """

    source: str
    technology: str
    placements: int
    alpha: float
    runs: int
    target: float | None
    changes: list[str]
    seed: int | None
    plot: Path | None
    as_json: bool


def hosting_command(wanted: Wanted) -> None:
    """Work out what was asked for, print it, and draw it."""
    technology_named(wanted.technology)
    if wanted.target is not None and not 0 < wanted.target <= 1:
        raise InputError(Fault("--target", f"{wanted.target:g}", "above 0 to 1"))
    scenario, folder = scenario_of(wanted)
    with _bar("placements") as tell:
        alone = passive(scenario, wanted.technology, placements=wanted.placements, alpha=wanted.alpha, folder=folder, tell=tell)
    gain, copper = None, None
    if wanted.runs:
        with _bar("runs") as tell:
            gain = flexible(scenario, wanted.technology, runs=wanted.runs, alpha=wanted.alpha, folder=folder, tell=tell)
    if wanted.target is not None:
        with _bar("copper") as tell:
            copper = reinforcement(
                scenario,
                wanted.technology,
                wanted.target,
                placements=min(wanted.placements, MOST_PRICED),
                alpha=wanted.alpha,
                folder=folder,
                tell=tell,
            )
    if wanted.plot is not None:
        _draw(wanted.plot, alone, gain)
    if wanted.as_json:
        print(json.dumps(_as_json(scenario, alone, gain, copper), indent=2, ensure_ascii=False))
        return
    _print(scenario, alone, gain, copper)
    if wanted.plot is not None:
        print(f"figure: {wanted.plot}")


def scenario_of(wanted: Wanted) -> tuple[Scenario, Path]:
    """The scenario of a file, or the default one on a grid; and where its relative paths start."""
    changes = wanted.changes if wanted.seed is None else [*wanted.changes, f"seed={wanted.seed}"]
    if wanted.source.endswith(".toml"):
        return read_scenario(Path(wanted.source), changes)
    ending = {".json": "pandapower", ".m": "matpower"}.get(Path(wanted.source).suffix)
    folder = "csv" if Path(wanted.source).is_dir() else "simbench"
    kind = ending or ("case" if wanted.source in PANDAPOWER else folder)
    return Scenario.of({"grid": {kind: wanted.source}}, changes, "--set"), Path()


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Something to tell how far it is, shown on a terminal."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)


def _print(scenario: Scenario, alone: Capacity, gain: Gain | None, copper: Copper | None) -> None:
    console = Console(markup=False, highlight=False)
    console.print(f"hosting capacity for {alone.technology}: {alone.homes} homes, {100 * alone.alpha:g} % of placements may fail")
    table = Table("", "homes", f"{100 * alone.confidence:g} % confidence")
    _row(table, f"copper alone, {len(alone.counts):,} placements", alone.share, "%")
    _row(table, "  devices together", alone.power, "kW")
    if gain is not None:
        runs = f"{len(gain.flexible)} run{'s' * (len(gain.flexible) > 1)}"
        days = ", ".join(day.isoformat() for day in gain.days)
        _row(table, f"{scenario.market.mechanism} and {scenario.dso.regime}, {runs} of {days}", gain.share, "%")
        _row(table, "  the same without market and control", gain.share_alone, "%")
        table.add_row("  gain", f"{gain.gain:.1f} points", "")
        _row(table, "  median gain of a run", gain.median_gain, "points")
    console.print(table)
    first = Table("breaks first", "placements")
    for name, share in list(alone.limits.items())[:MOST_LIMITS]:
        first.add_row(name, f"{100 * share:.1f} %")
    console.print(first)
    if copper is not None:
        before, after = 100 * copper.held_before, 100 * copper.held
        console.print(f"copper for {copper.share:.1f} % of homes: {before:.1f} % of placements hold without, {after:.1f} % with")
        console.print(_copper_table(copper))


def _row(table: Table, name: str, found: Estimate, unit: str) -> None:
    table.add_row(name, f"{found.value:,.1f} {unit}", f"{found.low:,.1f} to {found.high:,.1f}")


def _copper_table(copper: Copper) -> Table:
    table = Table("branch", "copper", "EUR", "EUR/year")
    for measure in copper.measures:
        table.add_row(measure.branch, measure.what, _money(measure.capital), _money(measure.a_year))
    table.add_row("all", "", _money(copper.capital), _money(copper.a_year))
    return table


def _money(amount: float | None) -> str:
    return "-" if amount is None else f"{amount:,.0f}"


def _as_json(scenario: Scenario, alone: Capacity, gain: Gain | None, copper: Copper | None) -> dict[str, Any]:
    found: dict[str, Any] = {"grid": scenario.grid.source, "seed": scenario.seed, "copper_alone": alone.as_json()}
    if gain is not None:
        found["regime"] = {"mechanism": scenario.market.mechanism, "regime": scenario.dso.regime, **gain.as_json()}
    if copper is not None:
        found["copper"] = {**asdict(copper), "capital": copper.capital, "a_year": copper.a_year}
    return found


def _draw(path: Path, alone: Capacity, gain: Gain | None) -> None:
    from p2p.plots import save
    from p2p.plots.hosting import hosting_curve

    shares = {"copper alone": 100 * alone.counts / alone.homes}
    if gain is not None:
        shares["with market and regime"] = 100 * gain.flexible / gain.homes
        shares["the same days without"] = 100 * gain.alone / gain.homes
    save(hosting_curve(shares, alone.alpha), path)
