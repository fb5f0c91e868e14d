"""A sparse symmetric-pattern matrix as L D U, its entries in an order that suits substitution."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from p2p.base.columns import Complexes, Indices, Ints

if TYPE_CHECKING:
    from scipy.sparse import csc_array

type Entries = tuple[Ints, Ints, Complexes]


class Factors(NamedTuple):
    """A = P (L D U) P', L and U with ones on the diagonal.

    order: [n] row of A that stands at each place
    lower, upper: rows, columns and values off the diagonal; L by columns, U from its last row up
    pivot: [n] 1 / D
    """

    order: Indices
    lower: Entries
    upper: Entries
    pivot: Complexes


def factorise(matrix: csc_array) -> Factors | None:
    """The factors, or None if the matrix is singular.

    The fill-reducing order (minimum degree) leaves a tree without fill-in: one entry a column. Within what the
    elimination tree allows, places are then sorted by its levels, so that few steps of a substitution wait for the
    one before.

    References
    ----------
    J. W. H. Liu, "The role of elimination trees in sparse factorization", SIAM J. Matrix Anal. Appl. 11, 1990.
    """
    from scipy.sparse.linalg import splu

    try:
        lu = splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    except RuntimeError:
        return None
    if np.any(lu.perm_r != lu.perm_c):
        return None
    pivot = 1 / lu.U.diagonal()
    places = np.argsort(_levels(lu.L, lu.U), kind="stable")
    row, column, value = _off_diagonal(lu.L, places)
    lower = np.argsort(column, kind="stable")
    above, beside, scaled = _off_diagonal(lu.U, places)
    upper = np.argsort(-above, kind="stable")
    return Factors(
        order=np.argsort(lu.perm_c)[places].astype(np.int32),
        lower=(row[lower], column[lower], value[lower]),
        upper=(above[upper], beside[upper], (scaled * pivot[places][above])[upper]),
        pivot=pivot[places],
    )


def _levels(lower: csc_array, upper: csc_array) -> Ints:
    """[n] how many eliminations must have gone before each one."""
    pattern = (abs(lower) + abs(upper).T).tocsc()
    level = np.zeros(pattern.shape[0], np.int64)
    for column in range(len(level)):
        rows = pattern.indices[pattern.indptr[column] : pattern.indptr[column + 1]]
        rows = rows[rows > column]
        level[rows] = np.maximum(level[rows], level[column] + 1)
    return level


def _off_diagonal(factor: csc_array, places: Ints) -> Entries:
    """Rows, columns and values of a factor whose k-th place becomes the one that was `places[k]`."""
    entries = factor.tocoo()
    now = np.empty_like(places)
    now[places] = np.arange(len(places))
    off = entries.row != entries.col
    return now[entries.row[off]], now[entries.col[off]], entries.data[off]
