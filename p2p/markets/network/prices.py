"""Compiled: whole energies and the prices by bus, of a solution of the welfare programme."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Flags, Floats, Indices, Ints, Signs
from p2p.base.compiled import compiled
from p2p.orders.limits import VOLTAGE


@compiled
def priced(
    side: Signs,
    energy: Ints,
    price: Ints,
    bus: Indices,
    area: Indices,
    limits: Floats,
    kind: Signs,
    slopes: Floats,
    scale: Floats,
    x: Floats,
    dual: Floats,
    k: float,
    shadow: Floats,
    parts: Ints,
    at: Ints,
    accepted: Ints,
) -> None:
    """Fill what is accepted, the shadow prices, and what prices are made of.

    limits : [R, B], kind, scale : [R]; slopes : [C, B]; x, dual : of the programme. k : of the way up a range of prices.
    shadow : [R + C] of rows as scaled; parts : [3, B] losses, congestion, voltage; at : [A] the price of energy; accepted : [O].
    """
    areas = len(at)
    for r in range(len(shadow)):
        shadow[r] = max(-dual[areas + r], 0.0)
    _places(limits, scale, kind, slopes, shadow, parts[0], parts[1], parts[2])
    added = parts[0] + parts[1] + parts[2]
    _whole(side, energy, price, x, added, bus, area, areas, accepted)
    low, high, known = np.empty(areas, np.int64), np.empty(areas, np.int64), np.empty(areas, np.bool_)
    _ends(side, energy, price, bus, area, added, accepted, low, high, known)
    for a in range(areas):
        at[a] = low[a] + np.int64(np.rint(k * (high[a] - low[a]))) if known[a] else np.int64(np.rint(-dual[a]))


@compiled
def _whole(side: Signs, energy: Ints, price: Ints, x: Floats, added: Ints, bus: Indices, area: Indices, areas: int, accepted: Ints) -> None:
    """Fill the accepted energies: the nearest whole Wh, and as much bought as sold; what gains least at its bus gives way. [Wh]

    x : [O] of the programme. added : [B] what the place adds to the price of energy. [µEUR/kWh]
    """
    over = np.zeros(areas, np.int64)
    for j in range(len(side)):
        accepted[j] = min(max(np.int64(np.rint(x[j])), 0), energy[j])
        over[area[j]] += side[j] * accepted[j]
    for a in range(areas):
        while over[a] != 0:
            sign = 1 if over[a] > 0 else -1
            worst, gain = -1, np.inf
            for j in range(len(side)):
                if area[j] == a and side[j] == sign and accepted[j] > 0:
                    own = side[j] * (price[j] - added[bus[j]])
                    part = accepted[j] < energy[j]
                    if own < gain - 0.5 or (worst >= 0 and own < gain + 0.5 and part and accepted[worst] == energy[worst]):
                        worst, gain = j, own
            less = min(abs(over[a]), accepted[worst])
            accepted[worst] -= less
            over[a] -= sign * less


@compiled
def _places(
    matrix: Floats, scale: Floats, kind: Signs, slopes: Floats, shadow: Floats, losses: Ints, congestion: Ints, voltage: Ints
) -> None:
    """Fill what losses, branches and voltages add to the price of energy at each of B buses. [µEUR/kWh]

    matrix : [R, B]; scale, kind : [R]; slopes : [C, B]; shadow : [R + C] prices, of limits scaled. losses, congestion, voltage : [B].
    """
    limits, buses = len(matrix), len(losses)
    parts = np.zeros((3, buses))
    for r in range(limits):
        factor = scale[r] * shadow[r]
        if factor != 0.0:
            part = parts[2] if kind[r] == VOLTAGE else parts[1]
            for b in range(buses):
                part[b] += factor * matrix[r, b]
    for c in range(len(slopes)):
        if shadow[limits + c] != 0.0:
            for b in range(buses):
                parts[0, b] += shadow[limits + c] * slopes[c, b]
    for b in range(buses):
        losses[b], congestion[b], voltage[b] = np.rint(parts[0, b]), np.rint(parts[1, b]), np.rint(parts[2, b])


@compiled
def _ends(
    side: Signs, energy: Ints, price: Ints, bus: Indices, area: Indices, added: Ints, accepted: Ints, low: Ints, high: Ints, known: Flags
) -> None:
    """Fill the range of prices of energy at which no accepted order loses and none left over would gain. [µEUR/kWh]

    added : [B] what the place adds. low, high : [A] to fill; where only one side says something, the range is that point.
    known : [A] to fill, whether there is a range.
    """
    none = np.int64(2) ** 62
    low[:] = -none
    high[:] = none
    for j in range(len(side)):
        own = price[j] - added[bus[j]]
        a = area[j]
        got, left = accepted[j] > 0, accepted[j] < energy[j]
        if (side[j] > 0 and got) or (side[j] < 0 and left):
            high[a] = min(high[a], own)
        if (side[j] > 0 and left) or (side[j] < 0 and got):
            low[a] = max(low[a], own)
    for a in range(len(low)):
        known[a] = low[a] > -none or high[a] < none
        if low[a] == -none:
            low[a] = high[a]
        elif high[a] == none:
            high[a] = low[a]
        high[a] = max(low[a], high[a])


@compiled
def payments(side: Signs, price: Ints, bus: Indices, area: Indices, energy: Ints, added: Ints, accepted: Ints, payment: Ints) -> None:
    """Fill what orders owe at the price of their bus, and never beyond their limit. [nEUR]

    energy : [A] price of energy; added : [B] what the place adds. [µEUR/kWh]
    """
    for j in range(len(side)):
        at = energy[area[j]] + added[bus[j]]
        fair = min(at, price[j]) if side[j] > 0 else max(at, price[j])
        payment[j] = side[j] * accepted[j] * fair
