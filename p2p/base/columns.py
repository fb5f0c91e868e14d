"""Columns: many instances of one noun as a frozen dataclass of equally long arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Self, cast

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]
type Complexes = npt.NDArray[np.complex128]
type Ints = npt.NDArray[np.int64]
type Indices = npt.NDArray[np.int32]
type Signs = npt.NDArray[np.int8]
type Tags = npt.NDArray[np.int16]
type Flags = npt.NDArray[np.bool_]
type Times = npt.NDArray[np.datetime64]
type Texts = npt.NDArray[np.str_]


def column_names(kind: type[Columns]) -> tuple[str, ...]:
    """The columns of a noun, in the order of its definition."""
    return cast("tuple[str, ...]", kind.__match_args__)


_GETTERS: dict[type, Callable[[Any], tuple[npt.NDArray[Any], ...]]] = {}


def _getter(kind: type[Columns]) -> Callable[[Any], tuple[npt.NDArray[Any], ...]]:
    """What reads all columns of a noun in one go; made once a noun, since every step makes nouns."""
    names = column_names(kind)
    both = attrgetter(*names) if len(names) > 1 else lambda rows: (getattr(rows, names[0]),)
    return _GETTERS.setdefault(kind, both)


@dataclass(frozen=True, slots=True)
class Columns:
    """Equal-length arrays, one field a column, one row an instance."""

    def __post_init__(self) -> None:
        kind = type(self)
        columns = (_GETTERS.get(kind) or _getter(kind))(self)
        if len(set(map(len, columns))) > 1:
            rows = ", ".join(f"{name} has {len(column)}" for name, column in self.columns().items())
            raise ValueError(f"{kind.__name__}: columns differ in rows: {rows}")

    def __len__(self) -> int:
        first: str = type(self).__match_args__[0]  # type: ignore[misc]
        return len(getattr(self, first))

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """The columns by name."""
        return {name: getattr(self, name) for name in column_names(type(self))}

    def take(self, rows: npt.NDArray[Any] | slice) -> Self:
        """The rows at an index, mask or slice."""
        kind = type(self)
        return kind(*[column[rows] for column in (_GETTERS.get(kind) or _getter(kind))(self)])

    def replace(self, **changes: npt.NDArray[Any]) -> Self:
        """The same rows with some columns changed."""
        kind = type(self)
        return kind(*map(changes.get, column_names(kind), (_GETTERS.get(kind) or _getter(kind))(self)))

    @classmethod
    def concat(cls, parts: Sequence[Self]) -> Self:
        """The rows of all parts, in their order; at least one part."""
        if len(parts) == 1:
            return parts[0]
        return cls(*map(np.concatenate, zip(*map(_GETTERS.get(cls) or _getter(cls), parts), strict=True)))
