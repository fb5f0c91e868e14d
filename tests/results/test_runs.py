"""What a run leaves: the same bytes again, energy and money that close, tables that agree."""

import json

import numpy as np
import pytest

import p2p
from p2p.base.errors import FileInvalid
from p2p.results.tables import AGENT_STATES, AGENT_SUMS, INTERVAL_FLOATS, INTERVAL_GIVEN, INTERVAL_INTS, INTERVAL_WORDS
from tests.running import ONE_DAY, assert_closed, by_interval, few, fingerprint


def test_the_same_scenario_and_seed_leave_the_same_bytes(day, tmp_path):
    again = p2p.run(ONE_DAY, tmp_path / "again")
    assert fingerprint(again.folder) == fingerprint(day.folder)


def test_another_seed_leaves_another_run(tmp_path):
    first, second = few(tmp_path / "1"), few(tmp_path / "2", seed=8)
    assert not np.array_equal(first.intervals["load_wh"], second.intervals["load_wh"])
    assert not np.array_equal(first.intervals["national_price_eur_per_mwh"], second.intervals["national_price_eur_per_mwh"])


def test_a_folder_holds_what_it_should(day):
    names = {"agents", "book", "bills", "devices", "grid", "intervals", "network", "orders", "postings", "trades"}
    files = {"run.json", "kpis.json", "bills.csv", "reference"} | {f"{name}.parquet" for name in names}
    assert {path.name for path in day.folder.iterdir()} == files
    assert list(day.intervals) == ["interval", "time", *INTERVAL_GIVEN, *INTERVAL_INTS, *INTERVAL_FLOATS, *INTERVAL_WORDS]
    assert list(day.columns("agents")) == ["interval", "agent", *AGENT_SUMS, *AGENT_STATES]
    assert len(day.columns("agents")["agent"]) == 96 * 118
    assert day.run["status"] == "done"
    assert day.run["scenario"] == json.loads(ONE_DAY.model_dump_json())
    assert day.run["headline"] == {key: day.kpis[key]["value"] for key in day.run["headline"]}
    assert day.reference is not None
    assert day.reference.total("traded_wh") == 0
    assert day.reference.intervals["load_wh"].tolist() == day.intervals["load_wh"].tolist()


def test_energy_and_money_close_in_every_interval(day):
    assert_closed(day)
    assert_closed(day.reference)
    assert day.total("traded_wh") > 10_000
    assert day.intervals["held"].all()


def test_what_one_gains_another_loses(day):
    """In every interval, what all accounts gain sums to zero, and every debt is between two that are not the same."""
    postings = day.frame("postings")
    gained = -postings.groupby(["interval", "payer"], observed=True).amount_neur.sum()
    gained = gained.add(
        postings.groupby(["interval", "payee"], observed=True).amount_neur.sum().rename_axis(["interval", "payer"]), fill_value=0
    )
    assert gained.groupby("interval").sum().eq(0).all()
    assert gained.groupby("payer", observed=True).sum()["operator"] == day.total("budget_neur") == 0
    assert (postings.payer.astype(str) != postings.payee.astype(str)).all()


def test_bills_are_the_sums_of_postings(day):
    postings, bills = day.frame("postings"), day.frame("bills").set_index("agent")
    owed = postings[postings.payer.isin(bills.index)].groupby(["payer", "reason"], observed=True).amount_neur.sum().unstack(fill_value=0)
    reasons = [name.removesuffix("_neur") for name in bills if name.endswith("_neur") and name not in ("total_neur", "pool_pay_neur")]
    for reason in reasons:
        expected = owed[reason] if reason in owed else owed.iloc[:, 0] * 0
        assert expected.reindex(bills.index, fill_value=0).tolist() == bills[f"{reason}_neur"].tolist(), reason
    assert (bills[[f"{reason}_neur" for reason in reasons]].sum(axis=1) == bills.total_neur).all()


def test_agents_owe_what_postings_say(day):
    agents, postings = day.frame("agents"), day.frame("postings")
    owed = postings[postings.payer.isin(agents.agent.cat.categories)].groupby(["interval", "payer"], observed=True).amount_neur.sum()
    dues = agents.assign(agent=agents.agent.astype(str)).set_index(["interval", "agent"]).dues_neur
    assert owed.index.isin(dues.index).all()
    assert owed.rename_axis(["interval", "agent"]).reindex(dues.index, fill_value=0).tolist() == dues.tolist()


def test_agents_keep_their_energy(day):
    """Load less generation plus storage is what the meter counts, to the rounding of each: the register rounds once, so does each part."""
    agents = day.columns("agents")
    apart = agents["metered_wh"] - (agents["load_wh"] - agents["generation_wh"] + agents["storage_wh"])
    assert np.abs(apart).max() <= 2
    bills = day.bills
    for name, column in (("drawn_wh", np.maximum(agents["metered_wh"], 0)), ("fed_in_wh", np.maximum(-agents["metered_wh"], 0))):
        assert np.bincount(np.tile(np.arange(118), 96), column).tolist() == bills[name].tolist()
    assert bills["bought_wh"].sum() == bills["sold_wh"].sum() == day.total("traded_wh") - _both_ways(day)


def _both_ways(day):
    """Energy that a home bought and sold in one interval, in its net of nothing."""
    orders = day.frame("orders")
    agents = day.columns("agents")
    accepted = orders.groupby(["interval", "side"]).accepted_wh.sum().unstack(fill_value=0)[1]
    return accepted.sum() - np.maximum(agents["traded_wh"], 0).sum()


def test_orders_and_trades_add_up_to_what_was_traded(day):
    orders, trades, table = day.frame("orders"), day.frame("trades"), day.intervals
    for side, name in ((1, "bid_wh"), (-1, "offered_wh")):
        assert (
            by_interval(orders[orders.side == side], orders[orders.side == side].energy_wh.to_numpy(), 96).tolist() == table[name].tolist()
        )
        accepted = orders[orders.side == side]
        assert by_interval(accepted, accepted.accepted_wh.to_numpy(), 96).tolist() == table["traded_wh"].tolist()
    assert by_interval(trades, trades.energy_wh.to_numpy(), 96).tolist() == table["traded_wh"].tolist()
    assert (trades.energy_wh > 0).all()
    assert (orders.accepted_wh <= orders.energy_wh).all()
    paid = trades.energy_wh * trades.price_ueur_per_kwh
    assert (
        by_interval(trades, paid.to_numpy(), 96).tolist() == by_interval(orders, orders.payment_neur.clip(lower=0).to_numpy(), 96).tolist()
    )


@pytest.mark.parametrize("detail", ["day", "off"])
def test_less_detail_gives_the_same_totals(tmp_path, detail):
    days = {"clock__days": 2}
    fine = few(tmp_path / "fine", **days)
    coarse = few(tmp_path / "coarse", **days, results__agents=detail, results__grid=detail, results__postings=detail)
    for name in ("intervals.parquet", "bills.parquet", "bills.csv", "network.parquet", "book.parquet", "kpis.json"):
        assert (fine.folder / name).read_bytes() == (coarse.folder / name).read_bytes(), name
    if detail == "off":
        assert not any(coarse.has(name) for name in ("agents", "grid", "postings"))
        with pytest.raises(FileInvalid, match="kept no table 'agents'"):
            coarse.columns("agents")
        return
    rows, sums = fine.frame("agents"), coarse.frame("agents")
    assert sums.interval.unique().tolist() == [0, 96]
    by_day = rows.groupby([rows.interval // 96, "agent"], observed=True)
    for name in AGENT_SUMS:
        assert by_day[name].sum().tolist() == sums[name].tolist(), name
    assert by_day.stored_wh.last().tolist() == sums.stored_wh.tolist()
    owed = [run.frame("postings").groupby(["payer", "payee", "reason"], observed=True).amount_neur.sum() for run in (fine, coarse)]
    assert owed[0][owed[0] != 0].to_dict() == owed[1][owed[1] != 0].to_dict()
    grid, days_grid = fine.frame("grid"), coarse.frame("grid")
    by_element = grid.groupby([grid.interval // 96, "element"], observed=True, sort=False)
    assert by_element.voltage_pu.min().dropna().tolist() == days_grid.voltage_pu.dropna().tolist()
    assert by_element.voltage_pu.max().dropna().tolist() == days_grid.voltage_high_pu.dropna().tolist()
    assert by_element.loading_percent.max().dropna().tolist() == days_grid.loading_percent.dropna().tolist()


def test_loaded_results_are_those_of_the_run(day):
    again = p2p.load(str(day.folder))
    assert again.run == day.run
    assert again.kpis == day.kpis
    assert {name: column.tolist() for name, column in again.bills.items()} == {name: column.tolist() for name, column in day.bills.items()}
    assert again.reference.kpis == day.reference.kpis
    with pytest.raises(FileInvalid, match=r"run\.json"):
        p2p.load(day.folder.parent)


def test_grid_tables_say_what_the_intervals_say(day):
    grid, table = day.frame("grid"), day.intervals
    volts = grid[grid.kind == "bus"].groupby("interval").voltage_pu
    assert np.allclose(volts.min(), table["voltage_min_pu"], atol=1e-6)
    assert np.allclose(volts.max(), table["voltage_max_pu"], atol=1e-6)
    assert np.allclose(grid.groupby("interval").loading_percent.max(), table["loading_max_percent"], rtol=1e-6)


def test_the_book_of_a_chosen_interval_is_kept(day, tmp_path):
    """And it is the one that orders.parquet of the same run holds; without a choice it is the one with the most trade."""
    chosen = few(tmp_path / "chosen", results={"book": 40, "orders": True, "report": False, "reference": False})
    book, orders = chosen.frame("book"), chosen.frame("orders")
    assert set(book.interval) == {40}
    at = orders[orders.interval == 40]
    assert book.energy_wh.tolist() == at.energy_wh.tolist()
    assert book.accepted_wh.tolist() == at.accepted_wh.tolist()
    assert set(day.frame("book").interval) == {int(np.argmax(day.intervals["traded_wh"]))}
