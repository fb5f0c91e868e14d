"""The phases of an interval, as functions: each takes what was and gives what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from p2p.agents.institutions import Dso, Retailer
from p2p.agents.prosumers import Cohort
from p2p.base.columns import Floats, Ints
from p2p.base.errors import LawBroken
from p2p.base.units import WH_PER_KWH, to_lots
from p2p.behaviour import Forecast
from p2p.behaviour.control import steer
from p2p.devices.battery_worth import storage_worth
from p2p.devices import Fleet, battery
from p2p.operators.dso import GiveUps, Outcome, Usage
from p2p.orders import Clearing, Known, Orders, Trades
from p2p.orders.published import Aftermath


@dataclass(frozen=True, slots=True)
class State:
    """What one interval hands to the next.

    stored:  [D] state of charge of each battery [kWh]
    net:     [N] load less own generation of the interval before [kW]
    reading: [N + 1] meters, and last the losses, since the start [Wh]
    """

    stored: Floats
    net: Floats
    reading: Floats


@dataclass(frozen=True, slots=True)
class Now:
    """What the weather and people bring in an interval.

    wanted: [N] load [kW]
    sun:    [N] generation that the sun gives [kW]
    kvar:   [N] reactive power of the loads [kvar]
    net:    [N] load less generation [kW]
    """

    wanted: Floats
    sun: Floats
    kvar: Floats
    net: Floats


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of an interval.

    outcome:   what the DSO saw and took back
    storage:   [N] power of storage [kW]
    power:     [N] net withdrawal [kW]
    held_back: [N] generation held back [kW]
    unserved:  [N] load shed [kW]
    clearing:  what stands of the market's, without the trades that the DSO withdrew
    """

    outcome: Outcome
    storage: Floats
    power: Floats
    held_back: Floats
    unserved: Floats
    clearing: Clearing


def observe(
    fleet: Fleet,
    state: State,
    now: Now,
    ahead: tuple[Floats, int],
    retailer: Retailer,
    forecast: Forecast,
    luck: Floats,
    arrival: Ints,
    interval: int,
    hours: float,
) -> Known:
    """What each prosumer knows at gate closure: itself, and the published prices.

    ahead : [L, D] what each home with a store expects of the day ahead [kWh], and which interval of it is now.
    luck, arrival : [N, 2] uniform draws, and [N] the rank in time.
    """
    from p2p.agents.kernels import seen

    soc = state.stored
    dearest, cheapest = int(retailer.dearest[interval]), int(retailer.cheapest[interval])
    low, high = battery.span(fleet.battery, soc, hours)
    charge_worth, discharge_cost = storage_worth(fleet.battery, soc, *ahead, dearest, cheapest)
    tables = (np.zeros((5, len(fleet))), np.zeros((3, len(fleet)), np.int64))
    seen(fleet.battery.owner, low, high, charge_worth, discharge_cost, forecast(state.net, now.net), luck, arrival, *tables)
    public = (int(retailer.retail[interval]), int(retailer.tariff.feed_in[interval]), int(retailer.local_fees[interval]))
    return Known(interval, hours, *public, fleet.who, *tables)


def quote(cohorts: Sequence[Cohort], known: Known) -> Orders:
    """All cohorts' orders. Nothing hangs on the order of rows: a market decides ties by arrival.

    Raises
    ------
    LawBroken
        A strategy orders for somebody who does not exist.
    """
    orders = Orders.concat([cohort.quote(known) for cohort in cohorts])
    if len(orders) and not 0 <= orders.agent.min() <= orders.agent.max() < len(known):
        raise LawBroken(f"a strategy orders for agent {orders.agent.max()}, and there are {len(known)} homes")
    return orders


def learn(cohorts: Sequence[Cohort], known: Known, orders: Orders, clearing: Clearing, after: Aftermath | None = None) -> None:
    """Those who learn remember what came of their orders."""
    for cohort in cohorts:
        cohort.learn(known, orders, clearing, after)


def contracts(orders: Orders, clearing: Clearing, homes: int) -> tuple[Ints, Ints, Ints]:
    """What each home bought, owes for it, and turned over.

    Returns
    -------
    contracted, payment, turnover : [N] [Wh], [nEUR], [Wh]
    """
    from p2p.orders.kernels import by_agent

    net, owed, turnover = np.zeros((3, homes), np.int64)
    by_agent(orders.agent, orders.side, clearing.energy, clearing.payment, net, owed, turnover)
    return net, owed, turnover


def announce(known: Known, contracted: Ints) -> Ints:
    """[N] what each home says at gate closure that its meter will count: its forecast, and its storage as it would act. [Wh]"""
    power = contracted / (known.hours * WH_PER_KWH)
    return whole_wh(known.net + steer(known, power, known.net), known.hours)


def act(known: Known, contracted: Ints, now: Now) -> Floats:
    """[N] what each home's storage does, with the contract that it has and what came. [kW]"""
    return steer(known, contracted / (known.hours * WH_PER_KWH), now.net)


def whole_wh(power: Floats, hours: float) -> Ints:
    """[N] the nearest watt-hour of a power held for an interval, each home's by itself."""
    return np.rint(power * (hours * WH_PER_KWH)).astype(np.int64)


def deliver(dso: Dso, known: Known, now: Now, storage: Floats, orders: Orders, clearing: Clearing, lost_load: int | None) -> Delivered:
    """What physics, the weather that came and the DSO's last resort make of the plans.

    lost_load : worth of a kWh of load, where the DSO may shed it. [µEUR/kWh]
    """
    power = now.net + storage
    usage = Usage(known.bus, power, now.kvar)
    trades: list[Trades] = []

    def give_ups() -> GiveUps:
        trades.append(clearing.pairs(orders))
        return possible(known, now, power, storage, orders, trades[0], lost_load)

    outcome = dso.deliver(usage, give_ups)
    nothing = np.zeros(len(known))
    if outcome.taken is None or outcome.give_ups is None:
        return Delivered(outcome, storage, power, nothing, nothing, clearing)
    offered, taken = outcome.give_ups, outcome.taken
    fed_less: Floats = np.bincount(offered.home, np.where(offered.sign > 0, taken, 0.0), len(known)).astype(np.float64)
    drawn_less: Floats = np.bincount(offered.home, np.where(offered.sign < 0, taken, 0.0), len(known)).astype(np.float64)
    less_discharge = np.minimum(fed_less, np.maximum(-storage, 0.0))
    less_charge = np.minimum(drawn_less, np.maximum(storage, 0.0))
    of_trade = np.flatnonzero((offered.trade >= 0) & (taken > 0))
    lost = np.zeros(len(trades[0]), np.int64)
    lost[offered.trade[of_trade]] = to_lots(taken[of_trade] * known.hours * WH_PER_KWH)
    return Delivered(
        outcome,
        storage + less_discharge - less_charge,
        power + fed_less - drawn_less,
        fed_less - less_discharge,
        drawn_less - less_charge,
        withdraw(orders, clearing, trades[0], np.minimum(lost, trades[0].energy)),
    )


def possible(known: Known, now: Now, power: Floats, storage: Floats, orders: Orders, trades: Trades, lost_load: int | None) -> GiveUps:
    """What the DSO could take back, and what each is worth to those who lose it.

    Feed-in that nobody bought is worth the retailer's price, a trade what its buyer bid, charging what a stored kWh
    is worth, and load the value of lost load, where it may be shed at all; its reactive power goes with it.
    """
    homes = len(known)
    export, draw = np.maximum(-power, 0.0), np.maximum(power, 0.0)
    per_wh = 1 / (known.hours * WH_PER_KWH)
    seller = orders.agent[trades.offer].astype(np.int64)
    sold = np.bincount(seller, trades.energy * per_wh, homes)
    part = np.minimum(sold, export) / np.maximum(sold, 1e-12)
    charging = np.minimum(np.maximum(storage, 0.0), draw)
    everyone, none = np.arange(homes), np.full(homes, -1)
    columns = [
        (everyone, 1, np.maximum(export - sold, 0.0), np.full(homes, known.feed_in), none, 0 * export),
        (seller, 1, trades.energy * per_wh * part[seller], orders.price[trades.bid], np.arange(len(trades)), np.zeros(len(trades))),
        (everyone, -1, charging, known.charge_worth, none, 0 * export),
    ]
    if lost_load is not None:
        shed = draw - charging
        columns.append((everyone, -1, shed, np.full(homes, lost_load), none, now.kvar * shed / np.maximum(now.wanted, 1e-9)))
    home, sign, *rest = zip(*columns, strict=True)
    signs = np.repeat(np.array(sign, np.int8), [len(rows) for rows in home])
    rows = GiveUps(np.concatenate(home), signs, *(np.concatenate(column) for column in rest))
    return rows.take(rows.power > 1e-9)


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


def step_devices(fleet: Fleet, state: State, now: Now, delivered: Delivered, hours: float) -> State:
    """The state that the next interval meets; only storage has one, load and sun leave none."""
    stored = battery.step(fleet.battery, state.stored, delivered.storage.take(fleet.battery.owner), hours)
    return State(stored, now.net, state.reading)
