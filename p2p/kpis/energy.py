"""Indicators of energy: how much is made and used at home, and what that spares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from p2p.devices import FLEXIBLE

EMISSIONS = {"gas": 201.0 / 1.11, "diesel": 266.0}
"""CO2 of a kWh burnt, as it is billed [g]: of natural gas by its upper heating value, which is 1.11 of the lower one (assumption); of
diesel by its lower heating value, as light heating oil. Bundesamt für Wirtschaft und Ausfuhrkontrolle, "Informationsblatt CO2-Faktoren",
after tables of the Umweltbundesamt of 2020: 0.201 and 0.266 kg/kWh, by the lower heating value; without upstream emissions."""

if TYPE_CHECKING:
    from p2p.results import Results


def self_sufficiency(results: Results) -> float | None:
    """Share of the load that is not imported, the community net of its own exchange (K1). [%]"""
    load = results.total("load_wh")
    imported = float(np.maximum(results.intervals["import_wh"], 0).sum())
    return 100 * (1 - imported / load) if load > 0 else None


def self_consumption(results: Results) -> float | None:
    """Share of the generation that is not exported (K2). [%]"""
    generation = results.total("generation_wh")
    exported = float(np.maximum(-results.intervals["import_wh"], 0).sum())
    return 100 * (1 - exported / generation) if generation > 0 else None


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
