"""Compiled kernels of the rules that pair: random meetings, the best assignment with its prices, and a negotiation."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Flags, Floats, Ints
from p2p.base.compiled import compiled
from p2p.base.kernels import drawn


@compiled
def meet(bids: Ints, offers: Ints, price: Ints, left: Ints, met: Ints, traded: Ints, count: int) -> int:
    """Each bid meets the offer beside it; who gains trades the smaller of what the two have left.

    Parameters
    ----------
    bids, offers : [n] rows of the book.
    left : [O] what each order has left; lessened. [Wh]
    met, traded : [2, R] rows of the bid and the offer, [R] energy; filled from `count` on.

    Returns
    -------
    How many pairs are filled.
    """
    for place in range(min(len(bids), len(offers))):
        bid, offer = bids[place], offers[place]
        energy = min(left[bid], left[offer])
        if energy > 0 and price[bid] >= price[offer]:
            left[bid] -= energy
            left[offer] -= energy
            met[0, count], met[1, count], traded[count] = bid, offer, energy
            count += 1
    return count


@compiled
def keep_those_left(rows: Ints, left: Ints) -> int:
    """Move those who have energy left to the front, in their order; how many they are."""
    kept = 0
    for place in range(len(rows)):
        if left[rows[place]] > 0:
            rows[kept] = rows[place]
            kept += 1
    return kept


@compiled
def meet_at_random(
    seed: int, rounds: int, arrival: Ints, price: Ints, bids: Ints, offers: Ints, left: Ints, met: Ints, traded: Ints
) -> tuple[int, int]:
    """Rounds of random meetings, until nobody who is left could trade with anybody, or the rounds are over.

    Parameters
    ----------
    bids, offers : rows of the book; put into other orders.
    left, met, traded : as of `meet`.

    Returns
    -------
    How many pairs are filled, and how many rounds there were.
    """
    count, lots = 0, np.empty(len(price), np.int64)
    for played in range(rounds):
        bids = bids[: keep_those_left(bids, left)]
        offers = offers[: keep_those_left(offers, left)]
        if len(bids) == 0 or len(offers) == 0 or price[bids].max() < price[offers].min():
            return count, played
        drawn(seed + played, arrival, lots)
        bids = bids[np.argsort(lots[bids], kind="mergesort")]
        offers = offers[np.argsort(lots[offers], kind="mergesort")]
        count = meet(bids, offers, price, left, met, traded, count)
    return count, rounds


@compiled
def push(bid: int, most: int, end: int, ends_at_bid: bool, bid_from: Ints, offer_from: Ints, flow: Ints) -> int:
    """Move as much as a path allows along it, from its end back to the bid where it begins. [Wh]

    bid_from, offer_from : whence the path reaches each bid (an offer that serves it) and each offer (a bid).
    """
    moved = np.int64(most)
    for filling in (False, True):
        at, at_bid = end, ends_at_bid
        while not (at_bid and at == bid):
            if at_bid:
                offer = bid_from[at]
                if filling:
                    flow[at, offer] -= moved
                else:
                    moved = min(moved, flow[at, offer])
                at = offer
            else:
                if filling:
                    flow[offer_from[at], at] += moved
                at = offer_from[at]
            at_bid = not at_bid
    return moved


@compiled
def serve(bid: int, gain: Ints, left: Ints, flow: Ints, profit: Ints, earned: Ints, unserved: Ints, wanted: int) -> int:
    """Serve a part of what a bid wants in the best way, others moved to other offers where that is better.

    The cheapest path from the bid over offers, and over bids that these serve, by Dijkstra's algorithm on reduced costs; among
    equals the one over the fewest orders. It ends at an offer with energy left, or at a bid that had better go without.

    Parameters
    ----------
    gain : [M, K] of a kWh of each offer to each bid; not positive where they don't trade. [µEUR/kWh]
    left : [K] of each offer; flow : [M, K] served so far. [Wh]
    profit, earned : [M], [K] duals: what a kWh gains each bid and each offer. [µEUR/kWh]
    unserved : [M] what bids go without. [Wh]
    wanted : what the bid wants still. [Wh]

    Returns
    -------
    What the path served, or gave up. [Wh]

    References
    ----------
    R. K. Ahuja, T. L. Magnanti and J. B. Orlin, "Network Flows", 1993, section 9.7 (successive shortest paths).
    """
    many, kinds = gain.shape
    far = np.int64(2**62)
    bid_way, offer_way = np.full(many, far), np.full(kinds, far)
    bid_hops, offer_hops = np.zeros(many, np.int64), np.zeros(kinds, np.int64)
    bid_from, offer_from = np.full(many, -1, np.int64), np.full(kinds, -1, np.int64)
    bid_done, offer_done = np.zeros(many, np.bool_), np.zeros(kinds, np.bool_)
    bid_way[bid] = 0
    end, ends_at_bid, length, hops = -1, False, far, far
    while True:
        near, nearest, near_hops, is_bid = -1, far, far, False
        for row in range(many):
            if not bid_done[row] and (
                bid_way[row] < nearest or (bid_way[row] == nearest and bid_way[row] < far and bid_hops[row] < near_hops)
            ):
                near, nearest, near_hops, is_bid = row, bid_way[row], bid_hops[row], True
        for row in range(kinds):
            if not offer_done[row] and (
                offer_way[row] < nearest or (offer_way[row] == nearest and offer_way[row] < far and offer_hops[row] < near_hops)
            ):
                near, nearest, near_hops, is_bid = row, offer_way[row], offer_hops[row], False
        if near < 0 or nearest > length or (nearest == length and near_hops >= hops):
            break
        if is_bid:
            bid_done[near] = True
            # a bid may go without: that gives up its profit
            if nearest + profit[near] < length or (nearest + profit[near] == length and near_hops < hops):
                end, ends_at_bid, length, hops = near, True, nearest + profit[near], near_hops
            for offer in range(kinds):
                if gain[near, offer] <= 0 or offer_done[offer]:
                    continue
                way = nearest + profit[near] + earned[offer] - gain[near, offer]
                if way < offer_way[offer] or (way == offer_way[offer] and near_hops + 1 < offer_hops[offer]):
                    offer_way[offer], offer_hops[offer], offer_from[offer] = way, near_hops + 1, near
        else:
            offer_done[near] = True
            if left[near] > 0 and (nearest < length or (nearest == length and near_hops < hops)):
                end, ends_at_bid, length, hops = near, False, nearest, near_hops
                break
            for other in range(many):
                if flow[other, near] <= 0 or bid_done[other]:
                    continue
                if nearest < bid_way[other] or (nearest == bid_way[other] and near_hops + 1 < bid_hops[other]):
                    bid_way[other], bid_hops[other], bid_from[other] = nearest, near_hops + 1, near
    for row in range(many):
        if bid_way[row] < length:
            profit[row] -= length - bid_way[row]
    for row in range(kinds):
        if offer_way[row] < length:
            earned[row] += length - offer_way[row]
    if ends_at_bid:
        moved = push(bid, wanted, end, True, bid_from, offer_from, flow)
        unserved[end] += moved
    else:
        moved = push(bid, min(wanted, left[end]), end, False, bid_from, offer_from, flow)
        left[end] -= moved
    return moved


@compiled
def assign(gain: Ints, wanted: Ints, offered: Ints, flow: Ints) -> None:
    """Fill [M, K] who is served by whom in the assignment of the largest gain; first rows and columns first among equals.

    Parameters
    ----------
    gain : [M, K] of a kWh of each offer to each bid; not positive where they don't trade. [µEUR/kWh]
    wanted, offered : [M], [K] [Wh]
    flow : zeros; filled. [Wh]
    """
    many, kinds = gain.shape
    left, unserved = offered.copy(), np.zeros(many, np.int64)
    profit, earned = np.zeros(many, np.int64), np.zeros(kinds, np.int64)
    for bid in range(many):
        # the least profit that no offer can beat: then reduced costs are not negative
        for offer in range(kinds):
            profit[bid] = max(profit[bid], gain[bid, offer] - earned[offer])
        need = wanted[bid]
        while need > 0:
            need -= serve(bid, gain, left, flow, profit, earned, unserved, need)


@compiled
def least_earned(gain: Ints, flow: Ints, wanted: Ints, earned: Ints) -> None:
    """Fill [K] the least that a kWh can earn each offer such that nobody would rather trade with somebody else.

    An offer earns at least what a bid that goes without would give, and what would draw a bid that another offer serves away
    from it; the longest chains of that by Bellman's and Ford's algorithm. With the matrices turned it is the least
    profit of the bids, and so the most for the offers.

    Parameters
    ----------
    gain, flow, wanted : of an assignment of the largest gain, as of `assign`.

    References
    ----------
    L. S. Shapley and M. Shubik, "The assignment game I: the core", Int. J. Game Theory 1 (1), 1971, theorem 3 (the
    best prices for each side).
    """
    many, kinds = gain.shape
    earned[:] = 0
    profit = np.zeros(many, np.int64)
    changed = True
    while changed:
        changed = False
        for bid in range(many):
            served, most = np.int64(0), np.int64(2**62)
            for offer in range(kinds):
                if flow[bid, offer] > 0:
                    served += flow[bid, offer]
                    most = min(most, gain[bid, offer] - earned[offer])
            profit[bid] = 0 if served < wanted[bid] else most
            for offer in range(kinds):
                if gain[bid, offer] - profit[bid] > earned[offer]:
                    earned[offer] = gain[bid, offer] - profit[bid]
                    changed = True


@compiled
def own_worth(turning: Floats, sells: Flags, rho: float, a: float, b: float, low: float, high: float, start: float) -> float:
    """What a kWh more or less is worth to an agent when it answers its partners: the root of trades less own output.

    At a worth of w it trades (turning - w)/rho with each partner to whom it sells where that is positive, and from whom it
    buys where that is negative, and makes (w - b)/a between its bounds; the first falls with w, the second rises.
    Newton's steps, kept within a bracket that bisection closes.

    Parameters
    ----------
    turning : [n] the worth at which it trades nothing with a partner; sells : [n] whether it sells to that partner.
    a, b, low, high : its costs and bounds.
    start : where to look first.
    """
    left, right = b + a * low, b + a * high
    for place in range(len(turning)):
        left, right = min(left, turning[place]), max(right, turning[place])
    left, right = left - rho * abs(high), right + rho * abs(low)
    worth = b if a == 0 else min(max(start, left), right)
    for step in range(200):
        sold, active = 0.0, 0
        for place in range(len(turning)):
            apart = turning[place] - worth
            if (apart > 0) == sells[place]:
                sold += apart
                active += 1
        sold /= rho
        slope = active / rho
        if a > 0:
            made = (worth - b) / a
            slope += 1 / a if low < made < high else 0.0
            made = min(max(made, low), high)
        elif worth == b:
            made = min(max(sold, low), high)
        else:
            made = high if worth > b else low
        over = sold - made
        if over == 0:
            break
        if over > 0:
            left = worth
        else:
            right = worth
        after = worth + over / slope if slope > 0 else 0.5 * (left + right)
        if step == 0 and left < start < right:
            after = start
        if not left < after < right:
            after = 0.5 * (left + right)
        if after == worth or right - left <= 1e-13 * (abs(left) + abs(right)):
            break
        worth = after
    return worth


@compiled
def haggle(
    starts: Ints, entry: Ints, sells: Flags, less: Floats, a: Floats, b: Floats, low: Floats, high: Floats, rho: float, enough: Floats,
    price: Floats, sold: Floats, bought: Floats, worth: Floats, misfit: Floats,
) -> int:  # fmt: skip
    """Rounds of answers between partners, each told nothing but price and quantity, until they agree.

    Parameters
    ----------
    starts : [N + 1] where each agent's entries begin; entry : [2 P] the pair; sells : [2 P] whether the agent sells in it;
        less : [2 P] what a kWh in it costs the agent besides.
    a, b, low, high : [N] costs a/2 p² + b p of an agent's output p, and its bounds.
    rho : step of the prices.
    enough : [2] misfit of quantities and of prices at which the rounds end.
    price, sold, bought : [P] where the rounds begin; filled.
    worth : [N] of a kWh to each agent; filled.
    misfit : [2, R] of the quantities and of the prices, of each round; filled. R rounds at most.

    Returns
    -------
    How many rounds there were.
    """
    agreed, turning = 0.5 * (sold + bought), np.empty(len(entry))
    for turn in range(misfit.shape[1]):
        for agent in range(len(a)):
            first, last = starts[agent], starts[agent + 1]
            if first == last:
                continue
            for place in range(first, last):
                toll = rho * agreed[entry[place]] - less[place]
                turning[place] = price[entry[place]] + (toll if sells[place] else -toll)
            worth[agent] = own_worth(turning[first:last], sells[first:last], rho, a[agent], b[agent], low[agent], high[agent], worth[agent])
            for place in range(first, last):
                trade = (turning[place] - worth[agent]) / rho
                if sells[place]:
                    sold[entry[place]] = max(0.0, trade)
                else:
                    bought[entry[place]] = max(0.0, -trade)
        apart, moved = 0.0, 0.0
        for pair in range(len(price)):
            between = 0.5 * (sold[pair] + bought[pair])
            apart = max(apart, abs(bought[pair] - sold[pair]))
            moved = max(moved, abs(between - agreed[pair]))
            agreed[pair] = between
            price[pair] += 0.5 * rho * (bought[pair] - sold[pair])
        misfit[0, turn], misfit[1, turn] = apart, rho * moved
        if apart <= enough[0] and rho * moved <= enough[1]:
            return turn + 1
    return misfit.shape[1]


@compiled
def fill_up(order: Ints, agreed: Floats, bid: Ints, offer: Ints, left: Ints, rest: Ints, energy: Ints) -> None:
    """Give pairs that trade what their orders have left: one Wh each in the given order, then all that is left.

    Parameters
    ----------
    agreed : [P] what a pair trades, before it was rounded; one that trades less than a hundredth of a Wh is no pair.
    left, rest : [M], [K] of the bids and the offers; lessened. [Wh]
    energy : [P] rounded down; filled up. [Wh]
    """
    for most in (np.int64(1), np.int64(2**62)):
        for pair in order:
            if agreed[pair] < 0.01:
                continue
            more = min(most, min(left[bid[pair]], rest[offer[pair]]))
            if more > 0:
                energy[pair] += more
                left[bid[pair]] -= more
                rest[offer[pair]] -= more
