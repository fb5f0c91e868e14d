"""The grid over time: exchange with upstream, voltages, loadings, and what was held back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from p2p.base.columns import Floats
from p2p.plots.market import by_day
from p2p.plots.style import COLOURS, canvas, commas, drawn, legend
from p2p.plots.times import Span
from p2p.plots.words import energy, moment, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from p2p.results import Results

MOST_CORNERS = 500  # of a duration curve: a year's has 35,040, which nobody can tell apart


@drawn
def duration(results: Results) -> Figure:
    """Load duration of the exchange with the grid upstream, with and without the local market. [kW]"""
    figure, axes = canvas(2.8)
    runs = [
        ("with the local market" if results.reference else "this run", COLOURS["local"], "-", results),
        ("without it", COLOURS["without"], "--", results.reference),
    ]
    for order, (label, colour, style, run) in enumerate(runs):
        if run is not None:
            share, power = duration_curve(run)
            axes.plot(share, power, style, color=colour, label=label, linewidth=1.8, zorder=3 - order / 2)
    axes.axhline(0, color=COLOURS["limit"], linewidth=0.7)
    axes.set_xlim(0, 100)
    axes.set_xlabel("share of the time [%]")
    axes.set_ylabel("import, below 0 export [kW]")
    commas(axes.yaxis)
    legend(axes)
    return figure


def duration_curve(results: Results) -> tuple[Floats, Floats]:
    """Share of the time [%] in which the import is at least so high [kW]; both ends are kept."""
    power = np.sort(Span.of(results).power(results.intervals["import_wh"]))[::-1]
    share = np.linspace(0, 100, len(power)) if len(power) > 1 else np.array([0.0])
    kept = np.unique(np.linspace(0, len(power) - 1, min(len(power), MOST_CORNERS)).round().astype(int))
    return share[kept], power[kept]


def duration_caption(results: Results) -> str:
    """Highest import and export, with and without the local market."""
    high, low = _peaks(results)
    text = f"the import peaks at {number(high)} kW and the export at {number(low)} kW"
    if results.reference is None:
        return f"In this run {text}. It has no reference without a local market to set beside it."
    high, low = _peaks(results.reference)
    return f"With the local market {text}; without it at {number(high)} and {number(low)} kW. Each interval's exchange, sorted from the highest import to the highest export."


def _peaks(results: Results) -> tuple[float, float]:
    power = Span.of(results).power(results.intervals["import_wh"])
    return max(float(power.max()), 0.0), max(-float(power.min()), 0.0)


@drawn
def voltage(results: Results) -> Figure:
    """Lowest and highest voltage in the grid over time, and the DSO's limits. [p.u.]"""
    table, span = results.intervals, Span.of(results)
    low, high = table["voltage_min_pu"], table["voltage_max_pu"]
    figure, axes = canvas(2.8)
    if span.daily:
        low, high = span.day_lows(low), span.day_highs(high)
    span.area(axes, low, high, COLOURS["line"], "lowest to highest bus", alpha=0.9)
    for name, limit in zip(("limits of the DSO", None), band(results), strict=True):
        axes.axhline(limit, color=COLOURS["limit"], linewidth=1.0, linestyle="--", label=name)
    span.shade(axes, ~table["converged"], COLOURS["bad"], "no solution of the power flow")
    axes.set_ylabel("voltage [p.u.]")
    axes.margins(y=0.08)
    span.axis(axes)
    legend(axes)
    return figure


def voltage_caption(results: Results) -> str:
    """Lowest and highest voltage, and how long a limit was broken."""
    table = results.intervals
    low, high = band(results)
    lost = int((~table["converged"]).sum())
    kept = f"The DSO's limits are {number(low, 4)} and {number(high, 4)} p.u."
    if lost:
        kept += f" In {number(lost, 6)} interval{'s' * (lost != 1)} the power flow has no solution."
    if not np.isfinite(table["voltage_min_pu"]).any():
        return kept
    least, most = float(np.nanmin(table["voltage_min_pu"])), float(np.nanmax(table["voltage_max_pu"]))
    beyond = int(((table["voltage_min_pu"] < low) | (table["voltage_max_pu"] > high)).sum())
    broken = (
        f"outside the DSO's limits in {number(beyond, 6)} of {number(len(table['converged']), 6)} intervals"
        if beyond
        else "always within the limits"
    )
    return f"Voltages lie between {number(least, 4)} and {number(most, 4)} p.u., {broken}. {kept}"


def band(results: Results) -> tuple[float, float]:
    """The voltages that the DSO keeps. [p.u.]"""
    low, high = results.run["scenario"]["grid"]["voltage_band"]
    return float(low), float(high)


@drawn
def loading(results: Results) -> Figure:
    """Loading of the most loaded branch over time. [%]"""
    table, span = results.intervals, Span.of(results)
    figure, axes = canvas(2.6)
    kinds = loading_by_kind(results) or {"branch": table["loading_max_percent"]}
    for kind, values in kinds.items():
        span.line(axes, values, COLOURS["transformer" if kind == "transformer" else "line"], f"most loaded {kind}")
    axes.axhline(100, color=COLOURS["limit"], linewidth=1.0, linestyle="--", label="rating")
    span.shade(axes, ~table["converged"], COLOURS["bad"], "no solution of the power flow")
    axes.set_ylim(0, max(110.0, 1.08 * float(np.nanmax(np.append(table["loading_max_percent"], 0)))))
    axes.set_ylabel("loading [%]")
    span.axis(axes)
    legend(axes)
    return figure


def loading_caption(results: Results) -> str:
    """The highest loading, when it was, and how long ratings were exceeded."""
    loadings = results.intervals["loading_max_percent"]
    if not np.isfinite(loadings).any():
        return "The power flow has no solution in any interval."
    worst = int(np.nanargmax(loadings))
    over = int((loadings > 100).sum())
    text = f"The highest loading is {number(float(loadings[worst]))} % ({moment(Span.of(results).local(worst))}); "
    beyond = f"ratings are exceeded in {number(over, 6)} intervals, by {number(results.total('overload_kvah'))} kVAh in sum."
    return text + (beyond if over else "no rating is exceeded.") + by_day(results)


def loading_by_kind(results: Results) -> dict[str, Floats]:
    """[T] loading of the most loaded line, transformer and impedance; empty where the run didn't keep it by interval. [%]"""
    import pyarrow.parquet as pq

    path = results.folder / "grid.parquet"
    if not (results.has("grid") and results.has("network")) or "voltage_high_pu" in pq.read_schema(path).names:
        return {}
    network, columns, found = results.columns("network"), ["interval", "loading_percent"], dict[str, Floats]()
    for kind in ("line", "transformer", "impedance"):
        names = network["element"][network["branch_kind"] == kind].tolist()
        if names:
            read = pq.read_table(path, columns=columns, filters=[("kind", "==", "branch"), ("element", "in", names)])
            found[kind] = np.full(Span.of(results).clock.intervals, np.nan)
            np.fmax.at(found[kind], read.column("interval").to_numpy(), read.column("loading_percent").to_numpy())
    return found


@drawn
def curtailment(results: Results) -> Figure:
    """Generation held back and load not served over time. [kW], a long run [kWh a day]"""
    table, span = results.intervals, Span.of(results)
    figure, axes = canvas(2.4)

    def amount(wh: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return span.day_sums(wh) / 1000 if span.daily else span.power(wh)

    for column, colour, label in (
        ("held_back_wh", COLOURS["generation"], "generation held back"),
        ("unserved_wh", COLOURS["bad"], "load not served"),
    ):
        if table[column].any():
            span.area(axes, 0, amount(table[column]), colour, label, alpha=0.6)
    axes.set_ylabel("energy a day [kWh]" if span.daily else "mean power [kW]")
    commas(axes.yaxis)
    axes.set_ylim(bottom=0)
    span.axis(axes)
    legend(axes)
    return figure


def curtailment_caption(results: Results) -> str:
    """How much was held back or not served, and of how many homes."""
    held_back, unserved = results.total("held_back_wh"), results.total("unserved_wh")
    available = results.total("generation_wh") + held_back
    homes, count = int((results.bills["held_back_wh"] > 0).sum()), len(results.bills["held_back_wh"])
    share = f" ({number(100 * held_back / available)} % of what the sun gave)" if available > 0 else ""
    text = f"The DSO held back {energy(held_back)}{share} in {number(homes, 7)} of {number(count, 7)} homes"
    return text + (f", and left {energy(unserved)} of load unserved." if unserved else ".")


def curtailment_missing(results: Results) -> str:
    """Why there is nothing to draw."""
    curtailed = results.total("held_back_wh") + results.total("unserved_wh")
    return "" if curtailed else "the DSO had to take nothing back"
