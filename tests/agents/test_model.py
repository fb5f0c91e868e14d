"""The exchange as a Mesa model, and who is bound by what."""

from types import SimpleNamespace

import mesa
import numpy as np
import pytest

from p2p.agents import Aggregator, Cohort, Dso, MarketOperator, Retailer, Tso
from p2p.agents.phases import quote
from p2p.base.errors import LawBroken
from p2p.build.build import build
from p2p.model import ExchangeModel
from p2p.orders import Orders
from p2p.scenario import Scenario
from tests.running import FEW

POOLS = {"population.aggregators": [{"name": "north", "share": 0.5}, {"name": "south", "share": 0.25}]}


@pytest.fixture(scope="module")
def setup():
    return build(Scenario.of({}, FEW | POOLS))


def test_it_steps_as_a_mesa_model_until_the_clock_ends(setup):
    model = ExchangeModel(setup)
    assert isinstance(model, mesa.Model)
    kinds = {type(agent) for agent in model.agents}
    assert kinds == {Aggregator, Cohort, Dso, MarketOperator, Retailer, Tso}
    model.step()
    assert (model.interval, model.steps, model.running) == (1, 1, True)
    while model.running:
        model.step()
    assert model.interval == model.steps == 96
    assert np.all((model.state.devices["battery"] >= 0) & (model.state.devices["battery"] <= setup.fleet.battery.capacity))


def test_two_models_of_one_setup_do_not_disturb_one_another(setup):
    first, second = ExchangeModel(setup), ExchangeModel(setup)
    for _ in range(5):
        first.step()
    for _ in range(5):
        second.step()
    assert np.array_equal(first.state.devices["battery"], second.state.devices["battery"])
    assert np.array_equal(first.state.reading, second.state.reading)


def test_an_interval_that_was_looked_at_first_is_the_same(setup):
    looked, plain = ExchangeModel(setup), ExchangeModel(setup)
    for _ in range(40):
        ExchangeModel.step(looked, looked.situation())
        ExchangeModel.step(plain)
    assert looked.interval == plain.interval == 40
    assert np.array_equal(looked.state.devices["battery"], plain.state.devices["battery"])
    assert np.array_equal(looked.state.reading, plain.state.reading)


@pytest.mark.parametrize("agent", [-1, 12])
def test_nobody_orders_for_a_home_that_is_not_there(setup, agent):
    known = ExchangeModel(setup).situation().known
    book = Orders.of(side=[1, 1], energy=[1, 1], price=[1, 1], agent=[11, agent])
    with pytest.raises(LawBroken, match=f"orders for agent {agent}, and there are 12 homes"):
        quote([SimpleNamespace(quote=lambda known: book)], known)
    assert len(quote([SimpleNamespace(quote=lambda known: book.take(slice(0, 1)))], known)) == 1


def test_a_home_is_in_one_pool_at_most_and_pools_have_their_share(setup):
    model = ExchangeModel(setup)
    members = [set(aggregator.members.tolist()) for aggregator in model.aggregators]
    assert [len(pool) for pool in members] == [6, 3]
    assert not members[0] & members[1]


def test_pooled_orders_bind_the_aggregator(setup):
    model = ExchangeModel(setup)
    home = np.arange(12)
    pooled = setup.fleet.prosumers.aggregator
    assert np.array_equal(model.members.bound[home], np.where(pooled >= 0, 12 + pooled, home))
    books = []
    close_the_gate = model.operator.clear
    model.operator.clear = lambda book, around: books.append(book) or close_the_gate(book, around)
    for _ in range(96):
        model.step()
    bound = np.unique(np.concatenate([book.agent for book in books]))
    assert {12, 13} <= set(bound.tolist())
    assert not set(bound.tolist()) & set(np.flatnonzero(pooled >= 0).tolist())


def test_members_settle_with_their_aggregator(day):
    """All local energy and commission of a member goes to or comes from its pool, nobody else's does."""
    bills = day.frame("bills").set_index("agent")
    postings = day.frame("postings")
    local = postings[postings.reason.isin(["local_energy", "commission"])]
    pool = bills.aggregator[local.payer.astype(str)].to_numpy()
    assert set(bills.aggregator) == {"", "north"}
    assert (bills.aggregator == "north").sum() == 30  # 0.25 of 118, rounded
    assert np.array_equal(local.payee.astype(str).to_numpy(), np.where(pool == "", "operator", pool))
    pooled = postings[postings.reason == "pooled_energy"]
    assert set(pooled.payer) == {"north"}
    assert set(pooled.payee) == {"operator"}
    of_members = postings[(postings.reason == "local_energy") & (postings.payee == "north")]
    assert pooled.groupby("interval").amount_neur.sum().equals(of_members.groupby("interval").amount_neur.sum())
    traders = set(day.frame("orders").agent.astype(str))
    assert "north" in traders
    assert not traders & set(bills.index[bills.aggregator == "north"])
