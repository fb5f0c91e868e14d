"""Homes under a DSO that publishes envelopes, or that steers devices by contract: what they plan, and what they keep to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from p2p.agents.institutions import Dso
from p2p.base.columns import Flags, Floats
from p2p.devices import Fleet
from p2p.devices.reach import Reach
from p2p.operators.dso import Connections, Expected, Steered
from p2p.orders import Known

if TYPE_CHECKING:
    from p2p.agents.phases import Situation

DIMMABLE = ("ev", "heat_pump", "hybrid_heat_pump", "battery")
"""Kinds that a contract may dim. Bundesnetzagentur, BK6-22-300, annex 1, section 2.4: charging points, heat pumps, storage that
charges (and cooling, which there is none of here); water boilers and night storage are not among them."""

HEAT_PUMPS = ("heat_pump", "hybrid_heat_pump")


@dataclass(frozen=True, slots=True)
class Within:
    """Between which net withdrawals homes must stay in an interval.

    low, high: [N] the envelope; low is feed-in, not positive [kW]
    least: [D] lowest power of each device with which its home plans [kW]
    """

    low: Floats
    high: Floats
    least: Floats


def enclosed(dso: Dso, at: Situation, kvar: Floats) -> Situation:
    """What homes know when the DSO has published its envelopes: of what their devices could do, what fits the forecast.

    Devices that must draw so that a home feeds in no more than it may are taken as drawing, what is worth most first; what they
    can't take is generation that the home plans to hold back.

    kvar : [N] reactive power that the DSO expects: that of the interval before. [kvar]
    """
    from p2p.agents.kernels import narrowed

    if dso.encloses is None:
        return at
    known = at.known
    most = known.floor + known.width.sum(axis=0)
    expected = Expected(known.bus, known.floor, most, kvar, *at.fleet.connections)
    published = dso.encloses.envelopes(dso.grid, dso.bounds, expected)
    floats, least = known.floats.copy(), at.can.low.copy()
    narrowed(published.low, published.high, floats, known.device, least)
    tables = replace(known, floats=floats)
    return replace(at, known=tables, within=Within(published.low, published.high, least))


def given_way(at: Situation, devices: Floats, net: Floats) -> Floats:
    """[D] devices of homes that would leave their envelopes, moved as far toward them as they can; of others, the same. [kW]

    net : [N] what homes draw without them. [kW]
    """
    if at.within is None:
        return devices
    power = net + at.fleet.by_prosumer(at.fleet.owner, devices)
    change = np.clip(power, at.within.low, at.within.high) - power
    return moved(at.fleet, at.can.low, at.can.high, devices, change) if change.any() else devices


def own_restraint(at: Situation, flexible: Floats) -> Floats:
    """[N] generation that homes hold back themselves, since they would feed in more than they may. [kW]

    flexible : [N] what their devices draw. [kW]
    """
    if at.within is None:
        return 0.0 * flexible
    return np.clip(at.within.low - at.now.net - flexible, 0.0, at.now.sun)


def breaches(at: Situation, power: Floats) -> Floats:
    """[N] by how much homes leave their envelopes all the same: load that nobody steers, above all. [kW]"""
    if at.within is None:
        return 0.0 * power
    beyond: Floats = np.maximum(power - at.within.high, 0.0) + np.maximum(at.within.low - power, 0.0)
    return np.where(beyond > 1e-9, beyond, 0.0)


def moved(fleet: Fleet, low: Floats, high: Floats, devices: Floats, change: Floats) -> Floats:
    """[D] what devices do when each home's must draw so much more in all, each within its span; of a home that need not, the same. [kW]

    A home's devices go the same part of the way to their highest power, or to their lowest.

    low, high : [D] their spans. change : [N]. [kW]
    """
    up = fleet.by_prosumer(fleet.owner, high - devices)
    down = fleet.by_prosumer(fleet.owner, devices - low)
    part = (np.maximum(change, 0.0) / np.maximum(up, 1e-12))[fleet.owner]
    back = (np.maximum(-change, 0.0) / np.maximum(down, 1e-12))[fleet.owner]
    after: Floats = devices + np.minimum(part, 1.0) * (high - devices) - np.minimum(back, 1.0) * (devices - low)
    return after


def dimmable(fleet: Fleet) -> Flags:
    """[D] which devices are of a kind that a contract may dim."""
    return _of_kinds(fleet, DIMMABLE)


def steered(fleet: Fleet, can: Reach, devices: Floats) -> Steered:
    """The devices that a contract may dim, drawing what they draw now; [D] devices [kW]."""
    rows = np.flatnonzero(dimmable(fleet))
    drawn = np.maximum(devices[rows], 0.0)
    least = np.minimum(np.maximum(can.low[rows], 0.0), drawn)
    return Steered(fleet.owner[rows], fleet.rated[0][rows], drawn, least, _of_kinds(fleet, HEAT_PUMPS)[rows])


def connections(fleet: Fleet, known: Known, power: Floats) -> Connections:
    """What the DSO meets at each connection; power: [N] net withdrawal. [kW]"""
    return Connections(power, fleet.connections[1], np.full(len(power), known.feed_in, np.int64))


def _of_kinds(fleet: Fleet, kinds: tuple[str, ...]) -> Flags:
    """[D] which devices are of some kinds."""
    flags = np.zeros(len(fleet.owner), np.bool_)
    for name, rows in fleet.rows.items():
        flags[rows] = name in kinds
    return flags
