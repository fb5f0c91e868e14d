"""A MATPOWER case file to its tables: numbers are parsed, the usual unit conversions computed, the rest refused."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from p2p.base.columns import Floats
from p2p.base.errors import Fault, FileInvalid
from p2p.sources.matlab import Expression, Names, NotUnderstood, Statement, matrix, statements


def _numbered(words: str) -> dict[str, float]:
    """Column numbers from 1, as MATPOWER's idx functions give them."""
    return {name: column + 1.0 for column, name in enumerate(words.split())}


BUS_TYPES = _numbered("PQ PV REF NONE")
CONSTANTS = (
    _numbered("BUS_I BUS_TYPE PD QD GS BS BUS_AREA VM VA BASE_KV ZONE VMAX VMIN LAM_P LAM_Q MU_VMAX MU_VMIN")
    | _numbered("F_BUS T_BUS BR_R BR_X BR_B RATE_A RATE_B RATE_C TAP SHIFT BR_STATUS ANGMIN ANGMAX PF QF PT QT MU_SF MU_ST")
    | _numbered("GEN_BUS PG QG QMAX QMIN VG MBASE GEN_STATUS PMAX PMIN PC1 PC2 QC1MIN QC1MAX QC2MIN QC2MAX RAMP_AGC RAMP_10")
    | {"MU_ANGMIN": 20.0, "MU_ANGMAX": 21.0, "RAMP_30": 19.0, "RAMP_Q": 20.0, "APF": 21.0}
    | {"MU_PMAX": 22.0, "MU_PMIN": 23.0, "MU_QMAX": 24.0, "MU_QMIN": 25.0}
)
INDICES = {  # the order in which an idx function gives its constants; a case that takes them in another is not understood
    "bus": "PQ PV REF NONE BUS_I BUS_TYPE PD QD GS BS BUS_AREA VM VA BASE_KV ZONE VMAX VMIN LAM_P LAM_Q MU_VMAX MU_VMIN",
    "brch": "F_BUS T_BUS BR_R BR_X BR_B RATE_A RATE_B RATE_C TAP SHIFT BR_STATUS PF QF PT QT MU_SF MU_ST ANGMIN ANGMAX MU_ANGMIN MU_ANGMAX",
    "gen": "GEN_BUS PG QG QMAX QMIN VG MBASE GEN_STATUS PMAX PMIN MU_PMAX MU_PMIN MU_QMAX MU_QMIN PC1 PC2 QC1MIN QC1MAX QC2MIN "
    "QC2MAX RAMP_AGC RAMP_10 RAMP_30 RAMP_Q APF",
}
WIDTH = {"mpc.bus": 13, "mpc.gen": 8, "mpc.branch": 11}
LONGEST = 50_000_000  # bytes

_ASSIGNED = re.compile(r"([A-Za-z_][\w.]*)\s*=\s*(.*)", re.DOTALL)
_COLUMNS = re.compile(r"(mpc\.\w+)\s*(\(.*?\))\s*=\s*(?!=)(.*)", re.DOTALL)
_FUNCTION = re.compile(r"function\s+mpc\s*=\s*\w+")
_INDICES = re.compile(r"\[([\w\s,]*)\]\s*=\s*idx_(bus|brch|gen)")


def matpower_tables(path: Path) -> tuple[float, dict[str, Floats]]:
    """Base power [MVA], and the bus, gen and branch tables in MATPOWER's units (MW, Mvar, p.u.), by their names.

    Raises
    ------
    FileInvalid
        With every statement that is not understood, or what is missing.

    References
    ----------
    R. D. Zimmerman and C. E. Murillo-Sánchez, "MATPOWER User's Manual", appendix B (the case format).
    """
    if path.stat().st_size > LONGEST:
        raise FileInvalid(Fault(str(path), "is longer than 50 MB", "one case"))
    names = Names({name: np.asarray(value) for name, value in (CONSTANTS | BUS_TYPES | {"pi": np.pi}).items()})
    faults: list[Fault] = []
    try:
        found = statements(path.read_text(encoding="utf-8", errors="replace"))
    except NotUnderstood as error:
        raise FileInvalid(Fault(str(path), str(error), "a MATPOWER case")) from error
    for statement in found:
        try:
            with np.errstate(all="ignore"):
                _follow(statement, names)
        except NotUnderstood as error:
            shown = " ".join(statement.text.split())[:60]
            allowed = "tables of numbers and conversions of their columns"
            faults.append(Fault(f"{path}, line {statement.line}", f"'{shown}' is not understood: {error}", allowed))
    faults += _missing(path, names) if not faults else []
    if faults:
        raise FileInvalid(faults)
    return float(names.numbers["mpc.baseMVA"]), {name: names.matrices[name] for name in WIDTH}


def _follow(statement: Statement, names: Names) -> None:
    """Do what one statement says to the names."""
    text = statement.text
    if _FUNCTION.fullmatch(text) or text in ("define_constants", "end", "return"):
        return
    if indices := _INDICES.fullmatch(text):
        if not INDICES[indices.group(2)].startswith(" ".join(indices.group(1).replace(",", " ").split())):
            raise NotUnderstood("the constants stand in another order than MATPOWER's")
        return
    if columns := _COLUMNS.fullmatch(text):
        _set_columns(columns.group(1), columns.group(2), columns.group(3), names)
        return
    assigned = _ASSIGNED.fullmatch(text)
    if assigned is None:
        raise NotUnderstood("no assignment")
    name, right = assigned.group(1), assigned.group(2).strip()
    if name.startswith("mpc.") and right[:1] in ("{", "'"):
        return  # names, versions and the like: nothing that a power flow needs
    if right.startswith("[") and right.endswith("]"):
        names.matrices[name] = matrix(right, names)
    elif name in CONSTANTS or name in BUS_TYPES:
        raise NotUnderstood(f"'{name}' is the number of a column")
    else:
        names.numbers[name] = Expression(right, names).value()


def _set_columns(name: str, place: str, right: str, names: Names) -> None:
    if name not in names.matrices:
        raise NotUnderstood(f"there is no '{name}' yet")
    value = Expression(right, names).value()
    rows, columns = Expression(place, names).place(name)
    changed = names.matrices[name].copy()
    if value.ndim and value.shape != (len(rows), len(columns)):
        raise NotUnderstood(f"{value.shape} numbers for {(len(rows), len(columns))} places")
    changed[rows, columns] = value
    names.matrices[name] = changed


def _missing(path: Path, names: Names) -> list[Fault]:
    """The tables that are not there or too narrow, and numbers that are none."""
    faults = []
    base = names.numbers.get("mpc.baseMVA", np.asarray(np.nan))
    if base.ndim or not 0 < base < np.inf:
        faults.append(Fault(str(path), "mpc.baseMVA is missing or no positive number", "mpc.baseMVA = 100;"))
    for name, width in WIDTH.items():
        table = names.matrices.get(name)
        if table is None or not len(table):
            faults.append(Fault(str(path), f"{name} is missing or empty", "case format version 2"))
        elif table.shape[1] < width:
            faults.append(Fault(str(path), f"{name} has {table.shape[1]} columns", f"{width} or more"))
        elif not np.all(np.isfinite(table[:, :width])):
            rows = np.flatnonzero(~np.all(np.isfinite(table[:, :width]), axis=1)) + 1
            faults.append(Fault(str(path), f"{name} has {len(rows)} rows with what is no number: {rows[:8].tolist()}", "numbers"))
    return faults
