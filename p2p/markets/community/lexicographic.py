"""The nucleolus by linear programmes: the least content coalition is made as content as it can be, then the next, and so on."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from p2p.base.columns import Flags, Floats, Ints
from p2p.base.errors import SolveFailed
from p2p.base.solve import Programme, Solution, optimum

SCALE = 1000.0
"""What all gain together is in the programmes, so that the solver's tolerances mean the same for every book."""
SPANNED = 1e-6
"""Squared distance from the span of what is settled, under which a coalition is in it."""
BINDS = 1e-6
"""Least dual value of a coalition that binds in every solution; the duals sum to one."""
HELD = 1e-7
"""By how much a coalition may be less content than the programme says, at `SCALE`."""


class Settled:
    """What coalitions are known to get, and which others' gains follow from them.

    members : [K, A] 1 where an agent is in a coalition; or, of a large one, -1 where it is not.
    rows, gets : the coalitions that are settled, none of which follows from the others, and what they get.
    """

    def __init__(self, members: Floats) -> None:
        self.members = members
        self.rows: list[Floats] = []
        self.gets: list[float] = []
        self._basis = np.zeros(2 * members.shape[1:])  # orthonormal, as many rows as are settled
        self._away = (members**2).sum(axis=1)  # squared distance from what the first `_counted` of them span
        self._counted = 0

    @property
    def unique(self) -> bool:
        """Whether one solution is left."""
        return len(self.rows) == len(self._basis)

    def open(self) -> Flags:
        """[K] which coalitions' gains still hang on the solution."""
        self._away = self._away - ((self.members @ self._basis[self._counted : len(self.rows)].T) ** 2).sum(axis=1)
        self._counted = len(self.rows)
        still: Flags = self._away > SPANNED
        return still

    def settle(self, row: Floats, gets: float) -> None:
        """From now on a coalition gets so much; nothing new where that follows already."""
        known = self._basis[: len(self.rows)]
        beyond = row - known.T @ (known @ row)
        beyond -= known.T @ (known @ beyond)  # rounding leaves a little; twice is enough
        if beyond @ beyond <= SPANNED:
            return
        self._basis[len(self.rows)] = beyond / np.sqrt(beyond @ beyond)
        self.rows.append(row)
        self.gets.append(gets)


def least_complaints(coalitions: Flags, values: Ints, low: Ints, high: Ints, total: int) -> Floats:
    """[A] the share whose complaints, sorted from the largest, are lexicographically least over the coalitions given. [nEUR]

    Each programme maximises the least excess x(S) - v(S) over coalitions whose gain is not yet settled; those whose dual
    is positive bind in every solution and are settled. Programmes hold few coalitions; those that a solution wrongs are
    added until there are none.

    Parameters
    ----------
    coalitions : [K, A] who is in; all single agents and all but one among them.
    values : [K] [nEUR]
    low, high : [A] what each agent gets at least and at most in any share of the core. [nEUR]
    total : what all gain together. [nEUR]

    Raises
    ------
    SolveFailed
        The solver has no optimum, or none that says which coalitions bind.

    References
    ----------
    M. Maschler, B. Peleg and L. S. Shapley, "Geometric properties of the kernel, nucleolus, and related solution concepts",
    Mathematics of Operations Research 4 (4), 1979 (section 6, the lexicographic centre).
    """
    agents = coalitions.shape[1]
    unit, size = total / SCALE, coalitions.sum(axis=1)
    large = 2 * size > agents  # what a large one gets is the whole less what the few others get: shorter rows
    settled = Settled(coalitions.astype(np.float64) - large[:, None])
    wanted = (values - large * total) / unit
    settled.settle(np.ones(agents), SCALE)
    for agent in np.flatnonzero(low == high):
        settled.settle(np.eye(agents)[agent], low[agent] / unit)
    held = (size == 1) | (size == agents - 1)
    x = low / unit
    while not settled.unique:
        still, before = settled.open(), len(settled.rows)
        held &= still
        found = _best(settled, wanted, held, still)
        x, rows = found.x[:-1], np.flatnonzero(held)
        for row in rows[np.abs(found.duals[before:]) > BINDS]:
            settled.settle(settled.members[row], float(settled.members[row] @ x))
        if len(settled.rows) == before:
            raise SolveFailed(f"nucleolus: of {len(rows)} coalitions none binds")
    return x * unit


def _best(settled: Settled, wanted: Floats, held: Flags, still: Flags) -> Solution:
    """The largest least excess over the open coalitions; `held`, those in the programme, grows by those that it needs."""
    agents = settled.members.shape[1]
    while True:
        rows = np.flatnonzero(held)
        matrix = np.zeros((len(settled.rows) + len(rows), agents + 1))
        matrix[: len(settled.rows), :agents] = settled.rows
        matrix[len(settled.rows) :, :agents] = settled.members[rows]
        matrix[len(settled.rows) :, agents] = -1.0
        programme = Programme(
            gain=np.append(np.zeros(agents), 1.0),
            matrix=sparse.csc_array(matrix),
            row_low=np.concatenate((settled.gets, wanted[rows])),
            row_high=np.concatenate((settled.gets, np.full(len(rows), np.inf))),
            low=np.full(agents + 1, -np.inf),
            high=np.full(agents + 1, np.inf),
        )
        found = optimum(programme, "nucleolus")
        short = settled.members @ found.x[:-1] - wanted - found.value
        wronged = np.flatnonzero(still & ~held & (short < -HELD))
        if len(wronged) == 0:
            return found
        held[wronged[np.argsort(short[wronged], kind="stable")[: agents + 1]]] = True
