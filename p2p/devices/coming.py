"""What comes whether anyone plans it or not: what people switch on, and what the sun gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from p2p.base.columns import Floats, Indices, Ints
from p2p.devices.fleet import Fleet
from p2p.devices.inverter import cos_phi_of_power


class Come(NamedTuple):
    """What comes in some intervals.

    wanted: [T, N] what people switch on [kW]
    made:   [T, N] what sun and wind give [kW]
    kvar:   [T, N] reactive power of the loads, and of plants whose inverters follow their own power [kvar]
    """

    wanted: Floats
    made: Floats
    kvar: Floats


@dataclass(frozen=True, slots=True)
class Coming:
    """Profiles of a year and the row of it that each interval meets, and profiles made from the weather of the run.

    p:   [R, P] active power over rated, one column a profile
    q:   [R, P] reactive power over rated
    row: [L + T] row of the profiles in the day before the run, then of each interval
    before: L, how many intervals that day has
    weather: [L + T, W] what weather gives, over rated, its columns counted on from P
    inverter: how plants make reactive power: unity or cos_phi (by their own power)
    """

    p: Floats
    q: Floats
    row: Ints
    before: int
    weather: Floats
    inverter: str = "unity"

    def of(self, fleet: Fleet, first: int, last: int) -> Come:
        """What comes from interval `first` up to, not including, `last`; negative intervals are of the day before the run."""
        span = slice(self.before + first, self.before + last)
        rows = self.row[span]
        p = np.concatenate((self.p[rows], self.weather[span]), axis=1)
        load = fleet.load
        wanted = _by_owner(load.owner, p[:, load.profile] * load.rated, len(fleet))
        kvar = _by_owner(load.owner, self.q[rows[:, None], load.profile] * load.reactive, len(fleet))
        made = np.zeros_like(wanted)
        for plants in (fleet.pv, fleet.wind):
            if not len(plants):
                continue
            power = p[:, plants.profile] * plants.rated
            made += _by_owner(plants.owner, power, len(fleet))
            if self.inverter == "cos_phi":
                kvar += _by_owner(plants.owner, cos_phi_of_power(-power, plants.rated), len(fleet))
        return Come(wanted, made, kvar)


def _by_owner(owner: Indices, values: Floats, homes: int) -> Floats:
    """[T, N] the sum of [T, D] device columns over each home's devices."""
    sums = np.zeros((len(values), homes))
    if np.all(np.diff(owner) > 0):  # at most one a home
        sums[:, owner] = values
    else:
        np.add.at(sums.T, owner, values.T)
    return sums
