"""Grids for the tests: feeders from papers and drawn ones."""

import json
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from p2p.grid import Branches, Buses, Grid, check
from p2p.grid.topology import layout

CASES = Path(__file__).parents[1] / "cases/power_flow"
FEEDERS = {one["name"]: one for one in json.loads((CASES / "feeders.json").read_text())["feeders"]}
CHANGED = json.loads((CASES / "changed_feeders.json").read_text())


def paper_feeder(name, opened=None, feeds_in=()):
    """A feeder of the case file: its closed branches, or all but those that are opened; with plants of (bus, kW, kvar)."""
    case = FEEDERS[name]
    kept = [row for row in case["branches"] if (row[4] if opened is None else list(row[:2]) not in opened)]
    buses, branches = np.array(case["buses"], float), np.array(kept, float)
    for bus, p, q in feeds_in:
        buses[buses[:, 0] == bus, 1:] -= p, q
    number = {int(row[0]): at for at, row in enumerate(buses)}
    ends = [np.array([number[int(bus)] for bus in branches[:, side]], np.int32) for side in (0, 1)]
    ohm = case["kv"] ** 2 / 1.0  # base 1 MVA
    names = np.array([f"{a:.0f}-{b:.0f}" for a, b in branches[:, :2]])
    lines = Branches.lines(names, *ends, branches[:, 2] / ohm, branches[:, 3] / ohm, np.zeros(len(branches)))
    return check(grid_of(name, buses[:, 0].astype(int).astype(str), case["kv"], buses[:, 1], buses[:, 2], lines, number[case["slack"]]))


def grid_of(name, names, kv, p, q, branches, slack=0, **more):
    """A grid from few columns."""
    count = len(names)
    zero = np.zeros(count)
    x, y = layout(count, branches, slack)
    buses = Buses(np.asarray(names), np.full(count, float(kv)), x, y, np.asarray(p, float), np.asarray(q, float), zero, zero)
    return Grid(name, buses, branches, slack, **more)


@st.composite
def drawn_grids(draw, meshes=0):
    """A random tree of lines and transformers with shunts, and as many extra branches as asked for."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(2, 40))
    first = np.array([random.integers(0, bus) for bus in range(1, count)])
    second = np.arange(1, count)
    extra = np.array([random.choice(count, 2, replace=False) for _ in range(meshes)], np.int64).reshape(-1, 2)
    first, second = np.concatenate([first, extra[:, 0]]), np.concatenate([second, extra[:, 1]])
    shuffled = random.permutation(count)  # so that no order of the buses helps
    first, second = shuffled[first].astype(np.int32), shuffled[second].astype(np.int32)
    rows = len(first)
    turned = random.random(rows) < (0.2 if not meshes else 0.0)
    branches = Branches(
        name=np.char.mod("branch %d", np.arange(rows)),
        kind=np.where(turned, "transformer", "line"),
        from_bus=first,
        to_bus=second,
        r=random.uniform(1e-5, 2e-3, rows),
        x=random.uniform(1e-5, 2e-3, rows),
        g_from=random.uniform(0, 1e-3, rows) * turned,
        b_from=random.uniform(-1e-3, 1e-3, rows),
        g_to=random.uniform(0, 1e-3, rows) * turned,
        b_to=random.uniform(-1e-3, 1e-3, rows),
        tap=np.where(turned, random.uniform(0.95, 1.05, rows), 1.0),
        shift=np.where(turned, random.choice([0.0, np.pi / 6, -5 * np.pi / 6], rows), 0.0),
        rating_kva=random.uniform(50, 500, rows) * (random.random(rows) < 0.8),
        from_rated=np.ones(rows),
        to_rated=random.uniform(0.95, 1.05, rows),
        km=random.uniform(0.0, 0.5, rows) * ~turned,
    )
    loads = random.uniform(-1, 1.5, count) * draw(st.floats(0, 60)), random.uniform(-0.5, 0.7, count) * draw(st.floats(0, 40))
    slack = int(random.integers(0, count))
    grid = grid_of("drawn", np.char.mod("%d", np.arange(count)), 0.4, *loads, branches, slack, slack_voltage=1.02, base_kva=400.0)
    buses = grid.buses.replace(shunt_g=random.uniform(0, 1e-3, count), shunt_b=random.uniform(-1e-3, 1e-3, count))
    return check(Grid("drawn", buses, branches, slack, 1.02, 400.0))
