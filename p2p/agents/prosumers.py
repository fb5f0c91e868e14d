"""Prosumers in cohorts: all who decide by one strategy, or any part of them, down to one."""

from __future__ import annotations

from dataclasses import dataclass

import mesa
import numpy as np

from p2p.base.columns import Ints
from p2p.behaviour import Learner, Strategy
from p2p.devices import Fleet
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
        self.memory = None if self.learner is None else self.learner.start(len(rows))

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> Prosumer:
        """One of them, as an object that stores nothing."""
        return Prosumer(self.model.setup.fleet, int(self.rows[place]))

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
    def battery_kwh(self) -> float:
        """Its storage. [kWh]"""
        return float(self.fleet.battery.capacity[self.fleet.battery.owner == self.row].sum())
