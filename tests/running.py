"""Small runs, and what to compare of what they leave."""

import json
import re
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import numpy as np

import p2p
from p2p.cli import code_of

ONE_DAY = p2p.Scenario.of({"clock": {"days": 1}, "results": {"report": False, "orders": True, "trades": True}})
FEW = {"clock.days": 1, "population.households": 12, "results.report": False, "results.reference": False}


def few(folder, **changes):
    """The results of a day of a dozen homes; changes as in `Scenario.changed`, dots written as two underscores."""
    return p2p.run(p2p.Scenario.of({}, FEW | {key.replace("__", "."): value for key, value in changes.items()}), folder)


def fingerprint(folder):
    """The bytes of every file of a results folder, without the times at which and for which it ran."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.name == "run.json":
            about = json.loads(path.read_text())
            found[str(path.relative_to(folder))] = {key: about[key] for key in about if key not in ("started", "ended", "seconds")}
        elif path.name == "report.html":
            found[str(path.relative_to(folder))] = re.sub(r"Run from \S+ to \S+,", "", path.read_text(encoding="utf-8"))
        elif path.is_file():
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def price_rows(values, start="2016-07-03T22:00"):
    """Lines of a price file, an hour each, UTC."""
    times = np.datetime64(start) + np.arange(len(values)) * np.timedelta64(1, "h")
    return [f"{time}Z,{value}" for time, value in zip(times, values, strict=True)]


def price_file(path, rows, heading="time,price [EUR/MWh]"):
    """A price file; its rows as texts."""
    path.write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    return path


def command(*arguments):
    """The exit code of a command line, what it printed, and its messages."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = code_of([str(argument) for argument in arguments])
    return code, out.getvalue(), err.getvalue()


def assert_closed(results):
    """Energy and money close in every interval, over all tables that were kept."""
    table = results.intervals
    assert np.array_equal(table["metered_wh"] + table["losses_wh"], table["import_wh"])
    if results.has("agents"):
        agents = results.columns("agents")
        for name in ("metered_wh", "scheduled_wh", "load_wh", "generation_wh", "storage_wh", "held_back_wh", "unserved_wh"):
            assert np.array_equal(by_interval(agents, agents[name], len(table["interval"])), table[name]), name
        assert not by_interval(agents, agents["traded_wh"], len(table["interval"])).any()
        bought = by_interval(agents, np.maximum(agents["traded_wh"], 0), len(table["interval"]))
        assert np.all(bought <= table["traded_wh"])
    if results.has("postings"):
        postings = results.frame("postings")
        assert postings.amount_neur.ne(0).all()
        owed = postings.groupby("payer", observed=True).amount_neur.sum()
        bills = results.frame("bills").set_index("agent").total_neur
        assert owed.reindex(bills.index, fill_value=0).astype(np.int64).equals(bills)


def by_interval(rows, values, intervals):
    """[T] the integer sums of a column."""
    sums = np.zeros(intervals, np.int64)
    np.add.at(sums, rows["interval"], values.astype(np.int64))
    return sums
