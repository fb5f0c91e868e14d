"""Which prices are known when, and a tariff whose network fees change."""

from datetime import date

import numpy as np
import pytest

from p2p.base.clock import Clock
from p2p.regulation import Rulebook
from p2p.regulation.horizon import first_unpublished, published, published_on

CLOCK = Clock(date(2016, 3, 26), 3, 60)  # the second day has 23 hours


@pytest.mark.parametrize("best", [np.maximum, np.minimum])
def test_the_best_known_price_hour_by_hour(best):
    """From each hour to the first whose price is not known: the day's end, from 13 h on the next day's."""
    values = np.random.default_rng(3).integers(0, 1000, CLOCK.intervals)
    ends = first_unpublished(CLOCK)
    assert [ends[hour] for hour in (0, 12, 13, 24, 35, 36, 47)] == [24, 24, 47, 47, 47, 71, 71]
    expected = [best.reduce(values[hour : ends[hour]]) if hour < 47 + 12 else None for hour in range(CLOCK.intervals)]
    found = published(values, CLOCK, best)
    for hour, value in enumerate(expected):
        assert value is None or found[hour] == value
    assert np.concatenate([published_on(values, CLOCK, best, day) for day in range(3)]).tolist() == found.tolist()


def test_other_network_fees_from_an_interval_on():
    """Two intervals of the run are left for the three fees given; the rest of the tariff is as it was."""
    before = Rulebook().tariff(np.array([10, 20, 30, 40]))
    after = before.with_network(2, np.array([7, 8, 9]), np.array([1, 2, 3]))
    assert after.network.tolist() == [116_000, 116_000, 7, 8]
    assert after.local_network.tolist() == [49_880, 49_880, 1, 2]
    assert before.network.tolist() == [116_000] * 4
    assert (after.retail - after.network).tolist() == (before.retail - before.network).tolist()
    assert (after.local_fees - after.local_network).tolist() == [50_000] * 4
