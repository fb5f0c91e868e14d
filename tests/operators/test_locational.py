"""A market within the grid: on a line that is worked by hand, as a law, and in runs.

The line alone is that of `test_dso`: 0.05 p.u. of resistance on 100 kVA, so 95 kW drawn at its end give 0.95.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import p2p
from p2p.base.errors import InputError
from p2p.base.units import WH_PER_KWH
from p2p.markets import clear
from p2p.operators.dso import Bounds, Locational
from p2p.operators.dso.place import Place
from p2p.orders import Orders
from p2p.orders.limits import NO_RELIEF
from tests.operators.test_dso import BAND, R, feeder
from tests.running import FEW, assert_closed, few

EUR = 1_000_000
"""µEUR."""

WIDE = Bounds(0.5, 1.5)
NIGHT = {"dso__regime": "locational", "grid__rating_scale": 0.05, "population__forecast": "perfect"}


def market(book, limits):
    return clear(book, "uniform", limits)


def place(grid, homes, bounds=BAND, loss_price=0):
    """Homes as (bus, least and most net withdrawal), an hour long, and no relief."""
    bus, low, high = (np.array(column, float) for column in zip(*homes, strict=True))
    return Place(grid, bounds, bus.astype(np.int32), 0 * low, low, high, 1.0, loss_price, 10 * EUR, lambda: NO_RELIEF)


def book(at, *rows):
    """Orders as (home, side, kWh, EUR/kWh)."""
    home, side, energy, price = zip(*rows, strict=True)
    agent = np.array(home, np.int32)
    kwh = [round(WH_PER_KWH * one) for one in energy]
    return Orders.of(side, kwh, [round(EUR * one) for one in price], agent=agent, bus=at.bus[agent])


def one_line(rating=0.0, drawn=140.0, r=R, **more):
    """A seller of 200 kWh at 0.10 at the source, a buyer of `drawn` at 0.30 at the end of the line."""
    at = place(feeder(r, rating=rating), [(0, -200, 0), (1, 0, drawn)], **more)
    return at, book(at, (0, -1, 200, 0.10), (1, 1, drawn, 0.30))


def test_a_voltage_that_binds_by_hand():
    """Of 140 kWh 95 go; the buyer would pay 0.30 for the next, the seller sells it for 0.10, and the difference is the voltage's."""
    at, orders = one_line()
    cleared = Locational(losses=False).clear(at, orders, market)
    nodal, certificate = cleared.clearing.nodal, cleared.certificate
    assert cleared.clearing.energy / WH_PER_KWH == pytest.approx([95, 95], abs=0.3)
    assert nodal.price.tolist() == [100_000, 300_000]
    assert nodal.voltage.tolist() == [0, 200_000]
    assert cleared.location.tolist() == [0, 200_000]
    assert cleared.clearing.budget() == 200_000 * int(cleared.clearing.energy[1])
    assert (certificate.kept, certificate.binding, certificate.relief) == (True, "voltage at bus 1", 0)
    assert 0 <= certificate.margin < 1e-3
    assert certificate.rounds > 0
    flow, _, _ = at.flow(cleared.steered / at.wh)
    assert flow.voltage[1] == pytest.approx(0.95, abs=1e-4)


def test_a_rating_that_binds_by_hand():
    """A short line of 50 kVA, at 1 p.u. at both ends: 50 of 140 kWh."""
    at, orders = one_line(rating=50.0, r=1e-6)
    cleared = Locational(losses=False).clear(at, orders, market)
    assert cleared.clearing.energy / WH_PER_KWH == pytest.approx([50, 50], abs=0.1)
    assert cleared.clearing.nodal.congestion.tolist() == [0, 200_000]
    assert cleared.certificate.kept
    assert "line 1" in cleared.certificate.binding


@pytest.mark.parametrize("drawn", [140.0, 300.0, 600.0])
def test_limits_that_nothing_meets(drawn):
    """Load that nobody steers, and no relief; above 500 kW (V² - V + r P = 0 has no root) there isn't even a flow."""
    at = place(feeder(R), [(0, -200, 0), (1, drawn, drawn)])
    cleared = Locational(losses=False).clear(at, book(at, (0, -1, 200, 0.10), (1, 1, drawn, 0.30)), market)
    assert not cleared.certificate.kept
    assert cleared.certificate.binding == ("voltage at bus 1" if drawn < 500 else "power flow")
    assert not cleared.certificate.margin >= 0


@pytest.mark.parametrize("loss_price", [0, -50_000])
def test_losses_that_cost_nothing_make_no_place_differ(loss_price):
    """Nothing binds at 50 kW, and at a national price that isn't positive nobody would save losses."""
    at, orders = one_line(drawn=50.0, loss_price=loss_price)
    cleared = Locational().clear(at, orders, market)
    assert cleared.clearing.nodal.price.max() == cleared.clearing.nodal.price.min()
    assert not cleared.location.any()
    assert cleared.certificate.rounds == 0


def test_losses_that_cost_nothing_beside_a_limit():
    at, orders = one_line(loss_price=-50_000)
    cleared = Locational().clear(at, orders, market)
    assert cleared.clearing.energy[1] / WH_PER_KWH == pytest.approx(95, abs=0.3)
    assert not cleared.losses.any()


def test_losses_by_hand():
    """V² - V + r P = 0, so that losses are P (1/V - 1) and the next kWh costs dI/dP - 1 = 1/sqrt(1 - 4 r P) - 1 more, of 0.10.

    The source's voltage is 1, so what it gives is I = P/V = (1 - sqrt(1 - 4 r P))/(2 r), and at P = 0.5: 5.41 %.
    """
    at, orders = one_line(drawn=50.0, loss_price=100_000, bounds=WIDE)
    cleared = Locational().clear(at, orders, market)
    assert cleared.losses[1] == pytest.approx(100_000 * (1 / np.sqrt(1 - 4 * R * 0.5) - 1), rel=0.02)
    assert cleared.losses[0] == 0


@st.composite
def small_books(draw):
    """A place of six homes in two buses, bounds that nothing reaches, and a book."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    at = place(feeder(1e-3, 1e-3), [(int(random.integers(0, 3)), -40, 40) for _ in range(6)])
    rows = [
        (int(random.integers(0, 6)), int(random.choice([-1, 1])), random.uniform(0.01, 9), random.uniform(-0.1, 0.4)) for _ in range(12)
    ]
    return at, book(at, *rows[: draw(st.integers(1, 12))])


@settings(max_examples=50, deadline=None)
@given(small_books())
def test_where_nothing_binds_it_is_the_market(drawn):
    at, orders = drawn
    cleared, alone = Locational(losses=False).clear(at, orders, market), clear(orders, "uniform")
    assert np.array_equal(cleared.clearing.energy, alone.energy)
    assert np.array_equal(cleared.clearing.payment, alone.payment)
    assert not cleared.location.any()
    assert cleared.certificate.kept


def test_a_run_where_nothing_binds_is_that_of_the_market(tmp_path):
    """Twelve homes on a feeder of 118: no limit is near."""
    within = few(tmp_path / "within", dso__regime="locational", dso__losses=False)
    alone = few(tmp_path / "alone", dso__regime="curtail")
    for name in ("traded_wh", "welfare_neur", "price_eur_per_mwh", "import_wh"):
        assert np.array_equal(within.intervals[name], alone.intervals[name], equal_nan=True), name
    assert not within.intervals["rounds"].any()


def test_a_day_of_negative_prices(tmp_path):
    """A holiday in May with sun on all roofs: losses cost less than nothing for hours."""
    scenario = p2p.Scenario.of(
        {},
        {"clock.start": "2016-05-26", "clock.days": 1, "population.pv": 1.0, "dso.regime": "locational", "seed": 9}
        | {"results.report": False, "results.reference": False},
    )
    results = p2p.run(scenario, tmp_path)
    assert results.intervals["national_price_eur_per_mwh"].min() < 0
    assert_closed(results)


@pytest.fixture(scope="module")
def weak(tmp_path_factory):
    """A day of the default feeder at a twentieth of its ratings, foreseen perfectly."""
    changes = FEW | {"population.households": 0, "dso.shed_load": True} | {key.replace("__", "."): value for key, value in NIGHT.items()}
    return p2p.run(p2p.Scenario.of({}, changes), tmp_path_factory.mktemp("weak"))


def test_a_weak_feeder_holds_where_all_is_foreseen(weak):
    table = weak.intervals
    assert np.all(table["loading_max_percent"] <= 100.0 + 1e-6)
    assert np.all((table["voltage_min_pu"] >= 0.9) & (table["voltage_max_pu"] <= 1.1))
    assert np.all(table["held"])
    assert_closed(weak)


def test_the_certificate_of_a_weak_feeder(weak):
    table = weak.intervals
    binds = np.array([word != "" for word in table["binding"]])
    assert binds.any()
    assert np.all(table["rounds"][binds] > 0)
    assert np.all(table["margin"][binds] > -1e-3)
    assert np.all(table["loading_max_percent"][binds] > 90)


@pytest.mark.parametrize("refund", ["equal", "drawn", "kept"])
def test_money_comes_back_by_the_rule(tmp_path, refund):
    """What is paid for the place and what the market took in go to the DSO, and the rent from there to the homes."""
    results = few(tmp_path, population__households=0, dso__refund=refund, dso__shed_load=True, clock__days=1, **NIGHT)
    assert_closed(results)
    postings = results.frame("postings")
    shares = postings[postings.reason == "rent_share"]
    homes = len(results.frame("bills"))
    if refund == "equal":
        assert shares.groupby("interval").amount_neur.agg(["nunique", "size"]).drop_duplicates().to_numpy().tolist() == [[1, homes]]
    paid = postings.groupby("reason", observed=True).amount_neur.sum()
    assert paid["location"] != 0
    assert paid["congestion_rent"] == results.intervals["budget_neur"].sum() != 0
    assert paid["local_energy"] == paid["congestion_rent"]
    assert ("rent_share" in paid.index) == (refund != "kept")
    if refund != "kept":
        assert paid["rent_share"] < 0


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"grid.phases": "unbalanced"}, "dso.regime"),
        ({"population.aggregators": [{"name": "pool", "share": 0.5, "strategy": "truthful"}]}, "population.aggregators.0"),
        ({"dso.refund": "someone"}, "refund"),
        ({"market.mechanism": "pay_as_bid"}, "dso.regime"),
    ],
)
def test_what_it_cant_be_joined_with(tmp_path, changes, where):
    with pytest.raises(InputError) as caught:
        p2p.run(p2p.Scenario.of({}, FEW | {"dso.regime": "locational"} | changes), tmp_path)
    assert [fault.where.endswith(where) for fault in caught.value.faults] == [True]
