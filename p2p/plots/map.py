"""The grid as it lies, with voltages and loadings in its worst interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from p2p.base.columns import Floats, Ints, Texts
from p2p.plots.flows import band
from p2p.plots.style import COLOURS, canvas, drawn
from p2p.plots.times import Span
from p2p.plots.words import moment, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from p2p.results import Results

MOST_DRAWN = 3000  # elements; a larger grid is drawn as pixels


@dataclass(frozen=True)
class State:
    """Where the elements of a grid lie, and how they fare; B buses, L branches.

    x, y: [B] place; ends: [L, 2] rows of the buses; slack: [B]
    voltage: [B] p.u., furthest from 1 in the time shown; loading: [L] percent; NaN where unknown
    """

    bus: Texts
    x: Floats
    y: Floats
    ends: Ints
    slack: npt.NDArray[np.bool_]
    voltage: Floats
    loading: Floats


@drawn
def grid(results: Results) -> Figure:
    """Buses coloured by voltage and branches by loading, in the interval with the voltage furthest from 1 p.u."""
    state = worst_state(results)
    figure, axes = canvas(5.2)
    raster = len(state.bus) + len(state.ends) > MOST_DRAWN
    _branches(figure, axes, state, raster)
    _buses(figure, axes, state, band(results), raster)
    axes.plot(
        state.x[state.slack], state.y[state.slack], "s", markersize=10, markerfacecolor="none", markeredgecolor=COLOURS["limit"], zorder=4
    )
    for x, y in zip(state.x[state.slack], state.y[state.slack], strict=True):
        _named(axes, "upstream grid", x, y)
    axes.set_axis_off()
    axes.margins(0.04)
    return figure


def _named(axes: Axes, words: str, x: float, y: float) -> None:
    axes.annotate(words, (x, y), (9, 7), textcoords="offset points", fontsize=8.5, zorder=5)


def _branches(figure: Figure, axes: Axes, state: State, raster: bool) -> None:
    from matplotlib.collections import LineCollection
    from matplotlib.colors import Normalize

    places = np.column_stack((state.x, state.y))[state.ends]
    full = max(100.0, float(np.nanmax(np.append(state.loading, 0.0))))
    loading = np.nan_to_num(state.loading, nan=0.0)
    lines = LineCollection(list(places), cmap="Greys", norm=Normalize(-0.6 * full, full), rasterized=raster, zorder=1)
    lines.set_array(loading)
    lines.set_linewidth(list(1.0 + 5.0 * loading / full))
    axes.add_collection(lines)
    bar = figure.colorbar(lines, ax=axes, shrink=0.8, aspect=30, pad=0.01)
    bar.ax.set_ylim(0, full)
    bar.set_label("loading of the branch [%]")


def _buses(figure: Figure, axes: Axes, state: State, limits: tuple[float, float], raster: bool) -> None:
    from matplotlib.colors import TwoSlopeNorm

    there = np.isfinite(state.voltage)
    reach = np.concatenate((state.voltage[there], limits))
    away = max(1 - float(reach.min()), float(reach.max()) - 1, 1e-3)
    size = float(np.clip(2600 / len(state.bus), 6, 46))
    bare: Any = {"s": size, "edgecolors": "#444444", "linewidths": 0.5, "rasterized": raster, "zorder": 3}
    axes.scatter(state.x[~there], state.y[~there], color="white", **bare)
    dots = axes.scatter(
        state.x[there], state.y[there], c=state.voltage[there], cmap="PuOr_r", norm=TwoSlopeNorm(1.0, 1 - away, 1 + away), **bare
    )
    worst = int(np.nanargmax(np.abs(state.voltage - 1)))
    axes.plot(state.x[worst], state.y[worst], "o", markersize=12, markerfacecolor="none", markeredgecolor=COLOURS["limit"], zorder=4)
    _named(axes, f"{number(float(state.voltage[worst]), 4)} p.u.", state.x[worst], state.y[worst])
    bar = figure.colorbar(dots, ax=axes, shrink=0.8, aspect=30, pad=0.01)
    for limit in limits:
        bar.ax.axhline(limit, color=COLOURS["limit"], linewidth=1.0, linestyle="--")
    bar.set_label("voltage of the bus [p.u.]")


def worst_interval(results: Results) -> int:
    """The interval with the voltage furthest from 1 p.u.; some flow converged."""
    table = results.intervals
    return int(np.nanargmax(np.fmax(1 - table["voltage_min_pu"], table["voltage_max_pu"] - 1)))


def worst_state(results: Results) -> State:
    """The grid in the worst interval, or over its day where the run kept days only."""
    network, rows = results.columns("network"), _rows_at(results, worst_interval(results))
    buses, branches = network["kind"] == "bus", network["kind"] == "branch"
    names = network["element"][buses]
    number_of = {name: place for place, name in enumerate(names.tolist())}
    ends = np.array(
        [[number_of[end] for end in network[side][branches].tolist()] for side in ("from_element", "to_element")], np.int64
    ).T.reshape(-1, 2)
    low = _by_element(rows, "bus", "voltage_pu", names)
    high = _by_element(rows, "bus", "voltage_high_pu", names) if "voltage_high_pu" in rows else low
    voltage = np.where(high - 1 > 1 - low, high, low)
    x, y = network["x"][buses].astype(float), network["y"][buses].astype(float)
    slack = network["slack"][buses].astype(bool)
    if not np.isfinite(x + y).all() or len(np.unique(np.column_stack((x, y)), axis=0)) < (len(x) + 1) / 2:
        x, y = tree_layout(len(names), ends, int(np.argmax(slack)))
    return State(names, x, y, ends, slack, voltage, _by_element(rows, "branch", "loading_percent", network["element"][branches]))


def _rows_at(results: Results, interval: int) -> dict[str, npt.NDArray[Any]]:
    """The rows of grid.parquet of an interval, or of the day it is in; reads no more than it must."""
    import pyarrow.parquet as pq

    path = results.folder / "grid.parquet"
    kept = np.unique(pq.read_table(path, columns=["interval"]).column("interval").to_numpy())
    row = int(kept[np.searchsorted(kept, interval, side="right") - 1])
    read = pq.read_table(path, filters=[("interval", "==", row)])
    return {name: read.column(name).to_numpy() for name in read.column_names}


def _by_element(rows: dict[str, npt.NDArray[Any]], kind: str, column: str, elements: npt.NDArray[Any]) -> Floats:
    """[n] the value of each element of a kind; NaN where it has none."""
    chosen = rows["kind"] == kind
    value_of = dict(zip(rows["element"][chosen].tolist(), rows[column][chosen].astype(float).tolist(), strict=True))
    return np.array([value_of.get(name, np.nan) for name in elements.tolist()], np.float64)


def tree_layout(count: int, ends: Ints, root: int) -> tuple[Floats, Floats]:
    """Places for buses that have none: x by how many branches they are from the root, leaves one under another.

    Parameters
    ----------
    count : how many buses.
    ends : [L, 2] the buses of each branch.
    root : the bus where it starts.
    """
    near: list[list[int]] = [[] for _ in range(count)]
    for one, other in ends.tolist():
        near[one].append(other)
        near[other].append(one)
    x, y, leaves = np.full(count, -1.0), np.zeros(count), 0
    for start in [root, *range(count)]:  # what hangs on nothing starts anew
        if x[start] >= 0:
            continue
        x[start], order, children = 0.0, [start], dict[int, list[int]]()
        stack = [start]
        while stack:
            bus = stack.pop()
            children[bus] = fresh = [other for other in near[bus] if x[other] < 0]
            x[fresh] = x[bus] + 1
            order += fresh
            if not fresh:
                y[bus], leaves = leaves, leaves + 1
            stack += fresh
        for bus in reversed(order):  # parents amid their children
            if children[bus]:
                y[bus] = y[children[bus]].mean()
    return x, -y


def grid_caption(results: Results) -> str:
    """When and where the worst voltage was, and the highest loading then."""
    state, span, worst = worst_state(results), Span.of(results), worst_interval(results)
    when = moment(span.local(worst))
    bus = int(np.nanargmax(np.abs(state.voltage - 1)))
    text = f"The voltage furthest from 1 p.u. is {number(float(state.voltage[bus]), 4)} p.u. at {state.bus[bus]} ({when})"
    if np.isfinite(state.loading).any():
        text += f"; the most loaded branch then carries {number(float(np.nanmax(state.loading)))} % of its rating"
    kept_days = " The run kept days, so each bus shows its worst value of that day." if _by_day(results) else ""
    return f"{text}. Branches are wider and darker the more they are loaded.{kept_days}"


def _by_day(results: Results) -> bool:
    import pyarrow.parquet as pq

    return "voltage_high_pu" in pq.read_schema(results.folder / "grid.parquet").names


def grid_missing(results: Results) -> str:
    """Why there is no grid to draw."""
    return "" if np.isfinite(results.intervals["voltage_min_pu"]).any() else "the power flow has no solution in any interval"
