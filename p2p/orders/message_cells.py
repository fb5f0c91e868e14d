"""Messages to a continuous book as tables of texts: the columns `type` and `order` of an order book."""

from __future__ import annotations

import numpy as np

from p2p.orders.cells import SIDES, Book, Cells, numbered
from p2p.orders.messages import CANCEL, KINDS, LIMIT, MARKET, REPLACE, Messages, any_price
from p2p.orders.orders import BID


def read_sent(cells: Cells) -> Book:
    """The book of a table that may hold other orders than limit orders; see `read_orders`.

    Raises
    ------
    BookInvalid
        Rows are wrong; all of them are named.
    """
    agents = cells.names("agent") if "agent" in cells else [str(row) for row in range(cells.rows)]
    agent, _ = numbered(agents)
    arrival = [cells.whole("arrival", row, -(2**62), 2**62, default=row) for row in range(cells.rows)]
    bus = [cells.whole("bus", row, 0, 2**31 - 1, default=0) for row in range(cells.rows)]
    tag, tags = numbered(cells.names("tag", empty=True), ("",))
    messages = read_messages(cells, agents, agent, arrival)
    cells.refuse()
    placing = np.flatnonzero(messages.places)
    orders = messages.orders().replace(bus=np.array(bus, np.int32)[placing], tag=np.array(tag, np.int16)[placing])
    others = other_kinds(cells, messages)
    return Book(orders, tuple(agents[row] for row in placing), tags, messages if others else None, others)


def read_messages(cells: Cells, agents: list[str], agent: list[int], arrival: list[int]) -> Messages:
    """The messages of a table; what is wrong with them is noted in the cells.

    A new order may have a name in `order`; cancel and replace must name an order that came before, of the same agent. A
    market order has no price, a cancel neither price nor energy; a replace that leaves one of them empty keeps it. Side
    may be empty in cancel and replace.

    Parameters
    ----------
    agents, agent, arrival : [rows] names and numbers of agents, and ranks in time.
    """
    kind = [cells.choice("type", row, KINDS, LIMIT) if cells.texts("type", row) else LIMIT for row in range(cells.rows)]
    names = cells.names("order", empty=True)
    made = _made(cells, kind, names)
    order, side, energy, price = list(range(cells.rows)), [BID] * cells.rows, [1] * cells.rows, [0] * cells.rows
    limit: dict[int, int] = {}
    for row in sorted(range(cells.rows), key=lambda row: arrival[row]):
        about = kind[row] >= CANCEL
        if about:
            earlier = _earlier(cells, row, names, made, agents, arrival)
            if earlier is None:
                continue
            order[row], side[row] = earlier, side[earlier]
        if not about or cells.texts("side", row):
            said = cells.choice("side", row, SIDES, side[row])
            if about and said != side[row]:
                cells.fault(
                    row, f"side is '{cells.texts('side', row)}', but order '{names[row]}' is not", "the side of the order, or nothing"
                )
            side[row] = said
        energy[row] = _energy(cells, row, kind[row])
        price[row] = _price(cells, row, kind[row], side[row], limit.get(order[row]))
        if kind[row] != CANCEL:
            limit[order[row]] = price[row]
    return Messages.of(kind, side, energy, price, order=order, agent=agent, arrival=arrival)


def _made(cells: Cells, kind: list[int], names: list[str]) -> dict[str, int]:
    """The row of each name; a second order of one name is a fault."""
    made: dict[str, int] = {}
    for row in (row for row in range(cells.rows) if names[row] and kind[row] < CANCEL):
        if names[row] in made:
            cells.fault(row, f"order is '{names[row]}', as in {cells.where(made[names[row]])}", "a name of its own")
        made.setdefault(names[row], row)
    return made


def _earlier(cells: Cells, row: int, names: list[str], made: dict[str, int], agents: list[str], arrival: list[int]) -> int | None:
    """The row of the order that a cancel or replace is about; None, and a fault, where there is none."""
    name, word = names[row], cells.texts("type", row).lower()
    earlier = made.get(name)
    if not name:
        cells.fault(row, f"order is empty in a {word}", "the name of an earlier order")
    elif earlier is None or arrival[earlier] >= arrival[row]:
        cells.fault(row, f"order is '{name}', and no order before it has that name", "the name of an earlier order")
    elif agents[earlier] != agents[row]:
        cells.fault(row, f"agent is '{agents[row]}', but order '{name}' is of '{agents[earlier]}'", "own orders")
    else:
        return earlier
    return None


def _energy(cells: Cells, row: int, kind: int) -> int:
    if kind == CANCEL:
        _must_be_empty(cells, row, "energy_kwh", "cancel takes all that stands; for a part: replace")
        return 0
    return cells.energy(row, default=0 if kind == REPLACE else None)


def _price(cells: Cells, row: int, kind: int, side: int, before: int | None) -> int:
    if kind == CANCEL:
        _must_be_empty(cells, row, "price_eur_per_mwh", "cancel has no price")
        return 0
    if kind == MARKET:
        _must_be_empty(cells, row, "price_eur_per_mwh", "a market order takes any price; for a limit: ioc")
        return any_price(side)
    return cells.price(row, side, default=before if kind == REPLACE else None)


def _must_be_empty(cells: Cells, row: int, column: str, why: str) -> None:
    if cells.texts(column, row):
        cells.fault(row, f"{column} is {cells.texts(column, row)}", f"nothing: {why}")


def other_kinds(cells: Cells, messages: Messages) -> tuple[str, ...]:
    """Where the messages stand that are no limit orders, and what they are."""
    words = {number: word for word, number in KINDS.items()}
    return tuple(f"{cells.where(row)}: {words[int(messages.kind[row])]}" for row in np.flatnonzero(messages.kind != LIMIT).tolist())
