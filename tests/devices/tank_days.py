"""Days and homes for the tests of tanks."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from p2p.base.streams import Streams
from p2p.devices.around import Day, Prices, Weather
from p2p.devices.homes import Homes

ZONE = ZoneInfo("Europe/Berlin")
PRICES = Prices(retail=300_000.0, feed_in=80_000.0, dearest=320_000.0, cheapest=60_000.0, gas=80_000.0)


def a_day(number=0, first=date(2016, 3, 26), hours=0.25, homes=20, seed=1, temperature=None):
    """A day of a run that begins on `first`, with what follows it for 24 hours; the weather by local time unless given."""
    begin = datetime.combine(first + timedelta(days=number), datetime.min.time(), ZONE).astimezone(ZoneInfo("UTC"))
    end = datetime.combine(first + timedelta(days=number + 1), datetime.min.time(), ZONE).astimezone(ZoneInfo("UTC"))
    start = datetime.combine(first, datetime.min.time(), ZONE).astimezone(ZoneInfo("UTC"))
    length = round((end - begin).total_seconds() / 3600 / hours)
    count = length + round(24 / hours)
    moments = [begin + timedelta(hours=hours * place) for place in range(count)]
    local = np.array([moment.astimezone(ZONE).replace(tzinfo=None) for moment in moments], "datetime64[s]")
    since = np.array([(moment - start).total_seconds() / 3600 for moment in moments])
    air = 3 + 8 * np.sin(since / 24 * 2 * np.pi) + 4 * np.sin(since / 100) if temperature is None else np.full(count, float(temperature))
    return Day(
        number,
        round((begin - start).total_seconds() / 3600 / hours),
        length,
        hours,
        local,
        Weather(air, 0 * air, 0 * air, 0 * air),
        np.zeros((length, homes)),
        Streams(seed),
    )


def some_homes(count=20, seed=1, kinds=(0,)):
    """Homes of the classes given, in turn."""
    return Homes(np.resize(np.array(kinds, np.int32), count), np.ones(count), np.full(count, 5.0), Streams(seed))


def owners(count):
    return np.arange(count, dtype=np.int32)


def column(*values):
    return np.array(values, np.float64)


def follow(module, device, days, at, state=None):
    """Every (day, place, met state, span, power, state after) of a run whose power lies `at(day, place)` of the way up the span."""
    for day in days:
        state = module.start(device, day) if state is None else state
        today = module.today(device, day)
        for place in range(day.length):
            met = module.meet(device, state, today, place)
            low, high = module.span(device, met, day.hours)
            power = module.hold(device, met, low + at(day, place) * (high - low), day.hours)
            state = module.step(device, met, power, day.hours)
            yield day, place, met, (low, high), power, state
