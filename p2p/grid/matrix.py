"""The admittance matrix without the slack, factorised once so that a power flow is a few triangular solves."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from p2p.base.columns import Complexes, Floats, Indices
from p2p.base.errors import Fault, GridInvalid
from p2p.grid.columns import Branches, Buses
from p2p.grid.factors import Factors, factorise

if TYPE_CHECKING:
    from scipy.sparse import csr_array

ROUNDING = 4e-15  # of powers at a bus, for 1 p.u. of admittance there


class FlowMatrix(NamedTuple):
    """What a power flow needs of a grid: Y = L D U of the n = B - 1 buses that have no voltage of their own. [p.u.]

    slack: row of the slack bus
    order: [B] bus that stands at each place of the factors; the slack last
    y: [L, 4] branch admittances ff, ft, tf, tt
    shunt: [B] admittance to ground
    percent: [L, 2] loading of 1 p.u. of current at the from and the to end; 0 where unlimited
    no_load: [B] voltages without load
    places, values: all of it for the compiled power flow, laid out by `_packed`
    """

    slack: int
    order: Indices
    y: Complexes
    shunt: Complexes
    percent: Floats
    no_load: Complexes
    places: npt.NDArray[np.uint32]
    values: Floats


def flow_matrix(buses: Buses, branches: Branches, slack: int, slack_voltage: float, base_kva: float) -> FlowMatrix:
    """The factorised admittances of a grid that `check` has passed.

    Raises
    ------
    GridInvalid
        Shunts and branches cancel out, so that voltages are not determined.
    """
    y, shunt = np.stack(branches.admittances(), axis=1), buses.shunt_g + 1j * buses.shunt_b
    rest = np.delete(np.arange(len(buses), dtype=np.int32), slack)
    full = admittance(branches, y, shunt)
    factors = factorise(full[rest][:, rest].tocsc())
    if factors is None:
        raise GridInvalid(Fault("grid", "its admittance matrix is singular", "shunts that don't cancel the branches"))
    order = np.append(rest[factors.order], np.int32(slack))
    fed = -full[order[:-1]][:, [slack]].toarray()[:, 0] * slack_voltage
    no_load = np.append(_substitute(factors, fed), slack_voltage)
    percent = _loading_of_current(branches, base_kva)
    places, values = _packed(branches, factors, order, y, shunt, percent, no_load, base_kva)
    by_bus = np.empty_like(no_load)
    by_bus[order] = no_load
    return FlowMatrix(slack, order, y, shunt, percent, by_bus, places, values)


def admittance(branches: Branches, y: Complexes, shunt: Complexes) -> csr_array:
    """[B, B] the bus admittance matrix. [p.u.] MATPOWER User's Manual, equation 3.11."""
    from scipy.sparse import coo_array

    f, t, ground = branches.from_bus, branches.to_bus, np.arange(len(shunt))
    values = np.concatenate([y.T.ravel(), shunt])
    places = np.concatenate([f, f, t, t, ground]), np.concatenate([f, t, f, t, ground])
    return coo_array((values, places), shape=(len(shunt), len(shunt))).tocsr()


def _loading_of_current(branches: Branches, base_kva: float) -> Floats:
    """[L, 2] percent of loading of 1 p.u. of current at the from and the to end, 0 where there is no rating."""
    rated = branches.rating_kva > 0
    percent = np.zeros(len(branches))
    np.divide(100 * base_kva, branches.rating_kva, out=percent, where=rated)
    return np.stack([percent * branches.from_rated, percent * branches.to_rated], axis=1)


def _substitute(factors: Factors, right: Complexes) -> Complexes:
    """[n] the solution for a right side, as the kernel finds it but in plain steps."""
    solution = right.copy()
    for row, column, value in zip(*factors.lower, strict=True):
        solution[row] -= value * solution[column]
    solution *= factors.pivot
    for row, column, value in zip(*factors.upper, strict=True):
        solution[row] -= value * solution[column]
    return solution


def _packed(
    branches: Branches,
    factors: Factors,
    order: Indices,
    y: Complexes,
    shunt: Complexes,
    percent: Floats,
    no_load: Complexes,
    base_kva: float,
) -> tuple[npt.NDArray[np.uint32], Floats]:
    """Everything the kernel reads, in two arrays, since each array costs a call 0.2 µs.

    places: counts of entries of L, of U, of branches; order; rows and columns of L, of U; from and to ends
    values: base power; V0; shunts and the rounding allowed at each bus; L, 1 / D, U; admittances and squared percent
    of the branches. Complex columns are their real and then their imaginary parts.
    """
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    ends = place[branches.from_bus], place[branches.to_bus]
    counts = np.array([len(factors.lower[0]), len(factors.upper[0]), len(branches)])
    strength = np.bincount(np.concatenate(ends), np.tile(np.abs(y).max(axis=1), 2), len(order))
    places = [counts, order, *factors.lower[:2], *factors.upper[:2], *ends]
    columns = (factors.lower[2], factors.pivot, factors.upper[2], *y.T)
    values = [
        np.array([base_kva]),
        *_parts(no_load),
        *_parts(shunt[order]),
        ROUNDING * strength,
        *(part for column in columns for part in _parts(column)),
        *percent.T**2,
    ]
    return np.concatenate(places).astype(np.uint32), np.concatenate(values)


def _parts(column: Complexes) -> tuple[Floats, Floats]:
    return column.real, column.imag
