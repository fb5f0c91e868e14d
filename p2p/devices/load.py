"""Household load that nobody steers."""

from __future__ import annotations

from dataclasses import dataclass

from p2p.base.columns import Columns, Floats, Indices


@dataclass(frozen=True, slots=True)
class Load(Columns):
    """Loads that follow a profile; D rows.

    owner:    [D] int32, the prosumer
    profile:  [D] int32, column of the profile table
    rated:    [D] what the profile is relative to [kW]
    reactive: [D] rated reactive power, on the reactive profile [kvar]
    """

    owner: Indices
    profile: Indices
    rated: Floats
    reactive: Floats


def span(load: Load, wanted: Floats, hours: float) -> tuple[Floats, Floats]:
    """Lowest and highest power each load can hold: nothing, when it is shed, to what its people want.

    Parameters
    ----------
    wanted : [D] what the household would draw now. [kW]
    hours : length of the interval; power is not bound by it. [h]

    Returns
    -------
    low, high : [D] net withdrawal. [kW]
    """
    return 0.0 * wanted, wanted


def step(load: Load, wanted: Floats, power: Floats, hours: float) -> Floats:
    """Energy that was wanted and not served at `power`, which lies in `span`. [D] [kWh]"""
    return (wanted - power) * hours
