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
    from p2p.markets.network.prices import priced

    check(orders, limits)
    rows, tangents = len(limits), len(limits.lost)
    area = areas_of(orders, limits)
    areas = int(area.max(initial=0)) + 1
    x, dual, scale = _solved(orders, limits, area, areas)
    kind = limits.kind if len(limits.kind) else np.full(rows, CONGESTION, np.int8)
    shadow, parts = np.empty(rows + tangents), np.zeros((3, limits.buses), np.int64)
    energy, accepted = np.empty(areas, np.int64), np.empty(len(orders), np.int64)
    stated = orders.side, orders.energy, orders.price, orders.bus, area
    priced(*stated, limits.matrix, kind, limits.losses, scale, x, dual, k, shadow, parts, energy, accepted)
    first = len(orders) + len(limits.relief)
    beyond = x[first + len(dual) :][:rows] / (WH_PER_KWH * scale)
    lost = float(x[-1]) if tangents else 0.0
    losses, congestion, voltage = parts
    return accepted, Nodal(energy, losses, congestion, voltage, scale * shadow[:rows], x[len(orders) : first], lost, beyond)


def at_nodal_prices(orders: Orders, limits: Limits, k: float = 0.5) -> Clearing:
    """The clearing in which every order pays, or gets, the price of its bus.

    What the operator takes in beyond what it pays out is the congestion rent and the surplus of losses; where limits are
    broken before anybody trades, those who mend that are paid for it, and the operator may pay out more than it takes in.
    A price is a whole µEUR/kWh, and nobody pays beyond a limit for that.
    """
    from p2p.markets.network.prices import payments

    accepted, nodal = within(orders, limits, k)
    payment = np.zeros(len(orders), np.int64)
    area = areas_of(orders, limits)
    payments(orders.side, orders.price, orders.bus, area, nodal.energy, nodal.location, accepted, payment)
    return Clearing(accepted, payment, None, nodal=nodal)


def areas_of(orders: Orders, limits: Limits) -> Indices:
    """[O] the local market of each order."""
    return limits.area if len(limits.area) else np.zeros(len(orders), np.int32)


def _solved(orders: Orders, limits: Limits, area: Indices, areas: int) -> tuple[Floats, Floats, Floats]:
    """[n] the optimal columns, [A + R + C] the duals of the balances, of the limits and of the tangents, and [R] their scale.

    area : [O]. HiGHS solves what the own simplex does not.
    """
    from p2p.markets.network.kernels import solved

    rows, tangents, relief = len(limits), len(limits.lost), limits.relief
    given, loss_price = len(orders) + len(relief), float(max(limits.loss_price, 0))
    places, signs, matrix = np.empty(given, np.int32), np.empty(given, np.int8), np.empty((rows + tangents, limits.buses))
    right, dual, scale = np.empty(areas + rows + tangents), np.empty(areas + rows + tangents), np.empty(rows)
    upper, cost, x = np.empty((3, given + len(right) + rows + (tangents > 0)))
    stated = (orders.side, orders.energy, orders.price, orders.arrival, orders.bus, area)
    back = (relief.bus, relief.sign, relief.energy, relief.cost)
    known = (limits.matrix, limits.headroom, limits.losses, limits.lost)
    worth = loss_price, float(limits.lost_load), float(WH_PER_KWH)
    if not solved(*stated, *back, *known, *worth, places, signs, matrix, scale, upper, cost, right, x, dual):
        bounded = np.minimum(upper, 1e15)
        table = _table(places, signs, area, matrix, areas, tangents)
        found = optimum(Programme(-cost, table, right, right, np.zeros(len(upper)), bounded), "clearing within limits")
        return found.x, -found.duals, scale
    return x, dual, scale


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
