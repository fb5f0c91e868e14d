"""Buses and branches of a balanced three-phase grid, per unit on one base power."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from p2p.base.columns import Columns, Complexes, Floats, Indices, Texts


@dataclass(frozen=True, slots=True)
class Buses(Columns):
    """Grid nodes; B rows. Buses joined by a closed switch are one row.

    name:    [B] as in the source, each once
    kv:      [B] nominal line-to-line voltage [kV]
    x, y:    [B] where it is drawn, as in the source (degrees, or any plane)
    p_kw:    [B] the grid's own load less its own generation [kW]
    q_kvar:  [B] the same of reactive power [kvar]
    shunt_g: [B] shunt conductance, draws g V² of active power [p.u.]
    shunt_b: [B] shunt susceptance, feeds in b V² of reactive power [p.u.]
    """

    name: Texts
    kv: Floats
    x: Floats
    y: Floats
    p_kw: Floats
    q_kvar: Floats
    shunt_g: Floats
    shunt_b: Floats


@dataclass(frozen=True, slots=True)
class Branches(Columns):
    """Lines, transformers and impedances; L rows. All p.u. are on the grid's base power and the buses' nominal voltages.

    A branch is a series impedance with a shunt at each end, behind an ideal transformer `tap : 1` at the from end.

    name:       [L] as in the source
    kind:       [L] "line", "transformer" or "impedance"
    from_bus:   [L] int32 row of Buses; of a transformer the high-voltage side
    to_bus:     [L] int32 row of Buses
    r, x:       [L] series resistance and reactance [p.u.]
    g_from, b_from, g_to, b_to: [L] shunt conductance and susceptance at the ends [p.u.]
    tap:        [L] off-nominal turns ratio, 1 at a line
    shift:      [L] phase shift [rad]
    rating_kva: [L] apparent power that loads it to 100 % at rated voltage; 0: unlimited [kVA]
    from_rated, to_rated: [L] voltage for which the ends are rated, over the nominal one of the bus; 1 at a line [p.u.]
    km:         [L] length of a line; 0 of a transformer, and of everything where the source has no lengths [km]

    References
    ----------
    R. D. Zimmerman and C. E. Murillo-Sánchez, "MATPOWER User's Manual", section 3.2 (branch model); the unequal
    shunts are those of a transformer's T circuit turned into a pi.
    """

    name: Texts
    kind: Texts
    from_bus: Indices
    to_bus: Indices
    r: Floats
    x: Floats
    g_from: Floats
    b_from: Floats
    g_to: Floats
    b_to: Floats
    tap: Floats
    shift: Floats
    rating_kva: Floats
    from_rated: Floats
    to_rated: Floats
    km: Floats

    @classmethod
    def lines(
        cls, name: Texts, from_bus: Indices, to_bus: Indices, r: Floats, x: Floats, rating_kva: Floats, km: Floats | None = None
    ) -> Self:
        """Lines of series impedance alone. [p.u.]"""
        zero, one = np.zeros(len(name)), np.ones(len(name))
        kind = np.full(len(name), "line")
        return cls(name, kind, from_bus, to_bus, r, x, zero, zero, zero, zero, one, zero, rating_kva, one, one, zero if km is None else km)

    def admittances(self) -> tuple[Complexes, Complexes, Complexes, Complexes]:
        """[L] yff, yft, ytf, ytt: current into each end is y times the voltages at both. [p.u.]

        MATPOWER User's Manual, equation 3.2.
        """
        series = np.reciprocal(np.asarray(self.r + 1j * self.x, np.complex128))
        turns = self.tap * np.exp(1j * self.shift)
        at_from: Complexes = series + self.g_from + 1j * self.b_from
        yff: Complexes = at_from / self.tap**2
        yft: Complexes = -series / np.conj(turns)
        ytf: Complexes = -series / turns
        ytt: Complexes = series + self.g_to + 1j * self.b_to
        return yff, yft, ytf, ytt
