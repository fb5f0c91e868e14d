"""What the grid allows, as plain rows: a market that claims to stay within a network gets these and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from p2p.base.columns import Columns, Flags, Floats, Indices, Ints, Signs

CONGESTION, VOLTAGE = 0, 1
"""What a limit is about: how much a branch may carry, or a voltage."""


@dataclass(frozen=True, slots=True)
class Relief(Columns):
    """What the grid operator may take back itself to keep the limits; G rows.

    bus:    [G] int32, where
    sign:   [G] int8, +1 less is fed in, -1 less is drawn
    energy: [G] int64, up to so much [Wh]
    cost:   [G] int64, what a kWh of it costs those who lose it [µEUR/kWh]
    """

    bus: Indices
    sign: Signs
    energy: Ints
    cost: Ints


NO_RELIEF = Relief(np.zeros(0, np.int32), np.zeros(0, np.int8), np.zeros(0, np.int64), np.zeros(0, np.int64))


@dataclass(frozen=True, slots=True)
class Limits:
    """Rows on net withdrawal by bus: `matrix @ withdrawal <= headroom`, one row a limit.

    Withdrawal is what a market accepts at each bus in an interval, bought less sold, in kWh, and what is taken back.

    matrix:    [R, B] effect of a kWh withdrawn at each bus (a PTDF, or voltage sensitivities)
    headroom:  [R] what is left, in the unit of the row
    name:      [R] what binds, in words
    kind:      [R] int8, `CONGESTION` or `VOLTAGE`; congestion if nothing is said
    losses:    [C, B] slopes of the losses, kWh for a kWh more withdrawn at each bus: tangents, at C points, of a convex curve,
               of which the highest holds; no row for none
    lost:      [C] losses where nothing is withdrawn, by each tangent [kWh]
    loss_price: what a kWh of losses costs [µEUR/kWh]
    relief:    what the operator may take back
    lost_load: what a kWh is worth where no dispatch keeps a limit: so much is paid for what stays beyond it, counted
               in kWh at the bus that moves the row most [µEUR/kWh]
    scarce:    [R] headroom from which down a row is scarce, in its unit: a trade that loads it pays for that; none if empty
    scarcity_price: what a kWh pays that loads a row without headroom as much as the bus that moves it most [µEUR/kWh]
    area:      [O] int32, of each order of the book: the local market that it is in; as much is bought as sold in each, and the
               rows are for all of them. Empty for one market
    """

    matrix: Floats
    headroom: Floats
    name: tuple[str, ...] = ()
    kind: Signs = field(default_factory=lambda: np.zeros(0, np.int8))
    losses: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    lost: Floats = field(default_factory=lambda: np.zeros(0))
    loss_price: int = 0
    relief: Relief = NO_RELIEF
    lost_load: int = 8_000_000
    scarce: Floats = field(default_factory=lambda: np.zeros(0))
    scarcity_price: int = 0
    area: Indices = field(default_factory=lambda: np.zeros(0, np.int32))

    def __len__(self) -> int:
        return len(self.headroom)

    def rows(self, which: Flags) -> Limits:
        """Some of the rows, without losses and relief; which : [R] bool."""
        names = tuple(name for name, wanted in zip(self.name, which.tolist(), strict=True) if wanted)
        return Limits(self.matrix[which], self.headroom[which], names, self.kind[which], lost_load=self.lost_load)

    def beside(self, others: Limits) -> Limits:
        """These limits, and the rows of others."""
        if not len(others):
            return self
        return replace(
            self,
            matrix=np.vstack((self.matrix, others.matrix)) if len(self) else others.matrix,
            headroom=np.append(self.headroom, others.headroom),
            name=self.name + others.name,
            kind=np.append(self.kind, others.kind),
            scarce=np.append(self.scarce_from, others.scarce_from) if len(self.scarce) or len(others.scarce) else self.scarce,
        )

    @property
    def scarce_from(self) -> Floats:
        """[R] the headroom from which down a row is scarce; 0 where it never is."""
        return self.scarce if len(self.scarce) else np.zeros(len(self))

    @property
    def buses(self) -> int:
        """B."""
        return int(max(self.matrix.shape[1], self.losses.shape[1]))

    @property
    def bind(self) -> bool:
        """Whether there is anything that sets buses apart."""
        return len(self.headroom) > 0 or len(self.lost) > 0


NO_LIMITS = Limits(np.zeros((0, 0)), np.zeros(0))
