import re
import tomllib
from html import unescape
from html.parser import HTMLParser

import pytest

from p2p.base.errors import FileInvalid
from p2p.plots import FIGURES
from p2p.plots.words import money, number
from p2p.report import write_report
from p2p.report.households import MOST_SHOWN, households
from p2p.report.scenario import as_toml
from p2p.results import Results
from p2p.scenario import Scenario
from tests.report.made import make_results

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Page(HTMLParser):
    """What is on a page: tags that fit, ids, all that is loaded, and its text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.words = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.ids += [named["id"]] if "id" in named else []
        self.links += [named[key] for key in ("href", "src", "xlink:href", "srcset", "action", "data") if named.get(key)]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        self.words.append(text)


def written(folder, **options):
    results = make_results(folder, **options)
    text = write_report(results).read_text(encoding="utf-8")
    return results, text, Page(text)


NAMES = ["<script>alert(1)</script>", "Fish & Chips", 'a "quoted" home', "$x_1$", "ä", "f"]


@pytest.fixture(scope="module")
def common(tmp_path_factory):
    """A run with everything in it, and its page."""
    return written(tmp_path_factory.mktemp("common"), curtailed=True, names=NAMES)


@pytest.fixture
def no_figures(monkeypatch):
    """Figures take most of the time; many tests need none."""
    monkeypatch.setattr("p2p.report.page.SECTIONS", ())


def test_the_page_is_whole_and_loads_nothing(common):
    results, text, page = common
    assert (results.folder / "report.html").is_file()
    assert all(link.startswith(("#", "data:image/")) for link in page.links), page.links
    assert not re.search(r"@import|url\((?!#)|<link|<iframe|src=.?http|fetch\(", text)
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert text.count("<svg") == len(FIGURES)


def test_the_page_says_what_the_tables_say(common):
    results, text, _ = common
    plain = unescape(text)
    for plot in FIGURES.values():
        assert plot.title in plain
        assert plot.caption(results) in plain
    more = (results.bills["total_neur"].sum() - results.reference.bills["total_neur"].sum()) / 1e9
    assert f'<div class="value">{money(abs(more))} EUR</div>' in text
    assert '<td class="n">41.24</td><td class="n">38.5</td><td class="n better">+2.74</td><td class="better">better</td>' in text
    for row in households(results).shown:
        cells = f'<td class="n" data-value="{row.bill:.9g}">{money(row.bill)}</td><td class="n" data-value="{row.without:.9g}">{money(row.without)}</td>'
        assert cells in text
    assert "Run from 2026-01-01T00:00:00+00:00" in text
    assert "0123abcd" * 8 in text


def test_the_table_of_homes_adds_up(tmp_path):
    results = make_results(tmp_path)
    homes = households(results).shown
    assert sum(home.bill for home in homes) == pytest.approx(results.bills["total_neur"].sum() / 1e9)
    assert sum(home.without for home in homes) == pytest.approx(results.reference.bills["total_neur"].sum() / 1e9)
    assert [home.change for home in homes] == sorted(home.change for home in homes)
    assert homes[0].percent == pytest.approx(100 * homes[0].change / abs(homes[0].without))


def test_names_are_escaped(common):
    _, text, page = common
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert set(NAMES) <= set(page.words)
    assert "a <made-up> feeder & its week" in page.words


def test_the_same_results_give_the_same_bytes(common, tmp_path):
    again = write_report(make_results(tmp_path, curtailed=True, names=NAMES), tmp_path / "other.html")
    assert again.read_text(encoding="utf-8") == common[1]


def test_of_many_homes_those_at_the_ends_are_shown(tmp_path, no_figures):
    results, text, _ = written(tmp_path, homes=400, days=1)
    homes = households(results)
    assert (len(homes.shown), homes.total) == (MOST_SHOWN, 400)
    assert "The 150 homes that gain most and the 150 that gain least, of 400" in text
    changes = [home.change for home in homes.shown]
    every = sorted((results.bills["total_neur"] - results.reference.bills["total_neur"]) / 1e9)
    assert changes == pytest.approx([*every[:150], *every[-150:]])


def test_without_a_reference_the_page_says_so(tmp_path, no_figures):
    results, text, _ = written(tmp_path, reference=False)
    assert "the run had no reference" in text
    assert '<th class="n">without' not in text
    assert f'<div class="value">{money(results.bills["total_neur"].sum() / 1e9)} EUR</div>' in text


def test_what_was_not_kept_is_said(tmp_path, no_figures):
    _, _, page = written(tmp_path, without=("grid", "book"))
    plain = " ".join("".join(page.words).split())
    assert "The grid at its worst: the run kept no grid.parquet." in plain
    assert "Demand and supply of one interval: the run kept no book.parquet." in plain
    assert "voltages and loadings by element (grid.parquet)" in plain


@pytest.mark.slow
@pytest.mark.parametrize(
    "options", [{"trade": False}, {"homes": 1}, {"unsolved": tuple(range(48))}, {"days": 20}, {"without": ("grid",)}], ids=str
)
def test_odd_runs_have_a_page_too(options, tmp_path):
    _, text, page = written(tmp_path, **options)
    assert ">nan" not in text
    assert "About this run" in page.words


def test_simbench_is_named_where_it_is_used(tmp_path, no_figures):
    assert "Energies 13 (12), 3290, 2020" in written(tmp_path / "a")[1]
    assert "Energies 13 (12)" not in written(tmp_path / "b", grid_source={"case": "case33bw"})[1]


def test_the_scenario_on_the_page_can_be_run_again(common):
    scenario = Scenario.of(
        {"name": 'q"uoted\\ ä', "population": {"strategies": {"own.py:Mine": 1.0}, "aggregators": []}, "market": {"k": 0.25}}
    )
    again = Scenario.of(tomllib.loads(as_toml(scenario.model_dump(mode="json"))))
    assert again == scenario
    shown = unescape(re.search(r"<pre>(.*?)</pre>", common[1], re.DOTALL)[1])
    assert Scenario.of(tomllib.loads(shown)).clock.days == 2


def test_a_folder_without_a_run_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(FileInvalid, match=r"run\.json"):
        write_report(Results(tmp_path), tmp_path / "out" / "report.html")
    assert list(tmp_path.iterdir()) == []


def test_headline_numbers_are_of_the_tables(tmp_path):
    from p2p.report.headline import brief, cards

    results = make_results(tmp_path)
    shown = {card.label: card for card in cards(results)}
    assert shown["Highest loading"].value == f"{number(results.intervals['loading_max_percent'].max())} %"
    assert shown["Self-sufficiency"].value == "41.2 %"
    assert shown["Self-sufficiency"].note == "38.5 % without the local market"
    assert shown["Taken back by the DSO"].value == "nothing"
    assert brief(results)["Homes"] == "6, 3 with photovoltaics, 2 with a battery"
    assert brief(results)["Time"] == "2 days from Mon 4 Jul 2016, by 60 minutes"
