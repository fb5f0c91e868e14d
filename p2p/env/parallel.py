"""The PettingZoo environment: outside learners play several homes at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import gymnasium
import numpy as np
import numpy.typing as npt
from pettingzoo import ParallelEnv

from p2p.env.play import DISCOMFORT, Play, whole
from p2p.env.played import TRUTHFUL
from p2p.env.single import Seen, action_space, observation_space
from p2p.scenario import Scenario


def parallel_env(
    scenario: Scenario | str | Path | None = None,
    agents: Sequence[str | int] | None = None,
    episode: str = "run",
    discomfort: tuple[float, float] = DISCOMFORT,
) -> ParallelTrading:
    """The environment in which some homes, or all, are played; see `ParallelTrading`."""
    return ParallelTrading(scenario, agents, episode, discomfort)


class ParallelTrading(ParallelEnv):  # type: ignore[misc]
    """Outside learners play several homes in a run, all of them in each interval; observations, actions and rewards as in `TradingEnv`.

    scenario : a scenario, the path of one, or None for the default.
    agents : names or numbers of the homes; None for all.
    episode : "run" or "day".
    discomfort : as in `TradingEnv`.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": [], "name": "p2p_trading_v0", "is_parallelizable": True}
    render_mode = None

    def __init__(
        self,
        scenario: Scenario | str | Path | None = None,
        agents: Sequence[str | int] | None = None,
        episode: str = "run",
        discomfort: tuple[float, float] = DISCOMFORT,
    ) -> None:
        self.play = Play(scenario, agents, episode, discomfort)
        self.possible_agents = list(self.play.agents)
        self.agents: list[str] = []
        self.observation_spaces = {agent: observation_space() for agent in self.possible_agents}
        self.action_spaces = {agent: action_space() for agent in self.possible_agents}

    def observation_space(self, agent: str) -> gymnasium.Space[Seen]:
        """The space of what a home sees."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> gymnasium.Space[Seen]:
        """The space of what a home may do."""
        return self.action_spaces[agent]

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict[str, Seen], dict[str, dict[str, Any]]]:
        """What each home sees when an episode begins. seed : of all luck in the run, which then begins anew."""
        observed = self.play.begin(seed)
        self.agents = list(self.possible_agents)
        return self._each(observed.astype(np.float32)), {agent: {"interval": self.play.interval} for agent in self.agents}

    def step(
        self, actions: dict[str, npt.ArrayLike]
    ) -> tuple[dict[str, Seen], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]:
        """What each home sees after an interval, what it brought, whether it has ended (never), whether the episode is over, and
        what it bought. Who hands in no action is truthful. [EUR, kWh]"""  # fmt: skip
        chosen = np.stack([whole(actions.get(agent, TRUTHFUL)) for agent in self.possible_agents])
        observed, reward, over = self.play.step(chosen)
        bought = self.play.bought()
        about = self._each([{"interval": self.play.interval, "bought_kwh": kwh} for kwh in bought.tolist()])
        ended, truncated = dict.fromkeys(self.agents, False), dict.fromkeys(self.agents, over)
        found = self._each(observed.astype(np.float32)), self._each(reward.tolist()), ended, truncated, about
        if over:
            self.agents = []
        return found

    def _each(self, rows: Any) -> dict[str, Any]:
        """Rows by the home that they belong to."""
        return dict(zip(self.possible_agents, rows, strict=True))

    def render(self) -> None:
        """Nothing is drawn."""
