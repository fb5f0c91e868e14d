"""Reactive power of inverters: by a fixed factor, by the power they give, by the voltage; within their apparent power.

Power and reactive power are net withdrawals: an inverter that feeds in has negative power, and one that is underexcited
draws reactive power, which is positive and lowers the voltage.
"""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats

LEAST_COS_PHI = (0.95, 0.90)
"""At full power, of plants up to 4.6 kVA and above: VDE-AR-N 4105:2018-11."""

SMALL_KVA = 4.6

DROOP = (0.93, 0.97, 1.03, 1.07)
"""Voltages of the droop: all reactive power given, none, none, all drawn. (assumption) [p.u.]"""

DROOP_IEEE_1547 = (0.92, 0.98, 1.02, 1.08)
"""The same by default for plants of category B, with 0.44 of the apparent power: IEEE Std 1547-2018, table 8. [p.u.]"""


def least_cos_phi(apparent: Floats) -> Floats:
    """The power factor that a plant must be able to reach, by its size. [D]

    Parameters
    ----------
    apparent : [D] rated apparent power. [kVA]

    References
    ----------
    VDE-AR-N 4105:2018-11, "Generators connected to the low-voltage distribution network": reactive power.
    """
    return np.where(apparent <= SMALL_KVA, *LEAST_COS_PHI)


def fixed_cos_phi(power: Floats, cos_phi: Floats | float, underexcited: bool = True) -> Floats:
    """Reactive power of a fixed power factor. [D] [kvar]

    Parameters
    ----------
    power : [D] net withdrawal. [kW]
    cos_phi : [D] power factor, above 0 to 1.
    underexcited : it draws reactive power; otherwise it gives some.
    """
    reactive = np.abs(power) * np.tan(np.arccos(cos_phi))
    return np.asarray(reactive if underexcited else -reactive)


def cos_phi_of_power(power: Floats, rated: Floats, least: Floats | float = 0.95) -> Floats:
    """Reactive power by the standard characteristic: none up to half the power, then the factor falls to the least at full. [D] [kvar]

    Parameters
    ----------
    power : [D] net withdrawal; only feeding in calls for reactive power. [kW]
    rated : [D] most that the plant feeds in. [kW]
    least : [D] power factor at full power; see `least_cos_phi`.

    References
    ----------
    VDE-AR-N 4105:2018-11, "Generators connected to the low-voltage distribution network": standard characteristic of
    cos phi (P), underexcited.
    """
    part = np.clip(-power / rated, 0.0, 1.0)
    cos_phi = 1 - (1 - least) * np.clip(2 * part - 1, 0.0, 1.0)
    return fixed_cos_phi(np.minimum(power, 0.0), cos_phi)


def q_of_voltage(voltage: Floats, most: Floats, droop: tuple[float, float, float, float] = DROOP) -> Floats:
    """Reactive power by the voltage: given when it is low, drawn when it is high, none within the dead band. [D] [kvar]

    Parameters
    ----------
    voltage : [D] at the connection. [p.u.]
    most : [D] reactive power at either end. [kvar]
    droop : rising voltages: all given, none, none, all drawn. [p.u.]

    References
    ----------
    IEEE Std 1547-2018, clause 5.3.3, "Voltage-reactive power mode"; the Q(U) characteristic of VDE-AR-N 4105:2018-11.
    """
    return np.asarray(most * np.interp(voltage, droop, (-1.0, 0.0, 0.0, 1.0)))


def within_apparent(power: Floats, reactive: Floats, apparent: Floats, power_first: bool = True) -> tuple[Floats, Floats]:
    """Power and reactive power that an inverter can give together. [D] [kW], [D] [kvar]

    Parameters
    ----------
    power : [D] wanted. [kW]
    reactive : [D] wanted. [kvar]
    apparent : [D] rated apparent power. [kVA]
    power_first : reactive power gives way; otherwise power does.
    """
    if not power_first:
        reactive, power = within_apparent(reactive, power, apparent)
        return power, reactive
    kept = np.clip(power, -apparent, apparent)
    room = np.sqrt(np.maximum(apparent**2 - kept**2, 0.0))
    return kept, np.clip(reactive, -room, room)
