"""All devices of a home planned together: the linear programme of the home, on blocks of intervals that lengthen with time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.base.solve import Programme, optimum
from p2p.behaviour.ahead import Ahead
from p2p.behaviour.plans.curves import planned_in_turn
from p2p.devices.stores import Stores

ALL = "all"
"""The one kind of devices that are pooled."""


@dataclass(frozen=True, slots=True)
class _Pool:
    """The devices of those homes that have several, whatever their kind.

    rows: of each kind, which of its devices
    """

    ahead: Ahead
    rows: Mapping[str, Ints]


def planned_together(ahead: Ahead, fine: float, coarse: float, left: Mapping[str, Floats]) -> dict[str, Floats]:
    """[T, D] of each kind, the powers that cost homes with several devices least; 0 for those that are alone in their home. [kW]

    Parameters
    ----------
    fine : hours for which intervals are planned as they are.
    coarse : hours of a block of intervals after that.
    left : of each kind, [D] what a kWh is worth that is left at the end [µEUR/kWh].

    Raises
    ------
    SolveFailed
        The solver found no optimum; the message names the home.
    """
    powers = {kind: np.zeros(stores.low.shape) for kind, stores in ahead.stores.items()}
    pool = _pooled(ahead)
    if not len(pool.ahead.home[ALL]):
        return powers
    begins = blocks(len(ahead.net), ahead.hours, fine, coarse)
    short = in_blocks(pool.ahead, begins)
    worth = np.concatenate([left[kind][rows] for kind, rows in pool.rows.items()])
    start = planned_in_turn(short, 1, {ALL: worth}).curves[ALL].power
    found = np.empty_like(start)
    home = pool.ahead.home[ALL]
    for one in np.unique(home):
        rows = np.flatnonzero(home == one)
        found[:, rows] = _solved(short, int(one), rows, start, worth)
    lengths = np.diff(begins, append=len(ahead.net))
    each = np.repeat(found / lengths[:, None], lengths, axis=0)
    first = 0
    for kind, rows in pool.rows.items():
        stores = ahead.stores[kind]
        powers[kind][:, rows] = np.clip(each[:, first : first + len(rows)], stores.low[:, rows], stores.high[:, rows])
        first += len(rows)
    return powers


def blocks(length: int, hours: float, fine: float, coarse: float) -> Ints:
    """Where each block of intervals begins."""
    single, size = min(max(round(fine / hours), 1), length), max(round(coarse / hours), 1)
    return np.concatenate((np.arange(single), np.arange(single, length, size)))


def in_blocks(ahead: Ahead, begins: Ints) -> Ahead:
    """The time ahead in blocks of intervals, each as one interval in which as much energy flows.

    Powers are sums over a block, so that they are energy per block in units of an interval. A store's efficiencies are those of
    even power while it can be had, less what is lost until the block's end; its bounds are the tightest in the block, as what
    comes by itself until the block's end moves them.
    """
    lengths = np.diff(begins, append=len(ahead.net))
    if np.all(lengths == 1):
        return ahead
    stores = {kind: _store_in_blocks(one, begins, lengths) for kind, one in ahead.stores.items()}
    retail, feed_in, fees = (np.add.reduceat(price, begins) / lengths for price in (ahead.retail, ahead.feed_in, ahead.fees))
    net = np.add.reduceat(ahead.net, begins, axis=0)
    return replace(ahead, net=net, retail=retail, feed_in=feed_in, fees=fees, stores=stores)


def _store_in_blocks(one: Stores, begins: Ints, lengths: Ints) -> Stores:
    def total(column: Floats) -> Floats:
        sums: Floats = np.add.reduceat(column, begins, axis=0)
        return sums

    last = np.repeat(begins + lengths - 1, lengths) - np.arange(len(one.low))
    left = one.keep ** last[:, None]
    moved = np.cumsum(one.inflow, axis=0)
    later = np.repeat(moved[begins + lengths - 1], lengths, axis=0) - moved
    most = np.minimum.reduceat(one.most + later, begins, axis=0)
    draws, gives = np.maximum(one.high, 0), np.maximum(-one.low, 0)
    return replace(
        one,
        keep=one.keep ** lengths[:, None],
        inflow=total(one.inflow * left),
        least=np.minimum(np.maximum.reduceat(one.least + later, begins, axis=0), most),
        most=most,
        low=total(one.low),
        high=total(one.high),
        into=total(one.into * left * draws) / np.maximum(total(draws), 1e-12),
        out=total(one.out * left * gives) / np.maximum(total(gives), 1e-12),
    )


def _pooled(ahead: Ahead) -> _Pool:
    count = np.zeros(ahead.net.shape[1], np.int64)
    for home in ahead.home.values():
        np.add.at(count, home, 1)
    rows = {kind: np.flatnonzero(count[home] > 1) for kind, home in ahead.home.items()}
    columns = {
        name: np.concatenate([getattr(ahead.stores[kind], name)[..., some] for kind, some in rows.items()] or [np.zeros(0)], axis=-1)
        for name in Stores.__slots__
    }
    home = np.concatenate([ahead.home[kind][some] for kind, some in rows.items()] or [np.zeros(0, np.int64)])
    return _Pool(replace(ahead, home={ALL: home}, stores={ALL: Stores(**columns)}), rows)


def _solved(ahead: Ahead, home: int, rows: Ints, start: Floats, left: Floats) -> Floats:
    """[T, d] the best powers of one home's devices, from a start. [kW]"""
    from scipy.sparse import csc_array

    from p2p.behaviour.plans.together.kernels import household

    length, devices, one = len(ahead.net), len(rows), ahead.stores[ALL]
    many, lines, filled = (2 + 3 * devices) * length, (1 + devices) * length, (2 + 6 * devices) * length - devices
    gain, low, high, point = (np.empty(many) for _ in range(4))
    begin, index, value, bound = np.empty(many + 1, np.int64), np.empty(filled, np.int64), np.empty(filled), np.empty(lines)
    household(
        rows, ahead.net[:, home], ahead.retail, ahead.feed_in, ahead.hours, left, one.level, np.broadcast_to(one.keep, one.low.shape).copy(),
        one.inflow, one.least, one.most, one.low, one.high, one.into, one.out, one.wear, start,
        gain, begin, index, value, low, high, bound, point,
    )  # fmt: skip
    matrix = csc_array((value, index.astype(np.int32), begin.astype(np.int32)), shape=(lines, many))
    best = optimum(Programme(gain, matrix, bound, bound, low, high), f"plan of home {home}", start=point).x
    draws = best[2 * length :].reshape(devices, 3, length)
    return (draws[:, 0] - draws[:, 1]).T
