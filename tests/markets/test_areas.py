"""Local markets side by side: each is what it would be alone, and none buys what another one sells."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import p2p
from p2p.base.errors import InputError, LawBroken
from p2p.markets import clear
from p2p.markets.areas import check_areas, clear_by_area, prices_by_area
from p2p.orders import Orders
from tests.running import FEW
from tests.strategies import books

TWO = Orders.of([1, -1, 1, -1], [5, 5, 3, 9], [30, 10, 80, 60])
"""Area 0: 5 Wh at 20; area 1: 3 Wh at 60 to 80."""
AREA = np.array([0, 0, 1, 1])


@st.composite
def books_of_areas(draw):
    """A book, and the area of each order, of three."""
    orders = draw(books(24))
    return orders, np.array(draw(st.lists(st.integers(0, 2), min_size=len(orders), max_size=len(orders))), np.int64)


@pytest.mark.parametrize("rule", ["uniform", "pay_as_bid", "mid_point"])
@settings(deadline=None)
@given(drawn=books_of_areas())
def test_each_area_is_cleared_as_if_it_were_alone(rule, drawn):
    orders, area = drawn
    both = clear_by_area(orders, p2p.markets.MECHANISMS[rule](), area)
    for one in range(3):
        rows = np.flatnonzero(area == one)
        alone = clear(orders.take(rows), rule)
        assert np.array_equal(both.energy[rows], alone.energy)
        assert np.array_equal(both.payment[rows], alone.payment)
        assert not (orders.side * both.energy)[rows].sum()
    assert both.trades is not None
    assert np.array_equal(area[both.trades.bid], area[both.trades.offer])
    assert int(both.trades.energy.sum()) == int(both.energy[orders.bids].sum())
    check_areas(orders, both, area)


def test_two_areas_by_hand():
    """One book would sell the 5 Wh at 10 to who bids 80; apart, areas have a price each, in the middle of what is left."""
    both = clear_by_area(TWO, p2p.markets.MECHANISMS["uniform"](), AREA)
    assert both.energy.tolist() == [5, 5, 3, 3]
    traded, price = prices_by_area(TWO, both, AREA, 3)
    assert traded.tolist() == [5, 3, 0]
    assert 10 <= price[0] <= 30
    assert 60 <= price[1] <= 80
    assert price[2] == 0


def test_an_area_that_buys_what_another_sells_is_stopped():
    together = clear(TWO, "uniform")
    assert together.energy.tolist() != [5, 5, 3, 3]
    with pytest.raises(LawBroken, match="area 0 buys what another one sells"):
        check_areas(TWO, together, AREA)


def test_a_grid_without_low_voltage_has_no_feeders(tmp_path):
    with pytest.raises(InputError) as caught:
        p2p.run(p2p.Scenario.of({}, FEW | {"market.areas": "feeder", "grid.case": "case33bw"}), tmp_path)
    assert [fault.where for fault in caught.value.faults] == ["market.areas"]
