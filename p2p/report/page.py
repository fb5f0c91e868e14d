"""The page as text: what it says, in order; the template says how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from p2p.plots import FIGURES, missing, svg
from p2p.plots.words import money, number, tenth
from p2p.report.headline import brief, cards, indicators
from p2p.report.households import households
from p2p.report.scenario import as_toml, uses_simbench

if TYPE_CHECKING:
    from p2p.results import Results

SECTIONS = (
    ("market", "The local market", "What was traded, when, and at which price.", ("prices", "volumes", "mean_day", "order_curves")),
    (
        "people",
        "Who gains and who pays",
        "Bills of the homes and what institutions get, beside the same homes without a local market.",
        ("bills", "purposes"),
    ),
    (
        "grid",
        "The grid",
        "An AC power flow on what was metered in every interval: does the grid hold?",
        ("duration", "voltage", "loading", "grid", "curtailment"),
    ),
)
NOT_KEPT = {
    "agents": "each home by interval",
    "grid": "voltages and loadings by element",
    "postings": "who owed whom in each interval",
    "network": "the grid's elements",
    "book": "the order book of one interval",
    "orders": "every order",
    "trades": "every trade",
}


@dataclass(frozen=True)
class Shown:
    """A figure on the page."""

    name: str
    title: str
    caption: str
    picture: Any


def page(results: Results) -> str:
    """The whole page in HTML."""
    run = results.run
    return rendered(
        "template.html",
        run=run,
        title=run["scenario"]["name"],
        brief=brief(results),
        cards=cards(results),
        indicators=indicators(results),
        sections=[(anchor, heading, intro, figures(results, names)) for anchor, heading, intro, names in SECTIONS],
        homes=households(results),
        compared=results.reference is not None,
        not_drawn=not_drawn(results),
        not_kept={f"{table}.parquet": what for table, what in NOT_KEPT.items() if not results.has(table)},
        scenario=as_toml(run["scenario"]),
        simbench=uses_simbench(run),
    )


def rendered(template: str, **content: Any) -> str:
    """A template of this package, filled; every page has the same style."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"number": number, "money": money, "tenth": tenth}
    pages = resources.files("p2p.report")
    css = Markup(pages.joinpath("style.css").read_text(encoding="utf-8"))
    return environment.from_string(pages.joinpath(template).read_text(encoding="utf-8")).render(css=css, **content)


def figures(results: Results, names: tuple[str, ...]) -> list[Shown]:
    """The figures that can be drawn, in order."""
    from markupsafe import Markup

    shown = []
    for name in names:
        plot = FIGURES[name]
        if not missing(plot, results):
            shown.append(Shown(name, plot.title, plot.caption(results), Markup(svg(plot.draw(results), name, plot.title))))
    return shown


def not_drawn(results: Results) -> dict[str, str]:
    """Figures that can't be drawn, and why."""
    reasons = {plot.title: missing(plot, results) for plot in FIGURES.values()}
    return {title: why for title, why in reasons.items() if why}
