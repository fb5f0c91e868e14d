"""Indicators of bills: who pays how much, and how evenly the benefit is spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Flags, Floats
from p2p.base.units import eur

if TYPE_CHECKING:
    from p2p.results import Results


def mean_bill(results: Results) -> float | None:
    """Mean over all homes of what they owe (K12). [EUR]"""
    return _mean(results, np.ones(len(results.bills["total_neur"]), np.bool_))


def bill_without_pv(results: Results) -> float | None:
    """Mean bill of homes without photovoltaics or battery (K12). [EUR]"""
    return _mean(results, (results.bills["pv_kw"] == 0) & (results.bills["battery_kwh"] == 0))


def bill_with_pv(results: Results) -> float | None:
    """Mean bill of homes with photovoltaics and no battery (K12). [EUR]"""
    return _mean(results, (results.bills["pv_kw"] > 0) & (results.bills["battery_kwh"] == 0))


def bill_with_battery(results: Results) -> float | None:
    """Mean bill of homes with a battery (K12). [EUR]"""
    return _mean(results, results.bills["battery_kwh"] > 0)


def network_charges(results: Results) -> float:
    """What all homes owe the DSO for its network (K12). [EUR]"""
    return eur(results.total("network_fee_neur"))


def aggregator_profit(results: Results) -> float:
    """What aggregators keep: fees, and their part of what is gained with their members' devices (K38). [EUR]"""
    return eur(results.total("aggregator_profit_neur"))


def member_pay(results: Results) -> float:
    """What members get from their pools above their own limits, after all that they owe them (K38). [EUR]"""
    return eur(results.total("member_pay_neur"))


def benefit(results: Results) -> Floats | None:
    """[N] what each home saves against the same home without a local market. [EUR]"""
    if results.reference is None:
        return None
    saved: Floats = (results.reference.bills["total_neur"] - results.bills["total_neur"]) * 1e-9
    return saved


def gini(results: Results) -> float | None:
    """Gini coefficient of the benefit (K13); 0 is even. Where some lose, all are shifted until nobody does."""
    gains = _shifted(results)
    if gains is None:
        return None
    rank = np.arange(1, len(gains) + 1)
    return float((2 * rank - len(gains) - 1) @ np.sort(gains) / (len(gains) * gains.sum()))


def jain(results: Results) -> float | None:
    """Jain's fairness index of the benefit (K14); 1 is even. Shifted as for the Gini coefficient.

    R. Jain, D.-M. Chiu and W. Hawe, "A quantitative measure of fairness and discrimination", DEC-TR-301, 1984.
    """
    gains = _shifted(results)
    return None if gains is None else float(gains.sum() ** 2 / (len(gains) * (gains**2).sum()))


def _shifted(results: Results) -> Floats | None:
    gains = benefit(results)
    if gains is None:
        return None
    gains = gains - min(float(gains.min()), 0.0)
    return gains if gains.sum() > 0 else None


def _mean(results: Results, chosen: Flags) -> float | None:
    return eur(float(results.bills["total_neur"][chosen].mean())) if chosen.any() else None
