"""Network prices that are published ahead: flat, by time of use, by capacity, by distance, or by the congestion that is forecast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Floats
from p2p.markets.parameters import in_range, one_of
from p2p.operators.dso.curtail import Curtail
from p2p.operators.dso.fees import by_congestion, by_window, further, neutral, scaled
from p2p.operators.dso.measure_only import MeasureOnly
from p2p.operators.dso.notice import Ahead, Notice
from p2p.operators.dso.positions import Bounds, GiveUps, Outcome, Regime, Usage

if TYPE_CHECKING:
    from p2p.grid import Grid

KINDS = ("flat", "time_of_use", "capacity", "distance", "dynamic")
ALONG = ("ohm", "km")
MOST_EUR_PER_KW = 1_000.0
MICRO = 1_000_000


@dataclass(frozen=True)
class NetworkTariff:
    """Publishes network prices ahead: flat, by time of use, capacity, distance or congestion that is forecast; then curtails.

    Each price is the rulebook's fee times a factor, on what is bought locally and on the rest alike; feeding in is free.

    - flat: the rulebook's fees.
    - time_of_use: times `high` in `high_hours` and `low` in `low_hours` of the local day, high before low.
    - capacity: times `energy_part`, and `per_kw` for each kW of a home's highest draw in an interval of the day.
    - distance: the fee on a locally bought kWh is that of the rulebook times 1 + distance_part (d / mean d - 1), with d
      the way from the home to the source of the grid, the mean over homes; a kWh from outside pays the flat fee.
    - dynamic: the DSO runs the AC flow of the prognoses. With u the part of its bounds that an interval needs, and
      s = (u - threshold) / (1 - threshold), held within 0 and 1: times 1 + (most - 1) s where homes draw too much, times
      1 - (1 - least) s where they feed in too much. One price for the whole feeder.

    kind : which of these.
    high_hours, low_hours : windows from one hour to another, over midnight if need be; alike: none. [h] (assumption)
    high, low : factors; BNetzA allows 1 to 2 and 0.1 to 0.4. On the default week without local market these bring in 2 % less
        than the flat fee. (assumption)
    neutral : time_of_use and dynamic: all factors of a day are scaled so that what the prognoses draw pays what it would by
        the flat fee.
    energy_part : part of the energy fee that stays beside a capacity price. (assumption)
    per_kw : price of a kW for a day; with half the energy fee it brings in what the whole fee does on the default week without
        local market, within 1 %. [EUR/kW] (assumption)
    along : the way is that of least series impedance ("ohm", in p.u.) or least length ("km").
    distance_part : how much of the local fee goes by distance, 0 to 1. (assumption)
    threshold : part of a bound from which on congestion counts. (assumption)
    most, least : factors at the bound and beyond. (assumption)
    last_resort : whether the DSO curtails where the grid does not hold nonetheless; else it measures.

    References
    ----------
    Bundesnetzagentur, decision BK8-22/010-A of 2023 (par. 14a EnWG), module 3: three levels, high for two hours a day at least
    and at most twice the standard, low at 10 to 40 % of it, so that a standard profile pays what it did.
    T. Baroche et al., "Exogenous cost allocation in peer-to-peer electricity markets", IEEE Trans. Power Systems 34 (4),
    2019, section III (unique, electrical distance and zonal fees); here the distance is to the source, not to the partner.
    """

    kind: str = "flat"
    high_hours: tuple[float, float] = (17.0, 21.0)
    low_hours: tuple[float, float] = (0.0, 6.0)
    high: float = 1.5
    low: float = 0.4
    neutral: bool = False
    energy_part: float = 0.5
    per_kw: float = 0.33
    along: str = "ohm"
    distance_part: float = 0.5
    threshold: float = 0.7
    most: float = 2.0
    least: float = 0.0
    last_resort: bool = True

    def __post_init__(self) -> None:
        one_of("kind", self.kind, KINDS)
        one_of("along", self.along, ALONG)
        for name in ("high_hours", "low_hours"):
            for hour in getattr(self, name):
                in_range(name, hour, 0, 24)
        for name in ("high", "most"):
            in_range(name, getattr(self, name), 1, 10)
        for name in ("low", "least", "energy_part", "distance_part"):
            in_range(name, getattr(self, name), 0, 1)
        in_range("per_kw", self.per_kw, 0, MOST_EUR_PER_KW)
        in_range("threshold", self.threshold, 0, 0.99)

    def publish(self, ahead: Ahead) -> Notice:
        """The network prices of the day that comes."""
        if self.kind == "capacity":
            factor = np.full(len(ahead), self.energy_part)
            return Notice(scaled(ahead.network, factor), scaled(ahead.local_network, factor), per_kw=round(self.per_kw * MICRO))
        if self.kind == "distance":
            return Notice(ahead.network, ahead.local_network, own=further(ahead, self.along, self.distance_part))
        if self.kind == "flat":
            return Notice.as_ruled(ahead)
        factor = self._factors(ahead)
        if self.neutral:
            factor = factor * neutral(ahead, factor)
        return Notice(scaled(ahead.network, factor), scaled(ahead.local_network, factor))

    def _factors(self, ahead: Ahead) -> Floats:
        """[L] on the rulebook's fees, by the clock or by the prognoses."""
        if self.kind == "time_of_use":
            return by_window(ahead.time, (self.high_hours, self.high), (self.low_hours, self.low))
        return by_congestion(ahead, self.threshold, self.most, self.least)

    def __call__(self, grid: Grid, usage: Usage, bounds: Bounds, give_ups: Callable[[], GiveUps]) -> Outcome:
        """The flow that is delivered, and what was taken back where prices did not do."""
        afterwards: Regime = Curtail() if self.last_resort else MeasureOnly()
        return afterwards(grid, usage, bounds, give_ups)
