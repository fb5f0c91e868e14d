"""`p2p clear`: parameters, chance, prices outside, figures."""

import json

import pytest

from p2p.markets import MECHANISMS
from tests.running import command

BOOK = "agent,side,energy_kwh,price_eur_per_mwh\nann,bid,3,200\nbob,bid,1,90\ncat,offer,2,80\ndan,offer,4,100\n"
TIED = "agent,side,energy_kwh,price_eur_per_mwh\nann,bid,1,200\nbob,bid,1,200\ncat,offer,1,80\n"


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "book.csv"
    path.write_text(BOOK, encoding="utf-8")
    return path


def found(*arguments):
    code, out, err = command("clear", *arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def test_parameters_of_a_rule_are_set(tmp_path):
    """By hand: one bid of 1 at 200, one offer of 1 at 80: a fifth of the way from 80 is 104."""
    path = tmp_path / "book.csv"
    path.write_text(TIED.replace("bob,bid,1,200\n", ""), encoding="utf-8")
    assert found(path, "--set", "k=0.2")["price_eur_per_mwh"] == 104
    both = found(path, "--set", "k=0.2", "--mechanism", "uniform", "--mechanism", "mid_point")
    assert [one["price_eur_per_mwh"] for one in both] == [104, 140]


def test_a_lottery_depends_on_the_seed(tmp_path):
    path = tmp_path / "book.csv"
    path.write_text(TIED, encoding="utf-8")
    winners = {
        seed: [order["accepted_kwh"] for order in found(path, "--set", "ties=lottery", "--seed", str(seed))["orders"][:2]]
        for seed in range(12)
    }
    assert all(sum(won) == 1 for won in winners.values())
    assert len({tuple(won) for won in winners.values()}) == 2
    assert found(path, "--set", "ties=lottery", "--seed", "3")["orders"][0]["accepted_kwh"] == winners[3][0]


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--set", "k=7"), "uniform.k: 7.0; 0 to 1"),
        (("--set", "ties=first"), "uniform.ties: 'first'; allowed: arrival, pro_rata, lottery"),
        (("--set", "kk=1"), "uniform.kk: unknown key; did you mean 'k'?"),
        (("--set", "k"), "--set k: has no KEY=VALUE"),
        (("--retail", "300"), "--retail, --feed-in: one is given without the other"),
        (("--retail", "50", "--feed-in", "80"), "--retail: 50 is below --feed-in 80"),
        (("--plot", "curves.gif"), "'.gif' is no format for a figure"),
    ],
)
def test_wrong_options_are_refused(book, arguments, fault):
    code, out, err = command("clear", book, *arguments)
    assert (code, out) == (2, "")
    assert fault in err


@pytest.mark.parametrize("names", [["uniform"], ["uniform", "pay_as_bid", "mid_point"]])
def test_curves_are_drawn(book, tmp_path, names):
    arguments = [argument for name in names for argument in ("--mechanism", name)]
    for kind in ("png", "svg"):
        code, out, _ = command("clear", book, *arguments, "--plot", tmp_path / f"curves.{kind}")
        assert code == 0
        assert f"figure: {tmp_path / f'curves.{kind}'}" in out
        assert (tmp_path / f"curves.{kind}").stat().st_size > 5_000


def test_claims_are_listed_as_a_table():
    code, out, _ = command("list", "mechanisms")
    assert code == 0
    rows = {
        line.split("│")[1].strip(): [cell.strip() for cell in line.split("│")[2:-1]] for line in out.splitlines() if line.startswith("│")
    }
    assert set(rows) == set(MECHANISMS)
    assert rows["uniform"] == ["yes", "yes", "balanced", "", "yes", "book, grid"]
    assert rows["pay_as_bid"][0] == ""
