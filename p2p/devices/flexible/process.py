"""Processes of commercial and industrial sites, run by a firm to its own schedule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p.base.columns import Columns, Flags, Floats, Indices, Ints
from p2p.base.errors import Fault, InputError
from p2p.devices.around import Day, Prices
from p2p.devices.homes import CLASSES, Homes
from p2p.devices.specification import FlexSpecification
from p2p.devices.stores import Stores
from p2p.devices.worth import Worth

CONTROL = "OMBC"
MISSED = "kWh"

SHAPES = {
    "commercial": (
        (0.2, 0.2, 0.2, 0.2, 0.2, 0.3, 0.5, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.9, 0.7, 0.5, 0.3, 0.2, 0.2, 0.2),
        (0.2,) * 24,
    ),
    "industrial": (
        (0.4, 0.4, 0.4, 0.4, 0.5, 0.7, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.7, 0.5),
        (0.4,) * 24,
    ),
}
"""Schedule over rated power by hour of the day, working days and others: one shift, two shifts (assumption)."""


@dataclass(frozen=True, slots=True)
class Process(Columns):
    """Processes of sites; D rows, several of which may belong to one site.

    A process has a schedule, of which it can do without some at the value of lost load; or a batch that must be done by the end of
    its window on each working day, Monday to Friday; or both.

    owner:    [D] int32, the prosumer
    schedule: [D, 2, 24] its own plan by hour, working days and others; straight lines join the middles of the hours [kW]
    floor:    [D] share of the schedule that it can't do without, 0 to 1
    value:    [D] of lost load [µEUR/kWh]
    ramp:     [D] most that the power changes from one interval to the next, over the interval; it may always stop for want of
        something to do; infinite for none [kW/h]
    power:    [D] most for the batch [kW]
    batch:    [D] energy due on a working day; 0 for none [kWh]
    first:    [D] local hour from which the batch may run [h]
    last:     [D] by which it must be done, at most 24 [h]
    notice:   [D] time from a commitment to what is done, at most 24; 0 for a process that takes any power at once [h]
    """

    owner: Indices
    schedule: Floats
    floor: Floats
    value: Floats
    ramp: Floats
    power: Floats
    batch: Floats
    first: Floats
    last: Floats
    notice: Floats


@dataclass(frozen=True, slots=True)
class State(Columns):
    """What a process does, has to do and has committed itself to.

    plan:    [D] its schedule now [kW]
    due:     [D] rest of the batch [kWh]
    left:    [D] time to the end of the batch's window, 0 outside it [h]
    held:    [D] power in the interval before [kW]
    fixed:   [D, R] power committed for this interval and those after it, up to `notice`; R - 1 is the longest notice [kW]
    missed:  [D] batch not done at its window's end, and schedule below the floor for want of ramp, in the interval stepped last [kWh]
    cut:     [D] schedule that was done without, at the value of lost load, in the interval stepped last [kWh]
    """

    plan: Floats
    due: Floats
    left: Floats
    held: Floats
    fixed: Floats
    missed: Floats
    cut: Floats


@dataclass(frozen=True, slots=True)
class Today:
    """What a day brings to processes.

    plan:  [T, D] schedule [kW]
    own:   [T, D] schedule and the batch run evenly over its window: what it commits itself to if nobody asks for another [kW]
    left:  [T, D] time from the start of the interval to the end of the batch's window, 0 outside it [h]
    fresh: [T, D] bool, whether a window opens
    ahead: [D] int64, notice in intervals
    """

    plan: Floats
    own: Floats
    left: Floats
    fresh: Flags
    ahead: Ints


def start(process: Process, day: Day) -> State:
    """The state before the first interval: on schedule, committed to it, and no batch begun."""
    brought = today(process, day)
    zero = np.zeros(len(process))
    fixed = np.zeros((len(process), int(np.max(brought.ahead, initial=0)) + 1))
    for at in range(fixed.shape[1] - 1):
        fixed[:, at + 1] = np.where(at < brought.ahead, brought.own[at], 0.0)
    return State(brought.plan[0], zero, zero, brought.plan[0], fixed, zero, zero)


def today(process: Process, day: Day) -> Today:
    """What a day brings to the processes. Windows open and close at the start of the interval that is nearest."""
    middle = day.date * 24 + day.hour + day.hours / 2 - 0.5
    before = np.floor(middle).astype(np.int64)
    late = (middle - before)[:, None]
    plan = (1 - late) * _hourly(process, before) + late * _hourly(process, before + 1)
    opens, closes = np.rint(process.first / day.hours), np.rint(process.last / day.hours)
    closes = np.maximum(closes, opens + 1)
    clock = np.maximum.accumulate(day.local.astype("datetime64[s]").astype(np.int64))  # stands still where an hour comes twice
    place = np.rint(clock % 86_400 / 3_600 / day.hours)[:, None]
    open_now = (place >= opens) & (place < closes) & ~day.weekend[:, None] & (process.batch > 0)
    closed_before = np.concatenate((np.ones((1, len(process)), np.bool_), ~open_now[:-1]))
    fresh = open_now & np.where((place == 0) & (opens == 0), True, closed_before)
    fresh[0] &= place[0] == opens  # nothing begins in the middle of a window
    left = _time_left(open_now, fresh, np.maximum(closes - place[-1] - 1, 0)) * day.hours
    even = np.where(open_now, process.batch / ((closes - opens) * day.hours), 0.0)
    ahead = np.ceil(process.notice / day.hours - 1e-9).astype(np.int64)
    return Today(plan, plan + even, left, fresh, ahead)


def _hourly(process: Process, hour: Ints) -> Floats:
    """[T, D] the schedule of hours counted since 1970. [kW]"""
    other = ((hour // 24 + 3) % 7 >= 5).astype(np.int64)
    return np.ascontiguousarray(process.schedule[:, other, hour % 24].T)


def _time_left(open_now: Flags, fresh: Flags, beyond: Floats) -> Floats:
    """[T, D] intervals to the end of the window each is in; [D] `beyond` are left of the last one after the last interval."""
    length = len(open_now)
    shut = np.concatenate((~open_now[1:] | fresh[1:], np.ones((1, open_now.shape[1]), np.bool_)))
    ends = np.where(shut, np.arange(1.0, length + 1)[:, None], np.inf)
    ends[-1] += np.where(open_now[-1], beyond, 0.0)
    ends = np.minimum.accumulate(ends[::-1])[::-1]
    left: Floats = np.where(open_now, ends - np.arange(length)[:, None], 0.0)
    return left


def meet(process: Process, state: State, today: Today, place: int) -> State:
    """The state as an interval finds it; what it does `notice` from now is its own plan, unless `commit` says otherwise."""
    due = np.where(today.fresh[place], process.batch, state.due)
    if state.fixed.shape[1] == 1:  # nobody has a notice
        return State(today.plan[place], due, today.left[place], state.held, state.fixed, state.missed, state.cut)
    fixed = np.empty_like(state.fixed)
    fixed[:, :-1] = state.fixed[:, 1:]
    fixed[:, -1] = 0.0
    rows = np.arange(len(state))
    fixed[rows, today.ahead] = today.own[np.minimum(place + today.ahead, len(today.own) - 1), rows]
    return State(today.plan[place], due, today.left[place], state.held, fixed, state.missed, state.cut)


def commit(process: Process, state: State, today: Today, rows: Ints, planned: Floats) -> State:
    """The state in which some processes will do, when their notice is over, what is planned for that time.

    Called after `meet`. What ramp, floor and batch don't allow then is not done. Where a plan does not reach so far, the own
    plan stays.

    Parameters
    ----------
    rows : [d] the processes.
    planned : [T, d] their power from this interval on. [kW]
    """
    ahead = today.ahead[rows]
    told = np.flatnonzero((ahead > 0) & (ahead < len(planned)))
    if not len(told):
        return state
    fixed = state.fixed.copy()
    fixed[rows[told], ahead[told]] = planned[ahead[told], told]
    return state.replace(fixed=fixed)


def _must(process: Process, state: State, hours: float) -> Floats:
    """What of the lowest power is the batch's. [D] [kW]"""
    from p2p.devices.flexible.kernels import process_must

    must = np.empty(len(state))
    process_must(process.floor, process.power, process.ramp, state.plan, state.due, state.left, state.held, hours, must)
    return must


def span(process: Process, state: State, hours: float) -> tuple[Floats, Floats]:
    """Lowest and highest power each process can hold for one interval.

    Between the schedule's floor with what of the batch can't wait, and the schedule with as much of the batch as is left; within the
    ramp around what was held; and with a notice, what was committed. A batch can't wait when full power, or as much of it as the
    ramp allows, would not finish it from the next interval on.

    Parameters
    ----------
    hours : length of the interval. [h]

    Returns
    -------
    low, high : [D] net withdrawal. [kW]
    """
    from p2p.devices.flexible.kernels import process_span

    low, high = np.empty((2, len(state)))
    process_span(
        process.floor, process.power, process.ramp, process.notice, state.plan, state.due, state.left, state.held, state.fixed,
        _must(process, state, hours), hours, low, high,
    )  # fmt: skip
    return low, high


def hold(process: Process, state: State, power: Floats, hours: float) -> Floats:
    """The power that a process really holds, of any within its span: that one. [D] [kW]"""
    return power


def step(process: Process, state: State, power: Floats, hours: float) -> State:
    """The state after holding `power`: what of the batch can't wait comes first, then the schedule, then the rest of the batch."""
    from p2p.devices.flexible.kernels import process_step

    due, left, missed, cut = np.empty((4, len(state)))
    must = _must(process, state, hours)
    process_step(process.floor, state.plan, state.due, state.left, must, power, hours, due, left, missed, cut)
    return State(state.plan, due, left, power, state.fixed, missed, cut)


def worth(process: Process, state: State, today: Today, place: int, span: tuple[Floats, Floats], prices: Prices, hours: float) -> Worth:
    """What power is worth to the firm, in two steps: its schedule the value of lost load, the batch more as its time runs out.

    A batch that would take no part of the time that is left is worth the cheapest price ahead, one that takes all of it the dearest;
    never more than lost load.
    """
    from p2p.devices.flexible.kernels import process_worth

    width, price = np.empty((2, 2, len(state)))
    process_worth(
        process.floor, process.value, state.plan, state.due, state.left, process.power, span[0], span[1], _must(process, state, hours),
        max(prices.dearest, prices.cheapest), prices.cheapest, hours, width, price,
    )  # fmt: skip
    return Worth(width, price)


def store(process: Process, state: State, today: Today, place: int, length: int, hours: float) -> Stores:
    """The batches as stores over the next `length` intervals: full when done, emptied as a window opens, full again at its end.

    The schedule passes through; that it can be cut, and the ramp, are left out.
    """
    until = slice(place, place + length)
    plan, left = today.plan[until], today.left[until]
    opens = np.zeros((length, len(state)), np.bool_)
    ahead = today.fresh[place + 1 : place + length + 1]
    opens[: len(ahead)] = ahead
    low, high = plan.copy(), np.where(left > 0, plan + process.power, plan)
    served = plan.copy()
    for at in range(min(state.fixed.shape[1], length)):
        bound = at < today.ahead
        low[at], high[at] = np.where(bound, state.fixed[:, at], low[at]), np.where(bound, state.fixed[:, at], high[at])
        served[at] = np.minimum(plan[at], low[at])
    ends = (left > 0) & (left <= hours * (1 + 1e-9))
    ones = np.ones((length, len(state)))
    return Stores(
        level=process.batch - state.due, keep=ones[0], inflow=-served * hours - np.where(opens, process.batch, 0.0),
        least=np.where(ends & ~opens, process.batch, 0.0), most=process.batch * ones, low=low, high=high, into=ones, out=ones, wear=0 * ones[0],
    )  # fmt: skip


def specification(process: Process) -> FlexSpecification:
    """Shifts its batch within the window, and cuts its schedule at the value of lost load."""
    rows = np.ones(len(process))
    most: Floats = np.max(process.schedule, axis=(1, 2), initial=0.0)
    shifts = process.batch > 0
    return FlexSpecification(
        owner=process.owner, bidirectional=rows < 0, low=process.floor * most, high=most + np.where(shifts, process.power, 0.0),
        energy=np.where(shifts, process.batch, np.inf), lead_time=process.notice,
        duration=np.where(shifts, process.last - process.first, np.inf), recovery=np.where(shifts, 1.0, 0.0),
        price=np.where(shifts, 0.0, process.value), first=np.where(shifts, process.first, 0.0), last=np.where(shifts, process.last, 24.0),
        involvement=np.full(len(process), "managed"),
    )  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """How processes of commercial and industrial sites are drawn; all of it (assumption).

    share : range of a process's power over the site's rated load, uniform.
    batch : share of the processes that are batches; the others follow a schedule of one shift (commercial) or two (industrial).
    effort : energy of a batch over what full power would draw in its window.
    window : local hours of a batch's window [h].
    floor : share of a schedule that it can't do without.
    value : range of the value of lost load, uniform [EUR/MWh].
    ramp : how fast power may change, over full power [1/h].
    notice : range of the times before which power is fixed, uniform [h].
    """

    share: tuple[float, float] = (0.1, 0.4)
    batch: float = 0.3
    effort: float = 0.5
    window: tuple[float, float] = (6.0, 22.0)
    floor: float = 0.6
    value: tuple[float, float] = (1_000.0, 5_000.0)
    ramp: float = 1.0
    notice: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        faults = [
            Fault(name, f"{getattr(self, name):g}", "0 to 1") for name in ("batch", "effort", "floor") if not 0 <= getattr(self, name) <= 1
        ]
        for name, most in (("share", np.inf), ("value", np.inf), ("notice", 24.0)):
            small, large = getattr(self, name)
            if not 0 <= small <= large <= most:
                faults.append(Fault(name, f"{getattr(self, name)}", f"two numbers from 0 to {most:g}, the smaller first"))
        if not 0 <= self.window[0] < self.window[1] <= 24:
            faults.append(Fault("window", f"{self.window}", "two hours from 0 to 24, the smaller first"))
        if not self.ramp > 0:
            faults.append(Fault("ramp", f"{self.ramp:g}", "over 0"))
        if faults:
            raise InputError(faults)

    def __call__(self, homes: Homes, owner: Indices) -> Process:
        """The processes of those who own one; who is no industry runs one shift."""
        rated = (homes.load * homes.between(self.share, "process size"))[owner]
        shifts = homes.draw("process batch")[owner] < self.batch
        industrial = homes.kind[owner] == CLASSES.index("industrial")
        shape = np.where(industrial[:, None, None], np.array(SHAPES["industrial"]), np.array(SHAPES["commercial"]))
        ones = np.ones(len(owner))
        power = np.where(shifts, rated, 0.0)
        return Process(
            owner, np.where(shifts, 0.0, rated)[:, None, None] * shape, self.floor * ones,
            1_000 * homes.between(self.value, "process value")[owner], self.ramp * rated, power,
            power * self.effort * (self.window[1] - self.window[0]), self.window[0] * ones, self.window[1] * ones,
            homes.between(self.notice, "process notice")[owner],
        )  # fmt: skip
