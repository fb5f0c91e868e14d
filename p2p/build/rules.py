"""Names in a scenario to rules, with their parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

from p2p.base.errors import Fault, InputError, ScenarioInvalid, nearest
from p2p.base.registry import named
from p2p.behaviour import FORECASTS, STRATEGIES
from p2p.markets import MECHANISMS
from p2p.operators import NATIONAL
from p2p.operators.dso import DSO_REGIMES
from p2p.regulation import REGIMES
from p2p.scenario import Scenario


def parameters(rule: Any) -> dict[str, Any]:
    """The parameters of a rule and their defaults."""
    if not is_dataclass(rule):
        return {}
    return {field.name: field.default for field in fields(rule) if field.init and field.default is not MISSING}


def made(rule: Any, given: Mapping[str, Any], where: str, known: Iterable[str] = ()) -> Any:
    """The rule with the parameters that it has of those given.

    Parameters
    ----------
    given : keys and values of the scenario's table.
    where : the table, for the message.
    known : keys that are fine although this rule has no use for them: those of its rivals, so that one key of a
        scenario can be varied alone.

    Raises
    ------
    ScenarioInvalid
        A key that nobody has, or a value of another type than the default.
    """
    own = parameters(rule)
    faults = [
        Fault(f"{where}.{key}", "unknown key", nearest(key, {*own, *known}) if own or known else "this rule has no parameters")
        for key in given
        if key not in own and key not in known
    ]
    chosen = {key: value for key, value in given.items() if key in own}
    for key, value in chosen.items():
        wanted = float if isinstance(own[key], float) else type(own[key])
        if isinstance(value, bool) != (wanted is bool) or not isinstance(value, (int, float) if wanted is float else wanted):
            faults.append(Fault(f"{where}.{key}", f"{value!r} is no {wanted.__name__}", f"for example {own[key]!r}"))
    if faults:
        raise ScenarioInvalid(faults)
    return rule(**{key: float(value) if isinstance(own[key], float) else value for key, value in chosen.items()})


class Rules:
    """All rules that a scenario names; built in one go, so that all wrong names are reported together."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self._faults: list[Fault] = []
        self._folder = folder
        market = scenario.market.model_extra or {}
        levers = scenario.regulation.model_extra or {}
        rivals = {key for rule in MECHANISMS.values() for key in parameters(rule)}
        self.mechanism = self._rule(MECHANISMS, scenario.market.mechanism, "market.mechanism", market, "market", rivals)
        self.strategies = tuple(self._rule(STRATEGIES, name, "population.strategies") for name in scenario.population.strategies)
        self.forecast = self._try(lambda: named(FORECASTS, scenario.population.forecast, "population.forecast", folder))
        self.regime = self._rule(DSO_REGIMES, scenario.dso.regime, "dso.regime")
        self.rulebook = self._rule(REGIMES, scenario.regulation.regime, "regulation.regime", levers, "regulation")
        self.rulebook_choices()
        self.national_file: Path | None = None
        self.national: Any = None
        prices = scenario.national.prices
        if prices in NATIONAL:
            self.national = NATIONAL[prices]()
        elif Path(prices).suffix in (".csv", ".parquet", ".txt"):
            self.national_file = folder / prices
        else:
            self.national = self._try(lambda: named(NATIONAL, prices, "national.prices", folder)())
        self._check_shares(scenario)
        if self._faults:
            raise ScenarioInvalid(self._faults)

    def rulebook_choices(self) -> None:
        """The levers that are words have few values."""
        for lever in ("retail", "feed_in"):
            value = getattr(self.rulebook, lever, "indexed")
            if value not in ("indexed", "fixed"):
                self._faults.append(Fault(f"regulation.{lever}", f"'{value}'", "allowed: indexed, fixed"))

    def _check_shares(self, scenario: Scenario) -> None:
        k = getattr(self.mechanism, "k", None)
        if isinstance(k, int | float) and not 0 <= k <= 1:
            self._faults.append(Fault("market.k", f"{k}", "0 to 1"))

    def _rule(
        self,
        registry: Mapping[str, Any],
        name: str,
        kind: str,
        given: Mapping[str, Any] | None = None,
        where: str = "",
        known: Iterable[str] = (),
    ) -> Any:
        return self._try(lambda: made(named(registry, name, kind, self._folder), given or {}, where, known))

    def _try(self, look_up: Callable[[], Any]) -> Any:
        try:
            return look_up()
        except InputError as error:
            self._faults.extend(error.faults)
            return None
