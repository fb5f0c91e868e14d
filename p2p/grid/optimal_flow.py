"""Optimal power flow: who should draw and feed in what, at most worth, within the grid's limits. The reference for clearing on a grid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from p2p.base.columns import Columns, Flags, Floats, Indices
from p2p.base.errors import Fault, GridInvalid, Infeasible
from p2p.base.solve import modelling, solve
from p2p.grid.branch_flow import MODELS, BranchFlow, Network, Rating, branch_flow, incidence, network, ratings
from p2p.grid.network import Grid

TOLERANCES = (1e-11, 1e-10, 1e-9, 1e-8)
"""Of the interior-point method, the tightest that it can meet."""
EXACT = 1e-5
"""Up to this gap the relaxation is a power flow."""
SMALLEST = 1e-4
"""A branch that carries less than this share of the largest squared power is measured by that share."""
BREAKING = 100.0
"""A limit is broken only where losing all load does not keep it: how many times the value of lost load its breach costs."""
BINDING = 1e-3
"""A limit holds load back if more of it is worth this share of the value of lost load."""


@dataclass(frozen=True, slots=True)
class Withdrawals(Columns):
    """What may be drawn or fed in; n rows. Power p is worth `worth p - curvature p² / 2` an hour, which for p < 0 is a cost.

    bus:           [n] int32 row of Buses
    low, high:     [n] net withdrawal lies between them, and feeding in is negative [kW]
    worth:         [n] of the first kWh: most a buyer pays, least a seller takes [cost/kWh]
    curvature:     [n] by how much the next kWh is worth less for each kW drawn; 0 for a straight order [cost/kWh/kW]
    q_per_p:       [n] reactive withdrawal that comes with active, tan φ of a fixed power factor
    q_low, q_high: [n] reactive withdrawal that may be chosen on top of it; 0 and 0 for a fixed power factor [kvar]
    """

    bus: Indices
    low: Floats
    high: Floats
    worth: Floats
    curvature: Floats
    q_per_p: Floats
    q_low: Floats
    q_high: Floats

    @classmethod
    def straight(cls, bus: Indices, low: Floats, high: Floats, worth: Floats) -> Withdrawals:
        """Orders of one worth a kWh at unity power factor."""
        zero = np.zeros(len(bus))
        return cls(np.asarray(bus, np.int32), *(np.asarray(one, np.float64) for one in (low, high, worth)), zero, zero, zero, zero)


@dataclass(frozen=True, slots=True)
class Upstream:
    """What the grid beyond the slack bus sells and buys; reactive power is free.

    sells_at, buys_at: prices of a kWh, the first at least the second [cost/kWh]
    most_sold, most_bought: power up to which it does [kW]
    holds_voltage: whether the slack bus has the grid's slack voltage, else any within the bounds
    gives_reactive: whether it gives and takes reactive power
    """

    sells_at: float = 0.0
    buys_at: float = 0.0
    most_sold: float = np.inf
    most_bought: float = np.inf
    holds_voltage: bool = True
    gives_reactive: bool = True


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits, and what is lost where they can't be kept.

    voltage_low, voltage_high: of every bus, or [B]; the slack bus has none while its voltage is held [p.u.]
    of_current: whether ratings limit the current, as the loading of `power_flow` has it, or the apparent power; the
        lossless models know no current and take the apparent power
    lost_load: price of a kWh of given or least withdrawal that is not met; above every price [cost/kWh]
    """

    voltage_low: float | Floats = 0.9
    voltage_high: float | Floats = 1.1
    of_current: bool = True
    lost_load: float = 10.0


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
        Phase shifts are left out, too, which changes nothing on a radial grid.
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
    28 (3), 2013, section V (OPF-cr).
    L. Gan, N. Li, U. Topcu and S. H. Low, "Exact convex relaxation of optimal power flow in radial networks", IEEE
    Trans. Autom. Control 60 (1), 2015, theorem 1 (when the relaxation is exact).
    A. Papavasiliou, "Analysis of distribution locational marginal prices", IEEE Trans. Smart Grid 9 (5), 2018 (the duals
    of the balances as prices).
    """
    p, q = (grid.buses.p_kw, grid.buses.q_kvar) if given is None else (np.asarray(one, np.float64) for one in given)
    faults = list(_faults(grid, withdrawals, upstream, bounds, model, p, q))
    if faults:
        raise GridInvalid(faults)
    sizes = np.abs(p).sum() + np.abs(q).sum() + np.maximum(np.abs(withdrawals.low), np.abs(withdrawals.high)).sum()
    net = network(grid, float(sizes) or grid.base_kva)
    for losing, breaking in ((False, False), (True, False), (True, True)):
        programme = _programme(grid, net, withdrawals, upstream, bounds, model, p, q, losing, breaking)
        try:
            cost = solve(programme.problem, f"optimal flow of {grid.name} ({model})", TOLERANCES)
        except Infeasible:
            if breaking:
                raise
            continue
        return _answer(grid, net, withdrawals, upstream, bounds, programme, p, -cost)
    raise AssertionError("the last round either solves or raises")


@dataclass(frozen=True, slots=True)
class _Programme:
    """The convex problem, and the parts that the answer is read from; in p.u. and cost per hour."""

    problem: Any
    flow: BranchFlow
    drawn: Any
    reactive: Any
    bought: Any
    sold: Any
    fed_q: Any
    met: Any
    balance: tuple[Any, Any]
    band: tuple[Any, Any]
    voltage_over: tuple[Any, Any]
    ends: list[Rating]
    losing: bool
    breaking: bool


def _programme(
    grid: Grid,
    net: Network,
    rows: Withdrawals,
    upstream: Upstream,
    bounds: Bounds,
    model: str,
    p: Floats,
    q: Floats,
    losing: bool,
    breaking: bool,
) -> _Programme:
    cp, power, count = modelling(), net.power, len(grid.buses)
    flow = branch_flow(net, model)
    drawn, free = cp.Variable(len(rows)), cp.Variable(len(rows))
    bought, sold, fed_q = cp.Variable(nonneg=True), cp.Variable(nonneg=True), cp.Variable()
    met = cp.Variable(count) if losing else cp.Constant(np.ones(count))
    at_bus, slack = incidence(rows.bus, count), np.arange(count) == grid.slack
    reactive = cp.multiply(rows.q_per_p, drawn) + free
    p_out, q_out = flow.leaving(net)
    balance = (
        cp.multiply(p / power, met) + at_bus @ drawn + p_out == slack.astype(float) * (bought - sold),
        cp.multiply(q / power, met) + at_bus @ reactive + q_out == slack.astype(float) * fed_q,
    )
    cost = power * (upstream.sells_at * bought - upstream.buys_at * sold - rows.worth @ drawn)
    cost += power**2 / 2 * (rows.curvature @ cp.square(drawn))
    constraints = [*flow.equations, *balance]
    for variable, low, high in ((drawn, rows.low / power, rows.high / power), (free, rows.q_low / power, rows.q_high / power)):
        if losing:  # a least withdrawal may be given up
            constraints += [variable >= np.minimum(low, 0), variable <= np.maximum(high, 0)]
            cost += power * bounds.lost_load * cp.sum(cp.pos(low - variable) + cp.pos(variable - high))
        else:
            constraints += [variable >= low, variable <= high]
    if losing:
        constraints += [met >= 0, met <= 1]
        cost += bounds.lost_load * (np.where(p != 0, np.abs(p), np.abs(q)) @ (1 - met))
    band, over = _band(grid, flow, upstream, bounds, breaking)
    ends = ratings(net, flow, model, bounds.of_current, breaking)
    constraints += [*band, *(one for end in ends for one in end.limit)]
    if breaking:
        cost += BREAKING * power * bounds.lost_load * (cp.sum(over[0] + over[1]) + sum(cp.sum(end.over) for end in ends))
    if upstream.holds_voltage:
        constraints.append(flow.square[grid.slack] == grid.slack_voltage**2)
    for variable, most in ((bought, upstream.most_sold), (sold, upstream.most_bought)):
        if np.isfinite(most):
            constraints.append(variable <= most / power)
    if not upstream.gives_reactive:
        constraints.append(fed_q == 0)
    problem = cp.Problem(cp.Minimize(cost), constraints)
    return _Programme(problem, flow, drawn, reactive, bought, sold, fed_q, met, balance, band, over, ends, losing, breaking)


def _within(grid: Grid, upstream: Upstream) -> Flags:
    """[B] which buses have a voltage band."""
    within: Flags = np.ones(len(grid.buses), np.bool_)
    within[grid.slack] = not upstream.holds_voltage
    return within


def _band(grid: Grid, flow: BranchFlow, upstream: Upstream, bounds: Bounds, breaking: bool) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """The voltage band on its buses, low and high, and by how much the squares leave it, if they may."""
    cp, rows = modelling(), np.flatnonzero(_within(grid, upstream))
    low, high = (np.broadcast_to(one, len(grid.buses))[rows] ** 2 for one in (bounds.voltage_low, bounds.voltage_high))
    over = (cp.Variable(len(rows), nonneg=True), cp.Variable(len(rows), nonneg=True)) if breaking else (cp.Constant(0), cp.Constant(0))
    return (flow.square[rows] >= low - over[0], flow.square[rows] <= high + over[1]), over


def _answer(
    grid: Grid,
    net: Network,
    rows: Withdrawals,
    upstream: Upstream,
    bounds: Bounds,
    programme: _Programme,
    p: Floats,
    welfare: float,
) -> OptimalFlow:
    """The optimum in the units of the grid."""
    flow, power, count = programme.flow, net.power, len(grid.buses)
    within = np.flatnonzero(_within(grid, upstream))
    band = np.zeros((2, count))
    for side, (constraint, limit) in enumerate(zip(programme.band, (bounds.voltage_low, bounds.voltage_high), strict=True)):
        band[side, within] = np.maximum(constraint.dual_value, 0) * 2 * np.broadcast_to(limit, count)[within]
    rated = np.zeros(len(grid.branches))
    for end, over in zip(programme.ends, _rated(grid, programme), strict=True):
        rated[end.rows] += np.maximum(end.price(), 0) / (power * over[end.rows])
    p_out = flow.leaving(net)[0].value
    gap = _gap(flow) if flow.current.variables() else 0.0
    lost = p * (1 - programme.met.value) if programme.losing else np.zeros(count)
    return OptimalFlow(
        welfare,
        programme.drawn.value * power,
        programme.reactive.value * power,
        float(programme.bought.value - programme.sold.value) * power,
        float(programme.fed_q.value) * power,
        np.sqrt(flow.square.value),
        flow.p_from.value * power,
        flow.q_from.value * power,
        float(p_out.sum()) * power,
        np.asarray(programme.balance[0].dual_value) / power,
        np.asarray(programme.balance[1].dual_value) / power,
        band[0],
        band[1],
        rated,
        gap,
        bool(flow.current.variables()) and gap <= EXACT,
        lost,
        tuple(_unmet(grid, net, rows, bounds, programme, lost, band, rated)) if programme.losing else (),
    )


def _rated(grid: Grid, programme: _Programme) -> list[Floats]:
    """[L] rated voltage of each end that has limits: the from end, then the to end."""
    return [grid.branches.from_rated, grid.branches.to_rated][: len(programme.ends)]


def _gap(flow: BranchFlow) -> float:
    """How far the cone is from being tight, relative to l W on the branch, or to a small share of the largest."""
    product = flow.current.value * flow.inner.value
    slack = np.abs(product - flow.p.value**2 - flow.q.value**2)
    floor = SMALLEST * product.max(initial=0.0)
    return float(np.max(slack / np.maximum(product, floor), initial=0.0)) if floor > 0 else 0.0


def _unmet(
    grid: Grid, net: Network, rows: Withdrawals, bounds: Bounds, programme: _Programme, lost: Floats, band: Floats, rated: Floats
) -> Iterator[Fault]:
    """What was given up at which bus, what was broken, and the limits that hold load back."""
    drawn, dust, names = programme.drawn.value * net.power, 1e-6 * net.power, grid.buses.name
    forced = np.maximum(rows.low - drawn, 0) - np.maximum(drawn - rows.high, 0)
    away = lost + np.bincount(rows.bus, forced, len(names))
    for bus in np.flatnonzero(np.abs(away) > dust).tolist():
        yield Fault(f"{grid.name}, bus {names[bus]}", f"{away[bus]:.6g} kW of withdrawal are not met", "within the limits")
    if programme.breaking:
        yield from _broken(grid, net, bounds, programme)
        return
    for side, wide in enumerate((bounds.voltage_low, bounds.voltage_high)):
        for bus in np.flatnonzero(band[side] > BINDING * bounds.lost_load * net.power).tolist():
            limit = np.broadcast_to(wide, len(names))[bus]
            yield Fault(f"{grid.name}, bus {names[bus]}", f"its voltage stands at {limit:.6g} p.u.", f"a {('lower', 'higher')[side]} limit")
    for row in np.flatnonzero(rated > BINDING * bounds.lost_load).tolist():
        branch = grid.branches.name[row]
        yield Fault(f"{grid.name}, branch {branch}", f"it carries its {grid.branches.rating_kva[row]:.6g} kVA", "a higher rating")


def _broken(grid: Grid, net: Network, bounds: Bounds, programme: _Programme) -> Iterator[Fault]:
    """The limits that not even a grid without load keeps."""
    voltage = np.sqrt(programme.flow.square.value)
    for bus in range(len(grid.buses)):
        low, high = (float(np.broadcast_to(one, len(voltage))[bus]) for one in (bounds.voltage_low, bounds.voltage_high))
        if bus != grid.slack and not low - 1e-6 <= voltage[bus] <= high + 1e-6:
            yield Fault(f"{grid.name}, bus {grid.buses.name[bus]}", f"{voltage[bus]:.6g} p.u.", f"{low:.6g} to {high:.6g} p.u.")
    for end in programme.ends:
        for row in end.rows[end.over.value > 1e-6].tolist():
            yield Fault(
                f"{grid.name}, branch {grid.branches.name[row]}", "loaded above its rating", f"{grid.branches.rating_kva[row]:.6g} kVA"
            )


def _faults(
    grid: Grid, rows: Withdrawals, upstream: Upstream, bounds: Bounds, model: str, p: Floats, q: Floats
) -> Iterator[Fault]:
    """What is wrong with the arguments."""
    buses, where = len(grid.buses), "optimal flow"
    if model not in MODELS:
        yield Fault(f"{where}, model", repr(model), " | ".join(MODELS))
    for name, column in (("active", p), ("reactive", q)):
        if column.shape != (buses,) or not np.all(np.isfinite(column)):
            yield Fault(f"{where}, given {name} withdrawal", f"shape {column.shape} or not numbers", f"[{buses}] numbers, one a bus")
    wrong = {
        "are at a bus that is not there": (rows.bus < 0) | (rows.bus >= buses),
        "are not finite numbers": ~np.all(np.isfinite(np.stack([column.astype(float) for column in rows.columns().values()])), axis=0),
        "have a low above their high": (rows.low > rows.high) | (rows.q_low > rows.q_high),
        "are worth more the more is drawn": rows.curvature < 0,
    }
    for what, flags in wrong.items():
        if np.any(flags):
            yield Fault(f"{where}, withdrawals", f"{flags.sum()} of {len(rows)} {what}: rows {np.flatnonzero(flags)[:8].tolist()}")
    if not upstream.sells_at >= upstream.buys_at or not np.isfinite(upstream.sells_at + upstream.buys_at):
        yield Fault(f"{where}, upstream", f"sells at {upstream.sells_at}, buys at {upstream.buys_at}", "the first at least the second")
    if not (upstream.most_sold >= 0 and upstream.most_bought >= 0):
        yield Fault(f"{where}, upstream", f"sells {upstream.most_sold}, buys {upstream.most_bought} kW", "0 or more")
    low, high = np.asarray(bounds.voltage_low), np.asarray(bounds.voltage_high)
    if not (low.shape in ((), (buses,)) and high.shape in ((), (buses,))):
        yield Fault(f"{where}, voltages", f"bounds of shape {low.shape} and {high.shape}", f"one number, or [{buses}]")
    elif not np.all((low > 0) & (high >= low) & np.isfinite(high)):
        yield Fault(f"{where}, voltages", "a low bound that is not positive or above the high one", "0 < low <= high")
    if not 0 < bounds.lost_load < np.inf:
        yield Fault(f"{where}, lost load", f"{bounds.lost_load}", "a positive price")
