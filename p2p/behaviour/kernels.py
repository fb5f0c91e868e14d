"""Compiled kernels of behaviour."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Floats, Indices, Ints, Signs, Tags
from p2p.base.compiled import compiled


@compiled
def wants(floats: Floats, ints: Ints, retail: int, feed_in: int, fees: int, wh: float, energy: Ints, limit: Ints) -> None:
    """Fill [2 S + 2, n] energies [Wh] and limits [µEUR/kWh] of the kinds of `needs`.

    floats, ints : the tables of `Known`; wh : Wh of a kW held for the interval.
    """
    floor = floats[1]
    steps, homes = floats.shape[0] - 4, floats.shape[1]
    cap = retail - fees
    for row in range(homes):
        over = max(-floor[row], 0.0)
        energy[0, row], limit[0, row] = round(max(floor[row], 0.0) * wh), cap
        for step in range(steps):
            width, worth = floats[4 + step, row], ints[1 + step, row]
            own = min(over, width)
            energy[2 * step + 1, row], limit[2 * step + 1, row] = round(own * wh), max(worth, feed_in)
            energy[2 * step + 2, row], limit[2 * step + 2, row] = round((width - own) * wh), min(worth - fees - 1, cap)
            over -= own
        energy[2 * steps + 1, row], limit[2 * steps + 1, row] = round(over * wh), feed_in


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
    ints: Ints,
    tag: Indices,
    green: int,
    where: Indices,
    sides: Signs,
    amounts: Ints,
    tags: Tags,
) -> int:
    """Fill the columns of `Orders`: one row for each positive energy, prosumer by prosumer; the number of rows.

    who, ints : tables of `Known`. where : agents and buses. amounts : energies, limits and arrivals.
    tag : [S, n] of what is sold when a step is not filled; what is over beyond them is green.
    """
    kinds, homes = energy.shape
    place = 0
    for row in range(homes):
        for kind in range(kinds):
            if energy[kind, row] > 0:
                where[0, place], where[1, place], sides[place] = who[0, row], who[1, row], side[kind]
                amounts[0, place], amounts[1, place] = energy[kind, row], limit[kind, row]
                amounts[2, place] = ints[0, row] * kinds + kind
                tags[place] = 0 if side[kind] > 0 else green if kind == kinds - 1 else tag[(kind - 1) // 2, row]
                place += 1
    return place


@compiled
def steered(contracted: Floats, net: Floats, floats: Floats, ints: Ints, retail: int, feed_in: int, power: Floats) -> None:
    """Fill [n] power of all devices above their lowest; what is contracted, and drawn without them [kW]; tables of `Known`."""
    steps = floats.shape[0] - 4
    for row in range(len(power)):
        lowest = floats[1, row] - floats[0, row]
        must, may = 0.0, 0.0
        for step in range(steps):
            if ints[1 + step, row] > retail:
                must += floats[4 + step, row]
            if ints[1 + step, row] >= feed_in:
                may += floats[4 + step, row]
        power[row] = min(max(contracted[row] - net[row] - lowest, must), may)


@compiled
def followed(floats: Floats, ints: Ints, retail: int, feed_in: int, low: Floats, high: Floats) -> None:
    """Fill [n] the ends between which a home draws what it contracts, by `steered`; tables of `Known`. [kW]"""
    steps = floats.shape[0] - 4
    for row in range(len(low)):
        low[row] = high[row] = floats[1, row]
        for step in range(steps):
            if ints[1 + step, row] > retail:
                low[row] += floats[4 + step, row]
            if ints[1 + step, row] >= feed_in:
                high[row] += floats[4 + step, row]


@compiled
def filled(above: Floats, floats: Floats, device: Indices, power: Floats) -> None:
    """Add to [D] power, which is the lowest, what each home [n] fills of its steps, the most worth first. [kW]"""
    steps, homes = device.shape
    for row in range(homes):
        left = above[row]
        for step in range(steps):
            if left <= 0.0 or device[step, row] < 0:
                break
            part = min(left, floats[4 + step, row])
            power[device[step, row]] += part
            left -= part


@compiled
def carried_out(
    contracted: Ints, wh: float, net: Floats, floats: Floats, ints: Ints, device: Indices, retail: int, feed_in: int, power: Floats
) -> None:
    """Add to [D] power, which is the lowest, what each home [n] fills of its steps when it steers by its contract [Wh]."""
    homes = len(net)
    bought, above = np.empty(homes), np.empty(homes)
    for row in range(homes):
        bought[row] = contracted[row] / wh
    steered(bought, net, floats, ints, retail, feed_in, above)
    filled(above, floats, device, power)
