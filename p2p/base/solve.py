"""The one place where cvxpy solves: the status is checked and the problem has a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from p2p.base.errors import SolveFailed

if TYPE_CHECKING:
    import cvxpy


def solve(problem: cvxpy.Problem, name: str) -> float:
    """The optimal value of a convex problem, its variables and duals filled.

    Raises
    ------
    SolveFailed
        The solver did not end with an optimum; the message names the problem and the status.
    """
    import cvxpy

    solver = cvxpy.HIGHS if problem.is_qp() and problem.objective.expr.is_affine() else cvxpy.CLARABEL
    value = problem.solve(  # type: ignore[no-untyped-call]
        solver=solver, canon_backend="COO", **({"warm_start": False} if solver == cvxpy.HIGHS else {})
    )
    if problem.status != cvxpy.OPTIMAL:
        raise SolveFailed(f"{name}: {problem.status} by {solver}")
    return float(value)
