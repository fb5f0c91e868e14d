"""What does each clearing rule lose when somebody games it?

One agent looks for its best lie, book by book; then a third of the homes plays a strategy for a day. Writes a table, a
report and a figure, and says how far it is from `expected.json`.
"""

import csv
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

import p2p
from p2p.base.errors import P2PError
from p2p.base.units import eur
from p2p.behaviour.best_response import Grid, best_misreport, gain_of
from p2p.build.build import build
from p2p.markets import answer, sees
from p2p.markets.crossing import crossing
from p2p.markets.power import pivotal_sellers, residual_supply
from p2p.model import ExchangeModel
from p2p.orders import NO_LIMITS, Outside, Surroundings
from p2p.plots.style import canvas, drawn, legend, save
from p2p.report import Part, Sheet, Study, write_study
from p2p.running import run_in

HERE = Path(__file__).parent
GAMERS = ("largest seller", "largest buyer", "pool")
STRATEGIES = ("shade", "withhold", "learning")
SHARE = 0.3
GRID = Grid(beside=30, singly=0)
SEEDS = range(4)
SMALL = {"every": 48}
"""What makes a small run of it, for the tests."""

SLOWEST = 0.02
"""Seconds a clearing at most, since a gamer tries some hundred reports a book."""


class Books:
    """A recorder that keeps order books alone."""

    def __init__(self):
        self.kept = []

    def append(self, interval, record):
        self.kept.append(record.orders)


def truthful_books(every):
    """The book of every so many intervals of a truthful day, what is around it, and how many homes there are."""
    setup, books = build(p2p.Scenario.load(HERE / "scenario.toml"), HERE), Books()
    model = ExchangeModel(setup, books)
    while model.running:
        model.step()
    tariff = setup.tariff
    around = [
        Surroundings(0, Outside(int(retail - fees), int(feed_in)))
        for retail, fees, feed_in in zip(tariff.retail, tariff.local_fees, tariff.feed_in, strict=True)
    ]
    there = [place for place in range(0, len(books.kept), every) if crossing(books.kept[place])[0].any()]
    return [(books.kept[place], around[place]) for place in there], len(setup.fleet)


def gamers_of(orders, homes):
    """The home that sells most where the curves meet, the one that buys most, and the pool."""
    accepted, _ = crossing(orders)
    for name, side in (("largest seller", ~orders.bids), ("largest buyer", orders.bids)):
        mine = side & (orders.agent < homes)
        yield name, int(np.argmax(np.bincount(orders.agent[mine], accepted[mine], minlength=homes)))
    yield "pool", homes


def outcome(rule, orders, said, agent, around):
    """What the agent, all others and the operator gain by a report, at true limits, in the mean over draws. [nEUR]"""
    own, others = orders.take(orders.agent == agent), said.agent != agent
    found = []
    for seed in SEEDS if "chance" in sees(rule) else [0]:
        clearing = answer(rule, said, NO_LIMITS, Surroundings(seed, around.outside))
        theirs = (said.side * said.price * clearing.energy - clearing.payment)[others].sum()
        found.append((gain_of(own, said, clearing, agent), float(theirs), float(clearing.budget())))
    return np.mean(found, axis=0)


def lies(rule, books, homes):
    """For each gamer: its gain, what all others lose, what the operator loses, what is lost. [EUR]"""
    sums = {name: np.zeros(3) for name in GAMERS}
    for orders, around in books:
        for name, agent in gamers_of(orders, homes):
            best = best_misreport(rule, orders, agent, GRID, SEEDS, around)
            sums[name] += outcome(rule, orders, best.book, agent, around) - outcome(rule, orders, orders, agent, around)
    return {
        name: (eur(gain), eur(-others), eur(-operator), eur(-(gain + others + operator))) for name, (gain, others, operator) in sums.items()
    }


def played(mechanism, folder):
    """For each strategy: what those who play it and the others save by it a home, and what all lose together. [EUR]"""

    def day(strategies):
        changes = {"market.mechanism": mechanism, "population.strategies": strategies}
        return run_in(p2p.Scenario.load(HERE / "scenario.toml", changes), HERE, folder / "run")

    def costs(results):
        return results.bills["total_neur"].copy(), results.total("budget_neur"), results.kpis["K16_residual_supply"]["value"]

    truthful, kept, _ = costs(day({"marginal_value": 1.0}))
    rows = {}
    for strategy in STRATEGIES:
        results = day({"marginal_value": 1 - SHARE, strategy: SHARE})
        bills, budget, supply = costs(results)
        plays = results.bills["strategy"] == strategy
        saved = (truthful - bills) / 1e9
        rows[strategy] = (saved[plays].mean(), saved[~plays].mean(), eur(budget - kept) * -1 - saved.sum(), supply)
    return rows


def reason_to_skip(rule, books):
    """Why a rule can't take part; None if it can."""
    orders, around = books[0]
    try:
        p2p.clear(orders, rule, around=around)
        start = perf_counter()
        p2p.clear(orders, rule, around=around)
    except (P2PError, TypeError) as error:
        return f"does not clear these books: {error}"
    spent = perf_counter() - start
    return f"takes {1000 * spent:.0f} ms a book, too long for some hundred reports" if spent > SLOWEST else None


def study(names, every):
    """The rows of the table, the rules that were left out and why, and what the books are like."""
    books, homes = truthful_books(every)
    welfare = sum(eur(p2p.clear(orders).welfare(orders)) for orders, _ in books)
    rows, skipped = [], {}
    for name in names:
        rule = p2p.MECHANISMS[name]()
        reason = reason_to_skip(rule, books)
        if reason is not None:
            skipped[name] = reason
            continue
        for gamer, (gain, others, operator, lost) in lies(rule, books, homes).items():
            rows.append((name, gamer, gain, others, operator, lost, 100 * gain / welfare, 100 * lost / welfare))
    supply = [residual_supply(orders)[1].min(initial=np.inf) for orders, _ in books]
    about = {
        "books": len(books),
        "welfare of all efficient trades [EUR]": round(welfare, 3),
        "lowest residual supply index, median over books": round(float(np.median(supply)), 2),
        "books with a pivotal seller": sum(len(pivotal_sellers(orders)) > 0 for orders, _ in books),
    }
    return rows, skipped, about


LIES = (
    "mechanism",
    "who lies",
    "gain [EUR]",
    "others lose [EUR]",
    "operator loses [EUR]",
    "welfare lost [EUR]",
    "gain [% of welfare]",
    "welfare lost [%]",
)
PLAY = ("mechanism", "strategy", "players save [EUR a home]", "others save [EUR a home]", "all lose [EUR]", "residual supply index")


def sheet(heading, rows):
    """A table as the report shows it."""
    return Sheet(heading, [[f"{round(cell, 3) + 0.0:.3f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows])


@drawn
def figure(found, play):
    """Gains of the best lies, and what strategies bring to those who play them."""
    drawing, (left, right) = canvas(1.4 + 0.28 * len({row[0] for row in found}), ncols=2)
    for axes, rows, kinds, title, column in (
        (left, found, GAMERS, "One lies: its gain [% of welfare]", 6),
        (right, play, STRATEGIES, "30 % play: they save [EUR a home]", 2),
    ):
        names = list(dict.fromkeys(row[0] for row in rows))
        for place, kind in enumerate(kinds):
            values = [next(float(row[column]) for row in rows if row[:2] == (name, kind)) for name in names]
            axes.barh(np.arange(len(names)) + 0.25 * (place - 1), values, 0.25, label=kind)
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        axes.axvline(0, color="#333333", linewidth=0.8)
        axes.set_title(title, pad=22)
        legend(axes)
    return drawing


def main(out="results/gaming", names=None, every=12):
    """Run, write, compare with what is expected, and return the number of differences."""
    folder = Path(out)
    found, skipped, about = study(names or [name for name in p2p.MECHANISMS if name != "none"], every)
    with TemporaryDirectory() as runs:
        play = [
            (name, strategy, *row) for name in dict.fromkeys(row[0] for row in found) for strategy, row in played(name, Path(runs)).items()
        ]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "table.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([LIES, *found, [], PLAY, *play])
    drawing = figure(found, play)
    save(drawing, folder / "gaming.png")
    worst = max(found, key=lambda row: row[6])
    spared = sorted({row[0] for row in found} - {row[0] for row in found if row[6] > 0.001})
    answer = (
        f"The lie that pays best is that of the {worst[1]} under {worst[0]}: {worst[6]:.1f} % of the welfare of all efficient trades.",
        f"No lie that was tried pays under {', '.join(spared) or 'any rule'}.",
        "; ".join(f"{name}: {value}" for name, value in about.items()) + ".",
    )
    left_out = Sheet(("rule", "why"), list(skipped.items()))
    parts = (
        Part(
            "What lies and strategies bring",
            figure=drawing,
            caption="Left: one agent lies, all others are truthful. Right: three homes of ten play a strategy.",
        ),
        Part(
            "One agent lies",
            "Every three hours the largest seller, the largest buyer and a pool look for their best misreport.",
            sheet(LIES, found),
        ),
        Part(f"{SHARE:.0%} of the homes play a strategy", "Against the same day with all homes truthful.", sheet(PLAY, play)),
        *([Part("Left out", table=left_out)] if skipped else []),
    )
    made_by = "python experiments/gaming/run.py; seed 7, a summer day of the rural feeder 1-LV-rural3--0-sw, 118 homes."
    page = write_study(
        Study("Gaming", "What does each clearing rule lose when somebody games it?", answer, parts, made_by), folder / "report.html"
    )
    expected = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))["gain [% of welfare]"]
    gains = {f"{row[0]}, {row[1]}": row[6] for row in found}
    wrong = [name for name, (low, high) in expected.items() if name in gains and not low <= gains[name] <= high]
    for row in found:
        print(f"{row[0]:<20} {row[1]:<15} gains {row[2]:7.3f} EUR, {row[6]:6.2f} % of welfare; welfare lost {row[5]:7.3f} EUR")
    print(*(f"left out: {name} {reason}" for name, reason in skipped.items()), sep="\n")
    print(f"differs from expected.json: {', '.join(wrong) or 'nothing'}\nreport: {page}")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
