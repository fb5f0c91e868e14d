"""The disk cache: arrays under a key, checked when they are read, built anew when they are not as they were written."""

from __future__ import annotations

import hashlib
import json
import mmap
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from p2p.base.errors import FileInvalid
from p2p.base.files import cache_folder, whole_file

FORMAT = 12  # of what is stored; raise it when a reader's answer changes
MAGIC = b"p2p arrays\n"
ALIGNED = 64  # bytes

type Arrays = dict[str, npt.NDArray[Any]]


def kept(label: str, key: list[str], build: Callable[[], Arrays]) -> Arrays:
    """What `build` gives, from the cache if it was built before with the same key and the same packages.

    The arrays are read-only and come from disk as they are used. An entry that was cut short or changed does not
    match its checksum and is built again; two processes that build one entry both leave a whole file. Without a
    folder to write to, nothing is kept.

    Parameters
    ----------
    label : readable part of the file's name.
    key : what the answer depends on, besides the versions of this store, pandapower and SimBench.
    """
    packages = [f"{name} {_version(name)}" for name in ("pandapower", "simbench")]
    digest = hashlib.sha256(json.dumps([FORMAT, label, *key, *packages]).encode()).hexdigest()
    readable = "".join(c if c.isalnum() or c in "-._" else "_" for c in label)
    path = cache_folder() / "sources" / f"{readable}-{digest[:16]}.arrays"
    found = read_arrays(path)
    if found is not None:
        return found
    built = build()
    try:
        write_arrays(path, built)
    except (FileInvalid, OSError):
        return built
    return read_arrays(path) or built


def write_arrays(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """One file: a line of JSON that says what is where and its SHA-256, then the arrays as they are in memory."""
    layout, at = [], 0
    parts = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    for name, array in parts.items():
        layout.append([name, array.dtype.str, list(array.shape), at])
        at += -(-array.nbytes // ALIGNED) * ALIGNED
    check = hashlib.sha256()
    padded = [(array, b"\0" * (-array.nbytes % ALIGNED)) for array in parts.values()]
    for array, padding in padded:
        check.update(memoryview(array).cast("B") if array.nbytes else b"")
        check.update(padding)
    header = MAGIC + json.dumps({"layout": layout, "bytes": at, "sha256": check.hexdigest()}).encode()
    header += b" " * (-(len(header) + 1) % ALIGNED) + b"\n"
    with whole_file(path) as draft, draft.open("wb") as stream:
        stream.write(header)
        for array, padding in padded:
            stream.write(memoryview(array).cast("B") if array.nbytes else b"")
            stream.write(padding)


def read_arrays(path: Path) -> Arrays | None:
    """The arrays of a file, or None if there is none or it is not exactly what was written."""
    try:
        with path.open("rb") as stream:
            if stream.readline() != MAGIC:
                return None
            head = json.loads(stream.readline())
            start = stream.tell()
            whole = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
        payload = whole[start:]
        if len(payload) != head["bytes"] or hashlib.sha256(payload).hexdigest() != head["sha256"]:
            return None
        return {name: _array(payload, kind, shape, at) for name, kind, shape, at in head["layout"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _array(payload: memoryview, kind: str, shape: list[int], at: int) -> npt.NDArray[Any]:
    count = int(np.prod(shape))
    return np.frombuffer(payload, np.dtype(kind), count, at).reshape(shape) if count else np.empty(shape, kind)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
