"""A MATPOWER case file to a feeder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from p2p.base.columns import Floats, Indices, Ints, Signs, Texts
from p2p.base.errors import Fault, GridInvalid
from p2p.grid import Branches, Buses, Grid, check
from p2p.grid.check import listed
from p2p.grid.topology import layout
from p2p.sources.feeder import Connections, Feeder, net_withdrawal
from p2p.sources.matpower_text import matpower_tables

# columns of the tables, from 0 (MATPOWER User's Manual, tables B-1 to B-3)
NUMBER, TYPE, PD, QD, GS, BS, VM, KV, VMAX, VMIN = 0, 1, 2, 3, 4, 5, 7, 9, 11, 12
FROM, TO, R, X, B, RATE, RATIO, ANGLE, STATUS = 0, 1, 2, 3, 4, 5, 8, 9, 10
AT, PG, QG, VG, ON = 0, 1, 2, 5, 7
PV_BUS, REFERENCE, ISOLATED = 2, 3, 4


def read_matpower(path: Path) -> Feeder:
    """The feeder of a case: each bus's demand is a load, generators away from the slack give what the case says.

    Raises
    ------
    FileInvalid
        The file is not a case in the format's version 2, or has statements that are not understood.
    GridInvalid
        The case has no power flow, or generators that hold a voltage away from the slack.
    """
    base_mva, tables = matpower_tables(path)
    bus, gen, branch = tables["mpc.bus"], tables["mpc.gen"], tables["mpc.branch"]
    name = path.stem
    apart = bus[:, TYPE] == ISOLATED
    left_out = _names(bus[apart])
    bus = bus[~apart]
    gen, branch = gen[gen[:, ON] > 0], branch[branch[:, STATUS] > 0]
    _refuse(name, bus, gen, branch)
    slack_buses = np.flatnonzero(bus[:, TYPE] == REFERENCE)
    row = np.arange(len(bus))
    row[slack_buses] = slack_buses[0]  # references of one voltage are one bus
    kept, row = np.unique(row, return_inverse=True)
    slack = int(row[slack_buses[0]])
    branches = _branches(branch, bus, row, base_mva)
    loads, generators = _loads(bus, row), _generators(bus, gen, row, slack)
    p, q = net_withdrawal(len(kept), loads, generators, Connections.none())
    shunt = np.zeros((2, len(kept)))
    np.add.at(shunt[0], row, bus[:, GS] / base_mva)
    np.add.at(shunt[1], row, bus[:, BS] / base_mva)
    x, y = layout(len(kept), branches, slack)
    buses = Buses(_names(bus[kept]), bus[kept, KV], x, y, p, q, *shunt)
    voltage = float(_set_points(bus, gen)[0])
    grid = check(Grid(name, buses, branches, slack, voltage, base_mva * 1000))
    return Feeder(grid, loads, generators, Connections.none(), _notes(name, bus, branches, left_out))


def _names(bus: Floats) -> Texts:
    """[n] the numbers of buses as texts."""
    return np.char.mod("%d", bus[:, NUMBER].astype(np.int64))


def _notes(name: str, bus: Floats, branches: Branches, left_out: Texts) -> tuple[Fault, ...]:
    """What the case says that a user should know: limits that are none, buses left out, bands upside down."""
    notes = []
    free = branches.rating_kva == 0
    if np.any(free):
        what = f"{np.sum(free)} of {len(free)} have rateA = 0, which the format takes for unlimited: {listed(branches.name[free])}"
        notes.append(Fault(f"{name}, ratings", what, "MVA, where there is a limit"))
    if len(left_out):
        notes.append(Fault(f"{name}, bus", f"{len(left_out)} are isolated (type 4) and left out: {listed(left_out)}"))
    turned = bus[:, VMIN] > bus[:, VMAX]
    if np.any(turned):
        what = f"{np.sum(turned)} have a voltage band that is upside down (Vmin > Vmax): {listed(_names(bus[turned]))}"
        notes.append(Fault(f"{name}, bus", what, "Vmin <= Vmax; a run keeps grid.voltage_band"))
    return tuple(notes)


def _rows(bus: Floats, numbers: Floats) -> Ints:
    """[n] the row of each bus number, -1 where there is none."""
    order = np.argsort(bus[:, NUMBER])
    place = np.clip(np.searchsorted(bus[order, NUMBER], numbers), 0, len(bus) - 1)
    return np.where(bus[order[place], NUMBER] == numbers, order[place], -1)


def _set_points(bus: Floats, gen: Floats) -> Floats:
    """[slack buses] the voltage that each reference holds: its generator's, else its own. [p.u.]"""
    at = _rows(bus, gen[:, AT])
    voltage = bus[:, VM].copy()
    voltage[at] = gen[:, VG]
    held: Floats = voltage[bus[:, TYPE] == REFERENCE]
    return held


def _refuse(name: str, bus: Floats, gen: Floats, branch: Floats) -> None:
    """Refuse, all at once, what a feeder can't have."""
    faults = []
    numbers, counts = np.unique(bus[:, NUMBER], return_counts=True)
    if np.any(counts > 1):
        faults.append(Fault(f"{name}, bus", f"{numbers[counts > 1].astype(int).tolist()} stand twice", "each number once"))
    for table, ends in (("gen", gen[:, [AT]]), ("branch", branch[:, [FROM, TO]])):
        unknown = np.unique(ends[~np.isin(ends, numbers)]).astype(int)
        if len(unknown):
            faults.append(Fault(f"{name}, {table}", f"{len(unknown)} buses are not there: {unknown[:8].tolist()}", "numbers in mpc.bus"))
    slack = bus[:, TYPE] == REFERENCE
    if not slack.any():
        faults.append(Fault(f"{name}, bus", "no bus is the reference", "one of type 3"))
    held = np.isin(bus[:, NUMBER], gen[:, AT]) & (bus[:, TYPE] == PV_BUS)
    if held.any():
        what = f"{held.sum()} buses hold a voltage: {bus[held, NUMBER][:8].astype(int).tolist()}"
        faults.append(Fault(f"{name}, bus", what, "generators of given power at buses of type 1; only the slack holds a voltage"))
    if not faults and (len(np.unique(_set_points(bus, gen))) > 1 or len(np.unique(bus[slack, KV])) > 1):
        what = f"{slack.sum()} references of unlike voltage"
        faults.append(Fault(f"{name}, bus", what, "one, or several of the same voltage and level, which then are one slack bus"))
    if faults:
        raise GridInvalid(faults)


def _branches(branch: Floats, bus: Floats, row: Ints, base_mva: float) -> Branches:
    """Lines, and transformers where there is a ratio, a shift or two voltages; between two references there is none."""
    ends = _rows(bus, branch[:, FROM]), _rows(bus, branch[:, TO])
    branch = branch[row[ends[0]] != row[ends[1]]]
    a, b = _rows(bus, branch[:, FROM]), _rows(bus, branch[:, TO])
    tap = np.where(branch[:, RATIO] == 0, 1.0, branch[:, RATIO])
    shift = np.deg2rad(branch[:, ANGLE])
    turns = (branch[:, RATIO] != 0) | (shift != 0) | (bus[a, KV] != bus[b, KV])
    charging, none, rated = branch[:, B] / 2, np.zeros(len(branch)), np.ones(len(branch))
    f: Indices = row[a].astype(np.int32)
    t: Indices = row[b].astype(np.int32)
    return Branches(
        name=np.array([f"{x:.0f}-{y:.0f}" for x, y in branch[:, [FROM, TO]]], np.str_),
        kind=np.where(turns, "transformer", "line"),
        from_bus=f,
        to_bus=t,
        r=branch[:, R],
        x=branch[:, X],
        g_from=none,
        b_from=charging,
        g_to=none,
        b_to=charging,
        tap=tap,
        shift=shift,
        rating_kva=branch[:, RATE] * 1000,
        from_rated=rated,
        to_rated=rated,
        km=none,
    )


def _loads(bus: Floats, row: Ints) -> Connections:
    """One load at each bus with demand."""
    drawn = np.flatnonzero((bus[:, PD] != 0) | (bus[:, QD] != 0))
    names = np.array([f"load {number:.0f}" for number in bus[drawn, NUMBER]], np.str_)
    p, q = bus[drawn, PD] * 1000, bus[drawn, QD] * 1000
    return Connections(names, row[drawn].astype(np.int32), p, q, *_unsaid(len(drawn)))


def _generators(bus: Floats, gen: Floats, row: Ints, slack: int) -> Connections:
    """The generators away from the slack."""
    at = row[_rows(bus, gen[:, AT])]
    gen, at = gen[at != slack], at[at != slack]
    names = np.array([f"generator {number:.0f}" for number in gen[:, AT]], np.str_)
    return Connections(names, at.astype(np.int32), gen[:, PG] * 1000, gen[:, QG] * 1000, *_unsaid(len(gen)))


def _unsaid(count: int) -> tuple[Texts, Signs]:
    """No profile and no phase."""
    return np.full(count, "", dtype="<U1"), np.full(count, -1, np.int8)
