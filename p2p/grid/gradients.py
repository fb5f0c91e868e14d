"""What one more kW at any bus does to a few chosen elements: a solve an element, however large the grid."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from p2p.base.columns import Columns, Floats, Ints
from p2p.base.errors import Fault, GridInvalid
from p2p.grid.flow import Flow
from p2p.grid.network import Grid


class Kind(IntEnum):
    """What of a grid is looked at."""

    VOLTAGE = 0
    LOADING = 1
    IMPORT = 2


@dataclass(frozen=True, slots=True)
class Elements(Columns):
    """R quantities of a grid's state.

    kind: [R] int64, a `Kind`
    row:  [R] int64, of the bus or the branch; nothing for the import
    angle: [R] of a loading, the direction in which its current is measured: for a polygon around the circle in which a current
          may lie, NaN for the current's own [rad]
    """

    kind: Ints
    row: Ints
    angle: Floats

    @classmethod
    def of(cls, voltages: Ints, loadings: Ints) -> Elements:
        """The voltages at some buses, then the loadings of some branches."""
        kinds = np.repeat(np.array([Kind.VOLTAGE, Kind.LOADING], np.int64), (len(voltages), len(loadings)))
        rows = np.concatenate((voltages, loadings)).astype(np.int64)
        return cls(kinds, rows, np.full(len(rows), np.nan))

    def values(self, grid: Grid, flow: Flow) -> Floats:
        """[R] of a converged flow: p.u., percent and kW."""
        found = np.full(len(self), float(flow.import_kw))
        voltage, loading = self.kind == Kind.VOLTAGE, self.kind == Kind.LOADING
        found[voltage] = flow.voltage[self.row[voltage]]
        found[loading] = _measured(grid, flow, self.row[loading], self.angle[loading])[0]
        return found

    def with_angles(self, grid: Grid, flow: Flow) -> Elements:
        """The same, loadings measured in the directions that their currents have now."""
        loading = self.kind == Kind.LOADING
        angle = self.angle.copy()
        angle[loading] = _measured(grid, flow, self.row[loading], self.angle[loading])[1]
        return self.replace(angle=angle)

    def names(self, grid: Grid, place: Ints) -> tuple[str, ...]:
        """What some of them are, in words, each as often as it is asked for."""
        words = {Kind.VOLTAGE: ("voltage at ", grid.buses.name), Kind.LOADING: ("loading of ", grid.branches.name)}
        named = []
        for kind, row in zip(self.kind.tolist(), self.row.tolist(), strict=True):
            what, names = words.get(kind, ("import", None))
            named.append(what if names is None else what + names.item(row))
        return tuple([named[row] for row in place.tolist()])


THE_IMPORT = Elements(np.array([Kind.IMPORT], np.int64), np.zeros(1, np.int64), np.full(1, np.nan))
"""What is taken from upstream, which is what is drawn and what is lost."""


def _measured(grid: Grid, flow: Flow, row: Ints, angle: Floats) -> tuple[Floats, Floats]:
    """Loadings of branches in some directions [percent], and the directions of their currents. [rad]"""
    from p2p.grid.kernels import measured

    found, at = np.empty(len(row)), np.empty(len(row))
    measured(flow.phasor.view(np.float64), row, angle, grid.matrix.places, grid.matrix.values, found, at)
    return found, at


def gradients(grid: Grid, flow: Flow, p_kw: Floats, q_kvar: Floats, elements: Elements) -> tuple[Floats, Floats]:
    """First derivatives of chosen elements with respect to net withdrawal, by the adjoint of the power flow equations.

    `sensitivities` solves once a bus and gives all elements; this solves once an element and gives all buses.

    Parameters
    ----------
    flow : of one interval, converged.
    p_kw, q_kvar : [B] the withdrawals that led to it. [kW], [kvar]
    elements : R of them.

    Returns
    -------
    active, reactive : [R, B] change for 1 kW, and for 1 kvar, more drawn at each bus; 0 at the slack, except that the
        import grows there by what is drawn. [p.u., percent points or kW]

    Raises
    ------
    GridInvalid
        The flow has not converged, or stands where voltage collapses.

    References
    ----------
    K. Christakou et al., "Efficient computation of sensitivity coefficients of node voltages and line currents in
    unbalanced radial electrical distribution networks", IEEE Trans. Smart Grid 4 (2), 2013 (the linear system, of which
    the transposed one is solved here).
    """
    from p2p.grid.kernels import gradients as filled

    net = grid.matrix
    out = np.empty((len(elements), 2, len(grid.buses)))
    if not flow.converged or not filled(
        flow.phasor.view(np.float64), p_kw, q_kvar, elements.kind, elements.row, elements.angle, net.places, net.values, out
    ):
        raise GridInvalid(Fault("gradients", "the grid has no operating point here, or stands at its voltage collapse", "less load"))
    imports = elements.kind == Kind.IMPORT
    out[imports, 0, grid.slack] = 1.0
    return out[:, 0], out[:, 1]
