"""`p2p grid`."""

from __future__ import annotations

import json

from rich.console import Console
from rich.table import Table

from p2p.sources import grid_report, read_grid, warnings_of

SHOWN = {
    "buses": "buses",
    "branches": "branches",
    "radial": "radial",
    "loads": "loads",
    "generators": "generators",
    "load_kw": "load less generation [kW]",
    "import_kw": "taken from upstream [kW]",
    "import_kvar": "taken from upstream [kvar]",
    "losses_kw": "losses [kW]",
    "losses_kvar": "losses [kvar]",
    "min_voltage_pu": "lowest voltage [p.u.]",
    "min_voltage_bus": "  at bus",
    "max_voltage_pu": "highest voltage [p.u.]",
    "max_voltage_bus": "  at bus",
    "max_loading_percent": "highest loading [%]",
    "max_loading_branch": "  of branch",
    "converged": "power flow converged",
}


def grid_command(source: str, as_json: bool) -> None:
    """Read a grid, solve its power flow, print what comes of it and what looks wrong."""
    feeder = read_grid(source)
    facts = grid_report(feeder)
    warnings = [str(warning) for warning in warnings_of(feeder)]
    if as_json:
        print(json.dumps({"source": source, "name": feeder.grid.name, **facts, "warnings": warnings}, indent=2, ensure_ascii=False))
        return
    table = Table(title=feeder.grid.name, title_justify="left", show_header=False)
    for key, name in SHOWN.items():
        if key in facts:
            value = facts[key]
            table.add_row(name, f"{value:,.5g}" if isinstance(value, float) and not isinstance(value, bool) else str(value))
    console = Console(markup=False, highlight=False)
    console.print(table)
    for warning in warnings:
        console.print(f"warning: {warning}", soft_wrap=True)
