"""The table of homes: what each pays with and without the local market."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from p2p.plots.homes import change

if TYPE_CHECKING:
    from p2p.results import Results

MOST_SHOWN = 300


class Home(NamedTuple):
    """A row; without and change are None where there was no run without a local market. Bills in EUR, energy in kWh."""

    name: str
    bus: str
    pv_kw: float
    battery_kwh: float
    strategy: str
    aggregator: str
    bill: float
    without: float | None
    change: float | None
    percent: float | None
    bought_kwh: float
    sold_kwh: float


class Homes(NamedTuple):
    """The rows shown, those who gain most first, and how many homes there are."""

    shown: list[Home]
    total: int


def households(results: Results) -> Homes:
    """Every home; of more than 300 the half who gain most and the half who lose most."""
    bills, more = results.bills, change(results)
    order = np.argsort(bills["total_neur"] if more is None else more, kind="stable")
    if len(order) > MOST_SHOWN:
        order = np.concatenate((order[: MOST_SHOWN // 2], order[-MOST_SHOWN // 2 :]))
    return Homes([_home(results, row, None if more is None else float(more[row])) for row in order.tolist()], len(bills["agent"]))


def _home(results: Results, row: int, more: float | None) -> Home:
    bills = results.bills
    bill = float(bills["total_neur"][row]) * 1e-9
    without = None if more is None else bill - more
    percent = 100 * more / abs(without) if more is not None and without else None
    return Home(
        str(bills["agent"][row]),
        str(bills["bus"][row]),
        float(bills["pv_kw"][row]),
        float(bills["battery_kwh"][row]),
        str(bills["strategy"][row]),
        str(bills["aggregator"][row]),
        bill,
        without,
        more,
        percent,
        float(bills["bought_wh"][row]) / 1000,
        float(bills["sold_wh"][row]) / 1000,
    )
