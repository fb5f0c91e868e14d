"""What stored energy is worth to a home: what it will save tonight, unless the sun fills the store before."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats
from p2p.devices.battery import Battery

DOUBT = 0.25
"""How far off a home thinks that its outlook may be, as a share of the capacity (assumption)."""

LEVELS = 5
"""How many cases between the extremes of that doubt are weighed."""


def storage_worth(battery: Battery, soc: Floats, expected: Floats, place: int, retail: float, feed_in: float) -> tuple[Floats, Floats]:
    """What a kWh put into each battery is worth, and what a kWh out of it costs.

    Left to the home alone, a store runs either empty or full next. If empty, one kWh more in it saves a kWh from the
    retailer; if full, one kWh more takes the place of one that would be fed in. That is the shadow price of the
    store's balance when neither bound has been met (water value). Homes expect the day behind them and weigh both
    ends by how often each comes first when their store is off by up to `DOUBT`. Losses are the owner's: a kWh from
    the grid stores `efficiency`, and a kWh to the house takes `1 / discharging`; wear comes off the one and on the other.

    Parameters
    ----------
    soc : [D] [kWh]
    expected : [L, D] load less generation in each interval of the day ahead. [kWh]
    place : the interval of it that is now.
    retail, feed_in : the dearest retailer's kWh and the cheapest fed-in one in the hours ahead. [µEUR/kWh]

    Returns
    -------
    charge_worth, discharge_cost : [D] [µEUR/kWh]

    References
    ----------
    P. Massé, "Les réserves et la régulation de l'avenir dans la vie économique", 1946: the marginal value of a stock
    is constant until the stock is next empty or full.
    """
    out, into = worth_table(battery, soc, expected, place, retail, feed_in)
    return into, out


def worth_table(battery: Battery, soc: Floats, expected: Floats, place: int, retail: float, feed_in: float) -> Floats:
    """[2, D] what a kWh out of each battery costs, then what one into it is worth; see `storage_worth`. [µEUR/kWh]"""
    from p2p.devices.kernels import store_worth

    table = np.empty((2, len(soc)))
    store_worth(
        battery.capacity,
        battery.efficiency,
        battery.discharging,
        battery.wear,
        soc,
        np.ascontiguousarray(expected.T),
        place,
        retail,
        feed_in,
        DOUBT,
        LEVELS,
        table[1],
        table[0],
    )
    return table
