"""Plans of devices against prices, against a linear programme and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings

from p2p.behaviour.plans import PriceTakerSchedule
from tests.behaviour.planning import cost, drawn, end_worth, levels, optimum, shortfall

PLANNER = PriceTakerSchedule()


def powers(plan):
    return {kind: curves.power for kind, curves in plan.curves.items()}


@pytest.mark.parametrize("kind", ["battery", "ev", "heat"])
def test_a_plan_costs_what_the_linear_programme_says(kind):
    @given(ahead=drawn([kind]))
    @settings(max_examples=60)
    def check(ahead):
        plan, left = powers(PLANNER.plan(ahead)), {kind: end_worth(ahead, kind)}
        spent, short = cost(ahead, plan, left), shortfall(ahead, plan)
        for home in range(ahead.net.shape[1]):
            least, broken = optimum(ahead, home, left)
            assert short[home] == pytest.approx(broken, abs=1e-6)
            assert spent[home] == pytest.approx(least, rel=1e-6, abs=1e-3)

    check()
