"""The commands: what they print, what they refuse, and the exit code that they leave with."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from p2p.behaviour import STRATEGIES
from p2p.cli import main
from p2p.cli.listing import KINDS
from p2p.kpis import KPIS
from p2p.markets import MECHANISMS
from tests.running import command

FEW = [f"--set={change}" for change in ("clock.days=1", "population.households=12", "results.report=false", "results.reference=false")]
EXAMPLE = Path(__file__).parents[2] / "docs/examples/own_grid"
BOOK = "agent,side,energy_kwh,price_eur_per_mwh\nann,bid,3,200\nbob,bid,1,90\ncat,offer,2,80\ndan,offer,4,100\n"


def refused(*arguments):
    """The message of a command that must end with 2, no traceback and nothing printed."""
    code, out, err = command(*arguments)
    assert code == 2, err
    assert "Traceback" not in err
    assert out == ""
    return err


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "book.csv"
    path.write_text(BOOK, encoding="utf-8")
    return path


def test_run_prints_indicators_and_where_the_results_lie(tmp_path):
    code, out, err = command("run", *FEW, "--out", tmp_path / "out")
    assert code == 0
    assert out.startswith("rural feeder, summer week: 12 homes, 96 intervals")
    assert all(kpi.name in out for kpi in KPIS.values())
    assert out.splitlines()[-1].startswith(f"results: {tmp_path / 'out'}")
    assert err.splitlines() == ["p2p: reading", "p2p: running"]


def test_run_takes_a_file_changes_and_a_seed(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        'name = "mine"\n[clock]\ndays = 1\n[population]\nhouseholds = 3\n[results]\nreport = false\nreference = false\n', encoding="utf-8"
    )
    code, _, _ = command(
        "run", file, "--set", "market.mechanism=pay_as_bid", "--seed", "11", "--out", tmp_path / "out", "--cohort-size", "1"
    )
    about = json.loads((tmp_path / "out/run.json").read_text())
    assert code == 0
    assert (about["name"], about["homes"], about["seed"], about["scenario"]["market"]["mechanism"]) == ("mine", 3, 11, "pay_as_bid")


def test_run_without_a_folder_names_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command("run", *FEW, "--set", "name=Über  uns!")[0] == 0
    assert (tmp_path / "results/ber_uns/run.json").is_file()


def test_wrong_runs_are_refused_in_words(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text("name = \n", encoding="utf-8")
    (tmp_path / "odd.toml").write_bytes(b"name = '\xff'\n")
    before = sorted(path.name for path in tmp_path.iterdir())
    assert "bad.toml: is no TOML: Invalid value (at line 1, column 8)" in refused("run", "bad.toml")
    assert "odd.toml: is no TOML: " in refused("run", "odd.toml")
    assert "none.toml: can't be read: No such file" in refused("run", "none.toml")
    assert ".: can't be read: Is a directory" in refused("run", ".")
    assert "--set days: has no KEY=VALUE" in refused("run", "--set", "days")
    assert "seed: -1" in refused("run", "--seed", "-1")
    assert "--seed" in refused("run", "--seed", "many")
    assert "--cohort-size" in refused("run", "--cohort-size", "0")
    assert "--frobnicate" in refused("run", "--frobnicate")
    assert "frobnicate" in refused("frobnicate")
    assert "bad.toml: is there and is no results folder" in refused("run", *FEW, "--out", "bad.toml")
    assert "can't be written" in command("run", *FEW, "--out", "bad.toml/out")[2]
    err = refused("run", "--set", "clock.days=0", "--set", "population.pv=2")
    assert err.splitlines()[0] == "p2p: 2 things are wrong"
    assert len(err.splitlines()) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == before


OWN = '''
from dataclasses import dataclass
import numpy as np
from p2p.behaviour.needs import needs
from p2p.markets import Uniform
from p2p.orders import Clearing, Orders


@dataclass(frozen=True)
class Truthful:
    """Bids its limits."""

    def __call__(self, known):
        from p2p.behaviour import MarginalValue

        return MarginalValue()(known)


@dataclass(frozen=True)
class Fair(Uniform):
    """The middle price, and a parameter of its own."""

    generosity: float = 0.5


@dataclass(frozen=True)
class Later:
    """Keeps the laws of a market until there is much to trade, then pays out more than it takes in."""

    claims = frozenset()

    def __call__(self, orders, limits=None):
        accepted = Uniform()(orders)
        return Clearing(accepted.energy, accepted.payment - (len(orders) > 8), None)


@dataclass(frozen=True)
class NeedsMore:
    share: float


class Silent:
    def __call__(self, *columns):
        return None


class Deceiver:
    def __call__(self, known):
        return Orders.of([1], [100], [10], agent=[999_999])


class Wild:
    claims = frozenset()

    def __call__(self, orders, limits=None):
        return Clearing(np.full(len(orders), 0.5), np.zeros(len(orders)), None)


class Short:
    claims = frozenset()

    def __call__(self, orders, limits=None):
        return Clearing(np.zeros(0, np.int64), np.zeros(0, np.int64), None)


class Greedy:
    claims = frozenset()

    def __call__(self, orders, limits=None):
        return Clearing(2 * orders.energy, 0 * orders.energy, None)


class Crash:
    def __call__(self, *columns):
        return columns[0].nothing_of_the_kind


number = 5
'''


@pytest.fixture
def own(tmp_path):
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    (tmp_path / "broken.py").write_text("def (", encoding="utf-8")
    return tmp_path


def written(folder, market="uniform", strategy="marginal_value", more=""):
    file = folder / "mine.toml"
    file.write_text(f'[clock]\ndays = 1\n[population]\nhouseholds = 12\nstrategies = {{ "{strategy}" = 1.0 }}\n[market]\nmechanism = "{market}"\n{more}\n[results]\nreport = false\n', encoding="utf-8")  # fmt: skip
    return file


def test_rules_of_ones_own_run_from_beside_the_scenario(own):
    code, _, err = command("run", written(own, "own.py:Fair", "own.py:Truthful", "generosity = 0.7"), "--out", own / "out")
    assert code == 0, err
    about = json.loads((own / "out/run.json").read_text())
    assert about["scenario"]["market"] == {"mechanism": "own.py:Fair", "areas": "one", "generosity": 0.7}
    assert list(about["inputs"]) == ["own.py"]
    assert (own / "out/reference/run.json").is_file()
    code, _, err = command(
        "run",
        written(own),
        "--set",
        'population.strategies={"own.py:Truthful"=1.0}',
        "--set",
        "market.mechanism=own.py:Fair",
        "--out",
        own / "again",
    )
    assert code == 0, err
    plain = command("run", written(own), "--out", own / "plain")[0]
    assert plain == 0
    assert (own / "plain/intervals.parquet").read_bytes() == (own / "out/intervals.parquet").read_bytes()


WRONG = {
    ("market", "nofile.py:X"): "market.mechanism: no file 'nofile.py' in ",
    ("market", "own.py:X"): "market.mechanism: 'own.py' has no 'X'",
    ("market", "broken.py:X"): "market.mechanism: 'broken.py' fails on import: SyntaxError",
    ("market", "own.py:NeedsMore"): "'NeedsMore' can't be made",
    ("market", "own.py:number"): "'5' can't be made",
    ("market", "own.py:Silent"): "'own.py:Silent' gives nothing; p2p.orders.clearing.Clearing",
    ("market", "own.py:Wild"): "energy of its clearing is an array of float64",
    ("market", "own.py:Short"): "energy of its clearing is an array of int64, shape (0,)",
    ("market", "own.py:Greedy"): "breaks 'balanced'",
    ("market", "own.py:Crash"): "fails when it is called: AttributeError",
    ("strategy", "own.py:Silent"): "population.strategies: 'own.py:Silent' gives nothing",
    ("strategy", "own.py:Deceiver"): "orders for agents that it was not asked for",
    ("strategy", "own.py:Crash"): "fails when it is called: AttributeError",
    ("strategy", "own.py:NeedsMore"): "can't be made",
}


@pytest.mark.parametrize(("kind", "name"), WRONG)
def test_rules_of_ones_own_that_are_nonsense_are_refused(own, kind, name):
    assert WRONG[kind, name] in refused("run", written(own, **{kind: name}), "--out", own / "out")
    assert not (own / "out").exists()


@pytest.mark.parametrize(
    ("key", "name"),
    [("dso.regime", "Silent"), ("national.prices", "Crash"), ("population.forecast", "Silent"), ("regulation.regime", "Silent")],
)
def test_other_rules_of_ones_own_are_tried_out_too(own, key, name):
    assert f"{key}: 'own.py:{name}' " in refused("run", written(own), "--set", f"{key}=own.py:{name}", "--out", own / "out")


def test_a_run_that_breaks_a_law_says_where_and_leaves_nothing(own):
    code, _, err = command("run", written(own, "own.py:Later"), "--out", own / "out")
    assert code == 3
    assert "the run failed" in err
    assert "breaks 'no_deficit'" in err
    assert "while running interval" in err
    assert not [path for path in own.iterdir() if path.name.startswith((".out", "out"))]


def test_clear_prints_a_table_for_each_rule(book):
    code, out, _ = command("clear", book, "--mechanism", "uniform", "--mechanism", "pay_as_bid")
    assert code == 0
    assert out.count("ann") == out.count("dan") == 2
    assert "uniform" in out
    assert "by order" in out


def test_clear_as_json(book):
    """By hand: bids 3 at 200 and 1 at 90, offers 2 at 80 and 4 at 100: 3 kWh at 100 (dan has more to sell at 100),

    worth 3 x 200 - 2 x 80 - 1 x 100 = 340 EUR/MWh kWh.
    """
    code, out, _ = command("clear", book, "--json")
    found = json.loads(out)
    assert code == 0
    assert set(found) == {"mechanism", "price_eur_per_mwh", "orders", "welfare_eur", "traded_kwh", "budget_eur", "trades"}
    assert (found["mechanism"], found["price_eur_per_mwh"], found["traded_kwh"], found["budget_eur"]) == ("uniform", 100.0, 3.0, 0.0)
    assert found["welfare_eur"] == pytest.approx(0.34)
    rows = [(row["agent"], row["side"], row["accepted_kwh"], row["price_eur_per_mwh"], row["pays_eur"]) for row in found["orders"]]
    assert rows == [
        ("ann", "bid", 3.0, 100.0, 0.3),
        ("bob", "bid", 0.0, None, 0.0),
        ("cat", "offer", 2.0, 100.0, -0.2),
        ("dan", "offer", 1.0, 100.0, -0.1),
    ]
    pairs = [(pair["buyer"], pair["seller"], pair["energy_kwh"], pair["price_eur_per_mwh"]) for pair in found["trades"]]
    assert pairs == [("ann", "cat", 2.0, 100.0), ("ann", "dan", 1.0, 100.0)]
    assert [(pair["bid"], pair["offer"]) for pair in found["trades"]] == [(0, 2), (0, 3)]


def test_clear_by_every_rule_as_json(book):
    names = [argument for name in MECHANISMS for argument in ("--mechanism", name)]
    code, out, _ = command("clear", book, *names, "--json")
    assert code == 0
    assert [found["mechanism"] for found in json.loads(out)] == list(MECHANISMS)
    by_order = next(found for found in json.loads(out) if found["mechanism"] == "pay_as_bid")
    assert by_order["price_eur_per_mwh"] is None
    assert by_order["orders"][0]["pays_eur"] == pytest.approx(0.6)


@pytest.mark.parametrize(
    "rows",
    ["", "ann,bid,1,100\n", "cat,offer,1,-20\n", "ann,bid,1,10\ncat,offer,1,20\n"],
    ids=["empty", "no offers", "no bids", "too dear"],
)
def test_books_in_which_nothing_trades_are_answered(tmp_path, rows):
    (tmp_path / "book.csv").write_text(BOOK.splitlines()[0] + "\n" + rows, encoding="utf-8")
    for name in MECHANISMS:
        code, out, err = command("clear", tmp_path / "book.csv", "--json", "--mechanism", name)
        assert code == 0, err
        found = json.loads(out)
        assert found["traded_kwh"] == found["welfare_eur"] == found["budget_eur"] == 0
        assert found["trades"] == []
        assert command("clear", tmp_path / "book.csv", "--mechanism", name)[0] == 0


def test_zero_and_negative_prices_clear(tmp_path):
    """By hand: a bid of 2 at 0 meets 1 at -30 and 1 at 0: the price is 0, the gain 30 EUR/MWh x 1 kWh."""
    (tmp_path / "book.csv").write_text(BOOK.splitlines()[0] + "\nann,bid,2,0\ncat,offer,1,-30\ndan,offer,1,0\n", encoding="utf-8")
    found = json.loads(command("clear", tmp_path / "book.csv", "--json")[1])
    assert (found["price_eur_per_mwh"], found["traded_kwh"], found["welfare_eur"]) == (0.0, 2.0, 0.03)


def test_wrong_books_are_refused_with_every_fault(tmp_path, book):
    wrong = tmp_path / "wrong.csv"
    heading = BOOK.splitlines()[0] + "\n"
    wrong.write_text(heading + ",buy,1e999999,\nann,bid,-1,nan,extra\nbob,offer,0.0004,1_0x\n", encoding="utf-8")
    err = refused("clear", wrong)
    for fault in ("line 2: agent is empty", "line 2: side is 'buy'; bid or offer", "line 2: energy_kwh is 1e999999", "line 2: price_eur_per_mwh is empty",
                  "line 3: energy_kwh is -1", "line 3: price_eur_per_mwh is 'nan'", "line 3: has more cells", "line 4: energy_kwh is 0.0004", "line 4: price_eur_per_mwh is '1_0x'"):  # fmt: skip
        assert fault in err, fault
    wrong.write_text(heading.replace("side", "sides") + "ann,bid,1,1\n", encoding="utf-8")
    assert "has no column 'side'" in refused("clear", wrong)
    assert "unknown column 'sides'; did you mean 'side'?" in refused("clear", wrong)
    wrong.write_text(BOOK.replace(",", ";"), encoding="utf-8")
    assert "has no heading with commas" in refused("clear", wrong)
    wrong.write_text("", encoding="utf-8")
    assert "has no heading with commas" in refused("clear", wrong)
    wrong.write_bytes(b"\xff\xfe")
    assert "can't be read" in refused("clear", wrong)
    wrong.write_text(heading + "".join(f"a{row},bid,1000000,1000000\n" for row in range(5)), encoding="utf-8")
    assert "worth more than the arithmetic holds" in refused("clear", wrong)
    assert "can't be read: Is a directory" in refused("clear", tmp_path)
    err = refused("clear", tmp_path / "none.csv", "--mechanism", "unifrom", "--mechanism", "second")
    assert "did you mean 'uniform'" in err
    assert "'second' is unknown" in err
    assert "none.csv: can't be read" in err


def test_limits_are_read_exactly_and_never_passed(tmp_path):
    """A bid just under 0.002 EUR/MWh is not worth 2 µEUR/kWh, however many digits say so."""
    (tmp_path / "book.csv").write_text(
        BOOK.splitlines()[0] + "\nann,bid,1,0.00199999999999999999999999999999999999\ncat,offer,1,0.002\n", encoding="utf-8"
    )
    assert json.loads(command("clear", tmp_path / "book.csv", "--json")[1])["traded_kwh"] == 0


def test_grid_in_words_and_as_json():
    code, out, _ = command("grid", "case33bw")
    assert code == 0
    assert "lowest voltage [p.u.]" in out
    out_in_words = out
    code, out, _ = command("grid", "case33bw", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["buses"], found["branches"], found["converged"], found["min_voltage_bus"]) == (33, 32, True, "18")
    assert found["losses_kw"] == pytest.approx(202.68, abs=0.01)  # Baran and Wu 1989, as in tests/cases/power_flow
    assert found["losses_kvar"] == pytest.approx(135.14, abs=0.01)
    assert found["min_voltage_pu"] == pytest.approx(0.9131, abs=1e-4)
    assert {"max_loading_percent", "source", "name", "warnings"} <= set(found)
    assert any("21 of 33 buses lie below 0.95 p.u., farthest 18 (0.9131 p.u.)" in warning for warning in found["warnings"])
    assert found["warnings"] == [line.removeprefix("warning: ") for line in out_in_words.splitlines() if line.startswith("warning: ")]
    assert "did you mean 'case33bw'" in refused("grid", "case33bv")
    assert "no file 'none.m'" in refused("grid", "none.m")


def test_an_own_grid_is_read_or_said_what_is_wrong_with(tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "own")
    code, out, _ = command("grid", tmp_path / "own", "--json")
    assert code == 0
    found = json.loads(out)
    assert (found["name"], found["buses"], found["loads"], found["warnings"]) == ("own", 5, 5, [])
    branches = tmp_path / "own/branches.csv"
    branches.write_text(branches.read_text(encoding="utf-8").replace("0.142,0.3,1", "0,0.3,1"), encoding="utf-8")
    message = refused("grid", tmp_path / "own")
    assert "branches.csv, column max_i_ka: 1 are out of bounds (row 4), the first '0.0'; above 0 kA; 0 would carry nothing" in message
    assert "no file 'buses.csv'" in refused("grid", tmp_path)
    assert "names 2 sources (case, csv)" in refused("run", "--set", "grid.csv=own", "--set", "grid.case=case33bw")
    assert "no folder 'case33bw'" in refused("run", "--set", "grid.csv=case33bw")


@pytest.mark.parametrize("kind", KINDS)
def test_list_names_everything_once(kind):
    code, out, _ = command("list", kind)
    assert code == 0
    lines = [line for line in out.splitlines() if line[0] not in "┏┃┡│└"]  # the table of claims stands above the mechanisms
    assert [line.split("  ")[0].strip() for line in lines if not line.startswith(" ")] == [name.strip() for name in KINDS[kind]()]
    assert all(len(line.split(maxsplit=1)) == 2 for line in lines)


def test_list_says_what_kinds_there_are():
    code, out, _ = command("list")
    assert code == 0
    assert all(f"\n{kind} " in f"\n{out}" for kind in KINDS)
    assert all(name in out for name in (*MECHANISMS, *STRATEGIES))
    assert "did you mean 'mechanisms'" in refused("list", "mechanism")


def test_report_is_written_again(day, tmp_path):
    folder = shutil.copytree(day.folder, tmp_path / "copy")
    code, out, _ = command("report", folder)
    assert code == 0
    assert out == f"report: {folder / 'report.html'}\n"
    assert (folder / "report.html").stat().st_size > 10_000
    assert "has no readable run.json" in refused("report", tmp_path)
    assert "has no readable run.json" in refused("report", tmp_path / "none")


def test_ctrl_c_leaves_with_130(tmp_path, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("p2p.running.simulate", interrupted)
    code, _, err = command("run", *FEW, "--out", tmp_path / "out")
    assert code == 130
    assert err.splitlines()[-1] == "p2p: stopped; nothing was left half-written"
    assert list(tmp_path.iterdir()) == []


def test_the_program_leaves_with_its_exit_code(monkeypatch, book):
    for arguments, code in ((["list", "kpis"], 0), (["clear", str(book), "--mechanism", "x"], 2)):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert left.value.code == code


def test_help_and_a_reader_that_leaves():
    code, out, _ = command("--help")
    assert code == 0
    assert all(name in out for name in ("run", "clear", "grid", "list", "report", "bench"))
    found = subprocess.run(f"{sys.executable} -m p2p list keys | head -1", shell=True, capture_output=True, text=True, check=True)
    assert found.stderr == ""
    assert len(found.stdout.splitlines()) == 1


HOSTING = ("grid", "1-LV-rural3--0-sw", "--hosting", "pv", "--placements", "5")


def test_hosting_as_json_and_as_a_figure(tmp_path):
    code, out, err = command(*HOSTING, "--target", "0.7", "--set", "population.pv_kw=[8, 8]", "--plot", tmp_path / "curve.svg", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    alone, copper = found["copper_alone"], found["copper"]
    assert (alone["placements"], alone["homes"], found["seed"]) == (5, 118, 7)
    assert alone["power_kw"]["value"] == pytest.approx(8 * 118 * alone["share_percent"]["value"] / 100)
    assert copper["held_before"] < 0.95 <= copper["held"]
    assert copper["a_year"] == pytest.approx(sum(one["a_year"] for one in copper["measures"]))
    assert (tmp_path / "curve.svg").read_text().startswith("<?xml")


def test_hosting_in_words_of_a_scenario_file_with_a_regime(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('[clock]\ninterval_minutes = 60\n[dso]\nregime = "curtail"\n[population]\nhouseholds = 4\n', encoding="utf-8")
    code, out, _ = command("grid", file, *HOSTING[2:], "--runs", "1", "--seed", "3")
    assert code == 0
    assert "hosting capacity for pv: 4 homes" in out
    assert "uniform and curtail, 1 run" in out
    assert "the same without market and control" in out


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--hosting", "pvv"), "technology: 'pvv' is unknown; did you mean 'pv'?"),
        (("--alpha", "1"), "alpha: 1"),
        (("--target", "0"), "--target: 0"),
        (("--set", "population.pv_kw=[0, 1]"), "population.pv_kw"),
        (("--plot", "curve.bmp"), "'.bmp' is no format for a figure"),
    ],
)
def test_hosting_refuses(more, words):
    assert words in refused(*HOSTING, *more)
