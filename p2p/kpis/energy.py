"""Indicators of energy: how much is made and used at home, and what that spares."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from p2p.devices import FLEXIBLE
from p2p.devices.flexible.generator import CO2

EMISSIONS = {"gas": 201.0 / 1.11, "diesel": 1_000 * CO2}
"""CO2 of a kWh burnt, as it is billed [g]: of natural gas by its upper heating value, which is 1.11 of the lower one (assumption); of
diesel see `generator.CO2`. Bundesamt für Wirtschaft und Ausfuhrkontrolle, "Informationsblatt CO2-Faktoren",
after tables of the Umweltbundesamt of 2020: 0.201 kg/kWh, by the lower heating value; without upstream emissions."""

if TYPE_CHECKING:
    from p2p.results import Results


def consumption(results: Results) -> float:
    """What people use: their load, and what devices draw less what they give, but for batteries and those that make power of fuel. [Wh]"""
    return results.total("load_wh") + _net(results, lambda name: name != "battery" and not FLEXIBLE[name].makes)


def generation(results: Results) -> float:
    """What is made: by sun and wind, and of fuel. [Wh]"""
    return results.total("generation_wh") - _net(results, lambda name: FLEXIBLE[name].makes)


def self_sufficiency(results: Results) -> float | None:
    """Share of the consumption that is not imported, the community net of its own exchange (K1). [%]"""
    used = consumption(results)
    imported = float(np.maximum(results.intervals["import_wh"], 0).sum())
    return 100 * (1 - imported / used) if used > 0 else None


def self_consumption(results: Results) -> float | None:
    """Share of the generation that is not exported (K2). [%]"""
    made = generation(results)
    exported = float(np.maximum(-results.intervals["import_wh"], 0).sum())
    return 100 * (1 - exported / made) if made > 0 else None


def _net(results: Results, wanted: Callable[[str], bool]) -> float:
    """What devices of some kinds draw less what they give. [Wh]"""
    if not results.has("devices"):
        return 0.0
    devices = results.columns("devices")
    chosen = np.isin(devices["device"], [name for name in FLEXIBLE if wanted(name)])
    return float((devices["drawn_wh"] - devices["given_wh"])[chosen].sum())


def curtailed(results: Results) -> float | None:
    """Share of the available generation that the DSO held back (K7). [%]"""
    held_back = results.total("held_back_wh")
    available = results.total("generation_wh") + held_back
    return 100 * held_back / available if available > 0 else None


def co2(results: Results) -> float:
    """Emissions of what is imported, at the grid's intensity, and of what devices burn; export earns no credit (K18). [t]"""
    table = results.intervals
    grams = float((np.maximum(table["import_wh"], 0) * table["co2_g_per_kwh"]).sum()) * 1e-3
    if results.has("devices"):
        devices = results.columns("devices")
        for name in (name for name, kind in FLEXIBLE.items() if kind.fuel):
            burnt = devices["fuel_wh"][devices["device"] == name]
            grams += float(burnt.sum()) * 1e-3 * EMISSIONS[FLEXIBLE[name].fuel]
    return grams * 1e-6
