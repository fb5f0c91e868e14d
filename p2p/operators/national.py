"""The national market as the local one sees it: a day-ahead price, an imbalance price, a need, a carbon intensity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.clock import Clock
from p2p.base.columns import Columns, Floats, Ints
from p2p.base.noise import calendar_noise
from p2p.base.streams import Streams
from p2p.base.units import prices

#: Direct CO2 of a kWh of the German mix in 2024: Umweltbundesamt, "Entwicklung der spezifischen
#: Treibhausgas-Emissionen des deutschen Strommix", 2025 (first estimate). [g/kWh]
GERMAN_MIX_2024 = 363.0


@dataclass(frozen=True, slots=True)
class National(Columns):
    """What the national market says; T rows, one an interval.

    price:           [T] int64 µEUR/kWh, day-ahead
    imbalance_price: [T] int64 µEUR/kWh, paid by the short and to the long alike (single price)
    need:            [T] float64 MW, what the system lacks: > 0 upward, the system is short
    co2:             [T] float64 g/kWh, of the grid's electricity
    """

    price: Ints
    imbalance_price: Ints
    need: Floats
    co2: Floats


@dataclass(frozen=True)
class Balancing:
    """The need for balancing and what it does to the imbalance price.

    The need is the forecast error of load, wind and sun that is left after the last trade: two independent normal
    parts, one that lasts and one that flickers. The imbalance price is the day-ahead price plus a slope times it.

    Fields
    ------
    need_mw : standard deviation of the need. [MW] (assumption: the order of the German grid control cooperation)
    memory_hours : memory of the lasting part, see `calendar_noise`. [h] (assumption)
    flicker : share of the flickering part in the variance. (assumption)
    slope_eur_per_mwh_per_mw : rise of the imbalance price over day-ahead with the need. [EUR/MWh per MW] (assumption)

    Notes
    -----
    500 MW and 0.25 EUR/MWh per MW put a standard deviation of 125 EUR/MWh on imbalance price less day-ahead price.
    Published quarter-hours of TenneT NL, 2024, have 113 and those of Elia BE, May 2024 to October 2025, have 138, both
    with single values held within 500 EUR/MWh; their autocorrelations are 0.45 and 0.56 after 15 minutes, 0.25 and
    0.32 after an hour, 0.04 after four hours. The model has 0.62, 0.36 and 0.00.
    """

    need_mw: float = 500.0
    memory_hours: float = 0.7
    flicker: float = 0.4
    slope_eur_per_mwh_per_mw: float = 0.25

    def need(self, clock: Clock, streams: Streams) -> Floats:
        """[T] what the system lacks, > 0 upward. [MW]"""
        lasting = calendar_noise(clock, streams, "national.need", self.memory_hours, draws_a_day=96)
        flickering = calendar_noise(clock, streams, "national.need.flicker", 0.1, draws_a_day=96)
        return np.asarray(self.need_mw * (np.sqrt(1 - self.flicker) * lasting + np.sqrt(self.flicker) * flickering))

    def imbalance_price(self, price: Ints, need: Floats) -> Ints:
        """[T] µEUR/kWh: the day-ahead price plus the slope times the need."""
        return price + prices(self.slope_eur_per_mwh_per_mw * need)


BALANCING = Balancing()


def from_series(
    price: Ints,
    clock: Clock,
    streams: Streams,
    balancing: Balancing = BALANCING,
    co2_g_per_kwh: float = GERMAN_MIX_2024,
) -> National:
    """The national market of a given day-ahead price; need and imbalance price are modelled, the CO2 is a constant.

    Parameters
    ----------
    price : [T] day-ahead. [µEUR/kWh]
    co2_g_per_kwh : carbon intensity of every interval. [g/kWh]
    """
    need = balancing.need(clock, streams)
    return National(price, balancing.imbalance_price(price, need), need, np.full(len(price), co2_g_per_kwh))
