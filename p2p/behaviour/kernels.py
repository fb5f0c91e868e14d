"""Compiled kernels of behaviour."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats, Indices, Ints, Signs, Tags
from p2p.base.compiled import compiled


@compiled
def wants(floats: Floats, ints: Ints, retail: int, feed_in: int, fees: int, wh: float, energy: Ints, limit: Ints) -> None:
    """Fill [6, n] energies [Wh] and limits [µEUR/kWh] of the six kinds of `needs`.

    floats, ints : the tables of `Known`; wh : Wh of a kW held for the interval.
    """
    net, low, high = floats[0], floats[1], floats[2]
    charge_worth, discharge_cost = ints[0], ints[1]
    homes = len(net)
    cap = retail - fees
    for row in range(homes):
        missing, over = max(net[row], 0.0), max(-net[row], 0.0)
        give, take = -low[row], high[row]
        from_store, into_store = min(missing, give), min(over, take)
        energy[0, row], limit[0, row] = round((missing - from_store) * wh), cap
        energy[1, row], limit[1, row] = round(from_store * wh), min(discharge_cost[row] - fees - 1, cap)
        energy[2, row], limit[2, row] = round((take - into_store) * wh), min(charge_worth[row] - fees - 1, cap)
        energy[3, row], limit[3, row] = round((over - into_store) * wh), feed_in
        energy[4, row], limit[4, row] = round(into_store * wh), max(charge_worth[row], feed_in)
        energy[5, row], limit[5, row] = round((give - from_store) * wh), max(discharge_cost[row], feed_in)


@compiled
def random_prices(side: Signs, limit: Ints, luck: Floats, floor: int, ceiling: int, price: Ints) -> None:
    """Fill [K, n] prices drawn evenly between each limit and the market's floor (bids) or ceiling (offers). [µEUR/kWh]"""
    kinds, homes = limit.shape
    for kind in range(kinds):
        buys = side[kind] > 0
        for row in range(homes):
            own = limit[kind, row]
            room = max(own - floor if buys else ceiling - own, 0)
            shift = np.int64(np.floor(luck[0 if buys else 1, row] * (room + 1)))
            price[kind, row] = own - shift if buys else own + shift


@compiled
def ordered(
    side: Signs,
    energy: Ints,
    limit: Ints,
    who: Indices,
    arrival: Ints,
    tag: Tags,
    agents: Indices,
    buses: Indices,
    sides: Signs,
    energies: Ints,
    prices: Ints,
    arrivals: Ints,
    tags: Tags,
) -> int:
    """Fill the columns of `Orders`: one row for each positive energy, prosumer by prosumer; the number of rows."""
    kinds, homes = energy.shape
    place = 0
    for row in range(homes):
        for kind in range(kinds):
            if energy[kind, row] > 0:
                agents[place], buses[place], sides[place] = who[0, row], who[1, row], side[kind]
                energies[place], prices[place] = energy[kind, row], limit[kind, row]
                arrivals[place] = arrival[row] * kinds + kind
                tags[place] = tag[kind]
                place += 1
    return place


@compiled
def steered(contracted: Floats, net: Floats, floats: Floats, ints: Ints, retail: int, feed_in: int, power: Floats) -> None:
    """Fill [n] power of storage; what is contracted and what is drawn without it [kW], the tables are `Known`'s."""
    for row in range(len(power)):
        gap = contracted[row] - net[row]
        low, high, charge_worth, discharge_cost = floats[1, row], floats[2, row], ints[0, row], ints[1, row]
        wanted = 0.0
        if discharge_cost <= retail if gap < 0 else charge_worth >= feed_in:
            wanted = gap
        if charge_worth > retail:
            wanted = high
        if discharge_cost < feed_in:
            wanted = low
        power[row] = min(max(wanted, low), high)
