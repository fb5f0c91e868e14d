"""A market that is held once a day, in whole runs: it closes, by any grouping, on days of any length, and the DSO may take back."""

import numpy as np
import pytest

import p2p
from p2p.markets.day.clear import DayMechanism
from tests.running import FEW, assert_closed, few, fingerprint


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    return few(tmp_path_factory.mktemp("blocks") / "day", market__mechanism="blocks", population__battery=0.5)


def test_it_trades_at_one_price_an_interval(day):
    assert_closed(day)
    table = day.intervals
    assert day.total("traded_wh") > 0
    assert not table["budget_neur"].any()
    assert np.all(table["price_eur_per_mwh"][table["traded_wh"] > 0] >= table["feed_in_eur_per_mwh"].min())


def test_stores_take_part(day):
    """Homes with a battery buy or sell what is no load and no sun of theirs: storage moves by the contract."""
    stored = day.columns("agents")["storage_wh"]
    assert np.abs(stored).sum() > 0


@pytest.mark.parametrize("size", [1, 5])
def test_any_grouping_gives_the_same_tables(day, tmp_path, size):
    scenario = p2p.Scenario.of({}, FEW | {"market.mechanism": "blocks", "population.battery": 0.5})
    again = p2p.run(scenario, tmp_path / "again", cohort_size=size)
    assert fingerprint(again.folder) == fingerprint(day.folder)


@pytest.mark.parametrize(("start", "intervals"), [("2016-03-27", 92), ("2016-10-30", 100)])
def test_days_of_other_lengths(tmp_path, start, intervals):
    results = few(tmp_path / "day", market__mechanism="blocks", clock__start=start)
    assert len(results.intervals["interval"]) == intervals
    assert_closed(results)


def test_the_dso_may_take_back_what_was_traded_a_day_ahead(tmp_path):
    results = few(tmp_path / "day", market__mechanism="blocks", population__pv=1.0, population__pv_kw=[20.0, 30.0], grid__rating_scale=0.05)
    assert results.total("held_back_wh") > 0
    assert_closed(results)


def test_only_blocks_is_held_by_the_day():
    assert [name for name, rule in p2p.MECHANISMS.items() if isinstance(rule(), DayMechanism)] == ["blocks"]


def test_who_learns_may_trade_a_day_ahead(tmp_path):
    results = few(tmp_path / "day", market__mechanism="blocks", population__strategies={"learning": 1.0})
    assert results.total("traded_wh") > 0
    assert_closed(results)
