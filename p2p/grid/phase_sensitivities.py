"""What one more kW on a phase does to the voltages and loadings of all phases, at an operating point."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Complexes, Floats
from p2p.base.errors import Fault, GridInvalid
from p2p.grid.matrix import admittance
from p2p.grid.network import Grid

TURN = np.exp(2j * np.pi / 3)
FORTESCUE = np.array([[1, 1, 1], [1, TURN**2, TURN], [1, TURN, TURN**2]])
"""Phases a, b, c of the zero, positive and negative sequence.

C. L. Fortescue, "Method of symmetrical co-ordinates applied to the solution of polyphase networks", Trans. AIEE 37, 1918.
"""


def of_phases(grid: Grid, phasor: Complexes) -> tuple[Floats, Floats]:
    """[3 B, 4 B] change of phase voltages [p.u./kW], [L, 4 B] of loadings [percent points/kW], as `Sensitivities` has them.

    phasor : [B, 3] of one interval. [p.u.]
    """
    if phasor.shape != (len(grid.buses), 3) or not np.all(np.isfinite(phasor)):
        raise GridInvalid(Fault("sensitivities", "flow has not converged, or is of many intervals", "one interval's converged flow"))
    change = _sequence_changes(grid, phasor)
    by_phase = np.einsum("xs,sbm->bxm", FORTESCUE, change)
    magnitude = np.real(np.conj(phasor)[:, :, None] * by_phase) / np.abs(phasor)[:, :, None]
    return _by_connection(magnitude.reshape(3 * len(phasor), -1)), _by_connection(_loading_changes(grid, phasor, change))


def _admittances(grid: Grid) -> list[Complexes]:
    """[L, 4] of each sequence."""
    y = grid.sequences.y
    return [(y[s, 0::2] + 1j * y[s, 1::2]).T for s in range(3)]


def _sequence_changes(grid: Grid, phasor: Complexes) -> Complexes:
    """[3, B, 3 B] change of each sequence's voltage at each bus for 1 kW more on each phase of each bus."""
    from p2p.grid.phase_kernels import phase_slopes

    net, buses = grid.sequences, len(phasor)
    sequences = np.linalg.solve(FORTESCUE, phasor.T)
    shunt = net.shunt[0] + 1j * net.shunt[1]
    current = np.stack([admittance(grid.branches, y, shunt) @ v for y, v in zip(_admittances(grid), sequences, strict=True)])
    drawn = -phasor.T * np.conj(FORTESCUE @ current)
    d = np.conj(drawn) / np.conj(phasor.T) ** 2
    out = np.empty((buses, 3, 3, 2, buses))
    at, slope = (np.ascontiguousarray(np.stack([column.real, column.imag], axis=1)) for column in (phasor.T, d))
    if not phase_slopes(at, slope, grid.base_kva, grid.slack, net.place, net.factors, out):
        raise GridInvalid(Fault("sensitivities", "the grid stands at its voltage collapse", "less load"))
    change: Complexes = (out[:, :, :, 0] + 1j * out[:, :, :, 1]).transpose(2, 3, 0, 1).reshape(3, buses, 3 * buses)
    return change


def _loading_changes(grid: Grid, phasor: Complexes, change: Complexes) -> Floats:
    """[L, 3 B] change of loading: of the current's magnitude on the phase and at the end that is loaded most; 0 without current."""
    f, t = grid.branches.from_bus, grid.branches.to_bus
    sequences = np.linalg.solve(FORTESCUE, phasor.T)
    ends = []
    for a, b in ((0, 1), (2, 3)):  # [3, L] phase currents, and [3, L, 3 B] sequence changes
        both = _admittances(grid)
        currents = np.stack([y[:, a] * v[f] + y[:, b] * v[t] for y, v in zip(both, sequences, strict=True)])
        moved = np.stack([y[:, a, None] * dv[f] + y[:, b, None] * dv[t] for y, dv in zip(both, change, strict=True)])
        ends.append((FORTESCUE @ currents, moved))
    percent = np.sqrt(grid.sequences.percent)
    loading = np.concatenate([np.abs(current) * percent[end] for end, (current, _) in enumerate(ends)])
    most, rows = np.argmax(loading, axis=0), np.arange(len(f))
    end, phase = most // 3, most % 3
    current = np.stack([own for own, _ in ends])[end, phase, rows]
    moved = np.where((end == 0)[None, :, None], ends[0][1], ends[1][1])
    of_phase = np.einsum("ls,slm->lm", FORTESCUE[phase], moved)
    size = np.abs(current)
    unit = np.divide(np.conj(current), size, out=np.zeros_like(current), where=size > 0)
    change_of_loading: Floats = percent[end, rows][:, None] * np.real(unit[:, None] * of_phase)
    return change_of_loading


def _by_connection(effect: Floats) -> Floats:
    """[rows, 4 B] from [rows, 3 B]: before the three phases of each bus a connection to all of them, a third on each."""
    single = effect.reshape(len(effect), -1, 3)
    columns: Floats = np.concatenate([single.mean(axis=2, keepdims=True), single], axis=2)
    return columns.reshape(len(effect), -1)
