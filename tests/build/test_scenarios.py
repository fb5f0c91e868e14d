"""Scenarios of every kind run, and close; what is not changed stays as it was (common random numbers)."""

import numpy as np
import pytest

import p2p
from p2p.build.build import build
from p2p.scenario import Scenario
from tests.running import assert_closed, few, price_file, price_rows


@pytest.mark.parametrize(
    ("start", "zone", "intervals"),
    [
        ("2016-03-27", "Europe/Berlin", 92),
        ("2016-10-30", "Europe/Berlin", 100),
        ("2016-02-29", "Europe/Berlin", 96),
        ("2023-12-31", "Europe/Berlin", 96),
        ("2100-01-01", "UTC", 96),
        ("2016-10-02", "Australia/Lord_Howe", 94),
        ("2016-07-04", "Asia/Kathmandu", 96),
    ],
)
def test_days_of_any_length_and_year_run(tmp_path, start, zone, intervals):
    results = few(tmp_path / "out", clock__start=start, clock__zone=zone)
    assert results.run["intervals"] == intervals
    assert len(results.intervals["time"]) == intervals
    assert np.unique(np.diff(results.intervals["time"]).astype("timedelta64[s]").astype(int)).tolist() == [900]
    assert_closed(results)


def test_a_week_over_the_end_of_summer_time_runs(tmp_path):
    results = few(tmp_path / "out", clock__start="2016-10-28", clock__days=4)
    assert results.run["intervals"] == 3 * 96 + 100
    assert_closed(results)


@pytest.mark.parametrize("minutes", [5, 30, 60])
def test_intervals_of_any_length_run(tmp_path, minutes):
    quarter = few(tmp_path / "15")
    results = few(tmp_path / "out", clock__interval_minutes=minutes)
    assert results.run["intervals"] == 1440 // minutes
    assert_closed(results)
    assert results.total("load_wh") == pytest.approx(quarter.total("load_wh"), rel=0.01)  # the same profiles
    assert results.total("generation_wh") == pytest.approx(quarter.total("generation_wh"), rel=0.01)


@pytest.mark.parametrize(
    "changes",
    [
        {"population__households": 1},
        {"population__households": 3},
        {"population__households": 300},
        {"population__pv": 0.0, "population__battery": 0.0},
        {"population__pv": 1.0, "population__battery": 1.0},
        {"population__strategies": {"zero_intelligence": 1.0}},
        {"population__aggregators": []},
        {"population__aggregators": [{"name": "all", "share": 1.0}]},
        {"market__mechanism": "none"},
        {"market__mechanism": "pay_as_bid"},
        {"regulation__retail": "fixed", "regulation__feed_in": "indexed"},
        {"grid__case": "case33bw"},
        {"grid__case": "cigre_lv"},
        {"results__orders": True, "results__trades": True, "population__households": 1},
    ],
    ids=str,
)
def test_scenarios_of_every_kind_run_and_close(tmp_path, changes):
    assert_closed(few(tmp_path / "out", **changes))


@pytest.mark.slow
@pytest.mark.parametrize("grid", ["1-LV-urban6--0-sw", "1-LV-semiurb4--0-sw"])
def test_larger_feeders_run_and_close(tmp_path, grid):
    results = few(tmp_path / "out", grid__simbench=grid, population__households=0)
    assert results.run["homes"] > 40
    assert_closed(results)


def test_one_home_has_nobody_to_trade_with(tmp_path):
    results = few(tmp_path / "out", population__households=1, population__pv=1.0, population__battery=1.0)
    assert results.total("traded_wh") == 0
    assert results.kpis["K37_local_price"]["value"] is None


def test_without_sun_and_batteries_there_is_no_offer(tmp_path):
    results = few(tmp_path / "out", population__pv=0.0, population__battery=0.0)
    assert results.total("offered_wh") == results.total("generation_wh") == results.total("storage_wh") == 0


def test_who_foresees_all_leaves_no_imbalance(tmp_path):
    """A schedule is rounded to the Wh and so is the meter's register: at most one Wh a home and interval is left."""
    blind = few(tmp_path / "blind")
    seeing = few(tmp_path / "seeing", population__forecast="perfect")
    apart = [np.abs(run.columns("agents")["metered_wh"] - run.columns("agents")["scheduled_wh"]) for run in (blind, seeing)]
    assert apart[1].max() <= 1
    assert apart[0].max() > 50
    assert_closed(seeing)


def homes(**changes):
    named = {key.replace("__", "."): value for key, value in changes.items()}
    return build(Scenario.of({}, {"clock.days": 1} | named))


def test_a_larger_share_of_sun_keeps_earlier_owners_and_their_plants():
    few_plants, more = homes(population__pv=0.2).fleet, homes(population__pv=0.6).fleet
    assert (len(few_plants.pv), len(more.pv)) == (24, 71)
    kept = np.isin(more.pv.owner, few_plants.pv.owner)
    assert kept.sum() == len(few_plants.pv)
    assert np.array_equal(more.pv.rated[kept], few_plants.pv.rated)
    assert np.array_equal(more.load.rated, few_plants.load.rated)
    assert np.array_equal(more.prosumers.strategy, few_plants.prosumers.strategy)


def test_a_larger_share_of_batteries_keeps_earlier_owners_and_theirs():
    few_stores, more = homes(population__battery=0.1).fleet, homes(population__battery=0.5).fleet
    kept = np.isin(more.battery.owner, few_stores.battery.owner)
    assert kept.sum() == len(few_stores.battery) == 12
    assert np.array_equal(more.battery.capacity[kept], few_stores.battery.capacity)


@pytest.mark.parametrize(
    "changes", [{"market__mechanism": "pay_as_bid"}, {"dso__regime": "none"}, {"population__strategies": {"zero_intelligence": 1.0}}]
)
def test_another_institution_meets_the_same_homes_weather_and_prices(changes):
    first, second = homes(), homes(**changes)
    for kind in ("load", "pv", "battery"):
        for one, other in zip(getattr(first.fleet, kind).columns().values(), getattr(second.fleet, kind).columns().values(), strict=True):
            assert np.array_equal(one, other)
    for one, other in zip(first.coming.of(first.fleet, 0, 96), second.coming.of(second.fleet, 0, 96), strict=True):
        assert np.array_equal(one, other)
    assert np.array_equal(first.national.price, second.national.price)
    assert np.array_equal(first.streams.at("luck", 0).random(9), second.streams.at("luck", 0).random(9))


def test_the_market_changes_no_load_and_no_sun(day):
    """Of a run and its reference: what people want and what the sun gives is the same, home by home."""
    for name in ("load_wh", "generation_wh"):
        assert day.bills[name].tolist() == day.reference.bills[name].tolist()
    assert day.bills["total_neur"].tolist() != day.reference.bills["total_neur"].tolist()


def test_a_reference_is_the_run_without_a_market(day, tmp_path):
    alone = p2p.run(Scenario.of({}, {"clock.days": 1, "market.mechanism": "none", "results.report": False}), tmp_path / "out")
    assert alone.reference is None
    for name in ("intervals.parquet", "bills.parquet"):
        assert (alone.folder / name).read_bytes() == (day.reference.folder / name).read_bytes()


def test_files_are_digested_by_their_content(tmp_path):
    (tmp_path / "own.py").write_text("from p2p.markets import Uniform as Mine\n")
    price_file(tmp_path / "prices.csv", price_rows(range(24)))
    scenario = Scenario.of({}, {"clock.days": 1, "market.mechanism": "own.py:Mine", "national.prices": "prices.csv"})
    inputs = build(scenario, tmp_path).inputs
    assert set(inputs) == {"own.py", "prices.csv"}
    assert all(len(value) == 64 for value in inputs.values())
