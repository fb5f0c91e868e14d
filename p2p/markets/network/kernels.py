"""Compiled: the welfare programme of one interval with a few network rows, by the dual simplex method on boxed columns."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats, Indices, Ints, Signs
from p2p.base.compiled import compiled

FEASIBLE = 1e-7
"""A basic variable may lie so far beyond its bound, in Wh."""

SMALL = 1e-9
"""A tableau entry below this is none."""

EARLIER = 1e-3
"""Of two orders of one price the earlier is taken for better by up to so much. [µEUR/kWh]"""


@compiled
def columns(
    bus: Indices,
    side: Signs,
    energy: Ints,
    price: Ints,
    arrival: Ints,
    matrix: Floats,
    tangents: int,
    loss_price: float,
    relief_bus: Indices,
    relief_sign: Signs,
    relief_energy: Ints,
    relief_cost: Ints,
    penalty: Floats,
    upper: Floats,
    cost: Floats,
    table: Floats,
) -> None:
    """Fill the programme: least cost of columns in 0 to upper.

    Columns are orders, relief, a logical for each row, what breaks each limit, and the losses. Row 0 is the balance; then come
    the limits, and the tangents of the losses: each is at most the losses. matrix : [R + C, B] limits and tangents, for a Wh,
    each limit scaled to 1 at most. tangents : C. upper, cost : [n]; table : [1 + R + C, n], zero.
    """
    orders, reliefs, rows = len(side), len(relief_sign), len(matrix)
    first, span = np.int64(0), 1.0
    if orders:
        first = arrival.min()
        span = max(float(arrival.max() - first), 1.0)
    for j in range(orders):
        sign, at = float(side[j]), bus[j]
        upper[j] = energy[j]
        cost[j] = -sign * price[j] + EARLIER * ((arrival[j] - first) / span)
        table[0, j] = sign
        for row in range(rows):
            table[1 + row, j] = sign * matrix[row, at]
    for g in range(reliefs):
        j, sign, at = orders + g, float(relief_sign[g]), relief_bus[g]
        upper[j] = relief_energy[g]
        cost[j] = relief_cost[g]
        for row in range(rows):
            table[1 + row, j] = sign * matrix[row, at]
    first_logical = orders + reliefs
    for row in range(1 + rows):
        table[row, first_logical + row] = 1.0
        upper[first_logical + row] = np.inf if row else 0.0
    limits = rows - tangents
    for row in range(limits):
        j = first_logical + 1 + rows + row
        table[1 + row, j] = -1.0
        upper[j] = np.inf
        cost[j] = penalty[row]
    if tangents:
        j = first_logical + 1 + rows + limits
        for row in range(limits, rows):
            table[1 + row, j] = -1.0
        upper[j] = np.inf
        cost[j] = loss_price


@compiled
def least_cost(upper: Floats, cost: Floats, table: Floats, right: Floats, logical: int, x: Floats, dual: Floats) -> int:
    """Solve min cost x, table x = right, 0 <= x <= upper by the dual simplex method; pivots, or -1 where it did not end.

    It starts from the logicals, which are a basis, with every column at the bound that its cost likes: so it is dual feasible
    at once, since whatever has no upper bound costs something. In the ratio test columns whose reduced cost changes sign flip
    to their other bound as long as that does not overshoot: for the balance alone that is the crossing of the curves.

    Parameters
    ----------
    table : [m, n], overwritten; logical : the first of m columns that are an identity.
    x : [n] to fill. dual : [m] to fill, change of the cost for one more of `right`.

    References
    ----------
    I. Maros, "A generalized dual phase-2 simplex algorithm", European J. Operational Research 149 (1), 2003 (bound flipping);
    A. Koberstein, "The dual simplex method, techniques for a fast and stable implementation", Paderborn 2005, section 3.
    """
    m, n = table.shape
    reduced = cost.copy()
    basis = np.empty(m, np.int64)
    basic = np.zeros(n, np.bool_)
    high = np.zeros(n, np.bool_)
    for row in range(m):
        basis[row] = logical + row
        basic[logical + row] = True
    for j in range(n):
        high[j] = reduced[j] < 0.0 and not basic[j]
    value = right.copy()
    for j in range(n):
        if high[j]:
            for row in range(m):
                value[row] -= table[row, j] * upper[j]
    candidates, ratios = np.empty(n, np.int64), np.empty(n)
    most = 50 * m + 4 * n
    for done in range(most):
        leaves, worst = -1, FEASIBLE
        for row in range(m):
            beyond = max(-value[row], value[row] - upper[basis[row]])
            if beyond > worst:
                leaves, worst = row, beyond
        if leaves < 0:
            _finish(upper, cost, reduced, basis, high, value, logical, x, dual)
            return done
        below = value[leaves] < 0.0
        sign = -1.0 if below else 1.0
        count = 0
        for j in range(n):
            if basic[j] or upper[j] == 0.0:
                continue
            along = sign * table[leaves, j]
            if (along > SMALL and not high[j]) or (along < -SMALL and high[j]):
                candidates[count] = j
                ratios[count] = max(reduced[j] / along, 0.0)
                count += 1
        if count == 0:
            return -1
        enters = _entering(candidates[:count], ratios[:count], table[leaves], upper, high, value, table, worst)
        _pivot(table, reduced, value, basis, basic, high, upper, leaves, enters, below)
    return -1


@compiled
def _entering(candidates: Ints, ratios: Floats, row: Floats, upper: Floats, high: Signs, value: Floats, table: Floats, slope: float) -> int:
    """The column that enters; those that it passes by flip to their other bound."""
    order = np.argsort(ratios)
    for place in range(len(order)):
        j = candidates[order[place]]
        slope -= abs(row[j]) * upper[j]
        if slope < 0.0 or place == len(order) - 1:
            return j
        moved = -upper[j] if high[j] else upper[j]
        for k in range(len(value)):
            value[k] -= table[k, j] * moved
        high[j] = not high[j]
    return -1


@compiled
def _pivot(
    table: Floats,
    reduced: Floats,
    value: Floats,
    basis: Ints,
    basic: Signs,
    high: Signs,
    upper: Floats,
    leaves: int,
    enters: int,
    below: bool,
) -> None:
    """Exchange a basic column for another one, and carry out the step in all rows."""
    m, n = table.shape
    out = basis[leaves]
    bound = 0.0 if below else upper[out]
    pivot = table[leaves, enters]
    step = (value[leaves] - bound) / pivot
    start = upper[enters] if high[enters] else 0.0
    for row in range(m):
        value[row] -= step * table[row, enters]
    value[leaves] = start + step
    scale = 1.0 / pivot
    for j in range(n):
        table[leaves, j] *= scale
    for row in range(m):
        factor = table[row, enters]
        if row != leaves and factor != 0.0:
            for j in range(n):
                table[row, j] -= factor * table[leaves, j]
    factor = reduced[enters]
    for j in range(n):
        reduced[j] -= factor * table[leaves, j]
    reduced[enters] = 0.0
    basis[leaves] = enters
    basic[enters], basic[out] = True, False
    high[enters], high[out] = False, not below


@compiled
def _finish(
    upper: Floats, cost: Floats, reduced: Floats, basis: Ints, high: Signs, value: Floats, logical: int, x: Floats, dual: Floats
) -> None:
    """Write the solution: basic columns have their values, the others stand at a bound."""
    for j in range(len(x)):
        x[j] = upper[j] if high[j] else 0.0
    for row in range(len(basis)):
        x[basis[row]] = min(max(value[row], 0.0), upper[basis[row]])
    for row in range(len(dual)):
        dual[row] = cost[logical + row] - reduced[logical + row]


@compiled
def whole(side: Signs, energy: Ints, price: Ints, x: Floats, added: Ints, bus: Indices, accepted: Ints) -> None:
    """Fill the accepted energies: the nearest whole Wh, and as much bought as sold; what gains least at its bus gives way. [Wh]

    x : [O] of the programme. added : [B] what the place adds to the price of energy. [µEUR/kWh]
    """
    over = np.int64(0)
    for j in range(len(side)):
        accepted[j] = min(max(np.int64(np.rint(x[j])), 0), energy[j])
        over += side[j] * accepted[j]
    while over != 0:
        sign = 1 if over > 0 else -1
        worst, gain = -1, np.inf
        for j in range(len(side)):
            if side[j] == sign and accepted[j] > 0:
                own = side[j] * (price[j] - added[bus[j]])
                part = accepted[j] < energy[j]
                if own < gain - 0.5 or (worst >= 0 and own < gain + 0.5 and part and accepted[worst] == energy[worst]):
                    worst, gain = j, own
        less = min(abs(over), accepted[worst])
        accepted[worst] -= less
        over -= sign * less


@compiled
def ends(side: Signs, energy: Ints, price: Ints, bus: Indices, added: Ints, accepted: Ints) -> tuple[int, int, bool]:
    """The range of prices of energy at which no accepted order loses and none left over would gain; whether there is one. [µEUR/kWh]

    added : [B] what the place adds. Where only one side says something, the range is that point.
    """
    none = np.int64(2) ** 62
    low, high = -none, none
    for j in range(len(side)):
        own = price[j] - added[bus[j]]
        got, left = accepted[j] > 0, accepted[j] < energy[j]
        if side[j] > 0:
            if got:
                high = min(high, own)
            if left:
                low = max(low, own)
        else:
            if got:
                low = max(low, own)
            if left:
                high = min(high, own)
    if low == -none and high == none:
        return 0, 0, False
    if low == -none:
        return high, high, True
    if high == none:
        return low, low, True
    return low, max(low, high), True


@compiled
def payments(side: Signs, price: Ints, bus: Indices, at: Ints, accepted: Ints, payment: Ints) -> None:
    """Fill what orders owe at the price of their bus, and never beyond their limit. [nEUR]

    at : [B] the price there. [µEUR/kWh]
    """
    for j in range(len(side)):
        fair = min(at[bus[j]], price[j]) if side[j] > 0 else max(at[bus[j]], price[j])
        payment[j] = side[j] * accepted[j] * fair
