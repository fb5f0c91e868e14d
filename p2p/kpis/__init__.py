"""Indicators: one function, one KPI, from the results of a run. A KPI is a function in a theme's file and a line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from p2p.kpis import comfort, energy, island, market, money, network

if TYPE_CHECKING:
    from p2p.results import Results


@dataclass(frozen=True)
class Kpi:
    """An indicator: what it is called, which way is better, and how it is worked out.

    number : the field's number for it, K1 to K38 of the project's domain list
    better : "higher", "lower" or "none"
    """

    number: str
    name: str
    unit: str
    better: str
    formula: str
    of: Callable[[Results], float | None]


KPIS: dict[str, Kpi] = {
    "self_sufficiency": Kpi("K1", "self-sufficiency", "%", "higher", "1 - Σ import / Σ consumption", energy.self_sufficiency),
    "self_consumption": Kpi("K2", "self-consumption", "%", "higher", "1 - Σ export / Σ generation", energy.self_consumption),
    "welfare": Kpi(
        "K3", "social welfare of the exchange", "EUR", "higher",
        "Σ (bid limit - offer limit) traded - losses x national price - value of lost load x unserved", market.welfare,
    ),
    "curtailed": Kpi("K7", "curtailed energy", "%", "lower", "Σ held back / Σ available generation", energy.curtailed),
    "overload": Kpi("K9", "overload", "kVAh", "lower", "Σ max(0, loading - 100 %) rating Δt over branches; loading is current over rated current", network.overload),
    "highest_loading": Kpi("K9", "highest loading", "%", "lower", "max over branches and intervals of current over rated current", network.highest_loading),
    "voltage_violation": Kpi("K10", "voltage violation", "bus-h", "lower", "Σ [v outside 0.9 to 1.1 p.u.] Δt over buses", network.voltage_violation),
    "out_of_bounds": Kpi("K10", "time outside the DSO's bounds", "%", "lower", "share of intervals with a voltage or loading beyond its bound", network.out_of_bounds),
    "tap_steps": Kpi("K10", "steps of regulated transformers", "steps", "lower", "Σ steps taken", network.tap_steps),
    "unbalance": Kpi("K10", "voltage unbalance, 95 % value", "%", "lower", "least u with max over buses of |V2| / |V1| <= u in 95 % of intervals; EN 50160 asks for 2 % at each bus", network.unbalance),
    "losses": Kpi("K11", "losses", "MWh", "lower", "Σ AC losses Δt", network.losses),
    "bill": Kpi("K12", "mean bill", "EUR", "lower", "mean over homes of all they owe", money.mean_bill),
    "bill_without_pv": Kpi("K12", "mean bill, homes with neither", "EUR", "lower", "as K12, homes with neither PV nor battery", money.bill_without_pv),
    "bill_with_pv": Kpi("K12", "mean bill, homes with PV alone", "EUR", "lower", "as K12, homes with PV and no battery", money.bill_with_pv),
    "bill_with_battery": Kpi("K12", "mean bill, homes with a battery", "EUR", "lower", "as K12, homes with a battery", money.bill_with_battery),
    "network_charges": Kpi("K12", "network charges of all homes", "EUR", "none", "Σ network fees that homes owe the DSO", money.network_charges),
    "gini": Kpi("K13", "Gini of the benefit", "0-1", "lower", "ΣΣ |b_i - b_j| / (2 n Σ b); if some lose, all b are raised by the largest loss", money.gini),
    "jain": Kpi("K14", "Jain index of the benefit", "0-1", "higher", "(Σ b)² / (n Σ b²); if some lose, all b are raised by the largest loss", money.jain),
    "hhi": Kpi("K16", "concentration of sellers (HHI)", "0-1", "lower", "Σ (share of energy sold)², by who is bound", market.hhi),
    "pivotal": Kpi("K16", "pivotal intervals", "%", "lower", "share of trading intervals with (Σ offers - largest seller's) / Σ bids < 1", market.pivotal),
    "residual_supply": Kpi("K16", "residual supply index", "times", "higher", "Σ (offers - largest seller's) / Σ bids over trading intervals", market.residual_supply),
    "co2": Kpi("K18", "CO2 of the import and of fuel", "t", "lower", "Σ import x grid intensity + Σ fuel burnt x its emission factor", energy.co2),
    "discomfort": Kpi("K22", "discomfort", "K·h", "lower", "Σ time outside the comfort band x how far", comfort.discomfort),
    "missed": Kpi("K22", "energy missed", "kWh", "lower", "Σ energy that people needed from devices and did not get", comfort.missed),
    "sold_twice": Kpi("K27", "sold twice, and refused", "%", "lower", "Σ refused, since beyond what the home can make / Σ (offered + refused)", market.sold_twice),
    "island_hours": Kpi("K30", "time lived in an island", "h", "higher", "Σ Δt cut off and not dark", island.autonomy),
    "islands_survived": Kpi("K30", "islands survived", "%", "higher", "share of islands not dark in their first interval", island.survived),
    "island_renewable": Kpi("K30", "renewable share in islands", "%", "higher", "Σ (generation + given by stores) / Σ (the same + made of fuel), while cut off", island.renewable),
    "island_unserved": Kpi("K30", "load not served in islands", "kWh", "lower", "Σ unserved while cut off", island.unserved),
    "peak_reduction": Kpi("K31", "peak reduction", "%", "higher", "1 - max |P| / max |P without local market|", network.peak_reduction),
    "budget": Kpi("K36", "budget of the market operator", "EUR", "none", "Σ payments in - out", market.budget),
    "traded_share": Kpi("K37", "local share of consumption", "%", "higher", "Σ traded / Σ consumption", market.traded_share),
    "local_price": Kpi("K37", "mean local price", "EUR/MWh", "none", "Σ price x traded / Σ traded", market.local_price),
    "premium": Kpi("K37", "premium over feed-in", "EUR/MWh", "higher", "mean local price - feed-in price, weighted by trade", market.premium),
    "discount": Kpi("K37", "discount to retail", "EUR/MWh", "higher", "retail all told - local price and local fees, weighted by trade", market.discount),
    "aggregator_profit": Kpi("K38", "profit of aggregators", "EUR", "none", "Σ fees + Σ their part of members' gains", money.aggregator_profit),
    "member_pay": Kpi("K38", "pay of members", "EUR", "higher", "Σ (limit - price) traded in pools - aggregators' profit", money.member_pay),
}  # fmt: skip


def compute(results: Results) -> dict[str, dict[str, Any]]:
    """All indicators of a run, beside those of its reference run, as kpis.json keeps them."""
    reference = results.reference
    return {
        f"{kpi.number}_{key}": {
            "id": kpi.number,
            "name": kpi.name,
            "unit": kpi.unit,
            "better": kpi.better,
            "formula": kpi.formula,
            "value": _rounded(kpi.of(results)),
            "reference": None if reference is None else _rounded(kpi.of(reference)),
        }
        for key, kpi in KPIS.items()
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 9)
