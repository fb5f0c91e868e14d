"""A market that must stay within the grid: what it meets, and what is paid for the place."""

from __future__ import annotations

from functools import cache

import numpy as np

from p2p.agents.institutions import Dso
from p2p.agents.phases import Situation, drawn_steps
from p2p.base.columns import Floats, Ints
from p2p.base.units import WH_PER_KWH
from p2p.behaviour.control import follows
from p2p.operators.dso import Cleared, Place
from p2p.orders import Clearing, Known, Relief
from p2p.settlement import Located

BEYOND_SHEDDING = 20
"""A kWh beyond a limit that even shedding does not keep counts as so many that are shed."""


def placed(dso: Dso, at: Situation, loss_price: int, lost_load: int, may_shed: bool) -> Place:
    """The grid and the homes on it as their prognoses have it; reactive power is what comes, since a DSO knows its loads' power factors.

    loss_price, lost_load : of a kWh. [µEUR/kWh]
    may_shed : whether load may be switched off, at its worth; what stays beyond a limit even so is counted for much more.
    """
    known = at.known
    low, high = follows(known)
    prices = loss_price, lost_load * (BEYOND_SHEDDING if may_shed else 1)
    shed = lost_load if may_shed else None
    homes = known.bus, at.now.kvar, low, high, known.hours
    taps = None if dso.wires.control is None else dso.wires.after
    return Place(dso.grid, dso.bounds, *homes, *prices, cache(lambda: uncontracted(known, low, high, shed)), taps)


def uncontracted(known: Known, low: Floats, high: Floats, lost_load: int | None) -> Relief:
    """What the DSO could take back of what homes feed in and draw without a contract.

    Feed-in is worth the retailer's price, what devices draw from the retailer what their steps are worth, and load the value of
    lost load, where it may be shed.

    low, high : [N] between which contracts move what homes draw. [kW]
    """
    fed = np.maximum(-np.clip(0.0, low, high), 0.0)
    draw = np.maximum(low, 0.0)
    steps = drawn_steps(known, low - known.net, draw)
    worth = known.worth
    if lost_load is not None:
        steps = np.vstack((steps, draw - steps.sum(axis=0)))
        worth = np.vstack((worth, np.full(len(known), lost_load)))
    step, home = np.nonzero(steps > 1e-9)
    giving = np.flatnonzero(fed > 1e-9)
    power = np.concatenate((fed[giving], steps[step, home]))
    cost = np.concatenate((np.full(len(giving), known.feed_in, np.int64), worth[step, home]))
    sign = np.repeat(np.array([1, -1], np.int8), (len(giving), len(home)))
    bus = known.bus[np.concatenate((giving, home))]
    return Relief(bus.astype(np.int32), sign, np.rint(power * known.hours * WH_PER_KWH).astype(np.int64), cost)


def paid_for_place(dso: Dso, within: Cleared, known: Known, contracted: Ints, clearing: Clearing) -> Located:
    """What homes pay for where they draw.

    contracted : [N] that stands after what the DSO withdrew; clearing : likewise. [Wh]
    """
    moved = np.clip(within.moved, np.minimum(contracted, 0), np.maximum(contracted, 0)) if clearing is not within.clearing else within.moved
    return Located(moved, within.location[known.bus], within.losses[known.bus], clearing.budget(), dso.refund)
