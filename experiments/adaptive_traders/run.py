"""Do traders who learn find the competitive price, and those who don't not?

Runs days of a continuous double auction in the shapes of the papers, writes a table, a report and a figure, and says how far
they are from `expected.json`.
"""

import csv
import json
import sys
from pathlib import Path

import numpy as np

from p2p.base.streams import Streams
from p2p.behaviour.pit import Market, Pit
from p2p.plots.style import COLOURS, canvas, drawn, save
from p2p.report import Part, Sheet, Study, write_study

HERE = Path(__file__).parent
SEED, DAYS, LATE = 1997, 10, slice(-3, None)
SMALL = {"sessions": 10}
STEPS = range(80, 321, 24)
MARKETS = {
    "smith_1962_test_1": Market.of(range(325, 74, -25), range(75, 326, 25), 500),
    "symmetric": Market.of(STEPS, STEPS, 500),
    "flat_supply": Market.of(STEPS, [200] * 11, 500),
    "more_sellers": Market.of(range(190, 114, -15), range(40, 151, 10), 200),
}
COLOUR = {"constrained": COLOURS["without"], "zip": COLOURS["local"], "gd": COLOURS["feed_in"], "aa": COLOURS["retail"]}
HEADING = ("market", "traders", "alpha, first day [%]", "alpha, last three [%]", "price, last three", "of", "efficiency, last three [%]")


def sessions_of(name, kind, count):
    """Independent sessions; what traders learn stays with them from day to day."""
    return [Pit(MARKETS[name], kind, Streams(SEED).at(f"{name} {kind}", number)).run(DAYS) for number in range(count)]


def row_of(name, kind, found):
    """A row of the table: means over sessions."""
    alpha = np.nanmean([session.alpha for session in found], axis=0)
    late = np.concatenate([session.price[session.day >= DAYS - 3] for session in found])
    efficiency = np.mean([session.efficiency[LATE] for session in found])
    return name, kind, float(alpha[0]), float(alpha[LATE].mean()), float(late.mean()), MARKETS[name].price, float(efficiency)


@drawn
def figure(found, shown="flat_supply"):
    """Prices of one session, trade by trade, and alpha by day in two markets."""
    drawing, axes = canvas(3.6, ncols=3)
    path, *others = axes
    for kind, colour in COLOUR.items():
        path.plot(found[shown, kind][0].price[:30], color=colour, marker="o", markersize=2.5, linewidth=1, label=kind)
        for axis, name in zip(others, (shown, "smith_1962_test_1"), strict=True):
            alpha = np.nanmean([session.alpha for session in found[name, kind]], axis=0)
            axis.plot(np.arange(1, DAYS + 1), alpha, color=colour, marker="o", markersize=3)
            axis.set(xlabel="day", ylim=(0, None), xticks=range(1, DAYS + 1, 3))
            axis.set_title(f"{name.replace('_', ' ')}: alpha [%]")
    path.axhline(MARKETS[shown].price, color=COLOURS["limit"], linewidth=0.8, linestyle="--")
    path.set(xlabel="trade")
    path.set_title(f"{shown.replace('_', ' ')}, one session: price")
    handles, labels = path.get_legend_handles_labels()
    drawing.legend(handles, labels, loc="outside upper left", ncols=4)
    return drawing


def checked(rows, expected):
    """What lies outside its bounds, in words."""
    wrong = []
    for name, kind, first, last, price, competitive, efficiency in rows:
        values = {
            "alpha": last,
            "alpha over the first day's": last / first,
            "price over competitive": price / competitive,
            "efficiency": efficiency,
        }
        bounds = expected["bounds"]["constrained" if kind == "constrained" else "learning"] | expected["bounds"].get(f"{name} {kind}", {})
        wrong += [
            f"{name} {kind} {what}: {values[what]:.2f} not in {ends}"
            for what, ends in bounds.items()
            if not ends[0] <= values[what] <= ends[1]
        ]
    return wrong


def main(out="results/adaptive_traders", sessions=100):
    """Run, write, compare; the number of differences. sessions : of each market and kind of trader."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    expected = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
    found = {(name, kind): sessions_of(name, kind, sessions) for name in MARKETS for kind in COLOUR}
    rows = [row_of(*key, many) for key, many in found.items()]
    answer = [said(kind, rows) for kind in COLOUR]
    with (folder / "table.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADING, *rows])
    drawing = figure(found)
    save(drawing, folder / "adaptive_traders.png")
    shown = [[f"{cell:.1f}" if isinstance(cell, float) else cell for cell in row] for row in rows]
    parts = [Part("Prices", figure=drawing, caption=" ".join(answer)), Part("All markets", "", Sheet(HEADING, shown))]
    made_by = f"python experiments/adaptive_traders/run.py; seed {SEED}, {sessions} sessions of {DAYS} days a row."
    question = "Do traders who learn find the competitive price, and those who don't not?"
    write_study(Study("Adaptive traders", question, answer, parts, made_by), folder / "report.html")
    wrong = checked(rows, expected)
    for row in shown:
        print("  ".join(str(cell).ljust(18) for cell in row))
    print("\n".join([*answer, f"differs from expected.json: {'; '.join(wrong) or 'nothing'}", f"report: {folder / 'report.html'}"]))
    return len(wrong)


def said(kind, rows):
    """What came of a kind of trader, in a sentence."""
    mine = [row for row in rows if row[1] == kind]
    first, last, least = ([row[at] for row in mine] for at in (2, 3, 6))
    return (
        f"{kind}: alpha goes from {min(first):.1f} to {max(first):.1f} % on the first day to {min(last):.1f} to {max(last):.1f} % on the last three, "
        f"with at least {min(least):.1f} % of the gains."
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
