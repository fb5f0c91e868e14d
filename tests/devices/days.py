"""Days and homes for tests of devices."""

from datetime import date

import numpy as np

from p2p.base.clock import Clock
from p2p.base.streams import Streams
from p2p.devices.around import Day, Prices, Weather
from p2p.devices.homes import Homes

PRICES = Prices(retail=300_000.0, feed_in=80_000.0, dearest=300_000.0, cheapest=80_000.0, gas=100_000.0, diesel=120_000.0)


def make_days(start=date(2024, 1, 1), days=3, minutes=15, homes=4, seed=1):
    """All days of a run, each with 24 hours more."""
    clock = Clock(start, days + 2, minutes)
    streams = Streams(seed)
    made = []
    for number in range(days):
        first, last = (int(place) for place in clock.day_start[number : number + 2])
        local = clock.local[first : last + round(24 / clock.hours)]
        weather = Weather(*np.zeros((4, len(local))))
        made.append(Day(number, first, last - first, clock.hours, local, weather, np.zeros((round(24 / clock.hours), homes)), streams))
    return made


def make_homes(homes=4, seed=1, kind=0):
    return Homes(np.full(homes, kind, np.int32), np.ones(homes), np.full(homes, 10.0), Streams(seed))


def owners(homes=4):
    return np.arange(homes, dtype=np.int32)


def run(module, device, days, choose, check=None):
    """Runs all days: `choose(low, high, number)` gives the power of each interval; returns [T, D] power and all states."""
    state, powers, states = module.start(device, days[0]), [], []
    number = 0
    for day in days:
        today = module.today(device, day)
        for place in range(day.length):
            met = module.meet(device, state, today, place)
            low, high = module.span(device, met, day.hours)
            assert np.all(low <= high)
            power = choose(low, high, number)
            state = module.step(device, met, power, day.hours)
            if check:
                check(met, power, state, (low, high), today, place)
            powers.append(power)
            states.append(state)
            number += 1
    return np.array(powers), states
