"""A national price with no file: a supply stack against load, wind and sun."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.clock import Clock
from p2p.base.columns import Floats
from p2p.base.errors import Fault, InputError
from p2p.base.noise import NATIONAL_SUN, NATIONAL_WIND, calendar_noise, capacity_factor
from p2p.base.sky import clear_sky, season, sine_of_elevation
from p2p.base.streams import Streams
from p2p.base.units import prices
from p2p.operators.national import BALANCING, Balancing, National

#: Load by hour of the local day over its yearly mean, then Saturday's and Sunday's level (assumption, after the
#: published German grid load: nights at 80 %, a plateau from 8 to 13, a second peak towards 19 h).
WEEKDAY_LOAD = (
    *(0.83, 0.80, 0.79, 0.79, 0.81, 0.87, 0.97, 1.08, 1.13, 1.15, 1.16, 1.17),
    *(1.17, 1.15, 1.13, 1.11, 1.10, 1.13, 1.16, 1.16, 1.11, 1.05, 0.98, 0.89),
)


@dataclass(frozen=True)
class Technology:
    """Plants of one kind; their marginal costs lie evenly between the best and the worst of them.

    marginal cost = own cost + (fuel + CO2 price x emission) / efficiency

    Fields
    ------
    name : what it is.
    available_gw : capacity that runs if it pays. [GW]
    own_low_eur, own_high_eur : cost apart from fuel and CO2, of the cheapest and of the dearest. [EUR/MWh]
    fuel_eur : fuel. [EUR/MWh of heat]
    emission_g : CO2 of the fuel. [g/kWh of heat]
    best, worst : efficiency, of the cheapest and of the dearest.
    """

    name: str
    available_gw: float
    own_low_eur: float
    own_high_eur: float
    fuel_eur: float = 0.0
    emission_g: float = 0.0
    best: float = 1.0
    worst: float = 1.0

    def __post_init__(self) -> None:
        where, faults = f"technology '{self.name}'", []
        if self.available_gw <= 0:
            faults.append(Fault(where, f"available_gw is {self.available_gw}", "above 0"))
        if self.own_low_eur > self.own_high_eur:
            faults.append(Fault(where, f"own_low_eur {self.own_low_eur} is above own_high_eur {self.own_high_eur}"))
        if not 0 < self.worst <= self.best:
            faults.append(Fault(where, f"efficiencies are {self.worst} to {self.best}", "0 < worst <= best"))
        if self.fuel_eur < 0 or self.emission_g < 0:
            faults.append(Fault(where, f"fuel_eur is {self.fuel_eur}, emission_g is {self.emission_g}", "0 or more"))
        if faults:
            raise InputError(faults)

    def cost(self, co2_eur_per_t: float) -> tuple[float, float]:
        """Marginal cost of the cheapest and of the dearest plant. [EUR/MWh]"""
        burnt = self.fuel_eur + co2_eur_per_t * self.emission_g / 1000
        return self.own_low_eur + burnt / self.best, self.own_high_eur + burnt / self.worst

    def g_per_kwh(self) -> float:
        """CO2 of its electricity, at the mean of best and worst efficiency. [g/kWh]"""
        return 2 * self.emission_g / (self.best + self.worst)


#: German plants of 2024. Fuel: gas 34.80 EUR/MWh (day-ahead mean of 2024: SMARD, "Der Strommarkt im Jahr 2024",
#: 2 January 2025); coal, lignite and oil (assumption). Emission of the fuels: Landesamt für Umwelt Brandenburg, CO2
#: factors by fuel: lignite 407, hard coal 335, gas 202, light oil 266 g/kWh. Efficiencies and what is available (about
#: 80 % of what stands) (assumption). Must-run is biomass, waste, river and heat-bound plants, which pay to keep
#: running rather than stop. Lignite and hard coal bid below their cost to save a stop and a start, heat and power
#: because the heat is sold (assumption). Neighbours is export that ends as the price rises, then import.
GERMAN_PLANTS_2024 = (
    Technology("must-run", 13.0, -36.0, -14.0, emission_g=250.0),
    Technology("neighbours' nuclear and water", 12.0, 2.0, 85.0),
    Technology("lignite", 11.5, -40.0, 3.0, 5.0, 407.0, 0.43, 0.33),
    Technology("gas, heat and power", 10.0, -65.0, 3.0, 34.8, 202.0, 0.55, 0.42),
    Technology("hard coal", 6.0, -10.0, 4.0, 15.0, 335.0, 0.46, 0.36),
    Technology("gas, combined cycle", 3.0, 3.0, 3.0, 34.8, 202.0, 0.60, 0.46),
    Technology("pumped storage and import", 9.0, 90.0, 200.0),
    Technology("gas, steam and open cycle", 8.0, 4.0, 4.0, 34.8, 202.0, 0.42, 0.28),
    Technology("oil", 3.0, 5.0, 5.0, 55.0, 266.0, 0.38, 0.30),
)


@dataclass(frozen=True)
class MeritOrder:
    """A national market computed from a supply stack, with national load, wind and sun; no file is needed.

    Residual load is load plus the export that neighbours take at a price of zero, less wind and sun. The price is the
    marginal cost at which the stack supplies it, plus a bid-up that grows as capacity becomes scarce; below the whole
    must-run it falls along a slope. Weather is drawn by calendar day (`calendar_noise`), so a one-day run and a
    year's run of one seed meet the same day. Sun and wind are independent; holidays are not known (assumption).

    Fields
    ------
    plants : the stack.
    co2_eur_per_t : price of an allowance; about the mean of the EU auctions of 2024. [EUR/t] (assumption)
    load_gw : mean load; the German grid load of 2024 was about 465 TWh (SMARD). [GW]
    load_winter : how far load is above its mean in January, and below in July. (assumption)
    weekend : level of load on Saturday and on Sunday. (assumption)
    load_noise : standard deviation of load around its pattern. (assumption)
    export_gw : what neighbours take at a price of zero; it comes back as "neighbours" in the stack. [GW] (assumption)
    wind_gw : on land 63.5 and at sea 9.2 at the end of 2024 (Bundesnetzagentur, 8 January 2025). [GW]
    wind_mean, wind_winter : mean capacity factor, and how much it is higher in January and lower in July: 111.9 TWh on
        land (SMARD) and about 26 at sea in 2024, of 72 GW, are 0.22; the season (assumption).
    wind_spread, wind_memory_hours : spread before the logistic function; memory of the weather. [h] (assumption)
    sun_gw : 99.3 at the end of 2024 and 83 a year before (Bundesnetzagentur): the middle. [GW]
    sun_yield : output per unit of capacity and kW/m2 on the horizontal, so that the year fits the 63.3 TWh fed in in
        2024 (SMARD). (assumption)
    clearness, clearness_winter : mean share of the clear sky's irradiance, and how much lower in January. (assumption)
    clearness_spread, clearness_memory_hours : as for wind. [h] (assumption)
    latitude_deg, longitude_deg : where the country's sun is computed: the middle of Germany. [deg]
    bid_up_eur, bid_up_gw : bid-up when the whole stack runs, and residual load over which it shrinks to 1/e.
        [EUR/MWh], [GW] (assumption)
    surplus_slope_eur_per_gw : fall of the price when even must-run is too much. [EUR/MWh per GW] (assumption)
    floor_eur, ceiling_eur : harmonised limits of the day-ahead market: -500, +4000 (ACER decision of 10 January 2023).
        [EUR/MWh]
    balancing : need and imbalance price.

    Notes
    -----
    Compared with the German-Luxembourg day-ahead price (Bundesnetzagentur, SMARD.de), hourly, EUR/MWh; the model over
    the calendar of 2024 with twelve seeds, mean and standard deviation between seeds:

    ======================  ======  ======  ============
    .                       2023    2024    model
    ======================  ======  ======  ============
    mean                    95.2    79.5    84 +- 4
    standard deviation      47.6    62.4    54 +- 2
    hours below zero        301     457     511 +- 113
    lower quartile          75.9    55.5    56 +- 4
    median                  98.0    79.5    82 +- 2
    upper quartile          122.1   101.4   104 +- 2
    percentile 95           166.3   144.1   181 +- 11
    mean spread of a day    97.9    116.8   96 +- 3
    ======================  ======  ======  ============

    A summer's day (June to August 2024) falls from 118 at 6 h to 16 at 14 h and climbs to 169 at 20 h; the model's
    falls from 86 to 28 and climbs to 115. The rare extremes (2096.81 on 26 June 2024) are not in it.
    """

    plants: tuple[Technology, ...] = GERMAN_PLANTS_2024
    co2_eur_per_t: float = 65.0
    load_gw: float = 53.0
    load_winter: float = 0.09
    weekend: tuple[float, float] = (0.88, 0.81)
    load_noise: float = 0.02
    export_gw: float = 8.0
    wind_gw: float = 72.0
    wind_mean: float = 0.22
    wind_winter: float = 0.08
    wind_spread: float = 1.05
    wind_memory_hours: float = 18.0
    sun_gw: float = 91.0
    sun_yield: float = 0.63
    clearness: float = 0.57
    clearness_winter: float = 0.15
    clearness_spread: float = 0.8
    clearness_memory_hours: float = 12.0
    latitude_deg: float = 51.0
    longitude_deg: float = 10.0
    bid_up_eur: float = 320.0
    bid_up_gw: float = 8.0
    surplus_slope_eur_per_gw: float = 4.0
    floor_eur: float = -500.0
    ceiling_eur: float = 4000.0
    balancing: Balancing = BALANCING

    def __post_init__(self) -> None:
        bounds = {
            "wind_mean and wind_winter": (abs(self.wind_winter) < self.wind_mean < 1 - abs(self.wind_winter)),
            "clearness and clearness_winter": (abs(self.clearness_winter) < self.clearness < 1 - abs(self.clearness_winter)),
            "load_gw": self.load_gw > 0,
            "bid_up_gw": self.bid_up_gw > 0,
            "memories": min(self.wind_memory_hours, self.clearness_memory_hours) >= 3,
            "what may not be negative": min(self.co2_eur_per_t, self.export_gw, self.wind_gw, self.sun_gw) >= 0,
            "what may not be below zero": min(self.bid_up_eur, self.surplus_slope_eur_per_gw, self.sun_yield) >= 0,
            "plants": len(self.plants) > 0,
        }
        faults = [Fault("merit_order", f"{name} out of range") for name, good in bounds.items() if not good]
        if faults:
            raise InputError(faults)

    def __call__(self, clock: Clock, streams: Streams) -> National:
        """The national market over a run's intervals."""
        demand = self.load(clock, streams) + self.export_gw
        residual = demand - self.wind(clock, streams) - self.sun(clock, streams)
        price = prices(self.price(residual))
        need = self.balancing.need(clock, streams)
        return National(price, self.balancing.imbalance_price(price, need), need, self.emission(residual) / demand)

    def load(self, clock: Clock, streams: Streams) -> Floats:
        """[T] national load: season, weekday, hour of the local day, and a little chance. [GW]"""
        minute = clock.local.astype("datetime64[m]").astype(np.int64) + clock.interval_minutes / 2
        hour = minute / 60 % 24
        shape = np.interp(hour, np.arange(-0.5, 25), (WEEKDAY_LOAD[-1], *WEEKDAY_LOAD, WEEKDAY_LOAD[0]))
        weekday = (minute // 1440 + 3).astype(np.int64) % 7  # 1970-01-01 was a Thursday
        level = np.array((1.0, 1.0, 1.0, 1.0, 1.0, *self.weekend))
        level = level / np.mean(level) / np.mean(WEEKDAY_LOAD)
        noise = calendar_noise(clock, streams, "national.load", 6.0, draws_a_day=8)
        return np.asarray(self.load_gw * shape * level[weekday] * (1 + self.load_winter * season(clock)) * (1 + self.load_noise * noise))

    def wind(self, clock: Clock, streams: Streams) -> Floats:
        """[T] wind feed-in before curtailment. [GW]"""
        noise = calendar_noise(clock, streams, NATIONAL_WIND, self.wind_memory_hours, draws_a_day=8)
        mean = self.wind_mean + self.wind_winter * season(clock)
        return self.wind_gw * capacity_factor(noise, mean, self.wind_spread)

    def sun(self, clock: Clock, streams: Streams) -> Floats:
        """[T] photovoltaic feed-in before curtailment. [GW]"""
        noise = calendar_noise(clock, streams, NATIONAL_SUN, self.clearness_memory_hours, draws_a_day=8)
        clear = capacity_factor(noise, self.clearness - self.clearness_winter * season(clock), self.clearness_spread)
        irradiance = clear_sky(sine_of_elevation(clock, self.latitude_deg, self.longitude_deg))
        return np.asarray(self.sun_gw * self.sun_yield * clear * irradiance / 1000)

    def price(self, residual_gw: Floats) -> Floats:
        """[T] price at which the stack meets the residual load; never falls as that rises. [EUR/MWh]

        Where two plants meet at a gap in cost, the dearer one sets the price.
        """
        cost, supply, _ = self.stack()
        marginal = np.interp(residual_gw, supply, cost)
        surplus = self.surplus_slope_eur_per_gw * np.minimum(residual_gw, 0)
        scarcity = np.minimum((residual_gw - supply[-1]) / self.bid_up_gw, 20.0)
        bid_up = self.bid_up_eur * np.exp(scarcity)
        return np.asarray(np.clip(marginal + surplus + bid_up, self.floor_eur, self.ceiling_eur))

    def emission(self, residual_gw: Floats) -> Floats:
        """[T] CO2 of the plants that meet the residual load. [t/h x 1000, that is g/kWh x GW]"""
        _, supply, emitted = self.stack()
        return np.interp(residual_gw, supply, emitted)

    def stack(self) -> tuple[Floats, Floats, Floats]:
        """The supply curve's corners: cost [EUR/MWh], supply up to there [GW], CO2 up to there [g/kWh x GW]; rising."""
        low, high = np.array([plant.cost(self.co2_eur_per_t) for plant in self.plants]).T
        capacity = np.array([plant.available_gw for plant in self.plants])
        factor = np.array([plant.g_per_kwh() for plant in self.plants])
        corner = np.unique(np.concatenate([low, high]))
        width = np.maximum(high - low, 1e-9)  # a step: all of it at one cost
        below = np.clip((corner[:, None] - low) / width, 0, 1) * (corner[:, None] > low)
        upto = np.where(high > low, below, corner[:, None] >= low)
        running = np.stack([below, upto], axis=1).reshape(-1, len(low))
        return np.repeat(corner, 2), running @ capacity, running @ (capacity * factor)
