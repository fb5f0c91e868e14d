"""What comes whether anyone plans it or not: what people switch on, and what the sun gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Floats, Indices, Ints
from p2p.devices.fleet import Fleet


@dataclass(frozen=True, slots=True)
class Coming:
    """Profiles of a year and the row of it that each interval meets.

    p:   [R, P] active power over rated, one column a profile
    q:   [R, P] reactive power over rated
    row: [L + T] row of the profiles in the day before the run, then of each interval
    before: L, how many intervals that day has
    """

    p: Floats
    q: Floats
    row: Ints
    before: int

    def of(self, fleet: Fleet, first: int, last: int) -> tuple[Floats, Floats, Floats]:
        """What people switch on and what the sun gives, from interval `first` up to, not including, `last`.

        Negative intervals are of the day before the run.

        Returns
        -------
        wanted, sun, kvar : [last - first, N] load [kW], generation [kW], reactive power of the loads [kvar]
        """
        rows = self.row[self.before + first : self.before + last]
        load, pv = fleet.load, fleet.pv
        wanted = _by_owner(load.owner, self.p[rows[:, None], load.profile] * load.rated, len(fleet))
        kvar = _by_owner(load.owner, self.q[rows[:, None], load.profile] * load.reactive, len(fleet))
        return wanted, _by_owner(pv.owner, self.p[rows[:, None], pv.profile] * pv.rated, len(fleet)), kvar


def _by_owner(owner: Indices, values: Floats, homes: int) -> Floats:
    """[T, N] the sum of [T, D] device columns over each home's devices."""
    sums = np.zeros((len(values), homes))
    if np.all(np.diff(owner) > 0):  # at most one a home
        sums[:, owner] = values
    else:
        np.add.at(sums.T, owner, values.T)
    return sums
