"""The Gymnasium environment: an outside learner plays one home."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium.spaces import Box

from p2p.env.play import DISCOMFORT, MOST, OBSERVED, Play, whole
from p2p.env.played import TRUTHFUL
from p2p.scenario import Scenario

type Seen = npt.NDArray[np.float32]


def observation_space() -> gymnasium.Space[Seen]:
    """Of what a home sees, see `OBSERVED`."""
    return cast("gymnasium.Space[Seen]", Box(-MOST, MOST, (len(OBSERVED),), np.float32))


def action_space() -> gymnasium.Space[Seen]:
    """Of what a home may do: how far bids, and offers, go towards the best price; how much of what need not be traded is."""
    return cast("gymnasium.Space[Seen]", Box(-1.0, 1.0, TRUTHFUL.shape, np.float32))


class TradingEnv(gymnasium.Env[Seen, Seen]):
    """An outside learner plays one home in a run; all others decide by the scenario's strategies.

    The observation is what the home knows at gate closure, and what was published of the interval before: `OBSERVED`. The
    action, in [-1, 1] each: how far its bids go from their limits to the retailer's price for feeding in; how far its
    offers go to what a kWh from the retailer costs, less local fees; how much it bids for, and how much it offers, of what
    its devices could do without. `TRUTHFUL` bids as `marginal_value`. The reward is minus the home's bill of the
    interval, and minus the price of what its people went without. [EUR] An episode is truncated when the run, or its day, is over; nothing else ends it.

    scenario : a scenario, the path of one, or None for the default.
    agent : the home, by its name or number.
    episode : "run", or "day": then a reset without a seed goes on with the next day, and after the last begins anew.
    discomfort : price of a kWh that was needed and did not come [EUR/kWh], and of a degree outside of the comfort band for an
        hour [EUR/(K·h)]. (assumption)

    Examples
    --------
    >>> import p2p
    >>> env = TradingEnv(p2p.Scenario.of({}, {"clock.days": 1, "population.households": 5}), agent="home 2")
    >>> seen, about = env.reset(seed=1)
    >>> seen.shape, env.action_space.shape
    ((16,), (4,))
    >>> env.step(TRUTHFUL)[2:4]
    (False, False)
    """

    metadata = {"render_modes": []}  # noqa: RUF012 (an instance variable to Gymnasium)

    def __init__(
        self,
        scenario: Scenario | str | Path | None = None,
        agent: str | int = 0,
        episode: str = "run",
        discomfort: tuple[float, float] = DISCOMFORT,
    ) -> None:
        self.play = Play(scenario, [agent], episode, discomfort)
        self.agent = self.play.agents[0]
        self.observation_space = observation_space()
        self.action_space = action_space()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Seen, dict[str, Any]]:
        """What the home sees when an episode begins. seed : of all luck in the run, which then begins anew."""
        super().reset(seed=seed)
        return self.play.begin(seed)[0].astype(np.float32), {"interval": self.play.interval}

    def step(self, action: npt.ArrayLike) -> tuple[Seen, float, bool, bool, dict[str, Any]]:
        """What the home sees after an interval, what it brought, False, whether the episode is over, and what it bought. [EUR, kWh]"""
        observed, reward, over = self.play.step(whole(action)[None])
        about = {"interval": self.play.interval, "bought_kwh": float(self.play.bought()[0])}
        return observed[0].astype(np.float32), float(reward[0]), False, over, about
