"""People who respond: to a high price or a call they do without some of their household load for a while."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from p2p.base.columns import Columns, Floats, Indices
from p2p.base.errors import Fault, InputError
from p2p.devices.around import Day, Prices
from p2p.devices.homes import Homes
from p2p.devices.specification import FlexSpecification
from p2p.devices.worth import Worth

CONTROL = "NOT_CONTROLABLE"

LOAD = (
    (0.126, 0.106, 0.096, 0.094, 0.093, 0.099, 0.117, 0.159, 0.209, 0.228, 0.227, 0.224,
     0.224, 0.227, 0.230, 0.232, 0.231, 0.231, 0.241, 0.250, 0.247, 0.244, 0.221, 0.153),
    (0.139, 0.120, 0.101, 0.095, 0.094, 0.097, 0.106, 0.130, 0.182, 0.218, 0.234, 0.243,
     0.243, 0.248, 0.241, 0.240, 0.241, 0.244, 0.249, 0.249, 0.244, 0.239, 0.218, 0.162),
)  # fmt: skip
"""Household load over rated load by hour of the day, weekdays and weekends: means over the year 2016 and over six of SimBench's household
profiles H0 (S. Meinecke et al., "SimBench - a benchmark dataset of electric power systems to compare innovative solutions based on power
flow analysis", Energies 13 (12), 2020; data under ODbL 1.0). On the clock without summer time."""


@dataclass(frozen=True, slots=True)
class Behaviour(Columns):
    """Households that respond themselves; D rows. Their power is the change of their load.

    What they can cut is a share of an estimate of their load, `LOAD` of the rated load: not of yesterday's net load, which is none
    where the sun shines and in which one evening's oven would come back as flexibility on the next.

    owner:       [D] int32, the prosumer
    rated:       [D] rated load [kW]
    share:       [D] of the load that they can do without, 0 to 1
    probability: [D] that they respond in an hour, when they are fresh, 0 to 1
    fatigue:     [D] how an hour of full response tires: it takes exp(-fatigue) off the probability [1/h]
    rest:        [D] time constant with which they recover [h]
    rebound:     [D] share of what was cut that comes back later, 0 to 1
    lag:         [D] time constant with which it comes back [h]
    discomfort:  [D] what a kWh less is to them [µEUR/kWh]
    """

    owner: Indices
    rated: Floats
    share: Floats
    probability: Floats
    fatigue: Floats
    rest: Floats
    rebound: Floats
    lag: Floats
    discomfort: Floats
    memo: dict[float, Floats] = field(default_factory=dict, init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class State(Columns):
    """What people can do now and what they still owe.

    cut:   [D] power that they would do without now; 0 if they would not respond [kW]
    owed:  [D] energy that still comes back [kWh]
    tired: [D] by exp(-tired) the probability is lower
    """

    cut: Floats
    owed: Floats
    tired: Floats


@dataclass(frozen=True, slots=True)
class Today:
    """What a day brings to people.

    load: [T, D] what their load is thought to be [kW]
    luck: [T, D] uniform draws, one an hour: below the probability they would respond
    """

    load: Floats
    luck: Floats


def start(behaviour: Behaviour, day: Day) -> State:
    """The state before the first interval: fresh, and nothing owed."""
    return State(*np.zeros((3, len(behaviour))))


def today(behaviour: Behaviour, day: Day) -> Today:
    """What a day brings to people. Chance is drawn by hour of the clock, so that it is the same for all lengths of intervals."""
    hour = day.hour.astype(np.int64)
    share = np.asarray(LOAD)[day.weekend.astype(np.int64), hour]
    dates, place = np.unique(day.date, return_inverse=True)
    numbers = day.number + dates - day.date[0]
    luck = np.stack([day.streams.at("behaviour", int(number)).random((24, day.homes))[:, behaviour.owner] for number in numbers])
    return Today(share[:, None] * behaviour.rated, luck[place, hour])


def meet(behaviour: Behaviour, state: State, today: Today, place: int) -> State:
    """The state as an interval finds it: whether people would respond now, the less likely the more tired they are."""
    from p2p.devices.flexible.kernels import behaviour_meet

    cut = np.empty(len(state))
    behaviour_meet(behaviour.probability, behaviour.share, today.load[place], today.luck[place], state.tired, cut)
    return State(cut, state.owed, state.tired)


def span(behaviour: Behaviour, state: State, hours: float) -> tuple[Floats, Floats]:
    """Lowest and highest change of the load: all that is owed comes back at its pace, less what people would cut now.

    What is owed, w, falls by w / lag and grows by rebound x cut; both bounds are means over the interval of the exact solution.

    Parameters
    ----------
    hours : length of the interval. [h]

    Returns
    -------
    low, high : [D] net withdrawal; high is not negative. [kW]
    """
    from p2p.devices.flexible.kernels import behaviour_span

    low, high = np.empty(len(state)), np.empty(len(state))
    back, kept, _ = fades(behaviour, hours)
    behaviour_span(back, kept, state.cut, state.owed, hours, low, high)
    return low, high


def fades(behaviour: Behaviour, hours: float) -> Floats:
    """What an interval does; kept by the device.

    [3, D] share of what is owed that comes back, share of a cut that does not within the interval, and share of the fatigue that rest
    takes.
    """
    found = behaviour.memo.get(hours)
    if found is None:
        back, calmed = -np.expm1(-hours / behaviour.lag), -np.expm1(-hours / behaviour.rest)
        found = np.stack((back, 1 - behaviour.rebound * (1 - behaviour.lag / hours * back), calmed))
        behaviour.memo[hours] = found
    return found


def hold(behaviour: Behaviour, state: State, power: Floats, hours: float) -> Floats:
    """The change that people really hold, of any within their span: that one. [D] [kW]"""
    return power


def step(behaviour: Behaviour, state: State, power: Floats, hours: float) -> State:
    """The state after holding `power`, which lies in `span`.

    Fatigue y follows dy/dt = fatigue x (share of the cut that is made) - y / rest, in closed form.
    """
    from p2p.devices.flexible.kernels import behaviour_step

    owed, tired = np.empty((2, len(state)))
    back, kept, calmed = fades(behaviour, hours)
    behaviour_step(
        behaviour.rebound, behaviour.lag, behaviour.fatigue, behaviour.rest, back, kept, calmed,
        state.cut, state.owed, state.tired, power, hours, owed, tired,
    )  # fmt: skip
    return State(state.cut, owed, tired)


def worth(behaviour: Behaviour, state: State, today: Today, place: int, span: tuple[Floats, Floats], prices: Prices, hours: float) -> Worth:
    """What a kWh less is to people, their discomfort: dearer ones they do without. One step."""
    low, high = span
    return Worth((high - low)[None], behaviour.discomfort[None])


def specification(behaviour: Behaviour) -> FlexSpecification:
    """Cuts a share of the load for as long as people bear it; some of it comes back."""
    rows = np.ones(len(behaviour))
    cut = behaviour.rated * behaviour.share * np.max(LOAD)
    return FlexSpecification(
        owner=behaviour.owner, bidirectional=rows < 0, low=-cut, high=0 * rows, energy=np.full(len(rows), np.inf), lead_time=0 * rows,
        duration=np.full(len(rows), np.inf), recovery=behaviour.rebound, price=behaviour.discomfort, first=0 * rows, last=24 * rows,
        involvement=np.full(len(rows), "behaviour"),
    )  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """How people who respond are drawn; all of it (assumption).

    share : range of the share of their load that they can do without, uniform.
    probability : range of the probability to respond in an hour, uniform.
    fatigue : how an hour of response tires; 0.7 halves the probability [1/h].
    rest : time constant with which people recover [h].
    rebound : share of what they did without that comes back later.
    lag : time constant with which it comes back [h].
    discomfort : range of what a kWh less is to them, uniform [EUR/MWh].
    """

    share: tuple[float, float] = (0.05, 0.2)
    probability: tuple[float, float] = (0.2, 0.8)
    fatigue: float = 0.7
    rest: float = 24.0
    rebound: float = 0.5
    lag: float = 2.0
    discomfort: tuple[float, float] = (150.0, 500.0)

    def __post_init__(self) -> None:
        faults = [
            Fault(name, f"{getattr(self, name)}", "two shares from 0 to 1, the smaller first")
            for name in ("share", "probability")
            if not 0 <= getattr(self, name)[0] <= getattr(self, name)[1] <= 1
        ]
        if not 0 <= self.discomfort[0] <= self.discomfort[1]:
            faults.append(Fault("discomfort", f"{self.discomfort}", "two prices from 0, the smaller first"))
        faults += [Fault(name, f"{getattr(self, name):g}", "over 0") for name in ("rest", "lag") if not getattr(self, name) > 0]
        if not self.fatigue >= 0:
            faults.append(Fault("fatigue", f"{self.fatigue:g}", "0 or more"))
        if not 0 <= self.rebound <= 1:
            faults.append(Fault("rebound", f"{self.rebound:g}", "0 to 1"))
        if faults:
            raise InputError(faults)

    def __call__(self, homes: Homes, owner: Indices) -> Behaviour:
        """The people who respond."""
        ones = np.ones(len(owner))
        return Behaviour(
            owner, homes.load[owner], homes.between(self.share, "behaviour share")[owner],
            homes.between(self.probability, "behaviour probability")[owner], self.fatigue * ones, self.rest * ones,
            self.rebound * ones, self.lag * ones, 1_000 * homes.between(self.discomfort, "behaviour discomfort")[owner],
        )  # fmt: skip
