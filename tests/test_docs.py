"""What the documents say is so: examples run, names exist, output is as shown."""

import doctest
import importlib.util
import os
import re
import shlex
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

import p2p
from p2p.behaviour.switching import SWITCHINGS
from p2p.build.rules import parameters
from p2p.cli import code_of
from p2p.cli.keys import scenario_keys
from p2p.devices import FLEXIBLE
from p2p.grid.ohms import BRANCH_COLUMNS, BUS_COLUMNS
from p2p.kpis import KPIS
from p2p.running import run_in
from p2p.scenario import Scenario
from p2p.sections import AggregatorSection
from p2p.settlement import Reason
from p2p.settlement.ledger import INSTITUTIONS
from p2p.sources.books import read_book
from p2p.sources.csv_grid import LOAD_COLUMNS

ROOT = Path(__file__).parents[1]
DOCS = [ROOT / "README.md", ROOT / "CHANGES.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXPERIMENTS = sorted(path.parent for path in (ROOT / "experiments").glob("*/scenario.toml"))
GUIDE = (ROOT / "docs/guide.md").read_text(encoding="utf-8")
CHAPTERS = "".join((ROOT / f"docs/{name}.md").read_text(encoding="utf-8") for name in ("devices", "minds"))
FENCE = re.compile(r"(?:^`(?P<name>[\w.]+)`[^\n]*\n(?:[^\n]+\n)*\n)?^```(?P<language>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block of a document; its name is the file that the line above says."""

    path: Path
    language: str
    body: str
    name: str | None
    line: int

    def __str__(self):
        return f"{self.path.relative_to(ROOT)}:{self.line}"


def blocks(language):
    found = []
    for path in DOCS:
        text = path.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            if match["language"] == language:
                found.append(Block(path, language, match["body"], match["name"], text.count("\n", 0, match.start("body"))))
    return found


def after(text):
    """The fenced text that follows a text in the README or the guide."""
    for document in (ROOT / "README.md", ROOT / "docs/guide.md"):
        _, found, rest = document.read_text(encoding="utf-8").partition(f"```sh\n{text}\n```")
        if found:
            return next(match["body"] for match in FENCE.finditer(rest) if match["language"] == "text")
    raise AssertionError(f"no document has {text}")


def plain(text):
    return "\n".join(line.rstrip() for line in text.rstrip("\n").split("\n"))


def commands():
    for block in blocks("sh"):
        for line in block.body.splitlines():
            if line.startswith("p2p "):
                yield pytest.param(shlex.split(line, comments=True)[1:], id=f"{block}: {line}")


def named(file):
    return next(block.body for block in blocks("text") + blocks("csv") + blocks("toml") + blocks("python") if block.name == file)


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_a_scenario_is_one(block):
    Scenario.of(tomllib.loads(block.body))


def test_the_default_week_is_the_first_experiment():
    named = {"name": "the same", "grid.simbench": Scenario().grid.source, "market.k": 0.5}
    experiment = Scenario.load(ROOT / "experiments/first_week/scenario.toml")
    assert experiment.changed(named).model_dump() == Scenario().changed(named).model_dump()


@pytest.mark.parametrize("block", blocks("csv"), ids=str)
def test_a_book_clears(block, tmp_path):
    book = tmp_path / "book.csv"
    book.write_text(block.body, encoding="utf-8")
    orders = read_book(book).orders
    for name in p2p.MECHANISMS:
        p2p.clear(orders, name)


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_examples_with_answers(path, monkeypatch):
    monkeypatch.chdir(ROOT)
    body = "".join(block.body for block in blocks("python") if block.path == path and block.body.startswith(">>>"))
    test = doctest.DocTestParser().get_doctest(body, {}, path.name, str(path), 0)
    result = doctest.DocTestRunner().run(test)
    assert result.failed == 0


@pytest.mark.parametrize("block", [block for block in blocks("python") if not block.body.startswith(">>>")], ids=str)
def test_an_example_is_python(block):
    compile(block.body, str(block), "exec")


@pytest.mark.parametrize("arguments", list(commands()))
def test_a_command_parses(arguments):
    from typer.main import get_command

    from p2p.cli.app import app

    group = get_command(app)
    _, command, rest = group.resolve_command(group.make_context("p2p", list(arguments)), list(arguments))
    options = command.make_context(arguments[0], rest).params
    changes = [change for change in options.get("changes") or () if "pv=1.4" not in change and "dys" not in change]
    Scenario.of({}, changes)


def test_output_is_as_shown(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "book.csv").write_text(named("book.csv"), encoding="utf-8")
    for line in ("p2p clear book.csv --mechanism uniform --mechanism pay_as_bid", "p2p grid case33bw", "p2p list"):
        assert code_of(line.split()[1:]) == 0
        assert plain(capsys.readouterr().out) == plain(after(line)), line
    line = "p2p run --set population.pv=1.4 --set clock.dys=3"
    assert code_of(line.split()[1:]) == 2
    assert plain(capsys.readouterr().err) == plain(after(line))


def test_the_own_grid_of_the_guide_is_a_grid(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert "p2p grid docs/examples/own_grid\n" in GUIDE
    assert code_of(["grid", "docs/examples/own_grid"]) == 0
    assert "warning" not in capsys.readouterr().out
    tables = dict(re.findall(r"^\| `(\w+\.csv)` \| (.*) \|$", GUIDE, re.MULTILINE))
    for file, columns in (("buses.csv", BUS_COLUMNS), ("branches.csv", BRANCH_COLUMNS), ("loads.csv", LOAD_COLUMNS)):
        assert set(re.findall(r"`(\w+)`", tables[file])) == set(columns), file


def test_links_lead_somewhere():
    for path in DOCS:
        text = path.read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            place, _, heading = link.partition("#")
            target = (path.parent / place).resolve() if place else path
            assert target.exists(), f"{path.name}: {link}"
            if heading:
                headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
                assert heading in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in headings}, f"{path.name}: {link}"


def test_pictures_are_small_and_shown():
    shown = {link for path in DOCS for link in re.findall(r"!\[[^]]+\]\(([^)]+)\)", path.read_text(encoding="utf-8"))}
    for picture in (ROOT / "docs/pictures").iterdir():
        assert picture.stat().st_size < 200_000
        assert any(link.endswith(picture.name) for link in shown)


def test_the_guide_names_every_key_and_no_other():
    said = {key for key, _ in described()}
    assert said == set(scenario_keys()) | {f"population.aggregators.{name}" for name in AggregatorSection.model_fields}
    tables = "clock|grid|population|devices|weather|market|switching|dso|national|regulation|results"
    mentioned = set(re.findall(rf"`((?:{tables})\.(?!parquet)[\w.]+)(?: = [^`]*)?`", GUIDE + CHAPTERS))
    assert mentioned <= said


def test_the_guide_gives_every_default():
    table = Scenario.of({}).model_dump(mode="json")
    pools = table["population"]["aggregators"]
    table["population"]["aggregators"] = [{name: pool[name] for name in ("name", "share")} for pool in pools]
    known = {f"population.aggregators.{name}": value for name, value in pools[0].items()}
    known |= {f"regulation.{name}": value for name, value in vars(p2p.REGIMES["default"]()).items()}
    for place, registry in (("market", p2p.MECHANISMS), ("dso", p2p.DSO_REGIMES), ("switching", SWITCHINGS)):
        known |= {f"{place}.{name}": value for rule in reversed(registry.values()) for name, value in parameters(rule).items()}
    known |= {f"devices.{kind}.{name}": value for kind in FLEXIBLE for name, value in parameters(FLEXIBLE[kind].sizes).items()}
    for key, default in described():
        place, _, name = key.rpartition(".")
        expected = known[key] if key in known else (table[place] if place else table)[name]
        if not default:
            assert key in ("population.aggregators.name", "population.aggregators.share") or expected in (None, ""), key
            continue
        expected = list(expected) if isinstance(expected, tuple) else expected
        assert tomllib.loads(f"it = {default}")["it"] == (expected if key != "clock.start" else tomllib.loads(f"it = {expected}")["it"]), (
            key
        )


def test_the_guide_names_every_indicator():
    rows = re.findall(r"^\| `(K\d+)_(\w+)` \| (.*?) \| (.*?) \| (.*?) \| (.*) \|$", section("Indicators"), re.MULTILINE)
    said = {key: (number, name, unit, better, formula.replace("\\|", "|")) for number, key, name, unit, better, formula in rows}
    assert said == {key: (kpi.number, kpi.name, kpi.unit, kpi.better, kpi.formula) for key, kpi in KPIS.items()}


def test_the_guide_names_every_reason_and_institution():
    assert set(re.findall(r"^\| `(\w+)` \| [a-zA-Z]", section("Who pays whom"), re.MULTILINE)) == {reason.name.lower() for reason in Reason}
    assert all(f"`{name}`" in GUIDE for name in INSTITUTIONS)


def test_the_layers_described_are_all_there_is():
    described = (ROOT / "docs/decisions/0009-packages.md").read_text(encoding="utf-8")
    there = {path.stem for path in (ROOT / "p2p").iterdir() if not path.name.startswith("__") and (path.is_dir() or path.suffix == ".py")}
    rows = re.findall(r"^\| \d+ \| (.*) \|$", described, re.MULTILINE)
    assert there == {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def described():
    """Each key that the guide's tables and the table of devices describe, and the default that stands there, if any."""
    row = re.compile(r"^\| `([\w.]+)` \|.*\| ?(?:`([^|]*)`)? ?\|$", re.MULTILINE)
    return [*row.findall(section("The scenario file")), *(found for found in row.findall(CHAPTERS) if found[0].startswith("devices."))]


def section(heading):
    return GUIDE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """A day of the default scenario with all that can be kept."""
    folder = tmp_path_factory.mktemp("day") / "day"
    kept = ["results.orders=true", "results.trades=true", "results.grid='day'", "grid.phases=unbalanced"]
    return run_in(Scenario.of({}, ["clock.days=1", *kept]), ROOT, folder)


def test_the_guide_names_every_file_and_column(day):
    text = section("The results folder")
    files = set(re.findall(r"^\| `([\w.]+)/?` \|", text.split("\n### ")[0], re.MULTILINE))
    assert files == {path.name for path in day.folder.iterdir()}
    said = {}
    for part in text.split("\n### ")[1:]:
        heading, _, rest = part.partition("\n")
        for table in re.findall(r"`(\w+)\.parquet`", heading):
            said[table] = set(re.findall(r"^\| `(\w+)` \|", rest, re.MULTILINE))
    owned = {f"{kind}_count" for kind in FLEXIBLE}  # a column for each kind that is in the run
    del said["prices"], said["areas"]  # see below
    assert said == {path.stem: set(day.columns(path.stem)) - owned for path in day.folder.glob("*.parquet")}
    csv = (day.folder / "bills.csv").read_text(encoding="utf-8").partition("\n")[0].strip().split(",")
    assert csv == [re.sub("_neur$", "_eur", re.sub("_wh$", "_kwh", name)) for name in day.columns("bills")]
    assert {path.name for path in (day.folder / "reference").iterdir()} == {
        *("intervals.parquet", "devices.parquet", "bills.parquet", "bills.csv", "network.parquet", "book.parquet", "kpis.json", "run.json")
    }


@pytest.mark.parametrize(("table", "asked"), [("prices", "dso.regime=locational"), ("areas", "market.areas=feeder")])
def test_the_guide_names_the_columns_of_tables_that_few_runs_have(tmp_path, table, asked):
    changes = ["clock.days=1", "clock.interval_minutes=60", asked, "results.reference=false", "results.report=false"]
    columns = run_in(Scenario.of({}, changes), ROOT, tmp_path / "run").columns(table)
    rest = section("The results folder").split(f"### `{table}.parquet`")[1].split("\n### ")[0]
    assert set(columns) == set(re.findall(r"^\| `(\w+)` \|", rest, re.MULTILINE))


def test_all_of_ones_own_runs(tmp_path):
    """The small files of docs/extending.md, in one folder with their scenario."""
    for block in blocks("python") + blocks("toml"):
        if block.name and block.path.name == "extending.md":
            (tmp_path / block.name).write_text(block.body, encoding="utf-8")
    results = run_in(Scenario.load(tmp_path / "own.toml", ["results.reference=false"]), tmp_path, tmp_path / "out")
    assert results.intervals["cut_homes"].max() > 0, "the regime shown has nothing to do"
    assert set(results.intervals["national_price_eur_per_mwh"]) == {60.0, 90.0}


@pytest.mark.parametrize("name", ["scenario.toml", "own_strategy.py", "own_mechanism.py"])
def test_the_files_shown_are_the_experiments(name):
    body = next(block.body for block in blocks("python") + blocks("toml") if block.name == name)
    assert body == (ROOT / "experiments/own_rules" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", EXPERIMENTS, ids=lambda folder: folder.name)
def test_an_experiment_is_complete(folder):
    Scenario.load(folder / "scenario.toml")
    assert {"run.py", "expected.json"} <= {path.name for path in folder.iterdir()}


@pytest.mark.slow
@pytest.mark.parametrize("folder", EXPERIMENTS, ids=lambda folder: folder.name)
def test_an_experiment_runs_small(folder, tmp_path, monkeypatch):
    """A day of it, within the bounds that it expects."""

    def one_day(scenario, out):
        return run_in(Scenario.load(scenario, ["clock.days=1"]), Path(scenario).parent, Path(out))

    monkeypatch.setattr(p2p, "run", one_day, raising=False)
    spec = importlib.util.spec_from_file_location(f"experiment_{folder.name}", folder / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.main(str(tmp_path / "out"), **getattr(module, "SMALL", {})) == 0


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A folder in which `p2p run --out results/demo` was typed."""
    folder = tmp_path_factory.mktemp("demo")
    run_in(Scenario(), folder, folder / "results/demo")
    return folder


@pytest.mark.slow
def test_figures_in_the_documents_are_the_default_weeks(demo):
    results = p2p.load(demo / "results/demo")
    rows = re.findall(r"│ (K\d+) +│ (.*?) +│ +(\S+) │ +(\S+) │ (\S+) +│", after("p2p run --out results/demo"))
    shown = [
        (kpi["id"], kpi["name"], *("-" if kpi[which] is None else f"{kpi[which]:,.2f}" for which in ("value", "reference")), kpi["unit"])
        for kpi in results.kpis.values()
    ]
    assert rows == shown
    saved = results.reference.bills["total_neur"] - results.bills["total_neur"]
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"{(saved > 0).sum()} of {len(saved)} homes pay less" in text


@pytest.mark.slow
@pytest.mark.parametrize("block", [block for block in blocks("python") if not block.body.startswith(">>>") and not block.name], ids=str)
def test_an_example_runs(block, demo):
    here = Path.cwd()
    os.chdir(demo)
    try:
        exec(compile(block.body, str(block), "exec"), {})
    finally:
        os.chdir(here)
