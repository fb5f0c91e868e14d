"""Orders for one delivery interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from p2p.base.columns import Columns, Flags, Indices, Ints, Signs, Tags
from p2p.base.errors import BookInvalid, Fault
from p2p.base.units import MAX_ENERGY, MAX_PRICE, MAX_VALUE

if TYPE_CHECKING:
    import pandas as pd

BID, OFFER = 1, -1

#: tags that homes put on what they offer, by number; a book from a file has tags of its own
TAGS = ("", "green", "storage")


@dataclass(frozen=True, slots=True)
class Orders(Columns):
    """Orders for one delivery interval; O rows, one an order.

    agent:   [O] int32, who is bound by it
    bus:     [O] int32, where it is delivered
    side:    [O] int8, +1 bid (buys), -1 offer (sells)
    energy:  [O] int64, positive [Wh]
    price:   [O] int64, the limit: most a bid pays, least an offer takes [µEUR/kWh]
    arrival: [O] int64, rank in time, no two alike; decides between equal prices
    tag:     [O] int16, what kind of energy an offer is: a number in a list of tags, 0 for none
    """

    agent: Indices
    bus: Indices
    side: Signs
    energy: Ints
    price: Ints
    arrival: Ints
    tag: Tags

    @classmethod
    def of(
        cls,
        side: npt.ArrayLike,
        energy: npt.ArrayLike,
        price: npt.ArrayLike,
        *,
        agent: npt.ArrayLike | None = None,
        bus: npt.ArrayLike | None = None,
        arrival: npt.ArrayLike | None = None,
        tag: npt.ArrayLike | None = None,
    ) -> Self:
        """Orders from plain sequences; agents are numbered by row, at bus 0, first come first, unless said otherwise.

        Examples
        --------
        >>> Orders.of(side=[1, -1], energy=[1000, 2000], price=[300_000, 80_000]).energy.tolist()
        [1000, 2000]
        """
        sides = np.asarray(side, np.int8)
        rows = np.arange(len(sides))
        return cls(
            np.asarray(rows if agent is None else agent, np.int32),
            np.asarray(np.zeros_like(rows) if bus is None else bus, np.int32),
            sides,
            np.asarray(energy, np.int64),
            np.asarray(price, np.int64),
            np.asarray(rows if arrival is None else arrival, np.int64),
            np.asarray(np.zeros_like(rows) if tag is None else tag, np.int16),
        )

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> Self:
        """Orders of a pandas frame with the columns of an order book file.

        Parameters
        ----------
        frame : columns `side` (bid or offer), `energy_kwh` and `price_eur_per_mwh`; `agent` (any names, numbered in the
            order in which they appear), `bus`, `arrival` and `tag` (any names) where they are there.

        Raises
        ------
        FileInvalid
            A column is missing or unknown, or says what buyers prefer.
        BookInvalid
            Rows are wrong; all of them are named.

        Examples
        --------
        >>> import pandas as pd
        >>> Orders.from_frame(pd.DataFrame({"side": ["bid"], "energy_kwh": [1.5], "price_eur_per_mwh": [300.0]})).energy.tolist()
        [1500]
        """
        from p2p.orders.frames import orders_of

        return cls(*orders_of(frame).columns().values())

    @property
    def bids(self) -> Flags:
        """[O] which orders buy."""
        return self.side > 0

    def check(self) -> None:
        """Refuse a book that means nothing.

        Raises
        ------
        BookInvalid
            A side other than +1 and -1, energy that is not positive or too large, a price out of range, or a book
            worth more than an int64 can hold; every fault with its rows.
        """
        if len(self) == 0 or self._is_sound():
            return
        faults = [
            *rows_where((self.side != BID) & (self.side != OFFER), "Orders.side", "is neither bid nor offer", "+1 (bid) or -1 (offer)"),
            *rows_where(self.energy <= 0, "Orders.energy", "is not positive", f"1 to {MAX_ENERGY} Wh"),
            *rows_where(self.energy > MAX_ENERGY, "Orders.energy", "is too large", f"1 to {MAX_ENERGY} Wh"),
            *rows_where(np.abs(self.price) > MAX_PRICE, "Orders.price", "is out of range", f"-{MAX_PRICE} to {MAX_PRICE} µEUR/kWh"),
        ]
        if not faults:
            faults = [Fault("Orders", "the book is worth more than the arithmetic holds", f"at most {MAX_VALUE} nEUR in sum")]
        raise BookInvalid(faults)

    def _is_sound(self) -> bool:
        from p2p.orders.kernels import is_sound

        return is_sound(self.side, self.energy, self.price, MAX_ENERGY, MAX_PRICE, float(MAX_VALUE))


def rows_where(bad: Flags, column: str, what: str, allowed: str, noun: str = "order") -> list[Fault]:
    """The fault of a column in the rows where it is wrong; none where it is nowhere."""
    rows = np.flatnonzero(bad)
    if len(rows) == 0:
        return []
    shown = ", ".join(str(row) for row in rows[:5]) + (", ..." if len(rows) > 5 else "")
    return [Fault(column, f"{what} in {len(rows)} {noun}{'s' if len(rows) > 1 else ''} (rows {shown})", allowed)]
