"""The tables of a run that don't grow with its length: who owes what in all, and what the grid looks like."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from p2p.agents.institutions import priced_by_place
from p2p.base.columns import Flags, Floats, Texts
from p2p.base.units import WH_PER_KWH, all_eur_per_mwh
from p2p.devices.homes import CLASSES
from p2p.model import Setup
from p2p.results import Detail, Recorder
from p2p.results.tables import AGENT_SUMS, TableWriter
from p2p.settlement import Reason
from p2p.settlement.ledger import HOME_REASONS

PHASES = ("abc", "a", "b", "c")
"""Where a home is connected, by number; on all three alike where phases don't count."""


def recorder_for(setup: Setup, folder: Path) -> Recorder:
    """The recorder of a run."""
    kept, national, tariff = setup.scenario.results, setup.national, setup.tariff
    given: dict[str, Floats | Flags] = {
        "national_price_eur_per_mwh": all_eur_per_mwh(national.price),
        "imbalance_price_eur_per_mwh": all_eur_per_mwh(national.imbalance_price),
        "need_mw": national.need,
        "co2_g_per_kwh": national.co2,
        "retail_eur_per_mwh": all_eur_per_mwh(tariff.retail),
        "feed_in_eur_per_mwh": all_eur_per_mwh(tariff.feed_in),
        "local_fees_eur_per_mwh": all_eur_per_mwh(tariff.local_fees),
        "islanded": np.zeros(setup.clock.intervals, np.bool_) if setup.islands is None else setup.islands.during,
    }
    detail = Detail(kept.agents, kept.grid, kept.postings, kept.orders, kept.trades, kept.book)
    names = setup.grid.buses.name, setup.grid.branches.name
    phases, places = setup.grid.phase is not None, priced_by_place(setup.regime, setup.mechanism)
    areas = None if setup.areas is None else setup.areas.name
    return Recorder(folder, setup.clock, setup.ledger, *names, tuple(setup.fleet.flexible), given, detail, phases, places, areas)


def bills(setup: Setup, recorder: Recorder) -> dict[str, Any]:
    """One row a home: what it owns, what it drew, traded and owes over the run."""
    fleet, people = setup.fleet, setup.fleet.prosumers
    pools = np.array([*setup.aggregators, ""])
    strategies = np.array(list(setup.scenario.population.strategies))
    place = {name: row for row, name in enumerate(AGENT_SUMS)}
    totals = recorder.totals
    drawn, fed_in, bought, sold = totals[len(AGENT_SUMS) :]
    columns: dict[str, Any] = {
        "agent": people.name,
        "class": np.array(CLASSES)[people.kind],
        "bus": setup.grid.buses.name[people.bus],
        "phase": np.array(PHASES)[np.zeros(len(fleet), np.int8) if setup.grid.phase is None else setup.grid.phase],
        "strategy": strategies[people.strategy],
        "aggregator": pools[recorder.ledger.aggregator],
        "pv_kw": fleet.by_prosumer(fleet.pv.owner, fleet.pv.rated),
        "battery_kwh": fleet.by_prosumer(fleet.battery.owner, fleet.battery.capacity),
        **{f"{name}_count": np.bincount(rows.owner, minlength=len(fleet)) for name, rows in fleet.flexible.items() if name != "battery"},
        "drawn_wh": drawn,
        "fed_in_wh": fed_in,
        "bought_wh": bought,
        "sold_wh": sold,
    }
    columns |= {name: totals[place[name]] for name in ("load_wh", "generation_wh", *AGENT_SUMS[7:])}
    columns |= {f"{Reason(number).name.lower()}_neur": recorder.dues[number] for number in range(HOME_REASONS)}
    columns["pool_pay_neur"] = recorder.paid
    wh = setup.clock.hours * WH_PER_KWH
    for name, row in zip(("dimmed", "breached"), recorder.steered, strict=True):
        columns[f"{name}_wh"] = np.rint(row * wh).astype(np.int64)
    columns |= {f"forecast_{name}_kw": row / setup.clock.intervals for name, row in zip(("bias", "error"), recorder.errors, strict=True)}
    return columns | {"total_neur": recorder.dues.sum(axis=0)}


def write_bills(setup: Setup, recorder: Recorder, folder: Path) -> None:
    """bills.parquet in whole units, and bills.csv in EUR and kWh for a spreadsheet."""
    columns = bills(setup, recorder)
    _write_table(folder / "bills.parquet", columns)
    headings = {"_wh": ("_kwh", 1e-3, 3), "_neur": ("_eur", 1e-9, 2)}
    readable: dict[str, list[Any]] = {}
    for name, column in columns.items():
        ending = next((ending for ending in headings if name.endswith(ending) and not name.endswith("_kwh")), None)
        if ending is None:
            readable[name] = [round(value, 3) if isinstance(value, float) else value for value in column.tolist()]
        else:
            unit, factor, digits = headings[ending]
            readable[name.removesuffix(ending) + unit] = [round(value * factor, digits) for value in column.tolist()]
    with (folder / "bills.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(readable)
        writer.writerows(zip(*readable.values(), strict=True))


def write_network(setup: Setup, folder: Path) -> None:
    """network.parquet: the buses and branches, to draw them."""
    buses, branches = setup.grid.buses, setup.grid.branches
    nowhere, nobody = np.full(len(branches), np.nan), _blank(len(buses))
    _write_table(
        folder / "network.parquet",
        {
            "kind": np.repeat(["bus", "branch"], [len(buses), len(branches)]),
            "element": np.concatenate((buses.name, branches.name)),
            "x": np.concatenate((buses.x, nowhere)),
            "y": np.concatenate((buses.y, nowhere)),
            "kv": np.concatenate((buses.kv, buses.kv[branches.to_bus])),
            "from_element": np.concatenate((nobody, buses.name[branches.from_bus])),
            "to_element": np.concatenate((nobody, buses.name[branches.to_bus])),
            "branch_kind": np.concatenate((nobody, branches.kind)),
            "rating_kva": np.concatenate((np.zeros(len(buses)), branches.rating_kva)),
            "slack": np.arange(len(buses) + len(branches)) == setup.grid.slack,
        },
    )


def _blank(count: int) -> Texts:
    return np.full(count, "")


def _write_table(path: Path, columns: dict[str, Any]) -> None:
    import pyarrow as pa

    writer = TableWriter(path)
    writer.write({name: pa.array(column.tolist() if column.dtype.kind == "U" else column) for name, column in columns.items()})
    writer.close()
