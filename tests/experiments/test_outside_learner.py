"""The experiment with an outside learner, small."""

import csv
import importlib.util
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "experiments" / "outside_learner"


@pytest.fixture(scope="module")
def experiment():
    spec = importlib.util.spec_from_file_location("experiment_outside_learner", FOLDER / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_runs_small(experiment, tmp_path):
    assert experiment.main(str(tmp_path / "out"), **experiment.SMALL) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"table.csv", "report.html", "outside_learner.png"}
    with (tmp_path / "out" / "table.csv").open(encoding="utf-8") as file:
        heading, *rows = csv.reader(file)
    assert heading == list(experiment.HEADING)
    assert [row[:2] for row in rows] == [["home 02", "trained on"], ["home 02", "a week later"]]


def test_a_policy_begins_near_the_truth(experiment):
    """By hand: tanh 1.5 is 0.905, so bids and offers go 5 % of the way, and 95 % of what may be left out is traded."""
    action = experiment.acted(np.zeros(np.prod(experiment.SHAPE)), np.ones(16))
    assert action == pytest.approx(0.905 * experiment.TRUTHFUL, abs=1e-3)
