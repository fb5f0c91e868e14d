"""Order books as tables of texts, the way files and frames give them: decimals read exactly, every fault named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from pathlib import Path

import numpy as np

from p2p.base.columns import Flags
from p2p.base.errors import BookInvalid, Fault, FileInvalid, nearest
from p2p.base.units import MAX_ENERGY, MAX_PRICE
from p2p.orders.messages import MARKET, Messages
from p2p.orders.orders import BID, OFFER, Orders
from p2p.orders.surroundings import Preferences

SIDES = {"bid": BID, "offer": OFFER}
SHOWN = 20
NEEDED = ("agent", "side", "energy_kwh", "price_eur_per_mwh")
OPTIONAL = ("bus", "arrival", "tag", "type", "order")


@dataclass(frozen=True)
class Book:
    """Orders and what their numbers stand for.

    agents : [O] the name of each order's agent
    tags : names of the tags, by number; the first is "" for none
    messages : that were sent, the orders among them; None where all are limit orders
    others : where the messages stand that are no limit orders, and what they are
    preferences : of the buyers; None where the table says none
    """

    orders: Orders
    agents: tuple[str, ...]
    tags: tuple[str, ...] = ("",)
    messages: Messages | None = None
    others: tuple[str, ...] = ()
    preferences: Preferences | None = None

    def at_any_price(self) -> Flags:
        """[O] which orders have no limit."""
        if self.messages is None:
            return np.zeros(len(self.orders), np.bool_)
        without: Flags = (self.messages.kind == MARKET)[self.messages.places]
        return without


class Cells:
    """A table of texts that is being read; what is wrong with it gathers in `faults`.

    name : what is read, for messages.
    columns : texts by column; all of equal length.
    where : the place of a row, in words.
    """

    def __init__(self, name: str, columns: Mapping[str, Sequence[str]], where: Callable[[int], str]) -> None:
        self.name, self.columns, self.where = name, columns, where
        self.rows = len(next(iter(columns.values()), ()))
        self.faults: list[Fault] = []
        self._row: dict[int, int] = {}

    def __contains__(self, column: str) -> bool:
        return column in self.columns

    def check_heading(self, needed: Sequence[str], optional: Sequence[str]) -> None:
        """Refuse a table without a needed column, or with an unknown one.

        Raises
        ------
        FileInvalid
            Every missing and unknown column.
        """
        known = (*needed, *optional)
        faults = [Fault(self.name, f"has no column '{column}'", f"needed: {', '.join(needed)}") for column in needed if column not in self]
        faults += [Fault(self.name, f"unknown column '{column}'", nearest(column, known)) for column in self.columns if column not in known]
        if faults:
            raise FileInvalid(faults)

    def fault(self, row: int, what: str, allowed: str = "") -> None:
        """Something is wrong with a row."""
        found = Fault(self.where(row), what, allowed)
        self.faults.append(found)
        self._row[id(found)] = row

    def refuse(self) -> None:
        """Raise what is wrong, if anything is.

        Raises
        ------
        BookInvalid
            The first faults, and how many more there are.
        """
        if self.faults:
            ordered = sorted(self.faults, key=lambda found: self._row.get(id(found), -1))  # as one reads the table
            more = [Fault(Path(self.name).name, f"and {len(ordered) - SHOWN} more")] if len(ordered) > SHOWN else []
            raise BookInvalid([*ordered[:SHOWN], *more])

    def texts(self, column: str, row: int) -> str:
        """A cell, without space around it; "" where there is no such column."""
        return self.columns[column][row].strip() if column in self.columns else ""

    def names(self, column: str, *, empty: bool = False) -> list[str]:
        """A column of names; an empty one is a fault unless it may be."""
        found = [self.texts(column, row) for row in range(self.rows)]
        if not empty:
            for row in (row for row, name in enumerate(found) if not name):
                self.fault(row, f"{column} is empty", "a name")
        return found

    def choice(self, column: str, row: int, allowed: Mapping[str, int], default: int) -> int:
        """A cell that says one of a few words."""
        text = self.texts(column, row).lower()
        if text not in allowed:
            self.fault(row, f"{column} is '{self.texts(column, row)}'", " or ".join(allowed))
        return allowed.get(text, default)

    def whole(
        self, column: str, row: int, least: int, most: int, lots: int = 1, rounding: str = ROUND_HALF_EVEN, default: int | None = None
    ) -> int:
        """A decimal cell in whole lots; an empty one is the default, if there is one."""
        text = self.texts(column, row)
        if not text and default is not None:
            return default
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            self.fault(row, f"{column} is '{text}'" if text else f"{column} is empty", "a number")
            return least
        exact = Context(prec=len(text) + 8, rounding=rounding)
        counted = exact.multiply(number, lots).to_integral_value(rounding, exact) if number.adjusted() < 30 else number
        if not least <= counted <= most:
            self.fault(row, f"{column} is {text}", f"{Decimal(least) / lots:f} to {Decimal(most) / lots:f}")
            return least
        return int(counted)

    def price(self, row: int, side: int, column: str = "price_eur_per_mwh", default: int | None = None) -> int:
        """A limit, a bid's down and an offer's up to a whole µEUR/kWh, so that nobody trades beyond what is written."""
        return self.whole(column, row, -MAX_PRICE, MAX_PRICE, 1000, ROUND_FLOOR if side == BID else ROUND_CEILING, default)

    def energy(self, row: int, column: str = "energy_kwh", default: int | None = None) -> int:
        """An energy, to the nearest watt-hour."""
        return self.whole(column, row, 1, MAX_ENERGY, 1000, default=default)


def numbered(names: Sequence[str], first: Sequence[str] = ()) -> tuple[list[int], tuple[str, ...]]:
    """The number of each name, in the order in which they appear, and the names by number."""
    known = {name: place for place, name in enumerate(dict.fromkeys([*first, *names]))}
    return [known[name] for name in names], tuple(known)


def read_orders(cells: Cells) -> Book:
    """The orders of a table: agents and tags numbered by name in the order of the table, arrival the row unless a column says.

    Raises
    ------
    BookInvalid
        Rows are wrong; all of them are named.
    """
    from p2p.orders.tastes import read_preferences, taste_columns

    if "type" in cells or "order" in cells:
        from p2p.orders.message_cells import read_sent

        tastes = [name for name in taste_columns(cells.columns) if name in cells]
        if tastes:
            what = f"has both types of orders and preferences ({', '.join(tastes)})"
            raise FileInvalid(Fault(cells.name, what, "one or the other: no rule looks at both"))
        return read_sent(cells)
    agents = cells.names("agent") if "agent" in cells else [str(row) for row in range(cells.rows)]
    columns: dict[str, list[int]] = {"side": [], "energy": [], "price": [], "bus": [], "arrival": []}
    for row in range(cells.rows):
        side = cells.choice("side", row, SIDES, BID)
        columns["side"].append(side)
        columns["energy"].append(cells.energy(row))
        columns["price"].append(cells.price(row, side))
        columns["bus"].append(cells.whole("bus", row, 0, 2**31 - 1, default=0))
        columns["arrival"].append(cells.whole("arrival", row, -(2**62), 2**62, default=row))
    agent, _ = numbered(agents)
    tag, tags = numbered(cells.names("tag", empty=True), ("",))
    if len(tags) > np.iinfo(np.int16).max:
        cells.faults.append(Fault(cells.name, f"has {len(tags)} tags", f"at most {np.iinfo(np.int16).max}"))
    preferences = read_preferences(cells, columns["side"], columns["bus"], agents, tags)
    cells.refuse()
    return Book(Orders.of(**columns, agent=agent, tag=tag), tuple(agents), tags, preferences=preferences)
