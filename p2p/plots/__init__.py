"""Figures of a run: one figure a function, each with a caption that says in numbers what one sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from p2p.plots import book, flows, homes, map, market  # noqa: A004  a map of the grid
from p2p.plots.book import book_columns, compared, order_curves
from p2p.plots.style import save, svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from p2p.results import Results

__all__ = ["FIGURES", "Plot", "book_columns", "compared", "missing", "order_curves", "save", "svg"]


def _nothing(results: Results) -> str:
    return ""


@dataclass(frozen=True)
class Plot:
    """A figure of a run.

    title : what it is called
    draw : the figure
    caption : what one sees, with numbers; plain text
    tables : what it is drawn from
    empty : why there is nothing to draw though the tables are there, "" where there is
    """

    title: str
    draw: Callable[[Results], Figure]
    caption: Callable[[Results], str]
    tables: tuple[str, ...] = ("intervals",)
    empty: Callable[[Results], str] = _nothing


FIGURES: dict[str, Plot] = {
    "prices": Plot("Prices", market.prices, market.prices_caption),
    "volumes": Plot("Trade, import and export", market.volumes, market.volumes_caption),
    "mean_day": Plot("The mean day", market.mean_day, market.mean_day_caption),
    "order_curves": Plot("Demand and supply of one interval", book.chosen, book.chosen_caption, ("intervals", "book"), book.chosen_missing),
    "bills": Plot("Bills with and without the local market", homes.bills, homes.bills_caption, ("bills",)),
    "purposes": Plot("Who gets what", homes.purposes, homes.purposes_caption, ("bills",)),
    "duration": Plot("Load duration of the exchange with upstream", flows.duration, flows.duration_caption),
    "voltage": Plot("Voltages", flows.voltage, flows.voltage_caption),
    "loading": Plot("Loading of lines and transformers", flows.loading, flows.loading_caption),
    "grid": Plot("The grid at its worst", map.grid, map.grid_caption, ("intervals", "grid", "network"), map.grid_missing),
    "curtailment": Plot(
        "What the DSO took back", flows.curtailment, flows.curtailment_caption, ("intervals", "bills"), flows.curtailment_missing
    ),
}


def missing(plot: Plot, results: Results) -> str:
    """Why a figure can't be drawn from these results, "" where it can."""
    absent = [table for table in plot.tables if not results.has(table)]
    return f"the run kept no {' and no '.join(f'{table}.parquet' for table in absent)}" if absent else plot.empty(results)
