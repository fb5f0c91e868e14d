"""Who gives up first under `curtail`, besides by worth; on lines of `test_dso`."""

import numpy as np
import pytest

from p2p.base.errors import InputError
from p2p.operators.dso import Curtail
from tests.operators.test_dso import BAND, R, feeder, offers, usage
from tests.running import assert_closed, few


def test_by_parts_of_all_and_by_the_queue():
    """60 + 50 + 40 are fed in through 100 kVA: 50 too much, and 2 % more is taken of each in proportion, or of the last two homes."""
    grid, drawn = feeder(1e-6, rating=100.0), usage((1, -60.0), (1, -50.0), (1, -40.0))
    rows = offers((0, 1, 60.0, 80), (1, 1, 50.0, 200), (2, 1, 40.0, 50))
    parts = Curtail(rule="pro_rata")(grid, drawn, BAND, lambda: rows)
    assert parts.held
    assert parts.taken == pytest.approx(parts.taken.sum() * np.array([60, 50, 40]) / 150)
    assert 50 - 1e-2 <= parts.taken.sum() <= 50 * 1.03
    queue = Curtail(rule="last_in_first_out")(grid, drawn, BAND, lambda: rows)
    assert queue.held
    assert queue.taken[[0, 2]].tolist() == [0.0, 40.0]
    assert queue.taken[1] == pytest.approx(10, abs=1.5)


def test_a_drawn_queue_is_the_same_each_time():
    grid, drawn = feeder(1e-6, rating=100.0), usage((1, -60.0), (1, -50.0), (1, -40.0))
    rows = offers((0, 1, 60.0, 80), (1, 1, 50.0, 200), (2, 1, 40.0, 50))
    found = {seed: Curtail(rule="last_in_first_out", queue=seed)(grid, drawn, BAND, lambda: rows).taken for seed in range(1, 9)}
    assert len({tuple(np.flatnonzero(taken)) for taken in found.values()}) > 1
    again = Curtail(rule="last_in_first_out", queue=5)(grid, drawn, BAND, lambda: rows).taken
    assert again.tolist() == found[5].tolist()


@pytest.mark.parametrize("rule", ["pro_rata", "last_in_first_out"])
def test_load_that_nobody_steers_comes_last_under_every_rule(rule):
    """45 kW too much: all of 20 that charge a store, and 25 of the load."""
    rows = offers((0, -1, 120.0, 8_000), (1, -1, 20.0, 200)).replace(load=np.array([True, False]))
    outcome = Curtail(rule=rule)(feeder(R), usage((1, 120.0), (1, 20.0)), BAND, lambda: rows)
    assert outcome.held
    assert outcome.taken[1] == pytest.approx(20.0)
    assert 25.0 - 1e-3 <= outcome.taken[0] <= 45.0 * 1.05 - 20.0


@pytest.mark.parametrize(("key", "wrong"), [("rule", "fair"), ("margin", 2.0), ("most_rounds", -1), ("queue", -1)])
def test_wrong_parameters_of_curtail(key, wrong):
    with pytest.raises(InputError, match=key):
        Curtail(**{key: wrong})


@pytest.mark.parametrize("rule", ["pro_rata", "last_in_first_out"])
def test_a_run_by_another_rule(tmp_path, rule):
    """What is held is the same, who holds back is not."""
    tight = {"grid__rating_scale": 0.02, "population__pv": 1.0}
    least, found = few(tmp_path / "least", **tight), few(tmp_path / "run", dso__rule=rule, **tight)
    assert found.intervals["held"].mean() >= least.intervals["held"].mean() - 0.02
    assert found.bills["held_back_wh"].tolist() != least.bills["held_back_wh"].tolist()
    assert_closed(found)
