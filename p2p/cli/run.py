"""`p2p run`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from p2p.build.build import read_scenario
from p2p.running import default_folder, run_in


class _Rate(ProgressColumn):
    """Intervals a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f} intervals/s" if task.speed else "")


def run_command(path: Path | None, changes: list[str], out: Path | None, seed: int | None, cohort_size: int | None) -> None:
    """Run, show progress, print the indicators and where the report lies."""
    if seed is not None:
        changes = [*changes, f"seed={seed}"]
    scenario, start = read_scenario(path, changes)
    folder = out or default_folder(scenario)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks: dict[str, Any] = {}

        def tell(what: str, done: int, total: int) -> None:
            """Move the bar of what is going on."""
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total or None)
                if not console.is_terminal:
                    console.print(f"p2p: {what}")
            bar.update(tasks[what], completed=done, total=total or None)

        results = run_in(scenario, start, folder, cohort_size, tell)
    _table(results.kpis, f"{scenario.name}: {results.run['homes']} homes, {results.run['intervals']} intervals")
    what = "report" if (folder / "report.html").is_file() else "results"
    print(f"{what}: {folder / 'report.html' if what == 'report' else folder}   ({results.run['seconds']:.1f} s)")


def _table(kpis: dict[str, Any], title: str) -> None:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    table.add_column("indicator")
    table.add_column("with market", justify="right")
    table.add_column("without", justify="right")
    table.add_column("unit")
    for kpi in kpis.values():
        table.add_row(kpi["id"], kpi["name"], _shown(kpi["value"]), _shown(kpi["reference"]), kpi["unit"])
    Console(markup=False, width=None if sys.stdout.isatty() else 110).print(table)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f}"
