"""Order books from CSV: `agent,side(bid|offer),energy_kwh,price_eur_per_mwh[,bus][,arrival]`."""

from __future__ import annotations

import csv
from decimal import Decimal, InvalidOperation
from pathlib import Path

from p2p.base.errors import BookInvalid, Fault, FileInvalid, nearest
from p2p.base.units import MAX_ENERGY, MAX_PRICE
from p2p.orders import BID, OFFER, Orders

NEEDED = ("agent", "side", "energy_kwh", "price_eur_per_mwh")
OPTIONAL = ("bus", "arrival")
SIDES = {"bid": BID, "offer": OFFER}
SHOWN = 20


def read_book(path: Path) -> tuple[Orders, list[str]]:
    """The orders of a file, and the name of each order's agent.

    Decimal numbers are read exactly; an energy finer than a watt-hour or a price finer than a µEUR/kWh is refused, so
    nothing is rounded. Agents are numbered by name in the order of the file; arrival is the row, unless a column says.

    Raises
    ------
    FileInvalid
        The file can't be read, or has not the columns.
    BookInvalid
        Rows are wrong; all of them are named, by the line of the file.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            heading = [name.strip() for name in reader.fieldnames or []]
            reader.fieldnames = heading
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileInvalid(Fault(str(path), f"can't be read: {getattr(error, 'strerror', None) or error}", "a CSV file")) from error
    _check_heading(path, heading)
    faults: list[Fault] = []
    columns: dict[str, list[int]] = {"side": [], "energy": [], "price": [], "bus": [], "arrival": []}
    agents: list[str] = []
    for place, (line, row) in enumerate(rows):
        where = f"{path.name}, line {line}"
        name = (row["agent"] or "").strip()
        if not name:
            faults.append(Fault(where, "agent is empty", "a name"))
        agents.append(name)
        columns["side"].append(_side(row["side"], where, faults))
        columns["energy"].append(_whole(row["energy_kwh"], "energy_kwh", 1, MAX_ENERGY, where, faults))
        columns["price"].append(_whole(row["price_eur_per_mwh"], "price_eur_per_mwh", -MAX_PRICE, MAX_PRICE, where, faults))
        columns["bus"].append(_whole(row["bus"], "bus", 0, 2**31 - 1, where, faults, lots=1) if "bus" in row else 0)
        columns["arrival"].append(_whole(row["arrival"], "arrival", -(2**62), 2**62, where, faults, lots=1) if "arrival" in row else place)
        if None in row:
            faults.append(Fault(where, "has more cells than the heading", ",".join(heading)))
    if faults:
        more = [Fault(path.name, f"and {len(faults) - SHOWN} more")] if len(faults) > SHOWN else []
        raise BookInvalid([*faults[:SHOWN], *more])
    number = {name: place for place, name in enumerate(dict.fromkeys(agents))}
    orders = Orders.of(**columns, agent=[number[name] for name in agents])
    return orders, agents


def _check_heading(path: Path, heading: list[str]) -> None:
    known = (*NEEDED, *OPTIONAL)
    faults = [Fault(str(path), f"has no column '{name}'", f"needed: {', '.join(NEEDED)}") for name in NEEDED if name not in heading]
    faults += [Fault(str(path), f"unknown column '{name}'", nearest(name, known)) for name in heading if name not in known]
    if len(set(heading)) < len(heading):
        faults.append(Fault(str(path), "has a column twice", ", ".join(known)))
    if faults:
        raise FileInvalid(faults)


def _side(cell: str | None, where: str, faults: list[Fault]) -> int:
    side = SIDES.get((cell or "").strip().lower())
    if side is None:
        faults.append(Fault(where, f"side is '{cell}'", "bid or offer"))
    return side or BID


def _whole(cell: str | None, name: str, least: int, most: int, where: str, faults: list[Fault], lots: int = 1000) -> int:
    """A decimal cell in whole lots."""
    text = (cell or "").strip()
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        faults.append(Fault(where, f"{name} is '{text}'" if text else f"{name} is empty", "a number"))
        return least
    exact = number * lots
    if exact != exact.to_integral_value():
        faults.append(Fault(where, f"{name} is {text}", f"at most {len(str(lots)) - 1} decimals"))
        return least
    if not least <= exact <= most:
        faults.append(Fault(where, f"{name} is {text}", f"{Decimal(least) / lots:f} to {Decimal(most) / lots:f}"))
        return least
    return int(exact)
