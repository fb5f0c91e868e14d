"""`p2p clear`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from p2p.base.errors import Fault, InputError
from p2p.base.registry import named
from p2p.base.units import eur, eur_per_mwh, kwh, price
from p2p.build.rules import made, parameters
from p2p.build.trial import try_mechanism
from p2p.markets import MECHANISMS, Mechanism, clear, sees
from p2p.orders import Clearing, Outside, Surroundings
from p2p.orders.cells import Book
from p2p.scenario import parsed
from p2p.sources.books import read_book
from p2p.sources.day_books import holds_a_day


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for.

    mechanisms : names of rules; changes : KEY=VALUE parameters of theirs; seed : of their chance
    retail, feed_in : prices outside the market [EUR/MWh]
    plot : file for the figure; None for none
    """

    mechanisms: list[str]
    changes: list[str]
    seed: int
    retail: float | None
    feed_in: float | None
    plot: Path | None
    as_json: bool


def clear_command(path: Path, wanted: Wanted) -> None:
    """Clear a book by each rule and print what comes of it."""
    if holds_a_day(path):
        from p2p.cli.clear_day import clear_day_command

        clear_day_command(path, wanted)
        return
    faults: list[Fault] = []
    rules = rules_of(wanted, faults)
    around = around_of(wanted, faults)
    try:
        book = read_book(path)
        faults += _refused(book, rules, wanted.plot)
    except InputError as error:
        faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    around = replace(around, messages=book.messages, preferences=book.preferences)
    clearings = {name: clear(book.orders, rule, around=around) for name, rule in rules.items()}
    answers = {name: answer(name, book, clearing) for name, clearing in clearings.items()}
    if wanted.plot is not None:
        _plot(wanted.plot, book, clearings)
    if wanted.as_json:
        found: Any = list(answers.values())
        print(json.dumps(found[0] if len(found) == 1 else found, indent=2, ensure_ascii=False))
        return
    _summary(answers)
    for name, found in answers.items():
        _orders(name, found, book)
        show_facts(found.get("facts", {}))
    if wanted.plot is not None:
        print(f"figure: {wanted.plot}")


def rules_of(wanted: Wanted, faults: list[Fault]) -> dict[str, Mechanism]:
    """Each rule that is asked for, with those of the parameters that are its own; a key that none has is a fault."""
    rules: dict[str, Mechanism] = {}
    try:
        given = dict(parsed(wanted.changes))
    except InputError as error:
        faults.extend(error.faults)
        given = {}
    for name in dict.fromkeys(wanted.mechanisms):
        try:
            kind = named(MECHANISMS, name, "mechanism")
            others = {key for rule in (kind, *MECHANISMS.values()) for key in parameters(rule)}
            rules[name] = made(kind, given, name, others)
            if name not in MECHANISMS:
                try_mechanism(rules[name], "mechanism", name)
        except InputError as error:
            faults.extend(error.faults)
    return rules


def around_of(wanted: Wanted, faults: list[Fault]) -> Surroundings:
    """Chance, and what a kWh costs and brings elsewhere, if both are said."""
    if wanted.retail is None and wanted.feed_in is None:
        return Surroundings(wanted.seed)
    if wanted.retail is None or wanted.feed_in is None:
        faults.append(Fault("--retail, --feed-in", "one is given without the other", "both, or none"))
    elif not wanted.feed_in <= wanted.retail:
        faults.append(Fault("--retail", f"{wanted.retail:g} is below --feed-in {wanted.feed_in:g}", "at least what feeding in brings"))
    else:
        return Surroundings(wanted.seed, Outside(price(wanted.retail), price(wanted.feed_in)))
    return Surroundings(wanted.seed)


def _refused(book: Book, rules: Mapping[str, Mechanism], plot: Path | None) -> list[Fault]:
    """What is asked of a book with other orders than limit orders though it is only for those."""
    if not book.others:
        return []
    which = "; ".join(book.others[:5]) + ("; ..." if len(book.others) > 5 else "")
    many = (
        f"takes limit orders alone, and {len(book.others)} of the book {'are others' if len(book.others) > 1 else 'is another'} ({which})"
    )
    faults = [
        Fault(f"--mechanism {name}", many, "type limit; for others: continuous")
        for name, rule in rules.items()
        if "messages" not in sees(rule)
    ]
    return (
        faults if plot is None else [*faults, Fault("--plot", f"draws limit orders alone, and {many.partition(', and ')[2]}", "type limit")]
    )


def answer(name: str, book: Book, clearing: Clearing) -> dict[str, Any]:
    """A clearing as people read it: kWh, EUR/MWh, EUR."""
    orders, agents = book.orders, book.agents
    at_any_price = book.at_any_price()
    order_price = clearing.order_price(orders)
    trades = clearing.pairs(orders)
    return {
        "mechanism": name,
        "price_eur_per_mwh": None if clearing.price is None else eur_per_mwh(clearing.price),
        "orders": [
            {
                "agent": agents[row],
                "side": "bid" if orders.side[row] > 0 else "offer",
                "accepted_kwh": kwh(int(clearing.energy[row])),
                "price_eur_per_mwh": eur_per_mwh(float(order_price[row])) if clearing.energy[row] else None,
                "pays_eur": eur(int(clearing.payment[row])),
            }
            for row in range(len(orders))
        ],
        "welfare_eur": None if (at_any_price & (clearing.energy > 0)).any() else eur(clearing.welfare(orders)),
        "traded_kwh": kwh(clearing.traded(orders)),
        "budget_eur": eur(clearing.budget()),
        "trades": [
            {
                "bid": int(trades.bid[row]),
                "offer": int(trades.offer[row]),
                "buyer": agents[trades.bid[row]],
                "seller": agents[trades.offer[row]],
                "energy_kwh": kwh(int(trades.energy[row])),
                "price_eur_per_mwh": eur_per_mwh(int(trades.price[row])),
            }
            for row in range(len(trades))
        ],
    } | ({"facts": dict(clearing.facts)} if clearing.facts else {})


def _summary(answers: dict[str, dict[str, Any]]) -> None:
    table = Table("mechanism", *("price [EUR/MWh]", "traded [kWh]", "welfare [EUR]", "budget [EUR]"))
    for name, found in answers.items():
        one_price = found["price_eur_per_mwh"]
        numbers = (found["traded_kwh"], found["welfare_eur"], found["budget_eur"])
        table.add_row(
            name,
            "by order" if one_price is None else f"{one_price:,.3f}",
            *("-" if number is None else f"{number:,.6g}" for number in numbers),
        )
    Console(markup=False).print(table)


def _orders(name: str, found: dict[str, Any], book: Book) -> None:
    table = Table(
        "agent", "side", "limit [EUR/MWh]", "accepted [kWh]", "of [kWh]", "price [EUR/MWh]", "pays [EUR]", title=name, title_justify="left"
    )
    orders, at_any_price = book.orders, book.at_any_price()
    for row, order in enumerate(found["orders"]):
        paid = order["price_eur_per_mwh"]
        table.add_row(
            order["agent"],
            order["side"],
            "any" if at_any_price[row] else f"{eur_per_mwh(int(orders.price[row])):,.3f}",
            f"{order['accepted_kwh']:,.3f}",
            f"{kwh(int(orders.energy[row])):,.3f}",
            "-" if paid is None else f"{paid:,.3f}",
            f"{order['pays_eur']:,.6f}",
        )
    Console(markup=False).print(table)


def show_facts(facts: Mapping[str, Any]) -> None:
    """Print what else a rule reports."""
    for name, value in facts.items():
        print(f"  {name}: {value:,.6g}" if isinstance(value, float) else f"  {name}: {'-' if value is None else value}")


def _plot(path: Path, book: Book, clearings: Mapping[str, Clearing]) -> None:
    from p2p.plots import book_columns, compared, order_curves, save

    drawn = {name: book_columns(book.orders, clearing) for name, clearing in clearings.items()}
    save(order_curves(next(iter(drawn.values()))) if len(drawn) == 1 else compared(drawn), path)
