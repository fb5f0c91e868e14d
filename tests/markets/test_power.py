"""Residual supply and pivotal sellers, by hand."""

import numpy as np

from p2p.markets.power import pivotal_sellers, residual_supply
from p2p.orders import Orders


def test_residual_supply_counts_all_offers_of_a_seller():
    """10 bid; agent 4 offers 3 + 5, agent 6 offers 7: without 4 there are 7, without 6 there are 8; both are pivotal."""
    orders = Orders.of([1, -1, -1, -1], [10, 3, 7, 5], [9, 1, 2, 3], agent=[1, 4, 6, 4])
    sellers, index = residual_supply(orders)
    assert sellers.tolist() == [4, 6]
    assert index.tolist() == [0.7, 0.8]
    assert pivotal_sellers(orders).tolist() == [4, 6]


def test_enough_others_make_nobody_pivotal():
    orders = Orders.of([1, -1, -1, -1], [10, 5, 5, 5], [9, 1, 2, 3])
    assert residual_supply(orders)[1].tolist() == [1.0, 1.0, 1.0]
    assert len(pivotal_sellers(orders)) == 0


def test_without_bids_or_offers():
    assert residual_supply(Orders.of([-1], [5], [1]))[1].tolist() == [np.inf]
    assert len(residual_supply(Orders.of([1], [5], [1]))[0]) == 0
    assert len(pivotal_sellers(Orders.of([], [], []))) == 0
