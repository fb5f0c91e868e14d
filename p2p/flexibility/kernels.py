"""Compiled kernels of flexibility."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats, Indices, Ints, Signs
from p2p.base.compiled import compiled


@compiled
def offered_beyond(agent: Indices, side: Signs, energy: Ints, floor: Floats, wh: float) -> bool:
    """Whether any home [N] offers more than it feeds in at its lowest power, but for half a Wh an offer.

    floor : [N] net withdrawal at the lowest power [kW]; wh : Wh of a kW held for the interval.
    """
    left = np.empty(len(floor))
    for home in range(len(floor)):
        left[home] = max(-floor[home], 0.0) * wh
    beyond = False
    for row in range(len(agent)):
        if side[row] < 0:
            left[agent[row]] += 0.5 - energy[row]
    for home in range(len(floor)):
        beyond |= left[home] < -1e-6
    return beyond
