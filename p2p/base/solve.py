"""The one place where solvers are called: the status is checked and the problem has a name."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from p2p.base.columns import Flags, Floats
from p2p.base.errors import Infeasible, SolveFailed

if TYPE_CHECKING:
    import cvxpy
    from scipy.sparse import sparray

AT_BOUND = 1e-9
"""What is no farther from a bound stands at it."""


@dataclass(frozen=True)
class Programme:
    """A linear programme, mixed-integer where `whole` says so: the largest `gain @ x` with rows and columns in bounds.

    gain:      [n]
    matrix:    [m, n] sparse
    row_low, row_high: [m] bounds of matrix @ x
    low, high: [n] bounds of x
    whole:     [n] which x are whole numbers; None for none
    """

    gain: Floats
    matrix: sparray
    row_low: Floats
    row_high: Floats
    low: Floats
    high: Floats
    whole: Flags | None = None


@dataclass(frozen=True)
class Solution:
    """What a programme has for an answer.

    value: the objective
    x:     [n]
    duals: [m] worth of one more unit of each row's bound, for a linear programme; empty for a mixed-integer one
    bound: no solution has a larger value
    """

    value: float
    x: Floats
    duals: Floats
    bound: float


def optimum(
    programme: Programme, name: str, start: Floats | None = None, seconds: float | None = None, nodes: int | None = None, gap: float = 0.0
) -> Solution:
    """The optimum of a linear or mixed-integer programme by HiGHS, or the best found in a given time or number of nodes.

    Parameters
    ----------
    name : of the problem, for the message.
    start : [n] a solution to start from. A linear programme is then solved by the primal simplex method from a corner near it.
    seconds : most time to take; the answer is then the best that was found.
    nodes : most nodes to search; as `seconds`, and the same on every machine.
    gap : how far below the bound a mixed-integer optimum may stay, as a share.

    Raises
    ------
    SolveFailed
        No solution: the message names the problem and the status.
    """
    import highspy

    mixed = programme.whole is not None and bool(programme.whole.any())
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    options: dict[str, bool | int | float | str] = {"output_flag": False, "threads": 1, "mip_rel_gap": gap, "mip_abs_gap": 1e-6}
    if seconds is not None:
        options["time_limit"] = float(seconds)
    if nodes is not None:
        options["mip_max_nodes"] = nodes
    if start is not None and not mixed:
        options |= {"presolve": "off", "simplex_strategy": int(highspy.simplex_constants.SimplexStrategy.kSimplexStrategyPrimal)}
    for option, setting in options.items():
        highs.setOptionValue(option, setting)
    highs.passModel(_model(programme, mixed))
    if start is not None and mixed:
        given = highspy.HighsSolution()
        given.col_value = start.tolist()
        highs.setSolution(given)
    elif start is not None:
        highs.setBasis(_corner(programme, start))
    highs.run()
    if start is not None and not mixed and highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:  # from nowhere, then
        highs.clearSolver()
        highs.setOptionValue("presolve", "choose")
        highs.setOptionValue("simplex_strategy", int(highspy.simplex_constants.SimplexStrategy.kSimplexStrategyDual))
        highs.run()
    status, found = highs.getModelStatus(), highs.getInfo()
    if status != highspy.HighsModelStatus.kOptimal and not (
        (seconds is not None or nodes is not None) and found.primal_solution_status == 2
    ):
        raise SolveFailed(f"{name}: {highs.modelStatusToString(status)} by HiGHS")
    answer = highs.getSolution()
    value = float(found.objective_function_value)
    duals = np.zeros(0) if mixed else np.array(answer.row_dual)
    return Solution(value, np.array(answer.col_value), duals, float(found.mip_dual_bound) if mixed else value)


def _model(programme: Programme, mixed: bool) -> Any:
    import highspy

    model = highspy.HighsLp()
    columns = programme.matrix.tocsc()
    model.num_row_, model.num_col_ = columns.shape
    model.col_cost_, model.sense_ = programme.gain, highspy.ObjSense.kMaximize
    model.col_lower_, model.col_upper_ = programme.low, programme.high
    model.row_lower_, model.row_upper_ = programme.row_low, programme.row_high
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = columns.indptr, columns.indices, columns.data
    if mixed:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[int(one)] for one in np.asarray(programme.whole)]
    return model


def _corner(programme: Programme, start: Floats) -> Any:
    """The basis of a corner near a solution: what stands between its bounds is basic, and no row is; HiGHS mends what is not one."""
    import highspy

    status = highspy.HighsBasisStatus
    places = np.where(start <= programme.low + AT_BOUND, 0, np.where(start >= programme.high - AT_BOUND, 2, 1))
    names = (status.kLower, status.kBasic, status.kUpper)
    basis = highspy.HighsBasis()
    basis.col_status = [names[place] for place in places.tolist()]
    basis.row_status = [status.kLower] * len(programme.row_low)
    basis.valid = True
    return basis


def modelling() -> Any:
    """The modelling language in which convex problems are written for `solve`: the cvxpy module."""
    import cvxpy

    return cvxpy


def solve(problem: cvxpy.Problem, name: str, tolerances: Sequence[float] = (1e-8,)) -> float:
    """The optimal value of a convex problem, its variables and duals filled.

    Parameters
    ----------
    name : of the problem, for the message.
    tolerances : of feasibility and of the duality gap in the interior-point solver, tried in turn until one is met. Linear
        programmes go to the simplex method, which has its own.

    Raises
    ------
    Infeasible
        There is no feasible point.
    SolveFailed
        The solver did not end with an optimum; the message names the problem and the status.
    """
    import cvxpy

    linear = problem.is_qp() and problem.objective.expr.is_affine()
    solver, status = (cvxpy.HIGHS, "") if linear else (cvxpy.CLARABEL, "")
    for tolerance in tolerances:
        options = {"warm_start": False} if linear else dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), tolerance)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Solution may be inaccurate")  # the status says so, too
            try:
                problem.solve(solver=solver, canon_backend="COO", **options)  # type: ignore[no-untyped-call]
                status = str(problem.status)
            except cvxpy.SolverError as error:
                status = str(error)
        if status == cvxpy.OPTIMAL:
            return float(problem.value)
        if status in (cvxpy.INFEASIBLE, cvxpy.INFEASIBLE_INACCURATE, cvxpy.settings.INFEASIBLE_OR_UNBOUNDED):
            raise Infeasible(f"{name}: {status} by {solver}")
    raise SolveFailed(f"{name}: {status} by {solver}")
