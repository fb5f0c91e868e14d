"""The scenario in full, as a file that can be run again."""

from __future__ import annotations

import json
from typing import Any


def as_toml(table: dict[str, Any], place: str = "") -> str:
    """A nested dict as TOML; what is None is left out, since TOML has no such thing.

    Examples
    --------
    >>> print(as_toml({"name": "a", "clock": {"days": 7}}))
    name = "a"
    <BLANKLINE>
    [clock]
    days = 7
    """
    lines = [f"{_key(key)} = {_value(value)}" for key, value in table.items() if value is not None and not _nested(value)]
    for key, value in table.items():
        name = f"{place}{_key(key)}"
        if isinstance(value, dict):
            lines += ["", f"[{name}]", as_toml(value, f"{name}.")]
        elif _nested(value):
            for entry in value:
                lines += ["", f"[[{name}]]", as_toml(entry, f"{name}.")]
    return "\n".join(lines).strip("\n")


def _nested(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(entry) for entry in value)}]"
    return json.dumps(value, ensure_ascii=False)  # numbers, truth and texts are written alike in JSON and TOML


def uses_simbench(run: dict[str, Any]) -> bool:
    """Whether the grid or the profiles are SimBench's, whose licence asks to be named."""
    grid = run["scenario"]["grid"]
    elsewhere = any(grid.get(source) for source in ("case", "pandapower", "matpower"))
    return not elsewhere or any("simbench" in str(name).lower() for name in run.get("inputs", {}))
