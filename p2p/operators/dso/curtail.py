"""Last resort: take back what is worth least for the relief that it brings, until the AC flow holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Flags, Floats
from p2p.grid import Flow, Grid, sensitivities
from p2p.operators.dso.positions import Bounds, GiveUps, Outcome, Usage, excess, holds


@dataclass(frozen=True)
class Curtail:
    """Take back the give-ups of least worth a unit of relief, until the AC power flow keeps every bound.

    Each round looks at the element that is furthest beyond its bound, ranks what could be taken back by worth over
    sensitivity, takes as much as the linearised flow asks for, and solves the AC flow again. Where nothing is left
    that would help, the violation stays and is named.

    margin : how much more is taken than the linearised flow asks for; the AC flow is curved
    most_rounds : after which the rest of the violation stays

    References
    ----------
    G. B. Dantzig, "Discrete-variable extremum problems", Operations Research 5 (2), 1957: with divisible items and
    one constraint, taking by the ratio of worth to relief is the optimum.
    """

    margin: float = 0.02
    most_rounds: int = 200

    def __call__(self, grid: Grid, usage: Usage, bounds: Bounds, give_ups: Callable[[], GiveUps]) -> Outcome:
        """The flow that is delivered, and what was taken back for it."""
        flow = usage.flow(grid)
        if holds(flow, bounds):
            return Outcome(flow, None, None, 0, True, "")
        offered = give_ups()
        taken = np.zeros(len(offered))
        hopeless = np.zeros(len(grid.buses) + len(grid.branches), np.bool_)
        binding = ""
        for rounds in range(self.most_rounds):
            if holds(flow, bounds):
                return Outcome(flow, taken, offered, rounds, True, binding)
            if not flow.converged:
                more, name = (offered.power - taken) / 2, "power flow"  # too far away for a linearisation
            else:
                element = _worst(flow, bounds, hopeless)
                if element is None:
                    break
                relief, beyond, name = _relief(grid, flow, bounds, element)
                more = self._take(offered, taken, relief[usage.bus[offered.home]], beyond)
            if more.sum() > 1e-9:
                taken, binding = taken + more, name
                flow = _after(usage, offered, taken).flow(grid)
            elif flow.converged:
                hopeless[element] = True
            else:
                break
        return Outcome(flow, taken, offered, rounds, holds(flow, bounds), binding)

    def _take(self, offered: GiveUps, taken: Floats, relief: Floats, beyond: float) -> Floats:
        """[G] what more is taken back: least worth a unit of relief first. [kW]"""
        each = offered.sign * relief
        room = np.where(each > 1e-9, offered.power - taken, 0.0)
        rank = np.lexsort((np.arange(len(each)), offered.worth / np.maximum(each, 1e-9)))
        rank = rank[room[rank] > 0]
        relieved = np.cumsum((each * room)[rank])
        wanted = beyond * (1 + self.margin)
        before = np.concatenate(([0.0], relieved[:-1])) if len(rank) else relieved
        part = np.clip((wanted - before) / np.maximum((each * room)[rank], 1e-12), 0.0, 1.0)
        more = np.zeros(len(each))
        more[rank] = part * room[rank]
        return more


def _worst(flow: Flow, bounds: Bounds, hopeless: Flags) -> int | None:
    """The bus, or after all buses the branch, that is furthest beyond its bound; None where all is kept or hopeless."""
    voltage, loading = excess(flow, bounds)
    voltage = np.where(voltage > bounds.tolerance[0], voltage / (bounds.high - bounds.low), 0.0)
    loading = np.where(loading > bounds.tolerance[1], loading / 100.0, 0.0)
    beyond = np.where(hopeless, 0.0, np.concatenate((voltage, loading)))
    worst = int(np.argmax(beyond))
    return worst if beyond[worst] > 0 else None


def _relief(grid: Grid, flow: Flow, bounds: Bounds, element: int) -> tuple[Floats, float, str]:
    """How much a kW more withdrawal at each bus relieves an element, how far that is beyond its bound, and its name."""
    voltage, loading = excess(flow, bounds)
    effect = sensitivities(grid, flow)
    if element < len(voltage):
        upward = 1.0 if flow.voltage[element] > bounds.high else -1.0
        return -upward * effect.voltage[element], float(voltage[element]), f"voltage at {grid.buses.name[element]}"
    row = element - len(voltage)
    return -effect.loading[row], float(loading[row]), f"loading of {grid.branches.name[row]}"


def _after(usage: Usage, offered: GiveUps, taken: Floats) -> Usage:
    """What is drawn when the taken give-ups are gone."""
    change = np.bincount(offered.home, offered.sign * taken, len(usage))
    return usage.replace(power=usage.power + change)
