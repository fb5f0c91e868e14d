"""Convex problems: the optimum of both solvers, and what is said where there is none."""

import pytest

from p2p.base.errors import Infeasible, SolveFailed
from p2p.base.solve import modelling, solve


@pytest.mark.parametrize("power", [1, 2])
def test_the_solver_fits_the_problem_and_its_answer_is_the_optimum(power):
    """The least |x - 1| + x, and the least (x - 1)² + x: x = 1 in [1, 2], at 1."""
    cp = modelling()
    x = cp.Variable()
    distance = cp.abs(x - 1) if power == 1 else cp.square(x - 1)
    assert solve(cp.Problem(cp.Minimize(distance + x), [x >= 1, x <= 2]), "least", (1e-11, 1e-8)) == pytest.approx(1, abs=1e-8)
    assert x.value == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("power", [1, 2])
def test_a_contradiction_and_a_bottomless_problem_are_told_apart(power):
    cp = modelling()
    x = cp.Variable(2)
    cost = x[0] if power == 1 else x[0] + cp.square(x[1])
    with pytest.raises(Infeasible, match=r"too much: infeasible"):
        solve(cp.Problem(cp.Minimize(cost), [x >= 1, x <= 0]), "too much")
    with pytest.raises(SolveFailed, match=r"no floor: unbounded") as error:
        solve(cp.Problem(cp.Minimize(cost), [x <= 0]), "no floor")
    assert not isinstance(error.value, Infeasible)
