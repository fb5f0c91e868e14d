"""Which parts of a scenario don't fit together, each right by itself."""

from __future__ import annotations

from p2p.base.errors import Fault, InputError
from p2p.build.rules import Rules
from p2p.grid import Areas, Grid, areas_of
from p2p.markets import MECHANISMS, NoMarket
from p2p.markets.day.clear import DayMechanism
from p2p.scenario import Scenario

ASKED = {
    "within_network": ("has the market cleared at a price for each place", "takes all places for one"),
    "checks_trades": ("checks each trade when it is made", "makes none before the gate has closed"),
}
"""What a regime wants of a clearing rule, and what one does that can't, by the claim that it takes."""


def misfits(scenario: Scenario, rules: Rules) -> list[Fault]:
    """What keeps market, areas, pools and the grid operator's regime from working together."""
    faults = _areas_apart(scenario, rules) if scenario.market.areas == "feeder" else []
    if isinstance(rules.mechanism, DayMechanism):
        what = f"bids or bounds curves of an interval, and {scenario.market.mechanism} clears a day"
        faults += _own_curves(scenario, what, "strategy pass_through, without devices, up_kw, down_kw and hours")
    if hasattr(rules.regime, "clear") and rules.mechanism is not None and not isinstance(rules.mechanism, NoMarket):
        faults += _market_within_the_grid(scenario, rules)
    return faults


def areas_apart(grid: Grid, source: str) -> Areas:
    """The local markets of a grid with several feeders.

    Raises
    ------
    InputError
        It has none that hangs on a transformer.
    """
    areas = areas_of(grid)
    if len(areas) == 1:
        what = f"'feeder', and no low-voltage feeder of {source} hangs on a transformer"
        raise InputError([Fault("market.areas", what, "one, or a grid with transformers to low voltage, such as 1-MVLV-rural-all-0-sw")])
    return areas


def _areas_apart(scenario: Scenario, rules: Rules) -> list[Fault]:
    """What keeps each feeder from having a market of its own."""
    faults = _own_curves(scenario, "bids one curve for homes of several local markets", "strategy pass_through, and no bounds")
    if isinstance(rules.mechanism, DayMechanism):
        what = f"'feeder' splits the book of an interval, and {scenario.market.mechanism} clears a day"
        faults.append(Fault("market.areas", what, "one"))
    if getattr(rules.regime, "needs", None) == "checks_trades":
        what = f"'feeder' splits the book, and '{scenario.dso.regime}' checks the trades of one book in their order"
        faults.append(Fault("market.areas", what, "one, or another dso.regime"))
    return faults


def _market_within_the_grid(scenario: Scenario, rules: Rules) -> list[Fault]:
    """What keeps a regime from having the market cleared within the grid; without a market it only has its last resort."""
    faults = []
    if scenario.grid.phases == "unbalanced":
        what = f"'{scenario.dso.regime}' limits orders by bus, and homes at one bus hang on different phases"
        faults.append(Fault("dso.regime", what, "curtail or none where grid.phases is unbalanced, or grid.phases = balanced"))
    if rules.regime.needs not in rules.mechanism.claims:
        fit = ", ".join(name for name, rule in MECHANISMS.items() if rules.regime.needs in rule().claims)
        wants, does = ASKED.get(rules.regime.needs, ("asks more of a rule", "doesn't do that"))
        what = f"'{scenario.dso.regime}' {wants}, and '{scenario.market.mechanism}' {does}"
        faults.append(Fault("dso.regime", what, f"market.mechanism: {fit}"))
    what = "bids one curve for homes at many buses, and the grid can't tell where it is"
    return faults + _own_curves(scenario, what, "strategy pass_through, and no bounds")


def _own_curves(scenario: Scenario, what: str, allowed: str) -> list[Fault]:
    """A fault for each aggregator that makes something of its members' orders, and doesn't pass them on as they are."""
    return [
        Fault(f"population.aggregators.{number}", what, allowed)
        for number, pool in enumerate(scenario.population.aggregators)
        if pool.strategy != "pass_through" or pool.devices or pool.up_kw is not None or pool.down_kw is not None or pool.hours < 24
    ]
