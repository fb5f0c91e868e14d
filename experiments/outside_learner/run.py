"""What does an outside learner make of a home, against bidding what a kWh is worth?

An evolution strategy of a public library (pycma) trains a small policy on `p2p.env` for about a minute, and is tried on days that
it has not seen.
"""

import csv
import json
import sys
from pathlib import Path

import cma
import numpy as np

import p2p
from p2p.env import OBSERVED, TRUTHFUL, TradingEnv
from p2p.plots.style import COLOURS, canvas, drawn, save
from p2p.report import Part, Sheet, Study, write_study

HERE = Path(__file__).parent
SEED, UNSEEN, LATER = 11, range(5000, 5005), "2016-07-11"
HOMES = {"home 02": "load alone", "home 11": "sun"}
SMALL = {"episodes": 24, "homes": ("home 02",)}
LOOKS_AT = [OBSERVED.index(name) for name in ("sine of the time of day", "cosine of the time of day")]
"""What the policy sees of the observation: it is small, so that a minute is enough."""
SHAPE = len(TRUTHFUL), len(LOOKS_AT) + 1
HEADING = ("home", "days", "truthful [EUR]", "trained [EUR]", "gained [EUR]", "[% of the truthful]")


def acted(weights, observed):
    """The action of a policy: a sum of what it sees, bent into [-1, 1]; without weights nearly the truth."""
    return np.tanh(1.5 * TRUTHFUL + weights.reshape(SHAPE) @ np.append(observed[LOOKS_AT], 1.0))


def reward_of(env, act, seed):
    """What an episode brings. [EUR]"""
    observed, _ = env.reset(seed=seed)
    total, over = 0.0, False
    while not over:
        observed, reward, _, over, _ = env.step(act(observed))
        total += reward
    return total


def trained(env, episodes):
    """The weights that an evolution strategy finds, and [n] what each of its episodes brought."""
    search = cma.CMAEvolutionStrategy(np.zeros(np.prod(SHAPE)), 0.5, {"seed": SEED, "popsize": 12, "verbose": -9})
    brought = []
    while len(brought) < episodes:
        tried, luck = search.ask(), SEED + len(brought)  # the same for all that are compared, another the next time
        rewards = [reward_of(env, lambda observed, weights=weights: acted(weights, observed), luck) for weights in tried]
        search.tell(tried, [-reward for reward in rewards])
        brought += rewards
    return search.result.xfavorite, np.array(brought)


def rows_of(home, weights):
    """Rewards of the truth and of a policy on the days of its training and on later ones, with luck that it has not met."""
    trained_on = p2p.Scenario.load(HERE / "scenario.toml")
    for name, scenario in (("trained on", trained_on), ("a week later", trained_on.changed({"clock.start": LATER}))):
        env = TradingEnv(scenario, agent=home)
        truth = np.mean([reward_of(env, lambda observed: TRUTHFUL, seed) for seed in UNSEEN])
        mine = np.mean([reward_of(env, lambda observed: acted(weights, observed), seed) for seed in UNSEEN])
        yield home, name, float(truth), float(mine), float(mine - truth), float(100 * (mine - truth) / abs(truth))


@drawn
def figure(brought, truth):
    """Rewards of all episodes of the training, and the truth's."""
    drawing, axes = canvas(3.0, ncols=len(brought), squeeze=False)
    for axis, (home, rewards) in zip(axes[0], brought.items(), strict=True):
        axis.plot(rewards, ".", color=COLOURS["storage"], markersize=3, label="each episode")
        axis.plot(np.maximum.accumulate(rewards), color=COLOURS["local"], label="best so far")
        axis.axhline(truth[home], color=COLOURS["limit"], linewidth=0.8, linestyle="--", label="truthful")
        axis.set(xlabel="episode")
        axis.set_title(f"{home} ({HOMES[home]}): reward [EUR]")
    drawing.legend(*axes[0][0].get_legend_handles_labels(), loc="outside upper left", ncols=3)
    return drawing


def main(out="results/outside_learner", episodes=300, homes=tuple(HOMES)):
    """Train, try, write, compare; the number of differences. episodes : of the training of each home."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    rows, brought = [], {}
    for home in homes:
        weights, brought[home] = trained(TradingEnv(HERE / "scenario.toml", agent=home), episodes)
        rows += rows_of(home, weights)
    with (folder / "table.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADING, *rows])
    drawing = figure(brought, {row[0]: row[2] for row in rows if row[1] == "trained on"})
    save(drawing, folder / "outside_learner.png")
    shown = [[f"{cell:.3f}" if isinstance(cell, float) else cell for cell in row] for row in rows]
    answer = [
        f"{row[0]} ({HOMES[row[0]]}), {row[1]}: {row[4]:+.2f} EUR, {row[5]:+.0f} % of {abs(row[2]):.2f}, which it {'earns' if row[2] > 0 else 'owes'} when truthful."
        for row in rows
    ]
    parts = [Part("Training", figure=drawing, caption="Each point is a run of two days."), Part("Rewards", "", Sheet(HEADING, shown))]
    question = "What does an outside learner make of a home, against bidding what a kWh is worth?"
    made_by = f"python experiments/outside_learner/run.py; seed {SEED}, {episodes} episodes a home, pycma {cma.__version__.split()[0]}."
    write_study(Study("An outside learner", question, answer, parts, made_by), folder / "report.html")
    bounds = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))["gained [EUR]"]
    wrong = [
        f"{row[0]} {row[1]}: {row[4]:.3f} not in {bounds[row[1]]}" for row in rows if not bounds[row[1]][0] <= row[4] <= bounds[row[1]][1]
    ]
    print("\n".join([*answer, f"differs from expected.json: {'; '.join(wrong) or 'nothing'}", f"report: {folder / 'report.html'}"]))
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
