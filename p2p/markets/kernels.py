"""Compiled kernels of the call auctions. Linear in the number of orders: prices are integers, so nothing is sorted
to find where the curves meet."""

from __future__ import annotations

import numpy as np

from p2p.base.columns import Ints, Signs
from p2p.base.compiled import compiled


@compiled
def crossing_price(side: Signs, energy: Ints, price: Ints) -> int:
    """The lowest price at which no more is bid above it than is offered up to it. [µEUR/kWh]

    That is the lower end of the prices that clear the book. Orders are counted into buckets of price; the bucket in
    which the curves meet is counted again, finer, until it is one price wide.
    """
    rows = len(side)
    low, high = price[0], price[0]
    for row in range(rows):
        low = min(low, price[row])
        high = max(high, price[row])
    bits = 4
    while (1 << bits) < rows and bits < 11:
        bits += 1
    bids = np.zeros(1 << bits, np.int64)
    offers = np.zeros(1 << bits, np.int64)
    offered_below = np.int64(0)  # energy offered under `low`
    bid_above = np.int64(0)  # energy bid over `high`
    while low < high:
        shift = 0
        while ((high - low) >> shift) >= (1 << bits):
            shift += 1
        buckets = ((high - low) >> shift) + 1
        bids[:buckets] = 0
        offers[:buckets] = 0
        for row in range(rows):
            if low <= price[row] <= high:
                bucket = (price[row] - low) >> shift
                if side[row] > 0:
                    bids[bucket] += energy[row]
                else:
                    offers[bucket] += energy[row]
        for bucket in range(buckets):
            bid_above += bids[bucket]
        for bucket in range(buckets):
            bid_above -= bids[bucket]
            if bid_above <= offered_below + offers[bucket] or bucket == buckets - 1:
                low, high = low + (bucket << shift), min(high, low + ((bucket + 1) << shift) - 1)
                break
            offered_below += offers[bucket]
    return low


@compiled
def cut(key: Ints, weight: Ints, rest: int) -> tuple[int, int]:
    """Where `rest` is used up when rows are served by key, the smallest first; less than all is to be served.

    Rows are counted into buckets of key, the bucket in which it happens is counted again, finer: nothing is sorted.

    Returns
    -------
    key, left : the key at which it is used up, and what is left for the rows that have it.
    """
    rows = len(key)
    low, high = key.min(), key.max()
    counts = np.zeros(2048, np.int64)
    while low < high:
        shift = 0
        while ((high - low) >> shift) >= 2048:
            shift += 1
        counts[:] = 0
        for row in range(rows):
            if low <= key[row] <= high:
                counts[(key[row] - low) >> shift] += weight[row]
        bucket = 0
        while counts[bucket] <= rest and bucket < 2047:
            rest -= counts[bucket]
            bucket += 1
        low, high = low + (bucket << shift), min(high, low + ((bucket + 1) << shift) - 1)
    return low, rest


@compiled
def serve(rows: Ints, energy: Ints, rank: Ints, shared: bool, rest: int, accepted: Ints) -> None:
    """Give `rest` to the orders in some rows: by rank, the last one in part, or to all in proportion to their energy.

    Whole lots: shares are rounded down, and what is left goes to the largest remainders, between equals by rank.
    """
    count = len(rows)
    total = np.int64(0)
    for row in rows:
        accepted[row] = energy[row]
        total += energy[row]
    if rest >= total:
        return
    if not shared:
        last, left = cut(rank[rows], energy[rows], rest)
        for row in rows:
            if rank[row] > last:
                accepted[row] = 0
            elif rank[row] == last:  # of one rank, where ranks are alike: in the order of rows
                accepted[row] = min(left, energy[row])
                left -= accepted[row]
        return
    short, one, ranks = np.empty(count, np.int64), np.ones(count, np.int64), rank[rows]
    for place in range(count):
        row = rows[place]
        share = float(rest) * (float(energy[row]) / float(total))
        accepted[row] = min(np.int64(share), energy[row])
        short[place] = np.int64((accepted[row] - share) * 2.0**53)
        one[place] = accepted[row] < energy[row]
    for row in rows:
        rest -= accepted[row]
    if rest <= 0:
        return
    if rest >= one.sum():
        for place in range(count):
            accepted[rows[place]] += one[place]
        return
    least, left = cut(short, one, rest)
    last, left = cut(ranks, one * (short == least), left)
    for place in range(count):
        if one[place] and short[place] == least and ranks[place] == last and left > 0:
            accepted[rows[place]] += 1
            left -= 1
        elif one[place] and (short[place] < least or (short[place] == least and ranks[place] < last)):
            accepted[rows[place]] += 1


@compiled
def serve_tied(side: Signs, energy: Ints, price: Ints, rank: Ints, shared: bool, at: int, wanted: int, rest: int, accepted: Ints) -> None:
    """Give `rest` to the orders of one side that are priced `at`; see `serve`."""
    tied = np.empty(len(side), np.int64)
    count = 0
    for row in range(len(side)):
        if price[row] == at and (side[row] > 0) == (wanted > 0):
            tied[count] = row
            count += 1
    serve(tied[:count], energy, rank, shared, rest, accepted)


@compiled
def accept(side: Signs, energy: Ints, price: Ints, rank: Ints, shared: bool, low: int, accepted: Ints) -> tuple[int, int]:
    """Fill what is accepted of each order where the curves meet at `low`; the range of prices that clear the book.

    Better orders are accepted whole; orders at the margin by rank, the last one in part, or each in part.

    Returns
    -------
    low, high : the lowest and the highest price at which no accepted order loses and none left over would have
        gained. With no trade they are the best bid and the best offer, or twice the only one there is. [µEUR/kWh]
    """
    rows = len(side)
    above, at_bid, below, at_offer = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    nearest = np.int64(2**62)  # the worst accepted bid or the best offer left over, beyond the margin
    for row in range(rows):
        if price[row] > low:
            nearest = min(nearest, price[row])
            if side[row] > 0:
                above += energy[row]
                accepted[row] = energy[row]
        elif price[row] < low:
            if side[row] < 0:
                below += energy[row]
                accepted[row] = energy[row]
        elif side[row] > 0:
            at_bid += energy[row]
        else:
            at_offer += energy[row]
    volume = min(above + at_bid, below + at_offer)
    bid_rest, offer_rest = volume - above, volume - below
    if at_bid > 0:
        serve_tied(side, energy, price, rank, shared, low, 1, bid_rest, accepted)
    if at_offer > 0:
        serve_tied(side, energy, price, rank, shared, low, -1, offer_rest, accepted)
    at_the_margin = bid_rest > 0 or offer_rest < at_offer or nearest == 2**62
    return low, low if at_the_margin else nearest


@compiled
def crossed(side: Signs, energy: Ints, price: Ints, rank: Ints, shared: bool, accepted: Ints) -> tuple[int, int]:
    """What `accept` says where the curves meet, of a book with at least one order."""
    if side.max() < 0:  # offers alone meet nothing; the best is the cheapest
        return price.min(), price.min()
    return accept(side, energy, price, rank, shared, crossing_price(side, energy, price), accepted)


@compiled
def worst_accepted(side: Signs, price: Ints, accepted: Ints) -> tuple[int, int]:
    """The highest limit of an accepted offer and the lowest of an accepted bid; upside down where none is accepted."""
    offer, bid = -(2**62), 2**62
    for row in range(len(side)):
        if accepted[row] > 0:
            if side[row] > 0:
                bid = min(bid, price[row])
            else:
                offer = max(offer, price[row])
    return offer, bid


@compiled
def by_key(packed: Ints, spare: Ints, most: int) -> Ints:
    """Sort numbers `key << 32 | row` by key, 0 to `most`; equal keys stay in order. One of the two arrays, sorted.

    A radix sort, 11 bits a pass, of key and row together: every pass reads memory from front to back.
    """
    rows = len(packed)
    counts = np.empty(2049, np.int64)
    shift = 32
    while (most >> (shift - 32)) > 0:
        counts[:] = 0
        for row in range(rows):
            counts[((packed[row] >> shift) & 2047) + 1] += 1
        for digit in range(2048):
            counts[digit + 1] += counts[digit]
        for row in range(rows):
            digit = (packed[row] >> shift) & 2047
            spare[counts[digit]] = packed[row]
            counts[digit] += 1
        packed, spare = spare, packed
        shift += 11
    return packed


@compiled
def ascending(key: Ints) -> Ints:
    """[n] the order of rows by key; equal keys stay in order."""
    low = key.min()
    most = key.max() - low
    if most < 0 or most >= 2**31:  # too wide to be packed with the row, or so wide that the difference ran over
        return np.argsort(key, kind="mergesort")
    packed = np.empty(len(key), np.int64)
    for row in range(len(key)):
        packed[row] = (key[row] - low) << 32 | row
    return by_key(packed, np.empty(len(key), np.int64), most) & 0xFFFFFFFF


@compiled
def first_come(packed: Ints, arrival: Ints) -> None:
    """Put rows of equal key, in numbers `key << 32 | row` sorted by key, in the order of their arrival."""
    rows = len(packed)
    first = 0
    while first < rows:
        last = first + 1
        while last < rows and packed[last] >> 32 == packed[first] >> 32:
            last += 1
        if last - first > 32:
            run = packed[first:last].copy()
            packed[first:last] = run[np.argsort(arrival[run & 0xFFFFFFFF], kind="mergesort")]
        else:
            for place in range(first + 1, last):
                moved, back = packed[place], place
                came = arrival[moved & 0xFFFFFFFF]
                while back > first and arrival[packed[back - 1] & 0xFFFFFFFF] > came:
                    packed[back] = packed[back - 1]
                    back -= 1
                packed[back] = moved
        first = last


@compiled
def pay_bids(side: Signs, energy: Ints, price: Ints, arrival: Ints, payment: Ints) -> None:
    """Fill what each order owes when pairs are made down the book and each trades at its bid's price. [nEUR]

    energy : [O] accepted, as much bought as sold; `payment` is zero.
    """
    rows = len(side)
    low, high = price.min(), price.max()
    bought, sold = np.empty(rows + 1, np.int64), np.empty(rows + 1, np.int64)
    bids, offers = 0, 0
    for row in range(rows):  # without branches: which orders trade is as good as random here
        got, buys = energy[row] > 0, side[row] > 0
        bought[bids] = (high - price[row]) << 32 | energy[row]
        sold[offers] = (price[row] - low) << 32 | row
        payment[row] = energy[row] * price[row] * buys
        bids += got & buys
        offers += got & (not buys)
    spare = np.empty(max(bids, offers), np.int64)
    bought = by_key(bought[:bids], spare[:bids], high - low)
    sold = by_key(sold[:offers], np.empty(offers, np.int64), high - low)
    first_come(sold, arrival)
    given, paid = np.empty(offers, np.int64), np.zeros(offers, np.int64)
    for place in range(offers):
        given[place] = energy[sold[place] & 0xFFFFFFFF]
    bid, place = 0, 0
    while bid < bids and place < offers:  # again without branches: which of the two is used up is anybody's guess
        need, left = bought[bid] & 0xFFFFFFFF, given[place]
        part = min(need, left)
        paid[place] += part * (high - (bought[bid] >> 32))
        bought[bid] -= part
        given[place] -= part
        bid += part == need
        place += part == left
    for place in range(offers):
        payment[sold[place] & 0xFFFFFFFF] = -paid[place]


@compiled
def first_broken(side: Signs, energy: Ints, price: Ints, accepted: Ints, payment: Ints, no_loss: bool, no_deficit: bool) -> int:
    """Which of the laws that hold is broken first: its place in `laws.ALWAYS`, -1 for none."""
    balance, budget = np.int64(0), np.int64(0)
    within, individual = True, True
    for row in range(len(side)):
        balance += side[row] * accepted[row]
        budget += payment[row]
        within &= 0 <= accepted[row] <= energy[row]
        individual &= payment[row] <= side[row] * price[row] * accepted[row]
    if balance != 0:
        return 0
    if not within:
        return 1
    if no_loss and not individual:
        return 2
    return 3 if no_deficit and budget < 0 else -1
