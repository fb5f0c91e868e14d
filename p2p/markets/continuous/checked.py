"""Continuous trading on a grid that checks each trade: accepted, trimmed or refused, for a network fee."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from p2p.base.columns import Floats, Ints
from p2p.base.units import NANO_PER_EUR
from p2p.orders import Clearing, Limits, Orders, Trades

if TYPE_CHECKING:
    from p2p.markets.continuous.kernels import State


def checked(orders: Orders, limits: Limits, own: int) -> Clearing:
    """The clearing of limit orders of which no trade takes a row beyond its headroom, nor one that is beyond any further.

    A trade of q from the seller's bus to the buyer's moves each row by the difference of its two entries times q; it is
    trimmed to what all rows leave, in whole Wh. Who comes looks at those who stand by price and time, and passes over
    those with whom nothing, or nothing more, can be traded; they keep their place, and are looked at again when the next
    one comes. A trade that relieves a row leaves more of it to those who come later.

    A pair's fee is the loss price times what its kWh adds to the losses, where it adds any, and the scarcity price times
    how much it loads the row for which that costs most: in parts of what the bus does that loads it most, times how far
    the row is past where it gets scarce. Who came pays the fee out of what it gains, so that who stood gets its limit
    and a pair trades only if the bid covers the offer and the fee.

    Parameters
    ----------
    own : what becomes of an order that would trade with one of its own agent, see `kernels.ALLOW`.

    References
    ----------
    J. Guerrero, A. C. Chapman and G. Verbič, "Decentralized P2P energy trading under network constraints in a low-voltage
    network", IEEE Trans. Smart Grid 10 (5), 2019, section III (trades are checked by voltage sensitivities and transfer
    factors, and carry what they cost in losses and use of the network; the scale of scarcity and who pays are ours).
    """
    from p2p.markets.continuous.book import room
    from p2p.markets.continuous.kernels import FILLED, PAID, write_down
    from p2p.markets.network.within import check

    check(orders, limits)
    count = len(orders)
    state, sequence = room(count, remembers=False), np.argsort(orders.arrival, kind="stable")
    kind, number = np.zeros(count, np.int8), np.arange(count)
    write_down(sequence, kind, number, orders.agent, orders.side, orders.energy, orders.price, state.sent)
    table, passed = _read(state, orders.bus[sequence].astype(np.int64), limits, own)
    filled, paid = np.empty((2, count), np.int64)
    filled[sequence], paid[sequence] = state.placed[:, FILLED], state.placed[:, PAID]
    trades = _pairs(state, sequence, table)
    fees = int(np.dot(table[:, 2], table[:, 4])) / NANO_PER_EUR
    return Clearing(filled, paid, None, trades, {"network fees [EUR]": fees, "pairs trimmed or refused": passed})


def _read(state: State, bus: Ints, limits: Limits, own: int) -> tuple[Ints, int]:
    """[n, 5] the trades, by `kernels.NEW` and so on and last the fee, and how many pairs were trimmed or refused.

    bus : [C] of each message. A trimmed trade fills no order, so there may be more trades than orders.
    """
    from p2p.markets.continuous.checks import read_checked

    effect, headroom, scarce = _scaled(limits)
    slope = limits.losses[int(np.argmax(limits.lost))] if len(limits.lost) else np.zeros(limits.buses)
    costs = np.array([limits.loss_price, limits.scarcity_price], np.float64)
    most = 2 * len(bus) + 64
    while True:
        table, counts = np.empty((most, 5), np.int64), np.zeros(2, np.int64)
        book = (state.sent, state.heaps, state.placed, state.numbers, bus, own)
        if read_checked(*book, effect, headroom.copy(), scarce, slope, costs, table, counts):
            return table[: counts[0]], int(counts[1])
        most *= 4


def _scaled(limits: Limits) -> tuple[Floats, Floats, Floats]:
    """[B, R] effects, [R] headrooms and [R] where rows get scarce, in kWh at the bus that moves a row most."""
    size = np.abs(limits.matrix).max(axis=1, initial=0.0)
    scale = 1.0 / np.where(size > 0, size, 1.0)
    width = limits.buses
    effect = np.ascontiguousarray((limits.matrix * scale[:, None]).T) if len(limits) else np.zeros((width, 0))
    return effect, limits.headroom * scale, limits.scarce_from * scale


def _pairs(state: State, sequence: Ints, table: Ints) -> Trades:
    """The trades, at what the buyer pays."""
    from p2p.markets.continuous.kernels import SIDE

    new, old, energy, at, fee = table.T.copy()
    bought = state.sent[new, SIDE] > 0
    bid, offer = np.where(bought, (new, old), (old, new))
    return Trades(sequence[bid], sequence[offer], energy, at + np.where(bought, fee, 0))
