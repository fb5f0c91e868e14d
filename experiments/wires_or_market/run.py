"""A feeder too thin for what its homes do: what does each regime of its grid operator save, cost, and whom?

A summer and a winter week in which limits bind, under each regime, and how many homes may have photovoltaics under some.
Writes a table, a report and figures, and says how far it is from `expected.json`.
"""

import csv
import json
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import p2p
from p2p.build.build import build
from p2p.grid.distances import from_source
from p2p.plots.map import worst_state
from p2p.plots.style import COLOURS, canvas, drawn, legend, save
from p2p.report import Part, Sheet, Study, write_study
from p2p.running import run_in
from p2p.studies import hosting

HERE = Path(__file__).parent
WEEKS = {
    "summer": {"clock.start": "2016-07-04", "grid.rating_scale": 0.4},
    "winter": {"clock.start": "2016-01-11", "grid.rating_scale": 0.5},
}
"""Scales at which limits bind and can be kept: in winter must-run load fills a smaller transformer by itself."""

REGIMES = {
    "none": {"dso.regime": "none"},
    "curtail": {"dso.regime": "curtail"},
    "tariff": {"dso.regime": "tariff", "dso.kind": "dynamic"},
    "envelope": {"dso.regime": "envelope"},
    "direct_control": {"dso.regime": "direct_control"},
    "validate": {"dso.regime": "validate", "market.mechanism": "continuous"},
    "locational": {"dso.regime": "locational"},
    "locational, foreseen": {"dso.regime": "locational", "population.forecast": "perfect"},
}
HOSTED = ("curtail", "envelope", "locational")
THIRDS = ("near", "middle", "far")
SMALL = {"days": 1, "regimes": ("none", "curtail", "locational"), "hosted": ("locational",), "runs": 1}
"""What makes a small run of it, for the tests."""

HEADINGS = {
    "outside": "outside the bounds [% of intervals]", "overload": "overload [kVAh]", "loading": "highest loading [%]",
    "welfare": "welfare K3 [EUR]", "held_back": "generation held back [kWh]", "unserved": "load shed [kWh]",
    "cut": "worth of what was taken back [EUR]", "fees": "network fees [EUR]", "rent": "rent taken [EUR]", "shared": "rent given back [EUR]",
    "revenue": "DSO revenue [EUR]", "near": "bill, near [EUR]", "middle": "bill, middle [EUR]", "far": "bill, far [EUR]",
    "drawn_near": "drawn, near [kWh]", "drawn_middle": "drawn, middle [kWh]", "drawn_far": "drawn, far [kWh]",
    "binding": "what bound most often (intervals)",
}  # fmt: skip


def scenario_of(week, regime, days):
    """The feeder in a week under a regime."""
    return p2p.Scenario.load(HERE / "scenario.toml", {"clock.days": days} | WEEKS[week] | REGIMES[regime])


def thirds_of(scenario, buses):
    """[N] 0 to 2: which third of the homes each belongs to, by the impedance between its bus and the upstream grid."""
    grid = build(scenario, HERE).grid
    row_of = {name: row for row, name in enumerate(grid.buses.name.tolist())}
    away = from_source(grid, "ohm")[[row_of[name] for name in buses.tolist()]]
    return np.searchsorted(np.quantile(away, (1 / 3, 2 / 3)), away)


def row_of(results, third):
    """The line of a run in the table, by the names of `HEADINGS`."""
    bills, kpi = results.bills, {key: p2p.KPIS[key].of(results) for key in ("out_of_bounds", "overload", "highest_loading", "welfare")}
    fees, rent, shared = (
        amount * 1e-9
        for amount in (results.total("network_fee_neur"), results.total("location_neur"), 0.0 - float(bills["rent_share_neur"].sum()))
    )
    row = dict(zip(("outside", "overload", "loading", "welfare"), kpi.values(), strict=True))
    row |= {"held_back": results.total("held_back_wh") / 1_000, "unserved": results.total("unserved_wh") / 1_000}
    row |= {"cut": results.total("cut_worth_neur") * 1e-9, "fees": fees, "rent": rent, "shared": shared, "revenue": fees + rent - shared}
    row |= {name: float(bills["total_neur"][third == place].mean()) * 1e-9 for place, name in enumerate(THIRDS)}
    row |= {f"drawn_{name}": float(bills["drawn_wh"][third == place].mean()) / 1_000 for place, name in enumerate(THIRDS)}
    bound = Counter(str(name) for name in results.intervals["binding"] if name)
    return row | {"binding": "; ".join(f"{name} ({count})" for name, count in bound.most_common(3)) or "nothing"}


def hosted_under(regime, runs):
    """How many homes may have photovoltaics under a regime and by copper alone, at the scale of the summer. [%]"""
    scenario = scenario_of("summer", regime, 1)
    gain = hosting.flexible(scenario, "pv", runs=runs, folder=HERE)
    return {name: 100 * counts / gain.homes for name, counts in (("alone", gain.alone), ("flexible", gain.flexible))}


@drawn
def regimes_figure(found):
    """What each regime leaves beyond the bounds, takes back and gains; a row of axes a week."""
    shown = {"outside": "outside bounds [%]", "held_back": "held back [kWh]", "unserved": "load shed [kWh]", "welfare": "welfare K3 [EUR]"}
    weeks = list(dict.fromkeys(week for week, _ in found))
    drawing, axes = canvas(2.6 * len(weeks), nrows=len(weeks), ncols=len(shown), sharey=True, squeeze=False)
    for line, week in zip(axes, weeks, strict=True):
        rows = {regime: row for (when, regime), row in found.items() if when == week}
        for place, (name, label), colour in zip(line, shown.items(), ("bad", "generation", "load", "local"), strict=True):
            place.barh(list(rows), [row[name] for row in rows.values()], color=COLOURS[colour])
            place.axvline(0, color=COLOURS["limit"], linewidth=0.8)
            place.margins(x=0.03)
            if not any(row[name] for row in rows.values()):
                place.set_xlim(0, 1)
            place.set_xlabel(f"{label}, {week}")
    axes[0, 0].invert_yaxis()
    return drawing


@drawn
def bills_figure(found):
    """How much more each third of the homes pays than without any regime, by distance. [EUR]"""
    weeks = list(dict.fromkeys(week for week, _ in found))
    drawing, axes = canvas(3.6, ncols=len(weeks), sharey=True, squeeze=False)
    for place, week in zip(axes[0], weeks, strict=True):
        rows = {regime: row for (when, regime), row in found.items() if when == week and regime != "none"}
        at = np.arange(len(rows))
        for shift, third, colour in zip((-0.27, 0, 0.27), THIRDS, ("local", "storage", "retail"), strict=True):
            more = [row[third] - found[week, "none"][third] for row in rows.values()]
            place.barh(at + shift, more, 0.27, color=COLOURS[colour], label=third)
        place.set_yticks(at, list(rows))
        place.axvline(0, color=COLOURS["limit"], linewidth=0.8)
        place.margins(x=0.03)
        place.set_xlabel(f"mean bill less that under none, {week} [EUR]")
        legend(place)
    axes[0, 0].invert_yaxis()
    return drawing


def mean_prices(results, buses):
    """[B] mean price at each bus over the run. [EUR/MWh]"""
    table = results.columns("prices")
    names, place = np.unique(table["bus"].astype(str), return_inverse=True)
    mean = np.bincount(place, table["price_eur_per_mwh"]) / np.bincount(place)
    return mean[np.searchsorted(names, buses.astype(str))]


@drawn
def map_figure(places):
    """Where a kWh is worth how much on average; a map a week."""
    from matplotlib.collections import LineCollection

    drawing, axes = canvas(3.6, ncols=len(places), squeeze=False)
    for place, (week, (state, mean)) in zip(axes[0], places.items(), strict=True):
        lines = np.column_stack((state.x, state.y))[state.ends]
        place.add_collection(LineCollection(list(lines), colors=COLOURS["without"], linewidths=1, zorder=1))
        here = ~state.slack  # upstream the price is another, and would take all the colours
        dots = place.scatter(
            state.x[here], state.y[here], c=mean[here], s=22, cmap="viridis", edgecolors="#444444", linewidths=0.4, zorder=3
        )
        place.plot(state.x[state.slack], state.y[state.slack], "s", markersize=9, markerfacecolor="none", markeredgecolor=COLOURS["limit"])
        place.set_axis_off()
        place.margins(0.04)
        place.set_title(week)
        drawing.colorbar(dots, ax=place, shrink=0.8).set_label("mean price [EUR/MWh]")
    return drawing


def answer_of(found, places, hosts):
    """A few sentences with numbers."""
    for week in dict.fromkeys(week for week, _ in found):
        none, curtail, local = (found[week, regime] for regime in ("none", "curtail", "locational"))
        mean = places[week][1][~places[week][0].slack]
        yield (
            f"In {week}, at {WEEKS[week]['grid.rating_scale']:g} of the ratings, {none['outside']:.1f} % of intervals are outside the bounds if nobody "
            f"minds the grid; {curtail['outside']:.1f} % if the DSO takes back what is too much ({curtail['held_back']:.0f} kWh held back, "
            f"{curtail['unserved']:.1f} kWh of load shed), {local['outside']:.1f} % if the market clears within the grid "
            f"({local['held_back']:.0f} and {local['unserved']:.1f} kWh). By bus of the feeder its mean price lies between {mean.min():.1f} and {mean.max():.1f} EUR/MWh."
        )
    for regime, shares in hosts.items():
        yield (
            f"Under {regime}, {np.median(shares['flexible']):.1f} % of homes may have photovoltaics at the scale of the summer, "
            f"{np.median(shares['alone']):.1f} % without market and control (medians of {len(shares['alone'])} placements)."
        )


def parts_of(found, hosts, figures):
    """The parts of the report."""
    cells = [[f"{week}, {regime}", *(shown(row[name]) for name in HEADINGS)] for (week, regime), row in found.items()]
    yield Part(
        "Violations, energy taken back, welfare",
        "Welfare is K3: gains from trade by the limits of orders, less losses and load shed at the value of lost load. What devices were "
        "kept from drawing is not in it.",
        figure=figures["regimes"],
        caption="One row a week. Under a tariff limits of orders are others, since network fees are.",
    )
    yield Part(
        "Who pays, by distance", "Thirds of homes by the impedance to the upstream grid.", figure=figures["bills"],
        caption="Less is also paid by who was not served.",
    )  # fmt: skip
    yield Part(
        "What a kWh is worth, and where",
        figure=figures["map"],
        caption="Mean over all intervals under locational; the square is the upstream grid.",
    )
    lines = [
        [regime, *(f"{np.median(part):.1f} ({part.min():.1f} to {part.max():.1f})" for part in it.values())] for regime, it in hosts.items()
    ]
    yield Part(
        "Hosting capacity for photovoltaics",
        "Share of homes on the most critical day of SimBench's year, at the scale of the summer; median, least and most of the placements.",
        Sheet(("regime", "without market and control [%]", "with the regime [%]"), lines),
    )
    yield Part("All numbers", table=Sheet(("week, regime", *HEADINGS.values()), cells))


def shown(value):
    """A cell of the report."""
    return value if isinstance(value, str) else f"{value + 0.0:,.1f}"


def checked(found, bounds):
    """What lies outside the bounds, in words."""
    return [
        f"{week}, {regime}, {name}: {row[name]:g} not in [{low}, {high}]"
        for (week, regime), row in found.items()
        for name, (low, high) in bounds.get(regime, {}).items()
        if not low <= row[name] <= high
    ]


def weeks_run(days, regimes, folder):
    """The lines of the table by week and regime, and by week the map and the mean prices under locational."""
    found, places = {}, {}
    for week in WEEKS:
        third = None
        for regime in regimes:
            scenario = scenario_of(week, regime, days)
            results = run_in(scenario, HERE, folder / f"{week} {regime}")
            third = thirds_of(scenario, results.bills["bus"]) if third is None else third
            found[week, regime] = row_of(results, third)
            if regime == "locational":
                state = worst_state(results)
                places[week] = state, mean_prices(results, state.bus)
    return found, places


def write_table(found, hosts, path):
    """Everything in one table; below it, the placements of the hosting study."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("week", "regime", *HEADINGS))
        writer.writerows((week, regime, *row.values()) for (week, regime), row in found.items())
        writer.writerow(())
        writer.writerow(("hosting", "placement", "alone_percent", "flexible_percent"))
        for regime, it in hosts.items():
            writer.writerows((regime, place, *pair) for place, pair in enumerate(zip(it["alone"], it["flexible"], strict=True)))


def main(out="results/wires_or_market", days=7, regimes=tuple(REGIMES), hosted=HOSTED, runs=6):
    """Run, write, compare with what is expected, and return the number of differences."""
    folder = Path(out)
    with TemporaryDirectory() as runs_folder:
        found, places = weeks_run(days, regimes, Path(runs_folder))
    hosts = {regime: hosted_under(regime, runs) for regime in hosted}
    folder.mkdir(parents=True, exist_ok=True)
    write_table(found, hosts, folder / "table.csv")
    figures = {"regimes": regimes_figure(found), "bills": bills_figure(found), "map": map_figure(places)}
    for name, drawing in figures.items():
        save(drawing, folder / f"{name}.png")
    answer = tuple(answer_of(found, places, hosts))
    made_by = f"python experiments/wires_or_market/run.py; seed 7, {days} days a season of the rural feeder 1-LV-rural3--2-sw."
    question = "A feeder is too thin for what its homes do: what does each regime of its grid operator save, cost, and whom?"
    study = Study("Wires or market", question, answer, tuple(parts_of(found, hosts, figures)), made_by)
    page = write_study(study, folder / "report.html")
    wrong = checked(found, json.loads((HERE / "expected.json").read_text(encoding="utf-8"))["regimes"])
    print(*answer, *(f"DIFFERS {text}" for text in wrong), f"report: {page}", sep="\n")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
