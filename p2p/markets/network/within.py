"""The welfare programme with network rows: who trades, and the price at each bus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Floats, Indices, Ints, Signs
from p2p.base.errors import Fault, InputError
from p2p.base.solve import Programme, optimum
from p2p.base.units import WH_PER_KWH
from p2p.orders import Clearing, Limits, Nodal, Orders
from p2p.orders.limits import CONGESTION

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MISFIT = 1e-3
"""A solution of the own simplex may miss a row by so much, or HiGHS is asked. [Wh]"""


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
    from p2p.markets.network.kernels import ends, places, whole

    check(orders, limits)
    rows, tangents, reliefs = len(limits), len(limits.lost), len(limits.relief)
    area = limits.area if len(limits.area) else np.zeros(len(orders), np.int32)
    areas = int(area.max(initial=0)) + 1
    size = np.abs(limits.matrix).max(axis=1, initial=0.0)
    scale = 1.0 / np.where(size > 0, size, 1.0)
    x, dual = _solved(orders, limits, scale, area, areas)
    shadow = np.maximum(-dual[areas:], 0.0)
    kind = limits.kind if len(limits.kind) else np.full(rows, CONGESTION, np.int8)
    losses, congestion, voltage = np.zeros((3, limits.buses), np.int64)
    places(limits.matrix, scale, kind, limits.losses, shadow, losses, congestion, voltage)
    added: Ints = losses + congestion + voltage
    accepted, (low, high), known = np.zeros(len(orders), np.int64), np.empty((2, areas), np.int64), np.empty(areas, np.bool_)
    whole(orders.side, orders.energy, orders.price, x[: len(orders)], added, orders.bus, area, areas, accepted)
    ends(orders.side, orders.energy, orders.price, orders.bus, area, added, accepted, low, high, known)
    energy = np.where(known, low + np.rint(k * (high - low)).astype(np.int64), np.rint(-dual[:areas]).astype(np.int64))
    first = len(orders) + reliefs
    beyond = x[first + areas + rows + tangents :][:rows] / (WH_PER_KWH * scale)
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
    area = limits.area if len(limits.area) else np.zeros(len(orders), np.int32)
    payments(orders.side, orders.price, orders.bus, area, nodal.energy, nodal.location, accepted, payment)
    return Clearing(accepted, payment, None, nodal=nodal)


def _solved(orders: Orders, limits: Limits, scale: Floats, area: Indices, areas: int) -> tuple[Floats, Floats]:
    """[n] the optimal columns and [A + R + C] the duals of the balances, of the limits and of the tangents.

    scale : [R] by which limits are scaled. area : [O]. HiGHS solves what the own simplex does not.
    """
    from p2p.markets.network.kernels import columns, least_cost, misfit

    rows, tangents, relief = len(limits), len(limits.lost), limits.relief
    matrix = np.zeros((rows + tangents, limits.buses))
    matrix[:rows] = limits.matrix * scale[:, None] if rows else 0.0
    matrix[rows:] = limits.losses if tangents else 0.0
    upper, cost = np.zeros((2, len(orders) + len(relief) + areas + 2 * rows + tangents + (tangents > 0)))
    penalty = np.full(rows, float(limits.lost_load))
    loss_price = float(max(limits.loss_price, 0))
    stated = (orders.side, orders.energy, orders.price, orders.arrival, relief.energy, relief.cost)
    columns(*stated, areas, tangents, loss_price, penalty, upper, cost)
    right = np.concatenate((np.zeros(areas), WH_PER_KWH * limits.headroom * scale, -WH_PER_KWH * limits.lost))
    placed = (
        np.concatenate((orders.bus, relief.bus)),
        np.concatenate((orders.side, relief.sign)),
        np.asarray(area, np.int32),
        matrix,
        areas,
        tangents,
    )
    x, dual = np.empty(len(upper)), np.empty(len(right))
    if least_cost(*placed, upper, cost, right, x, dual) < 0 or misfit(*placed, right, x) > MISFIT:
        bounded = np.minimum(upper, 1e15)
        table = _table(*placed)
        found = optimum(Programme(-cost, table, right, right, np.zeros(len(upper)), bounded), "clearing within limits")
        return found.x, -found.duals
    return x, dual


def _table(bus: Indices, sign: Signs, area: Indices, matrix: Floats, areas: int, tangents: int) -> csr_array:
    """[A + R + C, n] the programme's rows, as `least_cost` understands them."""
    from scipy.sparse import block_array, csr_array, eye_array

    orders, given, limits = len(area), len(bus), len(matrix) - tangents
    balance = csr_array((sign[:orders].astype(np.float64), (area, np.arange(orders))), shape=(areas, given))
    broken = np.zeros((len(matrix), limits + (tangents > 0)))
    broken[np.arange(limits), np.arange(limits)] = -1.0
    broken[limits:, limits:] = -1.0
    stated = block_array([[balance, None], [csr_array(sign * matrix[:, bus]), csr_array(broken)]]) if len(matrix) else balance
    whole = stated.tocsc()
    return csr_array(block_array([[whole[:, :given], eye_array(areas + len(matrix)), whole[:, given:]]]))


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
