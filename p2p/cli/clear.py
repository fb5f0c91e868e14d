"""`p2p clear`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from p2p.base.errors import Fault, InputError
from p2p.base.registry import named
from p2p.base.units import eur, eur_per_mwh, kwh
from p2p.build.rules import made
from p2p.build.trial import try_mechanism
from p2p.markets import MECHANISMS, Mechanism, clear
from p2p.orders import Clearing, Orders, Trades
from p2p.sources.books import read_book


def clear_command(path: Path, mechanisms: list[str], as_json: bool) -> None:
    """Clear a book by each rule and print what comes of it."""
    rules: dict[str, Mechanism] = {}
    faults: list[Fault] = []
    for name in mechanisms:
        try:
            rules[name] = made(named(MECHANISMS, name, "mechanism"), {}, "mechanism")
            if name not in MECHANISMS:
                try_mechanism(rules[name], "mechanism", name)
        except InputError as error:
            faults.extend(error.faults)
    try:
        orders, agents = read_book(path)
    except InputError as error:
        faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    answers = {name: answer(name, orders, agents, clear(orders, rule)) for name, rule in rules.items()}
    if as_json:
        found: Any = list(answers.values())
        print(json.dumps(found[0] if len(found) == 1 else found, indent=2, ensure_ascii=False))
        return
    _summary(answers)
    for name, found in answers.items():
        _orders(name, found, orders)


def answer(name: str, orders: Orders, agents: list[str], clearing: Clearing) -> dict[str, Any]:
    """A clearing as people read it: kWh, EUR/MWh, EUR."""
    price = clearing.order_price(orders)
    trades = Trades.in_merit_order(orders, clearing)
    return {
        "mechanism": name,
        "price_eur_per_mwh": None if clearing.price is None else eur_per_mwh(clearing.price),
        "orders": [
            {
                "agent": agents[row],
                "side": "bid" if orders.side[row] > 0 else "offer",
                "accepted_kwh": kwh(int(clearing.energy[row])),
                "price_eur_per_mwh": eur_per_mwh(float(price[row])) if clearing.energy[row] else None,
                "pays_eur": eur(int(clearing.payment[row])),
            }
            for row in range(len(orders))
        ],
        "welfare_eur": eur(clearing.welfare(orders)),
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
    }


def _summary(answers: dict[str, dict[str, Any]]) -> None:
    table = Table("mechanism", *("price [EUR/MWh]", "traded [kWh]", "welfare [EUR]", "budget [EUR]"))
    for name, found in answers.items():
        price = found["price_eur_per_mwh"]
        numbers = (found["traded_kwh"], found["welfare_eur"], found["budget_eur"])
        table.add_row(name, "by order" if price is None else f"{price:,.3f}", *(f"{number:,.6g}" for number in numbers))
    Console(markup=False).print(table)


def _orders(name: str, found: dict[str, Any], orders: Orders) -> None:
    table = Table(
        "agent", "side", "limit [EUR/MWh]", "accepted [kWh]", "of [kWh]", "price [EUR/MWh]", "pays [EUR]", title=name, title_justify="left"
    )
    for row, order in enumerate(found["orders"]):
        price = order["price_eur_per_mwh"]
        table.add_row(
            order["agent"],
            order["side"],
            f"{eur_per_mwh(int(orders.price[row])):,.3f}",
            f"{order['accepted_kwh']:,.3f}",
            f"{kwh(int(orders.energy[row])):,.3f}",
            "-" if price is None else f"{price:,.3f}",
            f"{order['pays_eur']:,.6f}",
        )
    Console(markup=False).print(table)
