"""SimBench's relative 15-minute profiles of 2016, read from its tables once and then mapped from the cache."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from p2p.base.columns import Floats, Ints, Texts
from p2p.base.errors import Fault, FileInvalid
from p2p.sources.feeder import Connections, Feeder
from p2p.sources.store import Arrays, kept

QUARTER_HOURS = 366 * 96

KINDS = {
    "household": r"H0-.*",
    "business": r"G\d-.*|BL-H|WB-H",
    "farm": r"L\d-.*",
    "heat_pump": r"(Air|Soil)_.*",
    "ev": r"(HLS|APLS)_.*|HS(exp)?\d+",
    "pv": r"PV\d+",
    "wind": r"WP\d+",
    "biomass": r"BM\d+",
    "hydro": r"Hydro\d+",
    "storage": r"Storage_.*",
    "subgrid": r"(lv|mv|hv)_.*",
}
"""Kind of a profile and what its names look like. A subgrid's profile is that of all loads, generators or storages of
a low-voltage grid, and differs between the scenarios: lv_rural1/load/0."""


@dataclass(frozen=True, slots=True)
class Profiles:
    """Power over rated power in the 35,136 quarter-hours of 2016, on the clock UTC+1 all year (no summer time).

    names: [P] the profiles, as connections name them
    kind:  [P] what each belongs to, a key of `KINDS`
    p:     [35136, P] active power over rated active power, read-only; of a storage over its rating, below 0 discharging
    q:     [35136, P] reactive power over rated reactive power; that of p where SimBench gives none
    """

    names: tuple[str, ...]
    kind: tuple[str, ...]
    p: Floats
    q: Floats

    def names_of(self, kind: str) -> tuple[str, ...]:
        """The profiles of one kind."""
        return tuple(name for name, own in zip(self.names, self.kind, strict=True) if own == kind)

    def columns(self, names: Texts) -> Ints:
        """[n] the column of each name."""
        place = {name: column for column, name in enumerate(self.names)}
        return np.array([place[str(name)] for name in names], np.int64)


def read_profiles() -> Profiles:
    """The profiles that SimBench's low- and medium-voltage grids name, in all three scenarios.

    Raises
    ------
    FileInvalid
        SimBench is not installed, or its tables are not what they were.

    References
    ----------
    S. Meinecke et al., "SimBench - a benchmark dataset of electric power systems to compare innovative solutions based
    on power flow analysis", Energies 13 (12), 2020; data under ODbL 1.0, to be named SimBench where it is used.
    """
    arrays = kept("simbench-profiles", ["1"], _read)
    names = tuple(str(name) for name in arrays["names"])
    return Profiles(names, tuple(kind_of(name) for name in names), arrays["p"].T, arrays["q"].T)


def kind_of(name: str) -> str:
    """The kind of a profile by its name.

    Raises
    ------
    FileInvalid
        SimBench has a profile of a kind that it did not have.
    """
    for kind, pattern in KINDS.items():
        if re.fullmatch(pattern, name):
            return kind
    raise FileInvalid(Fault("SimBench", f"a profile '{name}' of unknown kind", ", ".join(KINDS)))


def stored_profiles(feeder: Feeder, scenario: str) -> Feeder:
    """The feeder whose connections name their profiles as `Profiles` does: those of subgrids by element and scenario."""

    def renamed(part: Connections, element: str) -> Connections:
        names = [_name(str(name), element, scenario) if name else "" for name in part.profile]
        return part.replace(profile=np.array(names, np.str_))

    loads, generators = renamed(feeder.loads, "load"), renamed(feeder.generators, "generation")
    return Feeder(feeder.grid, loads, generators, renamed(feeder.storages, "storage"))


def _name(name: str, element: str, scenario: str) -> str:
    return f"{name}/{element}/{scenario}" if re.fullmatch(KINDS["subgrid"], name) else name


def _read() -> Arrays:
    """The profiles from the tables in SimBench's package: p and q, one row a profile."""
    from importlib.util import find_spec

    spec = find_spec("simbench")
    if spec is None or spec.origin is None:
        raise FileInvalid(Fault("profiles", "simbench is not installed", "pip install 'p2p[grid]'"))
    tables = Path(spec.origin).parent / "networks"
    p: dict[str, Floats] = {}
    q: dict[str, Floats] = {}
    for scenario in ("2", "1", "0"):
        folder = tables / f"1-complete_data-mixed-all-{scenario}-sw"
        for element, file in (("load", "Load"), ("generation", "RES"), ("storage", "Storage")):
            _read_table(folder / f"{file}Profile.csv", element, scenario, p, q)
    names = list(p)
    return {"names": np.array(names), "p": np.stack(list(p.values())), "q": np.stack([q.get(name, p[name]) for name in names])}


def _read_table(path: Path, element: str, scenario: str, p: dict[str, Floats], q: dict[str, Floats]) -> None:
    """Add the profiles of one table that are not there yet."""
    import pandas

    if not path.is_file():
        if element == "storage":  # today's grids have none
            return
        raise FileInvalid(Fault(str(path), "is not there", "simbench 1.6"))
    with path.open(encoding="utf-8") as stream:
        header = stream.readline().strip().split(";")
    wanted = {column: _name(_profile(column), element, scenario) for column in header if column != "time"}
    kinds = {column: re.match(r"(mv|hv)_", column) for column in wanted}  # those stand for grids above medium voltage
    fresh = [column for column, name in wanted.items() if not kinds[column] and name not in (q if column.endswith("_qload") else p)]
    if not fresh:
        return
    table: Any = pandas.read_csv(path, sep=";", usecols=fresh, dtype=np.float64)
    for column in fresh:
        values: npt.NDArray[np.float64] = table[column].to_numpy(np.float64)
        if len(values) != QUARTER_HOURS or not np.all(np.isfinite(values)):
            raise FileInvalid(Fault(str(path), f"'{column}' is not {QUARTER_HOURS:,} numbers", "simbench 1.6"))
        (q if column.endswith("_qload") else p)[wanted[column]] = values


def _profile(column: str) -> str:
    return column.removesuffix("_pload").removesuffix("_qload")
