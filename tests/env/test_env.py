"""Outside learners: the official checks, and that a home that is played is otherwise like any other."""

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from pettingzoo.test import api_test, parallel_api_test
from pettingzoo.utils.conversions import parallel_to_aec

import p2p
from p2p.base.errors import InputError
from p2p.env import OBSERVED, TRUTHFUL, TradingEnv, parallel_env
from tests.running import few

HOMES = {"clock.days": 1, "population.households": 8, "population.pv": 0.6, "population.battery": 0.5}
SCENARIO = p2p.Scenario.of({}, HOMES)


@pytest.fixture(scope="module")
def env():
    return TradingEnv(SCENARIO, agent="home 2")


def episode(env, seed, actions):
    """Observations and rewards of an episode."""
    observed, _ = env.reset(seed=seed)
    seen, rewards, over = [observed], [], False
    for action in actions:
        observed, reward, ended, over, _ = env.step(action)
        seen.append(observed)
        rewards.append(reward)
        assert not ended
    return np.array(seen), np.array(rewards), over


def test_gymnasium_accepts_it(env):
    check_env(env, skip_render_check=True)


def test_pettingzoo_accepts_it():
    parallel_api_test(parallel_env(SCENARIO, ["home 2", 5]), num_cycles=120)
    parallel_api_test(parallel_env(SCENARIO), num_cycles=20)


@pytest.mark.filterwarnings("ignore:We recommend agents to be named")  # homes have the same names everywhere
def test_pettingzoo_accepts_it_turn_by_turn():
    api_test(parallel_to_aec(parallel_env(SCENARIO, ["home 2", "home 5"])), num_cycles=200)


@pytest.mark.parametrize("network", [{}, {"kind": "capacity"}, {"kind": "distance", "distance_part": 1.0}])
def test_a_truthful_home_owes_what_it_owes_in_a_run(network, tmp_path):
    """The rewards of a day in which the home that is played is truthful are minus the bill of the same home in `p2p run`."""
    homes = HOMES | {"population.strategies": {"marginal_value": 1.0}}
    homes |= {"dso.regime": "tariff", **{f"dso.{key}": value for key, value in network.items()}} if network else {}
    ordinary = few(tmp_path / "run", **{key.replace(".", "__"): value for key, value in homes.items()})
    played = TradingEnv(p2p.Scenario.of({}, homes), agent="home 2")
    seen, rewards, over = episode(played, SCENARIO.seed, [TRUTHFUL] * 96)
    assert over
    row = list(ordinary.bills["agent"]).index("home 2")
    assert round(rewards.sum() * 1e9) == -int(ordinary.bills["total_neur"][row])
    assert seen.shape == (97, len(OBSERVED))
    with pytest.raises(InputError, match="reset first"):
        played.step(TRUTHFUL)


def test_the_same_seed_and_actions_give_the_same(env):
    actions = np.random.default_rng(1).uniform(-1, 1, (30, 4))
    first, again, other = (episode(env, seed, actions) for seed in (4, 4, 5))
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0]) or not np.array_equal(first[1], other[1])


def test_actions_matter(env):
    """Who neither bids nor offers more than it must, at prices that nobody else takes, trades less than who is truthful."""
    bought = []
    for action in (TRUTHFUL, np.array([1.0, 1.0, -1.0, -1.0])):
        env.reset(seed=3)
        bought.append(sum(abs(env.step(action)[4]["bought_kwh"]) for _ in range(96)))
    assert bought[1] < 0.7 * bought[0]


def test_homes_played_apart_or_together_are_the_same():
    """An action of one home is its own: the first of two that are played, the other truthful, gets what it gets alone."""
    action = np.array([0.2, 0.3, 0.5, 0.1])
    scenario = p2p.Scenario.of({}, HOMES | {"population.strategies": {"marginal_value": 1.0}})
    alone, both = TradingEnv(scenario, agent=2), parallel_env(scenario, [1, 2])
    alone.reset(seed=1)
    both.reset(seed=1)
    name = alone.agent
    for _ in range(96):
        seen, reward, *_ = alone.step(action)
        all_seen, rewards, *_ = both.step({name: action})
        assert reward == rewards[name]
        assert np.array_equal(seen, all_seen[name])
    assert both.agents == []


def test_days_follow_one_another():
    env = TradingEnv(p2p.Scenario.of({}, HOMES | {"clock.days": 2}), agent=1, episode="day")
    begins = []
    for _ in range(3):
        _, about = env.reset()
        begins.append(about["interval"])
        over, steps = False, 0
        while not over:
            *_, over, _ = env.step(TRUTHFUL)
            steps += 1
        assert steps == 96
    assert begins == [0, 96, 0]


@pytest.mark.parametrize(
    ("agents", "changes", "episode", "fault"),
    [
        (["home 99"], {}, "run", "'home 99' is no home"),
        ([99], {}, "run", "99 is no home"),
        ([1, 1], {}, "run", "a home twice"),
        ([], {}, "run", "or none"),
        ([1], {}, "week", "allowed: run, day"),
        ([1], {"market.mechanism": "blocks"}, "run", "held once a day"),
    ],
)
def test_what_can_not_be_played_is_refused(agents, changes, episode, fault):
    with pytest.raises(InputError, match=fault):
        parallel_env(p2p.Scenario.of({}, HOMES | changes), agents, episode)


def test_a_home_in_a_pool_hears_of_its_own_orders(env):
    """An aggregator's name stands in the book; what its member bought, and what of its bids was accepted, is the member's."""
    pool = {"population.aggregators": [{"name": "north", "share": 1.0}]}
    member = TradingEnv(p2p.Scenario.of({}, HOMES | pool), agent="home 2")
    member.reset(seed=1)
    heard = [member.step(TRUTHFUL) for _ in range(96)]
    bought = np.array([step[4]["bought_kwh"] for step in heard])
    shares = np.array([step[0][-2:] for step in heard])
    assert np.any(bought != 0)
    assert np.all(shares[bought > 0, 0] > 0)
    assert np.all(shares[bought < 0, 1] > 0)
    assert np.all((shares >= 0) & (shares <= 1))
