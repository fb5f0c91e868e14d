"""A run in which some homes are played from outside: what they observe, and what an interval costs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from p2p.base.columns import Floats, Ints
from p2p.base.errors import Fault, InputError, nearest
from p2p.base.streams import Streams
from p2p.base.units import WH_PER_KWH, price
from p2p.behaviour.needs import needs
from p2p.build.build import build, read_scenario
from p2p.env.played import TRUTHFUL, Played, flexible
from p2p.markets.day.clear import DayMechanism
from p2p.model import ExchangeModel, Setup
from p2p.orders import Known
from p2p.results import Record
from p2p.results.tables import AGENT_SUMS
from p2p.scenario import Scenario

if TYPE_CHECKING:
    from p2p.regulation import Tariff
    from p2p.results import Recorder

__all__ = ["EPISODES", "OBSERVED", "TRUTHFUL", "Play"]

EPISODES = ("run", "day")
"""An episode is the scenario's whole run, or a day of it: then the next one goes on where it ended."""

OBSERVED = (
    "sine of the time of day",
    "cosine of the time of day",
    "load less own generation, forecast [kW]",
    "bid if truthful [kW]",
    "of it, what devices could do without [kW]",
    "offered if truthful [kW]",
    "of it, what devices could do without [kW]",
    "mean limit of such bids [100 EUR/MWh]",
    "mean limit of such offers [100 EUR/MWh]",
    "the retailer's price, all told [100 EUR/MWh]",
    "the retailer's price for feeding in [100 EUR/MWh]",
    "fees on a kWh bought locally [100 EUR/MWh]",
    "mean price of the last interval with trade [100 EUR/MWh]",
    "traded in the last interval, a home [kW]",
    "share of the own bids that was accepted then",
    "share of the own offers that was accepted then",
)
"""What a home that is played sees: its own state, and what is public. Values are clipped to `MOST`."""

MOST = 1000.0
DISCOMFORT = 1.0, 0.1
HUNDRED = price(100.0)


class Last:
    """A recorder that keeps the last interval alone."""

    record: Record

    def append(self, interval: int, record: Record) -> None:
        """Keep an interval in place of the one before."""
        self.record = record

    def reprice(self, first: int, tariff: Tariff) -> None:
        """Prices that were published anew; homes see them in time."""


class Play:
    """A run in which some homes are played from outside, interval by interval.

    scenario : a scenario, the path of one, or None for the default.
    agents : names or numbers of the homes that are played; None for all.
    episode : a word in `EPISODES`.
    discomfort : price of a kWh that was needed and did not come [EUR/kWh], and of a degree outside of the comfort band for an
        hour [EUR/(K·h)]. (assumption)

    Raises
    ------
    InputError
        The scenario is wrong, has no such homes, or its market is held once a day, so that there is nothing to play.
    """

    def __init__(
        self,
        scenario: Scenario | str | Path | None,
        agents: Sequence[str | int] | None,
        episode: str = "run",
        discomfort: tuple[float, float] = DISCOMFORT,
    ) -> None:
        if episode not in EPISODES:
            raise InputError(Fault("episode", f"'{episode}'", f"allowed: {', '.join(EPISODES)}"))
        folder = Path()
        if not isinstance(scenario, Scenario):
            scenario, folder = read_scenario(None if scenario is None else Path(scenario))
        setup = build(scenario, folder)
        if isinstance(setup.mechanism, DayMechanism):
            raise InputError(Fault("market.mechanism", "is held once a day", "a rule that clears each interval by itself"))
        self.names: list[str] = setup.fleet.prosumers.name.tolist()
        self.homes = rows_of(self.names, agents)
        self.agents = [self.names[home] for home in self.homes]
        self._played = Played(self.homes)
        self._setup = with_played(setup, self._played)
        self._day_ends = frozenset(setup.clock.day_start[1:].tolist())
        self._discomfort = discomfort
        self._by_day = episode == "day"
        self._seed, self._episodes = setup.scenario.seed, 0
        self._model: ExchangeModel | None = None
        self._last = Last()

    def begin(self, seed: int | None = None) -> Floats:
        """[n, OBSERVED] what the homes see when an episode begins.

        A run that begins anew has the same homes and weather, and the luck of its seed: the scenario's own for the first, then
        one of each episode's own.
        """
        if seed is not None or self._model is None or not self._by_day or not self._model.running:
            if seed is not None:
                self._seed, self._episodes = seed, 0
            own = self._seed if self._episodes == 0 else Streams(self._seed).number("episode", self._episodes)
            self._model = ExchangeModel(replace(self._setup, streams=Streams(own)), cast("Recorder", self._last))
            self._played.forget()
        self._episodes += 1
        return self._observed()

    def step(self, actions: Floats) -> tuple[Floats, Floats, bool]:
        """An interval in which the homes take their actions.

        Parameters
        ----------
        actions : [n, 4] in [-1, 1], see `played.changed`.

        Returns
        -------
        [n, OBSERVED] what they see then; [n] what it brought: minus the bill of the interval and the
        price of what its people went without [EUR]; whether the episode is over.
        """
        model = self._model
        if model is None or not model.running:
            raise InputError(Fault("step", "the episode is over", "reset first"))
        self._played.actions[:] = actions
        ExchangeModel.step(model, self._at)
        record = self._last.record
        missed, outside = (record.sums[AGENT_SUMS.index(name), self.homes] / 1_000 for name in ("missed_wh", "discomfort_mkh"))
        reward = -record.dues[:, self.homes].sum(axis=0) / 1e9 - self._discomfort[0] * missed - self._discomfort[1] * outside
        over = not model.running or (self._by_day and model.interval in self._day_ends)
        return self._observed(), reward, over

    @property
    def interval(self) -> int:
        """The interval that comes."""
        return 0 if self._model is None else self._model.interval

    def bought(self) -> Floats:
        """[n] what each home bought in the local market in the last interval; sold is negative. [kWh]"""
        return np.asarray(self._last.record.sums[AGENT_SUMS.index("traded_wh"), self.homes] / WH_PER_KWH, np.float64)

    def _heard(self) -> Floats:
        """[4, n] what was published of the last interval, and what became of the own orders."""
        played, homes, hours = self._played, len(self.names), self._setup.clock.hours
        public = np.array([played.price / HUNDRED, played.traded / WH_PER_KWH / hours / homes])
        return np.concatenate((np.tile(public[:, None], len(self.homes)), played.accepted))

    def _observed(self) -> Floats:
        model = self._model
        assert model is not None
        if model.running:
            self._at = model.situation()
            self._own = seen(self._at.known.take(self.homes), self._time_of_day(model.interval))
        both = np.concatenate((self._own, self._heard())).T
        return np.clip(both, -MOST, MOST)

    def _time_of_day(self, interval: int) -> float:
        """In full turns of the clock."""
        local = self._setup.clock.local[interval]
        return float((local - local.astype("datetime64[D]")) / np.timedelta64(86_400, "s"))


def seen(known: Known, time_of_day: float) -> Floats:
    """[OBSERVED less what was heard, n] what homes see of themselves and of prices."""
    wanted = needs(known)
    free, buys = flexible(known, wanted), wanted.side > 0
    kwh = wanted.energy / WH_PER_KWH
    turn = 2 * np.pi * time_of_day
    rows = [np.full(len(known), value) for value in (np.sin(turn), np.cos(turn))]
    rows.append(known.net)
    for side in (buys, ~buys):
        rows += [kwh[side].sum(axis=0) / known.hours, (kwh * free)[side].sum(axis=0) / known.hours]
    for side in (buys, ~buys):
        amount = (kwh * free)[side]
        rows.append((amount * wanted.limit[side]).sum(axis=0) / np.maximum(amount.sum(axis=0), 1e-9) / HUNDRED)
    rows += [np.full(len(known), value / HUNDRED) for value in (known.retail, known.feed_in, known.fees)]
    return np.stack(rows)


def rows_of(names: Sequence[str], agents: Sequence[str | int] | None) -> Ints:
    """[n] the rows of homes, ascending.

    Raises
    ------
    InputError
        A home that there isn't, or one named twice.
    """
    if agents is None:
        return np.arange(len(names))
    faults, rows = [], []
    for agent in agents:
        if isinstance(agent, str) and agent not in names:
            faults.append(Fault("agent", f"'{agent}' is no home", nearest(agent, names)))
        elif not isinstance(agent, str) and not 0 <= agent < len(names):
            faults.append(Fault("agent", f"{agent} is no home", f"0 to {len(names) - 1}"))
        else:
            rows.append(names.index(agent) if isinstance(agent, str) else int(agent))
    if len(set(rows)) < len(rows) or not (rows or faults):
        faults.append(Fault("agents", "a home twice, or none", "each home once"))
    if faults:
        raise InputError(faults)
    return np.array(sorted(rows))


def with_played(setup: Setup, played: Played) -> Setup:
    """The same setup, with some homes played."""
    prosumers = setup.fleet.prosumers
    strategy = prosumers.strategy.copy()
    strategy[played.homes] = len(setup.strategies)
    fleet = replace(setup.fleet, prosumers=prosumers.replace(strategy=strategy))
    return replace(setup, fleet=fleet, strategies=(*setup.strategies, played))


def whole(actions: npt.ArrayLike) -> Floats:
    """An action as floats; whatever is no number stands for the middle."""
    return np.nan_to_num(np.asarray(actions, np.float64))
