"""Every indicator against three intervals and three homes that are worked by hand."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from p2p.kpis import KPIS, compute
from p2p.results import Results

NAN = float("nan")
INTERVALS = {
    "load_wh": [1000, 2000, 1000],
    "generation_wh": [0, 3000, 1000],
    "held_back_wh": [0, 1000, 0],
    "unserved_wh": [0, 0, 5],
    "import_wh": [1000, -1000, 500],
    "losses_wh": [10, 20, 10],
    "storage_wh": [0, -600, 100],
    "tap_steps": [0, 1, 2],
    "islanded": [False, True, True],
    "converged": [True, True, False],
    "missed_wh": [0, 700, 50],
    "discomfort_mkh": [1500, 0, 250],
    "co2_g_per_kwh": [400.0, 300.0, 200.0],
    "national_price_eur_per_mwh": [100.0, 50.0, -20.0],
    "retail_eur_per_mwh": [300.0, 310.0, 250.0],
    "feed_in_eur_per_mwh": [80.0, 90.0, 30.0],
    "local_fees_eur_per_mwh": [100.0, 100.0, 100.0],
    "bid_wh": [0, 1500, 600],
    "offered_wh": [500, 2000, 800],
    "largest_offer_wh": [500, 600, 100],
    "traded_wh": [0, 1000, 500],
    "welfare_neur": [0, 300_000_000, 100_000_000],
    "budget_neur": [0, 2_000_000, 1_000_000],
    "aggregator_profit_neur": [0, 3_000_000, 500_000],
    "member_pay_neur": [0, 20_000_000, -1_000_000],
    "refused_wh": [0, 700, 1000],
    "network_fee_neur": [70_000_000, 0, 50_000_000],
    "price_eur_per_mwh": [NAN, 150.0, 120.0],
    "loading_max_percent": [50.0, 120.0, NAN],
    "unbalance_max_percent": [0.5, 1.5, 1.0],
    "overload_kvah": [0.0, 1.5, NAN],
    "voltage_violation_bus_h": [0.25, 0.5, NAN],
    "held": [True, False, False],
}
HOMES = {
    "aggregator": ["", "north", "north"],
    "pv_kw": [5.0, 4.0, 0.0],
    "battery_kwh": [0.0, 8.0, 0.0],
    "sold_wh": [600, 300, 600],
    "total_neur": [-1_000_000_000, 2_000_000_000, 5_000_000_000],
}
DEVICES = {
    "interval": [0, 2, 2, 0],
    "device": ["chp", "generator", "ev", "battery"],
    "fuel_wh": [1110, 500, 0, 0],
    "drawn_wh": [0, 0, 1100, 700],
    "given_wh": [600, 400, 100, 300],
}
WITHOUT = {"total_neur": [0, 5_000_000_000, 4_000_000_000]}

BY_HAND = {
    "self_sufficiency": (70.0, "1 - (1000 + 500) / (4000 + 1100 - 100)"),
    "self_consumption": (80.0, "1 - 1000 / (4000 + 600 + 400)"),
    "welfare": (0.3582, "0.3 + 0.1 - (10 x 100 + 20 x 50 - 10 x 20) 1e-6 - 5 x 8000 x 1e-6"),
    "curtailed": (20.0, "1000 / (4000 + 1000)"),
    "overload": (1.5, "the flow without a solution counts nothing"),
    "highest_loading": (120.0, ""),
    "voltage_violation": (0.75, "0.25 + 0.5"),
    "out_of_bounds": (200 / 3, "2 of 3, the one without a solution among them"),
    "tap_steps": (3.0, "1 + 2"),
    "unbalance": (1.5, "95 % of three are all three"),
    "losses": (4e-5, "40 Wh"),
    "bill": (2.0, "(-1 + 2 + 5) / 3"),
    "bill_without_pv": (5.0, ""),
    "bill_with_pv": (-1.0, ""),
    "bill_with_battery": (2.0, ""),
    "network_charges": (0.12, "0.07 + 0.05"),
    "gini": (4 / 9, "benefits 1, 3, -1, shifted to 2, 4, 0: differences 2 (2 + 4 + 2) = 16 over 2 x 3 x 6"),
    "jain": (0.6, "6² / (3 (4 + 16))"),
    "hhi": (0.52, "0.4² for the first home, 0.6² for the pool of the others"),
    "pivotal": (50.0, "2000 - 600 = 1400 < 1500 is; 800 - 100 = 700 < 600 is not; the interval without trade does not count"),
    "residual_supply": (1.0, "(2000 - 600 + 800 - 100) / (1500 + 600); the interval without trade does not count"),
    "co2": (8.277e-4, "1 x 400 + 0.5 x 200 g imported, 1.11 / 1.11 x 201 g of gas, 0.5 x 253.4 g of diesel"),
    "discomfort": (1.75, "1500 + 250 mK·h"),
    "missed": (0.75, "700 + 50 Wh"),
    "sold_twice": (34.0, "1700 / (500 + 2000 + 800 + 1700)"),
    "island_hours": (0.25, "cut off in two of which one is dark"),
    "islands_survived": (100.0, "one island, not dark in the first of its intervals"),
    "island_renewable": (4500 / 49, "(3000 + 1000 + 600 - 100) / (4500 + 400)"),
    "island_unserved": (0.005, "5 Wh"),
    "peak_reduction": (20.0, "1 - 1000 / 1250"),
    "budget": (0.003, ""),
    "aggregator_profit": (0.0035, "3 + 0.5 mEUR"),
    "member_pay": (0.019, "20 - 1 mEUR"),
    "traded_share": (30.0, "1500 / (4000 + 1100 - 100)"),
    "local_price": (140.0, "(1000 x 150 + 500 x 120) / 1500"),
    "premium": (70.0, "(1000 x 60 + 500 x 90) / 1500"),
    "discount": (50.0, "(1000 x (310 - 100 - 150) + 500 x (250 - 100 - 120)) / 1500"),
}


def folder_of(path, intervals=None, homes=None, reference=True, devices=DEVICES):
    """A results folder with what indicators read; columns may be changed."""
    path.mkdir(parents=True)
    pq.write_table(pa.table(INTERVALS | (intervals or {})), path / "intervals.parquet")
    pq.write_table(pa.table(HOMES | (homes or {})), path / "bills.parquet")
    if devices:
        pq.write_table(pa.table(devices), path / "devices.parquet")
    (path / "run.json").write_text(json.dumps({"scenario": {"dso": {"value_of_lost_load": 8000.0}, "clock": {"interval_minutes": 15}}}))
    if reference:
        peak = {"import_wh": [1250, -1000, 500], "traded_wh": [0, 0, 0], "price_eur_per_mwh": [NAN] * 3}
        folder_of(path / "reference", peak, WITHOUT, reference=False)
    return Results(path)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return folder_of(tmp_path_factory.mktemp("kpis") / "run")


def test_every_indicator_has_a_hand_calculation():
    assert set(BY_HAND) == set(KPIS)


@pytest.mark.parametrize("name", KPIS)
def test_it_is_what_one_works_out_by_hand(name, results):
    assert KPIS[name].of(results) == pytest.approx(BY_HAND[name][0], rel=1e-12), BY_HAND[name][1]


def values(results):
    found = compute(results)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    return {key.partition("_")[2]: kpi["value"] for key, kpi in found.items()}


def test_kpis_are_kept_beside_those_of_the_reference(results):
    found = compute(results)
    assert list(found) == [f"{kpi.number}_{name}" for name, kpi in KPIS.items()]
    assert found["K12_bill"]["value"] == 2.0
    assert found["K12_bill"]["reference"] == 3.0
    assert found["K37_local_price"]["reference"] is None
    assert all(set(kpi) == {"id", "name", "unit", "better", "formula", "value", "reference"} for kpi in found.values())
    assert all(kpi["better"] in ("higher", "lower", "none") for kpi in found.values())


def test_without_trade_there_is_no_price(tmp_path):
    nothing = {"traded_wh": [0] * 3, "price_eur_per_mwh": [NAN] * 3, "welfare_neur": [0] * 3, "budget_neur": [0] * 3}
    found = values(folder_of(tmp_path / "run", nothing, {"sold_wh": [0] * 3}))
    assert {name for name, value in found.items() if value is None} == {
        "hhi", "pivotal", "residual_supply", "local_price", "premium", "discount",
    }  # fmt: skip
    assert found["traded_share"] == found["budget"] == 0


def test_without_load_there_is_no_share_of_it(tmp_path):
    found = values(folder_of(tmp_path / "run", {"load_wh": [0] * 3}, devices=None))
    assert {name for name, value in found.items() if value is None} == {"self_sufficiency", "traded_share"}


def test_without_generation_there_is_no_share_of_it(tmp_path):
    found = values(folder_of(tmp_path / "run", {"generation_wh": [0] * 3, "held_back_wh": [0] * 3}, devices=None))
    assert {name for name, value in found.items() if value is None} == {"self_consumption", "curtailed"}


def test_without_a_reference_there_is_no_benefit(tmp_path):
    results = folder_of(tmp_path / "run", reference=False)
    found = values(results)
    assert {name for name, value in found.items() if value is None} == {"gini", "jain", "peak_reduction"}
    assert all(kpi["reference"] is None for kpi in compute(results).values())


def test_where_no_flow_has_a_solution_no_loading_is_highest(tmp_path):
    none = {name: [NAN] * 3 for name in ("loading_max_percent", "overload_kvah", "voltage_violation_bus_h")}
    found = values(folder_of(tmp_path / "run", none | {"held": [False] * 3}))
    assert found["highest_loading"] is None
    assert found["out_of_bounds"] == 100


@pytest.mark.parametrize(("beyond", "unsolved", "value"), [(1, 0, 1.0), (2, 0, 3.0), (0, 1, 1.0), (0, 2, None), (1, 1, 3.0), (0, 20, None)])
def test_the_unbalance_that_95_percent_keep(tmp_path, beyond, unsolved, value):
    """Of 20 intervals 19 must keep it: one may lie beyond, or have no operating point. None has one where phases don't count."""
    column = [1.0] * (20 - beyond - unsolved) + [3.0] * beyond + [NAN] * unsolved
    folder = tmp_path / "run"
    folder.mkdir()
    pq.write_table(pa.table({"unbalance_max_percent": column}), folder / "intervals.parquet")
    assert KPIS["unbalance"].of(Results(folder)) == value


@pytest.mark.parametrize(
    ("benefit", "gini", "jain"),
    [([2, 2, 2], 0.0, 1.0), ([0, 0, 6], 2 / 3, 1 / 3), ([0, 0, 0], None, None), ([-1, -1, -1], None, None), ([-2, -2, 4], 2 / 3, 1 / 3)],
)
def test_evenness_by_hand(tmp_path, benefit, gini, jain):
    """All to one of three: Gini (n - 1) / n, Jain 1 / n. Nothing to share out, or all alike after the shift: undefined."""
    paid = np.array(WITHOUT["total_neur"]) - np.array(benefit) * 10**9
    found = values(folder_of(tmp_path / "run", homes={"total_neur": paid.tolist()}))
    assert found["gini"] == (gini if gini is None else pytest.approx(gini))
    assert found["jain"] == (jain if jain is None else pytest.approx(jain))


def test_kinds_of_homes_that_nobody_is_have_no_bill(tmp_path):
    found = values(folder_of(tmp_path / "run", homes={"pv_kw": [1.0] * 3, "battery_kwh": [0.0] * 3}))
    assert found["bill_without_pv"] is None
    assert found["bill_with_battery"] is None
    assert found["bill_with_pv"] == found["bill"] == 2.0
