"""Order books from CSV: `agent,side(bid|offer),energy_kwh,price_eur_per_mwh[,bus][,arrival]`."""

from __future__ import annotations

import csv
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
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

    Decimals are read exactly and then counted: energy to the nearest watt-hour, a bid's limit down and an offer's up
    to a whole µEUR/kWh, so that nobody trades beyond the limit that stands in the file. Agents are numbered by name in
    the order of the file; arrival is the row, unless a column says.

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
        side = _side(row["side"], where, faults)
        columns["side"].append(side)
        inward = ROUND_FLOOR if side == BID else ROUND_CEILING
        columns["energy"].append(_whole(row["energy_kwh"], "energy_kwh", 1, MAX_ENERGY, where, faults, 1000))
        columns["price"].append(_whole(row["price_eur_per_mwh"], "price_eur_per_mwh", -MAX_PRICE, MAX_PRICE, where, faults, 1000, inward))
        columns["bus"].append(_whole(row["bus"], "bus", 0, 2**31 - 1, where, faults) if "bus" in row else 0)
        columns["arrival"].append(_whole(row["arrival"], "arrival", -(2**62), 2**62, where, faults) if "arrival" in row else place)
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
    if not heading or (len(faults) > len(NEEDED) and any(sign in heading[0] for sign in ";\t|")):
        faults = [Fault(str(path), "has no heading with commas", ",".join(NEEDED))]
    if faults:
        raise FileInvalid(faults)


def _side(cell: str | None, where: str, faults: list[Fault]) -> int:
    side = SIDES.get((cell or "").strip().lower())
    if side is None:
        faults.append(Fault(where, f"side is '{cell}'", "bid or offer"))
    return side or BID


def _whole(
    cell: str | None, name: str, least: int, most: int, where: str, faults: list[Fault], lots: int = 1, rounding: str = ROUND_HALF_EVEN
) -> int:
    """A decimal cell in whole lots."""
    text = (cell or "").strip()
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        faults.append(Fault(where, f"{name} is '{text}'" if text else f"{name} is empty", "a number"))
        return least
    exact = Context(prec=len(text) + 4, rounding=rounding)
    counted = exact.multiply(number, lots).to_integral_value(rounding, exact) if number.adjusted() < 30 else number
    if not least <= counted <= most:
        faults.append(Fault(where, f"{name} is {text}", f"{Decimal(least) / lots:f} to {Decimal(most) / lots:f}"))
        return least
    return int(counted)
