"""Homes with stores, drawn and planned: what the tests of plans share, with the linear programme that is their oracle."""

import cvxpy
import numpy as np
from hypothesis import strategies as st

from p2p.base.solve import solve
from p2p.behaviour.ahead import Ahead
from p2p.devices.stores import Stores


def stores(level, keep=1.0, inflow=0.0, least=0.0, most=np.inf, low=0.0, high=0.0, into=1.0, out=1.0, wear=0.0, length=1):
    """Stores from what NumPy can widen to [T, D], or to [D] what does not change."""
    level = np.atleast_1d(np.asarray(level, np.float64))
    row = lambda value: np.array(np.broadcast_to(np.asarray(value, np.float64), len(level)))  # noqa: E731
    wide = lambda value: np.array(np.broadcast_to(np.asarray(value, np.float64), (length, len(level))))  # noqa: E731
    return Stores(level, row(keep), wide(inflow), wide(least), wide(most), wide(low), wide(high), wide(into), wide(out), row(wear))


def levels(one, power, hours):
    """[T, D] what each store holds at the end of each interval under a plan. [kWh]"""
    level, found = one.level, []
    for at in range(len(power)):
        change = np.where(power[at] > 0, one.into[at], one.out[at]) * power[at] * hours
        level = one.keep * level + change + one.inflow[at]
        found.append(level)
    return np.array(found)


def end_worth(ahead, kind, share=1.0):
    """[D] what a kWh left at the end is worth, as `PriceTakerSchedule` states it. [µEUR/kWh]"""
    one, home = ahead.stores[kind], ahead.home[kind]
    price = np.where(ahead.net[:, home] < 0, ahead.feed_in[:, None], ahead.retail[:, None])
    with np.errstate(divide="ignore"):
        cost = np.where((one.high > 0) & (one.into > 0), (price + one.wear) / one.into, np.inf)
    least = cost.min(axis=0)
    return share * np.where(np.isfinite(least), np.maximum(least, 0), 0.0)


def cost(ahead, powers, left):
    """[n] what plans cost the homes, less the worth of what is left, without what is short. [µEUR]"""
    net = np.array(ahead.net)
    total = np.zeros(net.shape[1])
    for kind, power in powers.items():
        one, home = ahead.stores[kind], ahead.home[kind]
        np.add.at(net.T, home, power.T)
        np.add.at(total, home, (one.wear * np.abs(power)).sum(axis=0) * ahead.hours - left[kind] * levels(one, power, ahead.hours)[-1])
    price = np.where(net > 0, ahead.retail[:, None], ahead.feed_in[:, None])
    return total + (price * net).sum(axis=0) * ahead.hours


def shortfall(ahead, powers):
    """[n] by how much bounds are broken, summed over devices and intervals. [kWh]"""
    total = np.zeros(ahead.net.shape[1])
    for kind, power in powers.items():
        one = ahead.stores[kind]
        level = levels(one, power, ahead.hours)
        np.add.at(total, ahead.home[kind], (np.maximum(one.least - level, 0) + np.maximum(level - one.most, 0)).sum(axis=0))
    return total


def optimum(ahead, home, left, short=1e6):
    """The least cost of one home by the linear programme, and how far it is from the bounds. [µEUR], [kWh]"""
    length, hours = len(ahead.net), ahead.hours
    taken, given = cvxpy.Variable(length, nonneg=True), cvxpy.Variable(length, nonneg=True)
    total, spent, rules, broken = ahead.net[:, home], 0.0, [], 0.0
    for kind, one in ahead.stores.items():
        for row in np.flatnonzero(ahead.home[kind] == home):
            draw, give = cvxpy.Variable(length, nonneg=True), cvxpy.Variable(length, nonneg=True)
            level, over, under = cvxpy.Variable(length), cvxpy.Variable(length, nonneg=True), cvxpy.Variable(length, nonneg=True)
            before = cvxpy.hstack([one.level[row], level[:-1]]) if length > 1 else one.level[row]
            change = (cvxpy.multiply(one.into[:, row], draw) - cvxpy.multiply(one.out[:, row], give)) * hours
            rules += [
                level == one.keep[row] * before + change + one.inflow[:, row], draw - give >= one.low[:, row],
                draw - give <= one.high[:, row], draw <= np.maximum(one.high[:, row], 0), give <= np.maximum(-one.low[:, row], 0),
                level >= one.least[:, row] - under, level - over <= np.minimum(one.most[:, row], 1e6),
            ]  # fmt: skip
            total = total + draw - give
            spent = spent + one.wear[row] * hours * cvxpy.sum(draw + give) - left[kind][row] * level[-1]
            broken = broken + cvxpy.sum(over + under)
    rules.append(taken - given == total)
    spent = spent + hours * (ahead.retail @ taken - ahead.feed_in @ given)
    solve(cvxpy.Problem(cvxpy.Minimize(spent + short * broken), rules), "home")
    return float(spent.value), float(broken.value)


def drawn(kinds, most=14, homes=3, several=False):
    """Homes that may have a battery, a car that leaves, and a heat store, as hypothesis draws them."""

    @st.composite
    def ahead(draw):
        random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        length, hours, n = draw(st.integers(1, most)), draw(st.sampled_from([0.25, 0.5, 1.0])), draw(st.integers(1, homes))
        retail = random.uniform(100, 400, length) if draw(st.booleans()) else np.full(length, 300.0)
        feed_in = retail * random.uniform(0.1, 1.0, length) if draw(st.booleans()) else np.minimum(retail, 80.0)
        makers = {"battery": batteries, "ev": cars, "heat": tanks}
        found = {kind: makers[kind](random, length, n, hours) for kind in kinds}
        where = {kind: np.arange(n) if several else np.array(random.permutation(n)) for kind in kinds}
        return Ahead(hours, random.uniform(-3, 3, (length, n)), retail, feed_in, 0 * retail, where, found)

    return ahead()


def batteries(random, length, n, hours):
    capacity = random.uniform(2, 10, n)
    reserve = capacity * random.choice([0.0, 0.2])
    level, rating, into = random.uniform(reserve, capacity), random.uniform(0.5, 5, n), random.uniform(0.8, 1, n)
    wear, keep = random.choice([0.0, 20.0]), random.choice([1.0, 0.99])
    leak = reserve * (keep ** np.arange(1, length + 1))[:, None]
    return stores(level, keep, 0, leak, capacity, -rating, rating, into, 1 / random.uniform(0.8, 1, n), wear, length)


def cars(random, length, n, hours):
    """There from some interval to another, before which they need their energy; then they are gone with it and come back empty."""
    capacity, rating = random.uniform(20, 60, n), random.uniform(2, 11, n)
    comes, goes = np.sort(random.integers(0, length + 1, (2, n)), axis=0)
    at = np.arange(length)[:, None]
    here = (at >= comes) & (at < goes)
    level = random.uniform(0, capacity)
    most_it_can = np.minimum(capacity, level + 0.9 * rating * hours * (goes - comes))
    need = level + random.uniform(0, 1, n) * (most_it_can - level)
    least = np.where((at == goes - 1) & here, need, 0.0)
    trip = np.where(at == goes, np.minimum(need, level), 0.0)
    gives = random.choice([0.0, 1.0])
    return stores(level, 1.0, -trip, least, capacity, -gives * rating * here, rating * here, 0.9, 1 / 0.9, 10.0 * gives, length)


def tanks(random, length, n, hours):
    """They lose heat, and people draw some; the heat pump takes no current back."""
    capacity, rating, cop = random.uniform(5, 20, n), random.uniform(1, 4, n), random.uniform(2, 4, (length, n))
    keep = random.choice([1.0, 0.95, 0.8])
    draws = random.uniform(0, 1, (length, n)) * rating * 2 * hours * 0.9
    return stores(random.uniform(0.3, 1, n) * capacity, keep, -draws, 0, capacity, 0, rating, cop, 1, 0, length)
