"""Photovoltaics that follow the sun and can be held back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Columns, Floats, Indices
from p2p.devices.specification import FlexSpecification, curtailment

CONTROL = "PEBC"


@dataclass(frozen=True, slots=True)
class Pv(Columns):
    """Photovoltaic plants on profiles; D rows.

    owner:   [D] int32, the prosumer
    profile: [D] int32, column of the profile table
    rated:   [D] peak power [kW]
    """

    owner: Indices
    profile: Indices
    rated: Floats


def span(plants: Columns, available: Floats, hours: float) -> tuple[Floats, Floats]:
    """Lowest and highest power each plant can hold: all that sun or wind gives, to none.

    Parameters
    ----------
    available : [D] what sun or wind gives now, not negative. [kW]
    hours : length of the interval; power is not bound by it. [h]

    Returns
    -------
    low, high : [D] net withdrawal; generation is negative. [kW]
    """
    return -available, 0.0 * available


def step(plants: Columns, available: Floats, power: Floats, hours: float) -> Floats:
    """Energy that sun or wind gave and the plant held back at `power`, which lies in `span`. [D] [kWh]"""
    return (available + power) * hours


def specification(pv: Pv) -> FlexSpecification:
    """Can be held back by day; what is held back is lost. The hours are those of midsummer in central Europe (assumption)."""
    return curtailment(pv.owner, pv.rated, np.full(len(pv), 5.0), np.full(len(pv), 22.0))
