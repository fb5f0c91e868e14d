"""Compiled: the welfare programme of one interval with a few network rows, by the dual simplex method on boxed columns."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Flags, Floats, Indices, Ints, Signs
from p2p.base.compiled import compiled
from p2p.orders.limits import VOLTAGE

FEASIBLE = 1e-7
"""A basic variable may lie so far beyond its bound, in Wh."""

SMALL = 1e-9
"""An entry of a row below this is none."""

EARLIER = 1e-3
"""Of two orders of one price the earlier is taken for better by up to so much. [µEUR/kWh]"""


@compiled
def columns(
    side: Signs,
    energy: Ints,
    price: Ints,
    arrival: Ints,
    relief_energy: Ints,
    relief_cost: Ints,
    areas: int,
    tangents: int,
    loss_price: float,
    penalty: Floats,
    upper: Floats,
    cost: Floats,
) -> None:
    """Fill the upper bounds and the costs of the programme's columns.

    Columns are orders, relief, a logical for each row, what breaks each limit, and the losses. The first rows are the balances, one
    an area; then come the limits, and the tangents of the losses: each is at most the losses. upper, cost : [n], zero.
    """
    orders, reliefs, limits = len(side), len(relief_energy), len(penalty)
    first, span = np.int64(0), 1.0
    if orders:
        first = arrival.min()
        span = max(float(arrival.max() - first), 1.0)
    for j in range(orders):
        upper[j] = energy[j]
        cost[j] = -float(side[j]) * price[j] + EARLIER * ((arrival[j] - first) / span)
    for g in range(reliefs):
        upper[orders + g] = relief_energy[g]
        cost[orders + g] = relief_cost[g]
    free = orders + reliefs + areas
    broken = free + limits + tangents
    upper[free : broken + limits] = np.inf
    cost[broken : broken + limits] = penalty
    if tangents:
        upper[broken + limits] = np.inf
        cost[broken + limits] = loss_price


@compiled
def least_cost(
    bus: Indices,
    sign: Signs,
    area: Indices,
    matrix: Floats,
    areas: int,
    tangents: int,
    upper: Floats,
    cost: Floats,
    right: Floats,
    x: Floats,
    dual: Floats,
) -> int:
    """Solve min cost x, A x = right, 0 <= x <= upper by the revised dual simplex method; pivots, or -1 where it did not end.

    It starts from the logicals, which are a basis, with every column at the bound that its cost likes: so it is dual feasible
    at once, since whatever has no upper bound costs something. In the ratio test columns whose reduced cost changes sign flip
    to their other bound as long as that does not overshoot: for the balance alone that is the crossing of the curves.
    Nothing of A is formed: an order's column is its bus's column of the rows, its sign, and its sign in its area's balance.

    Parameters
    ----------
    bus, sign : [G] of the orders and then of the relief. area : [O] of the orders.
    matrix : [R + C, B] limits and tangents, for a Wh, each limit scaled to 1 at most; C is `tangents`.
    right : [areas + R + C].
    x : [n] to fill. dual : [areas + R + C] to fill, change of the cost for one more of `right`.

    References
    ----------
    I. Maros, "A generalized dual phase-2 simplex algorithm", European J. Operational Research 149 (1), 2003 (bound flipping);
    A. Koberstein, "The dual simplex method, techniques for a fast and stable implementation", Paderborn 2005, sections 3 and 8.
    """
    m, n, given = len(right), len(upper), len(bus)
    basis, basic, high = np.arange(given, given + m), np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    basic[given : given + m] = True
    for j in range(n):
        high[j] = cost[j] < 0.0 and not basic[j]
    inverse, reduced, value, row = np.eye(m), cost.copy(), right.copy(), np.empty(n)
    at_bus, total, column = np.empty(matrix.shape[1]), np.empty(m), np.empty(m)
    candidates, ratios = np.empty(n, np.int64), np.empty(n)
    moves = np.zeros(given)
    for j in range(given):
        if high[j]:
            moves[j] = upper[j]
    _effect(moves, bus, sign, area, matrix, areas, at_bus, total)
    value -= total
    for done in range(50 * m + 4 * n):
        leaves, worst = -1, FEASIBLE
        for i in range(m):
            beyond = max(-value[i], value[i] - upper[basis[i]])
            if beyond > worst:
                leaves, worst = i, beyond
        if leaves < 0:
            _finish(upper, cost, reduced, basis, high, value, given, x, dual)
            return done
        below = value[leaves] < 0.0
        _row(inverse[leaves], bus, sign, area, matrix, areas, tangents, at_bus, row)
        count = _candidates(row, -1.0 if below else 1.0, upper, basic, high, reduced, candidates, ratios)
        if count == 0:
            return -1
        moves[:] = 0.0
        enters, flipped = _entering(candidates, ratios, count, row, upper, high, moves, worst)
        if flipped:
            _effect(moves, bus, sign, area, matrix, areas, at_bus, total)
            _add(inverse, total, -1.0, value)
        _column(enters, bus, sign, area, matrix, areas, tangents, total)
        column[:] = 0.0
        _add(inverse, total, 1.0, column)
        if abs(column[leaves] - row[enters]) > 1e-6 * (1.0 + abs(row[enters])):
            return -1
        out = basis[leaves]
        step = (value[leaves] - (0.0 if below else upper[out])) / column[leaves]
        start = upper[enters] if high[enters] else 0.0
        _exchange(inverse, column, leaves)
        for i in range(m):
            value[i] -= step * column[i]
        value[leaves] = start + step
        factor = reduced[enters] / row[enters]
        for j in range(n):
            reduced[j] -= factor * row[j]
        reduced[enters] = 0.0
        basis[leaves] = enters
        basic[enters], basic[out] = True, False
        high[enters], high[out] = False, not below
    return -1


@compiled
def _effect(moves: Floats, bus: Indices, sign: Signs, area: Indices, matrix: Floats, areas: int, at_bus: Floats, total: Floats) -> None:
    """Fill [m] what moves of orders and relief do to all rows."""
    at_bus[:] = 0.0
    total[:] = 0.0
    orders = len(area)
    for j in range(len(moves)):
        if moves[j] != 0.0:
            moved = sign[j] * moves[j]
            at_bus[bus[j]] += moved
            if j < orders:
                total[area[j]] += moved
    for r in range(len(matrix)):
        found = 0.0
        for b in range(len(at_bus)):
            found += matrix[r, b] * at_bus[b]
        total[areas + r] = found


@compiled
def _row(
    of: Floats, bus: Indices, sign: Signs, area: Indices, matrix: Floats, areas: int, tangents: int, at_bus: Floats, row: Floats
) -> None:
    """Fill [n] a row of the inverse times all columns."""
    m, given, orders = len(of), len(bus), len(area)
    at_bus[:] = 0.0
    for r in range(len(matrix)):
        factor = of[areas + r]
        if factor != 0.0:
            for b in range(len(at_bus)):
                at_bus[b] += factor * matrix[r, b]
    for j in range(orders):
        row[j] = sign[j] * (of[area[j]] + at_bus[bus[j]])
    for g in range(orders, given):
        row[g] = sign[g] * at_bus[bus[g]]
    row[given : given + m] = of
    limits, first = len(matrix) - tangents, given + m
    for r in range(limits):
        row[first + r] = -of[areas + r]
    if tangents:
        row[first + limits] = -of[areas + limits :].sum()


@compiled
def _column(j: int, bus: Indices, sign: Signs, area: Indices, matrix: Floats, areas: int, tangents: int, column: Floats) -> None:
    """Fill [m] a column."""
    m, given, limits = len(column), len(bus), len(matrix) - tangents
    column[:] = 0.0
    if j < given:
        for r in range(len(matrix)):
            column[areas + r] = sign[j] * matrix[r, bus[j]]
        if j < len(area):
            column[area[j]] = sign[j]
    elif j < given + m:
        column[j - given] = 1.0
    elif j < given + m + limits:
        column[areas + j - given - m] = -1.0
    else:
        column[areas + limits :] = -1.0


@compiled
def _add(inverse: Floats, vector: Floats, factor: float, target: Floats) -> None:
    """Add factor times inverse times vector."""
    for k in range(len(vector)):
        if vector[k] != 0.0:
            for i in range(len(target)):
                target[i] += factor * vector[k] * inverse[i, k]


@compiled
def _exchange(inverse: Floats, column: Floats, leaves: int) -> None:
    """The inverse once a column has taken a place in the basis."""
    m = len(column)
    scale = 1.0 / column[leaves]
    for k in range(m):
        inverse[leaves, k] *= scale
    for i in range(m):
        factor = column[i]
        if i != leaves and factor != 0.0:
            for k in range(m):
                inverse[i, k] -= factor * inverse[leaves, k]


@compiled
def _candidates(
    row: Floats, sign: float, upper: Floats, basic: Flags, high: Flags, reduced: Floats, candidates: Ints, ratios: Floats
) -> int:
    """Fill the columns that may enter, and the dual steps at which their reduced costs are 0; how many."""
    count = 0
    for j in range(len(row)):
        along = -sign * row[j] if high[j] else sign * row[j]
        if along > SMALL and not basic[j] and upper[j] > 0.0:
            candidates[count] = j
            ratios[count] = max(reduced[j] / (sign * row[j]), 0.0)
            count += 1
    return count


@compiled
def _entering(
    candidates: Ints, ratios: Floats, count: int, row: Floats, upper: Floats, high: Flags, moves: Floats, slope: float
) -> tuple[int, bool]:
    """The column that enters, and whether others flip to their other bound before it; those are moved.

    The steps are parted around one of them, as in quickselect, until the one at which the slope ends is found.
    """
    first, last, flipped = 0, count, False
    while last - first > 1:
        a, b, c = ratios[first], ratios[(first + last) // 2], ratios[last - 1]
        pivot = max(min(a, b), min(max(a, b), c))
        small, equal, spent, tied = first, first, 0.0, 0.0
        for place in range(first, last):  # first..small: below the pivot, small..equal: at it
            j, ratio = candidates[place], ratios[place]
            if ratio <= pivot:
                candidates[place], ratios[place] = candidates[equal], ratios[equal]
                candidates[equal], ratios[equal] = j, ratio
                if ratio < pivot:
                    candidates[equal], ratios[equal] = candidates[small], ratios[small]
                    candidates[small], ratios[small] = j, ratio
                    spent += abs(row[j]) * upper[j]
                    small += 1
                else:
                    tied += abs(row[j]) * upper[j]
                equal += 1
        if slope - spent < 0.0:
            last = small
            continue
        if slope - spent - tied < 0.0 or equal == last:
            slope = _flip(candidates, first, small, row, upper, high, moves, slope)
            flipped |= small > first
            place = small
            while place < equal - 1:  # of equal steps, as many as may
                left = slope - abs(row[candidates[place]]) * upper[candidates[place]]
                if left < 0.0:
                    break
                slope = _flip(candidates, place, place + 1, row, upper, high, moves, slope)
                flipped = True
                place += 1
            return candidates[place], flipped
        slope = _flip(candidates, first, equal, row, upper, high, moves, slope)
        flipped, first = True, equal
    return candidates[first], flipped


@compiled
def _flip(candidates: Ints, first: int, last: int, row: Floats, upper: Floats, high: Flags, moves: Floats, slope: float) -> float:
    """Columns move to their other bound; what is left of the slope."""
    for place in range(first, last):
        j = candidates[place]
        slope -= abs(row[j]) * upper[j]
        moves[j] = -upper[j] if high[j] else upper[j]
        high[j] = not high[j]
    return slope


@compiled
def _finish(
    upper: Floats, cost: Floats, reduced: Floats, basis: Ints, high: Flags, value: Floats, logical: int, x: Floats, dual: Floats
) -> None:
    """Write the solution: basic columns have their values, the others stand at a bound."""
    for j in range(len(x)):
        x[j] = upper[j] if high[j] else 0.0
    for row in range(len(basis)):
        x[basis[row]] = min(max(value[row], 0.0), upper[basis[row]])
    for row in range(len(dual)):
        dual[row] = cost[logical + row] - reduced[logical + row]


@compiled
def misfit(bus: Indices, sign: Signs, area: Indices, matrix: Floats, areas: int, tangents: int, right: Floats, x: Floats) -> float:
    """How far a solution is from keeping its rows, at most. [Wh]"""
    m, given, limits = len(right), len(bus), len(matrix) - tangents
    total = np.empty(m)
    _effect(x[:given], bus, sign, area, matrix, areas, np.empty(matrix.shape[1]), total)
    worst = 0.0
    for i in range(m):
        found = total[i] + x[given + i] - right[i]
        if i >= areas + limits:
            found -= x[len(x) - 1]
        elif i >= areas:
            found -= x[given + m + i - areas]
        worst = max(worst, abs(found))
    return worst


@compiled
def whole(side: Signs, energy: Ints, price: Ints, x: Floats, added: Ints, bus: Indices, area: Indices, areas: int, accepted: Ints) -> None:
    """Fill the accepted energies: the nearest whole Wh, and as much bought as sold; what gains least at its bus gives way. [Wh]

    x : [O] of the programme. added : [B] what the place adds to the price of energy. [µEUR/kWh]
    """
    over = np.zeros(areas, np.int64)
    for j in range(len(side)):
        accepted[j] = min(max(np.int64(np.rint(x[j])), 0), energy[j])
        over[area[j]] += side[j] * accepted[j]
    for a in range(areas):
        while over[a] != 0:
            sign = 1 if over[a] > 0 else -1
            worst, gain = -1, np.inf
            for j in range(len(side)):
                if area[j] == a and side[j] == sign and accepted[j] > 0:
                    own = side[j] * (price[j] - added[bus[j]])
                    part = accepted[j] < energy[j]
                    if own < gain - 0.5 or (worst >= 0 and own < gain + 0.5 and part and accepted[worst] == energy[worst]):
                        worst, gain = j, own
            less = min(abs(over[a]), accepted[worst])
            accepted[worst] -= less
            over[a] -= sign * less


@compiled
def places(
    matrix: Floats, scale: Floats, kind: Signs, slopes: Floats, shadow: Floats, losses: Ints, congestion: Ints, voltage: Ints
) -> None:
    """Fill what losses, branches and voltages add to the price of energy at each of B buses. [µEUR/kWh]

    matrix : [R, B]; scale, kind : [R]; slopes : [C, B]; shadow : [R + C] prices, of limits scaled. losses, congestion, voltage : [B].
    """
    limits, buses = len(matrix), len(losses)
    parts = np.zeros((3, buses))
    for r in range(limits):
        factor = scale[r] * shadow[r]
        if factor != 0.0:
            part = parts[2] if kind[r] == VOLTAGE else parts[1]
            for b in range(buses):
                part[b] += factor * matrix[r, b]
    for c in range(len(slopes)):
        if shadow[limits + c] != 0.0:
            for b in range(buses):
                parts[0, b] += shadow[limits + c] * slopes[c, b]
    for b in range(buses):
        losses[b], congestion[b], voltage[b] = np.rint(parts[0, b]), np.rint(parts[1, b]), np.rint(parts[2, b])


@compiled
def ends(
    side: Signs, energy: Ints, price: Ints, bus: Indices, area: Indices, added: Ints, accepted: Ints, low: Ints, high: Ints, known: Flags
) -> None:
    """Fill the range of prices of energy at which no accepted order loses and none left over would gain. [µEUR/kWh]

    added : [B] what the place adds. low, high : [A] to fill; where only one side says something, the range is that point.
    known : [A] to fill, whether there is a range.
    """
    none = np.int64(2) ** 62
    low[:] = -none
    high[:] = none
    for j in range(len(side)):
        own = price[j] - added[bus[j]]
        a = area[j]
        got, left = accepted[j] > 0, accepted[j] < energy[j]
        if (side[j] > 0 and got) or (side[j] < 0 and left):
            high[a] = min(high[a], own)
        if (side[j] > 0 and left) or (side[j] < 0 and got):
            low[a] = max(low[a], own)
    for a in range(len(low)):
        known[a] = low[a] > -none or high[a] < none
        if low[a] == -none:
            low[a] = high[a]
        elif high[a] == none:
            high[a] = low[a]
        high[a] = max(low[a], high[a])


@compiled
def payments(side: Signs, price: Ints, bus: Indices, area: Indices, energy: Ints, added: Ints, accepted: Ints, payment: Ints) -> None:
    """Fill what orders owe at the price of their bus, and never beyond their limit. [nEUR]

    energy : [A] price of energy; added : [B] what the place adds. [µEUR/kWh]
    """
    for j in range(len(side)):
        at = energy[area[j]] + added[bus[j]]
        fair = min(at, price[j]) if side[j] > 0 else max(at, price[j])
        payment[j] = side[j] * accepted[j] * fair
