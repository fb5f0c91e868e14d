"""Indicators of the local market: what it brings, who rules it, what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from p2p.base.units import eur
from p2p.kpis.energy import consumption

if TYPE_CHECKING:
    from p2p.results import Results


def welfare(results: Results) -> float:
    """Gains from trade, less the losses at the national price and what load was not served (K3). [EUR]

    Buyers' value and sellers' cost are their limits, so strategic bids are taken at their word.
    """
    table = results.intervals
    losses = float((table["losses_wh"] * table["national_price_eur_per_mwh"]).sum()) * 1e-6
    lost_load = float(results.run["scenario"]["dso"]["value_of_lost_load"]) * results.total("unserved_wh") * 1e-6
    return eur(results.total("welfare_neur")) - losses - lost_load


def budget(results: Results) -> float:
    """What the market operator takes in less what it pays out (K36). [EUR]"""
    return eur(results.total("budget_neur"))


def hhi(results: Results) -> float | None:
    """Herfindahl-Hirschman index of energy sold (K16); an aggregator counts as one. [0 to 1]"""
    bills = results.bills
    sold = bills["sold_wh"].astype(np.float64)
    if sold.sum() == 0:
        return None
    pool = bills["aggregator"].astype(str)
    pooled = [sold[pool == name].sum() for name in np.unique(pool) if name]
    shares = np.array([*sold[pool == ""], *pooled]) / sold.sum()
    return float((shares**2).sum())


def pivotal(results: Results) -> float | None:
    """Share of the intervals with trade in which demand can't be met without the largest seller (K16). [%]"""
    table = results.intervals
    trading = table["traded_wh"] > 0
    if not trading.any():
        return None
    rest = (table["offered_wh"] - table["largest_offer_wh"])[trading]
    return 100 * float(np.mean(rest < table["bid_wh"][trading]))


def residual_supply(results: Results) -> float | None:
    """Residual supply index of the largest seller, weighted by demand, over the intervals with trade (K16). [times demand]

    Below 1 the others could not meet demand. Prices play no part: offers beyond what anybody would pay count as supply.

    References
    ----------
    A. Y. Sheffrin, "Predicting market power using the residual supply index", FERC Market Monitoring Workshop, 2002.
    """
    table = results.intervals
    trading = table["traded_wh"] > 0
    if not trading.any():
        return None
    rest = (table["offered_wh"] - table["largest_offer_wh"])[trading]
    return float(rest.sum() / table["bid_wh"][trading].sum())


def sold_twice(results: Results) -> float | None:
    """Share of what homes offered that they had sold before, or did not have: it was refused (K27). [%]

    What the grid operator held back counts, too, where the local market had it for sold.
    """
    refused = results.total("refused_wh")
    asked = results.total("offered_wh") + refused
    return 100 * refused / asked if asked > 0 else None


def traded_share(results: Results) -> float | None:
    """Share of the consumption that was bought locally (K37). [%]"""
    used = consumption(results)
    return 100 * results.total("traded_wh") / used if used > 0 else None


def local_price(results: Results) -> float | None:
    """Mean price of local energy, weighted by trade (K37). [EUR/MWh]"""
    return _weighted(results, results.intervals["price_eur_per_mwh"])


def premium(results: Results) -> float | None:
    """What sellers got above the feed-in price, weighted by trade (K37). [EUR/MWh]"""
    table = results.intervals
    return _weighted(results, table["price_eur_per_mwh"] - table["feed_in_eur_per_mwh"])


def discount(results: Results) -> float | None:
    """What buyers paid less than the retailer's kWh, all fees told, weighted by trade (K37). [EUR/MWh]"""
    table = results.intervals
    return _weighted(results, table["retail_eur_per_mwh"] - table["local_fees_eur_per_mwh"] - table["price_eur_per_mwh"])


def _weighted(results: Results, values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float | None:
    traded = results.intervals["traded_wh"]
    if traded.sum() == 0:
        return None
    there = traded > 0
    return float(np.average(values[there], weights=traded[there]))
