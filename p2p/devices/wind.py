"""Wind turbines that follow the wind and can be held back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Columns, Floats, Indices
from p2p.devices.specification import FlexSpecification, curtailment

CONTROL = "PEBC"


@dataclass(frozen=True, slots=True)
class Wind(Columns):
    """Wind turbines on profiles; D rows.

    owner:   [D] int32, the prosumer
    profile: [D] int32, column of the profile table
    rated:   [D] power [kW]
    """

    owner: Indices
    profile: Indices
    rated: Floats


def span(wind: Wind, available: Floats, hours: float) -> tuple[Floats, Floats]:
    """Lowest and highest power each turbine can hold: all that the wind gives, to none.

    Parameters
    ----------
    available : [D] what the wind gives now, not negative. [kW]
    hours : length of the interval; power is not bound by it. [h]

    Returns
    -------
    low, high : [D] net withdrawal; generation is negative. [kW]
    """
    return -available, 0.0 * available


def step(wind: Wind, available: Floats, power: Floats, hours: float) -> Floats:
    """Energy that the wind gave and the turbine held back at `power`, which lies in `span`. [D] [kWh]"""
    return (available + power) * hours


def specification(wind: Wind) -> FlexSpecification:
    """Can be held back at any hour; what is held back is lost."""
    return curtailment(wind.owner, wind.rated, np.zeros(len(wind)), np.full(len(wind), 24.0))
