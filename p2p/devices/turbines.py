"""Wind power from weather: wind at the hub, thin and thick air, and a turbine's power curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Floats
from p2p.base.errors import Fault, InputError
from p2p.devices.around import Weather

STANDARD_DENSITY = 1.225
"""Of air at sea level and 15 degC, for which power curves are given: ISO 2533, "Standard atmosphere", 1975. [kg/m3]"""

HELLMANN = 1 / 7
"""Exponent of the power law over flat open ground."""


@dataclass(frozen=True)
class Turbine:
    """A turbine by its hub and its power curve.

    Fields
    ------
    name : what it is called.
    hub : height above the ground. [m]
    cut_in, rated, cut_out : wind at the hub from which it gives power, gives all, and stops. [m/s]
    """

    name: str
    hub: float
    cut_in: float
    rated: float
    cut_out: float

    def __post_init__(self) -> None:
        where, faults = f"turbine '{self.name}'", []
        if not 1 <= self.hub <= 300:
            faults.append(Fault(where, f"hub is {self.hub}", "1 to 300 m"))
        if not 0 < self.cut_in < self.rated < self.cut_out:
            faults.append(Fault(where, f"cut-in, rated, cut-out are {self.cut_in}, {self.rated}, {self.cut_out}", "rising, above 0"))
        if faults:
            raise InputError(faults)


TURBINES = (Turbine("small", 18.0, 3.0, 11.0, 25.0), Turbine("medium", 65.0, 3.0, 13.0, 25.0))
"""About 10 kW at a farm, and some hundred kW to a MW of a village (assumption: the order of data sheets)."""


def turbine_power(weather: Weather, turbine: Turbine, altitude: float = 0.0, exponent: float = HELLMANN) -> Floats:
    """Feed-in over rated power. [T] 0 to 1

    Parameters
    ----------
    altitude : of the ground above the sea. [m]
    exponent : see `at_hub`.
    """
    wind = at_hub(weather.wind, turbine.hub, exponent)
    density = air_density(weather.temperature, altitude + turbine.hub)
    return power_curve(wind * (density / STANDARD_DENSITY) ** (1 / 3), turbine)


def at_hub(wind: Floats, hub: float, exponent: float = HELLMANN) -> Floats:
    """Wind at the hub from wind at 10 m, by the power law. [m/s]

    Parameters
    ----------
    hub : height. [m]
    exponent : 1/7 over flat open ground, more over rough ground.

    References
    ----------
    G. Hellmann, "Über die Bewegung der Luft in den untersten Schichten der Atmosphäre", Meteorologische Zeitschrift 32, 1915.
    """
    return np.asarray(wind * (hub / 10) ** exponent)


def at_hub_logarithmic(wind: Floats, hub: float, roughness: float = 0.1) -> Floats:
    """Wind at the hub from wind at 10 m, by the logarithmic law of a neutral boundary layer. [m/s]

    Parameters
    ----------
    hub : height, above the roughness. [m]
    roughness : length: 0.03 for grass, 0.1 for fields with hedges, 1 for a town. [m]

    References
    ----------
    I. Troen and E. L. Petersen, "European Wind Atlas", Risø National Laboratory, 1989: roughness classes and the logarithmic law.
    """
    return np.asarray(wind * np.log(hub / roughness) / np.log(10 / roughness))


def air_density(temperature: Floats, altitude: float) -> Floats:
    """Density of dry air. [kg/m3]

    Parameters
    ----------
    temperature : of the air. [degC]
    altitude : above the sea. [m]

    References
    ----------
    ISO 2533, "Standard atmosphere", 1975: pressure by altitude; the ideal gas law with 287.05 J/(kg K).
    """
    pressure = 101_325 * (1 - 0.0065 * altitude / 288.15) ** 5.2559
    return np.asarray(pressure / (287.05 * (temperature + 273.15)))


def power_curve(wind: Floats, turbine: Turbine) -> Floats:
    """Power over rated power: cubic between cut-in and rated, all until cut-out, then none.

    Where the air is not of standard density, `wind` is times the cube root of its density over the standard one
    (turbines that pitch their blades: IEC 61400-12-1, "Power performance measurements", 2017).

    Parameters
    ----------
    wind : at the hub. [m/s]

    References
    ----------
    V. Sohoni, S. C. Gupta and R. K. Nema, "A critical review on wind turbine power curve modelling techniques and their
    applications in wind based energy systems", Journal of Energy, 2016: models of a presumed shape.
    """
    rising = (wind**3 - turbine.cut_in**3) / (turbine.rated**3 - turbine.cut_in**3)
    return np.asarray(np.where(wind < turbine.cut_out, np.clip(rising, 0.0, 1.0), 0.0))
