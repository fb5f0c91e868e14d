"""What comes whether anyone plans it or not: what people switch on, and what the sun gives."""

from __future__ import annotations

from dataclasses import dataclass

from p2p.base.columns import Floats, Ints
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

    def wanted(self, fleet: Fleet, interval: int) -> Floats:
        """[D] power that each load draws in an interval; negative ones are of the day before the run. [kW]"""
        drawn: Floats = self.p[self.row[self.before + interval], fleet.load.profile] * fleet.load.rated
        return drawn

    def reactive(self, fleet: Fleet, interval: int) -> Floats:
        """[D] reactive power of each load. [kvar]"""
        drawn: Floats = self.q[self.row[self.before + interval], fleet.load.profile] * fleet.load.reactive
        return drawn

    def sun(self, fleet: Fleet, interval: int) -> Floats:
        """[D] power that the sun gives each photovoltaic plant. [kW]"""
        given: Floats = self.p[self.row[self.before + interval], fleet.pv.profile] * fleet.pv.rated
        return given
