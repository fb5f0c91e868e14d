"""The DSO's own assets of a scenario: which transformers move, and by which voltage; when its area is cut off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from p2p.base.clock import Clock
from p2p.base.columns import Flags, Indices, Ints, Texts
from p2p.base.errors import Fault, ScenarioInvalid, nearest
from p2p.grid import Grid, TapChangers
from p2p.grid.topology import islands
from p2p.operators.dso import Islands, TapControl
from p2p.sections import IslandSection, TapChangerSection


def regulated(grid: Grid, section: TapChangerSection) -> tuple[Grid, TapControl | None]:
    """The grid with the tap changers that a scenario asks for, and what moves them; none where all are fixed.

    Raises
    ------
    ScenarioInvalid
        There is no such transformer or bus, or the dead band is narrower than a step.
    """
    if section.mode == "fixed":
        return grid, None
    names = grid.branches.name
    transformers = np.flatnonzero(grid.branches.kind == "transformer")
    chosen, faults = _named(names[transformers], section.transformers, "tap_changer.transformers")
    chosen = transformers[chosen] if section.transformers else transformers
    if not len(transformers):
        faults = [Fault("tap_changer.mode", "regulated, and the grid has no transformer", "fixed, or another grid")]
    if section.steps:
        grid = replace(grid, taps=TapChangers.even(chosen, section.steps, section.step_percent / 100))
        rows = np.arange(len(chosen))
    else:
        rows = np.flatnonzero(np.isin(grid.taps.branch, chosen))
        if not faults and len(rows) < max(len(chosen) if section.transformers else 1, 1):
            without = np.setdiff1d(chosen, grid.taps.branch)
            what = f"0, and the source gives no steps of {', '.join(names[without].tolist()[:8])}"
            faults.append(Fault("tap_changer.steps", what, "1 or more, steps each way"))
    most = section.step_percent / 100 if section.steps else float(np.abs(grid.taps.step[rows]).max(initial=0.0))
    if section.dead_band < most:
        faults.append(
            Fault("tap_changer.dead_band", f"{section.dead_band:g} p.u.", f"at least a step, {most:g} p.u., so that no step overshoots it")
        )
    watched, wrong = _watched(grid, grid.taps.branch[rows], section.watched)
    faults += wrong
    if faults:
        raise ScenarioInvalid(faults)
    return grid, TapControl(rows, watched, section.set_point, section.dead_band)


def _named(known: Texts, names: tuple[str, ...], where: str) -> tuple[Ints, list[Fault]]:
    """The rows of some names, and a fault for each that nothing has."""
    faults = [Fault(where, f"'{name}' is unknown", nearest(name, known.tolist())) for name in names if name not in known]
    return np.flatnonzero(np.isin(known, names)), faults


def _watched(grid: Grid, branches: Indices, watched: str) -> tuple[Flags, list[Fault]]:
    """[K, B] the buses whose voltages the transformers on some branches measure."""
    flags = np.zeros((len(branches), len(grid.buses)), np.bool_)
    low_side = grid.branches.to_bus[branches]
    if watched == "busbar":
        flags[np.arange(len(branches)), low_side] = True
    elif watched == "feeder":
        for part in islands(len(grid.buses), grid.branches.take(grid.branches.kind != "transformer")):
            members = np.array(sorted(part))
            flags[np.ix_(np.flatnonzero(np.isin(low_side, members)), members)] = True
    else:
        bus, faults = _named(grid.buses.name, (watched,), "tap_changer.watched")
        flags[:, bus] = True
        return flags, faults
    return flags, []


def cut_off(clock: Clock, section: IslandSection) -> Islands | None:
    """The intervals in which the area is cut off; None for never.

    Raises
    ------
    ScenarioInvalid
        A time is not one of the run's intervals.
    """
    if not section.start:
        return None
    during, faults = np.zeros(clock.intervals, np.bool_), []
    length = round(section.hours / clock.hours)
    for time in section.start:
        at = np.flatnonzero(clock.local == np.datetime64(time, "s"))
        if len(at):
            during[at[0] : at[0] + length] = True
        else:
            ends = f"the start of an interval, {clock.local[0]} to {clock.local[-1]}"
            faults.append(Fault("island.start", f"{time.isoformat()} is none of the run's", ends))
    if abs(length * clock.hours - section.hours) > 1e-9 or not length:
        faults.append(Fault("island.hours", f"{section.hours:g} h", f"whole intervals of {clock.hours:g} h"))
    if faults:
        raise ScenarioInvalid(faults)
    return Islands(during, section.tolerance_kw, section.bridge_kw, section.black_start)
