"""The three phases of a grid: its zero sequence, and the admittances of all three sequences, factorised once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from p2p.base.columns import Columns, Complexes, Flags, Floats, Indices, Signs, Texts
from p2p.base.errors import Fault, GridInvalid
from p2p.grid.columns import Branches
from p2p.grid.factors import Factors, factorise
from p2p.grid.matrix import ROUNDING, FlowMatrix, admittance

if TYPE_CHECKING:
    from p2p.grid.network import Grid

EARTH_RETURN = 4.0
"""Zero- over positive-sequence resistance, and reactance, of a cable of four equal cores whose neutral carries the return.

IEC 60909-2, impedances of low-voltage cables with four cores: Z0 = 4 R + j 4 ω μ0 / 2π (1/4 + ln(...)). Earth, which would
carry a part, is left out; overhead lines and cables with a thinner neutral differ (assumption where a source has no values).
"""

type Factored = tuple[npt.NDArray[np.uint32], Floats, Floats, npt.NDArray[np.uint32], Floats]


@dataclass(frozen=True, slots=True)
class ZeroSequence(Columns):
    """What branches are to equal currents in all three phases; L rows, NaN where the source does not say.

    r, x: [L] series resistance and reactance; of a transformer between its earthed star point's winding and earth [p.u.]
    b:    [L] shunt susceptance at each end of a line [p.u.]
    group: [L] vector group of a transformer, such as Dyn or Dyn5; "" where the source does not say
    """

    r: Floats
    x: Floats
    b: Floats
    group: Texts


class SequenceMatrix(NamedTuple):
    """What an unbalanced power flow needs of a grid; sequences are zero, positive, negative. [p.u.]

    place: [3, B] where each bus stands in the factors of each sequence; the slack last
    factors: of each sequence L, 1 / D, U, as the kernel reads them
    no_load: [2, B] positive-sequence voltage without load, real and imaginary part
    shunt: [3, B] conductance and susceptance to earth, and the rounding allowed at each bus
    ends: [2, L] from and to bus
    y: [3, 8, L] branch admittances ff, ft, tf, tt of each sequence, real and imaginary parts
    percent: [2, L] square of the loading of 1 p.u. of current at the from and the to end
    ampere: [L] of 1 p.u. of current at the to end [A]
    """

    place: Indices
    factors: tuple[Factored, Factored, Factored]
    no_load: Floats
    shunt: Floats
    ends: Indices
    y: Floats
    percent: Floats
    ampere: Floats


def zero_sequence(branches: Branches, given: ZeroSequence | None = None) -> ZeroSequence:
    """[L] the zero sequence of all branches: as the source gives it, else by assumption.

    Where a source gives none, lines and impedances have `EARTH_RETURN` times their positive-sequence impedance and the
    same shunts, and transformers, taken for Dyn with an earthed star at the to end, the same impedance as in the positive
    sequence (three-limb transformers have a little less) (assumption).

    Raises
    ------
    GridInvalid
        A source that gives some lines their zero sequence, and others none.

    References
    ----------
    IEC 60909-2, as of `EARTH_RETURN`. W. H. Kersting, "Distribution System Modeling and Analysis", chapter 4: with neutral
    and earth reduced, an equally loaded line has the self impedance (Z0 + 2 Z1) / 3 and the mutual one (Z0 - Z1) / 3.
    """
    turned = branches.kind == "transformer"
    more = np.where(turned, 1.0, EARTH_RETURN)
    assumed = ZeroSequence(more * branches.r, more * branches.x, np.where(turned, 0.0, branches.b_to), np.where(turned, "Dyn", ""))
    if given is None:
        return assumed
    _refuse_gaps(branches, given, turned)
    known = np.isfinite(given.r) & np.isfinite(given.x)
    return ZeroSequence(
        np.where(known, given.r, assumed.r),
        np.where(known, given.x, assumed.x),
        np.where(known & np.isfinite(given.b), given.b, assumed.b),
        assumed.group,
    )


def _refuse_gaps(branches: Branches, given: ZeroSequence, turned: Flags) -> None:
    known = np.isfinite(given.r) & np.isfinite(given.x)
    lines = branches.kind == "line"
    gaps = lines & ~known & np.any(lines & known)
    other = turned & (given.group != "") & ~np.char.startswith(np.char.lower(given.group), "dyn")
    impossible = known & ((given.r < 0) | (given.x < 0) | ((given.r == 0) & (given.x == 0)))
    faults = [
        Fault("grid.phases", f"{np.sum(rows)} of {len(rows)} branches {what}: {', '.join(branches.name[rows][:8].tolist())}", allowed)
        for rows, what, allowed in (
            (gaps, "have no zero-sequence impedance, where other lines have one", "r0 and x0 of all lines, or of none"),
            (impossible, "have an impossible zero-sequence impedance", "r0 and x0 of 0 or more, not both 0"),
            (other, "are transformers of another vector group", "Dyn, with an earthed star at the low-voltage side"),
        )
        if np.any(rows)
    ]
    if faults:
        raise GridInvalid(faults)


def connections(grid: Grid, bus: Indices, phase: Signs) -> Grid:
    """The grid, knowing on which phase each connection hangs.

    Parameters
    ----------
    bus : [N] of each connection.
    phase : [N] 1, 2 or 3 for phase a, b or c, 0 for all three.

    Raises
    ------
    GridInvalid
        Connections on phases or at buses that the grid has not, or no way to earth for what they don't share evenly.
    """
    from dataclasses import replace

    faults = []
    for wrong, what, allowed in (
        ((phase < 0) | (phase > 3), "hang on a phase that is not there", "1, 2 or 3 for phase a, b or c, or 0 for all three"),
        ((bus < 0) | (bus >= len(grid.buses)), "hang on a bus that is not there", f"bus rows 0 to {len(grid.buses) - 1}"),
    ):
        if np.any(wrong):
            rows = ", ".join(str(row) for row in np.flatnonzero(wrong)[:8])
            faults.append(Fault(f"{grid.name}, connections", f"{np.sum(wrong)} of {len(phase)} {what}: rows {rows}", allowed))
    if faults:
        raise GridInvalid(faults)
    wired = replace(grid, phase=phase)
    _ = wired.sequences
    return wired


def sequence_matrix(grid: Grid) -> SequenceMatrix:
    """The factorised admittances of all three sequences.

    A phase shift turns the negative sequence the other way. A transformer lets no zero-sequence current through: at its
    earthed star (the to end) it is an impedance to earth, at its delta nothing.

    Raises
    ------
    GridInvalid
        Some bus has no way to earth for zero-sequence currents.

    References
    ----------
    M. Abdel-Akher, K. M. Nor and A. H. Abdul Rashid, "Improved three-phase power-flow methods using sequence components",
    IEEE Trans. Power Systems 20 (3), 2005: three decoupled sequence networks, coupled by the currents drawn alone.
    """
    branches, positive = grid.branches, grid.matrix
    admittances = (_zero_admittances(branches, zero_sequence(branches, grid.zero)), positive.y, positive.y[:, [0, 2, 1, 3]])
    factors, places = [], []
    for y in admittances:
        found, place = _factorised(grid, positive, y)
        factors.append(found)
        places.append(place)
    no_load = positive.no_load
    strength = np.bincount(np.concatenate([branches.from_bus, branches.to_bus]), np.tile(np.abs(positive.y).max(axis=1), 2), len(no_load))
    to_kv = grid.buses.kv[branches.to_bus]
    return SequenceMatrix(
        np.stack(places),
        (factors[0], factors[1], factors[2]),
        np.stack([no_load.real, no_load.imag]),
        np.stack([positive.shunt.real, positive.shunt.imag, ROUNDING * strength]),
        np.stack([branches.from_bus, branches.to_bus]),
        np.stack([np.stack([part for column in y.T for part in (column.real, column.imag)]) for y in admittances]),
        np.ascontiguousarray(positive.percent.T**2),
        grid.base_kva / (np.sqrt(3) * to_kv),
    )


def _zero_admittances(branches: Branches, zero: ZeroSequence) -> Complexes:
    """[L, 4] ff, ft, tf, tt of the zero sequence."""
    series = np.reciprocal(np.asarray(zero.r + 1j * zero.x, np.complex128))
    through = branches.kind != "transformer"
    ground = branches.g_to + 1j * zero.b
    at_end = series + np.where(through, ground, 0.0)
    coupled = np.where(through, -series, 0.0)
    return np.stack([np.where(through, at_end, 0.0), coupled, coupled, at_end], axis=1)


def _factorised(grid: Grid, positive: FlowMatrix, y: Complexes) -> tuple[Factored, Indices]:
    """The factors of one sequence without the slack, and the place of each bus in them."""
    rest = np.delete(np.arange(len(grid.buses), dtype=np.int32), grid.slack)
    factors = factorise(admittance(grid.branches, y, positive.shunt)[rest][:, rest].tocsc())
    if factors is None:
        what = "some buses have no way to earth for what phases don't share evenly"
        allowed = "an earthed star (to end of a transformer) or lines to the slack for every bus"
        raise GridInvalid(Fault(f"{grid.name}, zero sequence", what, allowed))
    place = np.full(len(grid.buses), len(rest), np.int32)
    place[rest[factors.order]] = np.arange(len(rest))
    return _packed(factors), place


def _packed(factors: Factors) -> Factored:
    lower_at, upper_at = (np.stack(entries[:2]).astype(np.uint32) for entries in (factors.lower, factors.upper))
    lower, pivot, upper = (np.stack([column.real, column.imag]) for column in (factors.lower[2], factors.pivot, factors.upper[2]))
    return lower_at, lower, pivot, upper_at, upper
