"""An area cut off from upstream: balances by hand, a night on batteries, and runs in which energy and money close."""

import numpy as np
import pytest

from p2p.base.errors import ScenarioInvalid
from p2p.build.build import build
from p2p.operators.dso import Bounds, Curtail, Islands, MeasureOnly, Separated
from p2p.operators.dso.island import NO_SOURCE, alone
from p2p.scenario import Scenario
from tests.operators.test_dso import BAND, R, feeder, offers, usage
from tests.running import ONE_DAY, assert_closed, few

TOLERANCE = 1e-3
WIDE = Bounds(0.5, 1.5)


def left(outcome, drawn):
    """[N] what is drawn in the end. [kW]"""
    offered = outcome.give_ups
    return drawn.power + np.bincount(offered.home, offered.sign * outcome.taken, len(drawn))


def test_two_homes_and_what_is_over_is_held_back():
    """One feeds in 50 at the source, one draws 30 at a bus without resistance: 20 of the 50 are held back, the cheaper 15 first."""
    drawn = usage((0, -50.0), (1, 30.0))
    outcome = alone(feeder(1e-9), drawn, WIDE, offers((0, 1, 35.0, 200), (0, 1, 15.0, 80), (1, -1, 30.0, 8_000)), MeasureOnly(), TOLERANCE)
    assert outcome.held
    assert outcome.taken == pytest.approx([5.0, 15.0, 0.0], abs=TOLERANCE)


def test_losses_are_carried_from_within():
    """60 kW over r = 0.05 p.u. on 100 kVA: V = (1 + sqrt(1 - 0.12)) / 2 = 0.96904, lost are r P² / V² = 1.9168 kW: of 100, 38.083 are over."""
    drawn = usage((0, -100.0), (1, 60.0))
    outcome = alone(feeder(R), drawn, WIDE, offers((0, 1, 100.0, 80)), MeasureOnly(), TOLERANCE)
    voltage = (1 + np.sqrt(1 - 4 * R * 0.6)) / 2
    assert outcome.taken[0] == pytest.approx(40.0 - 100 * R * 0.36 / voltage**2, abs=2 * TOLERANCE)
    assert abs(outcome.flow.import_kw) <= TOLERANCE


def test_what_lacks_is_given_by_stores_then_devices_give_way_then_load():
    """40 lack: 10 from a store at 150, 12 that a heat pump draws at 300, 18 of the load at 8000; sun that is sold stays."""
    drawn = usage((0, -20.0), (1, 60.0))
    offered = offers((1, -1, 60.0, 8_000), (1, -1, 12.0, 300), (0, -1, 10.0, 150), (0, 1, 20.0, 80))
    outcome = alone(feeder(1e-9), drawn, WIDE, offered, MeasureOnly(), TOLERANCE)
    assert outcome.taken == pytest.approx([18.0, 12.0, 10.0, 0.0], abs=TOLERANCE)
    assert left(outcome, drawn) == pytest.approx([-30.0, 30.0], abs=TOLERANCE)


def test_an_island_keeps_its_voltage_too():
    """At 0.95 p.u. r = 0.05 lets 95 kW through: of 140 drawn at its end, 45 are shed although the sun would do.

    What is left is lost and drawn: r P² / V² = 100 x 0.05 x 0.95² / 0.95² = 5 kW and 95, so 100 of the sun's 200 are held back.
    """
    drawn = usage((0, -200.0), (1, 140.0))
    outcome = alone(feeder(R), drawn, BAND, offers((0, 1, 200.0, 80), (1, -1, 140.0, 8_000)), Curtail(margin=0.0), TOLERANCE)
    assert outcome.held
    assert outcome.binding == "voltage at bus 1"
    assert outcome.taken == pytest.approx([100.0, 45.0], abs=0.1)


def test_without_a_source_it_is_dark():
    drawn = usage((0, 20.0), (1, 60.0))
    outcome = alone(feeder(R), drawn, WIDE, offers((0, -1, 5.0, 8_000), (1, -1, 60.0, 8_000)), MeasureOnly(), TOLERANCE)
    assert (bool(outcome.flow.converged), outcome.held, outcome.binding) == (False, False, NO_SOURCE)
    assert left(outcome, drawn).tolist() == [15.0, 0.0]


def test_in_the_dark_each_home_has_what_is_its_own():
    """Of what a home's devices and load may give up, only as much as it draws; a home that feeds in stops."""
    drawn = usage((0, 20.0), (1, 60.0), (1, -7.0))
    offered = offers((0, -1, 30.0, 200), (1, -1, 50.0, 8_000), (1, -1, 40.0, 300), (2, 1, 7.0, 80), (2, -1, 9.0, 100))
    plan = Islands(np.ones(3, np.bool_), TOLERANCE, 10.0, False)
    outcome = Separated(plan).deliver(feeder(R), drawn, WIDE, lambda: offered, MeasureOnly(), 0)
    assert outcome.taken.tolist() == [20.0, 20.0, 40.0, 7.0, 0.0]


@pytest.mark.parametrize(
    ("bridge", "black_start", "lit"), [(None, False, "yyy"), (50.0, False, "nnn"), (50.0, True, "nyy"), (80.0, False, "yyy")]
)
def test_what_breaks_off_may_be_too_much(bridge, black_start, lit):
    """60 kW come from upstream when the island forms: a unit that bridges 50 does not live, and comes back only by a black start."""
    island = Separated(Islands(np.array([False, True, True, True]), TOLERANCE, bridge, black_start))
    drawn, offered = usage((0, -20.0), (1, 80.0)), offers((0, 1, 20.0, 80), (1, -1, 80.0, 8_000))
    outcomes = [island.deliver(feeder(1e-9), drawn, WIDE, lambda: offered, MeasureOnly(), interval) for interval in (1, 2, 3)]
    assert "".join("y" if outcome.flow.converged else "n" for outcome in outcomes) == lit


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """The default day, cut off for four hours at noon and for four at night."""
    changes = {"island": {"start": ["2016-07-04T10:00", "2016-07-04T18:00"]}, "results": {"reference": False}}
    from p2p import run

    return run(ONE_DAY.changed(changes), tmp_path_factory.mktemp("island") / "day")


def test_nothing_comes_from_upstream_and_all_closes(day):
    """Meters count whole watt-hours and keep the rest, so an import of nothing may read as one a meter."""
    assert_closed(day)
    table = day.intervals
    cut_off = table["islanded"]
    assert (np.flatnonzero(cut_off) == [*range(40, 56), *range(72, 88)]).all()
    assert table["converged"].all()
    assert table["held"].all()
    meters = len(day.bills["agent"]) + 1
    assert np.abs(table["import_wh"][cut_off]).max() <= 50 * 0.25 + meters
    assert np.median(np.abs(table["import_wh"][~cut_off])) > 5 * meters, "connected, it exchanges"
    made = table["generation_wh"] - table["load_wh"] - table["losses_wh"] - table["storage_wh"] - table["devices_wh"]
    assert np.abs(made[cut_off]).max() <= 50 * 0.25 + 3 * meters
    assert table["held_back_wh"][cut_off][:16].sum() > 10_000, "noon has sun to spare"
    assert table["storage_wh"][cut_off][16:].sum() < -10_000, "the evening lives on batteries"
    kpis = {key: kpi["value"] for key, kpi in day.kpis.items() if kpi["id"] == "K30"}
    assert kpis == {"K30_island_hours": 8.0, "K30_islands_survived": 100.0, "K30_island_renewable": 100.0, "K30_island_unserved": 0.0}


def test_connected_again_it_is_as_if_nothing_had_been_but_for_batteries(day, tmp_path):
    """Before the first outage all is the same, and the day after it exchanges again."""
    table = day.intervals
    free = few(tmp_path / "free", population__households=0).intervals
    for name in ("load_wh", "import_wh", "traded_wh", "storage_wh"):
        assert np.array_equal(table[name][:40], free[name][:40]), name
    assert np.array_equal(table["load_wh"], free["load_wh"])


def test_batteries_carry_a_night_for_as_long_as_their_energy_lasts(tmp_path):
    """No sun comes: everybody is served while batteries of 1 kWh and 0.5 kW can give what is used and lost, and no longer.

    In a quarter-hour a battery can give 125 Wh, or 0.9 of what it holds.
    """
    asked = {"population__pv": 1.0, "population__battery": 1.0, "island__start": ["2016-07-04T22:00"], "island__hours": 2.0}
    run = few(tmp_path / "night", **asked, population__battery_kwh=[1.0, 1.0], population__battery_efficiency=0.9)
    assert_closed(run)
    table, homes = run.intervals, len(run.bills["agent"])
    stored = run.columns("agents")["stored_wh"].reshape(-1, homes)
    night = np.flatnonzero(table["islanded"])
    can = np.minimum(0.9 * stored[night - 1], 125.0).sum(axis=1)
    lacks = (table["load_wh"] + table["losses_wh"] + table["unserved_wh"])[night]
    served = table["unserved_wh"][night] == 0
    assert served[0], "there is something in them"
    assert not served[-1], "and not enough for the night"
    assert np.all(can[served] >= lacks[served] - homes - 13)
    assert np.all(can[~served] <= lacks[~served] + homes)
    given = -np.cumsum(table["storage_wh"][night])
    held = 0.9 * (stored[night[0] - 1] - stored[night]).sum(axis=1)
    assert np.abs(given - held).max() <= 2 * homes, "they give what they held, less their own losses"
    lit = table["converged"][night]
    dark = night[~lit]
    assert len(dark)
    assert not table["import_wh"][dark].any()
    assert np.abs(table["load_wh"] + table["storage_wh"])[dark].max() <= homes, "in the dark each has what is left in its own"
    assert run.kpis["K30_island_hours"]["value"] == 0.25 * lit.sum()


@pytest.mark.parametrize("kind", ["ev", "heat_pump", "boiler", "night_storage", "appliance", "behaviour", "chp", "process", "generator"])
def test_no_device_draws_what_is_not_there(tmp_path, kind):
    """Whatever a device must have, in a dark winter night it has none of it, and nobody's energy opens."""
    asked = {f"population__{kind}": 1.0, "population__commercial": 0.4, "clock__start": "2016-01-11", "population__battery": 0.5}
    run = few(tmp_path / kind, **asked, island__start=["2016-01-11T16:00"], island__hours=7.0)
    assert_closed(run)
    table = run.intervals
    cut_off = table["islanded"]
    assert np.abs(table["import_wh"][cut_off]).max() <= 50 * 0.25 + 13
    assert table["unserved_wh"][cut_off].sum() > 0 or kind in ("chp", "generator")


@pytest.mark.parametrize(
    ("regime", "mechanism", "phases"),
    [
        ("none", "uniform", "balanced"),
        ("curtail", "blocks", "unbalanced"),
        ("tariff", "pay_as_bid", "balanced"),
        ("locational", "uniform", "balanced"),
        ("envelope", "continuous", "balanced"),
        ("direct_control", "none", "balanced"),
    ],
)
def test_whatever_the_regime_the_market_and_the_phases(tmp_path, regime, mechanism, phases):
    """Beside a regulated transformer, so that what acts before delivery and what acts at it meet."""
    asked = {"dso__regime": regime, "market__mechanism": mechanism, "grid__phases": phases, "tap_changer__mode": "regulated"}
    run = few(tmp_path / regime, **asked, island__start=["2016-07-04T16:00"], population__ev=0.5)
    assert_closed(run)
    assert np.abs(run.intervals["import_wh"][run.intervals["islanded"]]).max() <= 50 * 0.25 + 13


def test_what_is_wrong_is_said_at_once():
    with pytest.raises(ScenarioInvalid) as found:
        build(Scenario.of({}, {"island.start": ["2016-07-04T18:05", "2017-07-04T18:00"], "island.hours": 0.6}))
    assert [fault.where for fault in found.value.faults] == ["island.start", "island.start", "island.hours"]
    with pytest.raises(ScenarioInvalid) as found:
        Scenario.of({}, {"island.start": ["2016-07-04T18:00Z"]})
    assert "time zone" in str(found.value)
