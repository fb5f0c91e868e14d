"""From buses and branches stated in kV, kW and ohm to a grid, with all that is wrong at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Flags, Floats, Indices, Ints, Texts
from p2p.base.errors import Fault, FileInvalid, GridInvalid
from p2p.grid.check import check, connection_faults, listed
from p2p.grid.columns import Branches, Buses
from p2p.grid.network import Grid
from p2p.grid.stated import Cell, Number, Stated
from p2p.grid.topology import layout

BASE_KVA = 1000.0

BUS = {
    "kv": Number("nominal line-to-line voltage, above 0 to 1500 kV", low=0, high=1500, above=True),
    "p_kw": Number("kW drawn; below 0 fed in", 0.0),
    "q_kvar": Number("kvar drawn; below 0 fed in", 0.0),
    "x": Number("where it is drawn", 0.0),
    "y": Number("where it is drawn", 0.0),
    "voltage_pu": Number("voltage that the slack holds, 0.5 to 1.5 p.u.", 1.0, 0.5, 1.5),
    "v_min_pu": Number("lowest voltage allowed, above 0 p.u.", 0.0, 0, 2, above=True),
    "v_max_pu": Number("highest voltage allowed, above 0 p.u.", 2.0, 0, 2, above=True),
}
BRANCH = {
    "r_ohm": Number("ohm, 0 or more", low=0),
    "x_ohm": Number("ohm, 0 or more", low=0),
    "b_us": Number("charging of the whole branch, 0 or more µS", 0.0, 0),
    "tap": Number("off-nominal turns ratio, above 0", 1.0, 0, above=True),
    "shift_deg": Number("degrees", 0.0, -360, 360),
    "rating_kva": Number("above 0 kVA; 0 would carry nothing, and nothing stated is without a limit", 0.0, 0, above=True),
    "max_i_ka": Number("above 0 kA; 0 would carry nothing, and nothing stated is without a limit", 0.0, 0, above=True),
    "km": Number("length, 0 or more km", 0.0, 0),
}
KINDS = ("line", "transformer", "impedance")

BUS_NEEDED = ("name", "kv")
BUS_COLUMNS = (*BUS_NEEDED, *(name for name in BUS if name != "kv"), "slack", "phases")
BRANCH_NEEDED = ("from_bus", "to_bus", "r_ohm", "x_ohm")
BRANCH_COLUMNS = (*BRANCH_NEEDED, *(name for name in BRANCH if not name.endswith("_ohm")), "name", "kind", "closed", "phases")


@dataclass(frozen=True, slots=True)
class _Ends:
    """Where branches go; -1 at a bus that is not there."""

    start: Ints
    stop: Ints


def grid_of(name: str, buses: Stated, branches: Stated, more: list[Fault] | None = None) -> Grid:
    """The grid that two tables state.

    Of a branch between two voltages, which is a transformer, the from end becomes the higher one: its ohm are those
    seen from the lower voltage, its tap and shift stand at the higher.

    Parameters
    ----------
    more : what is wrong elsewhere, to be said with the rest.

    Raises
    ------
    FileInvalid
        A column is missing or unknown.
    GridInvalid
        Values are wrong, or the grid has no power flow: every fault.
    """
    empty = [Fault(table.name, "there is none", "two buses and a branch at least") for table in (buses, branches) if not len(table)]
    if empty:
        raise GridInvalid(empty)
    buses.check_heading(BUS_NEEDED, BUS_COLUMNS)
    branches.check_heading(BRANCH_NEEDED, BRANCH_COLUMNS)
    if buses.faults or branches.faults:
        raise FileInvalid([*buses.faults, *branches.faults, *(more or [])])
    nodes, slack, voltage = _buses(buses)
    edges, known = _branches(branches, nodes)
    faults = [*buses.faults, *branches.faults, *(more or [])]
    grid = Grid(name, nodes, edges, slack, voltage, BASE_KVA)
    if known:  # else every bus behind an end that is not there would be said to be cut off, too
        faults += connection_faults(grid)
    if faults:
        raise GridInvalid(faults)
    if not {"x", "y"} <= set(buses.columns) or None in (*buses.cells("x"), *buses.cells("y")):
        x, y = layout(len(nodes), edges, slack)
        grid = Grid(name, nodes.replace(x=x, y=y), edges, slack, voltage, BASE_KVA)
    return check(grid)


def _buses(table: Stated) -> tuple[Buses, int, float]:
    """The buses, the row of the slack and the voltage that it holds. [p.u.]"""
    names = table.texts("name")
    table.once("name", names)
    found = {column: table.numbers(column, kind) for column, kind in BUS.items()}
    marked = np.flatnonzero(table.flags("slack", False))
    if "slack" in table.columns and len(marked) != 1:
        at = f" ({table.some(marked.tolist())})" if len(marked) else ""
        table.faults.append(Fault(f"{table.name}, {table.wording.column} slack", f"{len(marked)} buses are the slack{at}", "one"))
    slack = int(marked[0]) if len(marked) else 0
    voltages, held = found["voltage_pu"]
    table.fault(
        "voltage_pu", np.flatnonzero(held & (np.arange(len(table)) != slack)).tolist(), "hold a voltage", "only the slack holds one"
    )
    upside_down = found["v_min_pu"][0] > found["v_max_pu"][0]
    table.fault("v_min_pu", np.flatnonzero(upside_down).tolist(), "are above v_max_pu: the band is upside down", "v_min_pu <= v_max_pu")
    table.all_phases()
    zero = np.zeros(len(table))
    x, y, p, q = (found[column][0] for column in ("x", "y", "p_kw", "q_kvar"))
    kv = np.where(found["kv"][1], found["kv"][0], np.nan)  # not a number where it is a fault already, so that nothing else is said of it
    return Buses(names, kv, x, y, p, q, zero, zero), slack, float(voltages[slack])


def _branches(table: Stated, buses: Buses) -> tuple[Branches, bool]:
    """The closed branches, and whether all ends are buses that are there."""
    row = {name: place for place, name in reversed(list(enumerate(buses.name.tolist())))}
    said = {end: table.texts(end) for end in ("from_bus", "to_bus")}
    start, stop = (np.array([row.get(name, -1) for name in said[end].tolist()], np.int64) for end in said)
    for end, at in (("from_bus", start), ("to_bus", stop)):
        strange = np.flatnonzero((at < 0) & (said[end] != ""))
        table.fault(end, strange.tolist(), "are no bus", "a name of a bus")
    known = (start >= 0) & (stop >= 0)
    table.fault("to_bus", np.flatnonzero((start == stop) & known).tolist(), "are the bus where the branch begins", "another bus")
    found = {column: table.numbers(column, kind)[0] for column, kind in BRANCH.items()}
    zero = (found["r_ohm"] == 0) & (found["x_ohm"] == 0)
    table.fault("r_ohm", np.flatnonzero(zero).tolist(), "have no impedance", "r or x above 0; give joined buses one name")
    start, stop = np.maximum(start, 0), np.maximum(stop, 0)
    unlike = _unlike(buses, start, stop) & known
    kind = _kinds(table, unlike)
    rating = _ratings(table, found, buses, start, kind)
    table.all_phases()
    closed = table.flags("closed", True)
    names = table.texts("name", [f"{a}-{b}" for a, b in zip(*said.values(), strict=True)])
    turned = unlike & (buses.kv[start] < buses.kv[stop])
    ends = _Ends(np.where(turned, stop, start)[closed], np.where(turned, start, stop)[closed])
    columns = {column: values[closed] for column, values in found.items()}
    return _per_unit(names[closed], kind[closed], ends, columns, rating[closed], buses), bool(np.all(known))


def _unlike(buses: Buses, start: Ints | Indices, stop: Ints | Indices) -> Flags:
    """[L] whether the ends have two nominal voltages."""
    a, b = buses.kv[start], buses.kv[stop]
    unlike: Flags = np.isfinite(a + b) & ~np.isclose(a, b, rtol=1e-6)
    return unlike


def _kinds(table: Stated, unlike: Flags) -> Texts:
    """[L] what each branch is: what is stated, else a transformer between two voltages and a line at one."""
    kind = np.array(np.char.lower(table.texts("kind", np.where(unlike, "transformer", "line").tolist())))
    table.fault("kind", np.flatnonzero(~np.isin(kind, KINDS)).tolist(), "are unknown", " or ".join(KINDS))
    table.fault(
        "kind" if "kind" in table.columns else "to_bus",
        np.flatnonzero(unlike & (kind == "line")).tolist(),
        "are lines between two voltages",
        "a transformer, or buses of one kv",
    )
    return kind


def _ratings(table: Stated, found: dict[str, Floats], buses: Buses, start: Ints, kind: Texts) -> Floats:
    """[L] the rating in kVA, from kVA or from kA; 0 where none is stated, which is no limit."""
    both = (found["rating_kva"] > 0) & (found["max_i_ka"] > 0)
    table.fault("max_i_ka", np.flatnonzero(both).tolist(), "stand beside a rating_kva", "one of the two")
    table.fault(
        "max_i_ka",
        np.flatnonzero((found["max_i_ka"] > 0) & (kind == "transformer")).tolist(),
        "rate a transformer",
        "rating_kva: its two sides carry unlike currents",
    )
    rating: Floats = np.where(found["max_i_ka"] > 0, np.sqrt(3) * found["max_i_ka"] * buses.kv[start] * 1000, found["rating_kva"])
    return rating


def _per_unit(name: Texts, kind: Texts, ends: _Ends, found: dict[str, Floats], rating: Floats, buses: Buses) -> Branches:
    """Branches per unit: Z [p.u.] = Z [ohm] S / V², V that of the to end, where the series impedance stands."""
    zero, one = np.zeros(len(name)), np.ones(len(name))
    f, t = ends.start.astype(np.int32), ends.stop.astype(np.int32)
    ohm = buses.kv[t] ** 2 * 1000 / BASE_KVA
    half = found["b_us"] * 1e-6 * ohm / 2
    r, x, shift = found["r_ohm"] / ohm, found["x_ohm"] / ohm, np.deg2rad(found["shift_deg"])
    return Branches(name, kind, f, t, r, x, zero, half, zero, half, found["tap"], shift, rating, one, one, found["km"])


def stated_columns(grid: Grid) -> tuple[dict[str, list[Cell]], dict[str, list[Cell]]]:
    """Buses and branches of a grid as `grid_of` reads them, by column; None where nothing is to be stated.

    What has its from end at the lower voltage is restated with its ratio at the higher one: the impedance behind an
    ideal transformer t : 1 is t² times as large before it, and the ratio seen from there is 1 : t.
    """
    buses, branches = grid.buses, grid.branches
    slack = np.arange(len(buses)) == grid.slack
    nodes: dict[str, list[Cell]] = {name: getattr(buses, name).tolist() for name in ("name", "kv", "p_kw", "q_kvar", "x", "y")}
    nodes |= {"slack": slack.astype(int).tolist(), "voltage_pu": [grid.slack_voltage if is_slack else None for is_slack in slack]}
    kv = buses.kv[branches.from_bus], buses.kv[branches.to_bus]
    upwards = _unlike(buses, branches.from_bus, branches.to_bus) & (kv[0] < kv[1])
    before = np.where(upwards, branches.tap**2, 1.0)
    ohm = np.where(upwards, kv[0], kv[1]) ** 2 * 1000 / grid.base_kva
    edges: dict[str, list[Cell]] = {"name": branches.name.tolist()}
    edges |= {end: buses.name[getattr(branches, end)].tolist() for end in ("from_bus", "to_bus")}
    edges |= {
        "kind": branches.kind.tolist(),
        "r_ohm": (branches.r * before * ohm).tolist(),
        "x_ohm": (branches.x * before * ohm).tolist(),
        "b_us": ((branches.b_from + branches.b_to) / before / ohm * 1e6).tolist(),
        "tap": np.where(upwards, 1 / branches.tap, branches.tap).tolist(),
        "shift_deg": np.rad2deg(np.where(upwards, -branches.shift, branches.shift)).tolist(),
        "rating_kva": [rating or None for rating in branches.rating_kva.tolist()],
        "km": branches.km.tolist(),
    }
    return nodes, edges


def unstated(grid: Grid) -> list[Fault]:
    """What a grid has that these columns can't state."""
    buses, branches, where = grid.buses, grid.branches, f"{grid.name}, branches"
    uneven = (branches.b_from != branches.b_to) | (branches.b_from < 0) | (branches.g_from != 0) | (branches.g_to != 0)
    parts = (
        (f"{grid.name}, buses", buses.name, (buses.shunt_g != 0) | (buses.shunt_b != 0), "have a shunt"),
        (where, branches.name, uneven, "have shunts other than an even charging"),
        (where, branches.name, (branches.from_rated != 1) | (branches.to_rated != 1), "are rated at other than nominal voltage"),
    )
    return [Fault(at, f"{np.sum(wrong)} {what}: {listed(names[wrong])}") for at, names, wrong, what in parts if np.any(wrong)]
