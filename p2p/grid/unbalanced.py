"""Unbalanced AC power flow: what each phase's withdrawals lead to, for one interval or many at once."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats, Indices, Ints
from p2p.base.errors import Fault, GridInvalid
from p2p.grid.flow import Flow, Phases
from p2p.grid.network import Grid


def unbalanced_flow(grid: Grid, p_kw: Floats, q_kvar: Floats) -> Flow:
    """The operating point of a four-wire grid at given withdrawals of constant power between each phase and neutral.

    Neutral and earth are one conductor. Every branch is alike in its three phases, so that its sequences are decoupled:
    each has its own factorised admittances, and the currents drawn couple them, phase by phase. The source is balanced
    and stiff in all sequences. Loads that are equal in all phases give exactly the balanced flow.

    Parameters
    ----------
    grid : a grid that `check` has passed, radial or meshed.
    p_kw : [B, 3] or [T, B, 3] net withdrawal at each bus and phase. [kW]
    q_kvar : the same of reactive power. [kvar]

    Returns
    -------
    Flow with `phases`. Intervals don't know of one another, as in `power_flow`.

    Raises
    ------
    GridInvalid
        The withdrawals are not [B, 3] or [T, B, 3].

    References
    ----------
    M. Abdel-Akher, K. M. Nor and A. H. Abdul Rashid, "Improved three-phase power-flow methods using sequence components",
    IEEE Trans. Power Systems 20 (3), 2005. The fixed point is that of `power_flow`.
    """
    from p2p.grid.phase_kernels import unbalanced_flows

    p, q = np.asarray(p_kw, np.float64), np.asarray(q_kvar, np.float64)
    buses, branches = len(grid.buses), len(grid.branches)
    if p.shape != q.shape or p.ndim not in (2, 3) or p.shape[-2:] != (buses, 3):
        what = f"withdrawals of shape {p.shape} and {q.shape}"
        raise GridInvalid(Fault("unbalanced power flow", what, f"[{buses}, 3] or [T, {buses}, 3] each, a bus and phase"))
    single = p.ndim == 2
    if single:
        p, q = p[None], q[None]
    out = np.empty((len(p), 13 * buses + 4 * branches + 4))
    status = np.empty((len(p), 2), np.int64)
    unbalanced_flows(np.ascontiguousarray(p), np.ascontiguousarray(q), grid.base_kva, grid.slack, *grid.sequences, out, status)
    if single:
        out, status = out[0], status[0]
    return _flow(out, status, buses, branches)


def at_phases(grid: Grid, bus: Indices, power: Floats, kvar: Floats) -> tuple[Floats, Floats]:
    """[B, 3] kW, [B, 3] kvar of what the grid's connections draw, each on its phase.

    bus, power, kvar : [N] of each connection, in the order of `grid.phase`.
    """
    from p2p.grid.phase_kernels import on_phases

    if grid.phase is None or len(grid.phase) != len(bus):
        known = "no" if grid.phase is None else str(len(grid.phase))
        raise GridInvalid(Fault(f"{grid.name}, connections", f"the grid knows the phase of {known} connections, not of {len(bus)}"))
    p, q = np.zeros((len(grid.buses), 3)), np.zeros((len(grid.buses), 3))
    on_phases(bus, grid.phase, power, kvar, p, q)
    return p, q


def _flow(out: Floats, status: Ints, buses: int, branches: int) -> Flow:
    """The columns of `unbalanced_flows`, by name."""
    at = 13 * buses
    shape = (*out.shape[:-1], buses, 3)
    phases = Phases(
        out[..., : 6 * buses].view(np.complex128).reshape(shape),
        out[..., 6 * buses : 9 * buses].reshape(shape),
        out[..., 12 * buses : at],
        out[..., at + 3 * branches : at + 4 * branches],
    )
    return Flow(
        status[..., 1] == 1,
        status[..., 0],
        out[..., 9 * buses : 11 * buses].view(np.complex128),
        out[..., 11 * buses : 12 * buses],
        out[..., at : at + branches],
        out[..., at + branches : at + 2 * branches],
        out[..., at + 2 * branches : at + 3 * branches],
        out[..., -4],
        out[..., -3],
        out[..., -2],
        out[..., -1],
        phases,
    )
