"""What clearing rules promise, as functions of what went in and what came out.

`ALWAYS` holds for every rule, but for those that a rule waives by name (`waives`), and is checked in every interval of
every run. `CLAIMS` are promised by some, and the tests hold every registered rule to those that it claims. Claims that are
about what would have been, had somebody bid otherwise, are searched for: `TRUTHFUL` and `p2p.behaviour.best_response`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from p2p.base.units import WH_PER_KWH

if TYPE_CHECKING:
    from p2p.orders import Clearing, Limits, Orders, Preferences, Trades

type Law = Callable[[Orders, Clearing], bool]


def balanced(orders: Orders, clearing: Clearing) -> bool:
    """As much energy is sold as is bought."""
    return int(np.dot(orders.side, clearing.energy)) == 0


def within_orders(orders: Orders, clearing: Clearing) -> bool:
    """Nothing negative is accepted, and no more of an order than it asked for."""
    return bool(np.all((clearing.energy >= 0) & (clearing.energy <= orders.energy)))


def nobody_loses(orders: Orders, clearing: Clearing) -> bool:
    """No bid pays over its limit, no offer takes under it, and who trades nothing pays nothing (individual rationality)."""
    return bool(np.all(clearing.payment <= orders.side * orders.price * clearing.energy))


def no_deficit(orders: Orders, clearing: Clearing) -> bool:
    """The market pays out no more than it takes in."""
    return clearing.budget() >= 0


def budget_balanced(orders: Orders, clearing: Clearing) -> bool:
    """The market pays out exactly what it takes in."""
    return clearing.budget() == 0


def one_price(orders: Orders, clearing: Clearing) -> bool:
    """Everyone trades at the same price."""
    return clearing.price is not None and bool(np.all(clearing.payment == orders.side * clearing.energy * clearing.price))


def efficient(orders: Orders, clearing: Clearing) -> bool:
    """No order left over would gain from trading with another one, nor in the place of one that was accepted.

    With divisible orders that is the largest welfare: no unfilled bid is above an unfilled offer, none is above an
    accepted bid's limit, and no unfilled offer is below an accepted offer's.
    """
    bids, offers = orders.bids, ~orders.bids
    left, got = clearing.energy < orders.energy, clearing.energy > 0
    lowest, highest = np.iinfo(np.int64).min, np.iinfo(np.int64).max
    bid_left = orders.price[bids & left].max(initial=lowest)
    offer_left = orders.price[offers & left].min(initial=highest)
    bid_got = orders.price[bids & got].min(initial=highest)
    offer_got = orders.price[offers & got].max(initial=lowest)
    no_pair_left = bid_left < offer_left or not (bids & left).any() or not (offers & left).any() or bid_left == offer_left
    return bool(no_pair_left and bid_left <= bid_got and offer_left >= offer_got and bid_got >= offer_got)


def none_regrets(orders: Orders, clearing: Clearing) -> bool:
    """At the price, no order left over or served in part would have gained from more."""
    left = clearing.energy < orders.energy
    return clearing.price is not None and bool(np.all((orders.side * (orders.price - clearing.price))[left] <= 0))


def all_but_one_trade(orders: Orders, clearing: Clearing) -> bool:
    """Of k efficient trades of one size, no more than the least valuable is lost: welfare is at least (k - 1)/k of the largest.

    Promised for books whose orders are all of one size; says nothing of others.
    """
    largest, trades = _of_one_size(orders)
    return trades * clearing.welfare(orders) >= (trades - 1) * largest


def _of_one_size(orders: Orders) -> tuple[int, int]:
    """The largest welfare [nEUR], and how many trades make it; none where orders differ in size."""
    from p2p.markets.crossing import crossing
    from p2p.orders import Clearing

    if len(orders) == 0 or (orders.energy != orders.energy[0]).any():
        return 0, 0
    accepted, _ = crossing(orders)
    return Clearing(accepted, accepted, None).welfare(orders), int(accepted[orders.bids].sum()) // int(orders.energy[0])


def uncrossed(orders: Orders, clearing: Clearing) -> bool:
    """No bid left over could trade with an offer left over; who has orders on both sides may be kept from it."""
    left = _left_of_one_sided(orders, clearing)
    bid = orders.price[left & orders.bids].max(initial=np.iinfo(np.int64).min)
    return bool(np.all(orders.price[left & ~orders.bids] > bid))


def price_time_priority(orders: Orders, clearing: Clearing) -> bool:
    """Each pair trades at the limit of who came first, and nobody is left over who stood there, too, with a better price or before.

    Promised for limit orders, by rules that say who trades with whom; who has orders on both sides may be passed over.
    """
    if clearing.trades is None:
        return not clearing.energy.any()
    bid, offer = clearing.trades.bid, clearing.trades.offer
    bid_stood = orders.arrival[bid] < orders.arrival[offer]
    stood, came = np.where(bid_stood, (bid, offer), (offer, bid))
    energy, payment = clearing.trades.by_order(orders)
    if not np.array_equal(clearing.trades.price, orders.price[stood]):
        return False
    passed = np.flatnonzero(_left_of_one_sided(orders, clearing))[:, None]
    there = (orders.side[passed] == orders.side[stood]) & (orders.arrival[passed] < orders.arrival[came])
    gain = orders.side[stood] * (orders.price[passed] - orders.price[stood])
    better = (gain > 0) | ((gain == 0) & (orders.arrival[passed] < orders.arrival[stood]))
    said = np.array_equal(energy, clearing.energy) and np.array_equal(payment, clearing.payment)
    return said and not (there & better).any()


def _left_of_one_sided(orders: Orders, clearing: Clearing) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """[O] which orders are left over or served in part, of agents with orders on one side alone."""
    both = np.intersect1d(orders.agent[orders.bids], orders.agent[~orders.bids])
    return (clearing.energy < orders.energy) & ~np.isin(orders.agent, both)


def keeps_limits(orders: Orders, clearing: Clearing, limits: Limits) -> bool:
    """No row of the network is taken beyond its headroom, nor any further where it was beyond before anybody traded."""
    net = np.zeros(limits.buses)
    np.add.at(net, orders.bus, orders.side * clearing.energy / WH_PER_KWH)
    most = np.maximum(limits.headroom, 0.0) + 1e-6 * np.abs(limits.matrix).max(axis=1, initial=0.0)
    return bool(np.all(limits.matrix @ net <= most)) if len(limits) else True


def within_worth(orders: Orders, clearing: Clearing, preferences: Preferences) -> bool:
    """No buyer pays a seller more than that seller's kWh is worth to it."""
    pairs = clearing.pairs(orders)
    return bool(np.all(pairs.price <= preferences.worth(orders, pairs.bid, pairs.offer)))


def gain(orders: Orders, trades: Trades, preferences: Preferences) -> int:
    """What the kWh that changed hands were worth to their buyers, less what their sellers asked for. [nEUR]"""
    worth = preferences.worth(orders, trades.bid, trades.offer)
    return int(np.sum(trades.energy * (worth - orders.price[trades.offer])))


#: in the order in which `kernels.first_broken` looks for them, all at once
ALWAYS: tuple[Law, ...] = (balanced, within_orders, nobody_loses, no_deficit)

CLAIMS: dict[str, Law] = {
    law.__name__: law for law in (budget_balanced, one_price, efficient, none_regrets, all_but_one_trade, uncrossed, price_time_priority)
}

NEED_A_PRICE: tuple[Law, ...] = (one_price, none_regrets)
"""Laws that an empty book, which has no price, is not held to."""

TRUTHFUL = {"truthful_buyers": 1, "truthful_sellers": -1}
"""Claims about sides: who holds one order on that side, and nothing else, gains by no other price than the own limit, in
expectation where the rule draws lots. `truthful_traders` promises it for those who hold many orders, too."""

type Expected = Callable[[Orders, Sequence[Clearing]], bool]


def all_but_one_trade_on_average(orders: Orders, clearings: Sequence[Clearing]) -> bool:
    """Of k efficient trades of one size, the mean welfare is at least (k - 1)/k of the largest, lots drawn again and again.

    The mean of n draws may fall short by four times its standard error at most. Says nothing of books of several sizes.
    """
    largest, trades = _of_one_size(orders)
    if trades == 0:
        return True
    found = np.array([clearing.welfare(orders) for clearing in clearings], np.float64)
    error = found.std() / np.sqrt(len(found))
    return bool(found.mean() + 4 * error >= (1 - 1 / trades) * largest - 1e-9 * abs(largest))


EXPECTED: dict[str, Expected] = {law.__name__: law for law in (all_but_one_trade_on_average,)}
"""Claims about the mean over draws, of rules that see chance: laws of a book and many clearings of it."""

OTHER_CLAIMS = frozenset({*TRUTHFUL, *EXPECTED, "truthful_traders", "within_network", "checks_trades"})
"""Claims that are no laws of one clearing. Who checks trades is held to `keeps_limits` wherever it is given limits."""
