"""The heterogeneous suburb, small; the run itself is among the experiments of `test_docs`."""

import csv
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from p2p.devices import FLEXIBLE

FOLDER = Path(__file__).parents[2] / "experiments" / "heterogeneous_suburb"


@pytest.fixture(scope="module")
def experiment():
    spec = importlib.util.spec_from_file_location("experiment_heterogeneous_suburb", FOLDER / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_it_runs_small(experiment, tmp_path):
    assert experiment.main(str(tmp_path / "out"), **experiment.SMALL) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"table.csv", "report.html", "flexibility.png", "bills.png"}
    with (tmp_path / "out" / "table.csv").open(encoding="utf-8") as file:
        heading, *rows = csv.reader(file)
    assert heading == ["season", "what", "who", "value"]
    assert {row[2] for row in rows if row[1] == "drawn [kWh]"} == set(FLEXIBLE)


def test_other_luck_is_noticed(experiment):
    """By design: another seed is other luck; a kind that nobody steers is the same."""
    one = experiment.scenario_of("winter", 1)
    assert experiment.same_luck(one, one.changed({"population.fixed": ["boiler"]}))
    assert not experiment.same_luck(one, one.changed({"seed": 8}))
    assert not experiment.same_luck(one, one.changed({"population.boiler": 0.3}))


def test_alike_means_every_array(experiment):
    """By hand: NaN pads sessions, and is like itself."""
    assert experiment.same({"a": np.array([1.0, np.nan])}, {"a": np.array([1.0, np.nan])})
    assert not experiment.same({"a": np.array([1.0])}, {"a": np.array([2.0])})
    assert not experiment.same({"a": np.array([1.0])}, {"b": np.array([1.0])})
