"""Compiled: the welfare programme of one interval with a few network rows, by the dual simplex method on boxed columns."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Flags, Floats, Indices, Ints, Signs
from p2p.base.compiled import compiled

FEASIBLE = 1e-7
"""A basic variable may lie so far beyond its bound, in Wh."""

SMALL = 1e-9
"""An entry of a row below this is none."""

EARLIER = 1e-3
"""Of two orders of one price the earlier is taken for better by up to so much. [µEUR/kWh]"""

MISFIT = 1e-3
"""A solution may miss a row by so much. [Wh]"""


@compiled
def solved(
    side: Signs,
    energy: Ints,
    price: Ints,
    arrival: Ints,
    bus: Indices,
    area: Indices,
    relief_bus: Indices,
    relief_sign: Signs,
    relief_energy: Ints,
    relief_cost: Ints,
    limits: Floats,
    headroom: Floats,
    tangents: Floats,
    lost: Floats,
    loss_price: float,
    penalty: float,
    to_wh: float,
    places: Indices,
    signs: Signs,
    matrix: Floats,
    scale: Floats,
    upper: Floats,
    cost: Floats,
    right: Floats,
    x: Floats,
    dual: Floats,
) -> bool:
    """Fill the programme, and solve it; whether that came to an end, and its solution keeps the rows.

    Columns are orders, relief, a logical for each row, what breaks each limit, and the losses. The first rows are the balances, one
    an area; then come the limits, and the tangents of the losses: each is at most the losses. All is in Wh, and each limit is scaled
    so that the bus that moves it most does so by 1.

    limits : [R, B], headroom : [R]; tangents : [C, B], lost : [C], per kWh, which is `to_wh`. penalty : of a Wh beyond a limit.
    places, signs : [G], matrix : [R + C, B], scale : [R], upper, cost : [n], right : [areas + R + C] to fill, as in `least_cost`.
    """
    orders, reliefs, rows, count = len(side), len(relief_bus), len(limits), len(tangents)
    areas = len(right) - rows - count
    first, span = np.int64(0), 1.0
    if orders:
        first = arrival.min()
        span = max(float(arrival.max() - first), 1.0)
    for j in range(orders):
        places[j], signs[j], upper[j] = bus[j], side[j], energy[j]
        cost[j] = -float(side[j]) * price[j] + EARLIER * ((arrival[j] - first) / span)
    for g in range(reliefs):
        j = orders + g
        places[j], signs[j], upper[j], cost[j] = relief_bus[g], relief_sign[g], relief_energy[g], relief_cost[g]
    free = orders + reliefs
    upper[free:] = np.inf
    upper[free : free + areas] = 0.0
    cost[free:] = 0.0
    broken = free + len(right)
    cost[broken : broken + rows] = penalty
    if count:
        cost[broken + rows] = loss_price
    right[:areas] = 0.0
    for r in range(rows):
        size = 0.0
        for b in range(limits.shape[1]):
            size = max(size, abs(limits[r, b]))
        scale[r] = 1.0 / size if size > 0.0 else 1.0
        for b in range(limits.shape[1]):
            matrix[r, b] = limits[r, b] * scale[r]
        right[areas + r] = to_wh * headroom[r] * scale[r]
    for c in range(count):
        matrix[rows + c] = tangents[c]
        right[areas + rows + c] = -to_wh * lost[c]
    if least_cost(places, signs, area, matrix, areas, count, upper, cost, right, x, dual) < 0:
        return False
    return misfit(places, signs, area, matrix, areas, count, right, x) <= MISFIT


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
