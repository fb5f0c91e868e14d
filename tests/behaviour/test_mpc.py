"""Homes that plan all their devices together, against the linear programme of the home."""

import pytest
from hypothesis import given, settings

from p2p.behaviour.plans import Mpc
from tests.behaviour.planning import cost, drawn, end_worth, optimum, shortfall

EXACT = Mpc(fine=100.0)


def powers(plan):
    return {kind: curves.power for kind, curves in plan.curves.items()}


@given(ahead=drawn(["battery", "ev", "heat"], homes=2))
@settings(max_examples=60)
def test_a_home_plans_its_devices_together_as_the_linear_programme_does(ahead):
    plan, left = powers(EXACT.plan(ahead)), {kind: end_worth(ahead, kind) for kind in ahead.stores}
    spent, short = cost(ahead, plan, left), shortfall(ahead, plan)
    for home in range(ahead.net.shape[1]):
        least, broken = optimum(ahead, home, left)
        assert short[home] == pytest.approx(broken, abs=1e-5)
        assert spent[home] == pytest.approx(least, rel=1e-6, abs=1e-2)
