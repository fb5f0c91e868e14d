"""A pandapower net as a feeder: its branch model taken over as pandapower builds it, switches resolved, nothing guessed."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from p2p.base.columns import Flags, Floats, Indices, Ints, Texts
from p2p.base.errors import Fault, GridInvalid
from p2p.grid import Branches, Buses, Grid, TapChangers, ZeroSequence, check
from p2p.grid.topology import layout
from p2p.sources.feeder import Connections, Feeder, net_withdrawal
from p2p.sources.pandapower_faults import faults_of, notes_of, powers_of_phases
from p2p.sources.pandapower_tables import PowerTables, element_names, impedance_share, power_tables

if TYPE_CHECKING:
    from pandas import DataFrame


def feeder_of(net: Any, name: str) -> tuple[Feeder, Ints]:
    """The feeder of a pandapower net, and [highest bus index + 1] the row of each of its buses, -1 where it is dropped.

    Buses joined by closed switches are one row; what is out of service is left out, and so are buses without voltage
    as long as nothing hangs on them. A line open at one end becomes the shunt that it is. External grids of one
    voltage are one slack bus.

    Raises
    ------
    GridInvalid
        All that the net has and this grid can't represent, or all that keeps it from having a power flow.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        faults = faults_of(net, name)
        if faults:
            raise GridInvalid(faults)
        tables = power_tables(net, name)
    sources = np.unique(tables.bus_of[_sources(net)])
    row_of = _rows(tables, sources)
    _refuse_dark(net, name, row_of)
    branches, zero, taps, shunt = _branches(net, tables, row_of)
    loads = Connections.concat([_connections(net.load, "load", row_of), _single(net, row_of)])
    generators = _connections(net.sgen, "sgen", row_of)
    storages = _connections(net.storage, "storage", row_of)
    buses = _buses(net, tables, row_of, shunt)
    p, q = net_withdrawal(len(buses), loads, generators, storages)
    slack = int(row_of[_sources(net)[0]])
    x, y = _drawing(net, row_of, len(buses), branches, slack)
    buses = buses.replace(p_kw=p, q_kvar=q, x=x, y=y)
    grid = check(Grid(name, buses, branches, slack, _slack_voltage(net), float(net.sn_mva) * 1000, zero, taps=taps))
    return Feeder(grid, loads, generators, storages, notes_of(net, name)), row_of


def _sources(net: Any) -> Ints:
    """Buses of the external grids, and of generators that are slack."""
    grids = net.ext_grid.bus[net.ext_grid.in_service.astype(bool)].to_numpy(np.int64)
    slack = net.gen.bus[net.gen.in_service.astype(bool) & net.gen.slack.astype(bool)].to_numpy(np.int64)
    return np.concatenate([grids, slack])


def _slack_voltage(net: Any) -> float:
    grids = net.ext_grid.vm_pu[net.ext_grid.in_service.astype(bool)]
    return float(grids.iloc[0] if len(grids) else net.gen.vm_pu[net.gen.in_service & net.gen.slack].iloc[0])


def _rows(tables: PowerTables, sources: Ints) -> Ints:
    """[highest bus index + 1] the row of each pandapower bus; sources share one, dead buses have -1."""
    joined = np.arange(len(tables.kv))
    joined[sources] = sources[0]
    at = np.where(tables.bus_of >= 0, joined[tables.bus_of], -1)
    at[(tables.bus_of < 0) | ~tables.live[tables.bus_of]] = -1
    used = np.unique(at[at >= 0])
    return np.where(at >= 0, np.searchsorted(used, at), -1)


def _buses(net: Any, tables: PowerTables, row_of: Ints, shunt: np.ndarray[Any, Any]) -> Buses:
    """The buses without their loads; a row of several is called after its first busbar, else its first bus."""
    count = int(row_of.max()) + 1
    index = net.bus.index.to_numpy(np.int64)
    busbar = (net.bus["type"] == "b").to_numpy(np.bool_) if "type" in net.bus else np.zeros(len(index), np.bool_)
    chosen = np.full(count, -1, np.int64)
    for bus in np.concatenate([index[~busbar][::-1], index[busbar][::-1]]):  # the last to be written is the first busbar
        if row_of[bus] >= 0:
            chosen[row_of[bus]] = bus
    names = _unique(element_names(net.bus.loc[chosen], "bus"), chosen)
    at, zero = tables.bus_of[chosen], np.zeros(count)
    g, b = zero.copy(), zero.copy()
    power_bus, first = np.unique(tables.bus_of[index[row_of[index] >= 0]], return_index=True)
    rows = row_of[index[row_of[index] >= 0][first]]
    np.add.at(g, rows, tables.shunt[power_bus].real)
    np.add.at(b, rows, tables.shunt[power_bus].imag)
    return Buses(names, tables.kv[at], zero, zero, zero, zero, g + shunt.real, b + shunt.imag)


def _branches(net: Any, tables: PowerTables, row_of: Ints) -> tuple[Branches, ZeroSequence, TapChangers, np.ndarray[Any, Any]]:
    """The branches with both ends on live buses, their zero sequence and tap changers, and [B] admittances of those open at one end."""
    row = np.full(len(tables.kv), -1, np.int64)
    known = np.flatnonzero(row_of >= 0)
    row[tables.bus_of[known]] = row_of[known]
    all_branches = tables.branches
    f, t = row[all_branches.from_bus], row[all_branches.to_bus]
    shunt = np.zeros(int(row_of.max()) + 1, np.complex128)
    hangs = (f >= 0) != (t >= 0)
    with np.errstate(divide="ignore", invalid="ignore"):  # a loose end without impedance: `check` finds the shunt
        yff, yft, ytf, ytt = all_branches.take(hangs).admittances()
        seen = np.where(f[hangs] >= 0, yff - yft * ytf / ytt, ytt - ytf * yft / yff)
    np.add.at(shunt, np.maximum(f, t)[hangs], seen)
    both = (f >= 0) & (t >= 0) & (f != t)
    branches = all_branches.take(both)
    taps = tables.taps.take(both[tables.taps.branch])
    taps = taps.replace(branch=(np.cumsum(both) - 1)[taps.branch].astype(np.int32))
    ends = branches.replace(from_bus=f[both].astype(np.int32), to_bus=t[both].astype(np.int32))
    return ends, tables.zero.take(both), taps, shunt


def _connections(table: DataFrame, kind: str, row_of: Ints) -> Connections:
    """What is in service on a live bus; the share of a load that is an impedance is a shunt already."""
    table = table[table.in_service.to_numpy(np.bool_)]
    table = table[row_of[table.bus.to_numpy(np.int64)] >= 0]
    if not len(table):
        return Connections.none()
    scaling = table.scaling.to_numpy(np.float64) * 1000
    p, q = table.p_mw.to_numpy(np.float64) * scaling, table.q_mvar.to_numpy(np.float64) * scaling
    if kind == "load":
        p, q = p * (1 - impedance_share(table, "p")), q * (1 - impedance_share(table, "q"))
    profile = np.full(len(table), "", dtype="<U1")
    if "profile" in table:
        profile = np.array([value if isinstance(value, str) else "" for value in table.profile])
    at: Indices = row_of[table.bus.to_numpy(np.int64)].astype(np.int32)
    return Connections(element_names(table, kind), at, p, q, profile, np.full(len(table), -1, np.int8))


def _single(net: Any, row_of: Ints) -> Connections:
    """The loads of which the net says on which phase they hang, as `faults_of` has passed them."""
    table = net.get("asymmetric_load")
    if table is None or not len(table):
        return Connections.none()
    by_phase = powers_of_phases(table)
    whole = table.assign(p_mw=by_phase.sum(axis=1).real, q_mvar=by_phase.sum(axis=1).imag)
    used = by_phase != 0
    phase = np.where(used.all(axis=1), 0, used.argmax(axis=1) + 1).astype(np.int8)
    here = table.in_service.to_numpy(np.bool_) & (row_of[table.bus.to_numpy(np.int64)] >= 0)
    return _connections(whole, "asymmetric_load", row_of).replace(phase=phase[here])


def _unique(names: Texts, index: Ints) -> Texts:
    """The names, with the index added where one stands more than once."""
    _, inverse, count = np.unique(names, return_inverse=True, return_counts=True)
    return np.array([f"{name} ({at})" if count[i] > 1 else str(name) for name, at, i in zip(names, index, inverse, strict=True)])


def _refuse_dark(net: Any, name: str, row_of: Ints) -> None:
    """Refuse buses that are in service and without voltage if anything draws or feeds in there."""
    dead: Flags = row_of < 0
    faults = []
    for element in ("load", "asymmetric_load", "sgen", "storage", "shunt"):
        table = net.get(element)
        if table is None:
            continue
        at = table.bus.to_numpy(np.int64)
        switched_on = net.bus.in_service.reindex(at).to_numpy(np.bool_)
        dark = table[table.in_service.to_numpy(np.bool_) & dead[at] & switched_on]
        if len(dark):
            buses = ", ".join(sorted({str(net.bus["name"].get(bus, bus)) for bus in dark.bus})[:8])
            what = f"{len(dark)} in service at buses that nothing feeds: {buses}"
            faults.append(Fault(f"{name}, {element}", what, "a closed way to the slack, or out of service"))
    if faults:
        raise GridInvalid(faults)


def _drawing(net: Any, row_of: Ints, buses: int, branches: Branches, slack: int) -> tuple[Floats, Floats]:
    """Where the source draws the buses, or a layout if it does not place them all."""
    x, y = np.full(buses, np.nan), np.full(buses, np.nan)
    geo = net.bus.get("geo", [])
    for bus, point in zip(net.bus.index, geo, strict=False):
        if row_of[bus] >= 0 and isinstance(point, str):
            place = json.loads(point).get("coordinates", (np.nan, np.nan))
            x[row_of[bus]], y[row_of[bus]] = place[0], place[1]
    if np.all(np.isfinite(x) & np.isfinite(y)):
        return x, y
    return layout(buses, branches, slack)
