"""Wind turbines that follow the wind and can be held back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Columns, Floats, Indices
from p2p.devices.pv import span, step
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


def specification(wind: Wind) -> FlexSpecification:
    """Can be held back at any hour; what is held back is lost."""
    return curtailment(wind.owner, wind.rated, np.zeros(len(wind)), np.full(len(wind), 24.0))


__all__ = ["CONTROL", "Wind", "span", "specification", "step"]
