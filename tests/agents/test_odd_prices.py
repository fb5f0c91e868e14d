"""Every strategy gets through hours in which prices are below zero and feeding in pays more than drawing costs."""

import numpy as np
import pytest

from p2p.behaviour import STRATEGIES
from p2p.devices import FLEXIBLE
from tests.running import assert_closed, few, price_file, price_rows


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_a_day_of_prices_below_zero_and_far_above(name, tmp_path):
    prices = price_file(tmp_path / "prices.csv", price_rows([*np.linspace(-400, -250, 16), *np.linspace(0, 4_000, 32)], "2016-01-10T22:00"))
    devices = {f"population__{kind}": 0.6 for kind in FLEXIBLE}
    results = few(
        tmp_path / "run", clock__start="2016-01-11", national__prices=str(prices), population__strategies={name: 1.0},
        population__commercial=0.3, **devices,
    )  # fmt: skip
    assert_closed(results)
    assert (results.intervals["retail_eur_per_mwh"] < results.intervals["feed_in_eur_per_mwh"]).any()
