"""Optimal power flow: who should draw and feed in what, at most worth, within the grid's limits. The reference for clearing on a grid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from p2p.base.columns import Floats, Indices
from p2p.base.errors import Fault, GridInvalid, Infeasible, SolveFailed
from p2p.base.solve import modelling, solve
from p2p.grid.branch_flow import MODELS, BranchFlow, Network, Rating, branch_flow, incidence, network, ratings
from p2p.grid.network import Grid
from p2p.grid.question import Bounds, Upstream, Withdrawals, question_faults

__all__ = ["MODELS", "Bounds", "OptimalFlow", "Upstream", "Withdrawals", "optimal_flow"]

TOLERANCES = (1e-11, 1e-10, 1e-9, 1e-8)
"""Of the interior-point method, the tightest that it can meet."""
EXACT = 1e-5
"""Up to this gap the relaxation is a power flow."""
SMALLEST = 0.01
"""A branch that carries less than this share of the largest squared power is measured by that share."""
SHARES = (0.02, 0.1, 0.5)
"""Of all that may be drawn and fed in: the base power, about what a main branch carries of a trade that is largely local; the next if the solver gets stuck."""
BREAKING = 100.0
"""A limit is broken only where losing all load does not keep it: how many times the value of lost load its breach costs."""
DUST = 1e-6
"""Less than this, per unit, is the solver's rounding."""
BINDING = 1e-3
"""A limit holds load back if more of it is worth this share of the value of lost load."""


@dataclass(frozen=True, slots=True)
class OptimalFlow:
    """The optimum. Prices are duals: what one more unit, or one unit less of a limit, costs.

    welfare:        worth of what is drawn less cost of what is fed in and bought upstream; lost load counts in full [cost/h]
    p_kw, q_kvar:   [n] of the withdrawals [kW, kvar]
    import_kw, import_kvar: from upstream at the slack [kW, kvar]
    voltage:        [B] [p.u.]
    branch_p_kw, branch_q_kvar: [L] power that enters at the from end [kW, kvar]
    losses_kw:      what branches and shunts use up; shunts only in the lossless models [kW]
    price:          [B] of a kWh at each bus, the distribution locational marginal price [cost/kWh]
    reactive_price: [B] of a kvarh [cost/kvarh]
    low_voltage_price, high_voltage_price: [B] what 1 p.u. of a wider voltage band is worth, not negative [cost/h/p.u.]
    rating_price:   [L] what 1 kVA more of rating is worth, both ends together, not negative [cost/h/kVA]
    gap:            largest relative |l W - (P² + Q²)| of a branch; 0 in the lossless models
    exact:          whether the relaxation is tight, so that on a radial grid the optimum is a power flow; False in the lossless models
    lost_kw:        [B] given withdrawal that is not met, feeding in negative [kW]
    faults:         what could not be met, and the limits that stand in its way; empty where all limits can be kept
    """

    welfare: float
    p_kw: Floats
    q_kvar: Floats
    import_kw: float
    import_kvar: float
    voltage: Floats
    branch_p_kw: Floats
    branch_q_kvar: Floats
    losses_kw: float
    price: Floats
    reactive_price: Floats
    low_voltage_price: Floats
    high_voltage_price: Floats
    rating_price: Floats
    gap: float
    exact: bool
    lost_kw: Floats
    faults: tuple[Fault, ...]


def optimal_flow(
    grid: Grid,
    withdrawals: Withdrawals,
    upstream: Upstream,
    bounds: Bounds,
    model: str = "socp",
    given: tuple[Floats, Floats] | None = None,
) -> OptimalFlow:
    """The withdrawals of most worth that the grid can carry.

    Parameters
    ----------
    grid : a grid that `check` has passed. On a meshed one the angles around a loop are left out: a bound on the worth.
        Phase shifts are left out, too, which changes nothing on a radial grid. Where burning
        power would pay or lower a voltage, the cone model may burn it in a current that no line has: `exact` is then False.
    withdrawals : what may be chosen.
    upstream : the prices and limits at the slack.
    bounds : of voltages and branches.
    model : "socp", the cone relaxation with losses; "lindistflow", lossless; "linear", lossless with straight limits, a
        linear programme.
    given : [B] active and [B] reactive withdrawal that is not chosen; the grid's own if None. [kW, kvar]

    Returns
    -------
    OptimalFlow. Where the limits can't be kept, withdrawals are given up at `lost_load`; where even that doesn't keep
    them, they are broken. Both are named in `faults`.

    Raises
    ------
    GridInvalid
        The arguments don't fit the grid or one another; all faults at once.
    SolveFailed
        The solver ended without an answer.

    References
    ----------
    M. Farivar and S. H. Low, "Branch flow model: relaxations and convexification, part I", IEEE Trans. Power Syst.
    28 (3), 2013 (the conic relaxation of optimal power flow).
    L. Gan, N. Li, U. Topcu and S. H. Low, "Exact convex relaxation of optimal power flow in radial networks", IEEE
    Trans. Autom. Control 60 (1), 2015 (when the relaxation is exact).
    A. Papavasiliou, "Analysis of distribution locational marginal prices", IEEE Trans. Smart Grid 9 (5), 2018 (the duals
    of the balances as prices).
    """
    p, q = (grid.buses.p_kw, grid.buses.q_kvar) if given is None else (np.asarray(one, np.float64) for one in given)
    faults = [] if model in MODELS else [Fault("optimal flow, model", repr(model), " | ".join(MODELS))]
    faults += list(question_faults(grid, withdrawals, upstream, bounds, p, q))
    if faults:
        raise GridInvalid(faults)
    size = np.abs(p).sum() + np.abs(q).sum() + np.maximum(np.abs(withdrawals.low), np.abs(withdrawals.high)).sum()
    prices = max(abs(upstream.sells_at), abs(upstream.buys_at), np.abs(withdrawals.worth).max(initial=0.0)) or 1.0
    for share in SHARES:
        net = network(grid, float(size * share) or grid.base_kva)
        try:
            return _solved(_Question(grid, net, withdrawals, upstream, bounds, model, p, q, float(prices)))
        except Infeasible:
            raise
        except SolveFailed:
            if share == SHARES[-1]:
                raise
    raise AssertionError("the last share either solves or raises")


def _solved(asked: _Question) -> OptimalFlow:
    """The answer within the limits; else with withdrawals given up; else with limits broken, too."""
    name = f"optimal flow of {asked.grid.name} ({asked.model})"
    for losing, breaking in ((False, False), (True, False)):
        programme = _programme(asked, losing, breaking)
        try:
            solve(programme.problem, name, TOLERANCES)
        except Infeasible:
            continue
        return _answer(asked, programme)
    programme = _programme(asked, losing=True, breaking=True)
    solve(programme.problem, name, TOLERANCES)
    return _answer(asked, programme)


@dataclass(frozen=True, slots=True)
class _Question:
    """What was asked, and the units in which it is solved: `net.power` kW, and `price` a kWh, the highest price there is."""

    grid: Grid
    net: Network
    rows: Withdrawals
    upstream: Upstream
    bounds: Bounds
    model: str
    p: Floats
    q: Floats
    price: float

    def banded(self) -> Indices:
        """The buses that have a voltage band: all but a slack bus whose voltage is held."""
        buses = np.arange(len(self.grid.buses), dtype=np.int32)
        return buses[buses != self.grid.slack] if self.upstream.holds_voltage else buses

    def limits(self) -> tuple[Floats, Floats]:
        """[B] low and high voltage."""
        low, high = (
            np.broadcast_to(np.asarray(one, np.float64), len(self.grid.buses))
            for one in (self.bounds.voltage_low, self.bounds.voltage_high)
        )
        return low, high


@dataclass(frozen=True, slots=True)
class _Programme:
    """The convex problem, and the parts that the answer is read from; in p.u. of power and price."""

    problem: Any
    flow: BranchFlow
    drawn: Any
    reactive: Any
    imported: Any
    fed_q: Any
    met: Any
    balance: tuple[Any, Any]
    band: tuple[Any, Any]
    ends: list[Rating]
    losing: bool
    breaking: bool


def _programme(asked: _Question, losing: bool, breaking: bool) -> _Programme:
    """The problem, with withdrawals that may be given up, with limits that may be broken."""
    cp, grid, net, rows, upstream = modelling(), asked.grid, asked.net, asked.rows, asked.upstream
    power, count = net.power, len(grid.buses)
    flow = branch_flow(net, asked.model)
    drawn, free = cp.Variable(len(rows)), cp.Variable(len(rows))
    bought, sold, fed_q = cp.Variable(nonneg=True), cp.Variable(nonneg=True), cp.Variable()
    met = cp.Variable(count) if losing else cp.Constant(np.ones(count))
    at_bus, at_slack = incidence(rows.bus, count), (np.arange(count) == grid.slack).astype(float)
    reactive = cp.multiply(rows.q_per_p, drawn) + free
    p_out, q_out = flow.leaving(net)
    balance = (
        cp.multiply(asked.p / power, met) + at_bus @ drawn + p_out == at_slack * (bought - sold),
        cp.multiply(asked.q / power, met) + at_bus @ reactive + q_out == at_slack * fed_q,
    )
    worth = (rows.worth / asked.price) @ drawn - (power / asked.price / 2 * rows.curvature) @ cp.square(drawn)
    cost = upstream.sells_at / asked.price * bought - upstream.buys_at / asked.price * sold - worth
    lost, lost_load = [], asked.bounds.lost_load / asked.price
    constraints = [*flow.equations, *balance]
    for variable, low, high in ((drawn, rows.low / power, rows.high / power), (free, rows.q_low / power, rows.q_high / power)):
        if losing:  # a least withdrawal may be given up
            constraints += [variable >= np.minimum(low, 0), variable <= np.maximum(high, 0)]
            lost.append(cp.sum(cp.pos(low - variable) + cp.pos(variable - high)))
        else:
            constraints += [variable >= low, variable <= high]
    if losing:
        constraints += [met >= 0, met <= 1]
        lost.append((np.where(asked.p != 0, np.abs(asked.p), np.abs(asked.q)) / power) @ (1 - met))
    band, over = _band(asked, flow, breaking)
    ends = ratings(net, flow, asked.model, asked.bounds.of_current, breaking)
    constraints += [*band, *(end.limit for end in ends)]
    if breaking:
        lost += [BREAKING * cp.sum(one) for one in (*over, *(end.over for end in ends))]
    if upstream.holds_voltage:
        constraints.append(flow.square[grid.slack] == grid.slack_voltage**2)
    for variable, most in ((bought, upstream.most_sold), (sold, upstream.most_bought)):
        if np.isfinite(most):
            constraints.append(variable <= most / power)
    if not upstream.gives_reactive:
        constraints.append(fed_q == 0)
    problem = cp.Problem(cp.Minimize(cost + lost_load * sum(lost)), constraints)
    return _Programme(problem, flow, drawn, reactive, bought - sold, fed_q, met, balance, band, ends, losing, breaking)


def _band(asked: _Question, flow: BranchFlow, breaking: bool) -> tuple[tuple[Any, Any], list[Any]]:
    """The voltage band on its buses, low and high, and by how much the squares leave it, if they may."""
    cp, rows = modelling(), asked.banded()
    low, high = (one[rows] ** 2 for one in asked.limits())
    over = [cp.Variable(len(rows), nonneg=True) for _ in range(2)] if breaking else []
    below, above = over or (0.0, 0.0)
    return (flow.square[rows] >= low - below, flow.square[rows] <= high + above), over


def _answer(asked: _Question, programme: _Programme) -> OptimalFlow:
    """The optimum in the units of the grid."""
    flow, grid, power, count = programme.flow, asked.grid, asked.net.power, len(asked.grid.buses)
    money, within, band = power * asked.price, asked.banded(), np.zeros((2, count))
    for side, (constraint, limit) in enumerate(zip(programme.band, asked.limits(), strict=True)):
        band[side, within] = np.maximum(constraint.dual_value, 0) * money * 2 * limit[within]
    rated = np.zeros(len(grid.branches))
    for end, voltage in zip(programme.ends, (grid.branches.from_rated, grid.branches.to_rated), strict=False):
        rated[end.rows] += np.maximum(end.price(), 0) * asked.price / voltage[end.rows]
    gap = _gap(flow) if asked.model == "socp" else 0.0
    lost = asked.p * (1 - programme.met.value)
    return OptimalFlow(
        -float(programme.problem.value) * money,
        programme.drawn.value * power,
        programme.reactive.value * power,
        float(programme.imported.value) * power,
        float(programme.fed_q.value) * power,
        np.sqrt(flow.square.value),
        flow.p_from.value * power,
        flow.q_from.value * power,
        float(flow.leaving(asked.net)[0].value.sum()) * power,
        np.asarray(programme.balance[0].dual_value) * asked.price,
        np.asarray(programme.balance[1].dual_value) * asked.price,
        band[0],
        band[1],
        rated,
        gap,
        asked.model == "socp" and gap <= EXACT,
        lost,
        tuple(_unmet(asked, programme, lost, band, rated)) if programme.losing else (),
    )


def _gap(flow: BranchFlow) -> float:
    """How far the cone is from being tight, relative to l W on the branch, or to a small share of the largest."""
    product = flow.current.value * flow.inner.value
    slack = np.abs(product - flow.p.value**2 - flow.q.value**2)
    floor = SMALLEST * product.max(initial=0.0)
    return float(np.max(slack / np.maximum(product, floor), initial=0.0)) if floor > 0 else 0.0


def _unmet(asked: _Question, programme: _Programme, lost: Floats, band: Floats, rated: Floats) -> Iterator[Fault]:
    """What was given up at which bus, and the limits that hold it back, or that were broken."""
    grid, rows, power = asked.grid, asked.rows, asked.net.power
    names, drawn, worst = grid.buses.name, programme.drawn.value * power, BINDING * asked.bounds.lost_load
    forced = np.maximum(rows.low - drawn, 0) - np.maximum(drawn - rows.high, 0)
    away = lost + np.bincount(rows.bus, forced, len(names))
    for bus in np.flatnonzero(np.abs(away) > DUST * power).tolist():
        yield Fault(f"{grid.name}, bus {names[bus]}", f"{away[bus]:.6g} kW of withdrawal are not met", "less, or wider limits")
    if programme.breaking:
        yield from _broken(asked, programme)
        return
    for side, limit in enumerate(asked.limits()):
        for bus in np.flatnonzero(band[side] > worst * power).tolist():
            limited = f"its voltage stands at the limit of {limit[bus]:.6g} p.u."
            yield Fault(f"{grid.name}, bus {names[bus]}", limited, f"a {('lower', 'higher')[side]} limit")
    for row in np.flatnonzero(rated > worst).tolist():
        carried = f"it carries its {grid.branches.rating_kva[row]:.6g} kVA"
        yield Fault(f"{grid.name}, branch {grid.branches.name[row]}", carried, "a higher rating")


def _broken(asked: _Question, programme: _Programme) -> Iterator[Fault]:
    """The limits that not even a grid without load keeps."""
    grid, voltage, (low, high) = asked.grid, np.sqrt(programme.flow.square.value), asked.limits()
    rows = asked.banded()
    for bus in rows[(voltage < low - DUST)[rows] | (voltage > high + DUST)[rows]].tolist():
        yield Fault(f"{grid.name}, bus {grid.buses.name[bus]}", f"{voltage[bus]:.6g} p.u.", f"{low[bus]:.6g} to {high[bus]:.6g} p.u.")
    for row in sorted({row for end in programme.ends for row in end.rows[end.over.value > DUST].tolist()}):
        rating = f"{grid.branches.rating_kva[row]:.6g} kVA"
        yield Fault(f"{grid.name}, branch {grid.branches.name[row]}", "it is loaded above its rating", rating)
