"""What stands at the top: the scenario in brief, headline numbers, indicators."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from p2p.kpis.energy import consumption
from p2p.plots.flows import band
from p2p.plots.homes import change
from p2p.plots.market import local_price
from p2p.plots.words import DAYS, MONTHS, energy, money, number

if TYPE_CHECKING:
    from p2p.results import Results


class Card(NamedTuple):
    """A headline number: what it is, its value, and a word on it."""

    label: str
    value: str
    note: str


class Indicator(NamedTuple):
    """A row of the table of indicators; `verdict` says whether the local market made it better, "" where that means nothing."""

    number: str
    name: str
    unit: str
    formula: str
    value: float | None
    reference: float | None
    change: float | None
    verdict: str


def brief(results: Results) -> dict[str, str]:
    """The scenario in a few lines."""
    scenario = results.run["scenario"]
    clock, start = scenario["clock"], date.fromisoformat(str(scenario["clock"]["start"]))
    days = f"{clock['days']} day{'s' * (clock['days'] != 1)}"
    homes, pv, battery = len(results.bills["agent"]), *(int((results.bills[column] > 0).sum()) for column in ("pv_kw", "battery_kwh"))
    return {
        "Homes": f"{homes}, {pv} with photovoltaics, {battery} with a battery",
        "Grid": grid_name(scenario["grid"]),
        "Time": f"{days} from {DAYS[start.weekday()]} {start.day} {MONTHS[start.month - 1]} {start.year}, by {clock['interval_minutes']} minutes",
        "Local market": str(scenario["market"]["mechanism"]),
        "Grid operator": str(scenario["dso"]["regime"]),
        "National price": str(scenario["national"]["prices"]),
        "Rulebook": str(scenario["regulation"]["regime"]),
        "Seed": str(results.run["seed"]),
    }


def grid_name(section: dict[str, Any]) -> str:
    """Which grid it is, and where it comes from."""
    for source, words in (("simbench", "SimBench"), ("case", "pandapower's"), ("pandapower", "file"), ("matpower", "MATPOWER file")):
        if section.get(source):
            return f"{words} {section[source]}"
    return "SimBench 1-LV-rural3--0-sw"


def cards(results: Results) -> list[Card]:
    """The headline numbers."""
    return [*_money_cards(results), *_market_cards(results), *_grid_cards(results)]


def _money_cards(results: Results) -> list[Card]:
    more = change(results)
    if more is None or results.reference is None:
        return [
            Card(
                "All homes pay",
                f"{money(float(results.bills['total_neur'].sum()) * 1e-9)} EUR",
                "no run without a local market to compare with",
            )
        ]
    total, without = float(more.sum()), float(results.reference.bills["total_neur"].sum()) * 1e-9
    share = f"{number(abs(100 * total / without))} % of {money(without)} EUR without the local market" if without else "bills were nil"
    return [
        Card("All homes save" if total <= 0 else "All homes pay more", f"{money(abs(total))} EUR", share),
        Card("Homes that pay less", f"{int((more < 0).sum())} of {len(more)}", f"{int((more > 0).sum())} pay more"),
    ]


def _market_cards(results: Results) -> list[Card]:
    traded, used, table = results.total("traded_wh"), consumption(results), results.intervals
    share = f"{number(100 * traded / used)} % of the consumption" if used > 0 else "no load"
    found = [Card("Traded locally", energy(traded), share)]
    if traded:
        feed_in, retail = (number(float(np.mean(table[f"{name}_eur_per_mwh"]))) for name in ("feed_in", "retail"))
        found.append(Card("Mean local price", f"{number(local_price(results))} EUR/MWh", f"feed-in {feed_in}, retail {retail}"))
    own = results.kpis.get("K1_self_sufficiency")
    if own and own["value"] is not None:
        before = own.get("reference")
        found.append(
            Card("Self-sufficiency", f"{number(own['value'])} %", "" if before is None else f"{number(before)} % without the local market")
        )
    return found


def _grid_cards(results: Results) -> list[Card]:
    table = results.intervals
    if not np.isfinite(table["voltage_min_pu"]).any():
        return [Card("Power flow", "no solution", "in any interval")]
    low, high = float(np.nanmin(table["voltage_min_pu"])), float(np.nanmax(table["voltage_max_pu"]))
    limits = band(results)
    found = [
        Card("Voltages", f"{low:.3f}–{high:.3f} p.u.", f"limits {limits[0]:g} and {limits[1]:g}"),
        Card("Highest loading", f"{number(float(np.nanmax(table['loading_max_percent'])))} %", _loading_without(results)),
    ]
    curtailed = results.total("held_back_wh") + results.total("unserved_wh")
    broken = int((~table["held"]).sum())
    note = "the grid held in every interval" if not broken else f"a limit was broken in {number(broken, 6)} intervals all the same"
    return [*found, Card("Taken back by the DSO", energy(curtailed) if curtailed else "nothing", note)]


def _loading_without(results: Results) -> str:
    before = None if results.reference is None else results.reference.intervals["loading_max_percent"]
    return (
        "of a rating"
        if before is None or not np.isfinite(before).any()
        else f"{number(float(np.nanmax(before)))} % without the local market"
    )


def indicators(results: Results) -> list[Indicator]:
    """All indicators of kpis.json, in its order."""
    return [_indicator(kpi) for kpi in results.kpis.values()]


def _indicator(kpi: dict[str, Any]) -> Indicator:
    value, reference = kpi["value"], kpi.get("reference")
    moved = None if value is None or reference is None else value - reference
    verdict = ""
    if moved and abs(moved) > 1e-6 * abs(reference or 0.0) and kpi["better"] in ("higher", "lower"):
        verdict = "better" if (moved > 0) == (kpi["better"] == "higher") else "worse"
    return Indicator(kpi["id"], kpi["name"], kpi["unit"], kpi["formula"], value, reference, moved, verdict)
