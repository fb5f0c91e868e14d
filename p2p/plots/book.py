"""An order book as demand and supply curves, and where they were cleared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from p2p.base.columns import Floats
from p2p.plots.style import COLOURS, canvas, commas, drawn, legend
from p2p.plots.times import Span
from p2p.plots.words import energy, moment, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from p2p.orders import Clearing, Orders
    from p2p.results import Results

type Book = Mapping[str, npt.NDArray[Any]]

MOST_DRAWN = 4000  # orders; a larger book is drawn as pixels


@drawn
def order_curves(book: Book) -> Figure:
    """Demand and supply of an order book, the price at which it was cleared, and what is gained between the curves.

    Parameters
    ----------
    book : columns `side` (+1 bid, -1 offer), `energy_wh`, `price_ueur_per_kwh`, `accepted_wh` and `payment_neur`, one row an order.
    """
    figure, axes = canvas(3.6)
    _curves(axes, book)
    legend(axes)
    return figure


@drawn
def compared(books: Mapping[str, Book]) -> Figure:
    """The same book as cleared by several rules, one panel a rule; columns as for `order_curves`."""
    columns = min(len(books), 2)
    rows = -(-len(books) // columns)
    figure, panels = canvas(3.2 * rows, nrows=rows, ncols=columns, sharex=True, sharey=True, squeeze=False)
    shown: dict[str, Any] = {}
    for place, (axes, (name, book)) in enumerate(zip(panels.flat, books.items(), strict=False)):
        _curves(axes, book)
        axes.set_title(name)
        shown |= {label: handle for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
        if place + columns < len(books):
            axes.set_xlabel("")
        axes.tick_params(labelbottom=place + columns >= len(books))
        if place % columns:
            axes.set_ylabel("")
    for axes in panels.flat[len(books) :]:
        axes.set_axis_off()
    figure.legend(shown.values(), shown.keys(), loc="outside upper left", ncols=len(shown))
    return figure


def book_columns(orders: Orders, clearing: Clearing) -> Book:
    """The columns from which order curves are drawn."""
    return {
        "side": orders.side,
        "energy_wh": orders.energy,
        "price_ueur_per_kwh": orders.price,
        "accepted_wh": clearing.energy,
        "payment_neur": clearing.payment,
    }


def _curves(axes: Axes, book: Book) -> None:
    """Both sides of a book in merit order, and what was cleared."""
    traded = accepted(book, 1) / 1000
    for side, colour, label in ((1, COLOURS["retail"], "bids"), (-1, COLOURS["feed_in"], "offers")):
        amounts, limits = curve(book, side)
        axes.plot(amounts, limits, color=colour, label=label, linewidth=1.6, rasterized=len(amounts) > MOST_DRAWN)
    axes.set_xlabel("energy [kWh]")
    axes.set_ylabel("limit price [EUR/MWh]")
    commas(axes.xaxis)
    commas(axes.yaxis)
    axes.margins(x=0.02, y=0.08)
    axes.set_xlim(left=0)
    if traded > 0:
        _accepted_area(axes, book, traded)
        _clearing(axes, book, traded)


def _accepted_area(axes: Axes, book: Book, traded: float) -> None:
    """What the accepted orders gain: the area between their limits."""
    (bid_x, bid_y), (offer_x, offer_y) = (curve(book, side, "accepted_wh") for side in (1, -1))
    at = np.unique(np.concatenate((bid_x, offer_x)).clip(0, traded))
    middle = (at[:-1] + at[1:]) / 2
    above = bid_y[np.minimum(np.searchsorted(bid_x, middle), len(bid_y) - 1)]
    below = offer_y[np.minimum(np.searchsorted(offer_x, middle), len(offer_y) - 1)]
    x = np.column_stack((at[:-1], at[1:])).ravel()
    axes.fill_between(
        x, np.repeat(below, 2), np.repeat(above, 2), color=COLOURS["local"], alpha=0.16, linewidth=0, label="gained by the trade"
    )


def _clearing(axes: Axes, book: Book, traded: float) -> None:
    """One price as a point on the margin; many prices as the range that was paid."""
    paid = prices_paid(book)
    low, high = float(paid.min()), float(paid.max())
    colour = COLOURS["local"]
    bottom, top = axes.get_ylim()
    axes.vlines(traded, bottom, low, color=colour, linewidth=0.8, linestyle=":")
    axes.set_ylim(bottom, top)
    if high - low <= 0.01:
        axes.hlines(low, 0, traded, color=colour, linewidth=1.0, linestyle="--")
        axes.plot([traded], [low], "o", color=colour, markersize=6, label="clearing", zorder=4)
    else:
        axes.fill_between([0, traded], low, high, color=colour, alpha=0.25, linewidth=0, label="prices paid")


def curve(book: Book, side: int, column: str = "energy_wh") -> tuple[Floats, Floats]:
    """Corners of the step curve of one side in merit order: energy [kWh] and limit price [EUR/MWh]."""
    rows = np.flatnonzero((book["side"] == side) & (book[column] > 0))
    rows = rows[np.argsort(-side * book["price_ueur_per_kwh"][rows], kind="stable")]
    ends = np.concatenate(([0.0], np.cumsum(book[column][rows]) / 1000))
    return np.repeat(ends, 2)[1:-1], np.repeat(book["price_ueur_per_kwh"][rows] / 1000, 2)


def accepted(book: Book, side: int) -> float:
    """Energy accepted of one side. [Wh]"""
    return float(book["accepted_wh"][book["side"] == side].sum())


def prices_paid(book: Book) -> Floats:
    """What a kWh cost or brought in each accepted order. [EUR/MWh]"""
    won = book["accepted_wh"] > 0
    paid: Floats = (
        np.abs(book["payment_neur"][won] / book["accepted_wh"][won]) * np.sign(book["payment_neur"][won] * book["side"][won]) / 1000
    )
    return paid


def gain(book: Book) -> float:
    """What buyers would have paid at most, less what sellers would have taken at least. [EUR]"""
    return float((book["side"] * book["accepted_wh"] * book["price_ueur_per_kwh"].astype(np.float64)).sum()) * 1e-9


def curves_caption(book: Book) -> str:
    """How many orders there are, what is traded and at which price."""
    bids, offers = int((book["side"] > 0).sum()), int((book["side"] < 0).sum())
    orders = f"{number(bids, 6)} bid{'s' * (bids != 1)} for {energy(_size(book, 1))} and {number(offers, 6)} offer{'s' * (offers != 1)} of {energy(_size(book, -1))}"
    if accepted(book, 1) == 0:
        return f"{orders}; nothing is traded."
    paid = prices_paid(book)
    low, high = float(paid.min()), float(paid.max())
    at = f"at {number(low)} EUR/MWh" if high - low <= 0.01 else f"at prices from {number(low)} to {number(high)} EUR/MWh"
    return f"{orders}; {energy(accepted(book, 1))} are traded {at}, a gain of {number(gain(book))} EUR by the limits of the orders."


def _size(book: Book, side: int) -> float:
    return float(book["energy_wh"][book["side"] == side].sum())


def chosen(results: Results) -> Figure:
    """The order curves of the interval whose book was kept."""
    return order_curves(results.columns("book"))


def chosen_caption(results: Results) -> str:
    """Which interval that is, and what was traded."""
    book = results.columns("book")
    interval = int(book["interval"][0])
    which = "The chosen interval" if results.run["scenario"].get("results", {}).get("book", -1) >= 0 else "The interval with the most trade"
    return f"{which}, {moment(Span.of(results).local(interval))} (number {interval}): {curves_caption(book)}"


def chosen_missing(results: Results) -> str:
    """Why there are no curves to draw."""
    return "" if len(results.columns("book")["side"]) else "nobody sent an order"
