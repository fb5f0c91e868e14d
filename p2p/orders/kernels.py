"""Compiled kernels of orders."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Indices, Ints, Signs
from p2p.base.compiled import compiled


@compiled
def is_sound(side: Signs, energy: Ints, price: Ints, most_energy: int, most_price: int, most_value: float) -> bool:
    """Whether every order means something and the book is worth no more than the arithmetic holds."""
    rows = len(side)
    sound = True
    largest, dearest = np.int64(1), np.int64(1)
    for row in range(rows):
        sound &= side[row] == 1 or side[row] == -1
        sound &= energy[row] > 0
        largest = max(largest, energy[row])
        dearest = max(dearest, abs(price[row]))
    if not sound or largest > most_energy or dearest > most_price:
        return False
    if float(largest) * float(dearest) * rows < most_value:
        return True
    value = 0.0
    for row in range(rows):
        value += float(energy[row]) * abs(float(price[row]))
    return value < most_value


@compiled
def by_agent(agent: Indices, side: Signs, energy: Ints, payment: Ints, net: Ints, owed: Ints, turnover: Ints) -> None:
    """Add up [N] bought less sold, owed for it, and turned over, of each agent."""
    for row in range(len(agent)):
        who = agent[row]
        net[who] += side[row] * energy[row]
        owed[who] += payment[row]
        turnover[who] += energy[row]


@compiled
def first_beyond(agent: Indices, homes: int) -> int:
    """The first row whose agent is none of N homes, -1 for none."""
    for row in range(len(agent)):
        if not 0 <= agent[row] < homes:
            return row
    return -1
