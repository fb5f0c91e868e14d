"""The zero-intelligence experiment, small, and a session that can be followed by hand."""

import csv
import importlib.util
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "experiments" / "zero_intelligence"


@pytest.fixture(scope="module")
def experiment():
    spec = importlib.util.spec_from_file_location("experiment_zero_intelligence", FOLDER / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_runs_small(experiment, tmp_path):
    assert experiment.main(str(tmp_path / "out"), **experiment.SMALL) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"table.csv", "report.html", "zero_intelligence.png"}
    with (tmp_path / "out" / "table.csv").open(encoding="utf-8") as file:
        heading, *rows = csv.reader(file)
    assert heading == list(experiment.HEADING)
    assert len(rows) == 6 * 3 + 3


def test_the_schedules_have_the_equilibria_of_their_sources(experiment):
    """Smith's test 1: 6 units at 2.00 dollars, 7.50 dollars gained. The Bristol schedules: 6 at 200, 720 and 360."""
    steps = range(80, 321, 24)
    markets = [
        experiment.Market.of(values, costs, 500)
        for values, costs in ((range(325, 74, -25), range(75, 326, 25)), (steps, steps), (steps, [200] * 11))
    ]
    assert [(market.quantity, market.surplus) for market in markets] == [(6, 750), (6, 720), (6, 360)]
    assert [market.price for market in markets[:2]] == [200, 200]


@pytest.mark.parametrize("wipes", [True, False])
def test_truthful_pairs_trade_at_who_stood(experiment, wipes):
    """By hand: a buyer at 9 and a seller at 4; whoever speaks first stands, so the price is 9 or 4; all is gained."""
    market = experiment.Market.of([9], [4], 10)
    found = experiment.run_sessions(market, "by hand", "truthful", 40, 100, wipes)
    assert set(found.prices[:, 0]) == {4.0, 9.0}
    assert np.all(found.efficiency == 100)
    assert np.all(found.trades == 1)


def test_nobody_constrained_loses_and_some_unconstrained_do(experiment):
    """By hand: one buyer at 3 and one seller at 8 can't agree within their limits, and do without them, at a loss."""
    market = experiment.Market.of([3, 9], [8, 4], 10)
    constrained = experiment.run_sessions(market, "limits", "constrained", 50, 500, True)
    unconstrained = experiment.run_sessions(market, "limits", "unconstrained", 50, 500, True)
    assert np.all(constrained.efficiency > 0)
    assert np.all(constrained.trades == 1)
    assert np.all(unconstrained.trades == 2)
    assert np.all(unconstrained.efficiency == 0)  # 9 + 3 less 4 + 8
