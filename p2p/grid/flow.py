"""AC power flow: what voltages, loadings and losses some withdrawals lead to, for one interval or many at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Complexes, Flags, Floats, Ints
from p2p.base.errors import Fault, GridInvalid
from p2p.grid.network import Grid


@dataclass(frozen=True, slots=True)
class Phases:
    """What of a flow differs between phases a, b and c.

    phasor:    [..., B, 3] complex voltage between phase and neutral [p.u.]
    voltage:   [..., B, 3] its magnitude [p.u.]
    unbalance: [..., B] negative- over positive-sequence voltage [percent]
    neutral:   [..., L] current in neutral and earth at the to end [A]

    References
    ----------
    EN 50160:2010, section 4.2.4 (supply voltage unbalance); IEC 61000-4-30, section 5.7: u2 = U2 / U1 x 100 %.
    """

    phasor: Complexes
    voltage: Floats
    unbalance: Floats
    neutral: Floats


@dataclass(frozen=True, slots=True)
class Flow:
    """The state of a grid, in one interval or, with a leading axis T, in many.

    Where `converged` is False there is no operating point to be had (the grid can't carry the withdrawals, or they
    are not numbers), and every float below is NaN, never a wrong number.

    converged:   [...] bool, whether a solution was found and closes at every bus
    iterations:  [...] int64, until the voltages stood
    phasor:      [..., B] complex voltage [p.u.]
    voltage:     [..., B] its magnitude [p.u.]
    loading:     [..., L] of the more loaded end, current over rating; 0 where unlimited [percent]
    p_kw:        [..., L] active power that enters the branch at its from end [kW]
    q_kvar:      [..., L] reactive power that enters there [kvar]
    losses_kw:   [...] what branches and shunts use up [kW]
    losses_kvar: [...] the same of reactive power; negative where cables feed in more than is used [kvar]
    import_kw:   [...] taken from upstream at the slack [kW]
    import_kvar: [...] the same of reactive power [kvar]
    phases:      of an unbalanced flow, None of a balanced one. Of an unbalanced one, phasors are the positive sequence,
        voltages and loadings those of the worst phase (the voltage furthest from 1 p.u.), powers the sum of all phases
    """

    converged: Flags
    iterations: Ints
    phasor: Complexes
    voltage: Floats
    loading: Floats
    p_kw: Floats
    q_kvar: Floats
    losses_kw: Floats
    losses_kvar: Floats
    import_kw: Floats
    import_kvar: Floats
    phases: Phases | None = None

    @property
    def every_voltage(self) -> Floats:
        """[..., B], or [..., 3 B] of an unbalanced flow: all that must lie within a band. [p.u.]"""
        if self.phases is None:
            return self.voltage
        return self.phases.voltage.reshape(*self.voltage.shape[:-1], -1)

    @property
    def extremes(self) -> tuple[Floats, Floats]:
        """[..., B] lowest and highest phase voltage at each bus; the same where phases are not told apart. [p.u.]"""
        if self.phases is None:
            return self.voltage, self.voltage
        return self.phases.voltage.min(axis=-1), self.phases.voltage.max(axis=-1)


def power_flow(grid: Grid, p_kw: Floats | None = None, q_kvar: Floats | None = None) -> Flow:
    """The operating point of a grid at given withdrawals of constant power.

    Parameters
    ----------
    grid : a grid that `check` has passed, radial or meshed.
    p_kw : [B] or [T, B] net withdrawal at each bus; the grid's own if None. [kW]
    q_kvar : [B] or [T, B] net reactive withdrawal; the grid's own if None. [kvar]

    Returns
    -------
    Flow with the leading axis T of the arguments, or without. Intervals don't know of one another: the answer for
    one is the same, to the last bit, alone and in a batch.

    Raises
    ------
    GridInvalid
        The withdrawals are not [B] or [T, B].
    """
    from p2p.grid.kernels import flows

    net = grid.matrix
    p = np.asarray(grid.buses.p_kw if p_kw is None else p_kw, np.float64)
    q = np.asarray(grid.buses.q_kvar if q_kvar is None else q_kvar, np.float64)
    if p.shape != q.shape:
        p, q = _broadcast(grid, p, q)
    buses, branches = len(net.order), len(net.y)
    if p.ndim not in (1, 2) or p.shape[-1] != buses:
        raise GridInvalid(Fault("power flow", f"withdrawals of shape {p.shape}", f"[{buses}] or [T, {buses}], one a bus"))
    single = p.ndim == 1
    if single:
        p, q = p.reshape(1, buses), q.reshape(1, buses)
    out = np.empty((len(p), 3 * buses + 3 * branches + 4))
    status = np.empty((len(p), 2), np.int64)
    flows(p, q, net.places, net.values, out, status)
    if single:
        out, status = out[0], status[0]
    after = 3 * buses + branches
    return Flow(
        status[..., 1] == 1,
        status[..., 0],
        out[..., : 2 * buses].view(np.complex128),
        out[..., 2 * buses : 3 * buses],
        out[..., 3 * buses : after],
        out[..., after : after + branches],
        out[..., after + branches : after + 2 * branches],
        out[..., -4],
        out[..., -3],
        out[..., -2],
        out[..., -1],
    )


def _broadcast(grid: Grid, p: Floats, q: Floats) -> tuple[Floats, Floats]:
    """Both of one shape, if they can be."""
    try:
        shape = np.broadcast_shapes(p.shape, q.shape)
    except ValueError as error:
        what = f"p of shape {p.shape} and q of shape {q.shape} don't go together"
        raise GridInvalid(Fault("power flow", what, f"[{len(grid.buses)}] or [T, {len(grid.buses)}] each")) from error
    return np.broadcast_to(p, shape).copy(), np.broadcast_to(q, shape).copy()
