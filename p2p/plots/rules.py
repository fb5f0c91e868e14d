"""Clearing rules side by side: who keeps the gains, and at which price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Floats
from p2p.plots.style import COLOURS, canvas, commas, drawn, legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KEEPERS = {"buyers": COLOURS["local"], "sellers": COLOURS["generation"], "operator": COLOURS["without"]}


@drawn
def who_keeps_the_gains(rules: Sequence[str], gains: Mapping[str, Floats], largest: float) -> Figure:
    """Stacked bars, a rule each: what buyers, sellers and the operator keep; a mark where the largest gain is.

    Parameters
    ----------
    rules : [R] names.
    gains : [R] by "buyers", "sellers" and "operator". [EUR]
    largest : the most that could be gained. [EUR]
    """
    figure, axes = canvas(0.9 + 0.3 * len(rules))
    place = np.arange(len(rules))[::-1]
    above, below = np.zeros(len(rules)), np.zeros(len(rules))
    for name, colour in KEEPERS.items():
        amount = gains[name]
        left = np.where(amount >= 0, above, below)
        axes.barh(place, amount, left=left, color=colour, height=0.66, label=name)
        above, below = above + np.maximum(amount, 0), below + np.minimum(amount, 0)
    axes.axvline(largest, color=COLOURS["limit"], linewidth=1, linestyle="--", label="largest in one rule's books")
    axes.axvline(0, color=COLOURS["limit"], linewidth=0.8)
    axes.set_yticks(place, rules)
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.03)
    axes.set_xlabel("gains from trade, by the limits of the orders [EUR]")
    commas(axes.xaxis)
    legend(axes)
    return figure


@drawn
def price_levels(rules: Sequence[str], price: Floats, spread: Floats, bounds: tuple[float, float]) -> Figure:
    """Mean price under each rule, one standard deviation to both sides, and the prices outside.

    Parameters
    ----------
    price, spread : [R] NaN where nothing traded. [EUR/MWh]
    bounds : what feeding in brings, and what a local kWh is worth at most, on average. [EUR/MWh]
    """
    figure, axes = canvas(0.9 + 0.3 * len(rules))
    place = np.arange(len(rules))[::-1]
    axes.errorbar(
        price,
        place,
        xerr=spread,
        fmt="o",
        color=COLOURS["local"],
        ecolor=COLOURS["storage"],
        elinewidth=2.2,
        label="price, and its spread over time",
    )
    for value, name, colour in zip(bounds, ("feed-in", "retail less local fees"), (COLOURS["feed_in"], COLOURS["retail"]), strict=True):
        axes.axvline(value, color=colour, linewidth=1.2, linestyle="--", label=name)
    axes.set_yticks(place, rules)
    axes.set_ylim(-0.7, len(rules) - 0.3)
    axes.margins(x=0.05)
    axes.set_xlabel("price of local energy [EUR/MWh]")
    legend(axes)
    return figure
