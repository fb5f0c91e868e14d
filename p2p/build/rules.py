"""Names in a scenario to rules, with their parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any

from p2p.base.errors import Fault, InputError, ScenarioInvalid, nearest
from p2p.base.registry import named
from p2p.base.units import MAX_PRICE, eur_per_mwh
from p2p.behaviour import FORECASTS, STRATEGIES
from p2p.behaviour.forecasts import Simple
from p2p.behaviour.switching import SWITCHINGS
from p2p.build.trial import try_forecast, try_mechanism, try_national, try_regime, try_rulebook, try_strategy
from p2p.devices import FLEXIBLE
from p2p.markets import MECHANISMS
from p2p.operators import NATIONAL
from p2p.operators.dso import DSO_REGIMES
from p2p.regulation import REGIMES
from p2p.scenario import Scenario

type Trial = Callable[[Any, str, str], None]
MOST_EUR_PER_MWH = eur_per_mwh(MAX_PRICE) / 10
PRICE_FILES = (".csv", ".parquet", ".pq", ".txt")
SHARES = ("local_network_discount", "curtailment_compensation")
"""Levers that are shares; the other numbers of a rulebook are EUR/MWh."""


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
        A key that nobody has, a value of another type than the default, or a rule that can't be made of them.
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
        if wanted is tuple:
            pair = len(own[key]) == 2
            if not _numbers(value) or (pair and len(value) != 2):
                what = "pair" if pair else "list"
                faults.append(Fault(f"{where}.{key}", f"{value!r} is no {what} of numbers", f"for example {list(own[key])}"))
            continue
        if isinstance(value, bool) != (wanted is bool) or not isinstance(value, (int, float) if wanted is float else wanted):
            faults.append(Fault(f"{where}.{key}", f"{value!r} is no {wanted.__name__}", f"for example {own[key]!r}"))
        elif wanted is float and not isfinite(value):
            faults.append(Fault(f"{where}.{key}", f"{value!r} is no number", f"for example {own[key]!r}"))
    wrong = {fault.where for fault in faults}
    good = {key: _as(own[key], value) for key, value in chosen.items() if f"{where}.{key}" not in wrong}
    try:
        found = rule(**good)
        if faults:
            raise ScenarioInvalid(faults)
        return found
    except ScenarioInvalid:
        raise
    except InputError as error:
        raise ScenarioInvalid([*faults, *(Fault(f"{where}.{fault.where}", fault.what, fault.allowed) for fault in error.faults)]) from error
    except (TypeError, ValueError) as error:
        name = getattr(rule, "__name__", repr(rule))
        raise ScenarioInvalid(Fault(where, f"'{name}' can't be made: {error}", "a class whose parameters have defaults")) from error


def _numbers(value: Any) -> bool:
    """Whether it is a list of finite numbers."""
    rows = isinstance(value, list | tuple)
    return rows and all(isinstance(end, int | float) and not isinstance(end, bool) and isfinite(end) for end in value)


def _as(default: Any, value: Any) -> Any:
    """A value of the type of the default."""
    if isinstance(default, tuple):
        return tuple(float(end) for end in value)
    return float(value) if isinstance(default, float) else value


class Rules:
    """All rules that a scenario names, and in `faults` all that is wrong with them; what is wrong is None.

    files : those that were read, the scenario's own rules
    """

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.faults: list[Fault] = []
        self.files: list[Path] = []
        self._folder = folder
        market = scenario.market.model_extra or {}
        levers = scenario.regulation.model_extra or {}
        rivals = {key for rule in MECHANISMS.values() for key in parameters(rule)}
        kind = "market.mechanism"
        self.mechanism = self._rule(MECHANISMS, scenario.market.mechanism, kind, market, "market", rivals, trial=try_mechanism)
        strategies = scenario.population.strategies
        given = scenario.population.strategies_with
        self.faults += [
            Fault(f"population.strategies_with.{name}", "is the strategy of nobody", nearest(name, strategies))
            for name in given
            if name not in strategies
        ]
        self.strategies = tuple(
            self._rule(STRATEGIES, name, "population.strategies", given.get(name), f"population.strategies_with.{name}", trial=try_strategy)
            for name in strategies
        )
        changing = scenario.switching
        given, rivals = changing.model_extra or {}, {key for rule in SWITCHINGS.values() for key in parameters(rule)}
        self.switching = self._rule(SWITCHINGS, changing.rule, "switching.rule", given, "switching", rivals)
        self.forecast = self._try(partial(self._foresight, scenario))
        given, rivals = scenario.dso.model_extra or {}, {key for rule in DSO_REGIMES.values() for key in parameters(rule)}
        self.regime = self._rule(DSO_REGIMES, scenario.dso.regime, "dso.regime", given, "dso", rivals, trial=try_regime)
        self.rulebook = self._rule(REGIMES, scenario.regulation.regime, "regulation.regime", levers, "regulation", trial=try_rulebook)
        self._check_levers()
        self.sizes = {name: self._try(partial(self._drawn, name, scenario)) for name in FLEXIBLE}
        self.national_file: Path | None = None
        self.national: Any = None
        prices = scenario.national.prices
        if Path(prices).suffix.lower() in PRICE_FILES:
            self.national_file = folder / prices
        else:
            self.national = self._rule(NATIONAL, prices, "national.prices", trial=try_national)
            self._check_no_file(scenario)

    def _foresight(self, scenario: Scenario) -> Any:
        """How homes foresee; a function of the scenario's own becomes a forecast that asks it interval by interval."""
        name, kind = scenario.population.forecast, "population.forecast"
        given = scenario.population.forecast_with
        if name in FORECASTS:
            return self._named(FORECASTS, name, kind, None, lambda rule: made(rule, given, "population.forecast_with"))
        found = self._named(FORECASTS, name, kind, try_forecast)
        return made(found, given, "population.forecast_with") if isinstance(found, type) else Simple(found)

    def _drawn(self, name: str, scenario: Scenario) -> Any:
        """How devices of a kind are drawn; three keys of batteries stand in the population's table."""
        given = dict(getattr(scenario.devices, name))
        if name == "battery":
            people = scenario.population
            elsewhere = {"capacity": "battery_kwh", "duration": "battery_hours", "efficiency": "battery_efficiency"}
            faults = [
                Fault(f"devices.battery.{key}", "stands elsewhere", f"population.{known}")
                for key, known in elsewhere.items()
                if key in given
            ]
            if faults:
                raise ScenarioInvalid(faults)
            given |= {key: getattr(people, known) for key, known in elsewhere.items()}
        return made(FLEXIBLE[name].sizes, given, f"devices.{name}")

    def _check_levers(self) -> None:
        """The levers that are words have few values, those that are numbers a range."""
        for lever, value in parameters(type(self.rulebook)).items():
            value = getattr(self.rulebook, lever)
            where = f"regulation.{lever}"
            if isinstance(value, str):
                if value not in ("indexed", "fixed"):
                    self.faults.append(Fault(where, f"'{value}'", "allowed: indexed, fixed"))
            elif lever in SHARES:
                if not 0 <= value <= 1:
                    self.faults.append(Fault(where, f"{value:g}", "0 to 1"))
            elif not abs(value) <= MOST_EUR_PER_MWH:
                self.faults.append(Fault(where, f"{value:g}", f"-{MOST_EUR_PER_MWH:,.0f} to {MOST_EUR_PER_MWH:,.0f} EUR/MWh"))

    def _check_no_file(self, scenario: Scenario) -> None:
        """What says how to read a file of prices means nothing without one."""
        for key in ("column", "unit", "time_zone"):
            if getattr(scenario.national, key) is not None:
                self.faults.append(Fault(f"national.{key}", "has no use without a file of prices", "national.prices, a file"))

    def _rule(
        self,
        registry: Mapping[str, Any],
        name: str,
        kind: str,
        given: Mapping[str, Any] | None = None,
        where: str = "",
        known: Iterable[str] = (),
        trial: Trial | None = None,
    ) -> Any:
        return self._try(lambda: self._named(registry, name, kind, trial, lambda rule: made(rule, given or {}, where or kind, known)))

    def _named(
        self, registry: Mapping[str, Any], name: str, kind: str, trial: Trial | None, make: Callable[[Any], Any] = lambda rule: rule
    ) -> Any:
        """The rule of a name; one of the scenario's own is tried out before anyone relies on it."""
        rule = make(named(registry, name, kind, self._folder))
        if name not in registry:
            self.files.append(self._folder / name.rpartition(":")[0])
            if trial is not None:
                trial(rule, kind, name)
        return rule

    def _try(self, look_up: Callable[[], Any]) -> Any:
        try:
            return look_up()
        except InputError as error:
            self.faults.extend(error.faults)
            return None
