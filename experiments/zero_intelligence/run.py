"""How much of the gains from trade do traders without any intelligence find in a continuous double auction?

Runs thousands of sessions of Gode and Sunder's market and some of the Bristol Stock Exchange's, writes a table, a report
and a figure, and says how far they are from `expected.json`.
"""

import csv
import json
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from p2p.base.streams import Streams
from p2p.behaviour.pit import Market, Pit
from p2p.markets.continuous.kernels import AT, NEW, OLD
from p2p.plots.style import COLOURS, canvas, drawn, save
from p2p.report import Part, Sheet, Study, write_study

HERE = Path(__file__).parent

SEED = 1993
SMALL = {"share": 0.1}
COLOUR = {"constrained": COLOURS["local"], "unconstrained": COLOURS["retail"], "truthful": COLOURS["feed_in"]}
HEADING = ("design", "market", "traders", "efficiency [%]", "+-", "trades", "of", "mean price", "equilibrium", "alpha [%]")


class Sessions(NamedTuple):
    """Many sessions of a market: [S] efficiency [%], number of trades and alpha [%]; [S, n] prices by trade, NaN after the last."""

    efficiency: np.ndarray
    trades: np.ndarray
    alpha: np.ndarray
    prices: np.ndarray


def run_sessions(market, name, kind, count, turns, wipes):
    """Independent sessions; the luck of each depends on its number and the market alone, so kinds of traders share it."""
    most = min(np.sum(market.side > 0), np.sum(market.side < 0))
    prices, efficiency = np.full((count, most), np.nan), np.zeros(count)
    pit = Pit(market, kind, Streams(SEED).at(name), turns, wipes)
    for number in range(count):
        pit.chance = Streams(SEED).at(name, number)
        pairs = pit.trade()
        both = pairs[:, [NEW, OLD]]
        efficiency[number] = 100 * np.sum(market.side[both] * market.limit[both]) / market.surplus
        prices[number, : len(pairs)] = pairs[:, AT]
    trades = np.sum(np.isfinite(prices), axis=1)
    square = np.nansum((prices - market.price) ** 2, axis=1) / np.maximum(trades, 1)
    return Sessions(efficiency, trades, 100 * np.sqrt(square) / market.price, prices)


def row_of(design, name, kind, market, found):
    """A row of the table; +- is half the 95 % confidence interval of the mean."""
    half = 1.96 * found.efficiency.std(ddof=1) / np.sqrt(len(found.efficiency))
    price = float(np.nanmean(found.prices))
    return (
        design, name, kind, float(found.efficiency.mean()), float(half), float(found.trades.mean()), market.quantity, price,
        market.price, float(found.alpha[found.trades > 0].mean()),
    )  # fmt: skip


@drawn
def figure(markets, found, published, shown="few_outside"):
    """Prices of one session, deviation from equilibrium by trade, and efficiencies by market."""
    drawing, (path, spread, bars) = canvas(4.0, ncols=3, width_ratios=(1, 1, 1.4))
    market, places = markets[shown], np.arange(len(markets))
    for number, (kind, colour) in enumerate(COLOUR.items()):
        prices = found[shown, kind].prices
        turns = np.arange(1, prices.shape[1] + 1)
        path.plot(turns, prices[0], color=colour, marker="o", markersize=3, label=kind)
        there = np.mean(np.isfinite(prices), axis=0) >= 0.5
        deviation = np.sqrt(np.nanmean((prices[:, there] - market.price) ** 2, axis=0))
        spread.plot(turns[there], 100 * deviation / market.price, color=colour, marker="o", markersize=3)
        drawn_bars = bars.barh(places + 0.26 * (number - 1), [found[name, kind].efficiency.mean() for name in markets], 0.26, color=colour)
        bars.bar_label(drawn_bars, fmt="%.0f", padding=2, fontsize=7.5)
        if kind in published:
            bars.axvspan(min(published[kind]), max(published[kind]), color=colour, alpha=0.13, linewidth=0, zorder=0)
    path.axhline(market.price, color=COLOURS["limit"], linewidth=0.8, linestyle="--")
    path.set_title(f"{shown}, one session: price")
    spread.set_title(f"{shown}, all: rms deviation [%]")
    spread.set_ylim(0, None)
    for axes in (path, spread):
        axes.set(xlabel="trade", xlim=(0.5, len(turns) + 0.5), xticks=range(2, len(turns) + 1, 2))
    bars.set_yticks(places, labels=[name.replace("_", " ") for name in markets])
    bars.invert_yaxis()
    bars.set(xlabel="shaded: range in the paper", xlim=(0, 112), xticks=range(0, 101, 25))
    bars.set_title("Mean efficiency [%]")
    bars.grid(False, axis="y")
    handles, labels = path.get_legend_handles_labels()
    drawing.legend(handles, labels, loc="outside upper left", ncols=3)
    return drawing


def checked(rows, expected):
    """What lies outside its bounds, in words."""
    tests, bounds = [], expected["gode_sunder"]["efficiency"]
    efficiency = {(row[1], row[2]): row[3] for row in rows if row[0] == "gode_sunder"}
    for (name, kind), value in efficiency.items():
        if name in bounds.get(kind, {}):
            tests.append((f"{name} {kind}", value, bounds[kind][name]))
        if kind == "constrained":
            gap = value - efficiency[name, "unconstrained"]
            tests.append((f"{name} gap", gap, expected["gode_sunder"]["constrained less unconstrained"]))
    for row in (row for row in rows if row[0] == "bristol"):
        name = f"{row[1]} {row[2]}"
        tests += [(f"bristol {name} {what}", row[at], expected["bristol"][what][name]) for what, at in (("efficiency", 3), ("price", 7))]
    return [f"{name}: {value:.2f} not in {bound}" for name, value, bound in tests if not bound[0] <= value <= bound[1]]


def main(out="results/zero_intelligence", share=1.0):
    """Run, write, compare; the number of differences. share : of the sessions in `markets.toml`."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    setup = tomllib.loads((HERE / "markets.toml").read_text(encoding="utf-8"))
    expected = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
    markets = {each["name"]: Market.of(each["values"], each["costs"], each["highest"]) for each in setup["market"]}
    count = {design: max(2, round(share * setup["sessions"][design])) for design in ("gode_sunder", "bristol")}
    found, rows = {}, []
    for name, market in markets.items():
        for kind in COLOUR:
            found[name, kind] = run_sessions(market, name, kind, count["gode_sunder"], setup["sessions"]["most_quotes"], True)
            rows.append(row_of("gode_sunder", name, kind, market, found[name, kind]))
    for name, kind in setup["bristol"]["runs"]:
        many = run_sessions(markets[name], f"bristol {name}", kind, count["bristol"], setup["bristol"]["turns"], False)
        rows.append(row_of("bristol", name, kind, markets[name], many))
    published = expected["gode_sunder"]["published"]
    write(folder, rows, figure(markets, found, published), said(rows, expected), count)
    wrong = checked(rows, expected)
    for row in rows:
        print(
            f"{row[0]:<12} {row[1]:<18} {row[2]:<14} efficiency {row[3]:6.2f} +- {row[4]:4.2f} %  price {row[7]:6.1f} ({row[8]:5.1f})  alpha {row[9]:5.1f} %"
        )
    print("\n".join(said(rows, expected)))
    print(f"differs from expected.json: {'; '.join(wrong) or 'nothing'}")
    print(f"report: {folder / 'report.html'}")
    return len(wrong)


def said(rows, expected):
    """The answer in sentences."""
    sentences = []
    for kind in ("constrained", "unconstrained"):
        mine = [row[3] for row in rows if row[0] == "gode_sunder" and row[2] == kind]
        theirs = expected["gode_sunder"]["published"][kind]
        sentences.append(
            f"{kind.capitalize()} traders find {min(mine):.1f} to {max(mine):.1f} % of the gains in these six markets, mean {np.mean(mine):.1f}; "
            f"in the paper's five, {min(theirs):.1f} to {max(theirs):.1f} %, mean {np.mean(theirs):.1f} (from memory)."
        )
    for row in (row for row in rows if row[0] == "bristol"):
        theirs = expected["bristol"]["third_party"][f"{row[1]} {row[2]}"]
        sentences.append(
            f"Bristol, {row[1].replace('_', ' ')}, {row[2]}: efficiency {row[3]:.1f} % (theirs {theirs['efficiency']:.1f}), price {row[7]:.1f} "
            f"({theirs['price']:.1f}), alpha {row[9]:.1f} % ({theirs['alpha']:.1f}), trades {row[5]:.2f} ({theirs['trades']:.2f})."
        )
    return sentences


def write(folder, rows, drawing, answer, count):
    """`table.csv`, `report.html` and `zero_intelligence.png`."""
    with (folder / "table.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADING, *rows])
    save(drawing, folder / "zero_intelligence.png")
    shown = [[f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    parts = [
        Part("Prices and efficiencies", figure=drawing, caption=" ".join(answer)),
        *(
            Part(heading, intro, Sheet(HEADING[1:], [row[1:] for row in shown if row[0] == design]))
            for design, heading, intro in (
                (
                    "gode_sunder",
                    "Gode and Sunder's market",
                    "All quotes are cancelled after a trade; a session ends when no trade is possible.",
                ),
                ("bristol", "The Bristol Stock Exchange's market", "One live quote a trader, 1,320 turns."),
            )
        ),
    ]
    made_by = f"python experiments/zero_intelligence/run.py; seed {SEED}, {count['gode_sunder']} and {count['bristol']} sessions a row."
    question = "How much of the gains from trade do traders without any intelligence find in a continuous double auction?"
    write_study(Study("Zero intelligence", question, answer, parts, made_by), folder / "report.html")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
