"""The DSO measures and does nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from p2p.operators.dso.positions import Bounds, GiveUps, Outcome, Usage, holds

if TYPE_CHECKING:
    from p2p.grid import Grid


@dataclass(frozen=True)
class MeasureOnly:
    """Regime `none`: the flow is judged, nothing is taken back."""

    def __call__(self, grid: Grid, usage: Usage, bounds: Bounds, give_ups: Callable[[], GiveUps]) -> Outcome:
        """The flow of what homes draw."""
        flow = usage.flow(grid)
        return Outcome(flow, None, None, 0, holds(flow, bounds), "")
