"""Compiled power flow: the fixed point on factorised admittances, one interval after another."""

from __future__ import annotations

from math import atan2, cos, sin, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from p2p.base.columns import Floats, Ints
from p2p.base.compiled import compiled

ERROR = 1e-10  # of a voltage, as the last two steps foretell it [p.u.]
MOST = 300  # iterations; near the most a grid can carry the steps shrink slowly
SLOPE = 1e-9  # of a sensitivity, its last change
COLLAPSE = 0.4  # of the no-load voltage; what stands still below is not taken for the operating point
STILL = 1e-8  # largest last step of a voltage, since powers close that well [p.u.]
MISMATCH = 2e-8  # of power at a bus, over the sum of all [p.u.]


@compiled
def flows(p_kw: Floats, q_kvar: Floats, places: npt.NDArray[np.uint32], values: Floats, out: Floats, status: Ints) -> None:
    """Fill the results of T intervals; NaN where there is no operating point.

    The currents drawn at the last voltages give new voltages, `V = V0 - Z conj(S / V)`, from the no-load voltages V0
    on, so no interval knows of another. Z is never formed: L U is solved by substitution, in an order in which
    neighbours don't wait for each other. Complex numbers are pairs of floats here, which is twice as fast.

    Parameters
    ----------
    p_kw, q_kvar : [T, B] net withdrawal by bus. [kW], [kvar]
    places, values : the grid, as `FlowMatrix` has it.
    out : [T, 3 B + 3 L + 4] to fill: phasors, magnitudes [p.u.], loadings [percent], power into the from ends [kW],
        [kvar], then losses and import, active and reactive.
    status : [T, 2] to fill: iterations, and 1 where converged.

    References
    ----------
    T.-H. Chen et al., "Distribution system power flow analysis: a rigid approach", IEEE Trans. Power Delivery 6 (3),
    1991 (the implicit Z-bus method); on its convergence A. Bernstein et al., "Load flow in multiphase distribution
    networks", IEEE Trans. Power Systems 33 (6), 2018, theorem 1.
    """
    intervals, buses = p_kw.shape
    n = buses - 1
    net = _unpacked(places, values, buses)
    order, lower_at, upper_at, start, end, base_kva, no_load, shunt, lower, pivot, upper, y = net
    p, q, v, w = np.empty(buses), np.empty(buses), np.empty((2, buses)), np.empty((2, n))
    for t in range(intervals):
        total = 0.0
        for k in range(buses):
            bus = order[k]
            p[k] = p_kw[t, bus] / base_kva
            q[k] = q_kvar[t, bus] / base_kva
            total += abs(p[k]) + abs(q[k])
        row = out[t]
        status[t, 0], good = _iterate(p, q, no_load, lower_at, lower, pivot, upper_at, upper, v, w)
        if good:
            good = _results(p, q, total, v, order, shunt, start, end, y, base_kva, row)
        status[t, 1] = good
        if not good:
            row[:] = np.nan


@compiled
def slopes(phasor: Floats, drawn: Floats, places: npt.NDArray[np.uint32], values: Floats, out: Floats) -> bool:
    """Change of every voltage for 1 kW more at every bus but the slack; whether it was found.

    The fixed point of the flow, differentiated: dV = Z (D conj(dV) - conj(dS) / conj(V)), D = conj(S) / conj(V)².

    Parameters
    ----------
    phasor : [2, B] voltages. [p.u.]
    drawn : [2, B] D of each bus.
    places, values : the grid, as `FlowMatrix` has it.
    out : [B, 2, B] to fill: bus that draws more, real and imaginary part, bus whose voltage changes. [p.u./kW]
    """
    buses = phasor.shape[1]
    n = buses - 1
    net = _unpacked(places, values, buses)
    order, lower_at, upper_at, _, _, base_kva, _, _, lower, pivot, upper, _ = net
    v, w = np.empty((2, n)), np.empty((2, n))
    re, im, wr, wi = v[0], v[1], w[0], w[1]
    out[:] = 0.0
    for more in range(n):
        at = order[more]
        square = base_kva * (phasor[0, at] ** 2 + phasor[1, at] ** 2)
        br, bi = -phasor[0, at] / square, -phasor[1, at] / square
        size = sqrt(br * br + bi * bi)
        re[:] = 0.0
        im[:] = 0.0
        done, step = 0, np.inf
        while step > SLOPE * size:
            done += 1
            if done > MOST or not step <= np.inf:
                return False
            for k in range(n):
                bus = order[k]
                wr[k] = drawn[0, bus] * re[k] + drawn[1, bus] * im[k]
                wi[k] = drawn[1, bus] * re[k] - drawn[0, bus] * im[k]
            wr[more] += br
            wi[more] += bi
            substitute(lower_at, lower, pivot, upper_at, upper, wr, wi)
            step, size = 0.0, 0.0
            for k in range(n):
                dx, dy = wr[k] - re[k], wi[k] - im[k]
                re[k], im[k] = wr[k], wi[k]
                step = max(step, dx * dx + dy * dy)
                size = max(size, re[k] * re[k] + im[k] * im[k])
            step, size = sqrt(step), sqrt(size)
        for k in range(n):
            out[at, 0, order[k]] = re[k]
            out[at, 1, order[k]] = im[k]
    return True


@compiled
def gradients(
    phasor: Floats,
    p_kw: Floats,
    q_kvar: Floats,
    kind: Ints,
    row: Ints,
    angle: Floats,
    places: npt.NDArray[np.uint32],
    values: Floats,
    out: Floats,
) -> bool:
    """Fill what 1 kW and 1 kvar more at every bus do to some elements; whether that was found.

    Of dV = Z (D conj(dV) + r), D = conj(S) / conj(V)², r = -conj(dS) / conj(V), wanted is Re(c dV) for the seed c of each
    element. With t = Z' (c + conj(D t)), which a fixed point finds, that is Re(t r): one solve an element, whatever
    the number of buses.

    Parameters
    ----------
    phasor : [2 B] voltages, real and imaginary parts in turn. [p.u.]
    p_kw, q_kvar : [B] net withdrawal by bus, which led to them. [kW], [kvar]
    kind, row : [R] 0 the voltage at a bus, 1 the loading of a branch, 2 the import at the slack.
    angle : [R] of a loading, the direction in which its current is measured [rad]; NaN for the current's own.
    places, values : the grid, as `FlowMatrix` has it.
    out : [R, 2, B] to fill, for active and for reactive power: p.u., percent points or kW a kW or kvar; 0 at the slack.
    """
    buses = len(p_kw)
    n = buses - 1
    net = _unpacked(places, values, buses)
    order, lower_at, upper_at, start, end, base_kva, _, _, lower, pivot, upper, y = net
    volts, drawn, seed, t, w = np.empty((2, buses)), np.empty((2, n)), np.empty((2, buses)), np.empty((2, n)), np.empty((2, n))
    for k in range(buses):
        bus = order[k]
        x, z = phasor[2 * bus], phasor[2 * bus + 1]
        volts[0, k], volts[1, k] = x, z
        if k < n:  # conj(S) / conj(V)² = conj(S) V² / |V|⁴
            fourth = (x * x + z * z) ** 2 * base_kva
            a, b = x * x - z * z, 2 * x * z
            drawn[0, k] = (p_kw[bus] * a + q_kvar[bus] * b) / fourth
            drawn[1, k] = (p_kw[bus] * b - q_kvar[bus] * a) / fourth
    out[:] = 0.0
    for element in range(len(kind)):
        _seed(kind[element], row[element], angle[element], volts, order, start, end, y, base_kva, seed)
        t[:] = 0.0
        done, step, size = 0, np.inf, 0.0
        while step > SLOPE * size:
            done += 1
            if done > MOST or not step <= np.inf:
                return False
            for k in range(n):
                w[0, k] = seed[0, k] + drawn[0, k] * t[0, k] - drawn[1, k] * t[1, k]
                w[1, k] = seed[1, k] - drawn[0, k] * t[1, k] - drawn[1, k] * t[0, k]
            _substitute_transposed(lower_at, lower, pivot, upper_at, upper, w[0], w[1])
            step, size = 0.0, 0.0
            for k in range(n):
                dx, dy = w[0, k] - t[0, k], w[1, k] - t[1, k]
                t[0, k], t[1, k] = w[0, k], w[1, k]
                step = max(step, dx * dx + dy * dy)
                size = max(size, t[0, k] * t[0, k] + t[1, k] * t[1, k])
            step, size = sqrt(step), sqrt(size)
        for k in range(n):
            square = base_kva * (volts[0, k] ** 2 + volts[1, k] ** 2)
            out[element, 0, order[k]] = -(t[0, k] * volts[0, k] - t[1, k] * volts[1, k]) / square
            out[element, 1, order[k]] = -(t[0, k] * volts[1, k] + t[1, k] * volts[0, k]) / square
    return True


@compiled
def _seed(
    kind: int,
    row: int,
    angle: float,
    volts: Floats,
    order: npt.NDArray[np.uint32],
    start: npt.NDArray[np.uint32],
    end: npt.NDArray[np.uint32],
    y: Floats,
    base_kva: float,
    seed: Floats,
) -> None:
    """Fill [2, B] c of an element, of which Re(c dV) is the change, by place; kind as in `gradients`."""
    seed[:] = 0.0
    buses = len(order)
    if kind == 0:
        for k in range(buses):
            if order[k] == row:
                size = sqrt(volts[0, k] ** 2 + volts[1, k] ** 2)
                seed[0, k], seed[1, k] = volts[0, k] / size, -volts[1, k] / size
    elif kind == 1:
        f, t = start[row], end[row]
        at, x, z, size = _measured(y, row, angle, volts, f, t)
        _add_branch(y, row, at, f, t, x, -z, seed)
    else:
        slack = buses - 1
        x, z = base_kva * volts[0, slack], -base_kva * volts[1, slack]
        for branch in range(len(start)):
            if start[branch] == slack:
                _add_branch(y, branch, 0, start[branch], end[branch], x, z, seed)
            if end[branch] == slack:
                _add_branch(y, branch, 1, start[branch], end[branch], x, z, seed)


@compiled
def measured(phasor: Floats, row: Ints, angle: Floats, places: npt.NDArray[np.uint32], values: Floats, found: Floats, at: Floats) -> None:
    """Fill [R] the loading of branches in the directions of their angles [percent], and the angle of the current itself [rad]."""
    buses = len(phasor) // 2
    net = _unpacked(places, values, buses)
    order, start, end, y = net[0], net[3], net[4], net[11]
    volts = np.empty((2, buses))
    for k in range(buses):
        volts[0, k], volts[1, k] = phasor[2 * order[k]], phasor[2 * order[k] + 1]
    for element in range(len(row)):
        branch = row[element]
        f, t = start[branch], end[branch]
        side, x, z, size = _measured(y, branch, angle[element], volts, f, t)
        found[element] = size
        x, z = _current(y, branch, side, volts, f, t)
        at[element] = atan2(z, x) if side == 0 else atan2(-z, -x)


@compiled
def _measured(y: Floats, row: int, angle: float, volts: Floats, f: int, t: int) -> tuple[int, float, float, float]:
    """At the more loaded end of a branch: which end, percent of 1 p.u. of current in the direction of an angle, and the loading there.

    A current through the branch goes into its from end and out of its to end.
    """
    best, at, px, pz = -1e300, 0, 0.0, 0.0
    for side in range(2):
        x, z = _current(y, row, side, volts, f, t)
        through = 1.0 - 2.0 * side
        x, z = through * x, through * z
        percent = sqrt(y[8 + side, row])
        if np.isnan(angle):
            size = sqrt(x * x + z * z)
            ux, uz = (x / size, z / size) if size > 0.0 else (0.0, 0.0)
        else:
            ux, uz = cos(angle), sin(angle)
            size = x * ux + z * uz
        if percent * size > best:
            best, at, px, pz = percent * size, side, through * percent * ux, through * percent * uz
    return at, px, pz, best if not np.isnan(angle) else max(best, 0.0)


@compiled
def _current(y: Floats, row: int, side: int, volts: Floats, f: int, t: int) -> tuple[float, float]:
    """Current into the from (0) or the to (1) end of a branch. [p.u.]"""
    a = 4 * side
    x = y[a, row] * volts[0, f] - y[a + 1, row] * volts[1, f] + y[a + 2, row] * volts[0, t] - y[a + 3, row] * volts[1, t]
    z = y[a, row] * volts[1, f] + y[a + 1, row] * volts[0, f] + y[a + 2, row] * volts[1, t] + y[a + 3, row] * volts[0, t]
    return x, z


@compiled
def _add_branch(y: Floats, row: int, side: int, f: int, t: int, x: float, z: float, seed: Floats) -> None:
    """Add (x + iz) times what each end's voltage does to the current at one side of a branch."""
    a = 4 * side
    seed[0, f] += x * y[a, row] - z * y[a + 1, row]
    seed[1, f] += x * y[a + 1, row] + z * y[a, row]
    seed[0, t] += x * y[a + 2, row] - z * y[a + 3, row]
    seed[1, t] += x * y[a + 3, row] + z * y[a + 2, row]


@compiled
def _unpacked(places: npt.NDArray[np.uint32], values: Floats, buses: int) -> tuple[Any, ...]:
    """The parts of a packed grid, in the order in which `matrix._packed` wrote them."""
    n = buses - 1
    below, above, branches = np.int64(places[0]), np.int64(places[1]), np.int64(places[2])
    a = 3
    order, a = places[a : a + buses], a + buses
    lower_at, a = places[a : a + 2 * below].reshape(2, below), a + 2 * below
    upper_at, a = places[a : a + 2 * above].reshape(2, above), a + 2 * above
    start, end = places[a : a + branches], places[a + branches : a + 2 * branches]
    b = 1
    no_load, b = values[b : b + 2 * buses].reshape(2, buses), b + 2 * buses
    shunt, b = values[b : b + 3 * buses].reshape(3, buses), b + 3 * buses
    lower, b = values[b : b + 2 * below].reshape(2, below), b + 2 * below
    pivot, b = values[b : b + 2 * n].reshape(2, n), b + 2 * n
    upper, b = values[b : b + 2 * above].reshape(2, above), b + 2 * above
    y = values[b : b + 10 * branches].reshape(10, branches)
    return order, lower_at, upper_at, start, end, values[0], no_load, shunt, lower, pivot, upper, y


@compiled
def substitute(
    lower_at: npt.NDArray[np.uint32],
    lower: Floats,
    pivot: Floats,
    upper_at: npt.NDArray[np.uint32],
    upper: Floats,
    wr: Floats,
    wi: Floats,
) -> None:
    """Solve L D U w = w in place."""
    lr, li, pr, pi, ur, ui = lower[0], lower[1], pivot[0], pivot[1], upper[0], upper[1]
    for entry in range(len(lr)):
        row, column = lower_at[0, entry], lower_at[1, entry]
        x, y = wr[column], wi[column]
        wr[row] -= lr[entry] * x - li[entry] * y
        wi[row] -= lr[entry] * y + li[entry] * x
    for k in range(len(wr)):
        x, y = wr[k], wi[k]
        wr[k] = x * pr[k] - y * pi[k]
        wi[k] = x * pi[k] + y * pr[k]
    for entry in range(len(ur)):
        row, column = upper_at[0, entry], upper_at[1, entry]
        x, y = wr[column], wi[column]
        wr[row] -= ur[entry] * x - ui[entry] * y
        wi[row] -= ur[entry] * y + ui[entry] * x


@compiled
def _substitute_transposed(
    lower_at: npt.NDArray[np.uint32],
    lower: Floats,
    pivot: Floats,
    upper_at: npt.NDArray[np.uint32],
    upper: Floats,
    wr: Floats,
    wi: Floats,
) -> None:
    """Solve (L D U)' w = w in place: the same steps, each turned round."""
    lr, li, pr, pi, ur, ui = lower[0], lower[1], pivot[0], pivot[1], upper[0], upper[1]
    for entry in range(len(ur) - 1, -1, -1):
        row, column = upper_at[0, entry], upper_at[1, entry]
        x, y = wr[row], wi[row]
        wr[column] -= ur[entry] * x - ui[entry] * y
        wi[column] -= ur[entry] * y + ui[entry] * x
    for k in range(len(wr)):
        x, y = wr[k], wi[k]
        wr[k] = x * pr[k] - y * pi[k]
        wi[k] = x * pi[k] + y * pr[k]
    for entry in range(len(lr) - 1, -1, -1):
        row, column = lower_at[0, entry], lower_at[1, entry]
        x, y = wr[row], wi[row]
        wr[column] -= lr[entry] * x - li[entry] * y
        wi[column] -= lr[entry] * y + li[entry] * x


@compiled
def _iterate(
    p: Floats,
    q: Floats,
    no_load: Floats,
    lower_at: npt.NDArray[np.uint32],
    lower: Floats,
    pivot: Floats,
    upper_at: npt.NDArray[np.uint32],
    upper: Floats,
    v: Floats,
    w: Floats,
) -> tuple[int, bool]:
    """Find the voltages `v`; how many iterations that took, and whether they came to stand above collapse."""
    re, im, wr, wi = v[0], v[1], w[0], w[1]
    v0r, v0i = no_load[0], no_load[1]
    n = len(wr)
    re[:] = v0r
    im[:] = v0i
    before = 1.0
    for done in range(1, MOST + 1):
        for k in range(n):
            share = -1.0 / (re[k] * re[k] + im[k] * im[k])
            wr[k] = share * (p[k] * re[k] + q[k] * im[k])
            wi[k] = share * (p[k] * im[k] - q[k] * re[k])
        substitute(lower_at, lower, pivot, upper_at, upper, wr, wi)
        step = 0.0
        for k in range(n):
            x, y = wr[k] + v0r[k], wi[k] + v0i[k]
            dx, dy = x - re[k], y - im[k]
            re[k] = x
            im[k] = y
            step = max(step, dx * dx + dy * dy)
        step = sqrt(step)
        rate = step / before
        before = step
        if not step < 10.0:
            return done, False
        if step <= 1e-15 or (rate < 1.0 and step * rate <= ERROR * (1.0 - rate) and step <= STILL):
            for k in range(n):
                if not re[k] * re[k] + im[k] * im[k] >= COLLAPSE**2 * (v0r[k] * v0r[k] + v0i[k] * v0i[k]):
                    return done, False
            return done, True
    return MOST, False


@compiled
def _results(
    p: Floats,
    q: Floats,
    total: float,
    v: Floats,
    order: npt.NDArray[np.uint32],
    shunt: Floats,
    start: npt.NDArray[np.uint32],
    end: npt.NDArray[np.uint32],
    y: Floats,
    base_kva: float,
    row: Floats,
) -> bool:
    """Write one interval's results; whether powers close at every bus (Kirchhoff)."""
    buses, branches = len(p), len(start)
    re, im = v[0], v[1]
    magnitude, loading = row[2 * buses : 3 * buses], row[3 * buses : 3 * buses + branches]
    sent = row[3 * buses + branches : 3 * buses + 3 * branches]
    lost_p, lost_q, drawn_p, drawn_q = 0.0, 0.0, 0.0, 0.0
    for k in range(buses):
        bus = order[k]
        square = re[k] * re[k] + im[k] * im[k]
        row[2 * bus], row[2 * bus + 1], magnitude[bus] = re[k], im[k], sqrt(square)
        drawn_p += p[k]
        drawn_q += q[k]
        lost_p += square * shunt[0, k]
        lost_q -= square * shunt[1, k]
        p[k] += square * shunt[0, k]
        q[k] -= square * shunt[1, k]
    for branch in range(branches):
        f, t = start[branch], end[branch]
        fr, fi, tr, ti = re[f], im[f], re[t], im[t]
        # currents into the from and the to end
        cfr = y[0, branch] * fr - y[1, branch] * fi + y[2, branch] * tr - y[3, branch] * ti
        cfi = y[0, branch] * fi + y[1, branch] * fr + y[2, branch] * ti + y[3, branch] * tr
        ctr = y[4, branch] * fr - y[5, branch] * fi + y[6, branch] * tr - y[7, branch] * ti
        cti = y[4, branch] * fi + y[5, branch] * fr + y[6, branch] * ti + y[7, branch] * tr
        # powers into them, V conj(I)
        pf, qf = fr * cfr + fi * cfi, fi * cfr - fr * cfi
        pt, qt = tr * ctr + ti * cti, ti * ctr - tr * cti
        p[f] += pf
        q[f] += qf
        p[t] += pt
        q[t] += qt
        lost_p += pf + pt
        lost_q += qf + qt
        loading[branch] = sqrt(max((cfr * cfr + cfi * cfi) * y[8, branch], (ctr * ctr + cti * cti) * y[9, branch]))
        sent[branch] = pf * base_kva
        sent[branches + branch] = qf * base_kva
    end_of = 3 * buses + 3 * branches
    row[end_of], row[end_of + 1] = lost_p * base_kva, lost_q * base_kva
    row[end_of + 2], row[end_of + 3] = (drawn_p + lost_p) * base_kva, (drawn_q + lost_q) * base_kva
    closed = True
    for k in range(buses - 1):  # the source gives what the others lack, so that its own sum says no more than theirs
        closed &= max(abs(p[k]), abs(q[k])) <= MISMATCH * total + shunt[2, k]
    return closed
