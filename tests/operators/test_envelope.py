"""Operating envelopes: on grids small enough to be worked by hand, as a law, and in a run.

The line alone is that of `test_dso`: 0.05 p.u. of resistance on 100 kVA, so 95 kW drawn at its end give 0.95, and 105 kW fed in 1.05.
"""

from dataclasses import replace

import numpy as np
import pytest

import p2p
from p2p.agents.envelopes import Within, breaches, given_way, own_restraint
from p2p.base.errors import InputError
from p2p.build.build import build
from p2p.grid import Branches
from p2p.model import ExchangeModel
from p2p.operators.dso import Bounds, Envelope, Expected, Usage
from p2p.operators.dso.positions import holds
from tests.grid.grids import grid_of
from tests.operators.test_dso import BAND, R, feeder, offers, usage
from tests.running import FEW, assert_closed, few

PLAIN = Envelope(margin=0.0, reserve=0.0)


def expected(*homes):
    """Homes as (bus, least and most net withdrawal, rated to draw, rated to feed in)."""
    bus, low, high, draws, feeds = (np.array(column, float) for column in zip(*homes, strict=True))
    return Expected(bus.astype(np.int32), low, high, 0 * low, draws, feeds)


def limits(rule, grid, bounds, *homes):
    """What each home may draw, and feed in. [kW]"""
    found = rule.envelopes(grid, bounds, expected(*homes))
    assert np.all(found.low <= 0)
    assert np.all(found.high >= 0)
    return found.high, -found.low


def test_two_who_wish_the_same_get_the_same():
    """95 kW drawn, 105 fed in, half each."""
    draws, feeds = limits(PLAIN, feeder(R), BAND, (1, -100, 100, 0, 0), (1, -100, 100, 0, 0))
    assert draws == pytest.approx([47.5, 47.5], abs=1e-3)
    assert feeds == pytest.approx([52.5, 52.5], abs=1e-3)


def test_who_wishes_less_leaves_the_rest():
    """Of 95, one wishes 10; of 105, one wishes 25."""
    draws, feeds = limits(PLAIN, feeder(R), BAND, (1, -100, 10, 0, 0), (1, -25, 100, 0, 0))
    assert draws == pytest.approx([10, 85], abs=1e-3)
    assert feeds == pytest.approx([80, 25], abs=1e-3)


def test_load_that_nobody_steers_comes_first():
    """One draws 60 whatever happens; of 95, 35 are left for the other's devices."""
    draws, _ = limits(PLAIN, feeder(R), BAND, (1, 60, 60, 0, 0), (1, 0, 100, 0, 0))
    assert draws == pytest.approx([60, 35], abs=1e-3)


def test_where_even_that_is_too_much_all_are_cut_alike():
    """100 and 90 of 190, where 95 go: half of each. They will break it, and that is counted; any use within it is safe."""
    draws, _ = limits(PLAIN, feeder(R), BAND, (1, 100, 100, 0, 0), (1, 90, 130, 0, 0))
    assert draws == pytest.approx([50, 45], abs=1e-3)


def test_where_all_fits_limits_grow_to_the_size_of_connections():
    """Wishes of 10 each are safe; sizes of 30 and 200 are not: 30, and 65 of 95."""
    draws, feeds = limits(PLAIN, feeder(R), BAND, (1, -5, 10, 30, 20), (1, -5, 10, 200, 20))
    assert draws == pytest.approx([30, 65], abs=1e-3)
    assert feeds == pytest.approx([20, 20])


def test_shares_by_the_size_of_connections():
    """Of 95, 50 to 150: a quarter and three quarters."""
    draws, _ = limits(replace(PLAIN, share="rated"), feeder(R), BAND, (1, 0, 100, 50, 0), (1, 0, 100, 150, 0))
    assert draws == pytest.approx([23.75, 71.25], abs=1e-3)


def test_the_largest_sum_goes_to_those_who_strain_it_less():
    """Two lines in a row: a kW at the far end lifts its voltage twice as much, so who is near gets all that it wishes.

    The near one alone, 60 kW, gives V1² - V1 = 0.025 x 0.6, and the far voltage is the same: 1.0148. What is left of the band to
    1.035 is the far one's.
    """
    grid, band = feeder(0.025, 0.025), Bounds(0.95, 1.035)
    homes = (1, -60, 0, 0, 60), (2, -60, 0, 0, 60)
    _, most = limits(replace(PLAIN, share="maximum"), grid, band, *homes)
    _, equal = limits(PLAIN, grid, band, *homes)
    assert equal[0] == pytest.approx(equal[1])
    assert most[0] == pytest.approx(60)
    assert 0 < most[1] < equal[1]
    assert most.sum() > equal.sum() + 5
    for feeds in (most, equal):
        assert usage((1, -feeds[0]), (2, -feeds[1])).flow(grid).voltage[2] == pytest.approx(1.035, abs=1e-3)


def test_the_margin_is_left_free():
    """A tenth of the band at either end: 0.96 and 1.04, so r P = 0.96 - 0.96² = 0.0384 and 1.04² - 1.04 = 0.0416."""
    draws, feeds = limits(replace(PLAIN, margin=0.1), feeder(R), BAND, (1, -200, 200, 0, 0))
    assert draws == pytest.approx([76.8], abs=1e-3)
    assert feeds == pytest.approx([83.2], abs=1e-3)


def test_what_is_reserved_for_forecasts_that_err():
    """60 drawn and a half more make 90; 5 are left for the other."""
    draws, _ = limits(replace(PLAIN, reserve=0.5), feeder(R), BAND, (1, 60, 60, 0, 0), (1, 0, 100, 0, 0))
    assert draws == pytest.approx([90, 5], abs=1e-3)


def test_a_rating():
    """100 kVA at almost no resistance."""
    draws, feeds = limits(PLAIN, feeder(1e-6, rating=100.0), BAND, (1, -200, 200, 0, 0))
    assert draws == pytest.approx([100], abs=0.01)
    assert feeds == pytest.approx([100], abs=0.01)


def forked():
    """A line of 0.05 to bus 1, from where stubs of almost nothing go to buses 2, of 50 kVA, and 3."""
    ohms, rating = np.array([R, 1e-6, 1e-6]), np.array([0.0, 50.0, 0.0])
    up, names = np.array([0, 1, 1], np.int32), np.array(["trunk", "left", "right"])
    lines = Branches.lines(names, up, np.arange(1, 4, dtype=np.int32), ohms, 0 * ohms, rating)
    return grid_of("fork", ["source", "1", "2", "3"], 0.4, np.zeros(4), np.zeros(4), lines, base_kva=100.0)


def test_currents_grow_where_the_others_lower_the_voltage():
    """Alone, bus 2 may feed 50 kVA times its voltage into its stub. Bus 3 may draw until 0.95, and then the same power is more current.

    At the corner of import the two draw 95 kW and the voltage is 0.95: so 47.5 kW, not the 51 of the corner of export.
    """
    grid = forked()
    found = PLAIN.envelopes(grid, BAND, expected((2, -60, 10, 0, 0), (3, 0, 200, 0, 0)))
    assert found.high == pytest.approx([10, 85], abs=1e-2)
    assert -found.low[0] == pytest.approx(47.5, abs=0.05)
    assert holds(usage((2, found.low[0]), (3, found.high[1])).flow(grid), BAND)
    assert not holds(usage((2, -51.0), (3, found.high[1])).flow(grid), BAND)


def test_what_no_envelope_could_help_is_left_out():
    """The source is at 1.06, over the band with nobody at the grid: what may be drawn hangs on 0.95 alone, what is fed in on the rating.

    V = 0.95 where r P = 0.95 x (1.06 - 0.95) = 0.1045: 209 kW.
    """
    draws, feeds = limits(PLAIN, feeder(R, rating=500.0, slack_voltage=1.06), BAND, (1, -100, 300, 0, 0))
    assert draws == pytest.approx([209], abs=1e-2)
    assert feeds == pytest.approx([100])


@pytest.mark.parametrize("share", ["equal", "rated", "maximum"])
@pytest.mark.parametrize("seed", range(12))
def test_any_use_within_the_envelopes_is_safe(seed, share):
    """On drawn radial feeders: all at one end, each at an end of its own, and anything between."""
    random = np.random.default_rng(seed)
    buses, homes = random.integers(2, 14), random.integers(1, 12)
    upstream = np.array([random.integers(0, bus) for bus in range(1, buses)], np.int32)
    ohms, rating = random.uniform(0.002, 0.05, buses - 1), random.uniform(20, 120, buses - 1) * (random.random(buses - 1) < 0.6)
    names = np.char.mod("line %d", np.arange(1, buses))
    lines = Branches.lines(names, upstream, np.arange(1, buses, dtype=np.int32), ohms, ohms * random.uniform(0, 1, buses - 1), rating)
    none, slack = np.zeros(buses), random.uniform(0.98, 1.02)
    grid = grid_of("drawn", np.char.mod("%d", np.arange(buses)), 0.4, none, none, lines, slack_voltage=slack, base_kva=100.0)
    low, high = np.sort(random.uniform(-60, 60, (2, homes)), axis=0)
    bus, kvar = random.integers(1, buses, homes).astype(np.int32), random.uniform(-2, 4, homes)
    known = Expected(bus, low, high, kvar, random.uniform(5, 90, homes), random.uniform(0, 90, homes))
    assert holds(Usage(bus, 0 * low, kvar).flow(grid), BAND)
    found = Envelope(share=share).envelopes(grid, BAND, known)
    assert found.high.sum() - found.low.sum() > 1
    corners = np.where(random.random((60, homes)) < 0.5, found.low, found.high)
    between = random.uniform(found.low, found.high, (60, homes))
    for power in (found.low, found.high, *corners, *between):
        assert holds(Usage(bus, power, kvar).flow(grid), BAND)
    assert not holds(Usage(bus, 1.25 * found.high, kvar).flow(grid), BAND) or np.all(found.high >= np.maximum(known.draws, high) - 1e-6)


def test_the_last_resort_may_be_left_out():
    """140 kW of sun where 105 go."""
    grid, drawn = feeder(R), usage((1, -140.0))
    kept = Envelope()(grid, drawn, BAND, lambda: offers((0, 1, 140.0, 80)))
    assert kept.held
    assert kept.taken.sum() >= 35 - 1e-3
    left = Envelope(last_resort=False)(grid, drawn, BAND, lambda: pytest.fail("asked"))
    assert (left.held, left.taken) == (False, None)


@pytest.mark.parametrize(("key", "wrong"), [("share", "fair"), ("margin", 0.5), ("reserve", -0.1)])
def test_wrong_parameters(key, wrong):
    with pytest.raises(InputError, match=key):
        Envelope(**{key: wrong})


TIGHT = {"dso.regime": "envelope", "grid.rating_scale": 0.02}


def test_homes_keep_to_their_envelopes():
    """A day: no home feeds in more than it may; more is drawn only where its load is more with all devices at their lowest."""
    model = ExchangeModel(build(p2p.Scenario.of({}, FEW | TIGHT)))
    hours, tight = model.setup.clock.hours, 0
    while model.running:
        at, before = model.situation(), model.state.reading
        model.step()
        power = (model.state.reading - before)[:-1] / (1000 * hours)
        assert np.all(power >= at.within.low - 1e-6)
        least = at.now.net + at.fleet.by_prosumer(at.fleet.owner, at.can.low)
        over = power > at.within.high + 1e-6
        assert np.all(power[over] <= np.maximum(least, at.within.high)[over] + 1e-6)
        expected_most = at.known.floor + at.known.width.sum(axis=0)
        assert np.all(at.known.floor >= at.within.low - 1e-9)
        assert np.all(expected_most <= np.maximum(at.within.high, at.known.floor) + 1e-9)
        tight += int(np.count_nonzero(power <= at.within.low + 1e-6))
    assert tight > 20


@pytest.mark.parametrize("start", ["low", "high"])
def test_devices_give_way_as_far_as_they_can(start):
    """Batteries that would give or take all that they can, where nobody may draw or feed in: each home ends as near to none as they reach."""
    model = ExchangeModel(build(p2p.Scenario.of({}, FEW | {"population.pv": 1.0, "population.battery": 1.0})))
    while model.interval < 48:
        model.step()
    at = model.situation()
    homes, reach = len(at.known), (at.fleet.by_prosumer(at.fleet.owner, end) for end in (at.can.low, at.can.high))
    low, high = (at.now.net + end for end in reach)
    at = replace(at, within=Within(np.zeros(homes), np.zeros(homes), at.can.low))
    devices = given_way(at, getattr(at.can, start), at.now.net)
    power = at.now.net + at.fleet.by_prosumer(at.fleet.owner, devices)
    assert power == pytest.approx(np.clip(0.0, low, high), abs=1e-9)
    assert np.count_nonzero((low < -0.1) & (high > 0.1)) > 2
    own = own_restraint(at, power - at.now.net)
    assert own == pytest.approx(np.maximum(-power, 0.0), abs=1e-9)
    assert breaches(at, power + own) == pytest.approx(np.maximum(power, 0.0), abs=1e-8)


def test_a_run_within_envelopes(tmp_path):
    found = few(tmp_path / "run", **{key.replace(".", "__"): value for key, value in TIGHT.items()})
    free = few(tmp_path / "free", grid__rating_scale=0.02, dso__regime="none")
    table = found.intervals
    assert not free.intervals["held"].all()
    assert table["held"].mean() > free.intervals["held"].mean()
    assert found.total("held_back_wh") > 0
    assert np.all(table["envelope_feed_in_kw"] > 0)
    assert np.all(np.isnan(free.intervals["envelope_draw_kw"]))
    assert free.total("breached_wh") == 0
    assert abs(found.bills["breached_wh"].sum() - found.total("breached_wh")) <= 12 + 96
    assert_closed(found)


def test_what_homes_hold_back_themselves_nobody_pays_for(tmp_path):
    """Without a last resort the DSO holds nothing back, so it owes nothing."""
    found = few(tmp_path / "run", dso__regime="envelope", dso__last_resort=False, grid__rating_scale=0.02)
    assert found.total("held_back_wh") > 0
    assert not found.bills["compensation_neur"].any()
