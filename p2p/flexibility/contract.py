"""Contracts between prosumers and aggregators: what may be used, what is seen, who gets which part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from p2p.base.columns import Columns, Flags, Floats, Indices, Ints
from p2p.base.errors import Fault, InputError, nearest
from p2p.devices import DEVICES
from p2p.orders.orders import rows_where

PRIVACY = ("aggregate", "own meter", "device")
"""What an aggregator may see of a member, from least to most: nothing but sums of the pool, its meter, each of its devices."""

ALWAYS = 24.0
"""Hours a day without a bound. [h]"""

NAMES = tuple(DEVICES)
"""Kinds of devices by number: bit k of a contract's `devices` stands for the k-th of them."""

EVERYTHING = (1 << len(NAMES)) - 1
"""The bits of all kinds."""


@dataclass(frozen=True, slots=True)
class Contracts(Columns):
    """Contracts in force; M rows, one a member.

    member:     [M] int32, the prosumer; nobody has two
    aggregator: [M] int32, its number
    devices:    [M] int64, which kinds may be used: a bit each, in the order of `NAMES`
    up:         [M] most that may be sold of the member's devices at once, infinite for no bound [kW]
    down:       [M] most that may be bought for them, infinite for no bound [kW]
    hours:      [M] most in which they may be used a day; 24 for no bound [h]
    share:      [M] the member's part of what is gained with its devices, 0 to 1
    fee:        [M] int64, what the member pays for each kWh that is traded for it [µEUR/kWh]
    privacy:    [M] int8, a number in `PRIVACY`
    """

    member: Indices
    aggregator: Indices
    devices: Ints
    up: Floats
    down: Floats
    hours: Floats
    share: Floats
    fee: Ints
    privacy: npt.NDArray[np.int8]

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]], homes: int, aggregators: Sequence[str]) -> Self:
        """Contracts from plain values.

        Parameters
        ----------
        rows : one mapping a contract: `member` (number of the prosumer), `aggregator` (a name), and where they differ from
            a contract for everything, `devices` (names in `DEVICES`; none for all), `up_kw`, `down_kw`, `hours`, `share`
            (1.0), `fee` (0, µEUR/kWh) and `privacy` ("own meter").
        homes : how many prosumers there are.
        aggregators : their names, by number.

        Raises
        ------
        InputError
            All faults at once, each with its rows.

        Examples
        --------
        >>> found = Contracts.of([{"member": 3, "aggregator": "north", "devices": ["battery"], "share": 0.5}], 5, ["north"])
        >>> found.may_use("battery").tolist(), found.may_use("pv").tolist()
        ([True], [False])
        """
        faults = [*_unknown(rows, "aggregator", aggregators), *_unknown(rows, "privacy", PRIVACY), *_unknown(rows, "devices", NAMES)]
        told = [{**DEFAULTS, **row} for row in rows]
        number = {name: place for place, name in enumerate(aggregators)}
        level = {name: place for place, name in enumerate(PRIVACY)}

        def column(key: str, kind: type[np.generic]) -> Any:
            return np.array([row[key] for row in told], kind)

        found = cls(
            column("member", np.int32),
            np.array([number.get(row["aggregator"], 0) for row in told], np.int32),
            np.array([mask(row["devices"]) for row in told], np.int64),
            column("up_kw", np.float64),
            column("down_kw", np.float64),
            column("hours", np.float64),
            column("share", np.float64),
            column("fee", np.int64),
            np.array([level.get(row["privacy"], 0) for row in told], np.int8),
        )
        faults += found.faults(homes, len(aggregators))
        if faults:
            raise InputError(faults)
        return found

    def faults(self, homes: int, aggregators: int) -> list[Fault]:
        """Everything that is wrong, by column, with its rows.

        Parameters
        ----------
        homes, aggregators : how many there are.
        """
        member = self.member
        twice = np.isin(member, member[_repeated(member)])
        inside = (member >= 0) & (member < homes)
        pooled = (self.aggregator >= 0) & (self.aggregator < aggregators)
        checks = (
            (~inside, "member", "is nobody", f"0 to {homes - 1}, a prosumer"),
            (twice, "member", "has more than one contract", "one contract a prosumer"),
            (~pooled, "aggregator", "is nobody", f"0 to {aggregators - 1}, an aggregator"),
            ((self.devices & ~EVERYTHING) != 0, "devices", "names an unknown device", f"bits of {', '.join(NAMES)}"),
            (self.devices == 0, "devices", "names no device", f"one of {', '.join(NAMES)} at least"),
            (~(self.up >= 0), "up_kw", "is negative or no number", "0 kW or more"),
            (~(self.down >= 0), "down_kw", "is negative or no number", "0 kW or more"),
            (~((self.hours >= 0) & (self.hours <= ALWAYS)), "hours", "is out of range", "0 to 24 h a day"),
            (~((self.share >= 0) & (self.share <= 1)), "share", "is out of range", "0 to 1"),
            (self.fee < 0, "fee", "is negative", "0 µEUR/kWh or more"),
            ((self.privacy < 0) | (self.privacy >= len(PRIVACY)), "privacy", "is unknown", f"numbers of {', '.join(PRIVACY)}"),
        )
        return [fault for bad, key, what, allowed in checks for fault in rows_where(bad, f"contracts.{key}", what, allowed, "contract")]

    def may_use(self, device: str) -> Flags:
        """[M] whether the aggregator may use a kind of device."""
        usable: Flags = (self.devices >> NAMES.index(device) & 1) > 0
        return usable

    def bounds(self, ranges: Mapping[str, Floats]) -> tuple[Floats, Floats]:
        """What may be sold of each member's devices, and bought for them, at once: the contract's bounds, and no more than
        the devices in it can do.

        Parameters
        ----------
        ranges : [N] by kind, between the lowest and the highest power of each prosumer's devices; infinite for what is
            drawn or fed in whatever happens. Kinds that are not named can do nothing. [kW]

        Returns
        -------
        up, down : [M] [kW]
        """
        can = np.zeros(len(self))
        for device, width in ranges.items():
            can = can + np.where(self.may_use(device), width[self.member], 0.0)
        return np.minimum(self.up, can), np.minimum(self.down, can)


DEFAULTS: Mapping[str, Any] = {
    "devices": (), "up_kw": np.inf, "down_kw": np.inf, "hours": ALWAYS, "share": 1.0, "fee": 0, "privacy": "own meter",
}  # fmt: skip


def mask(devices: Sequence[str]) -> int:
    """The bits of kinds of devices, those of all where none is named; unknown names have none."""
    return sum(1 << NAMES.index(name) for name in set(devices) if name in NAMES) if devices else EVERYTHING


def _repeated(member: Indices) -> Flags:
    """[M] the rows whose member an earlier row has."""
    again = np.ones(len(member), np.bool_)
    again[np.unique(member, return_index=True)[1]] = False
    return again


def _unknown(rows: Sequence[Mapping[str, Any]], key: str, known: Sequence[str]) -> list[Fault]:
    """A fault for each unknown name under a key, with the rows that say it."""
    said: dict[str, list[int]] = {}
    for row, contract in enumerate(rows):
        names = contract.get(key, ())
        for name in (names,) if isinstance(names, str) else names:
            if name not in known:
                said.setdefault(name, []).append(row)
    return [
        Fault(f"contracts.{key}", f"'{name}' is unknown (rows {', '.join(str(row) for row in at[:5])})", nearest(name, known))
        for name, at in said.items()
    ]
