"""How much heat a heat pump gives for each kWh of electricity: by how far it has to lift it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from p2p.base.columns import Flags, Floats

AIR = (6.08, -0.09, 0.0005)
GROUND = (10.29, -0.21, 0.0012)
"""Coefficients of 1, lift and lift squared, for heat from the air and from the ground."""

LEAST_LIFT = 15.0
"""Below this lift the curves are not fitted; they are taken at it. [K]"""

MOST_LIFT = 87.5
"""Lift from which the curve for the ground would rise again (0.21 / 0.0024; for the air from 90); from there on they are flat. [K]"""

REAL = 0.85
"""Share of the curves, which are fitted to makers' measurements, that is left in real operation."""

SOIL = 5.0
"""Temperature of the brine from the ground: a soil of 10 degC less 5 K at the heat exchanger (assumption). [degC]"""


class HeatingCurve(NamedTuple):
    """Flow temperature that a controller sets by the outdoor temperature, linear.

    at_zero: at 0 degC outdoors [degC]
    slope:   how much warmer for each degree that it is colder outdoors
    """

    at_zero: float
    slope: float


RADIATOR = HeatingCurve(40.0, 1.0)
FLOOR = HeatingCurve(30.0, 0.5)


def curve(ground: Flags, lift: Floats) -> Floats:
    """Coefficient of performance on the test bench, as fitted: nothing is clipped.

    Parameters
    ----------
    ground : [D] whether the heat comes from the ground; else from the air.
    lift : [D] temperature of the flow less that of the source. [K]

    References
    ----------
    O. Ruhnau, L. Hirth and A. Praktiknjo, "Time series of heat demand and heat pump efficiency for energy system modeling",
    Scientific Data 6, 189, 2019: the quadratic regressions of makers' data for air- and ground-source heat pumps.
    """
    first, second, third = (np.where(ground, *both) for both in zip(GROUND, AIR, strict=True))
    return first + second * lift + third * lift**2


def performance(ground: Flags, at_zero: Floats, slope: Floats, factor: Floats, outdoor: Floats | float) -> Floats:
    """[..., D] coefficient of performance in operation at outdoor temperatures; it never rises with the lift.

    Parameters
    ----------
    at_zero, slope : [D] the heating curve. [degC], [-]
    factor : [D] what is left of the test bench's value.
    outdoor : [..., 1], or one for all. [degC]

    References
    ----------
    Ruhnau, Hirth and Praktiknjo 2019 (see `curve`): flow temperatures 40 - T (radiators) and 30 - T / 2 (floor) degC, and the
    factor 0.85 for real operation.
    """
    lift = at_zero - slope * outdoor - np.where(ground, SOIL, outdoor)
    return factor * curve(ground, np.clip(lift, LEAST_LIFT, MOST_LIFT))
