"""The gaming experiment, small: few rules, few books."""

import csv
import importlib.util
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "experiments" / "gaming"


@pytest.fixture(scope="module")
def experiment():
    spec = importlib.util.spec_from_file_location("experiment_gaming", FOLDER / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_runs_small(experiment, tmp_path, monkeypatch):
    monkeypatch.setattr(experiment, "SLOWEST", 10.0)
    monkeypatch.setattr(experiment, "GRID", experiment.Grid(beside=6, energies=(0.5,), singly=0))
    assert experiment.main(str(tmp_path / "out"), ["pay_as_bid", "vcg"], every=48) == 0
    with (tmp_path / "out" / "table.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row]
    assert [row[:2] for row in rows[1:7]] == [[rule, who] for rule in ("pay_as_bid", "vcg") for who in experiment.GAMERS]
    assert [row[1] for row in rows[8:]] == [*experiment.STRATEGIES] * 2
    for row in rows[1:7]:
        gain, others, operator, lost = map(float, row[2:6])
        assert gain >= 0
        assert lost == pytest.approx(others + operator - gain, abs=1e-9)
    assert "Left out" not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert (tmp_path / "out" / "gaming.png").stat().st_size > 5000


def test_a_rule_that_can_not_take_part_is_named(experiment, monkeypatch):
    books, _ = experiment.truthful_books(48)

    class Refuses(experiment.p2p.MECHANISMS["uniform"]):
        def __call__(self, orders, limits=None):
            raise experiment.P2PError("no such books")

    assert experiment.reason_to_skip(Refuses(), books) == "does not clear these books: no such books"
    monkeypatch.setattr(experiment, "SLOWEST", 0.0)
    assert "too long" in experiment.reason_to_skip(experiment.p2p.MECHANISMS["uniform"](), books)
