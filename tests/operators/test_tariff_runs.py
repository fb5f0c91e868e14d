"""Runs under published network prices: every bill is worked out again from meters, contracts and what was published."""

import numpy as np
import pytest

import p2p
from p2p.base.errors import ScenarioInvalid
from p2p.operators.dso import Notice
from p2p.operators.dso.tariff import KINDS
from tests.running import assert_closed, command, few, fingerprint

HOURLY = {"dso.regime": "tariff", "clock.interval_minutes": 60, "population.pv": 0.6, "population.battery": 0.5}
LEVIES, NETWORK, LOCAL = 50_000, 116_000, 49_880


def run_of(folder, **changes):
    return few(folder, **{key.replace(".", "__"): value for key, value in HOURLY.items()} | changes)


def table(results, column):
    """[T, N] of agents.parquet."""
    count = len(results.intervals["interval"])
    return results.columns("agents")[column].astype(np.int64).reshape(count, -1)


def billed(results):
    """[N] network fees of the bills. [nEUR]"""
    assert results.intervals["network_fee_neur"].sum() == results.bills["network_fee_neur"].sum()
    assert results.kpis["K12_network_charges"]["value"] == pytest.approx(results.bills["network_fee_neur"].sum() * 1e-9)
    return results.bills["network_fee_neur"].tolist()


def due(results, network, local):
    """[N] the fees of what was drawn: bought locally and not, at [T, 1] or [T, N] fees. [nEUR]"""
    drawn = np.maximum(table(results, "metered_wh"), 0)
    bought = np.minimum(np.maximum(table(results, "traded_wh"), 0), drawn)
    assert bought.sum() > 0
    return (bought * local + (drawn - bought) * network).sum(axis=0).tolist()


def published(results):
    """[T, 1] what homes planned with: fees on a kWh from the retailer, and on a local one. [µEUR/kWh]"""
    rows = results.intervals
    energy = rows["national_price_eur_per_mwh"] + 45
    network = (rows["retail_eur_per_mwh"] - energy) * 1000 - LEVIES
    local = rows["local_fees_eur_per_mwh"] * 1000 - LEVIES
    return np.rint(network).astype(np.int64)[:, None], np.rint(local).astype(np.int64)[:, None]


@pytest.mark.parametrize("changes", [{}, {"market__mechanism": "blocks"}, {"population__strategies": {"mpc": 0.5, "zip": 0.5}}])
def test_flat_prices_are_todays(tmp_path, changes):
    """Not a byte of what is left differs from the regime `curtail`."""
    flat, today = run_of(tmp_path / "flat", **changes), run_of(tmp_path / "curtail", dso__regime="curtail", **changes)
    left, right = fingerprint(flat.folder), fingerprint(today.folder)
    assert left.pop("run.json")["scenario"] | {"dso": {}} == right.pop("run.json")["scenario"] | {"dso": {}}
    assert left == right


def test_flat_prices_without_a_last_resort_are_those_of_none(tmp_path):
    flat = run_of(tmp_path / "flat", dso__last_resort=False, grid__rating_scale=0.001)
    none = run_of(tmp_path / "none", dso__regime="none", grid__rating_scale=0.001)
    assert not flat.intervals["held"].all()
    assert fingerprint(flat.folder).pop("bills.parquet") == fingerprint(none.folder).pop("bills.parquet")


def test_bills_by_time_of_use(tmp_path):
    """Over the day on which summer time begins: 23 hours, of which 2 to 3 h is none; the windows are those of the local clock."""
    found = run_of(tmp_path / "run", dso__kind="time_of_use", clock__start="2016-03-26", clock__days=2)
    hour = np.array([*range(24), *(hour for hour in range(24) if hour != 2)])
    factor = np.where((hour >= 17) & (hour < 21), 1.5, np.where(hour < 6, 0.4, 1.0))[:, None]
    network, local = (np.rint(fee * factor).astype(np.int64) for fee in (NETWORK, LOCAL))
    assert [column.tolist() for column in published(found)] == [network.tolist(), local.tolist()]
    assert billed(found) == due(found, network, local)


def test_bills_by_capacity(tmp_path):
    """A quarter of the energy fee, and 0.4 EUR for each kW of the highest of each day's quarter-hours."""
    changes = {"dso__kind": "capacity", "dso__energy_part": 0.25, "dso__per_kw": 0.4, "clock__days": 2, "clock__interval_minutes": 15}
    found = run_of(tmp_path / "run", **changes)
    highest = np.maximum(table(found, "metered_wh").reshape(2, 96, -1), 0).max(axis=1)
    energy = due(found, NETWORK // 4, LOCAL // 4)
    assert billed(found) == [fee + 4 * 400_000 * int(peak) for fee, peak in zip(energy, highest.sum(axis=0), strict=True)]


def test_bills_by_distance(tmp_path):
    """From the lengths that the grid tells: the mean of the fees is the rulebook's, and each home's goes by its way."""
    from p2p.build.build import build
    from p2p.grid.distances import distances

    scenario = p2p.Scenario.of({}, {**HOURLY, "population.households": 12})
    setup = build(scenario)
    km = distances(setup.grid)[setup.grid.slack, setup.fleet.prosumers.bus]
    found = run_of(tmp_path / "run", dso__kind="distance", dso__along="km", dso__distance_part=0.8)
    own = np.rint(LOCAL * 0.8 * (km / km.mean() - 1)).astype(np.int64)
    assert own.min() < -5_000 < 5_000 < own.max()
    network, local = published(found)
    assert (set(network.ravel()), set(local.ravel())) == ({NETWORK}, {LOCAL})
    assert billed(found) == due(found, network, local + own)


@pytest.mark.parametrize("kind", ["dynamic", "time_of_use"])
def test_bills_are_by_what_was_published(tmp_path, kind):
    """On a feeder with little room: prices move, and what homes planned with is what is on their bills."""
    found = run_of(tmp_path / "run", dso__kind=kind, dso__neutral=True, grid__rating_scale=0.02, clock__days=2, dso__last_resort=False)
    network, local = published(found)
    assert len(set(network.ravel())) > 2
    assert np.allclose(local, network * (LOCAL / NETWORK), atol=1)
    assert billed(found) == due(found, network, local)
    assert_closed(found)


@pytest.mark.parametrize("mechanism", p2p.MECHANISMS)
def test_fees_of_ones_own_under_every_rule(tmp_path, mechanism):
    """Where homes' local fees differ, every rule clears, energy and money close, and nobody pays beyond what it bid."""
    found = run_of(tmp_path / "run", dso__kind="distance", dso__distance_part=1.0, market__mechanism=mechanism, results__orders=True)
    assert_closed(found)
    assert found.intervals["network_fee_neur"].min() >= 0
    if mechanism == "none":
        assert found.total("traded_wh") == 0
    else:
        assert found.total("traded_wh") > 0


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_with_those_who_plan_and_learn_and_pool(tmp_path, kind):
    strategies = {"price_taker_schedule": 0.25, "gd": 0.25, "zip": 0.25, "inc_dec": 0.25}
    pools = [{"name": "one", "share": 0.4, "strategy": "truthful"}, {"name": "two", "share": 0.3}]
    found = run_of(tmp_path / "run", dso__kind=kind, population__strategies=strategies, population__aggregators=pools, clock__days=2)
    assert_closed(found)


def test_a_price_that_falls_when_the_sun_shines_draws_homes(tmp_path):
    """Homes move devices by the published price: a cheap noon and a dear night make the batteries' owners draw more by noon."""
    noon = {"dso__low_hours": [11.0, 15.0], "dso__low": 0.0, "dso__high_hours": [18.0, 22.0], "dso__high": 5.0}
    people = {"population__strategies": {"price_taker_schedule": 1.0}, "population__battery": 1.0, "population__pv": 0.0}
    flat, moved = (run_of(tmp_path / kind, dso__kind=kind, **noon, **people) for kind in ("flat", "time_of_use"))
    at = slice(11, 15)
    assert moved.intervals["storage_wh"][at].sum() > flat.intervals["storage_wh"][at].sum() + 1000


def test_what_a_regime_of_ones_own_publishes(tmp_path):
    (tmp_path / "own.py").write_text(
        "from p2p.operators.dso import MeasureOnly, Notice\n\n"
        "class Doubled(MeasureOnly):\n"
        "    def publish(self, ahead):\n"
        "        return Notice(2 * ahead.network, 2 * ahead.local_network)\n",
        encoding="utf-8",
    )
    found = run_of(tmp_path / "run", dso__regime=f"{tmp_path / 'own.py'}:Doubled")
    assert billed(found) == due(found, 2 * NETWORK, 2 * LOCAL)


@pytest.mark.parametrize(
    ("gives", "says"),
    [
        ("None", "gives nothing"),
        ("Notice(ahead.network / 2, ahead.local_network)", "publishes prices that are none: network of the network prices published"),
        ("Notice(ahead.net, ahead.local_network)", "fails when it is called: AttributeError"),
    ],
)
def test_a_regime_of_ones_own_that_publishes_nonsense(tmp_path, gives, says):
    path = tmp_path / "own.py"
    path.write_text(
        "from p2p.operators.dso import MeasureOnly, Notice\n\n"
        f"class Wrong(MeasureOnly):\n    def publish(self, ahead):\n        return {gives}\n",
        encoding="utf-8",
    )
    code, _, message = command("run", "--set", f"dso.regime={path}:Wrong")
    assert code == 2
    assert says in message


def test_prices_that_are_none_stop_the_run(tmp_path, monkeypatch):
    from p2p.base.errors import LawBroken
    from p2p.operators.dso import NetworkTariff

    monkeypatch.setattr(NetworkTariff, "publish", lambda rule, ahead: Notice(ahead.network[:-1], ahead.local_network))
    with pytest.raises(LawBroken, match="network of the network prices published is no int64 array of shape"):
        run_of(tmp_path / "run")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("dso.kind=cheap", "dso.kind: 'cheap'; allowed: flat, time_of_use, capacity, distance, dynamic"),
        ("dso.knid=flat", "dso.knid: unknown key; did you mean 'kind'?"),
        ("dso.high=true", "dso.high: True is no float"),
        ("dso.high_hours=[17]", "dso.high_hours: [17] is no pair of numbers"),
    ],
)
def test_wrong_levels_are_refused_in_words(change, says):
    code, _, message = command("run", "--set", "dso.regime=tariff", "--set", change)
    assert code == 2
    assert says in message


def test_levels_of_another_regime_are_fine_and_unknown_ones_are_not():
    from p2p.build.build import build

    assert build(p2p.Scenario.of({}, {"dso.regime": "curtail", "dso.kind": "flat"})).regime is not None
    with pytest.raises(ScenarioInvalid, match=r"dso\.kindd: unknown key"):
        build(p2p.Scenario.of({}, {"dso.regime": "none", "dso.kindd": "flat"}))
