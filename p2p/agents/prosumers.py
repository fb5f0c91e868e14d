"""Prosumers in cohorts: all who decide by one strategy, or any part of them, down to one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import mesa
import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.behaviour import Learner, Strategy
from p2p.behaviour.ahead import Ahead, Moment, Planner
from p2p.devices import Fleet
from p2p.devices.worth import Worth
from p2p.orders import Clearing, Known, Orders
from p2p.orders.published import Aftermath


class Cohort(mesa.Agent):  # type: ignore[misc]
    """Prosumers of one strategy. Rows never read other rows, so any split into cohorts gives the same results.

    rows : [n] rows of the population, ascending.
    """

    def __init__(self, model: mesa.Model, strategy: Strategy, rows: Ints) -> None:
        super().__init__(model)
        self.strategy = strategy
        self.rows = rows
        self.learner = strategy if isinstance(strategy, Learner) else None
        self.planner = strategy if isinstance(strategy, Planner) else None
        self.plan: Any = None
        self.planned_at = -1
        self.memory = None if self.learner is None else self.learner.start(len(rows))

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> Prosumer:
        """One of them, as an object that stores nothing."""
        return Prosumer(self.model.setup.fleet, int(self.rows[place]))

    @cached_property
    def devices(self) -> dict[str, Ints]:
        """[d] the rows of its own devices of each kind of which it has any."""
        own = {name: np.flatnonzero(np.isin(kind.owner, self.rows)) for name, kind in self.model.setup.fleet.flexible.items()}
        return {name: rows for name, rows in own.items() if len(rows)}

    def make_plan(self, ahead: Ahead, interval: int) -> None:
        """Plan anew, if its strategy plans."""
        if self.planner is not None:
            self.plan, self.planned_at = self.planner.plan(ahead), interval

    def appraise(self, now: Moment) -> Mapping[str, Worth]:
        """What its devices' power is worth by its plan; nothing if its strategy does not plan."""
        return {} if self.planner is None else self.planner.appraise(self.plan, now)

    def intends(self, interval: int) -> Mapping[str, Floats]:
        """[T, d] what its devices are planned to do from an interval on, by kind; nothing if its strategy does not plan. [kW]"""
        return {} if self.planner is None else self.planner.intends(self.plan, interval - self.planned_at)

    def quote(self, known: Known) -> Orders:
        """What the cohort orders, from what each of its rows knows, and remembers if its strategy learns."""
        own = known.take(self.rows)
        return self.strategy(own) if self.learner is None else self.learner(own, self.memory)

    def learn(self, known: Known, orders: Orders, clearing: Clearing, after: Aftermath | None = None) -> None:
        """Remember what came of its orders, if its strategy learns.

        orders, clearing : of all cohorts, and what stands of the clearing after delivery.
        after : what else is known then, of all homes; each sees its own rows and what is public.
        """
        if self.learner is not None:
            own = np.flatnonzero(np.isin(orders.agent, self.rows))
            got = clearing.energy[own], clearing.payment[own]
            seen = None if after is None else after.take(own, self.rows)
            self.memory = self.learner.learn(self.memory, known.take(self.rows), orders.take(own), *got, seen)


@dataclass(frozen=True)
class Prosumer:
    """A row of the population, looked at as one home."""

    fleet: Fleet
    row: int

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.fleet.prosumers.name[self.row])

    @property
    def pv_kw(self) -> float:
        """Its photovoltaics. [kW]"""
        return float(self.fleet.pv.rated[self.fleet.pv.owner == self.row].sum())

    @property
    def devices(self) -> dict[str, int]:
        """How many flexible devices of each kind it has; kinds of which it has none are left out."""
        counts = {name: int(np.sum(rows.owner == self.row)) for name, rows in self.fleet.flexible.items()}
        return {name: count for name, count in counts.items() if count}

    @property
    def battery_kwh(self) -> float:
        """Its storage. [kWh]"""
        return float(self.fleet.battery.capacity[self.fleet.battery.owner == self.row].sum())
