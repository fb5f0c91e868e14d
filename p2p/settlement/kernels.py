"""Compiled kernels of settlement."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Indices, Ints, Signs
from p2p.base.compiled import compiled


@compiled
def debts(
    contracted: Ints,
    payment: Ints,
    turnover: Ints,
    scheduled: Ints,
    metered: Ints,
    held_back: Ints,
    fuel_cost: Ints,
    aggregator: Indices,
    tariff: tuple[int, int, int, int, int],
    national: int,
    imbalance: int,
    losses: int,
    fee: Ints,
    kept: Ints,
    compensation: int,
    dues: Ints,
    between: Ints,
) -> None:
    """Fill the `dues` and the `between`, which is zero, of a statement; rows in the order of `Reason`. [nEUR]

    tariff : energy, feed-in, network, local network and levies. [µEUR/kWh]
    fee : [N] on a kWh turned over in a pool [µEUR/kWh]; kept : [N] by the pool, of what was gained [nEUR].
    compensation : of a kWh held back. [µEUR/kWh]
    """
    energy, feed_in, network, local_network, levies = tariff
    homes = len(metered)
    pools = len(between) - 3
    planned, counted = np.int64(0), np.int64(0)
    for home in range(homes):
        drawn = max(metered[home], 0)
        local = min(max(contracted[home], 0), drawn)
        rest = metered[home] - contracted[home]
        dues[0, home] = payment[home]
        dues[1, home] = max(rest, 0) * energy
        dues[2, home] = min(rest, 0) * feed_in
        dues[3, home] = (drawn - local) * network + local * local_network
        dues[4, home] = drawn * levies
        dues[5, home] = turnover[home] * fee[home] if aggregator[home] >= 0 else 0
        dues[6, home] = -held_back[home] * compensation
        dues[7, home] = fuel_cost[home]
        dues[8, home] = kept[home] if aggregator[home] >= 0 else 0
        if aggregator[home] >= 0:
            between[aggregator[home]] += payment[home]
        planned += scheduled[home]
        counted += metered[home]
    between[pools] = planned * national
    between[pools + 1] = (counted - planned) * imbalance
    between[pools + 2] = losses * national


@compiled
def gains(dues: Ints, between: Ints, payee: Ints, payer_of: Ints, payee_of: Ints, gained: Ints) -> None:
    """Add up [accounts] what each account gains; every debt is taken from one and given to another. [nEUR]"""
    for reason in range(dues.shape[0]):
        for home in range(dues.shape[1]):
            gained[home] -= dues[reason, home]
            gained[payee[reason, home]] += dues[reason, home]
    for debt in range(len(between)):
        gained[payer_of[debt]] -= between[debt]
        gained[payee_of[debt]] += between[debt]


@compiled
def gained(agent: Indices, side: Signs, price: Ints, energy: Ints, payment: Ints, gain: Ints) -> None:
    """Add up [N] what each agent's orders are worth to it at their limits, less what they owe. [nEUR]"""
    for row in range(len(agent)):
        gain[agent[row]] += side[row] * price[row] * energy[row] - payment[row]
