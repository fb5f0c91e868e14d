"""Who gains and who pays: bills of homes, and where the money goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from p2p.base.columns import Floats, Ints
from p2p.plots.style import COLOURS, canvas, commas, drawn, legend
from p2p.plots.words import money, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from p2p.results import Results

KINDS = (
    ("neither", COLOURS["without"]),
    ("photovoltaics", COLOURS["generation"]),
    ("photovoltaics and battery", COLOURS["storage"]),
    ("battery", COLOURS["national"]),
)
MOST_BARS = 400  # homes; of more a curve for each kind is drawn


def kinds(results: Results) -> Ints:
    """[N] what each home owns, a row of `KINDS`."""
    pv, battery = results.bills["pv_kw"] > 0, results.bills["battery_kwh"] > 0
    owned: Ints = np.select([pv & battery, pv, battery], [2, 1, 3], 0)
    return owned


def change(results: Results) -> Floats | None:
    """[N] what each home pays more with the local market than without it; None where that was not run. [EUR]"""
    if results.reference is None:
        return None
    without = results.reference.bills
    row = {name: place for place, name in enumerate(without["agent"].tolist())}
    rows = [row[name] for name in results.bills["agent"].tolist()]
    more: Floats = (results.bills["total_neur"] - without["total_neur"][rows]) * 1e-9
    return more


@drawn
def bills(results: Results) -> Figure:
    """Change of each home's bill through the local market, sorted; without a reference run the bill itself. [EUR]"""
    figure, axes = canvas(3.2)
    more = change(results)
    values = results.bills["total_neur"] * 1e-9 if more is None else more
    (_as_bars if len(values) <= MOST_BARS else _as_curves)(axes, values, kinds(results))
    axes.axhline(0, color=COLOURS["limit"], linewidth=0.7)
    axes.set_ylabel("bill [EUR]" if more is None else "change of the bill [EUR]")
    commas(axes.yaxis)
    legend(axes)
    return figure


def _as_bars(axes: Axes, values: Floats, owned: Ints) -> None:
    """A bar for each home."""
    from matplotlib.ticker import MaxNLocator

    order = np.argsort(values, kind="stable")
    width = min(14.0, 0.8 * 580 / len(values))  # of a bar, in points
    for kind, (label, colour) in enumerate(KINDS):
        place = np.flatnonzero(owned[order] == kind)
        if len(place):
            axes.vlines(place + 1, 0, values[order][place], color=colour, linewidth=width)
            axes.plot([], [], "s", color=colour, label=label)
    axes.set_xlim(0.3, len(values) + 0.7)
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("homes, sorted")


def _as_curves(axes: Axes, values: Floats, owned: Ints) -> None:
    """A curve for each kind of home, sorted within."""
    for kind, (label, colour) in enumerate(KINDS):
        of_kind = np.sort(values[owned == kind])
        if len(of_kind):
            kept = np.unique(np.linspace(0, len(of_kind) - 1, min(len(of_kind), 300)).round().astype(int))
            axes.plot(
                100 * (kept + 0.5) / len(of_kind), of_kind[kept], color=colour, label=f"{label} ({number(len(of_kind), 7)})", linewidth=1.8
            )
    axes.set_xlim(0, 100)
    axes.set_xlabel("share of the homes that own that, sorted [%]")


def bills_caption(results: Results) -> str:
    """How many homes gain and lose, and how much."""
    more = change(results)
    if more is None:
        total = results.bills["total_neur"] * 1e-9
        return f"Bills run from {money(float(total.min()))} to {money(float(total.max()))} EUR. The run has no reference without a local market to compare with."
    gain, lose = int((more < 0).sum()), int((more > 0).sum())
    each = []
    for kind, (label, _) in enumerate(KINDS):
        chosen = kinds(results) == kind
        if chosen.any():
            each.append(f"{label}: {money(float(more[chosen].mean()))}")
    same = len(more) - gain - lose
    return (
        f"Below zero a home pays less than without the local market. {number(gain, 6)} of {number(len(more), 6)} homes pay less and {number(lose, 6)} pay more"
        f"{f', {same} the same' if same else ''}; together they pay {money(abs(float(more.sum())))} EUR {'less' if more.sum() <= 0 else 'more'}. "
        f"Mean change in EUR: {'; '.join(each)}."
    )


#: What homes pay for, and to whom; the columns of bills.parquet.
PURPOSES = (
    ("local_energy_neur", "local energy", "to one another"),
    ("retail_energy_neur", "retail energy", "retailer"),
    ("feed_in_neur", "feed-in", "retailer"),
    ("network_fee_neur", "network fees", "DSO"),
    ("levies_neur", "levies", "state"),
    ("commission_neur", "commission", "operator and aggregators"),
    ("pool_share_neur", "part of the gain", "aggregators"),
    ("compensation_neur", "compensation", "DSO"),
)


def flows(results: Results) -> list[tuple[str, float, float]]:
    """What homes pay and receive for each purpose that there is, each home's net of the run. [EUR]"""
    return [
        (f"{purpose}\n({whom})", *_both(results.bills[column]))
        for column, purpose, whom in PURPOSES
        if results.bills[column].any() or (results.reference is not None and results.reference.bills[column].any())
    ]


def _both(column: npt.NDArray[Any]) -> tuple[float, float]:
    return float(np.maximum(column, 0).sum()) * 1e-9, float(np.minimum(column, 0).sum()) * 1e-9


@drawn
def purposes(results: Results) -> Figure:
    """What all homes pay and receive, by purpose and to whom, with and without the local market. [EUR]"""
    rows = flows(results)
    figure, axes = canvas(0.9 + 0.42 * max(len(rows), 1))
    place = np.arange(len(rows))
    parts = [("with the local market" if results.reference else "this run", COLOURS["local"], [row[1:] for row in rows])]
    if results.reference is not None:
        shown = [
            _both(results.reference.bills[column])
            for column, purpose, whom in PURPOSES
            if f"{purpose}\n({whom})" in {row[0] for row in rows}
        ]
        parts.append(("without it", COLOURS["without"], shown))
    height = 0.8 / len(parts)
    for part, (label, colour, values) in enumerate(parts):
        for side in (0, 1):
            lengths = [value[side] for value in values]
            axes.barh(place + (part - (len(parts) - 1) / 2) * height, lengths, height, color=colour, label=None if side else label)
    axes.axvline(0, color=COLOURS["limit"], linewidth=0.7)
    axes.set_yticks(place, [row[0] for row in rows])
    axes.invert_yaxis()
    axes.margins(x=0.03)
    axes.grid(visible=False, axis="y")
    commas(axes.xaxis)
    axes.set_xlabel("homes receive (below 0) and pay (above 0) [EUR]")
    legend(axes)
    return figure


def purposes_caption(results: Results) -> str:
    """What each institution gets from all homes together."""
    sums: dict[str, float] = {}
    for column, _, whom in PURPOSES:
        sums[whom] = sums.get(whom, 0.0) + float(results.bills[column].sum()) * 1e-9
    without = (
        {}
        if results.reference is None
        else {
            whom: sum(float(results.reference.bills[column].sum()) * 1e-9 for column, _, other in PURPOSES if other == whom)
            for whom in sums
        }
    )
    named = [
        f"{'the ' if whom != 'operator and aggregators' else ''}{whom} {money(amount)}" + (f" ({money(without[whom])})" if without else "")
        for whom, amount in sums.items()
        if whom != "to one another" and (amount or without.get(whom))
    ]
    spent = _both(results.bills["local_energy_neur"])[0]
    brackets = " (in brackets: without the local market)" if without else ""
    got = "; ".join(named) or "nothing"
    return f"Homes paid one another {money(spent)} EUR for local energy, net of the run. All homes together paid, in EUR{brackets}: {got}."
