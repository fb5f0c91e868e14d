"""Homes that plan all their devices together, against the linear programme of the home."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p.base.errors import InputError
from p2p.behaviour.ahead import Ahead, Planner
from p2p.behaviour.plans import Mpc, PriceTakerSchedule
from p2p.behaviour.plans.together import blocks, in_blocks
from tests.behaviour.planning import cost, drawn, end_worth, of_home, optimum, shortfall, stores

EXACT = Mpc(fine=100.0)
KINDS = ["battery", "ev", "heat"]


def powers(plan):
    return {kind: curves.power for kind, curves in plan.curves.items()}


@given(ahead=drawn(KINDS, homes=2))
@settings(max_examples=40)
def test_a_home_plans_its_devices_together_as_the_linear_programme_does(ahead):
    plan, left = powers(EXACT.plan(ahead)), {kind: end_worth(ahead, kind) for kind in KINDS}
    spent, short = cost(ahead, plan, left), shortfall(ahead, plan)
    for home in range(ahead.net.shape[1]):
        least, broken = optimum(ahead, home, left)
        assert short[home] == pytest.approx(broken, abs=1e-5)
        assert spent[home] == pytest.approx(least, rel=1e-6, abs=1e-2)


@given(ahead=drawn(KINDS), fine=st.sampled_from([0.0, 1.0]), coarse=st.sampled_from([0.5, 2.0]))
@settings(max_examples=40)
def test_blocks_leave_plans_legal_and_no_better_than_the_best(ahead, fine, coarse):
    left = {kind: end_worth(ahead, kind) for kind in KINDS}
    rough, best = (powers(planner.plan(ahead)) for planner in (Mpc(fine=fine, coarse=coarse), EXACT))
    np.testing.assert_allclose(shortfall(ahead, rough), shortfall(ahead, best), atol=1e-5)
    assert np.all(cost(ahead, rough, left) >= cost(ahead, best, left) - 1e-2)


@given(ahead=drawn(KINDS))
@settings(max_examples=30)
def test_rows_are_planned_alone(ahead):
    together = Mpc(fine=1.0).plan(ahead)
    for one in range(ahead.net.shape[1]):
        alone = Mpc(fine=1.0).plan(of_home(ahead, one))
        for kind, where in ahead.home.items():
            np.testing.assert_array_equal(alone.curves[kind].power[:, 0], together.curves[kind].power[:, where == one][:, 0])


@given(ahead=drawn(["battery"]))
def test_a_home_with_one_device_needs_no_linear_programme(ahead):
    np.testing.assert_array_equal(Mpc().plan(ahead).curves["battery"].power, PriceTakerSchedule().plan(ahead).curves["battery"].power)


def test_two_devices_share_the_sun_by_hand():
    """1 kW over in the first hour, 1 kW lacking in the second; feed-in 0, retail 100 then 300. A heat store needs 3 kWh of heat at the end
    and gets 3 for a kWh in the first hour, 1 in the second; a lossless battery could keep the surplus for the second hour.

    In turn, heat takes the surplus (free) and the battery buys 1 kWh at 100 to spare 300: 100 in all. Together it is no better: any
    kWh bought costs at least 100 and 2 kWh are needed, 1 of them free.
    """
    battery = stores(0.0, most=2, low=-1, high=1, length=2)
    heat = stores(0.0, least=[[0], [3]], most=5, high=1, into=[[3], [1]], length=2)
    ahead = Ahead(
        1.0, np.array([[-1.0], [1.0]]), np.array([100.0, 300.0]), np.zeros(2), np.zeros(2), {"battery": np.zeros(1, int), "heat": np.zeros(1, int)},
        {"battery": battery, "heat": heat},
    )  # fmt: skip
    none = {"battery": np.zeros(1), "heat": np.zeros(1)}
    plan = powers(Mpc(left_over=0.0).plan(ahead))
    assert cost(ahead, plan, none)[0] == pytest.approx(100.0)
    assert plan["heat"][:, 0].tolist() == pytest.approx([1.0, 0.0])
    assert plan["battery"][:, 0].tolist() == pytest.approx([1.0, -1.0])


def test_a_block_by_hand():
    """Two hours as one: half is left of 4 kWh after an hour, so a quarter after two; 1 kWh lost in each hour counts 0.5 + 1; drawing 2 then
    0 kW at an efficiency of 1 stores 2 * 0.5; the level that must be 3 after the first hour must be 3 - 1 after the second."""
    one = stores(4.0, 0.5, -1, [[3], [0]], 9, 0, [[2], [0]], 1.0, 1.0, 0, 2)
    ahead = Ahead(
        1.0, np.array([[1.0], [2.0]]), np.array([1.0, 3.0]), np.zeros(2), np.zeros(2), {"store": np.zeros(1, int)}, {"store": one}
    )
    both = in_blocks(ahead, np.array([0]))
    found = both.stores["store"]
    assert (both.net[0, 0], both.retail[0]) == (3.0, 2.0)
    assert [getattr(found, name)[0, 0] for name in ("keep", "inflow", "least", "high", "into")] == [0.25, -1.5, 2.0, 2.0, 0.5]


def test_blocks_begin_where_they_should():
    """By hand: half-hours; the first hour as it is, then hours: the last one is shorter."""
    assert blocks(7, 0.5, 1.0, 1.0).tolist() == [0, 1, 2, 4, 6]
    assert blocks(3, 0.5, 9.0, 1.0).tolist() == [0, 1, 2]


def test_nonsense_is_refused_all_at_once():
    with pytest.raises(InputError) as caught:
        Mpc(replans=25.0, fine=-1.0, coarse=0.0, left_over=-1.0)
    assert [fault.where for fault in caught.value.faults] == ["replans", "fine", "coarse", "left_over"]


def test_it_is_a_planner():
    assert isinstance(Mpc(), Planner)
