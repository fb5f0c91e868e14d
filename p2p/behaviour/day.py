"""What homes with a store order for a day: to move energy from the hours in which there is too much to those in which it lacks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Floats, Indices, Ints
from p2p.base.units import WH_PER_KWH
from p2p.devices import Battery
from p2p.devices.battery_worth import storage_worth
from p2p.orders import BID, OFFER, TAGS
from p2p.orders.day import BLOCK, FLEXIBLE, WHOLE, DayOrders, Slots, Terms

LEAST = WHOLE // 4
"""Least part of a block that a home with a store accepts. (assumption)"""

FILL_HOURS, EMPTY_HOURS = 4.0, 3.0
"""How long a store fills and empties in its second plan. [h] (assumption)"""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What n homes with a store expect of a day of T intervals when it begins.

    net:     [T, n] load less generation [kWh]
    hours:   length of an interval [h]
    retail, feed_in: [T] published prices of a kWh from and to the retailer [µEUR/kWh]
    fees:    [T] fees on a local one, or [T, n] each home's own [µEUR/kWh]
    """

    net: Floats
    hours: float
    retail: Ints
    feed_in: Ints
    fees: Ints


def storage_orders(battery: Battery, stored: Floats, who: Indices, outlook: Outlook) -> DayOrders:
    """Each store's plans as loops of a charging and a discharging block, of which one is taken, and what it holds as an offer.

    The first plan charges along the home's own surplus and discharges along its need after it; the second charges evenly in the
    hours of the largest surplus and discharges evenly in the dearest after them. A plan charges what the store has room for and
    gives back what is left of it after losses. Its limits ask for no more than that the one pays for the other, and the fees on
    what is charged beyond the own surplus. What the store holds is offered until a plan begins to charge, at what it is worth.

    Parameters
    ----------
    stored : [n] at the beginning of the day [kWh].
    who : [2, n] number and bus of each owner.
    """
    length = len(outlook.net)
    cost = _cost(battery, stored, outlook)
    most = battery.rating * outlook.hours
    room = (battery.capacity - stored) / battery.efficiency
    surplus, need = np.maximum(-outlook.net, 0.0), np.maximum(outlook.net, 0.0)
    own, even = _plan(surplus, need, room, most, battery.efficiency), _even_plan(surplus, outlook, room, most, battery.efficiency)
    begins = np.minimum(*(np.where(fill.any(axis=0), (fill > 0).argmax(axis=0), length) for fill, _ in (own, even)))
    held = (np.arange(length)[:, None] < begins) & (stored * battery.efficiency > 0)
    gives = np.minimum(stored * battery.efficiency, held.sum(axis=0) * most)
    parts = [
        _Part(OFFER, FLEXIBLE, _wh(held * most), _wh(gives), cost, -1),
        *(part for place, plan in enumerate((own, even)) for part in _loop(plan, outlook, surplus, cost, 2 * place + 1)),
    ]
    return _assembled(parts, who, length)


@dataclass(frozen=True, slots=True)
class _Part:
    """One order of each store.

    energy : [T, n] [Wh]; total : [n] [Wh]; price : [n] [µEUR/kWh]; partner : place of the other block of its loop, -1 for none
    """

    side: int
    kind: int
    energy: Ints
    total: Ints
    price: Ints
    partner: int


def _cost(battery: Battery, stored: Floats, outlook: Outlook) -> Ints:
    """[n] what a kWh out of each store costs, at least what the retailer pays for it. [µEUR/kWh]"""
    _, cost = storage_worth(battery, stored, outlook.net, 0, float(outlook.retail.max()), float(outlook.feed_in.min()))
    least: Ints = np.maximum(np.rint(cost).astype(np.int64), outlook.feed_in.max())
    return least


def _plan(filling: Floats, emptying: Floats, room: Floats, most: Floats, efficiency: Floats) -> tuple[Floats, Floats]:
    """[T, n] energy charged and discharged along two profiles, the second after the first, as far as room and power allow. [kWh]"""
    fill = np.minimum(filling, most)
    total = fill.sum(axis=0)
    last = len(fill) - 1 - (fill[::-1] > 0).argmax(axis=0)
    empty = np.minimum(np.where(np.arange(len(fill))[:, None] > last, emptying, 0.0), most)
    back = empty.sum(axis=0)
    charged = np.minimum(np.minimum(total, room), back / efficiency**2)
    fill = fill * (charged / np.maximum(total, 1e-12))
    return fill, empty * (charged * efficiency**2 / np.maximum(back, 1e-12))


def _even_plan(surplus: Floats, outlook: Outlook, room: Floats, most: Floats, efficiency: Floats) -> tuple[Floats, Floats]:
    """[T, n] the plan that charges around the own largest surplus, else where feeding in pays least, and discharges where a kWh is
    dearest after that. [kWh]"""
    length = len(surplus)
    width = min(max(round(FILL_HOURS / outlook.hours), 1), length)
    spread = np.cumsum(np.pad(surplus, ((1, 0), (0, 0))), axis=0)
    in_window = spread[width:] - spread[:-width]
    cheap = np.convolve(outlook.feed_in, np.ones(width), "valid")
    first = np.where(in_window.any(axis=0), in_window.argmax(axis=0), cheap.argmin())
    at = np.arange(length)[:, None]
    fill = (at >= first) & (at < first + width)
    dear = np.where(at >= first + width, outlook.retail[:, None], np.iinfo(np.int64).min)
    rank = (-dear).argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    empty = (rank < max(round(EMPTY_HOURS / outlook.hours), 1)) & (at >= first + width)
    return _plan(fill * most, empty * most, room, most, efficiency)


def _loop(plan: tuple[Floats, Floats], outlook: Outlook, surplus: Floats, cost: Ints, place: int) -> tuple[_Part, _Part]:
    """A plan as two blocks that are taken in one ratio."""
    fill, empty = _wh(plan[0]), _wh(plan[1])
    both = (fill.sum(axis=0) > 0) & (empty.sum(axis=0) > 0)
    fill, empty = fill * both, empty * both
    charged, given = fill.sum(axis=0), empty.sum(axis=0)
    bought = np.maximum(plan[0] - surplus, 0.0) * both
    fees = np.ceil((outlook.fees.reshape(len(bought), -1) * bought).sum(axis=0) * WH_PER_KWH / np.maximum(charged, 1)).astype(np.int64)
    pays = cost * given // np.maximum(charged, 1) - fees
    return _Part(BID, BLOCK, fill, charged, pays, place + 1), _Part(OFFER, BLOCK, empty, given, cost, place)


def _wh(energy: Floats) -> Ints:
    return np.floor(energy * WH_PER_KWH).astype(np.int64)


def _assembled(parts: list[_Part], who: Indices, length: int) -> DayOrders:
    """The orders store by store, those without energy left out; the loops of a store are an exclusive group."""
    stores, kinds = who.shape[1], len(parts)
    there = np.stack([part.total > 0 for part in parts], axis=1)
    number = np.where(there, np.cumsum(there.ravel()).reshape(there.shape) - 1, -1)
    partner = np.stack([number[:, part.partner] if part.partner >= 0 else np.full(stores, -1) for part in parts], axis=1)

    def column(values: list[Ints | int]) -> Ints:
        wide = np.stack([np.broadcast_to(np.asarray(one, np.int64), stores) for one in values], axis=1)
        return wide[there]

    kind = column([part.kind for part in parts])
    price = column([part.price for part in parts])
    home = np.repeat(np.arange(stores)[:, None], kinds, axis=1)[there]
    arrival = -1 - (who[0][home].astype(np.int64) * kinds + np.repeat(np.arange(kinds)[None], stores, axis=0)[there])
    side = column([part.side for part in parts]).astype(np.int8)
    terms = Terms(
        who[0][home], who[1][home], side, kind.astype(np.int8), column([part.total for part in parts]), price, price,
        np.where(kind == BLOCK, LEAST, 0), partner[there], np.where(kind == BLOCK, home, -1), arrival,
        np.where(side < 0, TAGS.index("storage"), 0).astype(np.int16),
    )  # fmt: skip
    energy = np.stack([part.energy for part in parts], axis=1).transpose(2, 1, 0)[there]
    order, interval = np.nonzero(energy)
    return DayOrders(length, terms, Slots(order, interval, energy[order, interval]))
