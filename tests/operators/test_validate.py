"""A grid operator that checks each trade, on feeders small enough to be worked by hand, and in a run.

A line of resistance r carries p.u. P at unity power factor from a source at 1: V² - V + r P = 0 at its end (see test_dso).
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import p2p
from p2p import clear
from p2p.base.errors import InputError
from p2p.markets import laws
from p2p.operators.dso import Place, Usage, Validate
from p2p.operators.dso.positions import holds
from p2p.orders import Orders
from p2p.orders.limits import NO_RELIEF
from tests.operators.test_dso import BAND, R, feeder
from tests.running import assert_closed, command


def place(grid, *homes, bounds=BAND, loss_price=0):
    """Homes as (bus, low, high) at unity power factor, for an hour. [kW]"""
    bus, low, high = (np.array(column) for column in zip(*homes, strict=True))
    at = (bus.astype(np.int32), np.zeros(len(bus)), low.astype(float), high.astype(float))
    return Place(grid, bounds, *at, 1.0, loss_price, 8_000_000, lambda: NO_RELIEF)


def cleared(at, book, **with_):
    """What the market comes to, that its flow is within bounds or no worse, and that its trades are those of the book."""
    found = Validate(**with_).clear(at, book, lambda orders, limits: clear(orders, "continuous", limits))
    trades = found.clearing.trades
    assert trades is None or np.array_equal(trades.by_order(book)[0], found.clearing.energy)
    flow, _, _ = at.flow(at.base + found.moved / 1000)
    assert found.certificate.kept == holds(flow, at.bounds)
    assert at.drawn(found.steered) == pytest.approx(at.base + found.moved / 1000, abs=1e-3)
    return found, flow


def book_of(*rows):
    """Orders as (agent, side, kWh, EUR/MWh), in the order in which they come; buses as the agents' numbers."""
    agent, side, energy, price = (np.array(column) for column in zip(*rows, strict=True))
    return Orders.of(side=side, energy=1000 * energy, price=1000 * price, agent=agent, bus=agent)


SUN = (0, -300, -300)
"""A home at the source that feeds in 300 kW whatever it sells: its contracts only change hands."""


def test_a_trade_is_trimmed_to_what_the_voltage_bears():
    """V = 0.95 at 95 kW. The linearised line bears 100, by which the flow is at 0.9472, so a second round finds the 95."""
    at = place(feeder(R), SUN, (1, 0, 200))
    found, flow = cleared(at, book_of((0, -1, 300, 80), (1, 1, 150, 300)))
    assert 94.8 <= found.clearing.energy[1] / 1000 <= 95
    assert found.steered.tolist() == [-found.clearing.energy[1], found.clearing.energy[1]]
    assert flow.voltage[1] == pytest.approx(0.95, abs=1e-4)
    assert found.certificate.kept
    assert found.certificate.rounds > 1
    assert found.certificate.binding == "voltage at bus 1"


def test_the_next_pair_is_looked_at_when_one_is_refused():
    """Line 2 is rated 20 kVA, line 1 is not: what the bid behind it can't have, the one at bus 1 gets, though it bids less."""
    grid = feeder(1e-4, 1e-4)
    grid = p2p.Grid(grid.name, grid.buses, grid.branches.replace(rating_kva=np.array([0.0, 20.0])), base_kva=100.0)
    at = place(grid, SUN, (1, 0, 200), (2, 0, 200))
    found, _ = cleared(at, book_of((2, 1, 50, 300), (1, 1, 50, 200), (0, -1, 80, 80)))
    energy = found.clearing.energy / 1000
    assert 19.9 <= energy[0] <= 20
    assert energy[1] == 50
    assert found.certificate.kept
    assert found.certificate.binding == "loading of line 2"


def test_a_grid_that_is_beyond_is_made_no_worse():
    """120 kW are drawn whatever is traded, 25 too many. Charging there is refused, until somebody there discharges: 30 of his 50 kW
    charge, 20 go to the source, where the other 20 come from that are bid for.
    """
    at = place(feeder(R), SUN, (1, 120, 120), (1, 0, 30), (1, -50, 0), (0, 0, 40))
    orders = book_of((0, -1, 300, 80), (2, 1, 30, 300), (3, -1, 50, 70), (4, 1, 40, 100), (1, 1, 120, 250))
    orders = orders.replace(bus=np.array([0, 1, 1, 0, 1], np.int32))
    found, flow = cleared(at, orders)
    base, _, _ = at.flow(at.base)
    assert flow.voltage[1] > base.voltage[1] + 0.01
    assert found.moved.tolist() == [0, 0, 30_000, -50_000, 40_000]
    assert found.clearing.payment[3] == 20_000 * 70_000 + 20_000 * 80_000
    assert found.clearing.energy[4] == 120_000  # what is drawn anyhow may change hands
    assert not found.certificate.kept


def test_reverse_flow_is_checked_in_its_own_direction():
    """Behind a line of 50 kVA 10 kW are drawn; 100 kWh of discharge for the source turn its flow round, until 50 go the other way."""
    at = place(feeder(1e-4, rating=50.0), (1, 10, 10), (1, -100, 0), (0, 0, 200))
    orders = book_of((1, -1, 100, 80), (2, 1, 200, 100)).replace(bus=np.array([1, 0], np.int32))
    found, flow = cleared(at, orders)
    assert 59.9 <= found.clearing.energy[0] / 1000 <= 60.1
    assert flow.loading[0] == pytest.approx(100, abs=0.1)
    assert found.certificate.kept


def test_the_fee_is_that_of_losses_and_scarcity():
    """Nothing is drawn before, so the first kWh loses nothing, and nothing is scarce: no fee. With 50 kW drawn there the slope
    of the losses is what a kW more draws from the source beyond itself: 1 kW more at the end takes 1 / (V (2 V - 1) / V) of
    current x 1: V = (1 + sqrt(1 - 4 r P)) / 2, import = (1 - V) / r, slope = 1 / (2 V - 1) - 1.
    """
    orders = book_of((0, -1, 300, 80), (1, 1, 10, 300))
    free, _ = cleared(place(feeder(R), SUN, (1, 0, 200), loss_price=100_000), orders)
    assert free.clearing.budget() == 0
    at = place(feeder(R), SUN, (1, 0, 10), (1, 50, 50), loss_price=100_000)
    paid, _ = cleared(at, orders, congestion_fee=0.0)
    slope = 1 / np.sqrt(1 - 4 * R * 0.5) - 1
    assert paid.clearing.budget() / 10_000 == pytest.approx(100_000 * slope, abs=2)
    none, _ = cleared(at, orders, congestion_fee=0.0, losses=False)
    assert none.clearing.budget() == 0
    voltage = (1 + np.sqrt(1 - 4 * R * 0.5)) / 2
    scarce, _ = cleared(at, orders, losses=False, threshold=0.2, congestion_fee=40.0)  # scarce from 0.99 on, full at 0.95
    part = 1 - (voltage - 0.95 - 5e-5) / 0.04
    assert scarce.clearing.budget() / 10_000 == pytest.approx(40_000 * part, abs=2)


def test_nothing_is_traded_where_there_is_no_flow_to_check_by():
    at = place(feeder(R), SUN, (1, 900, 900), (1, 0, 10))
    found = Validate().clear(at, book_of((0, -1, 300, 80), (2, 1, 10, 300)).replace(bus=np.array([0, 1], np.int32)), clear)
    assert not found.clearing.energy.any()
    assert (found.certificate.kept, found.certificate.rounds) == (False, 0)


def test_at_delivery_it_is_the_last_resort():
    from p2p.operators.dso import Curtail
    from tests.operators.test_dso import offers, usage

    drawn, offered = usage((1, -140.0)), offers((0, 1, 140.0, 80))
    assert isinstance(drawn, Usage)
    found, last = Validate()(feeder(R), drawn, BAND, lambda: offered), Curtail()(feeder(R), drawn, BAND, lambda: offered)
    assert np.array_equal(found.taken, last.taken)


@st.composite
def places(draw):
    """Homes on three buses in a row, some of them beyond what the lines bear, and a book of theirs."""
    homes, power = draw(st.integers(2, 8)), st.integers(-60, 60)
    ends = [sorted((draw(power), draw(power))) for _ in range(homes)]
    at = [(draw(st.integers(0, 3)), *pair) for pair in ends]
    rating = draw(st.sampled_from([0.0, 40.0, 100.0]))
    count = draw(st.integers(1, 16))
    column = lambda low, high: [draw(st.integers(low, high)) for _ in range(count)]  # noqa: E731
    agent, side = np.array(column(0, homes - 1)), np.array(column(0, 1)) * 2 - 1
    book = Orders.of(side=side, energy=1000 * np.array(column(1, 60)), price=np.array(column(0, 9)) * 10_000, agent=agent)
    book = book.replace(bus=np.array([at[home][0] for home in agent], np.int32), arrival=np.array(draw(st.permutations(range(count)))))
    return place(feeder(0.02, 0.02, 0.02, rating=rating), *at, loss_price=draw(st.sampled_from([0, 90_000]))), book


@given(case=places())
def test_the_grid_holds_or_is_no_worse_off(case):
    """By the AC flow, of every voltage and every loading."""
    at, book = case
    found, flow = cleared(at, book, most_rounds=30)
    base, _, _ = at.flow(at.base)
    low, high = np.minimum(base.voltage, 0.95), np.maximum(base.voltage, 1.05)
    assert np.all((flow.voltage >= low - 1e-6) & (flow.voltage <= high + 1e-6))
    assert np.all(flow.loading <= np.maximum(base.loading, 100.0) + 1e-3)
    for law in laws.ALWAYS:
        assert law(book, found.clearing), law.__doc__


TIGHT = {"clock.days": 1, "market.mechanism": "continuous", "grid.rating_scale": 0.05, "results.report": False, "results.reference": False}


def test_a_run_within_tight_ratings(tmp_path):
    """Fees are what buyers pay beyond what sellers get, and go to the DSO; less is left to take back than if nobody checked."""
    checked = p2p.run(p2p.Scenario.of({}, TIGHT | {"dso.regime": "validate", "results.postings": "interval"}), tmp_path / "checked")
    unchecked = p2p.run(p2p.Scenario.of({}, TIGHT | {"dso.regime": "curtail"}), tmp_path / "unchecked")
    assert_closed(checked)
    assert not checked.has("prices")
    budget = int(checked.intervals["budget_neur"].sum())
    assert budget > 0
    postings = checked.frame("postings")
    handed = postings[postings.reason == "congestion_rent"]
    assert set(handed.payer) == {"operator"}
    assert set(handed.payee) == {"dso"}
    assert int(handed.amount_neur.sum()) == budget
    assert checked.intervals["withdrawn_wh"].sum() <= unchecked.intervals["withdrawn_wh"].sum()


def test_where_nothing_is_scarce_and_losses_are_free_it_is_the_market_alone(tmp_path):
    wide = TIGHT | {"grid.rating_scale": 1.0, "grid.voltage_band": [0.8, 1.2], "population.households": 20}
    one = p2p.run(p2p.Scenario.of({}, wide | {"dso.regime": "validate", "dso.losses": False}), tmp_path / "one")
    other = p2p.run(p2p.Scenario.of({}, wide | {"dso.regime": "none"}), tmp_path / "other")
    for name in ("traded_wh", "import_wh", "budget_neur", "losses_wh"):
        assert np.array_equal(one.intervals[name], other.intervals[name]), name


@pytest.mark.parametrize(
    ("regime", "rule", "said"),
    [
        ("validate", "uniform", "'validate' checks each trade when it is made, and 'uniform' makes none before the gate has closed"),
        (
            "locational",
            "continuous",
            "'locational' has the market cleared at a price for each place, and 'continuous' takes all places for one",
        ),
    ],
)
def test_a_rule_that_can_not_do_what_the_regime_wants_is_refused(regime, rule, said):
    code, _, heard = command("run", "--set", f"dso.regime={regime}", "--set", f"market.mechanism={rule}")
    assert code == 2
    assert said in heard
    assert {"validate": "market.mechanism: continuous", "locational": "market.mechanism: uniform"}[regime] in heard


@pytest.mark.parametrize("wrong", [{"threshold": 1.5}, {"congestion_fee": -1.0}, {"most_rounds": 0}])
def test_wrong_parameters_are_refused(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        Validate(**wrong)
