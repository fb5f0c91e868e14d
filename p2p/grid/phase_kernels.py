"""Compiled unbalanced power flow: the fixed point of the balanced one, in sequences that only the loads couple."""

from __future__ import annotations

from math import sqrt

import numpy as np

from p2p.base.columns import Floats, Indices, Ints, Signs
from p2p.base.compiled import compiled
from p2p.grid.kernels import COLLAPSE, ERROR, MISMATCH, MOST, SLOPE, STILL, substitute
from p2p.grid.phases import Factored

HALF_ROOT = sqrt(3.0) / 2.0


@compiled
def unbalanced_flows(
    p_kw: Floats,
    q_kvar: Floats,
    base_kva: float,
    slack: int,
    place: Indices,
    factors: tuple[Factored, Factored, Factored],
    no_load: Floats,
    shunt: Floats,
    ends: Indices,
    y: Floats,
    percent: Floats,
    ampere: Floats,
    out: Floats,
    status: Ints,
) -> None:
    """Fill the results of T intervals; NaN where there is no operating point.

    As `kernels.flows`, but the currents are drawn phase by phase, and taken apart into zero, positive and negative
    sequence (rows 0, 1, 2), each of which its own factors carry. Powers of a phase are per unit of a third of the base.

    Parameters
    ----------
    p_kw, q_kvar : [T, B, 3] net withdrawal by bus and phase. [kW], [kvar]
    place, ..., ampere : the grid, as `SequenceMatrix` has it.
    out : [T, 13 B + 4 L + 4] to fill: phasors of the phases, their magnitudes, positive-sequence phasors, magnitudes of the
        worst phase [p.u.], unbalance [percent]; loadings [percent], power into the from ends [kW], [kvar], neutral
        currents [A]; then losses and import, active and reactive.
    status : [T, 2] to fill: iterations, and 1 where converged.
    """
    intervals, buses = p_kw.shape[0], p_kw.shape[1]
    p, q = np.empty((3, buses)), np.empty((3, buses))
    v, w = np.zeros((3, 2, buses)), np.empty((3, 2, buses))
    phase = np.empty((3, 2, buses))
    for t in range(intervals):
        total = 0.0
        for bus in range(buses):
            for x in range(3):
                p[x, bus] = p_kw[t, bus, x] * 3.0 / base_kva
                q[x, bus] = q_kvar[t, bus, x] * 3.0 / base_kva
                total += abs(p[x, bus]) + abs(q[x, bus])
        row = out[t]
        status[t, 0], good = _iterate(p, q, slack, place, factors, no_load, v, w, phase)
        if good:
            good = _results(p, q, total, slack, v, phase, shunt, ends, y, percent, ampere, base_kva, row)
        status[t, 1] = good
        if not good:
            row[:] = np.nan


@compiled
def _to_phases(v: Floats, bus: int, phase: Floats) -> None:
    """Phase values of a bus from its sequences: Fortescue's transformation."""
    sr, si = v[1, 0, bus] + v[2, 0, bus], v[1, 1, bus] + v[2, 1, bus]
    dr, di = v[1, 0, bus] - v[2, 0, bus], v[1, 1, bus] - v[2, 1, bus]
    zr, zi = v[0, 0, bus], v[0, 1, bus]
    phase[0, 0, bus], phase[0, 1, bus] = zr + sr, zi + si
    phase[1, 0, bus], phase[1, 1, bus] = zr - 0.5 * sr + HALF_ROOT * di, zi - 0.5 * si - HALF_ROOT * dr
    phase[2, 0, bus], phase[2, 1, bus] = zr - 0.5 * sr - HALF_ROOT * di, zi - 0.5 * si + HALF_ROOT * dr


@compiled
def _to_sequences(ar: float, ai: float, br: float, bi: float, cr: float, ci: float, zero: int, one: int, two: int, w: Floats) -> None:
    """Sequences of three phase values, each at its place: the inverse of Fortescue's transformation."""
    tr, ti = br + cr, bi + ci
    ur, ui = HALF_ROOT * (br - cr), HALF_ROOT * (bi - ci)
    w[0, 0, zero], w[0, 1, zero] = (ar + tr) / 3.0, (ai + ti) / 3.0
    w[1, 0, one], w[1, 1, one] = (ar - 0.5 * tr - ui) / 3.0, (ai - 0.5 * ti + ur) / 3.0
    w[2, 0, two], w[2, 1, two] = (ar - 0.5 * tr + ui) / 3.0, (ai - 0.5 * ti - ur) / 3.0


@compiled
def _iterate(
    p: Floats,
    q: Floats,
    slack: int,
    place: Indices,
    factors: tuple[Factored, Factored, Factored],
    no_load: Floats,
    v: Floats,
    w: Floats,
    phase: Floats,
) -> tuple[int, bool]:
    """Find the sequence voltages `v` and those of the phases; how many iterations that took, and whether they stand."""
    buses = p.shape[1]
    v[:] = 0.0
    v[1, 0, :] = no_load[0]
    v[1, 1, :] = no_load[1]
    before = 1.0
    for done in range(1, MOST + 1):
        for bus in range(buses):
            _to_phases(v, bus, phase)
            if bus == slack:
                continue
            ar, ai = _drawn(p[0, bus], q[0, bus], phase[0, 0, bus], phase[0, 1, bus])
            br, bi = _drawn(p[1, bus], q[1, bus], phase[1, 0, bus], phase[1, 1, bus])
            cr, ci = _drawn(p[2, bus], q[2, bus], phase[2, 0, bus], phase[2, 1, bus])
            _to_sequences(ar, ai, br, bi, cr, ci, place[0, bus], place[1, bus], place[2, bus], w)
        step = 0.0
        for s in range(3):
            lower_at, lower, pivot, upper_at, upper = factors[s]
            substitute(lower_at, lower, pivot, upper_at, upper, w[s, 0, : buses - 1], w[s, 1, : buses - 1])
            for bus in range(buses):
                if bus == slack:
                    continue
                k = place[s, bus]
                x, y = w[s, 0, k], w[s, 1, k]
                if s == 1:
                    x += no_load[0, bus]
                    y += no_load[1, bus]
                dx, dy = x - v[s, 0, bus], y - v[s, 1, bus]
                v[s, 0, bus], v[s, 1, bus] = x, y
                step = max(step, dx * dx + dy * dy)
        step = 3.0 * sqrt(step)  # of a phase, at most
        rate = step / before
        before = step
        if not step < 10.0:
            return done, False
        if step <= 1e-15 or (rate < 1.0 and step * rate <= ERROR * (1.0 - rate) and step <= STILL):
            for bus in range(buses):
                _to_phases(v, bus, phase)
                least = COLLAPSE**2 * (no_load[0, bus] ** 2 + no_load[1, bus] ** 2)
                for x in range(3):
                    if not phase[x, 0, bus] ** 2 + phase[x, 1, bus] ** 2 >= least:
                        return done, False
            return done, True
    return MOST, False


@compiled
def _drawn(p: float, q: float, re: float, im: float) -> tuple[float, float]:
    """The current that a withdrawal feeds in: -conj(S / V)."""
    share = -1.0 / (re * re + im * im)
    return share * (p * re + q * im), share * (p * im - q * re)


@compiled
def _results(
    p: Floats,
    q: Floats,
    total: float,
    slack: int,
    v: Floats,
    phase: Floats,
    shunt: Floats,
    ends: Indices,
    y: Floats,
    percent: Floats,
    ampere: Floats,
    base_kva: float,
    row: Floats,
) -> bool:
    """Write one interval's results; whether powers close in every phase at every bus (Kirchhoff)."""
    buses, branches = p.shape[1], ends.shape[1]
    drawn_p, drawn_q, lost_p, lost_q = _at_buses(p, q, v, phase, shunt, row)
    at = 13 * buses
    loading, sent_p, sent_q = row[at : at + branches], row[at + branches : at + 2 * branches], row[at + 2 * branches : at + 3 * branches]
    neutral = row[at + 3 * branches : at + 4 * branches]
    current, phases = np.empty((2, 3, 2, 1)), np.empty((2, 3, 2, 1))
    kva = base_kva / 3.0
    for branch in range(branches):
        highest, into_p, into_q = 0.0, 0.0, 0.0
        for s in range(3):
            for end in range(2):
                fr, fi = v[s, 0, ends[0, branch]], v[s, 1, ends[0, branch]]
                tr, ti = v[s, 0, ends[1, branch]], v[s, 1, ends[1, branch]]
                a, b, c, d = y[s, 4 * end, branch], y[s, 4 * end + 1, branch], y[s, 4 * end + 2, branch], y[s, 4 * end + 3, branch]
                current[end, s, 0, 0] = a * fr - b * fi + c * tr - d * ti
                current[end, s, 1, 0] = a * fi + b * fr + c * ti + d * tr
        for end in range(2):
            _to_phases(current[end], 0, phases[end])
            bus = ends[end, branch]
            for x in range(3):
                ir, ii = phases[end, x, 0, 0], phases[end, x, 1, 0]
                vr, vi = phase[x, 0, bus], phase[x, 1, bus]
                sp, sq = vr * ir + vi * ii, vi * ir - vr * ii
                p[x, bus] += sp
                q[x, bus] += sq
                lost_p += sp
                lost_q += sq
                if end == 0:
                    into_p += sp
                    into_q += sq
                highest = max(highest, (ir * ir + ii * ii) * percent[end, branch])
        loading[branch] = sqrt(highest)
        sent_p[branch], sent_q[branch] = into_p * kva, into_q * kva
        neutral[branch] = 3.0 * sqrt(current[1, 0, 0, 0] ** 2 + current[1, 0, 1, 0] ** 2) * ampere[branch]
    after = at + 4 * branches
    row[after], row[after + 1] = lost_p * kva, lost_q * kva
    row[after + 2], row[after + 3] = (drawn_p + lost_p) * kva, (drawn_q + lost_q) * kva
    closed = True
    for bus in range(buses):
        if bus != slack:
            for x in range(3):
                closed &= max(abs(p[x, bus]), abs(q[x, bus])) <= MISMATCH * total + shunt[2, bus]
    return closed


@compiled
def _at_buses(p: Floats, q: Floats, v: Floats, phase: Floats, shunt: Floats, row: Floats) -> tuple[float, float, float, float]:
    """Write the voltages, and add what shunts draw; what is drawn, and what shunts use up of it, active and reactive."""
    buses = p.shape[1]
    drawn_p, drawn_q, lost_p, lost_q = 0.0, 0.0, 0.0, 0.0
    magnitude, positive = row[6 * buses : 9 * buses], row[9 * buses : 11 * buses]
    worst, unbalance = row[11 * buses : 12 * buses], row[12 * buses : 13 * buses]
    for bus in range(buses):
        furthest = 0.0
        for x in range(3):
            re, im = phase[x, 0, bus], phase[x, 1, bus]
            square = re * re + im * im
            size = sqrt(square)
            row[6 * bus + 2 * x], row[6 * bus + 2 * x + 1], magnitude[3 * bus + x] = re, im, size
            if x == 0 or abs(size - 1.0) > abs(furthest - 1.0):
                furthest = size
            drawn_p += p[x, bus]
            drawn_q += q[x, bus]
            lost_p += square * shunt[0, bus]
            lost_q -= square * shunt[1, bus]
            p[x, bus] += square * shunt[0, bus]
            q[x, bus] -= square * shunt[1, bus]
        first, second = v[1, 0, bus] ** 2 + v[1, 1, bus] ** 2, v[2, 0, bus] ** 2 + v[2, 1, bus] ** 2
        positive[2 * bus], positive[2 * bus + 1] = v[1, 0, bus], v[1, 1, bus]
        worst[bus], unbalance[bus] = furthest, 100.0 * sqrt(second / first)
    return drawn_p, drawn_q, lost_p, lost_q


@compiled
def phase_slopes(
    phasor: Floats,
    drawn: Floats,
    base_kva: float,
    slack: int,
    place: Indices,
    factors: tuple[Factored, Factored, Factored],
    out: Floats,
) -> bool:
    """Change of every voltage for 1 kW more on each phase of each bus but the slack; whether it was found.

    As `kernels.slopes`: dV = Z (D conj(dV) - conj(dS) / conj(V)), D = conj(S) / conj(V)², by phases outside Z, by sequences in it.

    Parameters
    ----------
    phasor : [3, 2, B] phase voltages. [p.u.]
    drawn : [3, 2, B] D of each phase and bus.
    place, factors : the grid, as `SequenceMatrix` has it.
    out : [B, 3, 3, 2, B] to fill: bus and phase that draws more; sequence, real and imaginary part, bus that changes. [p.u./kW]
    """
    buses = place.shape[1]
    v, w, phase, more = np.empty((3, 2, buses)), np.empty((3, 2, buses)), np.empty((3, 2, buses)), np.empty((3, 2))
    out[:] = 0.0
    for at in range(buses):
        for x in range(3):
            if at == slack:
                continue
            share = -3.0 / (base_kva * (phasor[x, 0, at] ** 2 + phasor[x, 1, at] ** 2))
            v[:] = 0.0
            done, step, size = 0, np.inf, 1.0
            while step > SLOPE * size:
                done += 1
                if done > MOST or not step <= np.inf:
                    return False
                for bus in range(buses):
                    if bus == slack:
                        continue
                    _to_phases(v, bus, phase)
                    for y in range(3):
                        a, b, c, d = drawn[y, 0, bus], drawn[y, 1, bus], phase[y, 0, bus], phase[y, 1, bus]
                        more[y, 0], more[y, 1] = a * c + b * d, b * c - a * d
                    if bus == at:
                        more[x, 0] += share * phasor[x, 0, at]
                        more[x, 1] += share * phasor[x, 1, at]
                    places = place[0, bus], place[1, bus], place[2, bus]
                    _to_sequences(more[0, 0], more[0, 1], more[1, 0], more[1, 1], more[2, 0], more[2, 1], *places, w)
                step, size = _take_over(slack, place, factors, v, w)
            out[at, x] = v
    return True


@compiled
def _take_over(slack: int, place: Indices, factors: tuple[Factored, Factored, Factored], v: Floats, w: Floats) -> tuple[float, float]:
    """Put what currents `w` lead to in place of the changes `v`; the largest step, and the largest change."""
    buses = place.shape[1]
    step, size = 0.0, 0.0
    for s in range(3):
        lower_at, lower, pivot, upper_at, upper = factors[s]
        substitute(lower_at, lower, pivot, upper_at, upper, w[s, 0, : buses - 1], w[s, 1, : buses - 1])
        for bus in range(buses):
            if bus == slack:
                continue
            re, im = w[s, 0, place[s, bus]], w[s, 1, place[s, bus]]
            dx, dy = re - v[s, 0, bus], im - v[s, 1, bus]
            v[s, 0, bus], v[s, 1, bus] = re, im
            step = max(step, dx * dx + dy * dy)
            size = max(size, re * re + im * im)
    return sqrt(step), sqrt(size)


@compiled
def on_phases(bus: Indices, phase: Signs, p: Floats, q: Floats, at_p: Floats, at_q: Floats) -> None:
    """Add two columns of connections to [B, 3] sums at each bus and phase, in their own order; phase 0 is a third on each."""
    for row in range(len(bus)):
        if phase[row] > 0:
            at_p[bus[row], phase[row] - 1] += p[row]
            at_q[bus[row], phase[row] - 1] += q[row]
        else:
            for x in range(3):
                at_p[bus[row], x] += p[row] / 3.0
                at_q[bus[row], x] += q[row] / 3.0
