"""Direct control by contract: what may be asked for, the smallest cut that does, and runs. The line is that of `test_dso`: 95 kW, 105 fed in."""

import numpy as np
import pytest

from p2p.base.errors import InputError
from p2p.operators.dso import Connections, DirectControl, Steered
from p2p.operators.dso.direct_control import LEVELS
from p2p.operators.dso.positions import holds
from tests.operators.test_dso import BAND, R, feeder, usage
from tests.running import assert_closed, few

RULE = DirectControl()


def devices(*rows):
    """Devices as (home, rated, drawn, least, heats)."""
    home, rated, drawn, least, heats = zip(*rows, strict=True) if rows else ((),) * 5
    return Steered(np.array(home, np.int32), *(np.array(column, float) for column in (rated, drawn, least)), np.array(heats, bool))


def homes(*rows):
    """Connections as (net withdrawal, rated to feed in)."""
    power, feeds = zip(*rows, strict=True)
    return Connections(np.array(power, float), np.array(feeds, float), np.full(len(rows), 80_000))


def controlled(grid, drawn, connections, steered=None, rule=RULE):
    """What the DSO does, that its flow is that of what is left, and that one notch less of what was taken last would not hold."""
    offered = rule.offered(connections, steered if steered is not None else devices())
    outcome = rule(grid, drawn, BAND, lambda: offered)
    assert np.all((outcome.taken >= 0) & (outcome.taken <= offered.power + 1e-9))
    again = offered.left_of(drawn, outcome.taken).flow(grid)
    assert np.array_equal(again.voltage, outcome.flow.voltage, equal_nan=True)
    assert outcome.held == holds(again, BAND)
    return outcome, outcome.taken.reshape(-1, len(drawn))


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ([], 0.0),
        ([(0, 11, 11, 0, False)], 4.2),  # one wallbox
        ([(0, 11, 11, 0, False)] * 2, 4.2 + 0.8 * 4.2),  # two of them: 7.56, the example of the network operators
        ([(0, 10, 5, 0, True), (0, 11, 5, 0, False), (0, 5, 5, 0, False)], 4.2 + 2 * 0.75 * 4.2),
        ([(0, 12, 5, 0, True), (0, 11, 5, 0, False)], 0.4 * 12 + 0.8 * 4.2),  # a heat pump over 11 kW keeps two fifths of its power
        ([(0, 11, 11, 0, False)] * 12, 4.2 + 11 * 0.45 * 4.2),  # from nine on, 0.45
    ],
)
def test_what_a_connection_keeps(rows, kept):
    """BK6-22-300, annex 1, section 4.5.2."""
    assert RULE.kept(devices(*rows), 2) == pytest.approx([kept, 0.0])


def test_what_may_be_dimmed():
    """Only devices over the floor, only what is drawn from the grid, and no less than the device can do."""
    found = RULE.offered(
        homes((20, 0), (6, 0), (3, 0), (20, 0), (9, 0)),
        devices((0, 11, 11, 0, False), (1, 11, 11, 0, False), (2, 11, 11, 0, False), (3, 4.2, 4.2, 0, False), (4, 11, 9, 7, True)),
    )
    assert found.power[:5] == pytest.approx([6.8, 1.8, 0.0, 0.0, 2.0])
    assert found.sign[:5].tolist() == [-1] * 5


def test_steps_of_feed_in():
    """Rated 10: of 8 fed in, 2 go at 60 percent, 3 at 30, 3 at none; of 5, none, 2 and 3; who draws gives nothing."""
    found = RULE.offered(homes((-8, 10), (-5, 10), (4, 10)), devices())
    cuts = found.power.reshape(4, 3).T
    assert cuts == pytest.approx(np.array([[0, 2, 3, 3], [0, 0, 2, 3], [0, 0, 0, 0]]))
    assert found.sign.reshape(4, 3)[1:].min() == 1


def test_a_grid_that_holds_is_left_alone():
    outcome = RULE(feeder(R), usage((1, -100.0)), BAND, lambda: pytest.fail("asked"))
    assert (outcome.held, outcome.taken, outcome.give_ups, outcome.rounds, outcome.binding) == (True, None, None, 0, "")


def test_only_what_is_needed_is_dimmed():
    """75 of load and 30 of a car are 105: 10 too much of the 25.8 that may be dimmed, and no more than a part of 1024 of them."""
    outcome, taken = controlled(feeder(R), usage((1, 75.0), (1, 30.0)), homes((75, 0), (30, 0)), devices((1, 30, 30, 0, False)))
    assert outcome.held
    assert outcome.binding == "voltage at bus 1"
    assert 10 - 1e-3 <= taken[0, 1] <= 10 + 25.8 / LEVELS + 1e-3
    assert taken.sum() == taken[0, 1]


def test_all_are_dimmed_by_the_same_part():
    """55 of load, and cars of 24.2 and 44.2: 28.4 too much of 20 and 40."""
    draws = (55.0, 24.2, 44.2)
    outcome, taken = controlled(
        feeder(R), usage(*((1, power) for power in draws)), homes(*((power, 0) for power in draws)),
        devices((1, 30, 24.2, 0, False), (2, 50, 44.2, 0, False)),
    )  # fmt: skip
    assert outcome.held
    assert taken[0, 1] / 20 == pytest.approx(taken[0, 2] / 40)
    assert 28.4 - 1e-3 <= taken[0].sum() <= 28.4 + 60 / LEVELS + 1e-3


@pytest.mark.parametrize(("load", "near"), [(40.0, False), (85.0, True)])
def test_one_after_another_by_relief(load, near):
    """On two lines in a row, the far car moves the far voltage twice as much: the near one is dimmed when the far one is at its floor.

    With a load of 40 the far voltage is about 1 - 0.025 x 1.28 - 0.025 x 0.84 = 0.947, and the losses make it 0.944: less than 40 kW of
    the far car's mend that. With 85 it is 0.025 x (0.45 + 0.45) less, for which they don't do.
    """
    draws = (1, 44.2), (2, 44.2), (2, load)
    outcome, taken = controlled(
        feeder(0.025, 0.025), usage(*draws), homes(*((power, 0) for _, power in draws)),
        devices((0, 50, 44.2, 0, False), (1, 50, 44.2, 0, False)), DirectControl(order="relief"),
    )  # fmt: skip
    assert outcome.held
    assert outcome.binding == "voltage at bus 2"
    if near:
        assert taken[0, :2] == pytest.approx([taken[0, 0], 40.0])
        assert taken[0, 0] > 0
    else:
        assert taken[0, 0] == 0
        assert 0 < taken[0, 1] < 40


@pytest.mark.parametrize(
    ("order", "left"),
    [
        ("equal", [36.0, 30.0, 24.0]),  # 150 through 100: the first two steps to 60 percent leave 106, all three 90
        ("relief", [0.0, 50.0, 40.0]),  # the first plant alone: 126, 108, 90
    ],
)
def test_feed_in_is_stepped_down(order, left):
    outcome, taken = controlled(
        feeder(1e-6, rating=100.0), usage((1, -60.0), (1, -50.0), (1, -40.0)), homes((-60, 60), (-50, 50), (-40, 40)),
        rule=DirectControl(order=order),
    )  # fmt: skip
    assert outcome.held
    assert outcome.binding == "loading of line 1"
    assert [60, 50, 40] - taken.sum(axis=0) == pytest.approx(left)


@pytest.mark.parametrize("order", ["equal", "relief"])
@pytest.mark.parametrize("fed", [110.0, 125.0, 150.0, 190.0])
def test_one_notch_less_would_not_hold(order, fed):
    """Ten plants of two sizes through 100 kVA: leave out the last notch of anybody that was cut last, and the line is overloaded."""
    rule, power = DirectControl(order=order), fed / 15 * np.array([1.0, 2.0] * 5)
    grid, drawn, connections = feeder(0.02, rating=100.0), usage(*((1, -one) for one in power)), homes(*((-one, one) for one in power))
    outcome, taken = controlled(grid, drawn, connections, rule=rule)
    assert outcome.held
    offered = outcome.give_ups
    step, home = np.nonzero(taken)
    last = np.lexsort((home, step) if order == "equal" else (step, home))[-1]
    less = taken.copy()
    less[step[last], home[last]] = 0.0
    assert not holds(offered.left_of(drawn, less.ravel()).flow(grid), BAND)


def test_no_more_is_cut_than_turns_the_flow_round():
    """100 kVA, 190 fed in beside 85 drawn: 5 too much. All at 30 percent would be 28 drawn; a cut of everybody does harm, the smallest none."""
    outcome, taken = controlled(
        feeder(1e-6, rating=100.0), usage(*[(1, -19.0)] * 10, (1, 85.0)), homes(*[(-19, 19)] * 10, (85, 0)),
    )  # fmt: skip
    assert outcome.held
    assert taken.sum() == pytest.approx(0.4 * 19)


def test_nothing_is_taken_in_vain():
    """120 of load that nobody steers, where 95 go: the car's 20 would not help."""
    outcome, taken = controlled(feeder(R), usage((1, 120.0), (1, 20.0)), homes((120, 0), (20, 0)), devices((1, 20, 20, 0, False)))
    assert not outcome.held
    assert not taken.any()
    assert outcome.binding == "voltage at bus 1"


def test_a_flow_without_a_solution_is_led_back():
    """r P = 0.5 has no solution (over 1/4). 50 of load leave 45 of 95 for the car that draws 950."""
    outcome, taken = controlled(feeder(R), usage((1, 50.0), (1, 950.0)), homes((50, 0), (950, 0)), devices((1, 950, 950, 0, False)))
    assert outcome.held
    assert 905 - 1e-3 <= taken.sum() <= 905 + 946 / LEVELS


def test_a_flow_that_stays_without_a_solution_costs_nobody_anything():
    outcome, taken = controlled(feeder(R), usage((1, 900.0), (1, 100.0)), homes((900, 0), (100, 0)), devices((1, 100, 100, 0, False)))
    assert not outcome.held
    assert outcome.binding == "power flow"
    assert not taken.any()


@pytest.mark.parametrize(
    ("key", "wrong"), [("order", "fair"), ("floor_kw", -1.0), ("steps", ()), ("steps", (30.0, 60.0)), ("steps", (100.0, 0.0)), ("steps", (-5.0,))]
)  # fmt: skip
def test_wrong_parameters(key, wrong):
    with pytest.raises(InputError, match=key):
        DirectControl(**{key: wrong})


SUN = {"grid__rating_scale": 0.02, "population__pv": 1.0}


@pytest.mark.parametrize("order", ["equal", "relief"])
def test_a_day_of_sun_is_held_by_contract(tmp_path, order):
    """Whatever `curtail` can hold, steps down to none can. No trade is withdrawn; the DSO pays the feed-in price for what it held back and
    nobody had bought."""
    free = few(tmp_path / "free", dso__regime="none", **SUN)
    least = few(tmp_path / "least", **SUN)
    found = few(tmp_path / "run", dso__regime="direct_control", dso__order=order, **SUN)
    assert free.intervals["held"].mean() < 0.9
    assert found.intervals["held"].mean() >= least.intervals["held"].mean() - 0.02
    assert found.total("held_back_wh") > 0
    assert found.total("withdrawn_wh") == 0
    paid, held_back = -found.bills["compensation_neur"], found.bills["held_back_wh"]
    assert np.all((paid >= 0) & (paid <= 81_000 * held_back))
    assert 0 < paid.sum() == 81_000 * (held_back.sum() - found.total("refused_wh"))
    assert_closed(found)


def test_cars_are_dimmed_and_trade_stands(tmp_path):
    """A winter evening of cars of 11 kW on a grid that is too small for them; what a car must draw to be full in time it keeps."""
    cars = {"clock__start": "2016-01-11", "population__ev": 1.0, "population__pv": 0.0, "population__battery": 0.0}
    cars |= {"grid__rating_scale": 0.03, "devices__ev__single_phase": 0.0}
    free = few(tmp_path / "free", dso__regime="none", **cars)
    found = few(tmp_path / "run", dso__regime="direct_control", **cars)
    assert found.total("dimmed_wh") > 0
    assert free.total("dimmed_wh") == 0
    dimmed = found.bills["dimmed_wh"]
    assert abs(dimmed.sum() - found.total("dimmed_wh")) <= 12 + 96
    assert not dimmed[found.bills["ev_count"] == 0].any()
    assert found.intervals["held"].sum() > free.intervals["held"].sum()
    assert found.total("unserved_wh") == 0
    assert_closed(found)


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{"dso__regime": "direct_control"}, {"dso__regime": "envelope", "dso__share": "maximum"}])
def test_phases_are_told_apart(tmp_path, changes):
    """The same sun on an unbalanced feeder: cut, or kept to envelopes, it holds more of the day than it would."""
    sun = SUN | {"grid__phases": "unbalanced"}
    free, found = few(tmp_path / "free", dso__regime="none", **sun), few(tmp_path / "run", **changes, **sun)
    assert found.total("held_back_wh") > 0
    assert found.intervals["held"].mean() > free.intervals["held"].mean()
    assert_closed(found)
