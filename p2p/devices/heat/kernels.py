"""Compiled kernels of heated buildings.

A building has air and, where its mass is more than none, a mass that the air warms. Over an interval of constant outdoor
temperature, gains and heat, both go towards T = outdoor + heat / loss, by the exponential of their matrix:

    air'  = (1 - a - b) T + a air + b mass
    mass' = (1 - c - d) T + c air + d mass
"""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Flags, Floats
from p2p.base.compiled import compiled

TINY = 1e-9


@compiled
def transition(loss: float, air: float, mass: float, coupling: float, hours: float) -> tuple[float, float, float, float]:
    """a, b, c and d for an interval.

    For a matrix with trace 2 m and discriminant s squared, exp(A t) = e^(m t) (cosh(s t) I + sinh(s t) / s (A - m I)).
    """
    if mass <= 0.0:
        return np.exp(-loss * hours / air), 0.0, 0.0, 1.0
    a11, a12, a21 = -(loss + coupling) / air, coupling / air, coupling / mass
    m = 0.5 * (a11 - a21)
    s = np.sqrt(m * m - (a11 * -a21 - a12 * a21))
    fast, slow = np.exp((m - s) * hours), np.exp((m + s) * hours)
    even, odd = 0.5 * (slow + fast), 0.5 * (slow - fast) / s
    return even + odd * (a11 - m), odd * a12, odd * a21, even + odd * (-a21 - m)


@compiled
def transitions(loss: Floats, air: Floats, mass: Floats, coupling: Floats, hours: float, table: Floats) -> None:
    """Fill [5, D]: the hours, then a, b, c and d of each building."""
    for row in range(len(loss)):
        table[0, row] = hours
        table[1, row], table[2, row], table[3, row], table[4, row] = transition(loss[row], air[row], mass[row], coupling[row], hours)


@compiled
def heat_span(
    loss: Floats,
    rating: Floats,
    least: Floats,
    run: Floats,
    boiler: Floats,
    table: Floats,
    warmth: Floats,
    outside: Floats,
    on: Floats,
    locked: Flags,
    low: Floats,
    high: Floats,
) -> None:
    """Fill [D] lowest and highest power; see `heat_pump.span`. [kW]

    boiler : [D] heat that a boiler gives before the pump must run.
    warmth : [2, D] of air and mass. outside : [5, D] outdoor temperature, gains, heat by power, and the band's ends.
    on : [D] hours for which it has run, 0 when off.
    """
    for row in range(len(loss)):
        a, b = table[1, row], table[2, row]
        drift = a * warmth[0, row] + b * warmth[1, row]
        need = loss[row] * ((outside[3, row] - drift) / (1.0 - a - b) - outside[0, row]) - outside[1, row]
        room = loss[row] * ((outside[4, row] - drift) / (1.0 - a - b) - outside[0, row]) - outside[1, row]
        most = min(max(room / outside[2, row], 0.0), rating[row])
        must = min(max((need - boiler[row]) / outside[2, row], 0.0), most)
        if 0.0 < on[row] < run[row] - TINY:
            must = min(max(must, least[row]), most)
        if locked[row]:
            must, most = 0.0, 0.0
        low[row], high[row] = must, most


@compiled
def heat_hold(least: Floats, power: Floats, low: Floats, high: Floats, held: Floats) -> None:
    """Fill [D] the nearest power that it can hold; see `heat_pump.hold`."""
    for row in range(len(power)):
        wanted, some = min(max(power[row], low[row]), high[row]), min(least[row], high[row])
        if wanted < some:
            wanted = some if low[row] > 0.0 or 2.0 * wanted > some else 0.0
        held[row] = wanted


@compiled
def gas_heat(loss: Floats, boiler: Floats, table: Floats, warmth: Floats, outside: Floats, power: Floats, gas: Floats) -> None:
    """Fill [D] the heat that a boiler adds so that the air ends at the band's lower end. [kW]"""
    for row in range(len(loss)):
        a, b = table[1, row], table[2, row]
        drift = a * warmth[0, row] + b * warmth[1, row]
        need = loss[row] * ((outside[3, row] - drift) / (1.0 - a - b) - outside[0, row]) - outside[1, row]
        gas[row] = min(max(need - outside[2, row] * power[row], 0.0), boiler[row])


@compiled
def heat_step(
    loss: Floats,
    table: Floats,
    warmth: Floats,
    outside: Floats,
    on: Floats,
    power: Floats,
    gas: Floats,
    hours: float,
    after: Floats,
    ran: Floats,
    missed: Floats,
) -> None:
    """Fill [2, D] temperatures, [D] hours for which it has run, and [D] what the band lacked [K·h]; see `heat_pump.step`."""
    for row in range(len(loss)):
        a, b, c, d = table[1, row], table[2, row], table[3, row], table[4, row]
        heat = outside[2, row] * power[row]
        toward = outside[0, row] + (outside[1, row] + heat + gas[row]) / loss[row]
        after[0, row] = (1.0 - a - b) * toward + a * warmth[0, row] + b * warmth[1, row]
        after[1, row] = (1.0 - c - d) * toward + c * warmth[0, row] + d * warmth[1, row]
        ran[row] = on[row] + hours if power[row] > TINY else 0.0
        own = (1.0 - a - b) * heat / loss[row]
        short = max(outside[3, row] - after[0, row], 0.0)
        over = min(max(after[0, row] - outside[4, row], 0.0), own)
        missed[row] = (short + over) * hours if short + over > TINY else 0.0


@compiled
def by_warmth(
    table: Floats,
    loss: Floats,
    warmth: Floats,
    outside: Floats,
    low: Floats,
    high: Floats,
    dearest: float,
    cheapest: float,
    width: Floats,
    worth: Floats,
) -> None:
    """Fill [2, D] two equal steps, and their worth by where the air ends in the middle of each: dearest at the band's lower end."""
    for row in range(len(loss)):
        a, b = table[1, row], table[2, row]
        band = max(outside[4, row] - outside[3, row], 0.1)
        per_kw = (1.0 - a - b) * outside[2, row] / loss[row]
        toward = outside[0, row] + outside[1, row] / loss[row]
        end = (1.0 - a - b) * toward + a * warmth[0, row] + b * warmth[1, row] + per_kw * low[row]
        fill = (end - outside[3, row]) / band
        rise = per_kw * (high[row] - low[row]) / band
        for half in range(2):
            width[half, row] = 0.5 * (high[row] - low[row])
            worth[half, row] = dearest - (dearest - cheapest) * min(max(fill + (0.25 + 0.5 * half) * rise, 0.0), 1.0)
