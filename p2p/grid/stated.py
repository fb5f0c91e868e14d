"""Tables that state a grid in ohm, kW and kV, cell by cell, and what is wrong with them: the way files and graphs give one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from p2p.base.columns import Flags, Floats, Texts
from p2p.base.errors import Fault

type Cell = object
"""A text, a number, or None where nothing is stated."""

SHOWN = 8
FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
PHASES = frozenset({"abc", "abcn", "123", "123n", "l1l2l3", "l1l2l3n", "rst", "rstn", "uvw", "uvwn", "3"})


@dataclass(frozen=True)
class Number:
    """What a number may be: `low` to `high`, or above `low`; without a default it must be stated."""

    allowed: str
    default: float | None = None
    low: float = -math.inf
    high: float = math.inf
    above: bool = False


@dataclass(frozen=True)
class Wording:
    """How a table's parts are called: `row` and `column` of a file, `node` or `edge` and `attribute` of a graph."""

    row: str
    column: str


class Stated:
    """A table of stated values that is being read; what is wrong with it gathers in `faults`.

    name : what is read, for messages.
    columns : cells by column; all of equal length.
    places : what each row is called in messages: its number in the file, or its node or edge.
    """

    def __init__(self, name: str, columns: Mapping[str, Sequence[Cell]], places: Sequence[object], wording: Wording) -> None:
        self.name, self.columns, self.places, self.wording = name, columns, places, wording
        self.faults: list[Fault] = []

    def __len__(self) -> int:
        return len(self.places)

    def check_heading(self, needed: Sequence[str], known: Sequence[str]) -> None:
        """Note every needed column that is missing and every one that nobody knows."""
        for column in needed:
            if column not in self.columns:
                self.faults.append(Fault(self.name, f"has no {self.wording.column} '{column}'", f"needed: {', '.join(needed)}"))
        for column in self.columns:
            if column not in known:
                close = get_close_matches(column.lower(), known, n=1, cutoff=0.5)
                guess = f"did you mean '{close[0]}'? " if close else ""
                self.faults.append(
                    Fault(self.name, f"unknown {self.wording.column} '{column}'", f"{guess}{self.wording.column}s: {', '.join(known)}")
                )

    def cells(self, column: str) -> Sequence[Cell]:
        """The cells of a column, texts without space around them, empty ones None; all None where there is no such column."""
        found = self.columns.get(column)
        if found is None:
            return [None] * len(self)
        return [None if isinstance(cell, str) and not cell.strip() else cell.strip() if isinstance(cell, str) else cell for cell in found]

    def fault(self, column: str, wrong: Iterable[int], what: str, allowed: str = "") -> None:
        """One fault for all rows that have it, if any has; the first cell is shown."""
        rows = list(wrong)
        if rows:
            cell = self.cells(column)[rows[0]]
            shown = "" if cell is None else f", the first '{str(cell)[:40]}'"
            self.faults.append(
                Fault(f"{self.name}, {self.wording.column} {column}", f"{len(rows)} {what} ({self.some(rows)}){shown}", allowed)
            )

    def some(self, rows: Sequence[int]) -> str:
        """Places for a message: all of them, or the first few."""
        shown = ", ".join(str(self.places[row]) for row in rows[:SHOWN])
        return f"{self.wording.row}{'s' if len(rows) > 1 else ''} {shown}{', ...' if len(rows) > SHOWN else ''}"

    def numbers(self, column: str, kind: Number) -> tuple[Floats, Flags]:
        """[n] a column of numbers, the default or 1 where none is stated, and [n] where one is stated."""
        cells = self.cells(column)
        found = np.full(len(self), 1.0 if kind.default is None else kind.default)
        given = np.zeros(len(self), np.bool_)
        wrong, empty, outside = [], [], []
        for row, cell in enumerate(cells):
            number = _number(cell)
            if cell is None:
                empty.append(row)
            elif number is None:
                wrong.append(row)
            elif not (kind.low <= number <= kind.high) or (kind.above and number == kind.low):
                outside.append(row)
            else:
                found[row], given[row] = number, True
        self.fault(column, wrong, "are no numbers", kind.allowed)
        self.fault(column, outside, "are out of bounds", kind.allowed)
        if kind.default is None and column in self.columns:
            self.fault(column, empty, "are empty", kind.allowed)
        return found, given

    def texts(self, column: str, default: Sequence[str] | None = None) -> Texts:
        """[n] a column of words; empty ones are the default, and a fault without one."""
        cells = self.cells(column)
        if default is None and column in self.columns:
            self.fault(column, [row for row, cell in enumerate(cells) if cell is None], "are empty", "a name")
        words = [(default[row] if default is not None else "") if cell is None else _word(cell) for row, cell in enumerate(cells)]
        return np.array(words, np.str_) if words else np.empty(0, "<U1")

    def flags(self, column: str, default: bool) -> Flags:
        """[n] a column of 1 and 0, yes and no, true and false."""
        words = ["" if cell is None else _word(cell).lower() for cell in self.cells(column)]
        self.fault(column, [row for row, word in enumerate(words) if word and word not in FLAGS], "are neither yes nor no", "1 or 0")
        return np.array([FLAGS.get(word, default) for word in words], np.bool_)

    def once(self, column: str, names: Texts) -> None:
        """Note names that stand more than once."""
        seen: dict[str, int] = {}
        twice = [row for row, name in enumerate(names.tolist()) if name and seen.setdefault(name, row) != row]
        self.fault(column, twice, "stand above already", "each name once")

    def all_phases(self) -> None:
        """Note what does not hang on all three phases, which a balanced grid can't tell from what does."""
        words = ["".join(filter(str.isalnum, "" if cell is None else _word(cell).lower())) for cell in self.cells("phases")]
        missing = [row for row, word in enumerate(words) if word and word not in PHASES]
        self.fault("phases", missing, "lack a phase", "abc: the grid is balanced, so give three-phase totals, or leave them out")


def _word(cell: Cell) -> str:
    """A cell as text; whole numbers without a point."""
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        return str(int(cell))
    return str(int(cell)) if isinstance(cell, bool | np.bool_) else str(cell)


def _number(cell: Cell) -> float | None:
    """A cell as a number, or None if it is none."""
    if cell is None or isinstance(cell, bool | np.bool_) or "_" in str(cell):
        return None
    try:
        number = float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
