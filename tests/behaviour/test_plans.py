"""Plans of devices against prices: against a linear programme, against published costs, and by hand."""

import json
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p.base.errors import InputError
from p2p.behaviour.ahead import Ahead, Moment, Planner
from p2p.behaviour.plans import PriceTakerSchedule, curves
from p2p.devices import battery
from tests.behaviour.planning import cost, drawn, end_worth, legal, levels, of_home, one_interval, optimum, shortfall, stores

PLANNER = PriceTakerSchedule()
KINDS = ["battery", "ev", "heat"]


def powers(plan):
    return {kind: one.power for kind, one in plan.curves.items()}


def home(one, retail, feed_in=0.0, net=0.0, hours=1.0):
    """One home with one store of a kind that is called store."""
    length = len(one.low)
    row = lambda value: np.array(np.broadcast_to(np.asarray(value, np.float64), length))  # noqa: E731
    return Ahead(hours, row(net)[:, None], row(retail), row(feed_in), row(0), {"store": np.zeros(len(one.level), np.int64)}, {"store": one})


@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_costs_what_the_linear_programme_says(kind):
    @given(ahead=drawn([kind]))
    @settings(max_examples=40)
    def check(ahead):
        plan, left = powers(PLANNER.plan(ahead)), {kind: end_worth(ahead, kind)}
        spent, short = cost(ahead, plan, left), shortfall(ahead, plan)
        for one in range(ahead.net.shape[1]):
            least, broken = optimum(ahead, one, left)
            assert short[one] == pytest.approx(broken, abs=1e-6)
            assert spent[one] == pytest.approx(least, rel=1e-6, abs=1e-3)

    check()


@given(ahead=drawn(["ev"], homes=1), times=st.floats(1.0, 5.0))
@settings(max_examples=40)
def test_what_cannot_be_met_is_missed_by_as_little_as_can_be(ahead, times):
    one = ahead.stores["ev"]
    ahead = replace(ahead, stores={"ev": replace(one, least=np.minimum(times * one.least, one.most))})
    plan, left = powers(PLANNER.plan(ahead)), {"ev": end_worth(ahead, "ev")}
    least, broken = optimum(ahead, 0, left)
    assert shortfall(ahead, plan)[0] == pytest.approx(broken, abs=1e-5)
    assert cost(ahead, plan, left)[0] == pytest.approx(least, rel=1e-5, abs=1.0)


@given(ahead=drawn(["battery"]))
def test_a_plan_never_costs_more_than_doing_nothing(ahead):
    left = {"battery": end_worth(ahead, "battery")}
    plan = powers(PLANNER.plan(ahead))
    assert np.all(cost(ahead, plan, left) <= cost(ahead, {"battery": 0 * plan["battery"]}, left) + 1e-6)


@given(ahead=drawn(KINDS))
def test_rows_are_planned_alone(ahead):
    together = PLANNER.plan(ahead)
    for one in range(ahead.net.shape[1]):
        alone = PLANNER.plan(of_home(ahead, one))
        for kind, where in ahead.home.items():
            np.testing.assert_array_equal(alone.curves[kind].power[:, 0], together.curves[kind].power[:, where == one][:, 0])


@given(ahead=drawn(["battery", "heat"]))
def test_more_rounds_never_cost_more(ahead):
    left = {kind: end_worth(ahead, kind) for kind in ahead.stores}
    once, twice = (cost(ahead, powers(PriceTakerSchedule(rounds=rounds).plan(ahead)), left) for rounds in (1, 2))
    assert np.all(twice <= once + 1e-6)


BY_HAND = stores(0.0, least=0, most=2, low=-1, high=1, into=0.8, out=1.25, length=3)
"""A battery of 2 kWh and 1 kW, 80 % either way; prices 100, 300, 200 µEUR/kWh in three hours, 1 kW of load, nothing for what is fed in."""


def test_three_hours_by_hand():
    """It buys 1 kWh at 100, stores 0.8 and gives 0.8 / 1.25 = 0.64 at 300: 100 for 192. What is stored is worth 300 / 1.25 = 240 after
    the first hour, and 200 / 1.25 = 160 after the second, up to the 1.25 kWh that an hour can give back, and nothing above."""
    plan = PriceTakerSchedule(left_over=0.0).plan(home(BY_HAND, [100, 300, 200], net=1.0))
    one = plan.curves["store"]
    assert one.power[:, 0].tolist() == pytest.approx([1.0, -0.64, 0.0])
    steps = [(one.edge[first : first + count + 1].tolist(), one.worth[first : first + count].tolist()) for first, count in one.first[:2, 0]]
    assert steps[0] == (pytest.approx([0.0, 0.8]), pytest.approx([240.0]))
    assert steps[1] == (pytest.approx([0.0, 1.25, 1.6]), pytest.approx([160.0, 0.0], abs=1e-9))


@pytest.mark.parametrize(
    ("since", "level", "widths", "worths"),
    [(0, 0.0, [1.0], [0.8 * 240]), (1, 0.8, [0.64, 0.45 / 0.8, 1 - 0.45 / 0.8], [1.25 * 160, 0.8 * 160, 0.0])],
)
def test_the_worth_of_power_by_hand(since, level, widths, worths):
    """In the first hour all it can take is worth 0.8 * 240. In the second, holding 0.8 kWh: what it can give saves 200 later; 0.45 kWh
    more fit below 1.25, so 0.5625 kW are worth 0.8 * 160; the rest of 1 kW is worth nothing."""
    plan = PriceTakerSchedule(left_over=0.0).plan(home(BY_HAND, [100, 300, 200], net=1.0))
    one = one_interval(BY_HAND, since, np.array([level]))
    worth = PLANNER.appraise(plan, Moment(since, np.ones(1), {"store": one}, {"store": legal(one, 1.0)}))["store"]
    there = worth.width[:, 0] > 1e-12
    assert worth.width[there, 0] == pytest.approx(widths)
    assert worth.worth[there, 0] == pytest.approx(worths, abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_the_worth_of_power_is_what_it_spares_later(kind):
    """The steps up to a power add up to what the rest of the time costs less for it, by plans made from the levels it leads to."""

    @given(ahead=drawn([kind], homes=1), part=st.floats(0, 1))
    @settings(max_examples=40)
    def check(ahead, part):
        if len(ahead.net) < 2:
            return
        left, hours, full = {kind: end_worth(ahead, kind)}, ahead.hours, ahead.stores[kind]
        one = one_interval(full, 0, full.level)
        low, high = legal(one, hours)
        with patch.object(curves, "STEPS", 32):
            plan = curves.planned_in_turn(ahead, 1, left)
            width, worth = PLANNER.appraise(plan, Moment(0, ahead.net[0], {kind: one}, {kind: (low, np.maximum(low, high))}))[kind]
        power = low + part * np.maximum(high - low, 0)
        filled = np.clip(power - low - np.vstack((np.zeros(1), np.cumsum(width, axis=0)[:-1])), 0, width)

        def later(start):
            after = replace(full, level=levels(full, np.array([start]), hours)[-1])
            after = replace(after, **{name: getattr(full, name)[1:] for name in ("inflow", "least", "most", "low", "high", "into", "out")})
            rest = replace(ahead, net=ahead.net[1:], retail=ahead.retail[1:], feed_in=ahead.feed_in[1:], stores={kind: after})
            found = powers(curves.planned_in_turn(rest, 1, left))
            return cost(rest, found, left)[0], shortfall(rest, found)[0]

        (without, short), (spent, shorter) = later(low), later(power)
        if short > 1e-9 or shorter > 1e-9:
            return  # bounds come first there
        spared = (without - spent) / hours - full.wear * (np.abs(power) - np.abs(low))
        assert (filled * worth).sum() == pytest.approx(spared[0], rel=1e-6, abs=1e-2)

    check()


@given(ahead=drawn(["battery"]), level=st.floats(0, 1))
def test_the_worth_of_power_falls_and_fills_the_span(ahead, level):
    plan, full = PLANNER.plan(ahead), ahead.stores["battery"]
    one = one_interval(full, 0, full.least[0] + level * (full.most[0] - full.least[0]))
    low, high = legal(one, ahead.hours)
    width, worth = PLANNER.appraise(plan, Moment(0, ahead.net[0], {"battery": one}, {"battery": (low, high)}))["battery"]
    assert width.shape[0] <= 4
    np.testing.assert_allclose(width.sum(axis=0), high - low, atol=1e-9)
    assert np.all(width >= 0)
    assert np.all(np.diff(worth, axis=0) <= 1e-6)


def test_own_surplus_is_taken_first_by_hand():
    """2 kW over in the first hour, 1 kW lacking in the second at 300; feed-in 80, retail 100 then 300, no losses: it takes 1 kWh, not 2,
    since a second would earn no more than the 80 that feeding it in does; and it buys none."""
    one = stores(0.0, least=0, most=5, low=-3, high=3, length=2)
    plan = PriceTakerSchedule(left_over=0.0).plan(home(one, [100, 300], 80, [-2, 1]))
    assert plan.curves["store"].power[:, 0].tolist() == pytest.approx([1.0, -1.0])


def test_a_car_that_cannot_make_it_charges_all_the_time():
    """By hand: 10 kWh in two hours at 3 kW; 4 are missing in the end, at any price."""
    one = stores(0.0, least=[[0], [10], [0]], most=20, high=[[3], [3], [0]], length=3)
    assert PLANNER.plan(home(one, [4e6, 1e6, 0])).curves["store"].power[:, 0].tolist() == [3, 3, 0]


def test_negative_prices_are_taken():
    """By hand: who is paid 50 for each kWh fills its 2 kWh, and gives nothing back where that costs."""
    one = stores(0.0, least=0, most=2, low=-1, high=1, length=3)
    assert PLANNER.plan(home(one, -50.0, -50.0)).curves["store"].power.sum() == pytest.approx(2.0)


def test_a_battery_and_a_heat_store_at_one_price():
    """FlexMeasures (commit 18f43b5c1, tests of its storage scheduler): 24 hours at 100 EUR/MWh either way; a battery from 20 to 80 of 100
    kWh, 20 kW, and a store from 10 to 40 of 50 kWh, 10 kW, both 95 %, targets after 23 hours. They publish 7.47 EUR; by hand 60 / 0.95
    and 30 / 0.95 kWh are bought and the battery sells 20 kWh in the last hour: 4.315789 and 3.157895 EUR.
    """
    least = np.zeros((24, 1))
    least[22] = 1
    ahead = Ahead(
        1.0, np.zeros((24, 1)), np.full(24, 1e5), np.full(24, 1e5), np.zeros(24), {"battery": np.zeros(1, int), "heat": np.zeros(1, int)},
        {
            "battery": stores(20, 1, 0, 80 * least, 100, -20, 20, 0.95, 1 / 0.95, 0, 24),
            "heat": stores(10, 1, 0, 40 * least, 50, 0, 10, 0.95, 1 / 0.95, 0, 24),
        },
    )  # fmt: skip
    plan = PriceTakerSchedule(left_over=0.0).plan(ahead)
    spent = {kind: one.power.sum() * 0.1 for kind, one in plan.curves.items()}
    assert spent == pytest.approx({"battery": 4.315789, "heat": 3.157895}, abs=1e-6)


CASE = json.loads((Path(__file__).parents[1] / "cases/solarhome_battery/home.json").read_text())
NET = (np.array(CASE["load_w"]) - np.array(CASE["sun_w"]) * CASE["pv_kwp"] / CASE["measured_kwp"]) / 1000
PRICE = np.where(np.arange(len(NET)) % 48 < 12, CASE["price_eur_per_kwh"]["0 h to 6 h"], CASE["price_eur_per_kwh"]["else"]) * 1e6


def published(power, name):
    """What a month of a battery's power costs, held against what is published."""
    total = NET + power
    bought = np.maximum(total, 0)
    assert (bought * PRICE).mean() * 24 * 1e-6 == pytest.approx(CASE[name]["cost_eur_per_day"], rel=CASE["tolerance"])
    assert bought.mean() * 24 == pytest.approx(CASE[name]["grid_kwh_per_day"], rel=CASE["tolerance"])
    assert np.maximum(-total, 0).mean() * 24 == pytest.approx(CASE[name]["curtailed_kwh_per_day"], rel=CASE["tolerance"])


def test_a_solar_home_under_a_rule_costs_what_is_published():
    """Charge with surplus, discharge with deficit."""
    one = battery.Battery(np.zeros(1, np.int32), np.full(1, 100.0), np.full(1, CASE["battery_kwh"] * 1.0), np.ones(1))
    soc, power = np.full(1, CASE["initial_kwh"] * 1.0), []
    for net in NET:
        power.append(np.clip(-net, *battery.span(one, soc, 0.5)))
        soc = battery.step(one, soc, power[-1], 0.5)
    published(np.concatenate(power), "rule_based")


def test_a_solar_home_with_perfect_foresight_costs_what_is_published():
    """The plan of 30 days in one go, within the limit of what it draws from the grid; it ends with what it began with."""
    least = np.zeros((len(NET), 1))
    least[-1] = CASE["initial_kwh"]
    room = np.maximum(CASE["grid_limit_kw"] - NET, 0)[:, None]
    one = stores(CASE["initial_kwh"], 1, 0, least, CASE["battery_kwh"], -100, room, length=len(NET))
    plan = PriceTakerSchedule(left_over=0.0).plan(home(one, PRICE, 0.0, NET, 0.5))
    published(plan.curves["store"].power[:, 0], "perfect_foresight")


def test_nonsense_is_refused_all_at_once():
    with pytest.raises(InputError) as caught:
        PriceTakerSchedule(replans=0.0, left_over=2.0, rounds=0)
    assert [fault.where for fault in caught.value.faults] == ["replans", "left_over", "rounds"]


def test_it_is_a_planner():
    assert isinstance(PLANNER, Planner)
