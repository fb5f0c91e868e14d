"""The grouping law: however prosumers are split into cohorts, a run leaves the same bytes."""

import numpy as np
import pytest

import p2p
from p2p.build.build import build
from p2p.model import ExchangeModel
from tests.running import ONE_DAY, fingerprint


@pytest.mark.parametrize("cohort_size", [7, 1])
def test_any_split_into_cohorts_leaves_the_same_bytes(day, tmp_path, cohort_size):
    split = p2p.run(ONE_DAY, tmp_path / "split", cohort_size=cohort_size)
    assert fingerprint(split.folder) == fingerprint(day.folder)


@pytest.mark.slow
def test_any_split_leaves_the_same_report(tmp_path):
    scenario = p2p.Scenario.of({}, {"clock.days": 1})
    whole, split = (p2p.run(scenario, tmp_path / str(size), cohort_size=size) for size in (None, 5))
    assert "report.html" in fingerprint(whole.folder)
    assert fingerprint(split.folder) == fingerprint(whole.folder)


@pytest.mark.parametrize(("size", "cohorts"), [(None, 2), (50, 3), (1, 118)])
def test_cohorts_are_of_one_strategy_and_hold_everyone_once(size, cohorts):
    setup = build(ONE_DAY)
    model = ExchangeModel(setup, cohort_size=size)
    assert len(model.cohorts) == cohorts
    assert np.array_equal(np.sort(np.concatenate([cohort.rows for cohort in model.cohorts])), np.arange(118))
    for cohort in model.cohorts:
        assert len(cohort) <= (size or 118)
        assert {setup.strategies[number] for number in setup.fleet.prosumers.strategy[cohort.rows]} == {cohort.strategy}


@pytest.mark.parametrize("size", [0, -3])
def test_a_cohort_has_someone(size, tmp_path):
    with pytest.raises(p2p.base.errors.InputError, match="cohort_size"):
        p2p.run(ONE_DAY, tmp_path / "out", cohort_size=size)
    assert not list(tmp_path.iterdir())
