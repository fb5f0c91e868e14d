"""Coefficient of performance of heat pumps, by the temperature lift from the source to the flow."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Flags, Floats

AIR = (6.08, -0.09, 0.0005)
"""Air-source heat pumps: constant, slope [1/K] and curvature [1/K2] of the regression (Ruhnau, Hirth and Praktiknjo 2019)."""

GROUND = (10.29, -0.21, 0.0012)
"""Ground-source heat pumps (as above)."""

LEAST_LIFT = 15.0
"""Lifts below this are taken as this, the lower end of what the regression covers. [K]"""

RADIATOR = (40.0, 1.0)
"""Flow temperature at 0 degC outside, and how much it falls for each kelvin that is warmer (Ruhnau, Hirth and Praktiknjo 2019)."""

FLOOR = (30.0, 0.5)
"""The same for floor heating."""


def curve(lift: Floats, ground: Flags | bool) -> Floats:
    """Coefficient of performance on the test bench, by the lift from the source to the flow [K]; not clipped.

    References
    ----------
    O. Ruhnau, L. Hirth and A. Praktiknjo, "Time series of heat demand and heat pump efficiency for energy system modeling",
    Scientific Data 6, 189, 2019: quadratic regressions over manufacturers' data sheets.

    Examples
    --------
    >>> import numpy as np
    >>> curve(np.array([35.0]), False).round(4)
    array([3.5425])
    """
    of = [np.where(ground, below, above) for below, above in zip(GROUND, AIR, strict=True)]
    result: Floats = of[0] + of[1] * lift + of[2] * lift**2
    return result


def flow_temperature(outdoor: Floats | float, at_zero: Floats, fall: Floats) -> Floats:
    """Flow temperature by the heating curve: the colder outside, the warmer. [degC]

    References
    ----------
    As for `curve`: `RADIATOR` and `FLOOR`.
    """
    return at_zero - fall * outdoor


def coefficient(outdoor: Floats | float, soil: Floats, ground: Flags, at_zero: Floats, fall: Floats, quality: Floats) -> Floats:
    """Coefficient of performance in operation, at least 1.

    Parameters
    ----------
    outdoor : [...] temperature of the air, the source of air-source heat pumps. [degC]
    soil : what brine brings to ground-source heat pumps. [degC]
    at_zero, fall : the heating curve.
    quality : what real operation keeps of the test bench's value.
    """
    source = np.where(ground, soil, outdoor)
    lift = np.maximum(flow_temperature(outdoor, at_zero, fall) - source, LEAST_LIFT)
    result: Floats = np.maximum(quality * curve(lift, ground), 1.0)
    return result
