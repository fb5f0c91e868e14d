"""The local market over time: prices, volumes and the mean day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Floats
from p2p.kpis.energy import consumption
from p2p.plots.style import COLOURS, canvas, commas, drawn, legend
from p2p.plots.times import Span
from p2p.plots.words import energy, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from p2p.results import Results


@drawn
def prices(results: Results) -> Figure:
    """Local, national, retail and feed-in price over time. [EUR/MWh]"""
    table, span = results.intervals, Span.of(results)
    figure, axes = canvas(3.2)
    span.line(axes, table["national_price_eur_per_mwh"], COLOURS["national"], "national market", linewidth=1.0)
    span.line(axes, table["retail_eur_per_mwh"], COLOURS["retail"], "retail, all told")
    span.line(axes, table["feed_in_eur_per_mwh"], COLOURS["feed_in"], "feed-in")
    span.line(axes, table["price_eur_per_mwh"], COLOURS["local"], "local market", table["traded_wh"], linewidth=1.8)
    axes.set_ylabel("price [EUR/MWh]")
    commas(axes.yaxis)
    span.axis(axes)
    legend(axes)
    return figure


def prices_caption(results: Results) -> str:
    """The mean prices, and how often a local one came about."""
    table = results.intervals
    retail, feed_in, national = (number(float(np.mean(table[name]))) for name in RIVALS)
    traded = np.isfinite(table["price_eur_per_mwh"])
    around = f"The retail price averages {retail}, the feed-in price {feed_in} and the national price {national} EUR/MWh."
    if not traded.any():
        return f"Nothing was traded locally, so there is no local price. {around}"
    mean, low, high = local_price(results), np.nanmin(table["price_eur_per_mwh"]), np.nanmax(table["price_eur_per_mwh"])
    return (
        f"Local energy cost {number(mean)} EUR/MWh on average over what was traded (from {number(low)} to {number(high)}), in "
        f"{number(int(traded.sum()), 6)} of {number(len(traded), 6)} intervals; in the others nothing was traded. {around}{by_day(results)}"
    )


RIVALS = ("retail_eur_per_mwh", "feed_in_eur_per_mwh", "national_price_eur_per_mwh")


def local_price(results: Results) -> float:
    """Mean local price weighted by trade; something was traded. [EUR/MWh]"""
    table = results.intervals
    there = np.isfinite(table["price_eur_per_mwh"]) & (table["traded_wh"] > 0)
    return float(np.average(table["price_eur_per_mwh"][there], weights=table["traded_wh"][there]))


def by_day(results: Results) -> str:
    """What is to be said where days are drawn and not intervals."""
    return " Lines are means of a day, bands run from its least to its greatest value." if Span.of(results).daily else ""


@drawn
def volumes(results: Results) -> Figure:
    """What is traded locally, imported and exported over time. [kW], a long run [kWh a day]"""
    table, span = results.intervals, Span.of(results)

    def amount(wh: Floats) -> Floats:
        return span.day_sums(wh) / 1000 if span.daily else span.power(wh)

    figure, axes = canvas(3.0)
    for name, sign in (("import", 1), ("export", -1)):
        there = np.maximum(sign * table["import_wh"], 0)
        span.area(axes, 0, sign * amount(there), COLOURS[name], name)
    axes.plot(span.x, span.steps(amount(table["traded_wh"])), color=COLOURS["local"], label="traded locally", linewidth=1.5)
    axes.axhline(0, color=COLOURS["limit"], linewidth=0.7)
    axes.set_ylabel("energy a day [kWh]" if span.daily else "mean power [kW]")
    commas(axes.yaxis)
    span.axis(axes)
    legend(axes)
    return figure


def volumes_caption(results: Results) -> str:
    """Energy traded, imported and exported."""
    table = results.intervals
    traded, used = results.total("traded_wh"), consumption(results)
    imported, exported = np.maximum(table["import_wh"], 0).sum(), np.maximum(-table["import_wh"], 0).sum()
    share = f", {number(100 * traded / used)} % of the consumption" if used > 0 else ""
    return (
        f"{energy(traded)} were traded locally{share}. The grid took in {energy(float(imported))} from upstream (above the line) "
        f"and gave back {energy(float(exported))} (below it)."
    )


DAY_LINES = (
    ("load_wh", "load", "load"),
    ("generation_wh", "generation", "generation"),
    ("storage_wh", "storage", "batteries, charging above 0"),
    ("devices_wh", "export", "other devices, drawing above 0"),
)


@drawn
def mean_day(results: Results) -> Figure:
    """Load, generation, storage and trade by the hour of the local day. [kW]"""
    figure, axes = canvas(3.0)
    edges = np.linspace(0, 24, len(profile(results, "load_wh")) + 1)
    axes.stairs(profile(results, "traded_wh"), edges, fill=True, color=COLOURS["local"], alpha=0.35, label="traded locally")
    for column, colour, label in DAY_LINES:
        if column == "devices_wh" and not results.intervals[column].any():
            continue
        axes.stairs(profile(results, column), edges, color=COLOURS[colour], label=label, linewidth=1.6, baseline=None)
    axes.axhline(0, color=COLOURS["limit"], linewidth=0.7)
    axes.set_xticks(range(0, 25, 3), [f"{hour}:00" for hour in range(0, 25, 3)])
    axes.set_ylabel("mean power [kW]")
    commas(axes.yaxis)
    legend(axes)
    return figure


def mean_day_caption(results: Results) -> str:
    """When load, generation and trade are highest on the mean day."""
    parts = []
    for column, name in (("load_wh", "load"), ("generation_wh", "generation"), ("traded_wh", "local trade")):
        values = profile(results, column)
        if np.nanmax(values) > 0:
            hour = 24 * int(np.nanargmax(values)) / len(values)
            parts.append(f"{name} peaks at {int(hour)}:{round(hour % 1 * 60):02d} with {number(float(np.nanmax(values)))} kW")
    days = Span.of(results).clock.days
    whole = "The only day" if days == 1 else f"The mean of {number(days, 5)} days"
    return f"{whole}, in local time: {', '.join(parts) or 'nothing flows'}."


def profile(results: Results, column: str) -> Floats:
    """Mean power by the time of the local day; NaN at a time that no day had. [kW]"""
    clock = Span.of(results).clock
    minute = (clock.local - clock.local.astype("datetime64[D]")).astype(np.int64) // 60
    slot = minute // clock.interval_minutes
    times = 24 * 60 // clock.interval_minutes
    sums, count = np.bincount(slot, results.intervals[column], times), np.bincount(slot, minlength=times)
    mean: Floats = np.divide(sums / (1000 * clock.hours), count, out=np.full(times, np.nan), where=count > 0)
    return mean
