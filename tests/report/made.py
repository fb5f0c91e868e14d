"""Small results folders made up by the schema of p2p.results, without a run."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from p2p.base.clock import Clock
from p2p.results import Results
from p2p.results.tables import INTERVAL_FLOATS, INTERVAL_GIVEN, INTERVAL_INTS
from p2p.scenario import Scenario

RETAIL, FEED_IN = 300.0, 80.0  # EUR/MWh
REASONS = ("local_energy", "retail_energy", "feed_in", "network_fee", "levies", "commission", "compensation", "pool_share")


def make_results(
    folder: Path,
    *,
    days: int = 2,
    homes: int = 6,
    start: date = date(2016, 7, 4),
    minutes: int = 60,
    trade: bool = True,
    reference: bool = True,
    unsolved: tuple[int, ...] = (),
    grid: str = "interval",
    curtailed: bool = False,
    names: list[str] | None = None,
    without: tuple[str, ...] = (),
    grid_source: dict[str, str] | None = None,
) -> Results:
    """A results folder; every home draws by day and night, every second one has photovoltaics, every fourth a battery.

    unsolved : intervals without a solution of the power flow
    grid : "interval" or "day", how grid.parquet is kept
    without : tables that the run did not keep
    """
    folder.mkdir(parents=True, exist_ok=True)
    clock = Clock(start, days, minutes)
    chance = np.random.default_rng(3)
    load = chance.integers(200, 900, (clock.intervals, homes))
    sun = np.maximum(0, np.sin((clock.local.astype("datetime64[h]").astype(int) % 24 - 6) / 12 * np.pi))
    has_pv = np.arange(homes) % 2 == 0
    sun_wh = np.rint(3000 * sun[:, None] * has_pv).astype(np.int64)
    held_back = (sun_wh // 10) * curtailed
    net = load - (sun_wh - held_back)
    drawn, given = np.maximum(net, 0), np.maximum(-net, 0)
    traded = np.minimum(drawn.sum(1), given.sum(1)) * trade
    bought = (drawn * (traded / np.maximum(drawn.sum(1), 1))[:, None]).astype(np.int64)
    sold = (given * (traded / np.maximum(given.sum(1), 1))[:, None]).astype(np.int64)
    price = np.where(traded > 0, 150.0 + 40 * sun, np.nan)
    agents = names or [f"home {row}" for row in range(homes)]
    local = np.nan_to_num(price).astype(np.int64) * 1000
    dues = {
        "local_energy": (local[:, None] * (bought - sold)).sum(0),
        "retail_energy": (120_000 * (drawn - bought)).sum(0),
        "feed_in": (-80_000 * (given - sold)).sum(0),
        "network_fee": (90_000 * drawn).sum(0),
        "levies": (90_000 * drawn).sum(0),
        "commission": (1_000 * (bought + sold)).sum(0),
        "compensation": -80_000 * held_back.sum(0),
        "pool_share": np.zeros(homes, np.int64),
    }
    _write_intervals(folder, clock, load, sun_wh, held_back, traded, price, net, unsolved)
    _write(folder / "bills.parquet", {
        "agent": agents, "bus": [f"bus {row + 1}" for row in range(homes)], "strategy": ["marginal_value"] * homes,
        "aggregator": ["north" if row == 1 else "" for row in range(homes)], "pv_kw": 3.0 * has_pv, "battery_kwh": 5.0 * (np.arange(homes) % 4 == 0),
        "drawn_wh": drawn.sum(0), "fed_in_wh": given.sum(0), "bought_wh": bought.sum(0), "sold_wh": sold.sum(0), "load_wh": load.sum(0),
        "generation_wh": (sun_wh - held_back).sum(0), "storage_wh": np.zeros(homes, np.int64), "held_back_wh": held_back.sum(0),
        "unserved_wh": np.zeros(homes, np.int64), **{f"{reason}_neur": dues[reason] for reason in REASONS}, "total_neur": sum(dues.values()),
    })  # fmt: skip
    _write_grid(folder, clock, homes, grid, unsolved)
    _write_book(folder, drawn, given, bought, sold, price, agents, homes)
    _write_words(folder, days, start, minutes, homes, clock, grid_source or {"simbench": "1-LV-rural3--0-sw"})
    for table in without:
        (folder / f"{table}.parquet").unlink()
    if reference:
        make_results(folder / "reference", days=days, homes=homes, start=start, minutes=minutes, trade=False, reference=False, names=names)
    return Results(folder)


def _write(path: Path, columns: dict[str, Any]) -> None:
    pq.write_table(pa.table(columns), path)


def _write_intervals(
    folder: Path, clock: Clock, load: Any, sun: Any, held_back: Any, traded: Any, price: Any, net: Any, unsolved: Any
) -> None:
    count = clock.intervals
    solved = ~np.isin(np.arange(count), unsolved)
    columns: dict[str, Any] = {"interval": np.arange(count, dtype=np.int32), "time": pa.array(clock.utc, pa.timestamp("s", "UTC"))}
    columns |= {name: np.zeros(count) for name in INTERVAL_GIVEN}
    columns |= {name: np.zeros(count, np.int64) for name in INTERVAL_INTS}
    columns |= {name: np.zeros(count) for name in INTERVAL_FLOATS}
    load_kw = net.sum(1) / (1000 * clock.hours)
    columns |= {
        "national_price_eur_per_mwh": 40 + 20 * np.cos(np.arange(count)), "retail_eur_per_mwh": np.full(count, RETAIL), "feed_in_eur_per_mwh": np.full(count, FEED_IN),
        "price_eur_per_mwh": pa.array(price, from_pandas=True), "traded_wh": traded, "load_wh": load.sum(1), "generation_wh": (sun - held_back).sum(1),
        "storage_wh": np.zeros(count, np.int64), "import_wh": net.sum(1), "held_back_wh": held_back.sum(1),
        "voltage_min_pu": pa.array(np.where(solved, 1 - 0.004 * np.maximum(load_kw, 0), np.nan), from_pandas=True),
        "voltage_max_pu": pa.array(np.where(solved, 1 + 0.004 * np.maximum(-load_kw, 0), np.nan), from_pandas=True),
        "loading_max_percent": pa.array(np.where(solved, 5 * np.abs(load_kw), np.nan), from_pandas=True),
        "converged": solved, "held": solved,
    }  # fmt: skip
    _write(folder / "intervals.parquet", columns)


def _write_grid(folder: Path, clock: Clock, homes: int, detail: str, unsolved: Any) -> None:
    """A star: bus 0 upstream, a bus for each home behind a line of its own."""
    buses, lines = [f"bus {row}" for row in range(homes + 1)], [f"line {row}" for row in range(1, homes + 1)]
    angle = np.arange(homes) / max(homes, 1) * 2 * np.pi
    nothing = np.full(homes, np.nan)
    _write(folder / "network.parquet", {
        "kind": ["bus"] * (homes + 1) + ["branch"] * homes, "element": buses + lines,
        "x": np.concatenate(([0.0], np.cos(angle), nothing)), "y": np.concatenate(([0.0], np.sin(angle), nothing)),
        "from_element": [""] * (homes + 1) + ["bus 0"] * homes, "to_element": [""] * (homes + 1) + buses[1:],
        "rating_kva": np.full(2 * homes + 1, 20.0), "kv": np.full(2 * homes + 1, 0.4), "branch_kind": [""] * (homes + 1) + ["line"] * homes,
        "slack": [True] + [False] * (2 * homes),
    })  # fmt: skip
    shown = clock.day_start[:-1] if detail == "day" else np.arange(clock.intervals)
    size = 2 * homes + 1
    low = np.tile(np.concatenate(([1.0], 1 - 0.01 * np.arange(1, homes + 1), nothing)), len(shown))
    load = np.tile(np.concatenate((np.full(homes + 1, np.nan), 10.0 * np.arange(1, homes + 1))), len(shown))
    lost = np.isin(np.repeat(shown, size), unsolved)
    columns: dict[str, Any] = {
        "interval": np.repeat(shown, size).astype(np.int32), "kind": (["bus"] * (homes + 1) + ["branch"] * homes) * len(shown), "element": (buses + lines) * len(shown),
        "voltage_pu": pa.array(np.where(lost, np.nan, low), from_pandas=True), "loading_percent": pa.array(np.where(lost, np.nan, load), from_pandas=True),
    }  # fmt: skip
    if detail == "day":
        columns["voltage_high_pu"] = pa.array(low + 0.005, from_pandas=True)
    _write(folder / "grid.parquet", columns)


def _write_book(folder: Path, drawn: Any, given: Any, bought: Any, sold: Any, price: Any, agents: list[str], homes: int) -> None:
    busiest = int(np.argmax(bought.sum(1)))
    buys = np.flatnonzero(drawn[busiest] > 0)
    sells = np.flatnonzero(given[busiest] > 0)
    who = np.concatenate((buys, sells))
    side = np.repeat([1, -1], [len(buys), len(sells)]).astype(np.int8)
    energy = np.concatenate((drawn[busiest][buys], given[busiest][sells]))
    traded = min(energy[side > 0].sum(), energy[side < 0].sum()) if bought.any() else 0
    taken = np.zeros(len(who), np.int64)
    for rows in (np.flatnonzero(side > 0)[::-1], np.flatnonzero(side < 0)):  # dearest bids and cheapest offers first
        before = np.cumsum(energy[rows]) - energy[rows]
        taken[rows] = np.clip(traded - before, 0, energy[rows])
    at = int(np.nan_to_num(price[busiest])) * 1000
    _write(folder / "book.parquet", {
        "interval": np.full(len(who), busiest, np.int32), "agent": np.array(agents)[who], "bus": [f"bus {row + 1}" for row in who], "side": side,
        "energy_wh": energy,
        "price_ueur_per_kwh": np.where(side > 0, 250_000 + 1000 * who, 90_000 + 1000 * who).astype(np.int64), "arrival": np.arange(len(who)),
        "accepted_wh": taken, "payment_neur": side * taken * at,
    })  # fmt: skip


def _write_words(folder: Path, days: int, start: date, minutes: int, homes: int, clock: Clock, source: dict[str, str]) -> None:
    scenario = Scenario.of(
        {"name": "a <made-up> feeder & its week", "clock": {"start": start, "days": days, "interval_minutes": minutes}, "grid": source}
    )
    run = {
        "name": scenario.name, "scenario": scenario.model_dump(mode="json"), "seed": 7, "versions": {"p2p": "0.1.0", "numpy": "2.4"},
        "inputs": {"profiles.csv": "0123abcd" * 8}, "started": "2026-01-01T00:00:00+00:00", "ended": "2026-01-01T00:00:02+00:00", "seconds": 2.0,
        "status": "done", "headline": {}, "homes": homes, "intervals": clock.intervals,
    }  # fmt: skip
    kpi = {
        "id": "K1",
        "name": "self-sufficiency",
        "unit": "%",
        "formula": "1 - Σ import / Σ load",
        "better": "higher",
        "value": 41.24,
        "reference": 38.5,
    }
    none = {
        "id": "K13",
        "name": "Gini of the benefit",
        "unit": "0-1",
        "formula": "ΣΣ |b_i - b_j|",
        "better": "lower",
        "value": None,
        "reference": None,
    }
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    (folder / "kpis.json").write_text(json.dumps({"K1_self_sufficiency": kpi, "K13_gini": none}), encoding="utf-8")
