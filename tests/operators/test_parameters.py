"""What a scenario may say of the DSO's regime, and what is said of what it may not."""

import pytest

import p2p
from p2p.base.errors import ScenarioInvalid
from p2p.build.build import build
from p2p.operators.dso import Curtail, DirectControl, Envelope


def regime(**keys):
    """The regime of a scenario whose table `[dso]` has these keys."""
    return build(p2p.Scenario.of({"clock": {"days": 1}, "population": {"households": 3}, "dso": keys})).regime


def test_the_table_holds_the_parameters_of_its_regime():
    assert regime(regime="direct_control", steps=[70, 0], floor_kw=3) == DirectControl(floor_kw=3.0, steps=(70.0, 0.0))
    assert regime(regime="envelope", share="rated", margin=0.05) == Envelope(share="rated", margin=0.05)
    assert regime(rule="pro_rata", share="rated") == Curtail(rule="pro_rata")  # the key of a rival is of no use, and fine


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"regime": "envelope", "share": "fair"}, r"dso\.share: 'fair'; allowed: equal, rated, maximum"),
        ({"regime": "envelope", "margn": 0.1}, r"dso\.margn: unknown key; did you mean 'margin'"),
        ({"regime": "direct_control", "steps": 60.0}, r"dso\.steps: 60.0 is no list of numbers"),
        ({"regime": "direct_control", "steps": [30.0, 60.0]}, r"dso\.steps: \[30.0, 60.0\]; below 100, falling"),
        ({"regime": "direct_control", "steps": [60.0, "none"]}, r"dso\.steps: .* is no list of numbers"),
        ({"rule": "fair"}, r"dso\.rule: 'fair'"),
    ],
)
def test_what_is_wrong_is_said(keys, said):
    with pytest.raises(ScenarioInvalid, match=said):
        regime(**keys)


OWN = """
from p2p.operators.dso import Envelope, Envelopes
from dataclasses import dataclass


@dataclass(frozen=True)
class Mine(Envelope):
    def envelopes(self, grid, bounds, expected):
        return {}
"""


@pytest.mark.parametrize(
    ("gives", "said"),
    [("Envelopes(expected.draws, expected.draws)", "publishes no envelope"), ("expected", "gives a Expected"), ("Envelopes(-expected.feeds, expected.draws)", None)],
)  # fmt: skip
def test_a_regime_of_ones_own_may_publish(tmp_path, gives, said):
    (tmp_path / "own.py").write_text(OWN.format(gives), encoding="utf-8")
    scenario = p2p.Scenario.of({"clock": {"days": 1}, "population": {"households": 3}, "dso": {"regime": "own.py:Mine"}})
    if said is None:
        assert build(scenario, tmp_path).regime.share == "equal"
    else:
        with pytest.raises(ScenarioInvalid, match=said):
            build(scenario, tmp_path)
