"""The experiment of a feeder that is too thin, small: one day, few regimes."""

import csv
import importlib.util
from pathlib import Path

import pytest

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
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"table.csv", "report.html", "regimes.png", "bills.png", "map.png"}
    with (tmp_path / "out" / "table.csv").open(encoding="utf-8") as file:
        heading, *rows = csv.reader(file)
    assert heading == ["week", "regime", *experiment.HEADINGS]
    assert [row[:2] for row in rows[:6]] == [[week, regime] for week in experiment.WEEKS for regime in experiment.SMALL["regimes"]]


def test_what_lies_outside_is_named(experiment):
    found = {("summer", "curtail"): {"outside": 2.0, "rent": 0.0}}
    bounds = {"curtail": {"outside": [0, 0], "rent": [0, 0]}}
    assert experiment.checked(found, bounds) == ["summer, curtail, outside: 2 not in [0, 0]"]
