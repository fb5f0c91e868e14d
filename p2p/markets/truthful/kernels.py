"""Compiled kernels of the truthful double auctions."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Ints, Signs
from p2p.base.compiled import compiled
from p2p.markets.kernels import cut, serve


@compiled
def at_the_margin(side: Signs, energy: Ints, price: Ints, arrival: Ints, accepted: Ints, found: Ints) -> None:
    """Fill [6] the rows at the margin: of bids, then of offers, the last one served whole, the one served in part, and the
    first one not served at all; -1 where there is none. Of equal prices the later arrival is worse."""
    found[:] = -1
    for row in range(len(side)):
        worse = price[row] if side[row] < 0 else -price[row]
        first = 3 if side[row] < 0 else 0
        if accepted[row] == energy[row]:
            last = found[first]
            reached = 0 if last < 0 else (price[last] if side[row] < 0 else -price[last])
            if last < 0 or worse > reached or (worse == reached and arrival[row] > arrival[last]):
                found[first] = row
        elif accepted[row] > 0:
            found[first + 1] = row
        else:
            best = found[first + 2]
            reached = 0 if best < 0 else (price[best] if side[row] < 0 else -price[best])
            if best < 0 or worse < reached or (worse == reached and arrival[row] < arrival[best]):
                found[first + 2] = row


@compiled
def longer(side: Signs, accepted: Ints, rows: Ints) -> tuple[int, int]:
    """Fill the rows that are accepted on the side that has more; how many they are, and what the other side has."""
    bought, sold = np.int64(0), np.int64(0)
    for row in range(len(side)):
        if side[row] > 0:
            bought += accepted[row]
        else:
            sold += accepted[row]
    if bought == sold:
        return 0, bought
    count = 0
    for row in range(len(side)):
        if accepted[row] > 0 and (side[row] > 0) == (bought > sold):
            rows[count] = row
            count += 1
    return count, min(bought, sold)


@compiled
def even_out(side: Signs, rank: Ints, shared: bool, accepted: Ints) -> None:
    """Serve less of the side that has more accepted, until both have the same; see `serve`."""
    rows = np.empty(len(side), np.int64)
    count, rest = longer(side, accepted, rows)
    if count > 0:
        serve(rows[:count], accepted.copy(), rank, shared, rest, accepted)


@compiled
def share_burden(side: Signs, rank: Ints, accepted: Ints) -> None:
    """Take the same from each order of the side that has more accepted, until both have the same: none below nothing.

    What can't be shared in whole Wh is taken from those who come last.
    """
    rows = np.empty(len(side), np.int64)
    count, rest = longer(side, accepted, rows)
    if count == 0:
        return
    rows = rows[:count]
    low, high = np.int64(0), accepted[rows].max()
    while low < high:  # the least whole burden that leaves no more than the rest
        burden = (low + high) // 2
        kept = np.int64(0)
        for row in rows:
            kept += max(accepted[row] - burden, 0)
        if kept <= rest:
            high = burden
        else:
            low = burden + 1
    can_have = np.empty(count, np.int64)
    for place in range(count):
        row = rows[place]
        can_have[place] = accepted[row] >= low
        accepted[row] = max(accepted[row] - low, 0)
        rest -= accepted[row]
    if rest > 0:
        last, left = cut(rank[rows], can_have, rest)
        for place in range(count):
            if can_have[place] and (rank[rows[place]] < last or (rank[rows[place]] == last and left > 0)):
                accepted[rows[place]] += 1
                left -= rank[rows[place]] == last


@compiled
def served_by_lot(side: Signs, energy: Ints, price: Ints, arrival: Ints, lot: Ints, given: int, accepted: Ints) -> None:
    """Fill what is accepted at a given price: all that gain by it, of the side that wants more by the lots of their agents.

    An agent's orders are served by their limits, the best first, then by arrival.
    """
    for row in range(len(side)):
        accepted[row] = energy[row] if side[row] * (price[row] - given) >= 0 else 0
    rows = np.empty(len(side), np.int64)
    count, rest = longer(side, accepted, rows)
    rows = rows[:count]
    rows = rows[np.argsort(arrival[rows], kind="mergesort")]
    rows = rows[np.argsort(-side[rows] * price[rows], kind="mergesort")]
    for row in rows[np.argsort(lot[rows], kind="mergesort")]:
        accepted[row] = min(rest, accepted[row])
        rest -= accepted[row]


@compiled
def two_prices(side: Signs, accepted: Ints, paid: int, got: int, payment: Ints) -> None:
    """Fill what each order owes when buyers pay one price and sellers get another one."""
    for row in range(len(side)):
        payment[row] = accepted[row] * paid if side[row] > 0 else -accepted[row] * got


@compiled
def contributions(side: Signs, energy: Ints, price: Ints, who: Ints, accepted: Ints, gain: Ints) -> None:
    """Fill [agents] by how much welfare would be smaller without each agent.

    Without an agent's orders, welfare is the least, over prices, of what the others' orders would gain if each traded all
    it wants at that price (the dual of the welfare programme). The least lies at the lowest limit up to which the others
    offer no less than they bid above it, which is searched for in sums over the sorted book. Values may run over and come
    back: only the result need fit an int64.

    who : [O] number of the agent, 0 to A - 1.
    """
    rows, agents = len(side), len(gain)
    order = np.argsort(price, kind="mergesort")
    bid, offered = np.zeros(rows + 1, np.int64), np.zeros(rows + 1, np.int64)  # energy of the first rows, and its value
    bid_value, offered_value = np.zeros(rows + 1, np.int64), np.zeros(rows + 1, np.int64)
    for place in range(rows):
        row = order[place]
        buys = side[row] > 0
        bid[place + 1] = bid[place] + (energy[row] if buys else 0)
        offered[place + 1] = offered[place] + (0 if buys else energy[row])
        bid_value[place + 1] = bid_value[place] + (energy[row] * price[row] if buys else 0)
        offered_value[place + 1] = offered_value[place] + (0 if buys else energy[row] * price[row])
    after = np.empty(rows, np.int64)  # where the prices above each one's begin
    for place in range(rows - 1, -1, -1):
        again = place + 1 < rows and price[order[place + 1]] == price[order[place]]
        after[place] = after[place + 1] if again else place + 1
    welfare = np.int64(0)
    for row in range(rows):
        welfare += side[row] * price[row] * accepted[row]
    mine = np.argsort(who, kind="mergesort")
    first = 0
    for agent in range(agents):
        end = first
        while end < rows and who[mine[end]] == agent:
            end += 1
        low, high = 0, rows - 1
        while low < high:
            middle = (low + high) // 2
            at = price[order[middle]]
            excess = bid[rows] - bid[after[middle]] - offered[after[middle]]
            for place in range(first, end):
                row = mine[place]
                if side[row] > 0 and price[row] > at:
                    excess -= energy[row]
                elif side[row] < 0 and price[row] <= at:
                    excess += energy[row]
            if excess <= 0:
                high = middle
            else:
                low = middle + 1
        at, split = price[order[low]], after[low]
        others = bid_value[rows] - bid_value[split] - at * (bid[rows] - bid[split]) + at * offered[split] - offered_value[split]
        for place in range(first, end):
            row = mine[place]
            others -= max(side[row] * (price[row] - at), 0) * energy[row]
        gain[agent] = welfare - others
        first = end


@compiled
def discounted(side: Signs, price: Ints, who: Ints, arrival: Ints, accepted: Ints, gain: Ints, payment: Ints) -> None:
    """Fill what each order owes when each agent keeps its gain: its limits, less as much on every Wh that it trades.

    What does not divide goes to the Wh of its orders that come first, a nEUR each.

    gain : [agents] nEUR, not negative, 0 for who trades nothing.
    """
    traded, rest = np.zeros(len(gain), np.int64), gain.copy()
    for row in range(len(side)):
        traded[who[row]] += accepted[row]
    for agent in range(len(gain)):
        if traded[agent] > 0:
            rest[agent] = gain[agent] % traded[agent]
    for row in np.argsort(arrival, kind="mergesort"):
        agent = who[row]
        more = min(rest[agent], accepted[row])
        rest[agent] -= more
        each = gain[agent] // max(traded[agent], 1)
        payment[row] = side[row] * price[row] * accepted[row] - each * accepted[row] - more
