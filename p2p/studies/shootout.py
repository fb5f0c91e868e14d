"""The same homes, days and chance under one clearing rule after another: who gains, and what is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np

from p2p.base.columns import Floats
from p2p.base.errors import RunFailed
from p2p.kpis import KPIS
from p2p.markets.crossing import crossing
from p2p.orders import Clearing, Orders
from p2p.results import Results
from p2p.running import run_in
from p2p.scenario import Scenario


@dataclass(frozen=True)
class Outcome:
    """What came of a scenario under one rule; money in EUR, prices in EUR/MWh, energy in MWh.

    welfare : gains from trade by the limits of the orders; of_largest : as a share of what the same books could give [%]
    price, price_spread : mean of the intervals' prices and their standard deviation, weighted by trade; None without trade
    buyers, sellers, operator : who keeps the welfare
    bill : mean over the homes
    concentration : of sellers, HHI; pivotal : share of trading intervals [%]; residual_supply : mean index
    seconds : CPU time of the run
    failed : why the rule has no outcome; "" where it has one
    """

    mechanism: str
    welfare: float = 0.0
    of_largest: float | None = None
    traded: float = 0.0
    price: float | None = None
    price_spread: float | None = None
    buyers: float = 0.0
    sellers: float = 0.0
    operator: float = 0.0
    bill: float | None = None
    concentration: float | None = None
    pivotal: float | None = None
    residual_supply: float | None = None
    seconds: float = 0.0
    failed: str = ""


def shootout(
    scenario: Scenario,
    mechanisms: Sequence[str],
    out: str | Path,
    tell: Callable[[str], None] = lambda name: None,
    folder: Path | None = None,
) -> list[Outcome]:
    """Run a scenario under each rule, with common random numbers, and say what came of each.

    Parameters
    ----------
    scenario : its `market.mechanism` is varied; its orders are kept.
    mechanisms : names of rules.
    out : folder; each run's results go into one named after the rule.
    tell : called with the name of the rule that is run next.
    folder : where relative paths of the scenario start.

    Raises
    ------
    InputError
        The scenario, or a name in it, is wrong.
    """
    keep = {"orders": True, "reference": False, "report": False, "agents": "off", "grid": "off", "postings": "off"}
    outcomes: dict[str, Outcome] = {}
    tell("a day to warm up")
    with TemporaryDirectory() as warm:
        run_in(
            scenario.changed({"clock.days": 1, "results.reference": False, "results.report": False}), folder or Path(), Path(warm) / "up"
        )
    for name in mechanisms:
        tell(name)
        own = scenario.changed({"market.mechanism": name} | {f"results.{key}": value for key, value in keep.items()})
        start = process_time()
        try:
            results = run_in(own, folder or Path(), Path(out) / name)
        except RunFailed as error:
            outcomes[name] = Outcome(name, failed=str(error))
            continue
        outcomes[name] = outcome(name, results, process_time() - start)
    return [outcomes[name] for name in mechanisms]


def outcome(name: str, results: Results, seconds: float = 0.0) -> Outcome:
    """What came of a run that kept its orders."""
    orders = results.columns("orders")
    gains = orders["side"] * orders["price_ueur_per_kwh"] * orders["accepted_wh"] - orders["payment_neur"]
    table = results.intervals
    prices, traded = table["price_eur_per_mwh"], table["traded_wh"].astype(np.float64)
    there = traded > 0
    mean = float(np.average(prices[there], weights=traded[there])) if there.any() else None
    largest = _largest(orders)
    kpi = {key: KPIS[key].of(results) for key in ("bill", "hhi", "pivotal", "residual_supply")}
    welfare = results.total("welfare_neur") * 1e-9
    return Outcome(
        name,
        welfare,
        100 * welfare / largest if largest > 0 else None,
        float(traded.sum()) * 1e-6,
        mean,
        None if mean is None else float(np.sqrt(np.average((prices[there] - mean) ** 2, weights=traded[there]))),
        float(gains[orders["side"] > 0].sum()) * 1e-9,
        float(gains[orders["side"] < 0].sum()) * 1e-9,
        results.total("budget_neur") * 1e-9,
        kpi["bill"],
        kpi["hhi"],
        kpi["pivotal"],
        kpi["residual_supply"],
        seconds,
    )


def _largest(orders: dict[str, Floats]) -> float:
    """The largest welfare that the books of all intervals could give. [EUR]"""
    starts = np.flatnonzero(np.diff(orders["interval"], prepend=-1))
    total = 0
    for rows in np.split(np.arange(len(orders["side"])), starts[1:]):
        book = Orders.of(*(orders[name][rows] for name in ("side", "energy_wh", "price_ueur_per_kwh")))
        accepted, _ = crossing(book)
        total += Clearing(accepted, accepted, None).welfare(book)
    return total * 1e-9
