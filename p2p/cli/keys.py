"""Every key of a scenario: what it says, its default, and the parameters of rules."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from p2p.behaviour.switching import SWITCHINGS
from p2p.build.rules import parameters
from p2p.devices import FLEXIBLE
from p2p.markets import MECHANISMS
from p2p.operators.dso import DSO_REGIMES
from p2p.regulation import Rulebook
from p2p.scenario import Scenario
from p2p.sections import AggregatorSection


def scenario_keys() -> dict[str, str]:
    """Each key and what it may say."""
    keys: dict[str, str] = {}
    for name, field in Scenario.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            keys |= {f"{name}.{key}": _said(inner) for key, inner in section.model_fields.items()}
        else:
            keys[name] = _said(field)
    for name, kind in FLEXIBLE.items():
        del keys[f"devices.{name}"]
        elsewhere = ("capacity", "duration", "efficiency") if name == "battery" else ()
        own = {key: value for key, value in parameters(kind.sizes).items() if key not in elsewhere}
        said = _said_of_sizes(FLEXIBLE[LIKE[name]].sizes) if name in LIKE else {}
        said |= _said_of_sizes(kind.sizes)
        keys |= {f"devices.{name}.{key}": f"{said.get(key, '')} (default {_shown(value)})" for key, value in own.items()}
    keys |= {f"market.{key}": f"parameter of {', '.join(rules)}" for key, rules in _of_rules(MECHANISMS).items()}
    keys |= {f"switching.{key}": f"parameter of {', '.join(rules)}" for key, rules in _of_rules(SWITCHINGS).items()}
    keys |= {f"dso.{key}": f"parameter of {', '.join(rules)}" for key, rules in _of_rules(DSO_REGIMES).items()}
    keys |= {f"population.aggregators.{key}": _said(field) for key, field in AggregatorSection.model_fields.items()}
    return keys | {f"regulation.{key}": f"lever (default {value})" for key, value in parameters(Rulebook).items()}


FIELD = re.compile(r"^(\w+(?:, \w+)*) : (.+(?:\n    .+)*)", re.MULTILINE)
"""A field in the docstring of a kind's `Sizes`: one name or several, what it says, and the lines that go on with it."""


LIKE = {"hybrid_heat_pump": "heat_pump"}
"""Kinds of which a field that their own `Sizes` says nothing of is as in another kind's."""


def _said_of_sizes(sizes: Any) -> dict[str, str]:
    """What the docstring of a kind's `Sizes` says of each field."""
    said: dict[str, str] = {}
    for names, text in FIELD.findall(inspect.cleandoc(sizes.__doc__ or "")):
        said |= dict.fromkeys(names.split(", "), " ".join(text.split()).removesuffix("."))
    return said


def _of_rules(registry: Mapping[str, Any]) -> dict[str, list[str]]:
    """Each parameter of a registry's rules, and whose it is with which default."""
    keys: dict[str, list[str]] = {}
    for name, rule in registry.items():
        for key, value in parameters(rule).items():
            keys.setdefault(key, []).append(f"{name} (default {_shown(value)})")
    return keys


def _said(field: FieldInfo) -> str:
    default: Any = field.get_default(call_default_factory=True)
    shown = (
        [item.model_dump(exclude_unset=True) for item in default]
        if isinstance(default, tuple) and default and isinstance(default[0], BaseModel)
        else default
    )
    return f"{field.description or ''} (default {_shown(shown)})"


def _shown(default: Any) -> Any:
    """A default as a user would type it."""
    if default is None or default == "":
        return "not set"
    return list(default) if isinstance(default, tuple) else default
