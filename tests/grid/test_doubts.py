"""What looks wrong with a grid is said, and a sound grid is left in peace."""

from dataclasses import replace

import numpy as np
import pytest

from p2p.grid import Branches, power_flow
from p2p.grid.doubts import doubts
from tests.grid.grids import grid_of


def street(p=(0.0, 10.0, 12.0), kv=0.4, **columns):
    """A sound low-voltage street; some of its branches' columns otherwise."""
    ohm = kv**2
    ends = np.array([0, 1], np.int32), np.array([1, 2], np.int32)
    lines = Branches.lines(
        np.array(["one", "two"]), *ends, np.array([0.05, 0.05]) / ohm, np.full(2, 0.02) / ohm, np.full(2, 80.0), np.full(2, 0.2)
    )
    return grid_of("street", ["a", "b", "c"], kv, list(p), [0.0, 2.0, 2.0], lines.replace(**columns))


def said(grid, band=(0.95, 1.05)):
    return "\n".join(map(str, doubts(grid, power_flow(grid), band)))


def test_a_sound_grid_raises_no_doubt():
    assert said(street()) == ""


DOUBTS = [
    (street(name=np.array(["one", "one"])), "street, branches: 1 names stand twice or more: one"),
    (street(rating_kva=np.zeros(2)), "street, ratings: no branch has one, so none is ever overloaded"),
    (street(rating_kva=np.array([80.0, 0.0])), "street, ratings: 1 of 2 have none, so they are never overloaded: two"),
    (street(rating_kva=np.array([10.0, 15.0])), "1 of 2 branches are loaded beyond their rating, most one ("),
    (street(rating_kva=np.full(2, 1e6)), "no rating will bind; are ratings stand-ins"),
    (street(km=np.array([200.0, 0.2])), "street, lines: 1 of 2 have less than 0.005 ohm/km: one; is it ohm, and not p.u.?"),
    (street(km=np.array([0.2e-3, 0.2])), "street, lines: 1 of 2 have more than 10 ohm/km: one"),
    (street(p=(0.0, 10_000.0, 0.0)), "street, loads: 1 of 3 draw or feed in more than 3 kA: b; is the power in W"),
    (street(p=(0.0, 10_000.0, 0.0)), "street, at its own loads: there is no operating point"),
    (street(p=(0.0, 80.0, 120.0)), "2 of 3 buses lie below 0.95 p.u., farthest c ("),
    (street(p=(0.0, -80.0, -120.0)), "2 of 3 buses lie above 1.05 p.u., farthest c ("),
    (street(kv=20_000.0), "street, kv: 3 of 3 are 1000 kV or more: a, b, c; is it in V?"),
    (street(kv=20_000.0), "voltages differ by"),
]


@pytest.mark.parametrize(("grid", "message"), DOUBTS, ids=[message for _, message in DOUBTS])
def test_a_doubt_is_a_sentence(grid, message):
    assert message in said(grid)


def test_loads_of_next_to_nothing_or_none_are_doubted():
    grid = street()
    small = replace(grid, buses=grid.buses.replace(p_kw=grid.buses.p_kw / 1000, q_kvar=grid.buses.q_kvar / 1000))
    assert "street, loads: the largest is 0.0122 kVA; is it in MW?" in said(small)
    idle = replace(grid, buses=grid.buses.replace(p_kw=np.zeros(3), q_kvar=np.zeros(3)))
    assert said(idle) == "street, loads: no bus draws or feeds in; homes live at loads, so nobody could live here"


def test_lines_between_two_voltages_and_doubles_are_doubted():
    grid = street()
    assert "1 of 2 join two nominal voltages: two" in said(replace(grid, buses=grid.buses.replace(kv=np.array([0.4, 0.4, 10.0]))))
    twice = Branches.concat([grid.branches, grid.branches.take(slice(1, 2)).replace(name=np.array(["two again"]))])
    assert "1 have an equal one beside them: two; two circuits" in said(replace(grid, branches=twice))


def test_the_band_is_the_users():
    assert said(street(), band=(0.99, 1.05)).startswith("street, at its own loads: 1 of 3 buses lie below 0.99 p.u., farthest c")
