"""Optimal flow: published objectives, the power flow where nothing is chosen, prices as slopes, what gives way."""

import json
from pathlib import Path

import numpy as np
import pytest

from p2p.grid import Branches, Buses, Grid, check
from p2p.grid.optimal_flow import Bounds, Upstream, Withdrawals, optimal_flow

CASES = json.loads((Path(__file__).parents[1] / "cases/optimal_flow/cases.json").read_text(encoding="utf-8"))["cases"]
ALONE = Upstream(most_sold=0.0, most_bought=0.0, holds_voltage=False, gives_reactive=False)


def case_of(case):
    """A case of the file: its grid, generators as withdrawals, and voltage bounds; costs are per MWh, so a kW is a MW here."""
    buses, generators, branches = (np.array(case[name], float) for name in ("buses", "generators", "branches"))
    row = {int(number): at for at, number in enumerate(buses[:, 0])}
    ends = [np.array([row[int(number)] for number in branches[:, side]], np.int32) for side in (0, 1)]
    zero, one = np.zeros(len(branches)), np.ones(len(branches))
    lines = Branches(
        np.char.mod("branch %d", np.arange(len(branches))),
        np.where(branches[:, 6] > 0, "transformer", "line"),
        *ends,
        branches[:, 2],
        branches[:, 3],
        zero,
        branches[:, 4] / 2,
        zero,
        branches[:, 4] / 2,
        np.where(branches[:, 6] > 0, branches[:, 6], 1.0),
        zero,
        branches[:, 5],
        one,
        one,
        zero,
    )
    names, nought = np.char.mod("%d", buses[:, 0].astype(int)), np.zeros(len(buses))
    nodes = Buses(names, nought + 230.0, nought, nought, buses[:, 1], buses[:, 2], buses[:, 3] / 100, buses[:, 4] / 100)
    at = np.array([row[int(number)] for number in generators[:, 0]], np.int32)
    nothing = np.zeros(len(at))
    offers = Withdrawals(
        at, -generators[:, 2], -generators[:, 1], generators[:, 6], 2 * generators[:, 5], nothing, -generators[:, 4], -generators[:, 3]
    )
    return check(Grid(case["name"], nodes, lines, 0, 1.0, 100.0)), offers, Bounds(buses[:, 6], buses[:, 5], of_current=False, lost_load=1e4)


@pytest.mark.parametrize("model", ["socp", "lindistflow"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_published_case_has_its_objective(case, model):
    expected = case["expected"]
    if model not in expected:
        pytest.skip("no number is published")
    grid, offers, bounds = case_of(case)
    found = optimal_flow(grid, offers, ALONE, bounds, model)
    cost = sum(row[7] for row in case["generators"]) - found.welfare
    assert found.faults == ()
    assert cost == pytest.approx(expected[model], abs=expected["tolerance"])
