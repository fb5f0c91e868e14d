"""What homes prefer in a run."""

import numpy as np
import pytest

import p2p
from p2p.build.build import build
from p2p.build.tastes import neighbours
from p2p.scenario import Scenario
from tests.running import ONE_DAY, assert_closed, few


def test_the_nearest_are_neighbours():
    """By hand: homes at 0, 0, 1 and 3 km of a line; of the first the second is nearest, of the last the third; pools are one."""
    place = np.array([0.0, 1.0, 3.0])
    km, bus = np.abs(np.subtract.outer(place, place)), np.array([0, 0, 1, 2])
    alone = neighbours(km, bus, np.arange(4), 1)
    assert alone.tolist() == [[0, 1], [1, 0], [2, 0], [3, 2]]
    assert neighbours(km, bus, np.arange(4), 9)[:3].tolist() == [[0, 1], [0, 2], [0, 3]]
    assert len(neighbours(km, bus, np.arange(4), 0)) == 0
    pooled = neighbours(km, bus, np.array([4, 1, 4, 3]), 2)
    assert pooled.tolist() == [[4, 4], [1, 4], [1, 3], [3, 4], [3, 1]]


def test_tastes_are_the_homes_own():
    """In proportion to one draw a home: the same home has the same taste in every scenario of a seed."""
    setup = build(Scenario.of({"market": {"mechanism": "bilateral", "per_km": 20.0, "per_grey": 10.0, "stranger": 4.0}}))
    tastes = setup.preferences
    assert len(tastes) == len(setup.fleet)
    assert tastes.per_tag[:, 1].max() == 0
    assert np.abs(tastes.per_km - 2 * tastes.per_tag[:, 0]).max() <= 2
    assert np.abs(tastes.per_tag[:, 0] - 2.5 * tastes.stranger).max() <= 3
    assert 0 <= tastes.per_km.min() < 3_000 < 17_000 < tastes.per_km.max() <= 20_000
    fewer = build(Scenario.of({"market": {"mechanism": "bilateral"}, "population": {"households": 12}})).preferences
    assert np.abs(tastes.per_km[:12] - 2 * fewer.per_km).max() <= 1
    assert build(Scenario.of({})).preferences is None


@pytest.mark.parametrize("name", ["bilateral", "preferred_partners", "random_pairs"])
def test_a_day_runs_and_closes(tmp_path, name):
    pools = [{"name": "north", "share": 0.4}]
    results = few(tmp_path / name, market__mechanism=name, results__trades=True, results__orders=True, population__aggregators=pools)
    assert_closed(results)
    trades = results.frame("trades")
    assert len(trades)
    whole = few(tmp_path / "again", market__mechanism=name, results__trades=True, population__aggregators=pools)
    assert whole.frame("trades").equals(trades)


def test_a_grey_kwh_is_bought_for_less(tmp_path):
    """Where grey energy is disliked beyond all limits, only green energy changes hands."""
    results = few(tmp_path / "out", market__mechanism="bilateral", market__per_km=0.0, market__per_grey=90_000.0, results__trades=True)
    usual = few(tmp_path / "usual", market__mechanism="bilateral", market__per_km=0.0, market__per_grey=0.0, results__trades=True)
    assert 0 < results.intervals["traded_wh"].sum() < usual.intervals["traded_wh"].sum()


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [["market.mechanism=bilateral"], ["market.mechanism=preferred_partners"], ["market.mechanism=bilateral", "market.solver=admm"]],
)
def test_the_default_feeder_runs_a_day(tmp_path, changes):
    results = p2p.run(ONE_DAY.changed(dict(change.split("=") for change in changes)), tmp_path / "out")
    assert_closed(results)
    assert results.intervals["traded_wh"].sum() > 0
