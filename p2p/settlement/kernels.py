"""Compiled kernels of settlement."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Flags, Indices, Ints, Signs
from p2p.base.compiled import compiled


@compiled
def debts(
    contracted: Ints,
    payment: Ints,
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
    fee, kept : [N] owed to the pool for what it traded, and what it keeps of the gain. [nEUR]
    compensation : of a kWh held back. [µEUR/kWh]
    """
    energy, feed_in, network, local_network, levies = tariff
    homes = len(metered)
    pools = len(between) - 4
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
        dues[5, home] = fee[home] if aggregator[home] >= 0 else 0
        dues[6, home] = -held_back[home] * compensation
        dues[7, home] = fuel_cost[home]
        dues[8, home] = kept[home] if aggregator[home] >= 0 else 0
        dues[9, home] = 0
        dues[10, home] = 0
        if aggregator[home] >= 0:
            between[aggregator[home]] += payment[home]
        planned += scheduled[home]
        counted += metered[home]
    between[pools] = planned * national
    between[pools + 1] = (counted - planned) * imbalance
    between[pools + 2] = losses * national


@compiled
def located(
    metered: Ints, moved: Ints, location: Ints, losses: Ints, budget: int, equal: bool, drawn: bool, dues: Ints, between: Ints
) -> None:
    """Fill the dues for the place (row 9), the shares of the rent (row 10), and the rent that the operator hands on. [nEUR]

    metered, moved : [N] [Wh]; location, losses : [N] what each home's place adds, and the part of it for losses. [µEUR/kWh]
    """
    homes = len(metered)
    rent, draws = np.int64(budget), np.int64(0)
    for home in range(homes):
        dues[9, home] = location[home] * (metered[home] - moved[home])
        rent += dues[9, home] - losses[home] * metered[home]
        draws += max(metered[home], 0)
    for home in range(homes):
        if equal:
            dues[10, home] = -(rent // homes)
        elif drawn and draws > 0:
            own = max(metered[home], 0)
            dues[10, home] = -(rent // draws * own + rent % draws * own // draws)
    between[len(between) - 1] = budget


@compiled
def gains(dues: Ints, between: Ints, payee: Ints, payer_of: Ints, payee_of: Ints, gained: Ints) -> None:
    """Add up [accounts] what each account gains; every debt is taken from one and given to another. [nEUR]"""
    for reason in range(dues.shape[0]):
        for home in range(dues.shape[1]):
            gained[home] -= dues[reason, home]
        to, given = np.int64(0), np.int64(0)
        for home in range(dues.shape[1]):
            if payee[reason, home] != to:  # neighbours mostly owe the same one
                gained[to] += given
                to, given = payee[reason, home], np.int64(0)
            given += dues[reason, home]
        gained[to] += given
    for debt in range(len(between)):
        gained[payer_of[debt]] -= between[debt]
        gained[payee_of[debt]] += between[debt]


@compiled
def traded_in_pools(
    pooled: Flags, agent: Indices, side: Signs, price: Ints, cleared: Ints, energy: Ints, payment: Ints, ways: Ints, table: Ints
) -> None:
    """Add up the spreads of members' aggregators (row 1), what they gained in their pools (row 2) and traded there (row 4).

    pooled : [N]. cleared, energy, payment : [O] cleared, and what the DSO left of it.
    ways : [3, O] of what was cleared: traded alone [Wh], gained with that, and spreads [nEUR]; [3, 0] if nothing was.
    """
    apart = ways.shape[1] > 0
    for row in range(len(agent)):
        home = agent[row]
        if pooled[home] and cleared[row] > 0:
            left, of = energy[row], cleared[row]
            table[2, home] += side[row] * price[row] * left - payment[row]
            table[4, home] += left
            if apart:
                table[1, home] += part_left(ways[2, row], left, of)
                table[2, home] -= part_left(ways[1, row], left, of)
                table[4, home] -= part_left(ways[0, row], left, of)


@compiled
def part_left(amount: int, left: int, of: int) -> int:
    """An amount for `of` Wh, of which `left` are left; rounded down."""
    return amount // of * left + amount % of * left // of


@compiled
def shared(pooled: Flags, share: Ints, fee: Ints, parts: int, table: Ints) -> None:
    """Fill fees (row 0), what aggregators keep (row 1, the spreads before) and what members get (row 3) of what was gained and traded.

    share : [N] in parts of `parts`; fee : [N] [µEUR/kWh].
    """
    for home in range(len(pooled)):
        if pooled[home]:
            gain = table[2, home]
            rest = gain - min(table[1, home], max(gain, 0))
            table[1, home] = gain - (rest // parts * share[home] + rest % parts * share[home] // parts)
            table[0, home] = fee[home] * table[4, home]
            table[3, home] = gain - table[1, home] - table[0, home]
