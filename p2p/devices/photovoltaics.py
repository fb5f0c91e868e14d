"""Photovoltaic power from weather: light on a tilted plane, how warm the cells get, and what the inverter passes on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Floats
from p2p.base.errors import Fault, InputError
from p2p.devices.around import Weather
from p2p.devices.sun import Path

LOW_SUN = 0.065
"""Mean sine of the elevation (3.7 degrees) below which beam light is not told from diffuse: quotients of small numbers."""

SHELTER = 0.51
"""Wind at modules at most a storey above the ground, over that at 10 m: P. Gilman et al., "SAM Photovoltaic Model Technical
Reference Update", NREL/TP-6A20-67399, 2018, section 10.6."""


@dataclass(frozen=True)
class PvSystem:
    """What lies between the light on a plane and the meter, as in PVWatts.

    Fields
    ------
    losses : soiling, shading, mismatch, wiring and the like, as a share.
    per_kelvin : change of power with the cells' temperature, -0.0035 for premium modules. [1/K]
    inverter : nominal efficiency.
    dc_to_ac : peak power of the modules over the inverter's rating.
    albedo : light that the ground reflects, as a share. (assumption: grass)
    u0, u1 : loss of heat of the modules, in still air [W/(m2 K)] and with the wind [W s/(m3 K)]; see `cell_temperature`.

    References
    ----------
    A. P. Dobos, "PVWatts Version 5 Manual", NREL/TP-6A20-62641, 2014: defaults of losses, modules, inverter and their ratio.
    """

    losses: float = 0.14
    per_kelvin: float = -0.0035
    inverter: float = 0.96
    dc_to_ac: float = 1.1
    albedo: float = 0.2
    u0: float = 25.0
    u1: float = 6.84

    def __post_init__(self) -> None:
        allowed = {
            "losses": (0 <= self.losses < 1, "0 to below 1"),
            "per_kelvin": (-0.02 <= self.per_kelvin <= 0, "-0.02 to 0"),
            "inverter": (0.5 <= self.inverter <= 1, "0.5 to 1"),
            "dc_to_ac": (0.5 <= self.dc_to_ac <= 3, "0.5 to 3"),
            "albedo": (0 <= self.albedo <= 1, "0 to 1"),
            "u0": (self.u0 > 0, "above 0"),
            "u1": (self.u1 >= 0, "0 or more"),
        }
        faults = [Fault(f"pv.{key}", f"is {getattr(self, key)}", right) for key, (good, right) in allowed.items() if not good]
        if faults:
            raise InputError(faults)


PV_SYSTEM = PvSystem()


def relative_power(weather: Weather, sun: Path, tilt: Floats, azimuth: Floats, system: PvSystem = PV_SYSTEM) -> Floats:
    """Feed-in over peak power, for each of O orientations. [T, O] not negative

    Parameters
    ----------
    weather : T rows.
    sun : its way over the same intervals.
    tilt : [O] from the horizontal. [deg]
    azimuth : [O] clockwise from north: 90 faces east, 180 south. [deg]
    """
    light = on_planes(weather, sun, tilt, azimuth, system.albedo)
    cell = cell_temperature(light, weather.temperature[:, None], SHELTER * weather.wind[:, None], system.u0, system.u1)
    dc = (1 - system.losses) * dc_power(light, cell, system.per_kelvin)
    return inverter_power(dc, 1 / (system.dc_to_ac * system.inverter), system.inverter)


def on_planes(weather: Weather, sun: Path, tilt: Floats, azimuth: Floats, albedo: float = 0.2) -> Floats:
    """Light on O tilted planes: beam, sky and ground. [T, O] [W/m2]

    The sky's diffuse light is partly around the sun and partly even (Hay and Davies). Within an interval the beam's strength
    is taken as even and the sun's direction as in each piece of its path, so that a level plane gets the global irradiance,
    in an interval with sunrise, too.

    References
    ----------
    J. E. Hay and J. A. Davies, "Calculation of the solar radiation incident on an inclined surface", Proc. First Canadian
    Solar Radiation Data Workshop, 1980, as in P. G. Loutzenhiser et al., "Empirical validation of models to compute solar
    irradiance on inclined surfaces for building energy simulation", Solar Energy 81, 2007. The ground's part: B. Y. H. Liu
    and R. C. Jordan, "The long-term average performance of flat-plate solar-energy collectors", Solar Energy 7 (2), 1963.
    """
    height = np.maximum(sun.height, 1e-9)
    beam = np.where(sun.height > LOW_SUN, np.minimum((weather.ghi - weather.dhi) / height, sun.normal), 0.0)
    even = weather.ghi - beam * sun.height
    around = beam / sun.normal  # the anisotropy index: the share of the diffuse light that comes as if from the sun
    slope, turn = np.radians(tilt), np.radians(azimuth)
    plane = np.stack([np.sin(slope) * np.sin(turn), np.sin(slope) * np.cos(turn), np.cos(slope)])
    shown = np.empty((len(weather), len(slope)))
    for place in range(len(slope)):
        shown[:, place] = _shown(sun, *plane[:, place])
    sky, ground = (1 + np.cos(slope)) / 2, (1 - np.cos(slope)) / 2
    circumsolar = np.where(sun.height > LOW_SUN, around * even / height, 0.0)
    rest = even - circumsolar * sun.height
    return (beam + circumsolar)[:, None] * shown + rest[:, None] * sky + albedo * weather.ghi[:, None] * ground


def cell_temperature(light: Floats, air: Floats, wind: Floats, u0: float = 25.0, u1: float = 6.84) -> Floats:
    """Temperature of modules that stand free. [degC]

    Parameters
    ----------
    light : on the plane. [W/m2]
    air : temperature. [degC]
    wind : at the modules. [m/s]

    References
    ----------
    D. Faiman, "Assessing the outdoor operating temperature of photovoltaic modules", Progress in Photovoltaics 16 (4), 2008.
    """
    return np.asarray(air + light / (u0 + u1 * wind))


def cell_temperature_noct(light: Floats, air: Floats, wind: Floats, noct: float = 45.0, efficiency: float = 0.2) -> Floats:
    """Temperature of modules on the ground or on racks, from what the sheet calls nominal operating cell temperature. [degC]

    Parameters
    ----------
    wind : 10 m above the ground. [m/s]
    noct : at 800 W/m2, 20 degC and 1 m/s. [degC]
    efficiency : of the modules; 0.9 of the light is taken in.

    References
    ----------
    P. Gilman et al., "SAM Photovoltaic Model Technical Reference Update", NREL/TP-6A20-67399, 2018, section 10.6.
    """
    return np.asarray(air + light / 800 * (noct - 20) * (1 - efficiency / 0.9) * 9.5 / (5.7 + 3.8 * SHELTER * wind))


def cell_temperature_pvsyst(light: Floats, air: Floats, wind: Floats, u_c: float = 29.0, u_v: float = 0.0) -> Floats:
    """Temperature of modules as in PVsyst: 0.9 of the light is taken in and a tenth of it becomes power. [degC]

    Parameters
    ----------
    wind : at the modules. [m/s]
    u_c, u_v : loss of heat, in still air [W/(m2 K)] and with the wind [W s/(m3 K)]; 29 and 0 stand free, 15 and 0 lie on a roof
        without a gap.

    References
    ----------
    PVsyst 7 Help, "Array thermal losses".
    """
    return np.asarray(air + 0.9 * light * (1 - 0.1) / (u_c + u_v * wind))


def dc_power(light: Floats, cell: Floats, per_kelvin: float = -0.0035) -> Floats:
    """Power of modules over their peak power, that at 1000 W/m2 and cells of 25 degC.

    References
    ----------
    A. P. Dobos, "PVWatts Version 5 Manual", NREL/TP-6A20-62641, 2014: the module model.
    """
    return np.asarray(np.maximum(light / 1000 * (1 + per_kelvin * (cell - 25)), 0.0))


def inverter_power(dc: Floats, limit: float, nominal: float = 0.96) -> Floats:
    """What an inverter makes of direct current, in its unit: it needs a little itself and gives no more than its rating.

    Parameters
    ----------
    dc : power in.
    limit : power in at its rating; the rating is `nominal` of it.
    nominal : nominal efficiency.

    References
    ----------
    A. P. Dobos, "PVWatts Version 5 Manual", NREL/TP-6A20-62641, 2014: the inverter model.
    """
    part = dc / limit
    # Efficiency times part, so that nothing is divided by nothing at night.
    gives = nominal / 0.9637 * (-0.0162 * part**2 - 0.0059 + 0.9858 * part)
    return np.asarray(np.clip(gives, 0.0, nominal) * limit)


def _shown(sun: Path, east: float, north: float, up: float) -> Floats:
    """[T] how much of a beam a plane shows on average, while the sun is up, by the unit vector on the plane."""
    cosine = east * sun.east + north * sun.north + up * sun.up
    mean: Floats = np.mean(np.where(sun.up > 0, np.maximum(cosine, 0.0), 0.0), axis=0)
    return mean
