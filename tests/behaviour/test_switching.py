"""Who changes the aggregator, and who stays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.base.errors import InputError
from p2p.behaviour.switching import SWITCHINGS, Logit, Never, Threshold

POOL = np.array([0, 0, 1, -1], np.int32)
OWN = np.array([10.0, 16.0, 20.0, 0.0])
PUBLISHED = np.array([13.0, 20.0])
OPEN = np.array([True, True])
EARLY = np.zeros((2, 4))


def test_who_gains_enough_goes():
    """The second pays 20: 10 more than the first got, 4 more than the second did; five are asked for. Who is in no pool stays."""
    assert Threshold(5.0)(POOL, OWN, PUBLISHED, OPEN, EARLY).tolist() == [1, 0, 1, -1]
    assert Threshold(3.0)(POOL, OWN, PUBLISHED, OPEN, EARLY).tolist() == [1, 1, 1, -1]
    assert Never()(POOL, OWN, PUBLISHED, OPEN, EARLY).tolist() == POOL.tolist()


def test_who_does_not_look_stays():
    luck = np.array([[0.1, 0.7, 0.1, 0.1], [0.0] * 4])
    assert Threshold(3.0, attention=0.5)(POOL, OWN, PUBLISHED, OPEN, luck).tolist() == [1, 0, 1, -1]
    assert Logit(attention=0.0)(POOL, OWN, PUBLISHED, OPEN, EARLY).tolist() == POOL.tolist()


def test_an_aggregator_that_publishes_nothing_wins_nobody():
    assert Threshold(3.0)(POOL, OWN, PUBLISHED, np.array([True, False]), EARLY).tolist() == [0, 0, 1, -1]
    late = np.full((2, 4), 0.999)
    late[0] = 0
    assert Logit(1.0)(POOL, OWN, PUBLISHED, np.array([True, False]), late).tolist()[:2] == [0, 0]


def test_chances_of_a_logit_by_hand():
    """Worth 10 + 5 at the own one and 20 at the other, 0.2 each: exp(3) against exp(4), so 1 / (1 + e) = 0.2689 stays."""
    stays = 1 / (1 + np.e)
    rule = Logit(attention=1.0, sensitivity=0.2, inertia=5.0)
    for draw, after in ((stays - 1e-9, 0), (stays + 1e-9, 1)):
        luck = np.array([[0.0], [draw]])
        assert rule(POOL[:1], OWN[:1], PUBLISHED, OPEN, luck).tolist() == [after]


@pytest.mark.parametrize("rule", [Threshold, Logit])
def test_parameters_that_mean_nothing(rule):
    with pytest.raises(InputError, match=r"attention: 1\.5; 0 to 1"):
        rule(attention=1.5)


homes = st.lists(st.tuples(st.integers(-1, 2), st.floats(-500, 500), st.floats(0, 0.999), st.floats(0, 0.999)), min_size=1, max_size=6)


@pytest.mark.parametrize("name", SWITCHINGS)
@given(homes, st.lists(st.floats(-500, 500), min_size=3, max_size=3), st.lists(st.booleans(), min_size=3, max_size=3))
def test_each_home_decides_alone_and_only_for_what_there_is(name, homes, published, open_):
    pool, own, *luck = (np.array(column) for column in zip(*homes, strict=True))
    rule, luck = SWITCHINGS[name](), np.array(luck)
    public = np.array(published), np.array(open_)
    after = rule(pool.astype(np.int32), own, *public, luck)
    assert np.array_equal(after == -1, pool == -1)
    moved = after != pool
    assert np.all(np.array(open_)[after[moved]])
    for row in range(len(homes)):
        alone = slice(row, row + 1)
        assert rule(pool[alone].astype(np.int32), own[alone], *public, luck[:, alone]).tolist() == after[alone].tolist()
