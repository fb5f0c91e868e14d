"""What prosumers with foresight see of the time ahead, and of the moment in which their devices are valued."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from p2p.base.columns import Floats, Ints
from p2p.devices.stores import Stores
from p2p.devices.worth import Worth
from p2p.orders import Known, Orders


@dataclass(frozen=True, slots=True)
class Ahead:
    """What n prosumers know of the T intervals ahead when they plan.

    hours:   length of an interval [h]
    net:     [T, n] what each expects to draw less what it generates, without its flexible devices [kW]
    retail, feed_in, fees: [T] prices of a kWh from and to the retailer, and the fees on a local one, as far as they are published,
        and as each expects them beyond that [µEUR/kWh]
    home:    of each kind of device that can be planned, [D] the place among the n prosumers of each device's owner
    stores:  of each of those kinds, its D devices as stores over the T intervals
    """

    hours: float
    net: Floats
    retail: Floats
    feed_in: Floats
    fees: Floats
    home: Mapping[str, Ints]
    stores: Mapping[str, Stores]


@dataclass(frozen=True, slots=True)
class Moment:
    """The interval for which devices are valued.

    since:   intervals since the plan was made
    net:     [n] forecast of load less generation, without flexible devices [kW]
    stores:  of each kind that can be planned, its devices as stores over this interval alone
    span:    of each of those kinds, [D] lowest and highest power [kW]
    """

    since: int
    net: Floats
    stores: Mapping[str, Stores]
    span: Mapping[str, tuple[Floats, Floats]]


@runtime_checkable
class Planner(Protocol):
    """A strategy with foresight: it plans, and values what its devices can do by that plan.

    Each row plans for itself alone.

    replans : hours from one plan to the next; at midnight there is one in any case.
    """

    @property
    def replans(self) -> float: ...  # noqa: D102

    def plan(self, ahead: Ahead) -> Any:
        """The plan of n prosumers."""

    def appraise(self, plan: Any, now: Moment) -> Mapping[str, Worth]:
        """What the power of each device is worth in an interval, by the plan; kinds left out keep their unplanned worth."""

    def intends(self, plan: Any, since: int) -> Mapping[str, Floats]:
        """[T, D] of each kind, the power that is planned from so many intervals after the plan was made on; T as far as it goes. [kW]

        Only devices that fix ahead of time what they do are held to it.
        """

    def __call__(self, known: Known) -> Orders:
        """The orders of n prosumers, whose `known` holds the planned worth."""
