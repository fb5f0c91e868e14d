"""`read_grid`: from a name or a file to a feeder, from the cache where it was read before."""

from __future__ import annotations

import random
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from p2p.base.errors import Fault, FileInvalid, UnknownName, nearest
from p2p.base.files import digest
from p2p.sources.csv_grid import grid_files, read_csv_grid
from p2p.sources.feeder import Feeder
from p2p.sources.kept_feeder import from_arrays, to_arrays
from p2p.sources.names import GRIDS, PANDAPOWER
from p2p.sources.store import kept

FILES = ".json (pandapower) or .m (MATPOWER), or a folder with buses.csv and branches.csv"
_MANY_LEVELS = re.compile(r"1-MVLV-\w+-[\w.]+-[012]-(no_)?sw")
#: What pandapower's reader raises on files that are no nets.
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, UserWarning, OSError, NotImplementedError, ImportError, RecursionError)
_LISTED = 40  # more names than these are not put into a message


def read_grid(source: str, folder: Path | None = None) -> Feeder:
    """The grid of a name or a file, and who is connected to it.

    Parameters
    ----------
    source : a name in `GRIDS`, a SimBench code, or the path of a pandapower .json, of a MATPOWER .m file, or of a folder
        of CSV files; what ends with a slash is always a folder.
    folder : where a relative path starts; the working directory if None.

    Returns
    -------
    Feeder, read-only. The second time it comes from the disk cache and imports no pandapower.

    Raises
    ------
    UnknownName
        No grid has this name; the message has the nearest one.
    FileInvalid
        The file is missing or can't be read as what its ending says, or pandapower or SimBench is not installed.
    GridInvalid
        The grid has no power flow or has things that this package can't represent: all of them.
    """
    if source in GRIDS or _MANY_LEVELS.fullmatch(source):
        build = _of_pandapower if source in PANDAPOWER else _of_simbench
        return from_arrays(kept(source, [source], lambda: to_arrays(build(source))))
    if source.endswith("/") or (source and ((folder or Path()) / source).is_dir()):
        place = (folder or Path()) / source
        return from_arrays(
            kept(place.resolve().name, [digest(path) for path in grid_files(place)], lambda: to_arrays(read_csv_grid(place)))
        )
    if not source.endswith((".json", ".m")):
        raise UnknownName(Fault("grid", f"'{source}' is unknown", f"{_nearest(source)}, or a file {FILES}"))
    path = (folder or Path()) / source
    if not path.is_file():
        raise FileInvalid(Fault("grid", f"no file '{source}' in {(folder or Path()).resolve()}", f"a file {FILES}"))
    reader = _json_file if source.endswith(".json") else _matpower_file
    return from_arrays(kept(path.name, [digest(path)], lambda: to_arrays(reader(path))))


def files_of_grid(source: str, folder: Path) -> list[Path]:
    """The files from which a grid that `read_grid` could read comes; none of a grid that has a name."""
    path = folder / source
    if path.is_dir() and (source.endswith("/") or source not in GRIDS):
        return grid_files(path)
    return [path] if path.is_file() else []


def _nearest(source: str) -> str:
    """The nearest name; all names are too many to print, so the list is only named."""
    said = nearest(source, GRIDS)
    return said.split("allowed: ")[0] + "all names: p2p list grids" if len(GRIDS) > _LISTED else said


def _of_pandapower(name: str) -> Feeder:
    import numpy as np

    from p2p.sources.pandapower_net import feeder_of

    function, arguments, _ = PANDAPOWER[name]
    state = random.getstate()
    random.seed(0)  # pandapower draws the cables to the houses of some Kerber grids from Python's global generator
    try:
        net = _installed("pandapower.networks", function, **arguments)
    finally:
        random.setstate(state)
    if name == "case33bw":  # pandapower counts its buses from 0, the paper from 1
        net.bus["name"] = np.char.mod("%d", net.bus.index.to_numpy() + 1)
    return feeder_of(net, name)[0]


def _of_simbench(code: str) -> Feeder:
    from p2p.sources.pandapower_net import feeder_of
    from p2p.sources.profiles import stored_profiles

    if code not in GRIDS and code not in _installed("simbench", "collect_all_simbench_codes"):
        raise UnknownName(Fault("grid", f"'{code}' is no SimBench code", _nearest(code)))
    net = _installed("simbench", "get_simbench_net", code)
    # SimBench's tap changers carry no type, and pandapower leaves a tap changer without type at its neutral position
    net.trafo["tap_changer_type"] = net.trafo["tap_changer_type"].astype(object).where(net.trafo["tap_changer_type"].notna(), "Ratio")
    return stored_profiles(feeder_of(net, code)[0], scenario=code.split("-")[-2])


def _installed(module: str, function: str, *arguments: object, **named: object) -> Any:
    """Call a function of an optional package, without the warnings of the packages beneath it."""
    from importlib import import_module

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            call: Callable[..., Any] = getattr(import_module(module), function)
        except ModuleNotFoundError as error:
            package = module.partition(".")[0]
            raise FileInvalid(Fault("grid", f"{package} is not installed", "pip install 'p2p[grid]'")) from error
        return call(*arguments, **named)


def _json_file(path: Path) -> Feeder:
    from p2p.sources.pandapower_net import feeder_of

    try:
        net = _installed("pandapower", "from_json", str(path))
    except (*UNREADABLE, _refusal_of_pandapower()) as error:
        what = f"can't be read as a pandapower net: {type(error).__name__}: {error}"
        raise FileInvalid(Fault(str(path), what, "what pandapower.to_json writes")) from error
    if not all(hasattr(net, table) for table in ("bus", "line", "load", "ext_grid")):
        raise FileInvalid(Fault(str(path), "is JSON, but no pandapower net", "what pandapower.to_json writes"))
    return feeder_of(net, path.stem)[0]


def _refusal_of_pandapower() -> type[Exception]:
    """What pandapower raises when a file names a class that no net needs, so that nothing of it is run."""
    from pandapower.io_utils import DeserializationNotAllowed

    refusal: type[Exception] = DeserializationNotAllowed
    return refusal


def _matpower_file(path: Path) -> Feeder:
    from p2p.sources.matpower import read_matpower

    return read_matpower(path)
