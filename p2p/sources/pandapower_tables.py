"""The tables that pandapower solves, read before it solves them: buses joined, branches in p.u., shunts summed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from p2p.base.columns import Complexes, Flags, Floats, Ints, Texts
from p2p.base.errors import Fault, GridInvalid
from p2p.grid import Branches, TapChangers, ZeroSequence

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, slots=True)
class PowerTables:
    """What pandapower makes of a net; N nodes, among them the loose ends of open branches.

    bus_of:   [highest bus index + 1] node of each bus of the net, -1 where there is none
    live:     [N] whether voltage reaches the node
    kv:       [N] nominal voltage [kV]
    shunt:    [N] admittance to ground [p.u.]
    branches: those in service, between nodes
    zero:     their zero sequence, as far as the net has it
    taps:     of two-winding transformers among them whose steps change the ratio alone
    """

    bus_of: Ints
    live: Flags
    kv: Floats
    shunt: Complexes
    branches: Branches
    zero: ZeroSequence
    taps: TapChangers


def power_tables(net: Any, name: str) -> PowerTables:
    """The tables of pandapower's own conversion, with the options of `runpp`.

    Raises
    ------
    GridInvalid
        pandapower can't convert the net.
    """
    from pandapower.auxiliary import _init_runpp_options
    from pandapower.pd2ppc import _pd2ppc
    from pandapower.pypower.idx_brch import BR_STATUS
    from pandapower.pypower.idx_bus import BASE_KV, BS, BUS_TYPE, GS, NONE

    options = {"algorithm": "nr", "calculate_voltage_angles": True, "init": "flat", "max_iteration": 10, "tolerance_mva": 1e-8}
    choices = {"trafo_model": "t", "trafo_loading": "current", "check_connectivity": True, "voltage_depend_loads": False}
    limits = {"enforce_p_lims": False, "enforce_q_lims": False, "lightsim2grid": False, "numba": False}
    try:
        _init_runpp_options(net, **options, **choices, **limits)
        tables, _ = _pd2ppc(net)
    except (UserWarning, ValueError, KeyError, IndexError, TypeError, AttributeError, NotImplementedError, FloatingPointError) as error:
        what = f"pandapower can't turn it into a power flow: {error}"
        raise GridInvalid(Fault(name, what, "a net on which pandapower.runpp works")) from error
    nodes = tables["bus"].real
    shunt = (nodes[:, GS] + 1j * nodes[:, BS]) / net.sn_mva
    bus_of = np.asarray(net._pd2ppc_lookups["bus"], np.int64)
    _add_impedance_loads(net, bus_of, shunt)
    kv = nodes[:, BASE_KV]
    branches, zero = _branches(net, tables["branch"], kv)
    taps = _tap_changers(net, tables["branch"][:, BR_STATUS].real == 1)
    return PowerTables(bus_of, nodes[:, BUS_TYPE] != NONE, kv, shunt, branches, zero, taps)


def _add_impedance_loads(net: Any, bus_of: Ints, shunt: Complexes) -> None:
    """Add what loads of constant impedance draw at nominal voltage."""
    loads = net.load[net.load.in_service.to_numpy(np.bool_)]
    scaling = loads.scaling.to_numpy(np.float64) / net.sn_mva
    p = loads.p_mw.to_numpy(np.float64) * scaling * impedance_share(loads, "p")
    q = loads.q_mvar.to_numpy(np.float64) * scaling * impedance_share(loads, "q")
    np.add.at(shunt, bus_of[loads.bus.to_numpy(np.int64)], p - 1j * q)


def _branches(net: Any, table: Any, kv: Floats) -> tuple[Branches, ZeroSequence]:
    """The branches in service; pandapower gives the sum of both ends' shunts at the from end, and what the to end has more."""
    from pandapower.pypower import idx_brch as at

    table = table.real
    f, t = table[:, at.F_BUS].astype(np.int32), table[:, at.T_BUS].astype(np.int32)
    tap = np.where(table[:, at.TAP] == 0, 1.0, table[:, at.TAP])
    kinds, names, rating, from_rated, to_rated, km = _elements(net, kv, f, t)
    g, b = table[:, at.BR_G] / 2, table[:, at.BR_B] / 2
    g_to, b_to = g + table[:, at.BR_G_ASYM] / 2, b + table[:, at.BR_B_ASYM] / 2
    r, x, shift = table[:, at.BR_R], table[:, at.BR_X], np.deg2rad(table[:, at.SHIFT])
    branches = Branches(names, kinds, f, t, r, x, g, b, g_to, b_to, tap, shift, rating, from_rated, to_rated, km)
    on = table[:, at.BR_STATUS] == 1
    return branches.take(on), _zero_sequence(net, kv, f, t).take(on)


def _zero_sequence(net: Any, kv: Floats, f: Any, t: Any) -> ZeroSequence:
    """[rows] what the net says of the zero sequence of lines and transformers; NaN where it says nothing."""
    r, x, b = np.full((3, len(f)), np.nan)
    group = np.full(len(f), "", dtype="<U12")
    lookup = net._pd2ppc_lookups["branch"]
    if "line" in lookup and {"r0_ohm_per_km", "x0_ohm_per_km"} <= set(net.line.columns):
        rows, line = slice(*lookup["line"]), net.line
        ohm = kv[f[rows]] ** 2 / net.sn_mva
        km, parallel = line.length_km.to_numpy(np.float64), line.parallel.to_numpy(np.float64)
        r[rows], x[rows] = (line[name].to_numpy(np.float64) * km / (parallel * ohm) for name in ("r0_ohm_per_km", "x0_ohm_per_km"))
        if "c0_nf_per_km" in line:
            b[rows] = np.pi * net.f_hz * line.c0_nf_per_km.to_numpy(np.float64) * 1e-9 * km * parallel * ohm
    if "trafo" in lookup and "vector_group" in net.trafo:
        rows, trafo = slice(*lookup["trafo"]), net.trafo
        group[rows] = [name if isinstance(name, str) else "" for name in trafo.vector_group]
        if {"vk0_percent", "vkr0_percent"} <= set(trafo.columns):
            z = _star_to_earth(trafo) * net.sn_mva * (trafo.vn_lv_kv.to_numpy(np.float64) / kv[t[rows]]) ** 2
            r[rows], x[rows] = z.real, z.imag
    return ZeroSequence(r, x, b, group)


def _star_to_earth(trafo: DataFrame) -> Complexes:
    """[n] impedance of Dyn transformers between star point's winding and earth, at 1 MVA and the winding's rated voltage. [p.u.]

    The T circuit of the zero sequence, its delta side shorted: z2 + z1 z3 / (z1 + z3), with the magnetising z3, if it is given.
    """

    def column(name: str, default: float) -> Floats:
        return trafo[name].to_numpy(np.float64) if name in trafo else np.full(len(trafo), default)

    vk, vkr = column("vk0_percent", np.nan), column("vkr0_percent", np.nan)
    sizes = trafo.sn_mva.to_numpy(np.float64) * trafo.parallel.to_numpy(np.float64)
    whole: Complexes = (vkr + 1j * np.sqrt(np.maximum(vk**2 - vkr**2, 0.0))) / (100 * sizes)
    at_delta = column("si0_hv_partial", 0.0) * whole
    rx = column("mag0_rx", 0.0)
    magnetising = vk / (100 * sizes) * column("mag0_percent", 1e12) / 100 * (rx + 1j) / np.sqrt(1 + rx**2)
    seen: Complexes = whole - at_delta + at_delta * magnetising / (at_delta + magnetising)
    return seen


def _tap_changers(net: Any, in_service: Flags) -> TapChangers:
    """The tap changers that only change the ratio; those that turn the phase, and those by a table, stay where they are.

    in_service : [rows] of the table of branches.
    """
    first, last = net._pd2ppc_lookups["branch"].get("trafo", (0, 0))
    table = net.trafo.iloc[: last - first]

    def column(name: str, missing: float = np.nan) -> Floats:
        """A column of numbers, where a net that has none lacks all of them."""
        values = table[name].to_numpy(np.float64, na_value=np.nan) if name in table else np.full(len(table), np.nan)
        return np.where(np.isnan(values), missing, values)

    low, high, step = column("tap_min"), column("tap_max"), column("tap_step_percent") / 100
    neutral = column("tap_neutral", 0.0)
    position = np.where(np.isnan(column("tap_pos")), neutral, column("tap_pos"))
    moves = in_service[first:last] & (low < high) & (np.abs(step) > 0) & (column("tap_step_degree", 0.0) == 0)
    if "tap_changer_type" in table:  # from pandapower 3 on; without a type it stays neutral
        moves &= (table["tap_changer_type"] == "Ratio").to_numpy(np.bool_, na_value=False)
    if "tap_dependency_table" in table:
        moves &= ~table["tap_dependency_table"].to_numpy(np.bool_, na_value=False)
    at_to = (table["tap_side"] == "lv").to_numpy(np.bool_, na_value=False) if "tap_side" in table else np.zeros(len(table), np.bool_)
    whole = np.rint(np.nan_to_num(np.stack((low, high, neutral, position)))).astype(np.int64)
    branch = (np.cumsum(in_service) - 1)[first:last].astype(np.int32)
    return TapChangers(branch, whole[0], whole[1], whole[2], whole[3], np.nan_to_num(step), at_to).take(moves)


def _elements(net: Any, kv: Floats, f: Any, t: Any) -> tuple[Texts, Texts, Floats, Floats, Floats, Floats]:
    """[rows] kind, name, rating [kVA], the ends' rated voltages over nominal, as pandapower's loading counts them, and length [km].

    Lines are rated by current, transformers by the current of their rated power at each winding's rated voltage.
    """
    kinds, names = np.full(len(f), "", dtype="<U11"), np.full(len(f), "", dtype=object)
    rating, from_rated, to_rated = np.zeros(len(f)), np.ones(len(f)), kv[f] / kv[t]
    km = np.zeros(len(f))
    lookup = net._pd2ppc_lookups["branch"]
    for element, kind in (("line", "line"), ("trafo", "transformer"), ("impedance", "impedance"), ("switch", "switch")):
        if element not in lookup:
            continue
        rows = slice(*lookup[element])
        table = net[element] if element != "switch" else net.switch[np.asarray(net._impedance_bb_switches)]
        kinds[rows], names[rows] = kind, element_names(table, kind)
        if element == "line":
            ampere = table.max_i_ka.to_numpy(np.float64) * table.df.to_numpy(np.float64) * table.parallel.to_numpy(np.float64)
            rating[rows] = np.sqrt(3) * ampere * kv[f[rows]] * 1000
            km[rows] = table.length_km.to_numpy(np.float64)
        if element == "trafo":
            rating[rows] = (table.sn_mva * table.df * table.parallel).to_numpy(np.float64) * 1000
            from_rated[rows] = table.vn_hv_kv.to_numpy(np.float64) / kv[f[rows]]
            to_rated[rows] = table.vn_lv_kv.to_numpy(np.float64) / kv[t[rows]]
    return kinds, names.astype(np.str_), np.nan_to_num(rating, nan=0.0), from_rated, to_rated, km


def impedance_share(loads: DataFrame, of: str) -> Floats:
    """[n] share of the active ("p") or reactive ("q") power of loads that goes with the square of the voltage."""
    column = f"const_z_{of}_percent" if f"const_z_{of}_percent" in loads else "const_z_percent"  # before pandapower 3
    return loads[column].to_numpy(np.float64) / 100 if column in loads else np.zeros(len(loads))


def element_names(table: DataFrame, kind: str) -> Texts:
    """[n] the name of each element, or its kind and index where it has none."""
    given = table["name"].tolist() if "name" in table else [None] * len(table)
    blank = [name is None or name != name or str(name).strip() in ("", "None") for name in given]
    rows = zip(given, blank, table.index.tolist(), strict=True)
    names = [f"{kind} {index}" if nameless else str(name).strip() for name, nameless, index in rows]
    return np.array(names, np.str_)
