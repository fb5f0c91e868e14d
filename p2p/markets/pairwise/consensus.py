"""A market in which partners agree by telling each other nothing but prices and quantities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from p2p.base.columns import Columns, Floats, Ints
from p2p.base.units import eur_per_mwh
from p2p.markets.pairwise.bilateral import Pairs
from p2p.orders import Orders


@dataclass(frozen=True, slots=True)
class Agents(Columns):
    """Agents of quadratic cost a/2 p² + b p of their net output p; N rows. Consumers' p is not positive.

    a:    [N] how much dearer a kW makes the next one [EUR/MWh a kW, or any such units]
    b:    [N] cost of the first [EUR/MWh]
    low:  [N] least output [kW]
    high: [N] most output [kW]
    """

    a: Floats
    b: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Links(Columns):
    """Who may trade with whom; P rows, each a seller and a buyer.

    seller, buyer: [P] rows of the agents
    seller_pays, buyer_pays: [P] what a kWh of the pair costs each of them besides its price, such as a distaste [EUR/MWh]
    """

    seller: Ints
    buyer: Ints
    seller_pays: Floats
    buyer_pays: Floats

    @classmethod
    def of(cls, agents: Agents, charge: float = 0.0) -> Links:
        """Whoever can buy with everyone else who can sell, at one charge for each side."""
        sells, buys = np.flatnonzero(agents.high > 0), np.flatnonzero(agents.low < 0)
        seller, buyer = np.repeat(sells, len(buys)), np.tile(buys, len(sells))
        other = seller != buyer
        seller, buyer = seller[other], buyer[other]
        return cls(seller, buyer, np.full(len(seller), charge), np.full(len(seller), charge))


@dataclass(frozen=True)
class Agreement:
    """What a negotiation ends with.

    output : [N] what each agent sells less what it buys
    sold, bought, price : [P] of each pair; what a seller sells and a buyer buys differ by the misfit
    rounds : how many there were
    misfit : [2, R] of each round: the furthest that quantities were apart, and that prices still moved
    """

    output: Floats
    sold: Floats
    bought: Floats
    price: Floats
    rounds: int
    misfit: Floats


def negotiate(
    agents: Agents, links: Links, rho: float = 1.0, enough: tuple[float, float] = (1e-6, 1e-6), rounds: int = 10_000, price: float = 0.0
) -> Agreement:
    """The trades on which agents agree: in each round each answers its partners' last quantities with its own best.

    A message of a pair is its price and a quantity; costs and bounds stay with the agent. Prices rise by rho / 2 a kW
    by which a buyer wants more than its seller gives.

    Parameters
    ----------
    rho : weight on quantities that differ from what was last agreed, and step of the prices.
    enough : furthest that quantities may be apart, and prices may still move.
    rounds : at most.
    price : at which the pairs begin.

    References
    ----------
    E. Sorin, L. Bobo and P. Pinson, "Consensus-based approach to peer-to-peer electricity markets with product
    differentiation", IEEE Trans. Power Systems 34 (2), 2019, section III (consensus on each pair's quantity).
    S. Boyd, N. Parikh, E. Chu, B. Peleato and J. Eckstein, "Distributed optimization and statistical learning via the
    alternating direction method of multipliers", Foundations and Trends in Machine Learning 3 (1), 2011, sections 3.3
    (stopping) and 7.1 (consensus).
    """
    from p2p.markets.pairwise.kernels import haggle

    count, pairs = len(agents), len(links)
    who = np.concatenate([links.seller, links.buyer])
    by_agent = np.argsort(who, kind="stable")
    starts = np.searchsorted(who[by_agent], np.arange(count + 1))
    sells = np.repeat([True, False], pairs)[by_agent]
    less = np.concatenate([links.seller_pays, links.buyer_pays])[by_agent]
    prices, sold, bought = np.full(pairs, price), np.zeros(pairs), np.zeros(pairs)
    misfit = np.zeros((2, rounds))
    played = haggle(
        starts, by_agent % max(pairs, 1), sells, less, agents.a, agents.b, agents.low, agents.high, rho, np.array(enough),
        prices, sold, bought, agents.b.copy(), misfit,
    )  # fmt: skip
    output: Floats = np.zeros(count)
    np.add.at(output, links.seller, sold)
    np.subtract.at(output, links.buyer, bought)
    return Agreement(output, sold, bought, prices, played, misfit[:, :played])


def centrally(agents: Agents, charge: float = 0.0) -> tuple[Floats, float]:
    """The outputs of least cost, and the price at which they balance, where every trade costs each side the same charge.

    At a price an agent makes (price - charge - b)/a as a seller and (price + charge - b)/a as a buyer, within its bounds.
    That rises with the price, so the price at which outputs sum to zero is found by halving. [a > 0]

    Returns
    -------
    [N] outputs, and the price; between the prices that balance, where there are many, one that does.
    """

    def made(at: float) -> Floats:
        """[N] outputs at a price."""
        sold = np.maximum((at - charge - agents.b) / agents.a, 0)
        bought = np.minimum((at + charge - agents.b) / agents.a, 0)
        output: Floats = np.clip(sold + bought, agents.low, agents.high)
        return output

    edges = np.concatenate([agents.b + agents.a * agents.low, agents.b + agents.a * agents.high])
    low, high = float(edges.min()) - charge - 1, float(edges.max()) + charge + 1
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if made(middle).sum() < 0 else (low, middle)
    return made(high), high


def agreed(orders: Orders, pairs: Pairs, rounds: int, tolerance: float) -> tuple[Ints, Ints, dict[str, Any]]:
    """Energy and price of each pair of a book as bids and offers negotiate them, and how it went.

    A bid is an agent whose energy is worth its limit up to what it wants; an offer one whose energy costs its limit. What
    they agree on is rounded to whole Wh, and a price to within the limits of its pair.

    Returns
    -------
    [M, K] energy [Wh], [M, K] price [µEUR/kWh], and facts.
    """
    bid, offer = np.nonzero(pairs.gain >= 0)
    wanted, offered = orders.energy[pairs.bids], orders.energy[pairs.offers]
    limits = np.concatenate([orders.price[pairs.bids], orders.price[pairs.offers]]).astype(np.float64)
    size = float(np.mean(np.concatenate([wanted, offered])))
    agents = Agents(
        a=np.zeros(len(limits)),
        b=limits,
        low=np.concatenate([-wanted / size, np.zeros(len(offered))]),
        high=np.concatenate([np.zeros(len(wanted)), offered / size]),
    )
    less = (orders.price[pairs.bids[bid]] - pairs.worth[bid, offer]).astype(np.float64)
    links = Links(len(wanted) + offer, bid, np.zeros(len(bid)), less)
    gain = max(float(np.mean(pairs.gain[bid, offer])), 1.0)
    rho = gain * STEP
    middle = float(np.mean(pairs.worth[bid, offer] - pairs.gain[bid, offer] / 2))
    found = negotiate(agents, links, rho, (tolerance, tolerance * gain), rounds, middle)
    flow, price = np.zeros(pairs.gain.shape, np.int64), np.zeros(pairs.gain.shape, np.int64)
    both = np.minimum(found.sold, found.bought) * size
    flow[bid, offer] = whole(both, np.maximum(found.sold, found.bought) * size, bid, offer, wanted, offered)
    dearest, cheapest = pairs.worth[bid, offer], pairs.worth[bid, offer] - pairs.gain[bid, offer]
    price[bid, offer] = np.clip(np.rint(found.price).astype(np.int64), cheapest, dearest)
    return flow, price, {
        "iterations": found.rounds,
        "agreed": bool(found.misfit[0, -1] <= tolerance and found.misfit[1, -1] <= tolerance * gain),
        "furthest apart [Wh]": float(found.misfit[0, -1]) * size,
        "prices moved [EUR/MWh]": eur_per_mwh(float(found.misfit[1, -1])),
    }  # fmt: skip


STEP = 2.0
"""rho of the negotiation of a book, in mean gains of a pair a mean order. (assumption: larger misses the best trades by less, and takes longer)"""


def whole(both: Floats, either: Floats, bid: Ints, offer: Ints, wanted: Ints, offered: Ints) -> Ints:
    """[P] whole Wh of each pair, no order beyond what it asks for.

    Whole Wh on which both agree are rounded down; what is lost by that goes to pairs that trade, those that are closest to
    the next Wh first.
    """
    from p2p.markets.pairwise.kernels import fill_up

    energy = np.floor(both + 1e-9).astype(np.int64)
    left = wanted - np.bincount(bid, energy, len(wanted)).astype(np.int64)
    rest = offered - np.bincount(offer, energy, len(offered)).astype(np.int64)
    nearest = np.argsort(energy - both, kind="stable")
    fill_up(nearest, either, bid, offer, left, rest, energy)
    return energy
