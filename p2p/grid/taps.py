"""Tap changers: transformers whose ratio moves in steps, and the branches at other positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from p2p.base.columns import Columns, Flags, Floats, Indices, Ints
from p2p.grid.columns import Branches


@dataclass(frozen=True, slots=True)
class TapChangers(Columns):
    """Transformers whose ratio moves in steps; K rows.

    branch:    [K] int32 row of Branches
    low, high: [K] int64 first and last position
    neutral:   [K] int64 position of the rated ratio
    position:  [K] int64 where the branches are
    step:      [K] what a position adds to the voltage of its winding [p.u.]
    at_to:     [K] bool, whether the winding is that of the to end, the low-voltage side
    """

    branch: Indices
    low: Ints
    high: Ints
    neutral: Ints
    position: Ints
    step: Floats
    at_to: Flags

    @classmethod
    def none(cls) -> Self:
        """No tap changer."""
        whole = np.empty(0, np.int64)
        return cls(np.empty(0, np.int32), whole, whole, whole, whole, np.empty(0), np.empty(0, np.bool_))

    @classmethod
    def even(cls, branch: Ints, steps: int, step: float) -> Self:
        """Of some transformers, so many steps each way of the ratio that they have, at the from end; 0 is where they stand. [p.u.]"""
        zero, more = np.zeros(len(branch), np.int64), np.full(len(branch), steps)
        return cls(branch.astype(np.int32), -more, more, zero, zero, np.full(len(branch), step), np.zeros(len(branch), np.bool_))

    @property
    def raises(self) -> Ints:
        """[K] +1 where the next position up raises the voltage of the to end, -1 where it lowers it."""
        return np.where(self.at_to, 1, -1) * np.sign(self.step).astype(np.int64)

    def turned(self, branches: Branches, position: Ints) -> Branches:
        """The branches with these changers at other positions.

        More turns at the from end only change the ratio. More turns at the to end change the base on which the impedance
        behind it is counted, too, by the square of the turns.

        References
        ----------
        L. Thurner et al., "pandapower: an open-source Python tool for convenient modeling, analysis, and optimization of
        electric power systems", IEEE Trans. Power Systems 33 (6), 2018; its documentation of the transformer has the
        equations.
        """
        more = (1 + (position - self.neutral) * self.step) / (1 + (self.position - self.neutral) * self.step)
        at_from, at_to = np.ones(len(branches)), np.ones(len(branches))
        at_from[self.branch[~self.at_to]] = more[~self.at_to]
        at_to[self.branch[self.at_to]] = more[self.at_to]
        squared = at_to**2
        return branches.replace(
            tap=branches.tap * at_from / at_to,
            r=branches.r * squared,
            x=branches.x * squared,
            g_from=branches.g_from / squared,
            b_from=branches.b_from / squared,
            g_to=branches.g_to / squared,
            b_to=branches.b_to / squared,
        )
