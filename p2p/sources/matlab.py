"""The little of the MATLAB language that MATPOWER case files are written in: parsed and computed, never executed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from p2p.base.columns import Floats, Ints

TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_][\w.]*)|(\.[*/^]|[-+*/^()\[\],:]))")
FUNCTIONS: dict[str, Callable[[Floats], Floats]] = {
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "exp": np.exp,
}


class NotUnderstood(ValueError):
    """A statement outside the little language."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement without its comments: where it begins, and its text on one line; rows of a matrix end in ';'."""

    line: int
    text: str


@dataclass(slots=True)
class Names:
    """What the statements so far have named: numbers, and matrices `mpc.bus` as [rows, columns]."""

    numbers: dict[str, Floats] = field(default_factory=dict)
    matrices: dict[str, Floats] = field(default_factory=dict)


def statements(text: str) -> list[Statement]:
    """The statements of a file; comments go, `...` joins lines, a new line inside brackets ends a row."""
    found: list[Statement] = []
    current, depth, start, block = "", 0, 1, False
    for number, raw in enumerate(text.splitlines(), 1):
        if raw.strip() in ("%{", "%}"):
            block = raw.strip() == "%{"
            continue
        line = "" if block else _without_comment(raw)
        joined = "..." in line
        line = line.partition("...")[0]
        if not current.strip():
            start = number
        for char in line:
            depth += (char in "[{(") - (char in "]})")
            if depth == 0 and char == ";":
                found.append(Statement(start, current.strip()))
                current, start = "", number
            else:
                current += char
        if depth == 0 and not joined:
            found.append(Statement(start, current.strip()))
            current = ""
        elif current.strip():
            current += " " if joined else " ; "
    if current.strip():
        raise NotUnderstood(f"line {start}: a bracket is never closed")
    return [statement for statement in found if statement.text]


def _without_comment(line: str) -> str:
    """The line up to a % that is not inside quotes."""
    quoted = False
    for place, char in enumerate(line):
        quoted ^= char == "'"
        if char == "%" and not quoted:
            return line[:place]
    return line


def matrix(text: str, names: Names) -> Floats:
    """The rows of a bracket `[1 2; 3 4]`, cells apart by spaces or commas; a cell may be an expression without spaces."""
    rows = [row.replace(",", " ").split() for row in text.strip()[1:-1].split(";")]
    cells = [[_cell(cell, names) for cell in row] for row in rows if row]
    if len({len(row) for row in cells}) > 1:
        raise NotUnderstood(f"rows of {' and '.join(str(n) for n in sorted({len(row) for row in cells}))} columns")
    return np.array(cells, np.float64).reshape(len(cells), len(cells[0]) if cells else 0)


def _cell(text: str, names: Names) -> float:
    try:
        return float(text)
    except ValueError:
        value = Expression(text, names).value()
        if value.size != 1:
            raise NotUnderstood(f"'{text}' is not one number") from None
        return float(value.reshape(()))


class Expression:
    """One expression over numbers, named numbers and columns of matrices, computed while it is read."""

    def __init__(self, text: str, names: Names) -> None:
        self.names, self.text = names, text
        self.tokens: list[str] = []
        at = 0
        while text[at:].strip():
            match = TOKEN.match(text, at)
            if match is None:
                raise NotUnderstood(f"'{text[at:].strip()[:20]}'")
            self.tokens.append(match.group().strip())
            at = match.end()
        self.at = 0

    def value(self) -> Floats:
        """The whole expression's value."""
        value = self._sum()
        if self.at < len(self.tokens):
            raise NotUnderstood(f"'{self.tokens[self.at]}' in '{self.text}'")
        return value

    def _next(self, *wanted: str) -> str | None:
        """Take the next token if it is one of these."""
        if self.at < len(self.tokens) and self.tokens[self.at] in wanted:
            self.at += 1
            return self.tokens[self.at - 1]
        return None

    def _take(self, wanted: str) -> None:
        if self._next(wanted) is None:
            raise NotUnderstood(f"no '{wanted}' in '{self.text}'")

    def _sum(self) -> Floats:
        value = self._product()
        while sign := self._next("+", "-"):
            other = self._product()
            value = value + other if sign == "+" else value - other
        return value

    def _product(self) -> Floats:
        value = self._signed()
        while sign := self._next("*", "/", ".*", "./"):
            other = self._signed()
            if sign in "*/" and (other.size > 1 and (sign == "/" or value.size > 1)):
                raise NotUnderstood(f"a product of matrices in '{self.text}'")
            value = value * other if "*" in sign else value / other
        return value

    def _signed(self) -> Floats:
        if sign := self._next("-", "+"):
            return -self._signed() if sign == "-" else self._signed()
        value = self._atom()
        while power := self._next("^", ".^"):
            exponent = self._signed_atom()
            if power == "^" and value.size > 1:
                raise NotUnderstood(f"a power of a matrix in '{self.text}'")
            value = value**exponent
        return value

    def _signed_atom(self) -> Floats:
        if sign := self._next("-", "+"):
            return -self._signed_atom() if sign == "-" else self._signed_atom()
        return self._atom()

    def _atom(self) -> Floats:
        if self._next("("):
            value = self._sum()
            self._take(")")
            return value
        if self.at >= len(self.tokens):
            raise NotUnderstood(f"'{self.text}' breaks off")
        token = self.tokens[self.at]
        self.at += 1
        if token[0].isdigit() or (token[0] == "." and token[1:2].isdigit()):
            return np.asarray(float(token))
        if token in FUNCTIONS:
            self._take("(")
            value = self._sum()
            self._take(")")
            return FUNCTIONS[token](value)
        if token in self.names.matrices and self.at < len(self.tokens) and self.tokens[self.at] == "(":
            rows, columns = self.place(token)
            return self.names.matrices[token][rows, columns]
        if token in self.names.numbers:
            return self.names.numbers[token]
        raise NotUnderstood(f"'{token}' is nothing that is known")

    def place(self, name: str) -> tuple[Ints, Ints]:
        """Rows [r, 1] and columns [c] of `(:, [PD, QD])` or `(1, BASE_KV)`, from 0."""
        table = self.names.matrices[name]
        self._take("(")
        rows = self._indices(len(table))
        self._take(",")
        columns = self._indices(table.shape[1])
        self._take(")")
        if max(rows.max(initial=0), 0) >= len(table) or columns.max(initial=0) >= table.shape[1] or min(rows.min(), columns.min()) < 0:
            raise NotUnderstood(f"'{name}' has {len(table)} rows and {table.shape[1]} columns, but '{self.text}' wants others")
        return rows[:, None], columns

    def _indices(self, count: int) -> Ints:
        if self._next(":"):
            return np.arange(count)
        picked = []
        if self._next("["):
            while not self._next("]"):
                picked.append(self._atom())
                self._next(",")
        else:
            picked.append(self._sum())
        return np.array([int(value) for value in picked], np.int64) - 1
