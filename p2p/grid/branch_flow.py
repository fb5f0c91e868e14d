"""The branch flow equations as constraints of a convex programme: the cone relaxation, and the lossless linear ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from p2p.base.columns import Floats, Indices
from p2p.base.solve import modelling
from p2p.grid.network import Grid

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MODELS = ("socp", "lindistflow", "linear")
CORNERS = 24
"""Corners of the polygon that stands in for the circle of apparent power where the programme is to be linear."""


@dataclass(frozen=True, slots=True)
class Network:
    """A grid per unit on a base power of the programme's own, near what is drawn, so that powers are near 1.

    power: 1 p.u. [kW]
    at_from, at_to: [B, L] 1 where a branch begins, where it ends
    r, x, g_from, b_from, g_to, b_to: [L] as of the branches [p.u.]
    shunt_g, shunt_b: [B] as of the buses [p.u.]
    tap: [L]
    from_most, to_most: [L] most current at the ends, apparent power at 1 p.u. of voltage; infinite where unlimited [p.u.]
    """

    power: float
    at_from: csr_array
    at_to: csr_array
    r: Floats
    x: Floats
    g_from: Floats
    b_from: Floats
    g_to: Floats
    b_to: Floats
    shunt_g: Floats
    shunt_b: Floats
    tap: Floats
    from_most: Floats
    to_most: Floats


def network(grid: Grid, power: float) -> Network:
    """The grid's columns on another base power: impedances grow with it, admittances shrink."""
    branches, buses, more = grid.branches, grid.buses, power / grid.base_kva
    most = np.where(branches.rating_kva > 0, branches.rating_kva, np.inf) / power
    return Network(
        power,
        incidence(branches.from_bus, len(buses)),
        incidence(branches.to_bus, len(buses)),
        branches.r * more,
        branches.x * more,
        branches.g_from / more,
        branches.b_from / more,
        branches.g_to / more,
        branches.b_to / more,
        buses.shunt_g / more,
        buses.shunt_b / more,
        branches.tap,
        most / branches.from_rated,
        most / branches.to_rated,
    )


def incidence(rows: Indices, count: int) -> csr_array:
    """[count, n] 1 where column n belongs to a row."""
    from scipy.sparse import coo_array

    return coo_array((np.ones(len(rows)), (rows, np.arange(len(rows)))), shape=(count, len(rows))).tocsr()


@dataclass(frozen=True, slots=True)
class BranchFlow:
    """Expressions in the squared voltages, and the flows behind the tap and shunt of the from end. [p.u.]

    square:  [B] voltage squared
    p, q:    [L] power into the series impedance
    current: [L] squared current through it; zero in the lossless models
    inner:   [L] voltage squared behind the tap
    p_from, q_from, p_to, q_to: [L] power that enters a branch at its ends
    equations: what ties them together
    """

    square: Any
    p: Any
    q: Any
    current: Any
    inner: Any
    p_from: Any
    q_from: Any
    p_to: Any
    q_to: Any
    equations: list[Any]

    def leaving(self, net: Network) -> tuple[Any, Any]:
        """[B] active and reactive power from each bus into branches and its shunt."""
        cp = modelling()
        p = net.at_from @ self.p_from + net.at_to @ self.p_to + cp.multiply(net.shunt_g, self.square)
        q = net.at_from @ self.q_from + net.at_to @ self.q_to - cp.multiply(net.shunt_b, self.square)
        return p, q


def branch_flow(net: Network, model: str) -> BranchFlow:
    """The equations of one model.

    With P + jQ into the series impedance, W the squared voltage in front of it, w behind it and l the squared current,

        w = W - 2 (r P + x Q) + (r² + x²) l,     P² + Q² <= l W;

    what arrives is P - r l and Q - x l. The lossless models have l = 0.

    References
    ----------
    M. Farivar and S. H. Low, "Branch flow model: relaxations and convexification, part I", IEEE Trans. Power Syst.
    28 (3), 2013 (the branch flow model with its angles relaxed, and the cone).
    C. Coffrin, H. L. Hijazi and P. Van Hentenryck, "DistFlow extensions for AC transmission systems", arXiv 1506.04773
    (shunts and taps).
    M. E. Baran and F. F. Wu, "Optimal sizing of capacitors placed on a radial distribution system", IEEE Trans. Power
    Deliv. 4 (1), 1989 (l = 0, the linearised DistFlow).
    """
    cp = modelling()
    buses, branches = net.at_from.shape
    square, p, q = cp.Variable(buses), cp.Variable(branches), cp.Variable(branches)
    current = cp.Variable(branches, nonneg=True) if model == "socp" else cp.Constant(np.zeros(branches))
    inner = cp.multiply(net.tap**-2.0, net.at_from.T @ square)
    outer = net.at_to.T @ square
    drop = 2 * (cp.multiply(net.r, p) + cp.multiply(net.x, q)) - cp.multiply(net.r**2 + net.x**2, current)
    equations = [outer == inner - drop]
    if model == "socp":  # |(2P, 2Q, l - W)| <= l + W
        sides = cp.vstack([2 * p, 2 * q, current - inner])
        equations.append(cp.SOC(current + inner, sides, axis=0))
    p_from = p + cp.multiply(net.g_from, inner)
    q_from = q - cp.multiply(net.b_from, inner)
    p_to = -(p - cp.multiply(net.r, current)) + cp.multiply(net.g_to, outer)
    q_to = -(q - cp.multiply(net.x, current)) - cp.multiply(net.b_to, outer)
    return BranchFlow(square, p, q, current, inner, p_from, q_from, p_to, q_to, equations)


@dataclass(frozen=True, slots=True)
class Rating:
    """The limit of one end of the branches that have one.

    rows:  [m] the branches
    limit: the constraint, of m rows or [corners, m]
    slope: [m] how much its right side grows for 1 p.u. more of rating
    over:  [m] variable by which the rating may be exceeded, or None
    """

    rows: Indices
    limit: Any
    slope: Floats
    over: Any

    def price(self) -> Floats:
        """[m] what the optimum falls for 1 p.u. more of rating."""
        found: Floats = np.reshape(self.limit.dual_value, (-1, len(self.rows))).sum(axis=0) * self.slope
        return found


def ratings(net: Network, flow: BranchFlow, model: str, of_current: bool, elastic: bool) -> list[Rating]:
    """The limits at both ends of the rated branches.

    In the cone model of the current, as the power flow's loading is, or of the apparent power, as MATPOWER's are; the
    lossless models know no current. "linear" keeps the apparent power in a polygon inside the circle: up to
    1 - cos(π / 24), 0.9 %, on the safe side, and exact for active power alone.
    """
    cp = modelling()
    found = []
    for most, p, q, current in (
        (net.from_most, flow.p_from, flow.q_from, _current_from(net, flow)),
        (net.to_most, flow.p_to, flow.q_to, _current_to(net, flow)),
    ):
        rows = np.flatnonzero(np.isfinite(most)).astype(np.int32)
        if not len(rows):
            continue
        bound = most[rows]
        over = cp.Variable(len(rows), nonneg=True) if elastic else None
        right = cp.Constant(bound) if over is None else bound + over
        if model == "linear":
            angles = ((2 * np.arange(CORNERS) + 1) * np.pi / CORNERS)[:, None]
            p_row, q_row, right_row = (cp.reshape(one, (1, len(rows)), order="C") for one in (p[rows], q[rows], right))
            inside = np.cos(np.pi / CORNERS)
            limit = np.cos(angles) @ p_row + np.sin(angles) @ q_row <= np.full((CORNERS, 1), inside) @ right_row
            slope = np.full(len(rows), inside)
        elif model == "socp" and of_current:
            limit = current[rows] <= bound**2 + (0 if over is None else cp.multiply(2 * bound, over))
            slope = 2 * bound
        else:
            limit = cp.norm(cp.vstack([p[rows], q[rows]]), 2, axis=0) <= right
            slope = np.ones(len(rows))
        found.append(Rating(rows, limit, slope, over))
    return found


def _current_from(net: Network, flow: BranchFlow) -> Any:
    """[L] squared current on the bus's side of the tap: |I + y V|² / tap², from l, P, Q and the shunt y = g + jb."""
    cp = modelling()
    shunt = cp.multiply(net.g_from**2 + net.b_from**2, flow.inner)
    cross = 2 * (cp.multiply(net.g_from, flow.p) - cp.multiply(net.b_from, flow.q))
    return cp.multiply(net.tap**-2.0, flow.current + shunt + cross)


def _current_to(net: Network, flow: BranchFlow) -> Any:
    """[L] squared current into the to end: |I - y V|²."""
    cp = modelling()
    outer = net.at_to.T @ flow.square
    shunt = cp.multiply(net.g_to**2 + net.b_to**2, outer)
    p, q = flow.p - cp.multiply(net.r, flow.current), flow.q - cp.multiply(net.x, flow.current)
    return flow.current + shunt - 2 * (cp.multiply(net.g_to, p) - cp.multiply(net.b_to, q))
