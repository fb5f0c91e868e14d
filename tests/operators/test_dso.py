"""The DSO's last resort, on grids small enough to be worked by hand, and in a run.

A line of resistance r alone, in p.u., carries P p.u. at unity power factor from a source at 1: the far voltage solves
V² - V - r P = 0 when P is fed in there, and V² - V + r P = 0 when it is drawn.
"""

import numpy as np
import pytest

from p2p.base.errors import InputError
from p2p.grid import Branches
from p2p.operators.dso import Bounds, Curtail, GiveUps, MeasureOnly, Usage
from p2p.operators.dso.positions import holds
from tests.grid.grids import grid_of
from tests.running import ONE_DAY, assert_closed

BAND = Bounds(0.95, 1.05)
R = 0.05  # p.u. on 100 kVA


def feeder(*resistance, rating=0.0, slack_voltage=1.0):
    """Buses in a row behind a source, base 100 kVA; a rating of 0 is none. [kVA]"""
    count = len(resistance)
    rows = np.arange(count, dtype=np.int32)
    ohms, names = np.array(resistance), np.array([f"line {row + 1}" for row in rows])
    lines = Branches.lines(names, rows, rows + 1, ohms, 0 * ohms, np.full(count, float(rating)))
    names = ["source", *(f"bus {row + 1}" for row in rows)]
    return grid_of("feeder", names, 0.4, np.zeros(count + 1), np.zeros(count + 1), lines, slack_voltage=slack_voltage, base_kva=100.0)


def usage(*homes):
    """Homes as (bus, power)."""
    bus, power = zip(*homes, strict=True)
    return Usage(np.array(bus, np.int32), np.array(power, float), np.zeros(len(homes)))


def offers(*rows):
    """Give-ups as (home, sign, power, worth)."""
    home, sign, power, worth = zip(*rows, strict=True) if rows else ((), (), (), ())
    return GiveUps(
        np.array(home, np.int64),
        np.array(sign, np.int8),
        np.array(power, float),
        np.array(worth, np.int64),
        np.full(len(rows), -1),
        np.zeros(len(rows)),
    )


def curtailed(grid, drawn, offered, bounds=BAND):
    """What the DSO does, and that its flow is that of what is left."""
    outcome = Curtail()(grid, drawn, bounds, lambda: offered)
    left = drawn.power + np.bincount(offered.home, offered.sign * outcome.taken, len(drawn))
    assert np.all((outcome.taken >= 0) & (outcome.taken <= offered.power + 1e-9))
    again = drawn.replace(power=left).flow(grid)
    assert np.array_equal(again.voltage, outcome.flow.voltage, equal_nan=True)
    assert outcome.held == holds(again, bounds)
    return outcome


def test_a_grid_that_holds_is_left_alone():
    def nobody_asks():
        raise AssertionError

    outcome = Curtail()(feeder(R), usage((1, -100.0)), BAND, nobody_asks)
    assert (outcome.held, outcome.taken, outcome.give_ups, outcome.rounds, outcome.binding) == (True, None, None, 0, "")


def test_too_much_sun():
    """V = 1.05 where r P = 1.05² - 1.05 = 0.0525, so at 105 kW fed in: of 140, 35 are held back, and little more."""
    outcome = curtailed(feeder(R), usage((1, -140.0)), offers((0, 1, 140.0, 80)))
    assert outcome.held
    assert outcome.binding == "voltage at bus 1"
    assert 35.0 - 1e-3 <= outcome.taken.sum() <= 35.0 * 1.05
    assert outcome.flow.voltage[1] == pytest.approx(1.05, abs=1e-3)


def test_too_much_load_and_charging_gives_way():
    """V = 0.95 where r P = 0.95 - 0.95² = 0.0475, so at 95 kW: of 140, of which 60 charge a store, 45 are not drawn."""
    outcome = curtailed(feeder(R), usage((1, -140.0 + 220.0), (1, 60.0)), offers((1, -1, 60.0, 200)))
    assert outcome.held
    assert 45.0 - 1e-3 <= outcome.taken.sum() <= 45.0 * 1.05


def test_too_much_load_that_may_not_be_shed():
    """Of 140 kW only 20 charge a store; without them it would still be 120, over 95: so nothing is taken in vain."""
    outcome = curtailed(feeder(R), usage((1, 120.0), (1, 20.0)), offers((1, -1, 20.0, 200)))
    assert not outcome.held
    assert outcome.taken.tolist() == [0.0]
    assert outcome.binding == "voltage at bus 1"


def test_load_is_shed_last():
    """45 kW too much: first the 20 that charge a store, at 200, then 25 of the load, at 8000."""
    outcome = curtailed(feeder(R), usage((1, 120.0), (1, 20.0)), offers((0, -1, 120.0, 8_000), (1, -1, 20.0, 200)))
    assert outcome.held
    assert outcome.taken[1] == 20.0
    assert 25.0 - 1e-3 <= outcome.taken[0] <= 45.0 * 1.05 - 20.0


def test_an_overloaded_transformer():
    """60 + 50 + 40 kW are fed in through 100 kVA: 50 too much. The 40 at 50 go first, then 10 of the 60 at 80, none at 200."""
    outcome = curtailed(
        feeder(1e-6, rating=100.0), usage((1, -60.0), (1, -50.0), (1, -40.0)), offers((0, 1, 60.0, 80), (1, 1, 50.0, 200), (2, 1, 40.0, 50))
    )
    assert outcome.held
    assert outcome.binding == "loading of line 1"
    assert outcome.taken[2] == 40.0
    assert 10.0 - 1e-3 <= outcome.taken[0] <= 50.0 * 1.05 - 40.0
    assert outcome.taken[1] == 0.0


@pytest.mark.parametrize(("near", "far", "first"), [(60, 80, 1), (30, 80, 0), (60, 60, 1)])
def test_least_worth_over_relief_goes_first(near, far, first):
    """A kW at the far bus moves its voltage twice as much: worth 80 there goes before 60 at the near bus, but not before 30.

    60 kW each: V1 and V2 are about 1 + 0.025 x 1.2 and 0.025 x 0.6 more, 1.045; the band ends at 1.035.
    """
    grid, drawn = feeder(0.025, 0.025), usage((1, -60.0), (2, -60.0))
    outcome = curtailed(grid, drawn, offers((0, 1, 60.0, near), (1, 1, 60.0, far)), Bounds(0.95, 1.035))
    assert outcome.held
    assert outcome.binding == "voltage at bus 2"
    assert outcome.taken[first] > 15
    assert outcome.taken[1 - first] == 0


def test_a_source_out_of_the_band_stays_and_is_named():
    """The source is at 1.06 and the home draws its own bus into the band: nothing could help, nothing is taken."""
    grid = feeder(R, slack_voltage=1.06)
    outcome = curtailed(grid, usage((1, 60.0), (1, -20.0)), offers((1, 1, 20.0, 80), (0, -1, 60.0, 200)))
    assert outcome.flow.voltage[1] < 1.05
    assert not outcome.held
    assert outcome.binding == "voltage at source"
    assert outcome.taken.tolist() == [0.0, 0.0]


def test_sun_is_not_held_back_for_a_voltage_that_comes_from_above():
    """The source at 1.06 lifts the bus over 1.05 even with no sun at all."""
    outcome = curtailed(feeder(R, slack_voltage=1.06), usage((1, -20.0)), offers((0, 1, 20.0, 80)))
    assert not outcome.held
    assert outcome.taken.tolist() == [0.0]


def test_what_can_be_helped_is_helped_beside_what_can_not():
    """Bus 1 lies over the band for its source; the line behind it is overloaded by sun at bus 2 and relieved."""
    lines = feeder(1e-4, R, slack_voltage=1.06)
    grid = grid_of("mixed", lines.buses.name, 0.4, np.zeros(3), np.zeros(3), lines.branches.replace(rating_kva=np.array([0.0, 30.0])), slack_voltage=1.06, base_kva=100.0)  # fmt: skip
    outcome = curtailed(grid, usage((2, -50.0)), offers((0, 1, 50.0, 80)), Bounds(0.95, 1.05))
    assert not outcome.held
    assert outcome.flow.loading[1] == pytest.approx(100.0, abs=3.0)
    assert outcome.flow.loading[1] <= 100.001


def test_a_flow_without_a_solution_is_led_back():
    """r P = 0.5 has no solution (over 1/4); without the 950 kW of charging it is 0.025."""
    grid, drawn = feeder(R), usage((1, 50.0), (1, 950.0))
    assert not drawn.flow(grid).converged
    outcome = curtailed(grid, drawn, offers((1, -1, 950.0, 200)))
    assert outcome.held
    assert outcome.taken.sum() >= 905.0 - 1e-3


def test_a_flow_that_stays_without_a_solution_costs_nobody_anything():
    outcome = curtailed(feeder(R), usage((1, 900.0), (1, 100.0), (1, -20.0)), offers((1, -1, 100.0, 200), (2, 1, 20.0, 80)))
    assert not outcome.held
    assert not outcome.flow.converged
    assert outcome.binding == "power flow"
    assert outcome.taken.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("seed", range(40))
def test_what_can_be_kept_is_kept(seed):
    """On drawn feeders in which everyone may be cut off: where the grid without anybody holds, the DSO leads it there."""
    random = np.random.default_rng(seed)
    buses, homes = random.integers(2, 12), random.integers(1, 10)
    upstream = np.array([random.integers(0, bus) for bus in range(1, buses)], np.int32)
    ohms, rating = random.uniform(0.002, 0.05, buses - 1), random.uniform(20, 120, buses - 1) * (random.random(buses - 1) < 0.5)
    names = np.char.mod("line %d", np.arange(1, buses))
    lines = Branches.lines(names, upstream, np.arange(1, buses, dtype=np.int32), ohms, ohms * random.uniform(0, 1, buses - 1), rating)
    none = np.zeros(buses)
    grid = grid_of(
        "drawn", np.char.mod("%d", np.arange(buses)), 0.4, none, none, lines, slack_voltage=random.uniform(0.98, 1.03), base_kva=100.0
    )
    drawn = usage(*zip(random.integers(1, buses, homes), random.uniform(-90, 90, homes), strict=True))
    offered = offers(*[(home, -int(np.sign(power)), abs(power), random.integers(0, 300)) for home, power in enumerate(drawn.power)])
    if not holds(drawn.flow(grid), BAND):
        assert holds(drawn.replace(power=0 * drawn.power).flow(grid), BAND)
        assert curtailed(grid, drawn, offered).held


@pytest.mark.parametrize("wrong", [{"margin": -0.1}, {"margin": 1.1}, {"most_rounds": -1}])
def test_parameters_out_of_range(wrong):
    with pytest.raises(InputError, match=f"{next(iter(wrong))}: "):
        Curtail(**wrong)


def test_who_only_measures_takes_nothing():
    grid, drawn = feeder(R), usage((1, -140.0))
    outcome = MeasureOnly()(grid, drawn, BAND, lambda: offers((0, 1, 140.0, 80)))
    assert not outcome.held
    assert outcome.taken is None
    assert outcome.flow.voltage[1] == pytest.approx((1 + np.sqrt(1 + 4 * R * 1.4)) / 2, abs=1e-9)


@pytest.fixture(scope="module")
def bound(tmp_path_factory):
    """The default feeder's summer day with a band that its sun leaves."""
    import p2p

    changes = {"grid.voltage_band": [0.99, 1.0265], "results.reference": False}
    return p2p.run(ONE_DAY.changed(changes), tmp_path_factory.mktemp("bound") / "run")


def test_a_run_holds_its_bounds_and_says_what_that_took(bound, day):
    table = bound.intervals
    assert (day.intervals["voltage_max_pu"] > 1.0265).sum() > 3
    assert table["held"].all()
    assert table["voltage_max_pu"].max() <= 1.0265 + 2e-6
    cut = table["held_back_wh"] > 0
    assert cut.sum() > 3
    assert np.all(table["cut_homes"][cut] >= 1)
    assert_closed(bound)
    agents = bound.frame("agents")
    assert (agents.groupby("interval").held_back_wh.apply(lambda column: (column > 0).sum())[cut] <= table["cut_homes"][cut]).all()
    assert bound.bills["held_back_wh"].sum() == table["held_back_wh"].sum() > 0
    assert bound.bills["held_back_wh"][bound.bills["pv_kw"] == 0].sum() == 0


def test_withdrawn_trades_leave_both_parties(bound):
    table, orders, agents = bound.intervals, bound.frame("orders"), bound.frame("agents")
    back = table["withdrawn_wh"]
    assert back.sum() > 0
    accepted = orders.groupby(["interval", "side"]).accepted_wh.sum().unstack(fill_value=0).reindex(range(96), fill_value=0)
    for side in (1, -1):
        assert (accepted[side].to_numpy() - back).tolist() == table["traded_wh"].tolist()
    paid = agents.groupby("interval").local_payment_neur.sum()
    assert paid.tolist() == table["budget_neur"].tolist()
    assert table["budget_neur"].min() >= 0


def test_who_is_held_back_is_compensated(bound, day):
    """The whole feed-in price, 81 EUR/MWh, for every Wh, by the DSO."""
    bills = bound.bills
    assert (-bills["compensation_neur"]).tolist() == (81_000 * bills["held_back_wh"]).tolist()
    postings = bound.frame("postings")
    assert set(postings[postings.reason == "compensation"].payee) == {"dso"}
    assert not day.bills["compensation_neur"].any()


def test_without_a_regime_the_violation_shows(tmp_path):
    import p2p

    changes = {"grid.voltage_band": [0.99, 1.0265], "grid.rating_scale": 0.06, "results.reference": False, "dso.regime": "none"}
    free = p2p.run(ONE_DAY.changed(changes), tmp_path / "none")
    table = free.intervals
    assert not table["held"].all()
    assert table["voltage_max_pu"].max() > 1.0265
    assert table["loading_max_percent"].max() > 100
    assert np.array_equal(table["held"], (table["voltage_max_pu"] <= 1.0265 + 1e-6) & (table["loading_max_percent"] <= 100 + 1e-3))
    assert not table["held_back_wh"].any()
    assert free.kpis["K10_out_of_bounds"]["value"] == pytest.approx(100 * np.mean(~table["held"]))
    assert free.kpis["K9_overload"]["value"] > 0
    assert_closed(free)


def test_tight_ratings_hold_back_sun_and_shed_load_only_where_it_may_be(tmp_path):
    import p2p

    changes = {"grid.rating_scale": 0.06, "results.reference": False}
    kept = p2p.run(ONE_DAY.changed(changes), tmp_path / "kept")
    shed = p2p.run(ONE_DAY.changed(changes | {"dso.shed_load": True}), tmp_path / "shed")
    assert kept.total("unserved_wh") == 0
    assert not kept.intervals["held"].all()
    assert shed.total("unserved_wh") > 0
    assert shed.intervals["held"].all()
    assert_closed(kept)
    assert_closed(shed)
    lost = 8.0 * shed.total("unserved_wh") / 1000  # 8000 EUR/MWh
    assert shed.kpis["K3_welfare"]["value"] < kept.kpis["K3_welfare"]["value"] - 0.5 * lost
