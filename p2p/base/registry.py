"""Names to rules: a registry is a dict one can read; a rule of one's own is a file and a class in it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from p2p.base.errors import Fault, FileInvalid, UnknownName, nearest


def named[T](registry: Mapping[str, T], name: str, kind: str, folder: Path | None = None) -> T:
    """The entry of a registry, or the class `NAME` of a file given as `path/to/file.py:NAME`.

    Parameters
    ----------
    registry : what the package knows.
    name : a key of it, or a file and a class in it; a relative path starts at `folder`.
    kind : what is looked for, in words, for the message.

    Raises
    ------
    UnknownName
        The name is in no registry; the message has the nearest one.
    FileInvalid
        The file is missing, fails on import, or has no such class.
    """
    if ".py:" in name:
        return _from_file(name, kind, folder or Path())  # type: ignore[no-any-return]
    if name not in registry:
        raise UnknownName(Fault(kind, f"'{name}' is unknown", nearest(name, registry) + ", or FILE.py:CLASS"))
    return registry[name]


#: what a file of one's own may fail with when it is read
FAILURES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    SystemExit,
    TypeError,
    ValueError,
)


def _from_file(name: str, kind: str, folder: Path) -> Any:
    place, _, entry = name.rpartition(":")
    path = (folder / place).resolve()
    if not path.is_file():
        raise FileInvalid(Fault(kind, f"no file '{place}' in {folder.resolve()}", "FILE.py:CLASS, relative to the scenario"))
    module_name = f"p2p_own_{path.stem}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except (SyntaxError, *FAILURES) as error:
        raise FileInvalid(Fault(kind, f"'{place}' fails on import: {type(error).__name__}: {error}")) from error
    if not hasattr(module, entry):
        raise FileInvalid(Fault(kind, f"'{place}' has no '{entry}'", "FILE.py:CLASS"))
    return getattr(module, entry)
