"""The results of a run, read from its folder when they are asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from p2p.base.errors import Fault, FileInvalid, nearest

if TYPE_CHECKING:
    import pandas as pd

TABLES = ("intervals", "agents", "areas", "devices", "grid", "postings", "bills", "network", "book", "orders", "trades")


@dataclass(frozen=True)
class Results:
    """A results folder. Tables are read when asked for; nothing is kept but what was read."""

    folder: Path

    @cached_property
    def run(self) -> dict[str, Any]:
        """run.json: scenario, seed, versions, digests, status, headline figures."""
        return self._json("run.json")

    @cached_property
    def kpis(self) -> dict[str, Any]:
        """kpis.json: value, unit and formula of each indicator."""
        return self._json("kpis.json")

    @cached_property
    def reference(self) -> Results | None:
        """The same homes without a local market, where that was run."""
        folder = self.folder / "reference"
        return Results(folder) if folder.is_dir() else None

    def has(self, table: str) -> bool:
        """Whether a table was kept."""
        return (self.folder / f"{table}.parquet").is_file()

    def columns(self, table: str) -> dict[str, npt.NDArray[Any]]:
        """The columns of a table as arrays; what is undefined is NaN.

        Raises
        ------
        FileInvalid
            The run did not keep that table.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            read = pq.read_table(self._table(table))
        except (pa.ArrowInvalid, OSError) as error:
            raise self._invalid(f"{table}.parquet") from error
        return {name: read.column(name).to_numpy() for name in read.column_names}

    @cached_property
    def intervals(self) -> dict[str, npt.NDArray[Any]]:
        """The columns of intervals.parquet."""
        return self.columns("intervals")

    @cached_property
    def bills(self) -> dict[str, npt.NDArray[Any]]:
        """The columns of bills.parquet, one row a home."""
        return self.columns("bills")

    def frame(self, table: str) -> pd.DataFrame:
        """A table as a pandas frame.

        Raises
        ------
        FileInvalid
            The run did not keep that table.
        """
        import pandas as pd

        return pd.read_parquet(self._table(table))

    @property
    def hours(self) -> float:
        """Length of an interval. [h]"""
        return float(self.run["scenario"]["clock"]["interval_minutes"]) / 60

    def total(self, column: str) -> float:
        """The sum of a column of intervals.parquet; what is undefined counts nothing."""
        return float(np.nansum(self.intervals[column]))

    def _table(self, name: str) -> Path:
        path = self.folder / f"{name}.parquet"
        if not path.is_file():
            kept = [table for table in TABLES if self.has(table)]
            raise FileInvalid(
                Fault(str(self.folder), f"the run kept no table '{name}'", nearest(name, kept) if kept else "a results folder")
            )
        return path

    def _json(self, name: str) -> dict[str, Any]:
        try:
            content = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise self._invalid(name) from error
        wanted = ("scenario",) if name == "run.json" else ()
        if not isinstance(content, dict) or not all(key in content for key in wanted):
            raise self._invalid(name)
        return content

    def _invalid(self, name: str) -> FileInvalid:
        return FileInvalid(Fault(str(self.folder), f"has no readable {name}", "a folder that `p2p run` wrote"))


def load(folder: str | Path) -> Results:
    """The results in a folder, the same as the run gave.

    Raises
    ------
    FileInvalid
        It is no results folder.
    """
    results = Results(Path(folder))
    results.run  # noqa: B018  reads it, so that a wrong folder is refused here and not later
    return results
