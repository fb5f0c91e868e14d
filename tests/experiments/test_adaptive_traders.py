"""The experiment of traders who learn, small."""

import csv
import importlib.util
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "experiments" / "adaptive_traders"


@pytest.fixture(scope="module")
def experiment():
    spec = importlib.util.spec_from_file_location("experiment_adaptive_traders", FOLDER / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_runs_small(experiment, tmp_path):
    assert experiment.main(str(tmp_path / "out"), **experiment.SMALL) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"table.csv", "report.html", "adaptive_traders.png"}
    with (tmp_path / "out" / "table.csv").open(encoding="utf-8") as file:
        heading, *rows = csv.reader(file)
    assert heading == list(experiment.HEADING)
    assert len(rows) == 4 * 4


def test_what_lies_outside_is_named(experiment):
    row = ("symmetric", "zip", 10.0, 9.0, 230.0, 200.0, 80.0)
    bounds = {"bounds": {"learning": {"alpha": [0, 8], "efficiency": [95, 100]}, "constrained": {}}}
    assert experiment.checked([row], bounds) == [
        "symmetric zip alpha: 9.00 not in [0, 8]",
        "symmetric zip efficiency: 80.00 not in [95, 100]",
    ]


def test_the_markets_have_the_equilibria_of_their_sources(experiment):
    assert [(market.price, market.quantity) for market in experiment.MARKETS.values()] == [(200, 6), (200, 6), (200, 6), (95, 6)]
