"""Household appliances whose programme can wait: dishwashers, washing machines, dryers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from p2p.base.columns import Columns, Flags, Floats, Indices, Ints
from p2p.base.errors import Fault, InputError
from p2p.devices.around import Day, Prices
from p2p.devices.homes import Homes
from p2p.devices.specification import FlexSpecification
from p2p.devices.worth import Worth

CONTROL = "PPBC"
MISSED = "kWh"

PROGRAMMES: dict[str, tuple[tuple[float, float], ...]] = {
    "dishwasher": ((10, 0.1), (15, 2.0), (15, 0.1), (15, 2.0), (5, 1.067)),
    "washing_machine": ((8, 0.073), (21, 2.056), (93, 0.073), (16, 0.339)),
    "dryer": ((60, 2.5),),
}
"""Phases of a programme, minutes and kW. Length and mean power (60 min at 1.131 kW, 138 min at 0.406 kW, 60 min at 2.5 kW) are those of
I. Richardson, M. Thomson, D. Infield and C. Clifford, "Domestic electricity use: a high-resolution energy demand model", Energy and
Buildings 42 (10), 2010; how they part into phases is an (assumption)."""

CYCLES = {"dishwasher": 241, "washing_machine": 196, "dryer": 122}
"""Programmes a year, from the same model."""

PHASES = max(len(phases) for phases in PROGRAMMES.values())


@dataclass(frozen=True, slots=True)
class Appliance(Columns):
    """Appliances with a programme of phases; D rows.

    owner:         [D] int32, the prosumer
    kind:          [D] int32, number in `PROGRAMMES`; appliances of a kind share their home's luck
    power:         [D, P] of each phase, over 0 where the phase has a length [kW]
    length:        [D, P] of each phase, 0 for none [h]
    interruptible: [D] bool, may pause between and within phases
    chance:        [D] share of days on which it is filled
    first:         [D] local hour at which a programme may start, 0 to 24 [h]
    last:          [D] local hour at which it must have ended, beyond 24 on the next day; at most 23 after `first` [h]
    """

    owner: Indices
    kind: Indices
    power: Floats
    length: Floats
    interruptible: Flags
    chance: Floats
    first: Floats
    last: Floats

    @property
    def total(self) -> Floats:
        """[D] length of the programme [h]."""
        total: Floats = self.length.sum(axis=1)
        return total


@dataclass(frozen=True, slots=True)
class State(Columns):
    """How far a programme is.

    done:   [D] of the programme; its whole length when it has ended or none waits [h]
    left:   [D] time to the latest end; 0 when none waits [h]
    missed: [D] what a programme lacked at its latest end, in the interval stepped last; its people unload then [kWh]
    """

    done: Floats
    left: Floats
    missed: Floats


@dataclass(frozen=True, slots=True)
class Today:
    """What a day brings to appliances.

    left:  [T, D] time from the start of the interval to the latest end, 0 where nobody has filled it [h]
    fresh: [T, D] bool, whether it has been filled for the start of this interval
    hours: length of an interval [h]
    """

    left: Floats
    fresh: Flags
    hours: float


SHIFT = 1_000
"""Added to the number of a day where chance is drawn, so that the day before the run has its own, too."""


def start(appliance: Appliance, day: Day) -> State:
    """The state before the first interval: nothing waits."""
    return State(appliance.total, np.zeros(len(appliance)), np.zeros(len(appliance)))


def today(appliance: Appliance, day: Day) -> Today:
    """What a day brings to the appliances: at most one programme a day, never two at once.

    Windows begin and end at the start of an interval, and always leave room for the whole programme.
    """
    left, fresh = np.zeros((len(day), len(appliance))), np.zeros((len(day), len(appliance)), np.bool_)
    clock = np.maximum.accumulate(day.local.astype("datetime64[s]").astype(np.int64)) / 3_600.0
    need = np.ceil(appliance.total / day.hours - 1e-9)
    for date in range(int(day.date[0]) - 1, int(day.date[-1]) + 1):
        luck = day.streams.at("appliance", date - int(day.date[0]) + day.number + SHIFT).random((len(PROGRAMMES), day.homes))
        filled = luck[appliance.kind, appliance.owner] < appliance.chance
        begin = _place(clock, date * 24 + appliance.first, day.hours)
        end = np.maximum(_place(clock, date * 24 + appliance.last, day.hours), begin + need)
        rows = np.flatnonzero(filled & (end > 0) & (begin < len(day)))
        _fill(left, fresh, rows, begin[rows], end[rows], day.hours)
    return Today(left, fresh, day.hours)


def _place(clock: Floats, hour: Floats, hours: float) -> Ints:
    """[D] the interval that begins nearest to a time on the clock. [h]"""
    place = np.clip(np.searchsorted(clock, hour, side="right") - 1, 0, len(clock) - 1)
    beyond = (hour - clock[place]) / hours
    beyond = np.where(place < len(clock) - 1, np.minimum(beyond, 1.0), beyond)
    return np.floor(place + beyond + 0.5).astype(np.int64)


def _fill(left: Floats, fresh: Flags, rows: Ints, begin: Ints, end: Floats, hours: float) -> None:
    """Write windows into a day: a new one takes over where one before it has not ended."""
    place = np.arange(len(left))[:, None]
    inside = (place >= begin) & (place < end)
    left[:, rows] = np.where(inside, (end - place) * hours, left[:, rows])
    now = begin >= 0
    fresh[begin[now], rows[now]] = True


def meet(appliance: Appliance, state: State, today: Today, place: int) -> State:
    """The state as an interval finds it: what has just been filled has its programme before it."""
    return State(np.where(today.fresh[place], 0.0, state.done), today.left[place], state.missed)


def span(appliance: Appliance, state: State, hours: float) -> tuple[Floats, Floats]:
    """Lowest and highest power each appliance can hold for one interval.

    The highest is its programme from now on. The lowest is none; or its programme, too, if it runs and can't be interrupted; or what
    it must draw to end in time, when it has waited as long as it could. A power between is a start, or a pause, within the interval.

    Parameters
    ----------
    hours : length of the interval. [h]

    Returns
    -------
    low, high : [D] net withdrawal. [kW]
    """
    from p2p.devices.flexible.kernels import appliance_span

    low, high = np.empty(len(state)), np.empty(len(state))
    appliance_span(appliance.power, appliance.length, appliance.interruptible, state.done, state.left, hours, low, high)
    return low, high


def hold(appliance: Appliance, state: State, power: Floats, hours: float) -> Floats:
    """The power that an appliance really holds: its programme from the start of the interval, or none, whichever is nearer. [D] [kW]

    One that must start within the interval starts with it.
    """
    low, high = span(appliance, state, hours)
    held: Floats = np.where((low > 0) | (2 * power >= high), high, 0.0)
    return held


def habit(appliance: Appliance, state: State, span: tuple[Floats, Floats], hours: float) -> Floats:
    """Where nobody steers it, it starts as soon as it is filled. [D] [kW]"""
    return span[1]


def step(appliance: Appliance, state: State, power: Floats, hours: float) -> State:
    """The state after holding `power`, which lies in `span`: as far in the programme as its energy says."""
    from p2p.devices.flexible.kernels import appliance_step

    done, left, missed = np.empty((3, len(state)))
    appliance_step(appliance.power, appliance.length, state.done, state.left, power, hours, done, left, missed)
    return State(done, left, missed)


def worth(appliance: Appliance, state: State, today: Today, place: int, span: tuple[Floats, Floats], prices: Prices, hours: float) -> Worth:
    """What power is worth to people who don't plan: the cheapest price ahead as the window opens, the dearest as it closes.

    In between it rises evenly as the time runs out in which the programme can still wait. One step.

    References
    ----------
    As in `worth.by_fill`, with the share of the slack that is left in place of the fill level.
    """
    from p2p.devices.flexible.kernels import appliance_worth

    low, high = span
    price = np.empty((1, len(state)))
    appliance_worth(
        appliance.length, appliance.last - appliance.first, state.done, state.left, max(prices.dearest, prices.cheapest), prices.cheapest,
        hours, price[0],
    )  # fmt: skip
    return Worth((high - low)[None], price)


def plan_starts(appliance: Appliance, state: State, today: Today, place: int, price: Floats) -> Ints:
    """The interval in which each programme that waits is cheapest to start, run through and still ended in time.

    Parameters
    ----------
    price : [T] of each interval of the day and the hours after it; the last one counts for all that come later.

    Returns
    -------
    [D] places of today, the earliest of equally cheap ones; -1 where nothing waits.
    """
    from p2p.devices.flexible.kernels import appliance_starts

    places = np.empty(len(state), np.int64)
    appliance_starts(appliance.power, appliance.length, state.done, state.left, price, place, today.hours, places)
    return places


def specification(appliance: Appliance) -> FlexSpecification:
    """Shifts a programme within its window; all of it is drawn later."""
    rows = np.ones(len(appliance))
    highest: Floats = np.max(appliance.power, axis=1, initial=0.0)
    return FlexSpecification(
        owner=appliance.owner, bidirectional=rows < 0, low=0 * rows, high=highest,
        energy=(appliance.power * appliance.length).sum(axis=1), lead_time=0 * rows, duration=appliance.total, recovery=rows,
        price=0 * rows, first=appliance.first, last=np.where(appliance.last > 24, appliance.last - 24, appliance.last),
        involvement=np.full(len(appliance), "passive"),
    )  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """How appliances are drawn.

    kind : dishwasher, washing_machine or dryer.
    cycles : programmes a year; 0 for as many as the source says of the kind.
    first : range of local hours at which it is filled, uniform [h] (assumption).
    window : range of hours from then to the latest end, uniform [h] (assumption).
    interruptible : share that may pause (assumption).
    """

    kind: str = "dishwasher"
    cycles: float = 0.0
    first: tuple[float, float] = (17.0, 22.0)
    window: tuple[float, float] = (6.0, 12.0)
    interruptible: float = 0.0

    def __post_init__(self) -> None:
        faults = []
        if self.kind not in PROGRAMMES:
            faults.append(Fault("kind", f"'{self.kind}'", f"allowed: {', '.join(PROGRAMMES)}"))
        else:
            length = sum(minutes for minutes, _ in PROGRAMMES[self.kind]) / 60
            if not length <= self.window[0] <= self.window[1] <= 23:
                faults.append(Fault("window", f"{self.window}", f"two lengths from {length:g}, the programme's, to 23, the smaller first"))
        if not 0 <= self.cycles <= 365:
            faults.append(Fault("cycles", f"{self.cycles:g}", "0 to 365"))
        if not 0 <= self.first[0] <= self.first[1] <= 24:
            faults.append(Fault("first", f"{self.first}", "two hours from 0 to 24, the smaller first"))
        if not 0 <= self.interruptible <= 1:
            faults.append(Fault("interruptible", f"{self.interruptible:g}", "0 to 1"))
        if faults:
            raise InputError(faults)

    def __call__(self, homes: Homes, owner: Indices) -> Appliance:
        """The appliances of those who own one."""
        phases: Any = np.zeros((PHASES, 2))
        phases[: len(PROGRAMMES[self.kind])] = PROGRAMMES[self.kind]
        ones = np.ones(len(owner))
        first = homes.between(self.first, f"{self.kind} first")[owner]
        return Appliance(
            owner, np.full(len(owner), list(PROGRAMMES).index(self.kind), np.int32), homes.size[owner][:, None] * phases[:, 1],
            ones[:, None] * phases[:, 0] / 60, (homes.draw(f"{self.kind} interruptible") < self.interruptible)[owner],
            (self.cycles or CYCLES[self.kind]) / 365 * ones, first, first + homes.between(self.window, f"{self.kind} window")[owner],
        )  # fmt: skip
