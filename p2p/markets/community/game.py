"""The market as a game: what each coalition of agents could gain by trading among its own, and payments that share the gain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Flags, Floats, Ints, Signs
from p2p.base.errors import Fault, InputError
from p2p.markets.crossing import crossing
from p2p.orders import Clearing, Orders


@dataclass(frozen=True, slots=True)
class Game:
    """The agents who could gain at all, and their orders; A agents, R orders, G steps between prices.

    The value of a coalition is the largest welfare of its own orders: over all prices, the sum of whichever is less, what its
    bids would buy at the price or what its offers would sell (supply and demand are steps, so a sum over G steps).

    agent: [A] their numbers, who came first stands first
    first: [A + 1] where each agent's orders begin in the columns of orders
    side:  [R] int8, +1 bid, -1 offer
    level: [R] a bid counts in the steps below its level, an offer in those from its level on
    energy: [R] [Wh]
    height: [G] of the steps [µEUR/kWh]
    """

    agent: Ints
    first: Ints
    side: Signs
    level: Ints
    energy: Ints
    height: Ints

    @classmethod
    def of(cls, orders: Orders) -> Game:
        """The game of a book; orders that beat no order of the other side are left out."""
        lowest, highest = orders.price[~orders.bids].min(initial=2**62), orders.price[orders.bids].max(initial=-(2**62))
        rows = np.flatnonzero(np.where(orders.bids, orders.price > lowest, orders.price < highest))
        rows = rows[np.argsort(orders.arrival[rows], kind="stable")]
        agent, came, which = np.unique(orders.agent[rows], return_index=True, return_inverse=True)
        place = np.empty(len(agent), np.int64)
        place[np.argsort(came)] = np.arange(len(agent))
        rows = rows[np.argsort(place[which], kind="stable")]
        prices, level = np.unique(orders.price[rows], return_inverse=True)
        first = np.searchsorted(np.sort(place[which]), np.arange(len(agent) + 1))
        members = agent[np.argsort(came)].astype(np.int64)
        return cls(members, first.astype(np.int64), orders.side[rows], level.astype(np.int64), orders.energy[rows], np.diff(prices))

    def __len__(self) -> int:
        return len(self.agent)

    def values(self) -> Ints:
        """[2**A] the value of every coalition; bit a of its number says whether agent a is in it. [nEUR]"""
        from p2p.markets.community.kernels import every_value

        values = np.zeros(1 << len(self), np.int64)
        every_value(self.first, self.side, self.level, self.energy, self.height, values)
        return values

    def values_of(self, coalitions: Flags) -> Ints:
        """[K] the values of [K, A] coalitions. [nEUR]"""
        from p2p.markets.community.kernels import some_values

        values = np.empty(len(coalitions), np.int64)
        some_values(self.first, self.side, self.level, self.energy, self.height, coalitions, values)
        return values

    def total(self) -> int:
        """What all agents gain together. [nEUR]"""
        return int(self.values_of(np.ones((1, len(self)), np.bool_))[0])


def shared(orders: Orders, game: Game, share: Ints) -> tuple[Ints, Ints]:
    """The efficient allocation, equals in proportion, and payments that leave every agent its share of the gain.

    An agent's share is spread over its accepted orders, as much on every Wh, what is left of it on the first of them;
    where none is accepted, it is paid out on the first order. No order loses, since no share is negative.

    Parameters
    ----------
    share : [A] not negative, the largest welfare in sum. [nEUR]

    Returns
    -------
    accepted, payment : [O] [Wh], [nEUR]
    """
    accepted, _ = crossing(orders, "pro_rata")
    gain = np.zeros(len(orders), np.int64)
    rows = np.flatnonzero(np.isin(orders.agent, game.agent))
    by_number = np.argsort(game.agent)
    who = by_number[np.searchsorted(game.agent, orders.agent[rows], sorter=by_number)]
    traded = np.zeros(len(game), np.int64)
    np.add.at(traded, who, accepted[rows])
    gain[rows] = (share // np.maximum(traded, 1))[who] * accepted[rows]
    rest = share.copy()
    np.subtract.at(rest, who, gain[rows])
    best = np.lexsort((orders.arrival[rows], accepted[rows] == 0, who))
    gain[rows[best[np.searchsorted(who[best], np.arange(len(game)))]]] += rest
    return accepted, orders.side * orders.price * accepted - gain


def whole_shares(floor: Ints, remainder: Ints, total: int) -> Ints:
    """[A] whole nEUR that sum to the total: one more for the largest remainders, between equals for who came first."""
    missing = total - int(floor.sum())
    share = floor.copy()
    share[np.argsort(-remainder, kind="stable")[:missing]] += 1
    return share


def whole_between(share: Floats, low: Ints, high: Ints, total: int) -> Ints:
    """[A] whole nEUR near a share that sum to the total, each between its own two bounds, which allow for that.

    What rounding down leaves goes to the largest remainders, between equals to who came first. Remainders are taken to a
    thousandth, since a share is the answer of a solver.
    """
    near = np.round(share, 3)
    whole = np.clip(np.floor(near).astype(np.int64), low, high)
    order = np.argsort(whole - near, kind="stable")
    while missing := total - int(whole.sum()):
        room = high - whole if missing > 0 else whole - low
        rows = order[room[order] > 0][:: 1 if missing > 0 else -1][: abs(missing)]
        whole[rows] += np.sign(missing) * np.minimum(room[rows], abs(missing) // len(rows))
    return whole


def nothing_to_share(orders: Orders) -> Clearing:
    """What trades where nobody gains: bids and offers of one price, at that price."""
    accepted, _ = crossing(orders, "pro_rata")
    return Clearing(accepted, orders.side * orders.price * accepted, None, facts={"agents": 0})


def refuse_crowd(rule: str, agents: int, most: int) -> None:
    """Refuse more agents than there is room for.

    Raises
    ------
    InputError
    """
    if agents > most:
        raise InputError(Fault(rule, f"would share between {agents} agents", f"at most {most}; other rules clear larger books"))
