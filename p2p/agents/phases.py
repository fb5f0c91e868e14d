"""The phases of an interval, as functions: each takes what was and gives what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from p2p.agents.envelopes import Within, breaches, connections, dimmable, given_way, moved, own_restraint, steered
from p2p.agents.institutions import Dso, Retailer
from p2p.agents.prosumers import Cohort
from p2p.agents.today import Now, Today
from p2p.base.columns import Floats, Ints
from p2p.base.errors import LawBroken
from p2p.base.units import MAX_PRICE, WH_PER_KWH, to_lots
from p2p.behaviour.control import spread
from p2p.devices import FLEXIBLE, Fleet, Prices
from p2p.devices.kind import FUELS, LACKS
from p2p.devices.reach import STEPS, Reach, held, reach
from p2p.flexibility import held_back_twice
from p2p.operators.dso import GiveUps, Outcome, Usage
from p2p.orders import Clearing, Known, Orders, Trades
from p2p.orders.known import GREEN, OF_FLOATS, OF_INTS, STORAGE
from p2p.orders.published import Aftermath

MOST_WORTH = MAX_PRICE // 4
"""What a kWh may be worth to a device, so that an order can carry it. [µEUR/kWh]"""


@dataclass(frozen=True, slots=True)
class State:
    """What one interval hands to the next.

    devices: of each flexible kind, the state of its devices
    net:     [N] load less own generation of the interval before [kW]
    reading: [N + 1] meters, and last the losses, since the start [Wh]
    """

    devices: Mapping[str, Any]
    net: Floats
    reading: Floats


@dataclass(frozen=True, slots=True)
class Situation:
    """What an interval starts from.

    can:   what all flexible devices of the fleet can do
    known: what each home knows at gate closure
    now:   what comes
    within: what the DSO published for each connection; None where it publishes nothing
    """

    fleet: Fleet
    can: Reach
    known: Known
    now: Now
    within: Within | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """What devices burnt in an interval, and what their people went without; N homes.

    fuel:       [F, N] int64, by `FUELS` [Wh]
    fuel_cost:  [N] int64 [nEUR]
    missed:     [N] int64, energy that was needed and did not come [Wh]
    discomfort: [N] int64, time outside the comfort band times how far [mK·h]
    """

    fuel: Ints
    fuel_cost: Ints
    missed: Ints
    discomfort: Ints


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of an interval.

    outcome:   what the DSO saw and took back
    devices:   [D] power of each flexible device [kW]
    flexible:  [N] power of each home's flexible devices [kW]
    power:     [N] net withdrawal [kW]
    planned:   [N] net withdrawal before the DSO took anything back [kW]
    held_back: [N] generation held back [kW]
    unserved:  [N] load shed [kW]
    own:       [N] of what is held back, what homes hold back themselves, to keep to their envelopes; nobody pays for that [kW]
    dimmed:    [N] what devices draw less for the DSO [kW]
    breached:  [N] by how much homes left their envelopes before the DSO did anything [kW]
    clearing:  what stands of the market's, without the trades that the DSO withdrew
    """

    outcome: Outcome
    devices: Floats
    flexible: Floats
    power: Floats
    planned: Floats
    held_back: Floats
    unserved: Floats
    own: Floats
    dimmed: Floats
    breached: Floats
    clearing: Clearing

    @property
    def cut(self) -> Floats:
        """[N] generation that the DSO held back. [kW]"""
        return self.held_back - self.own


def prices_at(retailer: Retailer, interval: int, fuels: tuple[int, int]) -> Prices:
    """What homes can reckon with in an interval; fuels: prices of a kWh of each of `FUELS`. [µEUR/kWh]"""
    now = float(retailer.retail[interval]), float(retailer.tariff.feed_in[interval])
    return Prices(*now, float(retailer.dearest[interval]), float(retailer.cheapest[interval]), *map(float, fuels))


def explore(fleet: Fleet, state: State, today: Today, interval: int, prices: Prices) -> Reach:
    """What all flexible devices can do in an interval, and what that is worth unless somebody plans it."""
    return reach(fleet, state.devices, today.devices, today.place(interval), prices, today.day.hours)


def observe(fleet: Fleet, can: Reach, net: Floats, today: Today, retailer: Retailer, interval: int) -> Known:
    """What each prosumer knows at gate closure: itself, and the published prices.

    can : what its devices can do. net : [N] what it expects to draw less what it generates [kW].
    """
    from p2p.agents.kernels import seen

    most, homes, place = STEPS * fleet.most, len(fleet), today.place(interval)
    floats, ints = np.zeros((OF_FLOATS + most, homes)), np.zeros((OF_INTS + most, homes), np.int64)
    steps = np.empty((2, most, homes), np.int32)
    devices = (fleet.owner, can.low, can.width, can.worth, fleet.stores, (GREEN, STORAGE), MOST_WORTH)
    used = seen(*devices, net, today.luck[place], today.arrival[place], floats, ints, steps)
    public = (int(retailer.retail[interval]), int(retailer.tariff.feed_in[interval]), int(retailer.local_fees[interval]))
    tables = (floats[: OF_FLOATS + used], ints[: OF_INTS + used], steps[:, :used])
    return Known(interval, today.day.hours, *public, fleet.who, *tables)


def quote(cohorts: Sequence[Cohort], known: Known) -> Orders:
    """All cohorts' orders. Nothing hangs on the order of rows: a market decides ties by arrival.

    Raises
    ------
    LawBroken
        A strategy orders for somebody who does not exist.
    """
    from p2p.orders.kernels import first_beyond

    orders = Orders.concat([cohort.quote(known) for cohort in cohorts])
    stranger = first_beyond(orders.agent, len(known))
    if stranger >= 0:
        raise LawBroken(f"a strategy orders for agent {orders.agent[stranger]}, and there are {len(known)} homes")
    return orders


def learn(cohorts: Sequence[Cohort], known: Known, orders: Orders, clearing: Clearing, after: Aftermath | None = None) -> None:
    """Those who learn remember what came of their orders."""
    for cohort in cohorts:
        cohort.learn(known, orders, clearing, after)


def act(at: Situation, contracted: Ints, net: Floats) -> Floats:
    """[D] what each flexible device does, with its home's contract [Wh] and what the home draws without it [kW]. [kW]"""
    known = at.known
    lowest = at.can.low if at.within is None else at.within.least
    power = held(at.fleet, at.can.states, spread(known, contracted, net, lowest), known.hours)
    return given_way(at, power, net)


def announce(at: Situation, contracted: Ints) -> Ints:
    """[N] what each home says at gate closure that its meter will count: its forecast, and its devices as they would act. [Wh]"""
    from p2p.agents.kernels import announced

    known, scheduled = at.known, np.empty(len(at.known), np.int64)
    announced(known.net, at.fleet.owner, act(at, contracted, known.net), known.hours * WH_PER_KWH, scheduled)
    return scheduled


def whole_wh(power: Floats, hours: float) -> Ints:
    """[N] the nearest watt-hour of a power held for an interval, each home's by itself."""
    return np.rint(power * (hours * WH_PER_KWH)).astype(np.int64)


def deliver(dso: Dso, at: Situation, devices: Floats, book: tuple[Orders, Clearing], lost_load: int | None) -> Delivered:
    """What physics, the weather that came and the DSO's last resort make of the plans.

    devices : [D] what flexible devices would do. [kW]
    book : the orders of all homes and their clearing.
    lost_load : worth of a kWh of load, where the DSO may shed it. [µEUR/kWh]
    """
    fleet, known, now = at.fleet, at.known, at.now
    floor = fleet.by_prosumer(fleet.owner, at.can.low) if dso.cut_off else None
    orders, clearing = book
    flexible = fleet.by_prosumer(fleet.owner, devices)
    own = own_restraint(at, flexible)
    power = now.net + flexible + own
    usage = Usage(known.bus, power, now.kvar)
    trades: list[Trades] = []

    def give_ups() -> GiveUps:
        if dso.contracts is not None and not dso.cut_off:
            return dso.contracts.offered(connections(fleet, known, power), steered(fleet, at.can, devices))
        trades.append(clearing.pairs(orders))
        return possible(known, now, power, flexible, orders, trades[0], lost_load, floor)

    outcome = dso.deliver(usage, give_ups)
    breached, nothing = breaches(at, power), np.zeros(len(known))
    if outcome.taken is None or outcome.give_ups is None:
        return Delivered(outcome, devices, flexible, power, power, own, nothing, own, nothing, breached, clearing)
    offered, taken = outcome.give_ups, outcome.taken
    fed_less: Floats = np.bincount(offered.home, np.where(offered.sign > 0, taken, 0.0), len(known)).astype(np.float64)
    drawn_less: Floats = np.bincount(offered.home, np.where(offered.sign < 0, taken, 0.0), len(known)).astype(np.float64)
    lowest = at.can.low if dso.contracts is None or dso.cut_off else np.where(dimmable(fleet), at.can.low, devices)
    less_given = np.minimum(fed_less, fleet.by_prosumer(fleet.owner, np.maximum(-devices, 0.0)))
    less_drawn = np.minimum(drawn_less, np.maximum(fleet.by_prosumer(fleet.owner, devices - lowest), 0.0))
    change = less_given - less_drawn
    if trades:
        of_trade = np.flatnonzero((offered.trade >= 0) & (taken > 0))
        lost = np.zeros(len(trades[0]), np.int64)
        lost[offered.trade[of_trade]] = to_lots(taken[of_trade] * known.hours * WH_PER_KWH)
        clearing = withdraw(orders, clearing, trades[0], np.minimum(lost, trades[0].energy))
    return Delivered(
        outcome,
        moved(fleet, lowest, at.can.high, devices, change),
        flexible + change,
        power + fed_less - drawn_less,
        power,
        own + fed_less - less_given,
        drawn_less - less_drawn,
        own,
        less_drawn,
        breached,
        clearing,
    )


def possible(
    known: Known,
    now: Now,
    power: Floats,
    flexible: Floats,
    orders: Orders,
    trades: Trades,
    lost_load: int | None,
    floor: Floats | None = None,
) -> GiveUps:
    """What the DSO could take back, and what each is worth to those who lose it.

    Feed-in that nobody bought is worth the retailer's price, a trade what its buyer bid, what a device draws above its
    lowest power what its step is worth, and load the value of lost load, where it may be shed at all; its reactive power
    goes with it. In an area that is cut off stores give what they have left, too, at the worth of their steps; what devices
    must have goes as load does, and load as far as a home's own devices can't serve it.

    floor : [N] lowest power of each home's devices in an area that is cut off; None where it is not. [kW]
    """
    homes = len(known)
    export, draw = np.maximum(-power, 0.0), np.maximum(power, 0.0)
    per_wh = 1 / (known.hours * WH_PER_KWH)
    seller = orders.agent[trades.offer].astype(np.int64)
    sold = np.bincount(seller, trades.energy * per_wh, homes)
    part = np.minimum(sold, export) / np.maximum(sold, 1e-12)
    everyone, none, zero = np.arange(homes), np.full(homes, -1), np.zeros(homes)
    columns = [
        (everyone, 1, np.maximum(export - sold, 0.0), np.full(homes, known.feed_in), none, zero),
        (seller, 1, trades.energy * per_wh * part[seller], orders.price[trades.bid], np.arange(len(trades)), np.zeros(len(trades))),
    ]
    steps = drawn_steps(known, flexible, draw) if floor is None else held_steps(known, flexible)
    columns += [(everyone, -1, drawn, worth, none, zero) for drawn, worth in zip(steps, known.worth, strict=True)]
    if lost_load is not None:
        left = draw - steps.sum(axis=0) if floor is None else np.maximum(power - flexible + floor, 0.0)
        shed = np.minimum(left, now.wanted)
        columns.append((everyone, -1, shed, np.full(homes, lost_load), none, now.kvar * shed / np.maximum(now.wanted, 1e-9)))
        if floor is not None:
            columns.append((everyone, -1, known.low - floor, np.full(homes, lost_load), none, zero))
    home, sign, *rest = zip(*columns, strict=True)
    signs = np.repeat(np.array(sign, np.int8), [len(rows) for rows in home])
    sheds = np.repeat(np.arange(len(home)) >= 2 + len(steps), [len(rows) for rows in home])
    rows = GiveUps(np.concatenate(home), signs, *(np.concatenate(column) for column in rest)).replace(load=sheds)
    return rows.take(rows.power > 1e-9)


def switched_off(at: Situation) -> Situation:
    """The same in an area that is cut off, where any device may be switched off, whatever it would need."""
    return replace(at, can=replace(at.can, low=np.minimum(at.can.low, 0.0), high=np.maximum(at.can.high, 0.0)))


def drawn_steps(known: Known, flexible: Floats, draw: Floats) -> Floats:
    """[S, N] how much of each step that draws is filled, what is worth least first, and no more than the home draws in all. [kW]"""
    filled = held_steps(known, flexible) * (known.tag == GREEN)
    after = np.cumsum(filled[::-1], axis=0)[::-1]
    steps: Floats = np.clip(draw - (after - filled), 0.0, filled)
    return steps


def held_steps(known: Known, flexible: Floats) -> Floats:
    """[S, N] how much of each step is filled. [kW]"""
    before = np.cumsum(known.width, axis=0) - known.width
    filled: Floats = np.clip(flexible - known.low - before, 0.0, known.width)
    return filled


def withdraw(orders: Orders, clearing: Clearing, trades: Trades, lost: Ints) -> Clearing:
    """The clearing without what the DSO withdrew of each pair.

    Each pair is undone at its own price, so that what the buyer gets back is what the seller hands back. Where the
    rule's payments are not those of the pairs (it charges buyers more than it pays sellers, say), each order's payment
    falls in proportion, rounded to the operator's good; where that would leave the operator short, since a pair's seller
    got more than its buyer paid, buyer and seller meet half way.

    Parameters
    ----------
    trades : the pairs of the clearing.
    lost : [R] withdrawn of each, at most its energy. [Wh]
    """
    if not lost.any():
        return clearing
    kept = trades.replace(energy=trades.energy - lost)
    gone, back = trades.replace(energy=lost).by_order(orders)
    if not np.array_equal(trades.by_order(orders)[1], clearing.payment):
        whole, rest = np.divmod(clearing.payment, np.maximum(clearing.energy, 1))
        back = whole * gone + rest * gone // np.maximum(clearing.energy, 1)
        if int(np.sum(clearing.payment - back)) < min(clearing.budget(), 0):
            bid, offer = clearing.order_price(orders)[trades.bid], clearing.order_price(orders)[trades.offer]
            back = Trades(trades.bid, trades.offer, lost, np.rint((bid + offer) / 2).astype(np.int64)).by_order(orders)[1]
    return Clearing(clearing.energy - gone, clearing.payment - back, clearing.price, kept, clearing.facts)


def compensated(orders: Orders, cleared: Clearing, delivered: Delivered, hours: float) -> tuple[Ints, int]:
    """[N] what the DSO held back of each home and nobody else has paid for [Wh]; and what of it somebody had [Wh].

    orders, cleared : of all homes.
    """
    held_back = whole_wh(delivered.cut, hours)
    if delivered.outcome.taken is None:
        return held_back, 0
    twice = held_back_twice(orders, cleared, delivered.clearing, held_back, delivered.planned, hours)
    return held_back - twice, int(twice.sum())


def meter(state: State, delivered: Delivered, hours: float) -> tuple[Ints, Floats]:
    """What meters count in an interval: the whole watt-hours by which each register moved on.

    A register keeps its fraction for the next interval, so over time nothing is lost. Where the flow has no solution
    nobody knows the losses, and none are counted.

    Returns
    -------
    counted, reading : [N + 1] the homes, and last the losses [Wh]
    """
    flow, power = delivered.outcome.flow, delivered.power
    losses_kw = float(flow.losses_kw) if flow.converged else 0.0
    from p2p.agents.kernels import counted

    moved, reading = np.empty(len(power) + 1, np.int64), np.empty(len(power) + 1)
    counted(state.reading, power, losses_kw, hours * WH_PER_KWH, moved, reading)
    return moved, reading


def used_up(fleet: Fleet, states: Mapping[str, Any], prices: tuple[int, ...]) -> Used:
    """What devices burnt in the interval that they stepped last, and what their people went without.

    prices : of a kWh of each of `FUELS`. [µEUR/kWh]
    """
    from p2p.agents.kernels import count_up

    counts = np.zeros((len(FUELS) + len(LACKS) + 1, len(fleet)), np.int64)
    fuel, lacked, cost = counts[: len(FUELS)], counts[len(FUELS) : -1], counts[-1]
    for name, state in states.items():
        kind = FLEXIBLE[name]
        if kind.fuel:
            place = FUELS.index(kind.fuel)
            count_up(fleet.flexible[name].owner, state.fuel, prices[place], fuel[place], cost)
        if kind.missed:
            count_up(fleet.flexible[name].owner, state.missed, 0, lacked[LACKS.index(kind.missed)], cost)
    return Used(fuel, cost, *lacked)
