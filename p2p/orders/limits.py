"""What the grid allows, as plain rows: a market that claims to stay within a network gets these and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Floats


@dataclass(frozen=True, slots=True)
class Limits:
    """Rows on net withdrawal by bus: `matrix @ withdrawal <= headroom`, one row a limit.

    matrix:   [R, B] effect of a kW withdrawn at each bus (a PTDF, or voltage sensitivities)
    headroom: [R] what is left, in the unit of the row
    name:     [R] what binds, in words
    """

    matrix: Floats
    headroom: Floats
    name: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.headroom)


NO_LIMITS = Limits(np.zeros((0, 0)), np.zeros(0))
