"""`p2p list`: names that a scenario may use, each with its first line of documentation."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from p2p.base.errors import Fault, UnknownName, nearest

if TYPE_CHECKING:
    from p2p.markets import Mechanism

MANY, SHOWN = 24, 6
"""Of more names than the first only so many as the second are shown at once."""

EFFICIENCY = {"efficient": "yes", "all_but_one_trade": "all but one trade", "all_but_one_trade_on_average": "all but one trade, on average"}


def list_command(kind: str | None) -> None:
    """Print one kind of names, or all kinds and how many there are."""
    if kind is None:
        for name, known in KINDS.items():
            shown = list(known()) if name != "keys" else ["every key of a scenario, its default and what it says"]
            more = f", ... ({len(shown)})" if len(shown) > MANY else ""
            print(f"{name:<12} {', '.join(shown[: SHOWN if more else None])}{more}")
        print("\np2p list KIND shows what each one is.")
        return
    if kind not in KINDS:
        raise UnknownName(Fault("p2p list", f"'{kind}' is no kind", nearest(kind, KINDS)))
    if kind == "mechanisms":
        _claims()
    rows = KINDS[kind]()
    width = max(map(len, rows), default=0)
    for name, what in rows.items():
        print(f"{name:<{width}}  {what}")


def _claims() -> None:
    """What each clearing rule promises, as a table."""
    from rich.console import Console
    from rich.table import Table

    from p2p.markets import MECHANISMS

    table = Table("mechanism", "one price", "nobody loses", "budget", "truthful", "efficient", "looks at")
    for name, kind in MECHANISMS.items():
        table.add_row(name, *promises(kind()))
    Console(markup=False, width=None if sys.stdout.isatty() else 160).print(table)


def promises(rule: Mechanism) -> tuple[str, ...]:
    """What a clearing rule promises, in the columns of the table of claims: "" where it promises nothing."""
    from p2p.markets import sees, waives
    from p2p.markets.clear import WITHIN

    claims = rule.claims
    budget = "balanced" if "budget_balanced" in claims else "may be short" if "no_deficit" in waives(rule) else "never short"
    sides = ("buyers", "sellers") if "truthful_traders" not in claims else ("all traders",)
    truthful = [side for side in sides if f"truthful_{side.split()[-1]}" in claims]
    grid = ["grid"] if claims & WITHIN else []
    return (
        "yes" if "one_price" in claims else "",
        "" if "nobody_loses" in waives(rule) else "yes",
        budget,
        ", ".join(truthful),
        next((words for claim, words in EFFICIENCY.items() if claim in claims), ""),
        ", ".join(["book", *sorted(sees(rule)), *grid]),
    )


def _documented(registry: Mapping[str, Any]) -> dict[str, str]:
    return {name: _first_line(entry) for name, entry in registry.items()}


def _first_line(entry: Any) -> str:
    return (inspect.getdoc(entry) or "").partition("\n")[0]


def _mechanisms() -> dict[str, str]:
    from p2p.markets import MECHANISMS

    return _documented(MECHANISMS)


def _devices() -> dict[str, str]:
    from p2p.devices import DEVICES

    return {name: f"{_first_line(device.module)} State: {device.state}." for name, device in DEVICES.items()}


def _strategies() -> dict[str, str]:
    from p2p.behaviour import STRATEGIES

    return _documented(STRATEGIES)


def _forecasts() -> dict[str, str]:
    from p2p.behaviour import FORECASTS

    return _documented(FORECASTS)


def _regimes() -> dict[str, str]:
    from p2p.regulation import REGIMES

    return _documented(REGIMES)


def _dso() -> dict[str, str]:
    from p2p.operators.dso import DSO_REGIMES

    return _documented(DSO_REGIMES)


def _national() -> dict[str, str]:
    from p2p.operators import NATIONAL

    return {**_documented(NATIONAL), "FILE.csv": "Prices from a file: ENTSO-E, Nord Pool, or any table with times and prices."}


def _kpis() -> dict[str, str]:
    from p2p.kpis import KPIS

    return {f"{kpi.number}_{name}": f"{kpi.name} [{kpi.unit}]: {kpi.formula}" for name, kpi in KPIS.items()}


def _grids() -> dict[str, str]:
    from p2p.sources import GRIDS

    return dict(GRIDS)


def _keys() -> dict[str, str]:
    from p2p.cli.keys import scenario_keys

    return scenario_keys()


KINDS: dict[str, Callable[[], dict[str, str]]] = {
    "mechanisms": _mechanisms,
    "devices": _devices,
    "strategies": _strategies,
    "forecasts": _forecasts,
    "regimes": _regimes,
    "dso": _dso,
    "national": _national,
    "kpis": _kpis,
    "grids": _grids,
    "keys": _keys,
}
