"""`p2p bench`."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.table import Table

from p2p.base.registry import named
from p2p.studies.bench import BENCHES, Measurement


def bench_command(names: list[str], as_json: bool) -> None:
    """Run benchmarks and print them as ratios."""
    chosen = [named(BENCHES, name, "benchmark") for name in names] or list(BENCHES.values())
    rows: list[dict[str, Any]] = []
    table = Table("benchmark", "size", "each", "reference", "ratio", "limit")
    for spec in chosen:
        for found in spec():
            rows.append(_as_json(found))
            limit = "-" if found.limit is None else f"{_time(found.limit)} {'kept' if found.each <= found.limit else 'MISSED'}"
            each, reference = (
                f"{_time(found.each)} {'an' if found.unit[0] in 'aeiou' else 'a'} {found.unit}",
                f"{_time(found.reference)} ({found.reference_name})",
            )
            table.add_row(found.name, f"{found.size:,}", each, reference, f"{found.ratio:.3g}", limit)
    if as_json:
        print(json.dumps(rows, indent=2))
    else:
        Console(width=120, markup=False).print(table)


def _as_json(found: Measurement) -> dict[str, Any]:
    return {
        "name": found.name,
        "size": found.size,
        "unit": found.unit,
        "seconds": found.each,
        "reference": found.reference_name,
        "reference_seconds": found.reference,
        "ratio": found.ratio,
        "limit_seconds": found.limit,
        "kept": None if found.limit is None else found.each <= found.limit,
    }


def _time(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
