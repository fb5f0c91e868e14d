"""What homes sell is booked once: worked by hand, and the same answer as the ledger of reservations gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.flexibility import Reservations, booked, held_back_twice
from p2p.orders import Clearing, Orders, Trades

FLOOR = np.array([-4.0, 2.0, -1.0])
"""Home 0 can feed in 4 kW, 1000 Wh in a quarter; home 1 nothing; home 2 250 Wh."""


def energies(orders, floor=FLOOR):
    found, refused = booked(orders, floor, 0.25)
    return found.energy.tolist(), refused


def test_the_second_sale_of_a_kwh_is_refused():
    """Home 0 sells 800 Wh by itself, and its pool 800 more: 201 are there (half a Wh is left to each order), 599 are refused."""
    orders = Orders.of(side=[-1, -1, 1], energy=[800, 800, 500], price=[90, 80, 200], agent=[0, 0, 1])
    assert energies(orders) == ([800, 201, 500], 599)
    assert energies(orders.replace(arrival=np.array([1, 0, 2]))) == ([201, 800, 500], 599)


def test_what_a_home_does_not_have_is_refused():
    """Home 1 has nothing over and its order goes; home 2 has 250 Wh of 400 (and half a Wh, rounded down); purchases stay."""
    orders = Orders.of(side=[-1, -1, 1], energy=[300, 400, 9_000], price=[90, 90, 200], agent=[1, 2, 2])
    assert energies(orders) == ([250, 9_000], 450)


def test_who_sells_what_it_has_is_left_alone():
    """Three steps of 333.33 Wh and one of 0.01, each rounded: 333 or 1 Wh; nothing is refused, and the very book comes back."""
    orders = Orders.of(side=[-1] * 4, energy=[334, 333, 333, 1], price=[90] * 4, agent=[0] * 4)
    found, refused = booked(orders, FLOOR, 0.25)
    assert found is orders
    assert refused == 0
    assert energies(orders.take(slice(0))) == ([], 0)


@given(
    floor=st.lists(st.floats(-5, 5), min_size=1, max_size=4),
    asked=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3_000), st.booleans()), max_size=10),
)
def test_it_is_the_ledger_of_reservations(floor, asked):
    """Order by order, in the order of arrival, each home's offers get what `Reservations` gives of the same room."""
    asked = [(home % len(floor), energy, sells) for home, energy, sells in asked]
    agent, energy, sells = (np.array(column, np.int64) for column in zip(*asked, strict=True)) if asked else np.zeros((3, 0), np.int64)
    arrival = np.arange(len(asked))[::-1].copy()
    orders = Orders.of(side=1 - 2 * sells, energy=energy, price=np.zeros(len(asked)), agent=agent, arrival=arrival)
    found, refused = booked(orders, np.array(floor), 0.25)
    count = np.bincount(agent[sells > 0], minlength=len(floor))
    room = np.floor(np.maximum(-np.array(floor), 0.0) * 250 + count / 2 + 1e-6) / 1_000  # kW held for an hour
    ledger = Reservations.over(-room[None], 0 * room[None], 1.0)
    wanted = {}
    for row in arrival.tolist():
        if sells[row]:
            ledger, given_ = ledger.reserve("local", agent[[row]], np.array([0]), np.array([-energy[row] / 1_000]))
            wanted[arrival[row]] = round(-1_000 * float(given_[0]))
        else:
            wanted[arrival[row]] = energy[row]
    assert dict(zip(found.arrival.tolist(), found.energy.tolist(), strict=True)) == {place: wh for place, wh in wanted.items() if wh}
    assert refused == round(1_000 * ledger.refused.sum())


#: home 0 sold 600 of 1000 Wh that it feeds in to home 1
SOLD = Orders.of(side=[-1, 1], energy=[600, 600], price=[80, 200], agent=[0, 1])
PLANNED = np.array([-4.0, 2.0])


def clearing(energy):
    trades = Trades(np.array([1]), np.array([0]), np.array([energy]), np.array([100]))
    return Clearing.of_trades(SOLD, trades)


@pytest.mark.parametrize(
    ("stands", "held_back", "twice"),
    [
        (600, 400, 0),  # what nobody bought
        (100, 900, 0),  # that, and 500 of the trade, which were withdrawn
        (600, 900, 498),  # the trade stands all the same: 500 are paid for already, two are left to rounding
        (600, 0, 0),
    ],
)
def test_what_is_sold_is_not_paid_for_being_held_back(stands, held_back, twice):
    found = held_back_twice(SOLD, clearing(600), clearing(stands), np.array([held_back, 0]), PLANNED, 0.25)
    assert found.tolist() == [twice, 0]


def test_who_sold_more_than_came_is_held_back_of_what_it_sold():
    """600 Wh were sold and 200 came, of which the grid operator takes 150 and withdraws as much: nothing is paid twice."""
    found = held_back_twice(SOLD, clearing(600), clearing(450), np.array([150, 0]), np.array([-0.8, 2.0]), 0.25)
    assert found.tolist() == [0, 0]
