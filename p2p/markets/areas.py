"""Several local markets side by side: each area's orders meet one another, and no others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from p2p.base.columns import Ints
from p2p.base.errors import LawBroken
from p2p.markets.clear import Mechanism, clear
from p2p.orders import ALONE, Clearing, Orders, Surroundings, Trades


def clear_by_area(orders: Orders, mechanism: Mechanism, area: Ints, around: Surroundings = ALONE) -> Clearing:
    """The clearing of every area's orders by one rule, each by itself, its laws checked.

    In an area with bids or offers alone nothing can change hands, so the rule is not asked. Pairs are told, since a pairing of
    the whole book would join areas.

    Parameters
    ----------
    area : [O] the local market of each order.
    around : of the whole book; chance differs by area.
    """
    energy, payment = np.zeros((2, len(orders)), np.int64)
    rows = np.argsort(area, kind="stable")
    told: list[Trades] = []
    for part in np.split(rows, np.flatnonzero(np.diff(area[rows])) + 1):
        if not len(part) or abs(int(orders.side[part].sum())) == len(part):
            continue
        tastes = None if around.preferences is None else around.preferences.take(part)
        found = clear(
            orders.take(part), mechanism, around=replace(around, seed=around.seed + int(area[part[0]]), preferences=tastes, area=None)
        )
        energy[part], payment[part] = found.energy, found.payment
        if found.trades is not None:
            told.append(found.trades.replace(bid=part[found.trades.bid], offer=part[found.trades.offer]))
    whole = Clearing(energy, payment, None)
    return replace(whole, trades=Trades.concat(told) if told else Trades.in_merit_order(orders, whole, area))


def check_areas(orders: Orders, clearing: Clearing, area: Ints) -> None:
    """Stop where one area buys what another one sells.

    Raises
    ------
    LawBroken
        As much must be bought as sold in each area.
    """
    net = np.zeros(int(area.max(initial=0)) + 1, np.int64)
    np.add.at(net, area, orders.side * clearing.energy)
    if net.any():
        raise LawBroken(f"area {int(np.flatnonzero(net)[0])} buys what another one sells")


def prices_by_area(orders: Orders, clearing: Clearing, area: Ints, areas: int) -> tuple[Ints, Ints]:
    """[A] Wh traded in each area, and [A] what a kWh cost its buyers there, 0 where nothing was traded. [µEUR/kWh]"""
    bids = orders.bids
    traded = np.bincount(area[bids], clearing.energy[bids], areas).astype(np.int64)
    paid = np.zeros(areas, np.int64)
    np.add.at(paid, area[bids], clearing.payment[bids])
    return traded, paid // np.maximum(traded, 1)
