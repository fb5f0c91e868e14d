"""Rules from a scenario's own files, tried out once, so that nonsense is refused before a run and not in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import numpy as np

from p2p.base.clock import Clock
from p2p.base.errors import Fault, InputError, LawBroken, ScenarioInvalid
from p2p.base.streams import Streams
from p2p.grid import Branches, Buses, Grid
from p2p.markets import clear
from p2p.operators.dso import (
    Ahead,
    Bounds,
    Connections,
    Contracts,
    Encloses,
    Envelopes,
    Expected,
    GiveUps,
    Notice,
    Outcome,
    Steered,
    Usage,
    publishes,
)
from p2p.operators.national import National
from p2p.orders import Clearing, Known, Orders
from p2p.regulation import Tariff

#: What wrong code raises when it is called for the first time.
WRONG = (TypeError, AttributeError, ValueError, LookupError, ArithmeticError, NameError, ImportError, AssertionError)


def try_mechanism(rule: Any, kind: str, name: str) -> None:
    """Refuse a clearing rule that does not give the clearing of a small book, or breaks a law on it.

    Raises
    ------
    ScenarioInvalid
    """
    book = Orders.of(side=[1, 1, -1, -1], energy=[700, 300, 400, 900], price=[300_000, 90_000, 80_000, 100_000])
    for orders in (Orders.of([], [], []), book.take(book.bids), book):
        found = _called(partial(rule, orders), kind, name)
        _check_kind(found, Clearing, kind, name)
        for column in ("energy", "payment"):
            _check_whole(getattr(found, column), len(orders), kind, name, f"{column} of its clearing")
        try:
            clear(orders, rule)
        except LawBroken as error:
            _refuse(kind, name, str(error), "a rule that keeps the laws of every market")


def try_strategy(rule: Any, kind: str, name: str) -> None:
    """Refuse a strategy that does not give orders of those whose they are.

    Raises
    ------
    ScenarioInvalid
    """
    power, worth = np.array([1.5, -2.0, 0.0]), np.array([150_000, 120_000, 0])
    known = Known.of(
        (0, 0.25, 300_000, 80_000, 100_000), agent=np.array([4, 7, 9], np.int32), bus=np.array([1, 2, 2], np.int32), net=power,
        low=np.array([-1.0, 0.0, 0.0]), high=np.array([1.0, 0.5, 0.0]), luck=np.full((2, 3), 0.5), charge_worth=worth,
        discharge_cost=worth + 9_000, arrival=np.arange(3),
    )  # fmt: skip
    found = _called(partial(rule, known), kind, name)
    _check_kind(found, Orders, kind, name)
    for column, values in found.columns().items():
        _check_whole(values, len(found), kind, name, f"{column} of its orders")
    if not np.isin(found.agent, known.agent).all():
        _refuse(kind, name, "orders for agents that it was not asked for", "the agents of what it knows, known.agent")
    _called(found.check, kind, name)


def try_regime(rule: Any, kind: str, name: str) -> None:
    """Refuse what the DSO does if it has no outcome on a line that holds, or publishes no prices or envelopes for a home there.

    Raises
    ------
    ScenarioInvalid
    """
    one, zero = np.ones(1), np.zeros(2)
    line = Branches.lines(np.array(["line"]), np.array([0], np.int32), np.array([1], np.int32), 0.01 * one, 0.01 * one, 100 * one)
    grid = Grid("trial", Buses(np.array(["source", "home"]), np.full(2, 0.4), *[zero] * 6), line)
    usage = Usage(np.array([1], np.int32), one, 0 * one)
    nothing = GiveUps(np.zeros(0, np.int64), np.zeros(0, np.int8), np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    _check_kind(_called(partial(rule, grid, usage, Bounds(0.9, 1.1), lambda: nothing), kind, name), Outcome, kind, name)
    _try_seams(rule, grid, usage, kind, name)
    if publishes(rule):
        fee = np.full(2, 100_000)
        ahead = Ahead(grid, Bounds(0.9, 1.1), 0, 0.25, zero, usage.bus, np.ones((2, 1)), np.zeros((2, 1)), fee, fee)
        notice = _called(partial(rule.publish, ahead), kind, name)
        _check_kind(notice, Notice, kind, name)
        try:
            notice.check(2, 1)
        except LawBroken as error:
            _refuse(kind, name, f"publishes prices that are none: {error}", "whole µEUR/kWh, as p2p.operators.dso.Notice says")


def _try_seams(rule: Any, grid: Grid, usage: Usage, kind: str, name: str) -> None:
    """Refuse envelopes that are none, and contracts that let the DSO take nothing that could be taken."""
    one = np.ones(1)
    if isinstance(rule, Encloses):
        expected = Expected(usage.bus, -one, one, 0 * one, one, one)
        found = _called(partial(rule.envelopes, grid, Bounds(0.9, 1.1), expected), kind, name)
        _check_kind(found, Envelopes, kind, name)
        if len(found) != 1 or not (found.low <= 0).all() or not (found.high >= 0).all():
            _refuse(kind, name, "publishes no envelope for each home", "low, not above 0, and high, not below, of each")
    if isinstance(rule, Contracts):
        devices = Steered(usage.bus[:0], one[:0], one[:0], one[:0], np.zeros(0, np.bool_))
        connections = Connections(one, 0 * one, np.zeros(1, np.int64))
        _check_kind(_called(partial(rule.offered, connections, devices), kind, name), GiveUps, kind, name)


def try_national(rule: Any, kind: str, name: str) -> None:
    """Refuse a national market that does not say something for every interval.

    Raises
    ------
    ScenarioInvalid
    """
    clock = Clock(date(2016, 7, 4), 1)
    found = _called(partial(rule, clock, Streams(0)), kind, name)
    _check_kind(found, National, kind, name)
    if len(found) != clock.intervals:
        _refuse(kind, name, f"gives {len(found)} intervals", f"as many as the clock has, {clock.intervals}")
    for column in ("price", "imbalance_price"):
        _check_whole(getattr(found, column), len(found), kind, name, column)


def try_rulebook(rule: Any, kind: str, name: str) -> None:
    """Refuse a rulebook that gives no tariff, or lacks what settlement asks for.

    Raises
    ------
    ScenarioInvalid
    """
    found = _called(lambda: rule.tariff(np.array([50_000, -10_000])), kind, name)
    _check_kind(found, Tariff, kind, name)
    for column, values in found.columns().items():
        _check_whole(values, 2, kind, name, column)
    for lever in ("curtailment_compensation", "aggregator_commission"):
        if not isinstance(getattr(rule, lever, None), int | float):
            _refuse(kind, name, f"has no number '{lever}'", "the levers of p2p.regulation.Rulebook")


def try_forecast(rule: Any, kind: str, name: str) -> None:
    """Refuse a forecast that does not give a power for each home.

    Raises
    ------
    ScenarioInvalid
    """
    found = _called(partial(rule, np.array([1.0, -2.0]), np.array([1.5, -1.0])), kind, name)
    if not isinstance(found, np.ndarray) or found.shape != (2,) or found.dtype != np.float64 or not np.isfinite(found).all():
        _refuse(kind, name, f"gives {_what(found)}", "a float64 array, a power a home")


def _called(call: Callable[[], Any], kind: str, name: str) -> Any:
    try:
        return call()
    except InputError as error:
        _refuse(kind, name, str(error), "")
    except WRONG as error:
        _refuse(kind, name, f"fails when it is called: {type(error).__name__}: {error}", "")


def _check_kind(found: Any, wanted: type, kind: str, name: str) -> None:
    if not isinstance(found, wanted):
        _refuse(kind, name, f"gives {_what(found)}", f"{wanted.__module__}.{wanted.__name__}")


def _check_whole(values: Any, rows: int, kind: str, name: str, what: str) -> None:
    if not isinstance(values, np.ndarray) or values.shape != (rows,) or values.dtype.kind != "i":
        _refuse(kind, name, f"{what} is {_what(values)}", f"{rows} whole numbers, an int64 array")


def _what(found: Any) -> str:
    if isinstance(found, np.ndarray):
        return f"an array of {found.dtype}, shape {found.shape}"
    return "nothing" if found is None else f"a {type(found).__name__}"


def _refuse(kind: str, name: str, what: str, allowed: str) -> None:
    raise ScenarioInvalid(Fault(kind, f"'{name}' {what}", allowed))
