"""Tap changers: the ratio worked by hand, and the base that a winding's turns change."""

import numpy as np
import pytest

from p2p.grid import Grid, TapChangers, power_flow
from tests.grid.grids import grid_of
from tests.grid.test_power_flow import two_buses


def stepped(changers, **more):
    """Two buses and a branch with a tap changer."""
    plain = two_buses(**more)
    return Grid(plain.name, plain.buses, plain.branches.replace(kind=np.array(["transformer"])), taps=changers)


def changers(step=0.025, at_to=False, position=0):
    one = np.array([1])
    return TapChangers(np.array([0], np.int32), -2 * one, 2 * one, 0 * one, position * one, np.array([step]), np.array([at_to]))


@pytest.mark.parametrize(("position", "at_to", "ratio"), [(2, False, 1.05), (-2, False, 0.95), (2, True, 1 / 1.05), (-2, True, 1 / 0.95)])
def test_without_load_the_far_voltage_is_the_sources_over_the_ratio(position, at_to, ratio):
    """1 p.u. through ratio : 1 leaves 1 / ratio: 0.952 at two steps of 2.5 % more turns at the high side, 1.05 at the low side."""
    turned = stepped(changers(at_to=at_to)).at_positions(np.array([position]))
    assert power_flow(turned).voltage[1] == pytest.approx(1 / ratio, abs=1e-12)
    assert turned.taps.position.tolist() == [position]


def test_with_load_the_branch_hangs_on_the_turned_voltage():
    """With V0 = 1 / 0.95 behind the ratio and r alone, V² - V0 V + r P = 0; r P = 0.02 x 500 / 1000 = 0.01."""
    turned = stepped(changers(), x=0.0, p=500.0).at_positions(np.array([-2]))
    behind = 1 / 0.95
    assert power_flow(turned).voltage[1] == pytest.approx((behind + np.sqrt(behind**2 - 0.04)) / 2, abs=1e-9)


@pytest.mark.parametrize("at_to", [False, True])
def test_there_and_back_is_where_it_was(at_to):
    grid = stepped(changers(at_to=at_to, position=1))
    again = grid.at_positions(np.array([-2])).at_positions(np.array([1]))
    for name, column in grid.branches.columns().items():
        if column.dtype.kind == "f":
            np.testing.assert_allclose(getattr(again.branches, name), column, rtol=1e-14, err_msg=name)


def test_turns_of_the_low_side_do_not_change_the_impedance_seen_from_the_high_side():
    """Seen from the high side the impedance is z tap²: turns of the low side, in z and in the ratio, cancel out."""
    grid = stepped(changers(at_to=True))
    turned = grid.at_positions(np.array([2])).branches
    seen = (turned.r + 1j * turned.x) * turned.tap**2
    assert seen == pytest.approx(grid.branches.r + 1j * grid.branches.x)


@pytest.mark.parametrize(("step", "at_to", "raises"), [(0.025, False, -1), (-0.025, False, 1), (0.025, True, 1), (-0.025, True, -1)])
def test_which_way_is_up(step, at_to, raises):
    grid = stepped(changers(step, at_to))
    up = grid.at_positions(np.array([1]))
    assert grid.taps.raises.tolist() == [raises]
    assert np.sign(power_flow(up).voltage[1] - power_flow(grid).voltage[1]) == raises


def test_a_grid_of_lines_has_none():
    lines = two_buses()
    assert not len(grid_of("lines", ["a", "b"], 0.4, [0, 0], [0, 0], lines.branches).taps)
