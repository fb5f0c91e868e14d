"""How many placements a grid carries, by the share of homes that have a device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Floats
from p2p.plots.style import COLOURS, canvas, drawn, legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@drawn
def hosting_curve(shares: Mapping[str, Floats], alpha: float) -> Figure:
    """Share of the placements in which every bound holds, over the share of homes with a device; one line a way of running the grid.

    Parameters
    ----------
    shares : by name, [K] largest share of homes in each placement. [%]
    alpha : share of placements that may break a bound: a line where the capacity is read.
    """
    figure, axes = canvas(2.6)
    for (name, found), colour in zip(shares.items(), (COLOURS["without"], COLOURS["local"], COLOURS["generation"]), strict=False):
        most = np.sort(found)
        axes.step([0.0, *most], 100 * np.append(1.0, 1 - np.arange(len(most)) / len(most)), where="pre", color=colour, label=name)
    axes.axhline(100 * (1 - alpha), color=COLOURS["limit"], linewidth=1, linestyle="--", label=f"{100 * (1 - alpha):g} %")
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 102)
    axes.set_xlabel("homes with a device [%]")
    axes.set_ylabel("placements that hold [%]")
    legend(axes)
    return figure
