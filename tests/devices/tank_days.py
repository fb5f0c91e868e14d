"""Days for the tests of tanks: with weather, over a change of the clock, and lived through."""

from dataclasses import replace
from datetime import date

import numpy as np

from p2p.devices.around import Prices, Weather
from tests.devices.days import make_days

PRICES = Prices(retail=300_000.0, feed_in=80_000.0, dearest=320_000.0, cheapest=60_000.0, gas=80_000.0, diesel=120_000.0)


def some_days(count=1, first=date(2016, 3, 26), hours=0.25, homes=20, temperature=None):
    """Days from `first` on; the second from the default start has 23 hours. The weather swings by day unless it is given."""
    days = make_days(first, count, round(60 * hours), homes)
    for day in days:
        since = (day.first + np.arange(len(day))) * hours
        air = 3 + 8 * np.sin(since / 24 * 2 * np.pi) + 4 * np.sin(since / 100) if temperature is None else 0 * since + temperature
        yield replace(day, weather=Weather(air, 0 * air, 0 * air, 0 * air))


def a_day(**choices):
    return next(some_days(**choices))


def column(*values):
    return np.array(values, np.float64)


def follow(module, device, days, at):
    """Each interval's day, place, state met, span, power, and state after; the power lies `at(day, place)` of the way up the span."""
    state = None
    for day in days:
        state = module.start(device, day) if state is None else state
        today = module.today(device, day)
        for place in range(day.length):
            met = module.meet(device, state, today, place)
            low, high = module.span(device, met, day.hours)
            power = module.hold(device, met, low + at(day, place) * (high - low), day.hours)
            state = module.step(device, met, power, day.hours)
            yield day, place, met, (low, high), power, state
