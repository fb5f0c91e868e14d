"""What a device offers to those who would use it, as a data sheet: technical and financial."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Columns, Flags, Floats, Indices, Texts

CONTROLS = ("FRBC", "OMBC", "PPBC", "PEBC", "DDBC", "NOT_CONTROLABLE")
"""Control types of S2 (EN 50491-12-2): fill rate, operation mode, power profile, power envelope, demand driven, none."""

INVOLVEMENTS = ("passive", "behaviour", "managed")
"""How people take part: a controller acts for them, they act themselves when asked, a firm runs its own schedule."""


@dataclass(frozen=True, slots=True)
class FlexSpecification(Columns):
    """The flexibility of D devices.

    owner:          [D] int32, the prosumer
    bidirectional:  [D] bool, can feed in, too
    low, high:      [D] lowest and highest net withdrawal [kW]
    energy:         [D] that it can shift; infinite where nothing is shifted but cut or made [kWh]
    lead_time:      [D] from the call to the change [h]
    duration:       [D] longest call; infinite if it has none [h]
    recovery:       [D] share of what was cut that is drawn later (0: lost or made elsewhere; above 1 with losses)
    price:          [D] what a kWh of change costs its people at least besides its fuel; 0 where it costs nothing but comfort within the band [µEUR/kWh]
    first, last:    [D] local hours of the day between which it is there; 0 and 24 for always [h]
    involvement:    [D] one of `INVOLVEMENTS`
    """

    owner: Indices
    bidirectional: Flags
    low: Floats
    high: Floats
    energy: Floats
    lead_time: Floats
    duration: Floats
    recovery: Floats
    price: Floats
    first: Floats
    last: Floats
    involvement: Texts


def curtailment(owner: Indices, rated: Floats, first: Floats, last: Floats) -> FlexSpecification:
    """The flexibility of generation that can be held back at no cost of its own: what is held back is lost.

    Parameters
    ----------
    rated : [D] most it gives. [kW]
    first, last : [D] local hours of the day between which it may give. [h]
    """
    nothing = np.zeros(len(owner))
    return FlexSpecification(
        owner=owner, bidirectional=nothing > 0, low=-rated, high=nothing, energy=nothing + np.inf, lead_time=nothing,
        duration=nothing + np.inf, recovery=nothing, price=nothing, first=first, last=last, involvement=np.full(len(owner), "passive"),
    )  # fmt: skip
