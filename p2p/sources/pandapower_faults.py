"""What a pandapower net may not have, because a grid of constant loads behind one slack bus can't stand for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from p2p.base.errors import Fault

REFUSED = {
    "trafo3w": "three-winding transformers",
    "xward": "extended wards",
    "ward": "wards",
    "motor": "motors",
    "dcline": "direct-current lines",
    "line_dc": "direct-current lines",
    "svc": "static var compensators",
    "tcsc": "thyristor-controlled series capacitors",
    "ssc": "static synchronous compensators",
    "vsc": "voltage source converters",
    "vsc_stacked": "voltage source converters",
    "vsc_bipolar": "voltage source converters",
    "asymmetric_sgen": "generators that differ between phases",
}


def faults_of(net: Any, name: str) -> list[Fault]:
    """All that the net has and a feeder can't have."""
    return [*_elements(net, name), *_sources(net, name), *_loads(net, name), *_limits(net, name)]


def notes_of(net: Any, name: str) -> tuple[Fault, ...]:
    """What the net says that looks wrong and keeps no power flow from running."""
    if not {"min_vm_pu", "max_vm_pu"} <= set(net.bus):
        return ()
    bus = net.bus[net.bus.in_service.astype(bool)]
    turned = bus[bus.min_vm_pu > bus.max_vm_pu]
    if not len(turned):
        return ()
    what = f"{len(turned)} have a voltage band that is upside down (min_vm_pu > max_vm_pu): {_shown(turned)}"
    return (Fault(f"{name}, bus", what, "min_vm_pu <= max_vm_pu; a run keeps grid.voltage_band"),)


def _shown(table: Any) -> str:
    return ", ".join(map(str, table.index[:8].tolist())) + (f" and {len(table) - 8} more" if len(table) > 8 else "")


def _limits(net: Any, name: str) -> Iterator[Fault]:
    """Limits of zero: pandapower divides by them, so a branch that has one may carry nothing."""
    for table, column in (("line", "max_i_ka"), ("line", "df"), ("line", "parallel"), ("trafo", "df"), ("trafo", "parallel")):
        rows = net[table][net[table].in_service.astype(bool)]
        if column in rows and (rows[column] <= 0).any():
            zero = rows[rows[column] <= 0]
            what = f"{len(zero)} have {column} of 0 or less, a limit under which they carry nothing: {_shown(zero)}"
            yield Fault(f"{name}, {table}", what, "above 0; NaN where there is no limit" if column == "max_i_ka" else "above 0")


def _elements(net: Any, name: str) -> Iterator[Fault]:
    for table, words in REFUSED.items():
        count = _in_service(net, table)
        if count:
            yield Fault(f"{name}, {table}", f"{count} {words}", "buses, lines, two-winding transformers, impedances, loads, sgens")
    held = net.gen[net.gen.in_service.astype(bool) & ~net.gen.slack.astype(bool)]
    if len(held):
        what = f"{len(held)} generators hold a voltage: {', '.join(map(str, held.index[:8].tolist()))}"
        yield Fault(f"{name}, gen", what, "generators of given power (sgen); only the slack holds a voltage")
    impedances = net.impedance[net.impedance.in_service.astype(bool)]
    uneven = (impedances.rft_pu != impedances.rtf_pu) | (impedances.xft_pu != impedances.xtf_pu)
    if uneven.any():
        yield Fault(f"{name}, impedance", f"{uneven.sum()} differ between their directions", "rft = rtf and xft = xtf")


def _sources(net: Any, name: str) -> Iterator[Fault]:
    grids = net.ext_grid[net.ext_grid.in_service.astype(bool)]
    slack = net.gen[net.gen.in_service.astype(bool) & net.gen.slack.astype(bool)]
    where = f"{name}, ext_grid"
    buses = np.concatenate([grids.bus.to_numpy(np.int64), slack.bus.to_numpy(np.int64)])
    if not len(buses):
        yield Fault(where, "no external grid is in service", "one, from which the grid is fed")
        return
    if not np.all(np.isin(buses, net.bus.index[net.bus.in_service.astype(bool)])):
        yield Fault(where, "stands at a bus that is out of service or not there", "a bus in service")
        return
    magnitude = np.concatenate([grids.vm_pu.to_numpy(np.float64), slack.vm_pu.to_numpy(np.float64)])
    angle = grids.va_degree.to_numpy(np.float64)
    kv = net.bus.vn_kv.loc[buses].to_numpy(np.float64)
    if any(len(np.unique(column)) > 1 for column in (magnitude, angle, kv)):
        what = f"{len(buses)} of unlike voltage ({', '.join(f'{v:g}' for v in np.unique(magnitude))} p.u.)"
        yield Fault(where, what, "one, or several of the same voltage, angle and level, which then are one slack bus")


def _loads(net: Any, name: str) -> Iterator[Fault]:
    columns = [column for column in net.load.columns if column.startswith("const_i")]
    currents = net.load[columns].to_numpy(np.float64)[net.load.in_service.to_numpy(np.bool_)]
    if np.any(currents != 0):
        what = f"{np.sum(np.any(currents != 0, axis=1))} draw a constant current"
        yield Fault(f"{name}, load", what, "constant power or constant impedance")
    known = net.bus.index
    for table in ("load", "asymmetric_load", "sgen", "storage", "shunt"):
        strange = np.zeros(0, np.bool_) if net.get(table) is None else ~net[table].bus.isin(known).to_numpy(np.bool_)
        if strange.any():
            yield Fault(f"{name}, {table}", f"{strange.sum()} at buses that are not there", "an index of bus")
    yield from _phases(net, name)


def _phases(net: Any, name: str) -> Iterator[Fault]:
    """A load of given phases hangs on one, or on all three alike."""
    table = net.get("asymmetric_load")
    if table is None or not _in_service(net, "asymmetric_load"):
        return
    table = table[table.in_service.astype(bool)]
    powers, where = powers_of_phases(table), f"{name}, asymmetric_load"
    used = np.sum(powers != 0, axis=1)
    delta = (table["type"] != "wye").to_numpy(np.bool_) if "type" in table else np.zeros(len(table), np.bool_)
    uneven = (used == 2) | ((used == 3) & (np.abs(powers - powers.mean(axis=1)[:, None]).max(axis=1) > 1e-9))
    for rows, what, allowed in (
        (used == 0, "have no power on any phase, so that nobody knows theirs", "a power on phase a, b or c, or the same on all"),
        (uneven, "draw unlike powers on two or three phases", "loads of one phase, or of all three alike; several at a bus if need be"),
        (delta, "hang between phases", "loads between phase and neutral (wye)"),
    ):
        if rows.any():
            listed = ", ".join(map(str, table.index[rows][:8].tolist()))
            yield Fault(where, f"{rows.sum()} {what}: {listed}", allowed)


def powers_of_phases(table: Any) -> Any:
    """[n, 3] complex power of each phase. [MVA]"""
    return np.stack([table[f"p_{x}_mw"].to_numpy(np.float64) + 1j * table[f"q_{x}_mvar"].to_numpy(np.float64) for x in "abc"], axis=1)


def _in_service(net: Any, table: str) -> int:
    rows = net.get(table)
    if rows is None or not len(rows):
        return 0
    return int(rows.in_service.astype(bool).sum()) if "in_service" in rows else len(rows)
