"""On which phase homes are connected, by rule and by what the grid says."""

import numpy as np
import pytest

from p2p.base.errors import GridInvalid, ScenarioInvalid
from p2p.base.streams import Streams
from p2p.build.build import build
from p2p.build.connection import phases_of
from p2p.devices import Battery, Fleet, Load, Prosumers, Pv, Wind
from p2p.scenario import Scenario

CHANGES = {"clock.days": 1, "grid.phases": "unbalanced"}


def fleet(load=(), kvar=(), pv=(), battery=()):
    """Homes with a load each, and plants as (home, kW)."""
    homes = len(load)
    rows, zero = np.arange(homes, dtype=np.int32), np.zeros(homes, np.int32)
    people = Prosumers(np.array([f"home {row}" for row in rows]), zero, zero, zero, zero)
    owner, rated = (np.array(column) for column in zip(*pv, strict=True)) if pv else (np.zeros(0), np.zeros(0))
    plants = Pv(owner.astype(np.int32), np.zeros(len(pv), np.int32), rated.astype(float))
    owner, rating = (np.array(column, float) for column in zip(*battery, strict=True)) if battery else (np.zeros(0), np.zeros(0))
    none = Wind(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0))
    reactive = np.array(kvar or [0.0] * homes)
    stores = {"battery": Battery(owner.astype(np.int32), rating, 2 * rating, np.full(len(rating), 0.95))} if battery else {}
    return Fleet(people, Load(rows, zero, np.array(load, float), reactive), plants, none, stores)


def single(*arguments, **named):
    return (phases_of(fleet(*arguments, **named), Streams(7)) > 0).tolist()


def test_a_load_or_plants_of_more_than_4_6_kva_are_on_all_phases():
    """Loads count by apparent power, hypot(3.9, 2.6) = 4.687; plants and stores of a home together."""
    assert single([4.6, 4.7, 3.9, 3.9], [0.0, 0.0, 2.6, 2.4]) == [True, False, False, True]
    assert single([1.0, 1.0, 1.0, 1.0], pv=[(0, 4.6), (1, 4.7), (2, 3.0), (3, 2.0)], battery=[(2, 1.7), (3, 2.6)]) == [
        True,
        False,
        False,
        True,
    ]
    assert single([1.0, 1.0], battery=[(0, 4.6), (1, 5.0)]) == [True, False]


def test_a_load_and_a_plant_may_share_a_phase():
    """The bound is on each by itself: 4 kW drawn and 4 kW fed in don't add up."""
    assert single([4.0], pv=[(0, 4.0)]) == [True]


def test_phases_are_drawn_evenly_and_by_identity():
    drawn = phases_of(fleet([1.0] * 3000), Streams(7))
    assert np.abs(np.bincount(drawn, minlength=4) - [0, 1000, 1000, 1000]).max() < 100
    larger = phases_of(fleet([1.0, 9.0] * 1500), Streams(7))
    assert np.array_equal(larger[::2], drawn[::2])
    assert not larger[1::2].any()
    assert not np.array_equal(phases_of(fleet([1.0] * 3000), Streams(8)), drawn)


def test_the_default_is_balanced():
    assert build(Scenario.of({}, {"clock.days": 1})).grid.phase is None


def test_homes_of_the_default_feeder():
    setup = build(Scenario.of({}, CHANGES))
    phase = setup.grid.phase
    large = setup.fleet.by_prosumer(setup.fleet.pv.owner, setup.fleet.pv.rated) > 4.6
    assert not phase[large].any()
    assert set(phase) == {0, 1, 2, 3}


def test_cars_at_more_than_a_phase_are_on_three():
    setup = build(Scenario.of({}, CHANGES | {"population.ev": 1.0, "population.pv": 0.0, "population.battery": 0.0}))
    cars = setup.fleet.flexible["ev"]
    assert not setup.grid.phase[cars.owner[cars.rating > 4.6]].any()
    assert setup.grid.phase[cars.owner[cars.rating <= 4.6]].any()


def test_a_market_within_the_grid_knows_no_phases():
    changes = CHANGES | {"dso.regime": "locational", "market.mechanism": "uniform"}
    with pytest.raises(
        ScenarioInvalid, match="'locational' limits orders by bus, and homes at one bus hang on different phases; curtail or none"
    ):
        build(Scenario.of({}, changes))
    assert build(Scenario.of({}, changes | {"market.mechanism": "none"})).grid.phase is not None


@pytest.fixture
def net():
    """A source, a line, two loads of given phase, and one of which nothing is said."""
    pandapower = pytest.importorskip("pandapower")
    net = pandapower.create_empty_network()
    source, home, other = (pandapower.create_bus(net, 0.4) for _ in range(3))
    pandapower.create_ext_grid(net, source)
    for start, end in ((source, home), (home, other)):
        pandapower.create_line_from_parameters(
            net, start, end, 0.1, 0.2, 0.08, 0.0, 0.27, r0_ohm_per_km=0.8, x0_ohm_per_km=0.3, c0_nf_per_km=0.0
        )
    pandapower.create_load(net, home, 0.02)
    pandapower.create_asymmetric_load(net, home, p_b_mw=0.009)
    pandapower.create_asymmetric_load(net, other, p_c_mw=0.002)
    return pandapower, net


def test_what_the_grid_says_comes_first(net, tmp_path):
    """Of five homes at three loads the fourth and fifth live at the first two again; 9 kW on phase b stay there."""
    pandapower, net = net
    pandapower.to_json(net, str(tmp_path / "net.json"))
    changes = CHANGES | {"grid.pandapower": "net.json", "population.households": 5, "population.pv": 0.0, "population.battery": 0.0}
    said = build(Scenario.of({}, changes), tmp_path).grid.phase
    assert said[[1, 2, 4]].tolist() == [2, 3, 2]


def test_a_grid_with_gaps_in_its_zero_sequence_serves_balanced_runs_alone(net, tmp_path):
    pandapower, net = net
    net.line.loc[1, "x0_ohm_per_km"] = np.nan
    pandapower.to_json(net, str(tmp_path / "net.json"))
    with pytest.raises(
        GridInvalid, match="1 of 2 branches have no zero-sequence impedance, where other lines have one: line 1; r0 and x0 of all"
    ):
        build(Scenario.of({}, CHANGES | {"grid.pandapower": "net.json"}), tmp_path)
    build(Scenario.of({}, {"clock.days": 1, "grid.pandapower": "net.json"}), tmp_path)
