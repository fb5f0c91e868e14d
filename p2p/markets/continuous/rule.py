"""Continuous trading: orders meet as they come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from p2p.base.columns import Ints
from p2p.base.errors import Fault, InputError
from p2p.base.units import eur_per_mwh, kwh
from p2p.markets.parameters import one_of
from p2p.orders import ALONE, NO_LIMITS, Clearing, Limits, Orders, Surroundings, Trades
from p2p.orders.messages import CANCEL, Messages

if TYPE_CHECKING:
    from p2p.markets.continuous.kernels import State

SELF_TRADE = ("allow", "cancel_new", "cancel_old")


@dataclass(frozen=True)
class Continuous:
    """Orders meet as they come: the best price first, at one price who came first, each pair at the price of the one that stood.

    Gains go to who comes and finds a better price than the own limit, and what is efficient for the whole book may be
    missed: an order that would have had no place in a call auction trades if it finds somebody first. Within network limits
    each trade is checked by them: it is accepted, trimmed or refused, and pays a network fee (see `checked`).

    self_trade : what becomes of an order that would trade with one of its own agent: allow (it trades: an aggregator's
        orders are those of its homes), cancel_new (what is left of the one that came is cancelled), or cancel_old (the
        one that stood is). What is cancelled so counts as left over.

    References
    ----------
    L. Harris, "Trading and Exchanges: Market Microstructure for Practitioners", Oxford University Press, 2003, chapter 6
    (price priority, time precedence, and pricing at the standing order).
    """

    self_trade: str = "allow"
    claims: ClassVar[frozenset[str]] = frozenset({"budget_balanced", "uncrossed", "price_time_priority", "checks_trades"})
    sees: ClassVar[frozenset[str]] = frozenset({"messages"})

    def __post_init__(self) -> None:
        one_of("self_trade", self.self_trade, SELF_TRADE)

    def __call__(self, orders: Orders, limits: Limits = NO_LIMITS, around: Surroundings = ALONE) -> Clearing:
        """The clearing of a book, or of the messages around it, whose orders the book then holds; within limits of limit orders alone."""
        from p2p.markets.continuous.book import OWN, received
        from p2p.markets.continuous.kernels import FILLED, PAID

        if limits.bind:
            from p2p.markets.continuous.checked import checked

            if around.messages is not None:
                raise InputError(Fault("messages", "are sent to a book within network limits", "limit orders alone, there"))
            return checked(orders, limits, OWN[self.self_trade])
        messages = Messages.limits(orders) if around.messages is None else around.messages
        state, sequence = received(messages, self.self_trade, remembers=around.messages is not None)
        filled, paid = np.empty((2, len(messages)), np.int64)
        filled[sequence], paid[sequence] = state.placed[:, FILLED], state.placed[:, PAID]
        trades = _pairs(state, sequence)
        found = facts(state, trades)
        if around.messages is not None:
            found |= changes(state, messages)
            row = np.cumsum(messages.places) - 1  # of the order that a message placed, in the book
            filled, paid = filled[messages.places], paid[messages.places]
            trades = trades.replace(bid=row[trades.bid], offer=row[trades.offer])
        return Clearing(filled, paid, None, trades, found)


def _pairs(state: State, sequence: Ints) -> Trades:
    from p2p.markets.continuous.kernels import SIDE, TRADES

    new, old, energy, price = state.trades[: state.numbers[TRADES]].T.copy()
    bought = state.sent[new, SIDE] > 0
    return Trades(sequence[np.where(bought, new, old)], sequence[np.where(bought, old, new)], energy, price)


def facts(state: State, trades: Trades) -> dict[str, Any]:
    """What the book reports: how many trades, at what prices, and what stands at the end; None where there is none."""
    from p2p.markets.continuous.book import prices_now

    bid, offer, last = (None if price is None else eur_per_mwh(price) for price in prices_now(state))
    volume = int(trades.energy.sum())
    mean = eur_per_mwh(int(np.dot(trades.energy, trades.price)) / volume) if volume else None
    spread = eur_per_mwh(int(np.ptp(trades.price))) if volume else None
    return {
        "trades": len(trades),
        "last price [EUR/MWh]": last,
        "mean price [EUR/MWh]": mean,
        "spread of prices [EUR/MWh]": spread,
        "best bid left [EUR/MWh]": bid,
        "best offer left [EUR/MWh]": offer,
    }


def changes(state: State, messages: Messages) -> dict[str, Any]:
    """What became of orders that don't stay, and of messages about orders that were gone."""
    from p2p.markets.continuous.kernels import DROPPED, MISSED, PREVENTED

    return {
        "orders": int(messages.places.sum()),
        "cancels and replaces": int((messages.kind >= CANCEL).sum()),
        "of them about orders that were gone": int(state.numbers[MISSED]),
        "dropped of market and ioc [kWh]": kwh(int(state.numbers[DROPPED])),
        "cancelled for self-trade [kWh]": kwh(int(state.numbers[PREVENTED])),
    }
