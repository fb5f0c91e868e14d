"""The laboratory for local energy markets.

    >>> import p2p
    >>> book = p2p.Orders.of(side=[1, -1], energy=[1000, 2000], price=[300_000, 80_000])
    >>> p2p.clear(book).price
    80000

Names are imported when they are first used, so that `import p2p` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from p2p.behaviour import STRATEGIES
    from p2p.devices import DEVICES
    from p2p.grid import Grid, power_flow
    from p2p.kpis import KPIS
    from p2p.markets import MECHANISMS, clear
    from p2p.operators import NATIONAL
    from p2p.operators.dso import DSO_REGIMES
    from p2p.orders import Clearing, Known, Limits, Orders, Outside, Preferences, Surroundings, Trades
    from p2p.regulation import REGIMES
    from p2p.results import Results, load
    from p2p.running import run
    from p2p.scenario import Scenario
    from p2p.sources import read_grid, write_grid

_HOMES = {
    "Clearing": "orders",
    "DEVICES": "devices",
    "DSO_REGIMES": "operators.dso",
    "Grid": "grid",
    "KPIS": "kpis",
    "Known": "orders",
    "Limits": "orders",
    "MECHANISMS": "markets",
    "NATIONAL": "operators",
    "Orders": "orders",
    "Outside": "orders",
    "Preferences": "orders",
    "REGIMES": "regulation",
    "Results": "results",
    "STRATEGIES": "behaviour",
    "Scenario": "scenario",
    "Surroundings": "orders",
    "Trades": "orders",
    "clear": "markets",
    "load": "results",
    "power_flow": "grid",
    "read_grid": "sources",
    "run": "running",
    "write_grid": "sources",
}

__all__ = [
    "DEVICES",
    "DSO_REGIMES",
    "KPIS",
    "MECHANISMS",
    "NATIONAL",
    "REGIMES",
    "STRATEGIES",
    "Clearing",
    "Grid",
    "Known",
    "Limits",
    "Orders",
    "Outside",
    "Preferences",
    "Results",
    "Scenario",
    "Surroundings",
    "Trades",
    "clear",
    "load",
    "power_flow",
    "read_grid",
    "run",
    "write_grid",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'p2p' has no attribute '{name}'")
    return getattr(import_module(f"p2p.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
