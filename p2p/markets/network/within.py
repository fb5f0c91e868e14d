"""The welfare programme with network rows: who trades, and the price at each bus."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.base.errors import Fault, InputError
from p2p.base.solve import Programme, optimum
from p2p.base.units import WH_PER_KWH
from p2p.orders import Clearing, Limits, Nodal, Orders
from p2p.orders.limits import VOLTAGE


def within(orders: Orders, limits: Limits, k: float = 0.5) -> tuple[Ints, Nodal]:
    """What is accepted so that welfare is largest within the limits, and the price at each bus.

    Welfare is what buyers would pay less what sellers would take, less the cost of losses and of what the operator takes
    back, less the value of lost load for what stays beyond a limit. The price at a bus is what a kWh more withdrawn there
    costs all others: of energy, and by losses, congestion and voltage (the distribution locational marginal price). Where
    orders leave the price of energy a range, it is k of the way up.

    Returns
    -------
    accepted : [O] [Wh]
    nodal : the prices.

    Raises
    ------
    InputError
        An order stands at a bus that the limits don't know, or limits that are no numbers.

    References
    ----------
    F. Li and R. Bo, "DCOPF-based LMP simulation: algorithm, comparison with ACOPF, and sensitivity", IEEE Trans. Power
    Systems 22 (4), 2007, equations 8-10 (energy, loss and congestion components); A. Papavasiliou, "Analysis of distribution
    locational marginal prices", IEEE Trans. Smart Grid 9 (5), 2018, section IV (the voltage component).
    """
    from p2p.markets.network.kernels import ends, whole

    check(orders, limits)
    rows, tangents, reliefs = len(limits), len(limits.lost), len(limits.relief)
    size = np.abs(limits.matrix).max(axis=1, initial=0.0)
    scale = 1.0 / np.where(size > 0, size, 1.0)
    x, dual = _solved(orders, limits, scale)
    shadow = np.maximum(-dual[1:], 0.0)
    effect = limits.matrix * (scale * shadow[:rows])[:, None]
    about_voltage = limits.kind == VOLTAGE if len(limits.kind) else np.zeros(rows, np.bool_)
    slopes = (shadow[rows:, None] * limits.losses).sum(axis=0) if tangents else np.zeros(limits.buses)
    parts = (slopes, effect[~about_voltage].sum(axis=0), effect[about_voltage].sum(axis=0))
    losses, congestion, voltage = (np.rint(np.broadcast_to(part, limits.buses)).astype(np.int64) for part in parts)
    added: Ints = losses + congestion + voltage
    accepted = np.zeros(len(orders), np.int64)
    whole(orders.side, orders.energy, orders.price, x[: len(orders)], added, orders.bus, accepted)
    low, high, known = ends(orders.side, orders.energy, orders.price, orders.bus, added, accepted)
    energy = low + round(k * (high - low)) if known else round(-float(dual[0]))
    first = len(orders) + reliefs
    beyond = x[first + 1 + rows + tangents :][:rows] / (WH_PER_KWH * scale)
    lost = float(x[-1]) if tangents else 0.0
    nodal = Nodal(energy, losses, congestion, voltage, scale * shadow[:rows], x[len(orders) : first], lost, beyond)
    return accepted, nodal


def at_nodal_prices(orders: Orders, limits: Limits, k: float = 0.5) -> Clearing:
    """The clearing in which every order pays, or gets, the price of its bus.

    What the operator takes in beyond what it pays out is the congestion rent and the surplus of losses; where limits are
    broken before anybody trades, those who mend that are paid for it, and the operator may pay out more than it takes in.
    A price is a whole µEUR/kWh, and nobody pays beyond a limit for that.
    """
    from p2p.markets.network.kernels import payments

    accepted, nodal = within(orders, limits, k)
    payment = np.zeros(len(orders), np.int64)
    payments(orders.side, orders.price, orders.bus, nodal.price, accepted, payment)
    return Clearing(accepted, payment, None, nodal=nodal)


def _solved(orders: Orders, limits: Limits, scale: Floats) -> tuple[Floats, Floats]:
    """[n] the optimal columns and [1 + R + C] the duals of the balance, of the limits and of the tangents.

    scale : [R] by which limits are scaled. HiGHS solves what the own simplex does not.
    """
    from p2p.markets.network.kernels import columns, least_cost

    rows, tangents, relief = len(limits), len(limits.lost), limits.relief
    matrix = np.zeros((rows + tangents, limits.buses))
    matrix[:rows] = limits.matrix * scale[:, None] if rows else 0.0
    matrix[rows:] = limits.losses if tangents else 0.0
    logical = len(orders) + len(relief)
    upper, cost = np.zeros((2, logical + 1 + 2 * rows + tangents + (tangents > 0)))
    table = np.zeros((1 + rows + tangents, len(upper)))
    columns(
        orders.bus,
        orders.side,
        orders.energy,
        orders.price,
        orders.arrival,
        matrix,
        tangents,
        float(max(limits.loss_price, 0)),
        relief.bus,
        relief.sign,
        relief.energy,
        relief.cost,
        np.full(rows, float(limits.lost_load)),
        upper,
        cost,
        table,
    )
    right = np.concatenate((np.zeros(1), WH_PER_KWH * limits.headroom * scale, -WH_PER_KWH * limits.lost))
    x, dual = np.empty(len(upper)), np.empty(len(right))
    if least_cost(upper, cost, table.copy(), right, logical, x, dual) < 0 or np.abs(table @ x - right).max() > 1e-3:
        from scipy.sparse import csr_array

        bounded = np.minimum(upper, 1e15)
        found = optimum(Programme(-cost, csr_array(table), right, right, np.zeros(len(upper)), bounded), "clearing within limits")
        return found.x, -found.duals
    return x, dual


def check(orders: Orders, limits: Limits) -> None:
    """Refuse limits and orders that don't fit together."""
    buses, faults = limits.buses, []
    if len(orders) and not 0 <= orders.bus.min() <= orders.bus.max() < buses:
        faults.append(Fault("Orders.bus", f"orders at bus {orders.bus.max()}, but the limits have {buses} buses", f"0 to {buses - 1}"))
    for name, table, column in (("matrix", limits.matrix, limits.headroom), ("losses", limits.losses, limits.lost)):
        if len(table) != len(column) or (len(table) and table.shape[1] != buses):
            faults.append(Fault(f"Limits.{name}", f"of shape {table.shape}, beside {len(column)} rows", f"[{len(column)}, {buses}]"))
        if not (np.isfinite(table).all() and np.isfinite(column).all()):
            faults.append(Fault(f"Limits.{name}", "holds values that are no numbers", "finite numbers"))
    if faults:
        raise InputError(faults)
