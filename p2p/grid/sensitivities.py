"""What one more kW at a bus does to voltages and loadings, at an operating point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Complexes, Floats
from p2p.base.errors import Fault, GridInvalid
from p2p.grid.flow import Flow
from p2p.grid.matrix import admittance
from p2p.grid.network import Grid


@dataclass(frozen=True, slots=True)
class Sensitivities:
    """First derivatives of the power flow with respect to net withdrawal.

    voltage: [B, B] change of the voltage magnitude at the row's bus for 1 kW more at the column's bus [p.u./kW]
    loading: [L, B] change of the loading of the row's branch, of its more loaded end [percent points/kW]

    Of an unbalanced flow, voltages have a row for each bus and phase, 3 bus + phase, as `Flow.every_voltage`; loadings are
    of the most loaded phase; and columns are [4 B], 4 bus + phase of a connection: 0 for all three, then a, b, c.
    """

    voltage: Floats
    loading: Floats


def sensitivities(grid: Grid, state: Flow | Complexes) -> Sensitivities:
    """The exact linearisation of the power flow equations at an operating point, loads of constant power.

    With I = Y V and V conj(I) = -S at every bus but the slack, dV solves Y dV = D conj(dV) - conj(dS) / conj(V),
    where D = diag(conj(S) / conj(V)²).

    Parameters
    ----------
    grid : the grid.
    state : a converged flow of one interval, or its [B] complex voltages. [p.u.]

    Raises
    ------
    GridInvalid
        The flow has not converged, is of many intervals, or stands where voltage collapses.

    References
    ----------
    K. Christakou et al., "Efficient computation of sensitivity coefficients of node voltages and line currents in
    unbalanced radial electrical distribution networks", IEEE Trans. Smart Grid 4 (2), 2013, equations 6-9 and 14.
    """
    if isinstance(state, Flow) and state.phases is not None:
        from p2p.grid.phase_sensitivities import of_phases

        return Sensitivities(*of_phases(grid, state.phases.phasor))
    voltage = state.phasor if isinstance(state, Flow) else np.asarray(state, np.complex128)
    if voltage.shape != (len(grid.buses),) or not np.all(np.isfinite(voltage)):
        what = "flow has not converged" if voltage.ndim == 1 else f"voltages have the shape {voltage.shape}"
        raise GridInvalid(Fault("sensitivities", what, "one interval's converged flow"))
    change = _voltage_changes(grid, voltage)
    magnitude = np.real(np.conj(voltage)[:, None] * change) / np.abs(voltage)[:, None]
    return Sensitivities(magnitude, _loading_changes(grid, voltage, change))


def _voltage_changes(grid: Grid, voltage: Complexes) -> Complexes:
    """[B, B] change of the complex voltage at each bus (row) for 1 kW more at each bus (column)."""
    from p2p.grid.kernels import slopes

    net = grid.matrix
    drawn = -voltage * np.conj(admittance(grid.branches, net.y, net.shunt) @ voltage)
    d = np.conj(drawn) / np.conj(voltage) ** 2
    parts = np.empty((len(voltage), 2, len(voltage)))
    if not slopes(np.stack([voltage.real, voltage.imag]), np.stack([d.real, d.imag]), net.places, net.values, parts):
        raise GridInvalid(Fault("sensitivities", "the grid stands at its voltage collapse", "less load"))
    change: Complexes = parts[:, 0].T + 1j * parts[:, 1].T
    return change


def _loading_changes(grid: Grid, voltage: Complexes, change: Complexes) -> Floats:
    """[L, B] change of loading: of each end's current magnitude, at the end that is loaded more; 0 without current."""
    net, f, t = grid.matrix, grid.branches.from_bus, grid.branches.to_bus
    currents, changes = [], []
    for a, b in ((net.y[:, 0], net.y[:, 1]), (net.y[:, 2], net.y[:, 3])):
        currents.append(a * voltage[f] + b * voltage[t])
        changes.append(a[:, None] * change[f] + b[:, None] * change[t])
    at_to = np.abs(currents[1]) * net.percent[:, 1] > np.abs(currents[0]) * net.percent[:, 0]
    current = np.where(at_to, currents[1], currents[0])
    moved = np.where(at_to[:, None], changes[1], changes[0])
    size = np.abs(current)
    percent = np.where(at_to, net.percent[:, 1], net.percent[:, 0])
    unit = np.divide(np.conj(current), size, out=np.zeros_like(current), where=size > 0)
    change_of_size: Floats = np.real(unit[:, None] * moved)
    return percent[:, None] * change_of_size
