"""An area cut off from upstream: it balances itself, by what is worth least, or it goes dark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Flags, Floats
from p2p.operators.dso.positions import Bounds, GiveUps, Outcome, Regime, Usage, holds

if TYPE_CHECKING:
    from p2p.grid import Flow, Grid

MOST_FLOWS = 60
"""AC flows in which an island is to balance; each leaves of the imbalance what losses answer to a kW, a few percent."""

MOST_TURNS = 10
"""How often it is balanced anew after the regime has taken something back for the grid."""

NO_SOURCE = "no source"
"""What binds a dark island."""


@dataclass(frozen=True, slots=True)
class Islands:
    """When the area is cut off, and what its grid-forming unit, at the slack bus, can do.

    during:      [T] bool, whether it is cut off
    tolerance:   what the unit carries by itself, on the mean of an interval [kW]
    bridge:      most exchange with upstream that may break off when the island forms, else it goes dark; None for any [kW]
    black_start: whether a dark island may come back before it is connected again
    """

    during: Flags
    tolerance: float
    bridge: float | None
    black_start: bool


class Separated:
    """The island of a run: whether it is dark, and how it is delivered."""

    def __init__(self, islands: Islands) -> None:
        self.islands = islands
        self._dark = False

    def deliver(self, grid: Grid, usage: Usage, bounds: Bounds, give_ups: Callable[[], GiveUps], regime: Regime, interval: int) -> Outcome:
        """What is delivered in an interval of the island."""
        plan, first = self.islands, interval == 0 or not self.islands.during[interval - 1]
        offered = give_ups()
        self._dark = self._dark and not first and not plan.black_start
        if first and plan.bridge is not None:
            flow = usage.flow(grid)
            broken_off = abs(float(flow.import_kw)) if flow.converged else np.inf
            self._dark = broken_off > plan.bridge
            if self._dark:
                return dark(grid, usage, offered)
        outcome = dark(grid, usage, offered) if self._dark else alone(grid, usage, bounds, offered, regime, plan.tolerance)
        self._dark = not outcome.flow.converged
        return outcome


def alone(grid: Grid, usage: Usage, bounds: Bounds, offered: GiveUps, regime: Regime, tolerance: float) -> Outcome:
    """A grid that gets nothing from upstream and gives it nothing, and keeps its bounds as far as its regime sees to them.

    Where more is fed in than drawn, feeding in is taken back, what is worth least first; where more is drawn, devices give
    way and stores give, then load goes. What the regime takes back for the grid is balanced in turn.

    tolerance : what may be left, for the grid-forming unit. [kW]
    """
    taken, rounds, binding = np.zeros(len(offered)), 0, ""
    for _ in range(MOST_TURNS):
        found = balanced(grid, usage, offered, taken, tolerance)
        if found is None:
            return dark(grid, usage, offered)
        taken, flow = found
        rounds += 1
        if rounds == MOST_TURNS or holds(flow, bounds):
            break
        answer = regime(grid, offered.left_of(usage, taken), bounds, partial(_rest, offered, taken))
        binding = answer.binding or binding
        if answer.taken is None or answer.taken.sum() <= 1e-9:
            break
        taken = taken + answer.taken
    return Outcome(flow, taken, offered, rounds, holds(flow, bounds), binding)


def _rest(offered: GiveUps, taken: Floats) -> GiveUps:
    """What could still be taken back."""
    room = offered.power - taken
    return offered.replace(power=room, kvar=offered.kvar * room / np.maximum(offered.power, 1e-12))


def balanced(grid: Grid, usage: Usage, offered: GiveUps, taken: Floats, tolerance: float) -> tuple[Floats, Flow] | None:
    """[G] what is taken back in all so that the AC flow exchanges nothing with upstream; None where all there is would not do. [kW]

    How much is taken in the order of worth is found by adding what the flow still exchanges: a kW taken back moves that by a
    kW and what it does to losses, so each flow leaves a few percent.

    taken : [G] what is gone already. [kW]
    """
    flow = offered.left_of(usage, taken).flow(grid)
    exchanged = float(flow.import_kw) if flow.converged else float(offered.left_of(usage, taken).power.sum())
    if flow.converged and abs(exchanged) <= tolerance:
        return taken, flow
    way = -1 if exchanged > 0 else 1
    rows = np.flatnonzero(offered.sign == way)
    rows = rows[np.argsort(offered.worth[rows], kind="stable")]
    room = (offered.power - taken)[rows]
    before = np.cumsum(room) - room
    most, amount = float(room.sum()), min(abs(exchanged), float(room.sum()))
    for _ in range(MOST_FLOWS):
        more = taken.copy()
        more[rows] += np.clip(amount - before, 0.0, room)
        flow = offered.left_of(usage, more).flow(grid)
        lacking = -way * float(flow.import_kw) if flow.converged else (most - amount) / 2
        if flow.converged and abs(lacking) <= tolerance:
            return more, flow
        if amount >= most and (lacking > 0 or not flow.converged):
            return None
        amount = min(max(amount + lacking, 0.0), most)
    return None


def dark(grid: Grid, usage: Usage, offered: GiveUps) -> Outcome:
    """Nothing flows: each home has what it makes itself, by what its devices may give up, and the rest is not served."""
    way = np.where(usage.power > 0, -1, 1)
    rows = np.flatnonzero(offered.sign == way[offered.home])
    rows = rows[np.lexsort((offered.worth[rows], offered.home[rows]))]
    room, home = offered.power[rows], offered.home[rows]
    before = np.cumsum(room) - room
    first = np.searchsorted(home, home)
    taken = np.zeros(len(offered))
    taken[rows] = np.clip(np.abs(usage.power)[home] - (before - before[first]), 0.0, room)
    flow = usage.replace(power=np.full(len(usage), np.nan)).flow(grid)
    return Outcome(flow, taken, offered, 0, False, NO_SOURCE)
