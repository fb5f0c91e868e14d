"""Compiled kernels of behaviour."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats
from p2p.base.compiled import compiled


@compiled
def runs_short(expected: Floats, first: int, stored: Floats, room: Floats, doubt: Floats, levels: int) -> Floats:
    """[D] share of cases in which a store runs empty before it runs full.

    Follows each store through the day ahead, once around it, from `levels` starting points that lie evenly between
    `doubt` less and `doubt` more than is stored now. A store that does neither counts half.

    expected : [L, D] energy drawn less generated in each interval of the day. [kWh]
    first : the interval that is now.
    stored, room : [D] what it can give, and still take, at its terminals. [kWh]
    """
    length, stores = expected.shape
    share = np.zeros(stores)
    for store in range(stores):
        for level in range(levels):
            shift = doubt[store] * (2.0 * level / (levels - 1) - 1.0)
            low, high = -(stored[store] + shift), room[store] - shift
            drawn = 0.0
            case = 0.5
            for ahead in range(length):
                if -drawn <= low:
                    case = 1.0
                    break
                if -drawn >= high:
                    case = 0.0
                    break
                drawn += expected[(first + ahead) % length, store]
            share[store] += case / levels
    return share
