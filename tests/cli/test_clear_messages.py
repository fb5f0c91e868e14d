"""`p2p clear` with orders of several kinds: what a file may say, and what is refused."""

import json

import pandas as pd
import pytest

from p2p.base.errors import BookInvalid
from p2p.orders import Messages, Orders
from p2p.orders.messages import CANCEL, IOC, LIMIT, MARKET, REPLACE
from p2p.sources.books import read_book
from tests.running import command, few

HEAD = "agent,side,energy_kwh,price_eur_per_mwh,type,order\n"
BOOK = HEAD + (
    "ann,offer,2,100,,a1\nbob,offer,3,100,limit,b1\ncat,bid,3,120,limit,\nann,,,,cancel,a1\n"
    "bob,offer,,90,replace,b1\ndan,bid,1,,market,\neve,bid,5,95,ioc,\n"
)


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "book.csv"
    path.write_text(BOOK, encoding="utf-8")
    return path


def test_every_kind_of_order(book):
    """By hand: cat's 3 take ann's 2 (who came first) and 1 of bob's at 100. Ann's order is gone, so her cancel is missed.

    Bob moves the 2 that are left to 90; dan takes 1 of them at any price, eve 1; the other 4 that eve wants are dropped.
    """
    code, out, _ = command("clear", book, "--mechanism", "continuous", "--json")
    assert code == 0
    found = json.loads(out)
    trades = [(trade["buyer"], trade["seller"], trade["energy_kwh"], trade["price_eur_per_mwh"]) for trade in found["trades"]]
    assert trades == [("cat", "ann", 2, 100), ("cat", "bob", 1, 100), ("dan", "bob", 1, 90), ("eve", "bob", 1, 90)]
    assert [(order["agent"], order["accepted_kwh"]) for order in found["orders"]] == [
        ("ann", 2), ("bob", 1), ("cat", 3), ("bob", 2), ("dan", 1), ("eve", 1)
    ]  # fmt: skip
    assert (found["traded_kwh"], found["budget_eur"], found["welfare_eur"]) == (5, 0, None)
    assert found["facts"]["dropped of market and ioc [kWh]"] == 4
    assert found["facts"]["of them about orders that were gone"] == 1
    assert found["facts"]["mean price [EUR/MWh]"] == 96


def test_the_table_says_what_has_no_limit_and_no_welfare(book, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    code, out, _ = command("clear", book, "--mechanism", "continuous")
    assert code == 0
    assert "│ dan   │ bid   │ any" in out
    assert "│ continuous │ by order        │ 5            │ -             │" in out
    assert "best bid left [EUR/MWh]: -" in out


def test_other_rules_refuse_what_is_no_limit_order(book):
    code, out, err = command("clear", book, "--mechanism", "uniform", "--mechanism", "continuous", "--plot", "x.png")
    assert (code, out) == (2, "")
    assert "--mechanism uniform: takes limit orders alone, and 4 of the book are others (book.csv, line 5: cancel; " in err
    assert "--plot: draws limit orders alone" in err
    assert "--mechanism continuous" not in err
    assert "Traceback" not in err


def test_limit_orders_by_another_name_go_to_every_rule(tmp_path):
    path = tmp_path / "book.csv"
    path.write_text(HEAD + "ann,offer,2,100,limit,a\nbob,bid,2,120,,\n", encoding="utf-8")
    assert read_book(path).messages is None
    assert command("clear", path, "--mechanism", "uniform", "--mechanism", "continuous", "--json")[0] == 0


def test_every_fault_is_named_with_its_line(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(
        HEAD + "ann,offer,2,100,stop,a1\nbob,offer,3,,limit,b1\ncat,bid,3,120,market,\nann,,,,cancel,a7\neve,,,,cancel,b1\n"
        "bob,bid,1,3,cancel,b1\nbob,offer,1,5,limit,b1\nbob,,,,replace,\nbob,,x,,replace,b1\nbob,,,5,ioc,\nbob,,,,cancel,late\nbob,bid,1,1,,late\n",
        encoding="utf-8",
    )
    code, out, err = command("clear", path, "--mechanism", "continuous")
    assert (code, out) == (2, "")
    for said in (
        "line 2: type is 'stop'; limit or market or ioc or cancel or replace",
        "line 3: price_eur_per_mwh is empty; a number",
        "line 4: price_eur_per_mwh is 120; nothing: a market order takes any price",
        "line 5: order is 'a7', and no order before it has that name",
        "line 6: agent is 'eve', but order 'b1' is of 'bob'",
        "line 7: side is 'bid', but order 'b1' is not",
        "line 7: energy_kwh is 1; nothing: cancel takes all that stands",
        "line 7: price_eur_per_mwh is 3; nothing: cancel has no price",
        "line 8: order is 'b1', as in bad.csv, line 3; a name of its own",
        "line 9: order is empty in a replace",
        "line 10: energy_kwh is 'x'; a number",
        "line 11: side is ''; bid or offer",
        "line 11: energy_kwh is empty; a number",
        "line 12: order is 'late', and no order before it has that name",
    ):
        assert f"bad.csv, {said}" in err, said
    assert "14 things are wrong" in err


def test_messages_come_by_arrival(tmp_path):
    """The cancel stands above its order in the file, and comes after it in time."""
    path = tmp_path / "book.csv"
    path.write_text(
        "agent,side,energy_kwh,price_eur_per_mwh,arrival,type,order\nann,,,,5,cancel,a\nann,offer,2,100,1,,a\nbob,bid,2,120,9,,\n",
        encoding="utf-8",
    )
    code, out, _ = command("clear", path, "--mechanism", "continuous", "--json")
    assert code == 0
    assert json.loads(out)["traded_kwh"] == 0


def test_frames_give_messages():
    frame = pd.DataFrame(
        {
            "agent": ["a", "b", "a", "a", "c"],
            "side": ["offer", "bid", None, "offer", "bid"],
            "energy_kwh": [2.0, 1.0, None, None, 1.0],
            "price_eur_per_mwh": [100.0, None, 90.0, None, 80.0],
            "type": ["limit", "market", "replace", "cancel", "ioc"],
            "order": ["x", None, "x", "x", None],
        }
    )
    messages = Messages.from_frame(frame)
    assert messages.kind.tolist() == [LIMIT, MARKET, REPLACE, CANCEL, IOC]
    assert messages.order.tolist() == [0, 1, 0, 0, 4]
    assert messages.side.tolist() == [-1, 1, -1, -1, 1]
    assert messages.energy.tolist() == [2000, 1000, 0, 0, 1000]
    assert messages.orders().energy.tolist() == [2000, 1000, 2000, 1000]
    with pytest.raises(BookInvalid, match="4 rows are no limit orders"):
        Orders.from_frame(frame)
    plain = pd.DataFrame({"side": ["bid"], "energy_kwh": [1.0], "price_eur_per_mwh": [1.0]})
    assert len(Messages.from_frame(plain)) == len(Orders.from_frame(plain)) == 1


def test_a_day_of_continuous_trade(tmp_path):
    results = few(tmp_path / "out", market__mechanism="continuous")
    assert results.kpis["K36_budget"]["value"] == 0
    assert results.kpis["K37_traded_share"]["value"] > 0
