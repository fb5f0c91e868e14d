"""The experiment of wires or market, small."""

import csv
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from p2p.build.build import build

FOLDER = Path(__file__).parents[2] / "experiments" / "wires_or_market"


@pytest.fixture(scope="module")
def experiment():
    spec = importlib.util.spec_from_file_location("experiment_wires_or_market", FOLDER / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_it_runs_small(experiment, tmp_path):
    assert experiment.main(str(tmp_path / "out"), **experiment.SMALL) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"table.csv", "report.html", "regimes.png", "bills.png", "map.png"}
    with (tmp_path / "out" / "table.csv").open(encoding="utf-8") as file:
        heading, *rows = csv.reader(file)
    assert heading == ["week", "regime", *experiment.HEADINGS]
    assert [row[:2] for row in rows[:6]] == [[week, regime] for week in experiment.WEEKS for regime in experiment.SMALL["regimes"]]


def test_what_lies_outside_is_named(experiment):
    found = {("summer", "none"): {"outside": 12.5, "rent": 0.0}, ("summer", "curtail"): {"outside": 0.25, "rent": 0.0}}
    bounds = {"none": {"outside": [0.1, 100], "rent": [0, 0]}, "curtail": {"outside": [0, 0]}}
    assert experiment.checked(found, bounds) == ["summer, curtail, outside: 0.25 not in [0, 0]"]


def test_thirds_go_by_distance(experiment):
    """By design: nobody in a nearer third is farther away than anybody in the next, and thirds are about alike."""
    scenario = experiment.scenario_of("summer", "none", 1)
    setup = build(scenario, FOLDER)
    row_of = {name: row for row, name in enumerate(setup.grid.buses.name.tolist())}
    buses = setup.grid.buses.name[setup.fleet.prosumers.bus]
    third = experiment.thirds_of(scenario, buses)
    away = experiment.from_source(setup.grid, "ohm")[[row_of[name] for name in buses.tolist()]]
    assert all(away[third == nearer].max() < away[third == nearer + 1].min() for nearer in (0, 1))
    assert np.all(np.abs(np.bincount(third) - len(third) / 3) < len(third) / 10)


def test_a_regime_for_all_that_is_expected(experiment):
    assert set(experiment.HOSTED) <= set(experiment.REGIMES)
    assert experiment.scenario_of("winter", "validate", 1).market.mechanism == "continuous"
    assert experiment.scenario_of("winter", "none", 1).grid.rating_scale == 0.5
