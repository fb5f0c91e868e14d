"""The grouping law: however prosumers are split into cohorts, a run leaves the same bytes."""

import numpy as np
import pytest

import p2p
from p2p.behaviour import STRATEGIES
from p2p.build.build import build
from p2p.devices import FLEXIBLE
from p2p.model import ExchangeModel
from tests.running import FEW, ONE_DAY, fingerprint


@pytest.mark.parametrize("cohort_size", [7, 1])
def test_any_split_into_cohorts_leaves_the_same_bytes(day, tmp_path, cohort_size):
    split = p2p.run(ONE_DAY, tmp_path / "split", cohort_size=cohort_size)
    assert fingerprint(split.folder) == fingerprint(day.folder)


def test_a_home_that_learns_learns_alone(tmp_path):
    """Memories are rows, too: those who learn, shade or withhold leave the same bytes in any company."""
    strategies = {"learning": 0.6, "shade": 0.2, "withhold": 0.2}
    changes = FEW | {"population.households": 30, "results.orders": True, "population.strategies": strategies}
    whole, split = (p2p.run(p2p.Scenario.of({}, changes), tmp_path / str(size), cohort_size=size) for size in (None, 1))
    assert fingerprint(split.folder) == fingerprint(whole.folder)
    model = ExchangeModel(build(p2p.Scenario.of({}, changes)))
    while model.running:
        model.step()
    tries = [cohort.memory.tries for cohort in model.cohorts if cohort.memory is not None]
    assert [table.shape for table in tries] == [(2, 5, 18)]
    assert (tries[0].sum(axis=(0, 1)) > 40).all()
    assert (tries[0].sum(axis=(0, 2)) > 0).all()


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_every_strategy_decides_alone_as_among_others(name, tmp_path):
    """With every kind of device; the bytes are those of any company."""
    people = {f"population.{kind}": 0.5 for kind in FLEXIBLE} | {"population.commercial": 0.2, "population.strategies": {name: 1.0}}
    scenario = p2p.Scenario.of({}, FEW | people | {"clock.start": "2016-01-11", "results.orders": True})
    whole, split = (p2p.run(scenario, tmp_path / str(size), cohort_size=size) for size in (None, 1))
    assert fingerprint(split.folder) == fingerprint(whole.folder)
    assert len(set(whole.columns("devices")["device"].tolist())) == len(FLEXIBLE)


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
