"""What flexible power is worth to its people, where nobody has planned it: by how full the device is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from p2p.base.columns import Floats
from p2p.devices.around import Prices


class Worth(NamedTuple):
    """The power above the lowest, in S steps of falling worth: what one would take if each kWh cost less than that.

    width: [S, D] the steps, not negative; they add up to highest less lowest power [kW]
    worth: [S, D] what a kWh in each is worth, falling along S [µEUR/kWh]
    """

    width: Floats
    worth: Floats


def by_fill(low: Floats, high: Floats, fill: Floats, rise: Floats, prices: Prices) -> Worth:
    """Two equal steps, each worth what its place in the store says: the dearest price ahead when empty, the cheapest when full.

    Parameters
    ----------
    low, high : [D] span [kW].
    fill : [D] how full the service is at the lowest power, 0 (people lack it) to 1 (they can't use more).
    rise : [D] how much fuller at the highest power, not negative.

    References
    ----------
    J. K. Kok, C. J. Warmer and I. G. Kamphuis, "PowerMatcher: multiagent control in the electricity infrastructure", AAMAS
    2005, section 4: a store's bid falls with its fill level.
    """
    width = np.empty((2, len(low)))
    width[:] = 0.5 * (high - low)
    levels = np.stack((fill + 0.25 * rise, fill + 0.75 * rise))
    top = max(prices.dearest, prices.cheapest)
    return Worth(width, top - (top - prices.cheapest) * np.clip(levels, 0.0, 1.0))
