"""Aggregators in whole runs: everything closes, whatever they bid, keep and may use, and whoever changes."""

import numpy as np
import pytest

import p2p
from p2p.agents.phases import quote
from p2p.build.build import build
from p2p.flexibility import PRIVACY
from p2p.model import ExchangeModel
from p2p.settlement import Reason
from tests.running import FEW, assert_closed, few, fingerprint

NORTH, SOUTH = {"name": "north", "share": 0.5}, {"name": "south", "share": 0.25}


def with_pools(folder, *pools, **changes):
    return few(folder, population__aggregators=list(pools), **{"population__households": 24, "population__battery": 0.5, **changes})


def bill(results):
    return results.frame("bills").set_index("agent")


def assert_paid(results):
    """What pools take in of members less what they pass on is their profit; who is in no pool has no part in it."""
    bills, postings = bill(results), results.frame("postings")
    owed = postings.groupby(["reason", "payee"], observed=True).amount_neur.sum()
    profit = sum(owed.get((reason, pool), 0) for reason in ("commission", "pool_share") for pool in ("north", "south"))
    assert profit == results.total("aggregator_profit_neur")
    assert bills.pool_pay_neur.sum() == results.total("member_pay_neur")
    passed = postings[postings.reason == "pooled_energy"].amount_neur.sum()
    assert passed == sum(owed.get(("local_energy", pool), 0) for pool in ("north", "south"))
    alone = bills.aggregator == ""
    assert not bills[alone][["pool_share_neur", "commission_neur", "pool_pay_neur"]].to_numpy().any()


RUNS = {
    "curves": ((NORTH | {"strategy": "truthful"}, SOUTH | {"strategy": "truthful", "member_share": 0.5}), {}),
    "margins": ((NORTH | {"strategy": "margin", "margin": 20.0, "fee": 0.0}, SOUTH), {"market__mechanism": "pay_as_bid"}),
    "bounds": ((NORTH | {"strategy": "truthful", "devices": ["battery"], "member_share": 0.6}, SOUTH | {"up_kw": 0.5, "hours": 4.0}), {}),
    "pairs": ((NORTH | {"strategy": "truthful"}, SOUTH | {"strategy": "margin"}), {"market__mechanism": "preferred_partners"}),
    "continuous": ((NORTH | {"strategy": "truthful"}, SOUTH | {"strategy": "margin"}), {"market__mechanism": "continuous"}),
    "community": ((NORTH | {"strategy": "truthful", "member_share": 0.5}, SOUTH), {"market__mechanism": "mid_market_rate"}),
    "withdrawn": (
        (NORTH | {"strategy": "margin", "member_share": 0.7}, SOUTH | {"down_kw": 1.0}),
        {"clock__start": "2016-07-10", "population__households": 118, "population__pv": 0.6, "grid__voltage_band": [0.98, 1.028]},
    ),
    "learners": ((NORTH | {"strategy": "truthful"}, SOUTH), {"population__strategies": {"learning": 0.5, "marginal_value": 0.5}}),
    "a_day_ahead": ((NORTH | {"member_share": 0.5}, SOUTH), {"market__mechanism": "blocks"}),
}


@pytest.mark.parametrize("name", RUNS)
def test_it_closes(name, tmp_path):
    pools, changes = RUNS[name]
    results = with_pools(tmp_path / "run", *pools, **changes)
    assert results.total("traded_wh") > 0
    assert_closed(results)
    assert_paid(results)
    if name == "withdrawn":
        assert results.total("withdrawn_wh") > 0


def test_any_grouping_gives_the_same_tables(tmp_path):
    pools = [NORTH | {"strategy": "truthful", "member_share": 0.5}, SOUTH | {"up_kw": 0.5, "down_kw": 0.7}]
    scenario = p2p.Scenario.of({}, FEW | {"population.aggregators": pools, "results.orders": True})
    whole, split = (p2p.run(scenario, tmp_path / str(size), cohort_size=size) for size in (None, 1))
    assert fingerprint(split.folder) == fingerprint(whole.folder)


def test_all_of_the_gain_and_orders_passed_on_is_a_pool_as_it_was(tmp_path):
    """A share of 1 and the rulebook's commission: what is said is what is so unless said."""
    said = {"strategy": "pass_through", "member_share": 1.0, "fee": 2.0, "hours": 24.0}
    plain, told = (with_pools(tmp_path / name, NORTH | more, SOUTH) for name, more in (("plain", {}), ("told", said)))
    for table in ("agents", "bills", "postings", "intervals"):
        assert plain.frame(table).equals(told.frame(table)), table
    assert not bill(plain).pool_share_neur.any()


def test_a_share_moves_money_and_nothing_else(tmp_path):
    """Half of the gain is the aggregator's: members pay it that much more, and every other debt stays the same."""
    whole, half = (with_pools(tmp_path / str(share), NORTH | {"member_share": share}, SOUTH) for share in (1.0, 0.5))
    before, after = bill(whole), bill(half)
    assert np.array_equal(before.bought_wh, after.bought_wh)
    more = after.total_neur - before.total_neur
    assert more.equals(after.pool_share_neur)
    assert more[after.aggregator != "north"].eq(0).all()
    gained = before.pool_pay_neur + before.commission_neur
    assert (2 * more - gained)[after.aggregator == "north"].abs().max() <= 2 * 96


def test_members_trade_within_their_pool_and_the_market_sees_one_curve(tmp_path):
    scenario = p2p.Scenario.of({}, FEW | {"population.aggregators": [{"name": "all", "share": 1.0, "strategy": "truthful"}]})
    setup = build(scenario)
    model, books = ExchangeModel(setup), []
    close_the_gate = model.operator.clear
    model.operator.clear = lambda book, around: books.append(book) or close_the_gate(book, around)
    while model.running:
        model.step()
    assert model.came.traded.sum() > 0
    for book in books:
        assert np.all(book.agent == 12)
        assert len(book) == 0 or book.price[book.bids].max(initial=-(10**9)) < book.price[~book.bids].min(initial=10**9)
    assert model.came.paid.sum() + 2_000 * model.came.traded.sum() > 0


def test_members_go_where_they_are_paid_more(tmp_path):
    """The north keeps all of the gain, the south nothing: after a day all are in the south, and owe it from then on."""
    pools = (NORTH | {"member_share": 0.0}, SOUTH | {"fee": 0.0})
    results = with_pools(tmp_path / "run", *pools, clock__days=2, switching={"rule": "threshold", "days": 1, "advantage": 1.0})
    assert_closed(results)
    assert_paid(results)
    assert set(bill(results).aggregator) == {"", "south"}
    local = results.frame("postings").query("reason == 'local_energy'")
    first, second = local[local.interval < 96], local[local.interval >= 96]
    assert set(first.payee) == {"operator", "north", "south"}
    assert set(second.payee) == {"operator", "south"}
    stays = with_pools(tmp_path / "stays", *pools, clock__days=2)
    assert set(bill(stays).aggregator) == {"", "north", "south"}


def test_a_contract_for_batteries_leaves_the_rest_to_the_home(tmp_path):
    """A pool that may use batteries alone: homes without one trade for themselves, and pay no commission."""
    results = with_pools(tmp_path / "run", NORTH | {"devices": ["battery"]}, SOUTH, results__orders=True)
    bills = bill(results)
    without = bills[(bills.aggregator == "north") & (bills.battery_kwh == 0)]
    assert len(without) > 0
    assert without.bought_wh.sum() > 0
    assert not without.commission_neur.any()
    assert bills[(bills.aggregator == "north") & (bills.battery_kwh > 0)].commission_neur.any()
    traders = set(results.frame("orders").agent.astype(str))
    assert set(without.index[without.bought_wh > 0]) <= traders


def test_an_aggregator_sees_of_its_members_what_they_let_it(tmp_path):
    pools = [NORTH | {"privacy": "device"}, SOUTH]
    model = ExchangeModel(build(p2p.Scenario.of({}, FEW | {"population.aggregators": pools, "population.consent": 0.5})))
    north, south = model.aggregators
    values = np.arange(12.0)
    shown = north.sees(values, "device")
    levels = model.members.contracts.privacy[np.isin(model.members.contracts.member, north.members)]
    assert len(shown.member) == (levels == PRIVACY.index("device")).sum() < len(north.members)
    assert shown.value.sum() + shown.others[0] == values[north.members].sum()
    assert len(south.sees(values, "device").member) == 0


def test_with_full_consent_a_pool_bids_what_it_would_if_nobody_asked(tmp_path):
    """A meter is enough to see an order; each device tells no more of it. And pools that pass orders on need not see them."""
    bids = {"strategy": "margin", "margin": 10.0, "member_share": 0.5}
    meter, device = (with_pools(tmp_path / level, NORTH | bids | {"privacy": level}, SOUTH) for level in ("own meter", "device"))
    passed = [with_pools(tmp_path / str(share), NORTH, SOUTH, population__consent=share) for share in (1.0, 0.0)]
    for one, other in ((meter, device), passed):
        for table in ("agents", "bills", "postings", "intervals"):
            assert one.frame(table).equals(other.frame(table)), table


@pytest.mark.parametrize("hides", [{"population.consent": 0.0}, {"privacy": "aggregate"}], ids=str)
def test_without_consent_orders_stand_as_members_state_them(hides):
    """A pool of all homes that would net them and lower its bids sees sums alone: the book is what members wish, under its name."""
    pool = {"name": "all", "share": 1.0, "strategy": "margin", "margin": 30.0, "privacy": hides.get("privacy", "device")}
    changes = {"population.aggregators": [pool], "population.consent": hides.get("population.consent", 1.0)}
    model, orders = ExchangeModel(build(p2p.Scenario.of({}, FEW | changes))), 0
    for _ in range(96):
        wishes = quote(model.cohorts, model.situation().known)
        book = model.close(wishes, model.situation()).book
        for name, column in wishes.columns().items():
            assert np.array_equal(getattr(book, name), np.full(len(wishes), 12) if name == "agent" else column), name
        shown = model.aggregators[0].sees(np.arange(12.0), "own meter", group=12)
        assert len(shown.member) == 0
        assert shown.others.tolist() == [66.0]
        orders += len(wishes)
        model.step()
    assert orders > 500


def test_the_curve_is_of_those_who_consent():
    """Every other member shows its orders: those of the others stand in the book beside one curve of all that is left of the first."""
    pool = {"name": "all", "share": 1.0, "strategy": "margin", "margin": 30.0}
    model, both = ExchangeModel(build(p2p.Scenario.of({}, FEW | {"population.aggregators": [pool], "population.consent": 0.5}))), 0
    shown = model.members.shown
    assert 0 < shown.sum() < 12
    for _ in range(96):
        at = model.situation()
        wishes = quote(model.cohorts, at.known)
        gate, seen = model.close(wishes, at), wishes.take(shown[wishes.agent])
        alone = model.close(seen, at).book
        from_seen = shown[gate.told.agent]
        both += bool(from_seen.any() and not from_seen.all())
        for name, column in alone.columns().items():
            assert np.array_equal(np.sort(gate.book.columns()[name][from_seen]), np.sort(column)), name
        stated = wishes.take(~shown[wishes.agent])
        for name in ("side", "energy", "price", "arrival"):
            assert np.array_equal(np.sort(getattr(gate.book, name)[~from_seen]), np.sort(getattr(stated, name))), name
        model.step()
    assert both > 48


@pytest.mark.parametrize("consent", [1.0, 0.5, 0.0])
def test_whoever_consents_comfort_and_limits_are_kept(consent, tmp_path):
    """Heat pumps and cars want what they want, and nobody pays beyond its limit: with half of the gain the pool's, members gain."""
    pools = NORTH | {"strategy": "margin", "margin": 10.0, "member_share": 0.5}, SOUTH | {"strategy": "truthful", "up_kw": 0.5}
    comfort = {"population__heat_pump": 0.5, "population__ev": 0.5, "clock__start": "2016-01-11"}
    results, alone = (
        with_pools(tmp_path / name, *some, population__consent=consent, **comfort) for name, some in (("in", pools), ("out", ()))
    )
    assert_closed(results)
    assert_paid(results)
    assert results.total("traded_wh") > 0
    assert (bill(results).pool_pay_neur >= -bill(results).commission_neur).all()
    assert results.total("missed_wh") <= alone.total("missed_wh")
    assert results.total("discomfort_mkh") <= alone.total("discomfort_mkh") * 1.001


FAULTS = {
    "population.aggregators=[{name='a', share=0.1, strategy='clever'}]": "strategy: 'clever'; Input should be 'pass_through', 'truthful' or",
    "population.aggregators=[{name='a', share=0.1, member_share=1.5}]": "member_share: 1.5; Input should be less than or equal to 1",
    "population.aggregators=[{name='a', share=0.1, devices=['windmill']}]": "devices: 'windmill' is no kind of device; did you mean 'wind'?",
    "population.aggregators=[{name='a', share=0.1, up_kw=-1.0}]": "up_kw: -1.0; Input should be greater than or equal to 0",
    "population.aggregators=[{name='a', share=0.1, privacy='all'}]": "privacy: 'all'; Input should be 'aggregate', 'own meter' or 'device'",
    "switching.rule='nevr'": "switching.rule: 'nevr' is unknown; did you mean 'never'?",
    "switching={rule='logit', attention=2.0}": "switching.attention: 2; 0 to 1",
    "switching={rule='logit', advantge=2.0}": "switching.advantge: unknown key; did you mean 'advantage'?",
}


@pytest.mark.parametrize("line", FAULTS)
def test_what_a_scenario_can_not_say_of_pools(line):
    with pytest.raises(p2p.base.errors.InputError) as caught:
        build(p2p.Scenario.of({}, [line]))
    assert FAULTS[line] in str(caught.value)


def test_a_curve_is_for_an_interval():
    pools = [NORTH | {"strategy": "truthful"}, SOUTH | {"hours": 3.0}]
    with pytest.raises(p2p.base.errors.InputError) as caught:
        build(p2p.Scenario.of({}, {"market.mechanism": "blocks", "population.aggregators": pools}))
    assert [fault.where for fault in caught.value.faults] == ["population.aggregators.0", "population.aggregators.1"]


def test_the_reason_is_among_those_of_homes():
    assert Reason.POOL_SHARE < Reason.POOLED_ENERGY
