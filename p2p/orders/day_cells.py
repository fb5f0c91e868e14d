"""A day's orders as tables of texts: rows of one name form one block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from p2p.base.errors import nearest
from p2p.base.units import MAX_ENERGY
from p2p.orders.cells import SIDES, Cells, numbered
from p2p.orders.day import BLOCK, CURVE, FLEXIBLE, KINDS, STEP, WHOLE, DayOrders, Slots, Terms
from p2p.orders.orders import BID

MARKS = ("interval", "kind")
"""A table with one of these columns is a day's book."""

NEEDED = ("agent", "side", "energy_kwh", "price_eur_per_mwh")
OPTIONAL = (
    "bus", "arrival", "tag", "interval", "kind", "order", "min_acceptance", "parent", "group", "earliest", "latest", "most_kwh",
    "price_to_eur_per_mwh",
)  # fmt: skip
MOST_INTERVAL = 9_999

ONLY = {
    "min_acceptance": (STEP, BLOCK, FLEXIBLE),
    "parent": (BLOCK,),
    "group": (BLOCK,),
    "earliest": (FLEXIBLE,),
    "latest": (FLEXIBLE,),
    "most_kwh": (FLEXIBLE,),
    "price_to_eur_per_mwh": (CURVE,),
    "interval": (STEP, CURVE, BLOCK),
}
"""Columns that mean something for some kinds only."""


@dataclass(frozen=True)
class DayBook:
    """A day's orders and what their numbers stand for.

    names : [O] of the orders; a step without one is called by its row
    agents : [O] names of their agents
    """

    orders: DayOrders
    names: tuple[str, ...]
    agents: tuple[str, ...]


@dataclass
class _Order:
    """An order that is being read: its first row, what that says, and where the order trades."""

    row: int
    kind: int
    side: int
    price: int
    price_to: int
    least: int
    energy: int
    said: dict[str, str]
    slots: dict[int, int] = field(default_factory=dict)


def is_day_book(cells: Cells) -> bool:
    """Whether a table is a day's book rather than one of a single interval."""
    return any(mark in cells for mark in MARKS)


def read_day_orders(cells: Cells) -> DayBook:
    """The orders of a table, numbered by name in its order.

    A step, a curve and a flexible order is one row each; the rows of a block are those of one name, an interval each. Limits
    count down for a bid and up for an offer to a whole µEUR/kWh; energies to the nearest watt-hour, ratios to a millionth.
    Arrival is the row of an order's first, unless a column says.

    Raises
    ------
    BookInvalid
        Rows are wrong; all of them are named.
    """
    cells.names("agent")
    orders: dict[str, _Order] = {}
    for row in range(cells.rows):
        kind = cells.choice("kind", row, {"": STEP, **{word: number for number, word in enumerate(KINDS)}}, STEP)
        name = cells.texts("order", row)
        if not name and kind == BLOCK:
            cells.fault(row, "a block without a name", "column order: rows of one name form one block")
        key = name or _unused(f"row {row + 1}", orders)
        if name and key in orders and (kind != BLOCK or orders[key].kind != BLOCK):
            cells.fault(row, f"order '{name}' stands twice", "a name for each; only the rows of a block share one")
            continue
        if key not in orders:
            orders[key] = _first_row(cells, row, kind)
        else:
            _same(cells, row, name, orders[key])
        _slots(cells, row, orders[key])
    parents, groups = _links(cells, orders)
    arrivals = [cells.whole("arrival", one.row, -(2**62), 2**62, default=one.row) for one in orders.values()]
    buses = [cells.whole("bus", one.row, 0, 2**31 - 1, default=0) for one in orders.values()]
    agents = [cells.texts("agent", one.row) for one in orders.values()]
    tag, _ = numbered([cells.texts("tag", one.row) for one in orders.values()], ("",))
    cells.refuse()
    found = list(orders.values())
    agent, _ = numbered(agents)
    energy, price, price_to, least = (
        np.array([(one.energy, one.price, one.price_to, one.least) for one in found], np.int64).reshape(-1, 4).T
    )
    terms = Terms(
        np.array(agent, np.int32), np.array(buses, np.int32),
        np.array([one.side for one in found], np.int8), np.array([one.kind for one in found], np.int8),
        energy, price, price_to, least,
        np.array(parents, np.int64), np.array(groups, np.int64), np.array(arrivals, np.int64), np.array(tag, np.int16),
    )  # fmt: skip
    places = [(number, at, energy) for number, one in enumerate(found) for at, energy in sorted(one.slots.items())]
    order, interval, energy = (np.array([place[column] for place in places], np.int64) for column in range(3))
    last = max((at for _, at, _ in places), default=0)
    day = DayOrders(last + 1, terms, Slots(order, interval, energy))
    day.check()
    return DayBook(day, tuple(orders), tuple(agents))


def _unused(name: str, orders: Mapping[str, _Order]) -> str:
    """The name, with strokes until no order is called so."""
    while name in orders:
        name += "'"
    return name


def _first_row(cells: Cells, row: int, kind: int) -> _Order:
    """What the first row of an order says of it."""
    side = cells.choice("side", row, SIDES, BID)
    price = cells.price(row, side)
    for column, kinds in ONLY.items():
        if cells.texts(column, row) and kind not in kinds:
            cells.fault(row, f"{column} is set for a {KINDS[kind]}", f"empty, or kind {' or '.join(KINDS[one] for one in kinds)}")
    whole_by_default = WHOLE if kind in (BLOCK, FLEXIBLE) else 0
    least = cells.whole("min_acceptance", row, 0, WHOLE, WHOLE, default=whole_by_default)
    price_to = cells.price(row, side, "price_to_eur_per_mwh") if kind == CURVE else price
    if kind == CURVE and side * (price_to - price) > 0:
        cells.fault(row, "price_to_eur_per_mwh runs the wrong way", "a bid's limit falls with energy, an offer's rises")
    said = {column: cells.texts(column, row) for column in ("agent", "side", "price_eur_per_mwh", "min_acceptance", "parent", "group")}
    return _Order(row, kind, side, price, price_to, least, 0, said)


def _same(cells: Cells, row: int, name: str, order: _Order) -> None:
    """A further row of a block says what the first does, or nothing."""
    for column, first in order.said.items():
        text = cells.texts(column, row)
        if text and text != first:
            cells.fault(row, f"{column} of order '{name}' is '{text}', and '{first}' in its first row", "the same in all rows of a block")


def _slots(cells: Cells, row: int, order: _Order) -> None:
    """Where a row lets its order trade."""
    energy = cells.energy(row)
    order.energy += energy
    if order.kind != FLEXIBLE:
        at = cells.whole("interval", row, 0, MOST_INTERVAL, default=0 if "interval" not in cells else None)
        if at in order.slots:
            cells.fault(row, f"interval {at} stands twice in order '{cells.texts('order', row)}'", "each interval once")
        order.slots[at] = energy
        return
    earliest, latest = (cells.whole(column, row, 0, MOST_INTERVAL) for column in ("earliest", "latest"))
    most = cells.whole("most_kwh", row, 1, MAX_ENERGY, 1000, default=min(energy, MAX_ENERGY))
    if latest < earliest:
        cells.fault(row, f"latest {latest} is before earliest {earliest}", "earliest <= latest")
    order.slots.update(dict.fromkeys(range(earliest, latest + 1), most))
    if 0 < len(order.slots) * most * WHOLE < energy * order.least:
        cells.fault(row, "the energy does not fit between earliest and latest", f"at most {len(order.slots)} x {most / 1000:g} kWh")


def _links(cells: Cells, orders: dict[str, _Order]) -> tuple[list[int], list[int]]:
    """[O] the number of each order's parent and group."""
    place = {name: number for number, name in enumerate(orders)}
    blocks = [name for name, one in orders.items() if one.kind == BLOCK]
    parents = []
    for name, one in orders.items():
        parent = one.said["parent"]
        if one.kind == BLOCK and parent and parent not in blocks:
            known = nearest(parent, blocks) if len(blocks) > 1 else "the name of a block"
            cells.fault(one.row, f"parent '{parent}' of order '{name}' is no block of this book", known)
        if parent == name:
            cells.fault(one.row, f"order '{name}' is its own parent", "another block")
        parents.append(place.get(parent, -1) if one.kind == BLOCK and parent != name else -1)
    _circles(cells, orders, parents)
    group, names = numbered([one.said["group"] for one in orders.values()], ("",))
    _lonely(cells, orders, names)
    return parents, [number - 1 for number in group]


def _circles(cells: Cells, orders: dict[str, _Order], parents: Sequence[int]) -> None:
    """Chains of parents end, or in two blocks that name each other."""
    for number, (name, one) in enumerate(orders.items()):
        seen, at = [number], parents[number]
        while at >= 0 and at not in seen:
            seen.append(at)
            at = parents[at]
        if at == number and len(seen) > 2:
            cells.fault(one.row, f"order '{name}' is its own ancestor", "a chain that ends, or two blocks that name each other")


def _lonely(cells: Cells, orders: dict[str, _Order], groups: Sequence[str]) -> None:
    """A group has at least two members: one that stands alone is a misspelt name."""
    members: dict[str, list[_Order]] = {}
    for one in orders.values():
        if one.kind == BLOCK and one.said["group"]:
            members.setdefault(one.said["group"], []).append(one)
    for group, found in members.items():
        if len(found) == 1:
            others = [name for name in groups if name and name != group]
            cells.fault(found[0].row, f"group '{group}' has no other member", nearest(group, others) if others else "two or more blocks")
