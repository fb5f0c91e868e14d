"""Contracts against meters: what each home and each institution owes for an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Columns, Ints
from p2p.base.units import price
from p2p.regulation import Rulebook, Tariff
from p2p.settlement.ledger import BETWEEN, HOME_REASONS, Ledger, Reason
from p2p.settlement.pools import Pay


@dataclass(frozen=True, slots=True)
class Delivery(Columns):
    """What was agreed and what happened; N homes, in Wh unless said otherwise, withdrawal and buying positive.

    contracted: [N] int64, bought in the local market
    payment:    [N] int64, owed for it [nEUR]
    turnover:   [N] int64, bought and sold without sign
    scheduled:  [N] int64, what the home announced at gate closure, all contracts together
    metered:    [N] int64, what its meter counted
    held_back:  [N] int64, what the DSO kept it from feeding in
    fuel_cost:  [N] int64, what its devices burnt, at its price [nEUR]
    """

    contracted: Ints
    payment: Ints
    turnover: Ints
    scheduled: Ints
    metered: Ints
    held_back: Ints
    fuel_cost: Ints


@dataclass(frozen=True, slots=True)
class Located:
    """What is paid for where N homes draw, where the market cleared within the grid.

    moved:    [N] int64, what contracts moved their withdrawals by, for which the market's price has the place in it [Wh]
    location: [N] int64, what the place adds to the price of energy [µEUR/kWh]
    losses:   [N] int64, the part of it for losses, which the DSO buys [µEUR/kWh]
    budget:   what the market took in beyond what it paid out [nEUR]
    refund:   who gets the rest: equal (all alike), drawn (by what each draws), kept (nobody)
    """

    moved: Ints
    location: Ints
    losses: Ints
    budget: int
    refund: str


@dataclass(frozen=True, slots=True)
class Statement:
    """The debts of one interval.

    dues:    [HOME_REASONS, N] int64, what each home owes, by reason [nEUR]
    between: [A + 4] int64, what institutions owe one another, in the ledger's order [nEUR]
    """

    dues: Ints
    between: Ints


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of one interval, all in µEUR/kWh: the tariff's, the national market's and the one for imbalance."""

    energy: int
    feed_in: int
    network: int
    local_network: int
    levies: int
    national: int
    imbalance: int


def prices_of(tariff: Tariff, national: Ints, imbalance: Ints) -> list[Prices]:
    """[T] the prices of each interval."""
    own = (tariff.energy, tariff.feed_in, tariff.network, tariff.local_network, tariff.levies)
    return [Prices(*row) for row in np.stack((*own, national, imbalance), axis=1).tolist()]


def local_energy(delivery: Delivery) -> Ints:
    """[N] what of their draw homes bought locally. [Wh]"""
    return np.minimum(np.maximum(delivery.contracted, 0), np.maximum(delivery.metered, 0))


def settle(
    delivery: Delivery,
    losses: int,
    prices: Prices,
    rulebook: Rulebook,
    ledger: Ledger,
    agreed: Pay | None = None,
    place: Located | None = None,
    beside: Ints | None = None,
) -> Statement:
    """What everyone owes for an interval.

    A home gets from the retailer what its meter counted beyond its local contracts, and gives to the retailer what
    it counted less. Fees and levies go with what was drawn from the grid: the part that was bought locally pays the
    local network fee. The retailer, balance responsible for all homes, buys their schedule on the national market
    and settles with the TSO what their meters counted beyond it. The DSO buys the losses.

    Parameters
    ----------
    delivery : contracts and meters.
    losses : lost in the grid. [Wh]
    prices : of the interval.
    rulebook : commission and compensation.
    ledger : the accounts.
    agreed : what homes in pools pay their aggregators; None for the rulebook's commission, and all of the gain theirs.
    place : what is paid for where homes draw, and what becomes of it; None where all places are alike.
    beside : [N] what homes owe the DSO beside the tariff's fees, None for nothing. [nEUR]
    """
    from p2p.settlement.kernels import debts, located

    if agreed is None:
        agreed = Pay.fees(delivery.turnover * price(rulebook.aggregator_commission))
    tariff = (prices.energy, prices.feed_in, prices.network, prices.local_network, prices.levies)
    compensation = round(prices.feed_in * rulebook.curtailment_compensation)
    dues, between = np.empty((HOME_REASONS, len(delivery)), np.int64), np.zeros(ledger.pools + BETWEEN, np.int64)
    debts(
        delivery.contracted,
        delivery.payment,
        delivery.scheduled,
        delivery.metered,
        delivery.held_back,
        delivery.fuel_cost,
        ledger.aggregator,
        tariff,
        prices.national,
        prices.imbalance,
        losses,
        agreed.fee,
        agreed.kept,
        compensation,
        dues,
        between,
    )
    if place is not None:
        rule = place.refund == "equal", place.refund == "drawn"
        located(delivery.metered, place.moved, place.location, place.losses, place.budget, *rule, dues, between)
    if beside is not None:
        dues[Reason.NETWORK_FEE] += beside
    return Statement(dues, between)
