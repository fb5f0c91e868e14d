"""`p2p clear` of a day's book."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from p2p.base.columns import Ints
from p2p.base.errors import Fault, InputError
from p2p.base.units import eur, eur_per_mwh, kwh
from p2p.cli.clear import Wanted, around_of, rules_of, show_facts
from p2p.markets import Mechanism, clear
from p2p.markets.day.clear import DayMechanism, clear_day
from p2p.markets.day.clearing import value
from p2p.orders import Surroundings
from p2p.orders.day import KINDS, DayOrders
from p2p.orders.day_cells import DayBook
from p2p.sources.day_books import read_day_book


@dataclass(frozen=True)
class _Cleared:
    """A day's book as a rule cleared it.

    energy, payment : [R] by slot [Wh], [nEUR]; prices : one an interval, None where there is none [µEUR/kWh]
    """

    energy: Ints
    payment: Ints
    prices: list[int | None]
    facts: dict[str, Any] = field(default_factory=dict)


def clear_day_command(path: Path, wanted: Wanted) -> None:
    """Clear a day's book by each rule and print what comes of it."""
    faults: list[Fault] = []
    rules, around = rules_of(wanted, faults), around_of(wanted, faults)
    if wanted.plot is not None:
        faults.append(Fault("--plot", "a day's book has no figure", "a book of one interval"))
    book = None
    try:
        book = read_day_book(path)
    except InputError as error:
        faults.extend(error.faults)
    if book is not None:
        faults += [_too_much(name) for name, rule in rules.items() if not isinstance(rule, DayMechanism) and not _steps_alone(book.orders)]
    if faults or book is None:
        raise InputError(faults)
    answers = [_answer(name, book, _cleared(book.orders, rule, around)) for name, rule in rules.items()]
    if wanted.as_json:
        print(json.dumps(answers[0] if len(answers) == 1 else answers, indent=2, ensure_ascii=False))
        return
    for found in answers:
        _show(found)


def _steps_alone(day: DayOrders) -> bool:
    return not day.indivisible.any() and not (day.terms.kind > 0).any()


def _too_much(name: str) -> Fault:
    return Fault(
        "--mechanism", f"'{name}' clears each interval by itself; the book has curves, blocks or deadlines", "blocks, or steps alone"
    )


def _cleared(day: DayOrders, rule: Mechanism, around: Surroundings) -> _Cleared:
    """The answer of a rule of the day; of another, its answers in each interval."""
    if isinstance(rule, DayMechanism):
        whole = clear_day(day, rule)
        said = whole.ordered(day)
        prices = [int(price) if said[at] else None for at, price in enumerate(whole.price)]
        return _Cleared(whole.energy, whole.payment(day), prices, dict(whole.facts))
    energy, payment, prices = np.zeros(len(day.slots), np.int64), np.zeros(len(day.slots), np.int64), []
    for interval in range(day.intervals):
        orders, rows = day.in_interval(interval)
        clearing = clear(orders, rule, around=around)
        energy[rows], payment[rows] = clearing.energy, clearing.payment
        prices.append(clearing.price)
    return _Cleared(energy, payment, prices)


def _answer(name: str, book: DayBook, cleared: _Cleared) -> dict[str, Any]:
    """A day's clearing as people read it: kWh, EUR/MWh, EUR."""
    day, names = book.orders, book.names
    orders = [_order(book, cleared, row) for row in range(len(day))]
    bought = day.bids[day.slots.order]
    traded = [kwh(int(cleared.energy[bought & (day.slots.interval == at)].sum())) for at in range(day.intervals)]
    accepted = np.zeros(len(day), np.int64)
    np.add.at(accepted, day.slots.order, cleared.energy)
    facts = {key: fact for key, fact in cleared.facts.items() if key != "paradoxically rejected"}
    left = [{"order": names[one["order"]], "surplus_eur": one["surplus [EUR]"]} for one in cleared.facts.get("paradoxically rejected", [])]
    return {
        "mechanism": name,
        "prices_eur_per_mwh": [None if price is None else eur_per_mwh(price) for price in cleared.prices],
        "orders": orders,
        "welfare_eur": eur(int(np.sum(day.terms.side * value(day, accepted)))),
        "traded_kwh": kwh(int(cleared.energy[bought].sum())),
        "traded_kwh_by_interval": traded,
        "budget_eur": eur(int(cleared.payment.sum())),
        "paradoxically_rejected": left,
    } | ({"facts": facts} if facts else {})


def _order(book: DayBook, cleared: _Cleared, row: int) -> dict[str, Any]:
    day = book.orders
    mine = np.flatnonzero(day.slots.order == row)
    energy, paid = int(cleared.energy[mine].sum()), int(cleared.payment[mine].sum())
    by_interval = np.zeros(day.intervals, np.int64)
    by_interval[day.slots.interval[mine]] = cleared.energy[mine]
    return {
        "order": book.names[row],
        "agent": book.agents[row],
        "side": "bid" if day.terms.side[row] > 0 else "offer",
        "kind": KINDS[int(day.terms.kind[row])],
        "accepted_ratio": energy / int(day.terms.energy[row]),
        "accepted_kwh": kwh(energy),
        "accepted_kwh_by_interval": [kwh(int(one)) for one in by_interval],
        "price_eur_per_mwh": eur_per_mwh(int(day.terms.side[row]) * paid / energy) if energy else None,
        "pays_eur": eur(paid),
    }


def _show(found: dict[str, Any]) -> None:
    console = Console(markup=False)
    columns = ("order", "agent", "kind", "accepted [%]", "accepted [kWh]", "price [EUR/MWh]", "pays [EUR]")
    table = Table(*columns, title=found["mechanism"], title_justify="left")
    for one in found["orders"]:
        paid = one["price_eur_per_mwh"]
        numbers = (f"{100 * one['accepted_ratio']:.1f}", f"{one['accepted_kwh']:,.3f}", "-" if paid is None else f"{paid:,.3f}")
        table.add_row(one["order"], one["agent"], f"{one['kind']} {one['side']}", *numbers, f"{one['pays_eur']:,.6f}")
    console.print(table)
    table = Table("interval", "price [EUR/MWh]", "traded [kWh]")
    for at, (price, traded) in enumerate(zip(found["prices_eur_per_mwh"], found["traded_kwh_by_interval"], strict=True)):
        table.add_row(str(at), "-" if price is None else f"{price:,.3f}", f"{traded:,.3f}")
    console.print(table)
    print(
        f"  welfare [EUR]: {found['welfare_eur']:,.6g}, traded [kWh]: {found['traded_kwh']:,.6g}, budget [EUR]: {found['budget_eur']:,.6g}"
    )
    for one in found["paradoxically_rejected"]:
        print(f"  rejected although it would have gained {one['surplus_eur']:,.6g} EUR at these prices: {one['order']}")
    show_facts(found.get("facts", {}))
