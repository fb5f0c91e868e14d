"""The answer of buildings against closed forms, matrix exponentials and an integrator."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from p2p.devices.heat.building import Houses, response, total_loss
from tests.devices.heated import column


def house(loss, outer, coupling, capacity, mass, radiant):
    nothing = column(0.0)
    columns = [column(value) for value in (loss, outer, coupling, capacity, mass, radiant)]
    return Houses(*columns, nothing, nothing, nothing)


two_nodes = st.builds(
    house, st.floats(0.0, 1.0), st.floats(0.02, 1.0), st.floats(0.1, 5.0), st.floats(0.2, 5.0), st.floats(0.5, 40.0), st.floats(0, 1)
)
length = st.sampled_from([1 / 12, 0.25, 0.5, 1.0, 6.0])


def matrix(built):
    """Rates of both nodes, what heat does to them, and the sum over time of the heat that is lost. [1/h, K/kWh]"""
    loss, outer, coupling, capacity, mass, radiant = (float(getattr(built, name)[0]) for name in Houses.__match_args__[:6])
    rates = np.array([[-(loss + coupling) / capacity, coupling / capacity], [coupling / mass, -(outer + coupling) / mass]])
    return rates, np.array([(1 - radiant) / capacity, radiant / mass])


def test_one_node_is_the_closed_form():
    """0.2 kW/K, 10 kWh/K, time constant 50 h: after an hour exp(-1/50) is left, and a kW adds (1 - exp(-1/50)) / 0.2 K."""
    left = np.exp(-1 / 50)
    assert response(house(0.1, 0.1, 1.0, 10.0, 0.0, 0.0), 1.0)[0] == pytest.approx(
        [left, 0.0, (1 - left) / 0.2, left, 0.0, (1 - left) / 0.2]
    )


@given(built=two_nodes, hours=length)
def test_two_nodes_are_the_matrix_exponential(built, hours):
    rates, heat = matrix(built)
    whole = np.zeros((3, 3))
    whole[:2, :2], whole[:2, 2] = rates, heat
    exact = expm(whole * hours)[:2]
    assert response(built, hours)[0] == pytest.approx(exact.ravel(), abs=1e-9, rel=1e-7)


def test_two_nodes_are_what_an_integrator_finds():
    built = house(0.1, 0.2, 1.2, 1.5, 6.0, 0.4)
    rates, heat = matrix(built)
    run = solve_ivp(lambda _, over: rates @ over + heat * 5.0, (0, 3), [18.0, 20.0], rtol=1e-10, atol=1e-12)
    answer = response(built, 3.0)[0]
    assert answer[:3] @ [18.0, 20.0, 5.0] == pytest.approx(run.y[0, -1], rel=1e-8)
    assert answer[3:] @ [18.0, 20.0, 5.0] == pytest.approx(run.y[1, -1], rel=1e-8)


@given(built=two_nodes)
def test_heat_of_the_total_loss_holds_one_kelvin(built):
    """In the end, rooms that get the total loss times a kelvin are a kelvin warmer than the outside."""
    assert response(built, 1e6)[0, 2] * total_loss(built)[0] == pytest.approx(1.0, rel=1e-6)


def test_walls_in_a_row_by_hand():
    """Heat into the rooms, no windows: 1.2 and 0.3 kW/K in a row are 0.24; all of it into the mass: 0.3."""
    assert total_loss(house(0.0, 0.3, 1.2, 1.0, 9.0, 0.0)) == pytest.approx(0.24)
    assert total_loss(house(0.0, 0.3, 1.2, 1.0, 9.0, 1.0)) == pytest.approx(0.3)
