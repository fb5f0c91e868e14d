"""What strategies bid, against limits worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.behaviour import STRATEGIES
from p2p.behaviour.control import steer
from p2p.behaviour.needs import needs
from p2p.devices import Battery
from p2p.devices.battery_worth import storage_worth
from p2p.markets import clear
from p2p.orders import Known


def known(net, low=0.0, high=0.0, worth=0, cost=0, luck=0.5, retail=300, feed_in=80, fees=100):
    """One prosumer; prices in µEUR/kWh as small numbers, 4 kW for a quarter of an hour is 1000 Wh."""
    column = lambda value: np.array([value], np.float64)  # noqa: E731
    return Known.of(
        (0, 0.25, retail, feed_in, fees), agent=np.array([3], np.int32), bus=np.array([5], np.int32), net=column(net), low=column(low),
        high=column(high), luck=np.full((2, 1), luck), charge_worth=np.array([worth]), discharge_cost=np.array([cost]), arrival=np.array([0]),
    )  # fmt: skip


def rows(orders):
    return [(int(side), int(energy), int(price)) for side, energy, price in zip(orders.side, orders.energy, orders.price, strict=True)]


TRUTH = STRATEGIES["marginal_value"]()


def test_without_storage_the_retailer_is_the_only_alternative():
    """By hand: a missing kWh is worth 300 from the retailer; bought locally it bears 100 of fees: 200. One over: 80."""
    assert rows(TRUTH(known(net=4.0))) == [(1, 1000, 200)]
    assert rows(TRUTH(known(net=-4.0))) == [(-1, 1000, 80)]
    assert rows(TRUTH(known(net=0.0))) == []


def test_storage_is_bid_at_its_worth():
    """By hand: 4 kW missing, of which the store can give 2 at a cost of 180: so 500 Wh are worth 180 - 100 - 1 = 79.

    The store could also take 1 kW, worth 150: 150 - 100 - 1 = 49. It has nothing left to offer.
    """
    assert rows(TRUTH(known(net=4.0, low=-2.0, high=1.0, worth=150, cost=180))) == [(1, 500, 200), (1, 500, 79), (1, 250, 49)]


def test_a_surplus_is_offered_at_the_better_of_store_and_retailer():
    """By hand: 4 kW over; the store takes 1 of it at a worth of 150, the retailer the rest at 80; 2 kW more at 180."""
    offers = rows(TRUTH(known(net=-4.0, low=-2.0, high=1.0, worth=150, cost=180)))
    assert offers == [(-1, 500, 180), (-1, 250, 150), (-1, 750, 80)]


def test_nobody_trades_with_itself():
    quoted = TRUTH(known(net=2.0, low=-4.0, high=4.0, worth=150, cost=150, fees=0))
    assert clear(quoted).energy.sum() == 0


@given(
    net=st.floats(-20, 20), low=st.floats(-5, 0), high=st.floats(0, 5), worth=st.integers(-50, 400), spread=st.integers(0, 100),
    luck=st.floats(0, 1, exclude_max=True), fees=st.integers(0, 150), name=st.sampled_from(sorted(STRATEGIES)),
)  # fmt: skip
def test_no_bid_can_lose(net, low, high, worth, spread, luck, fees, name):
    """Every strategy here stays within its budget: no order beyond the limit that `needs` gives."""
    mine = known(net, low, high, worth, worth + spread, luck, fees=fees)
    wanted = needs(mine)
    orders = STRATEGIES[name]()(mine)
    energy, limit = wanted.energy[:, 0], wanted.limit[:, 0]
    if name == "withhold":
        energy = np.where(wanted.side < 0, np.rint(energy * STRATEGIES[name]().share), energy).astype(np.int64)
    there = energy > 0
    assert orders.energy.tolist() == energy[there].tolist()
    assert orders.side.tolist() == wanted.side[there].tolist()
    assert np.all(orders.side * (limit[there] - orders.price) >= 0)
    assert np.all(orders.agent == 3)


def test_zero_intelligence_draws_evenly_within_its_budget():
    """A buyer with limit 200 and floor 80 draws 80 to 200, all equally likely: mean 140."""
    draws = np.linspace(0, 1, 1001)[:-1]
    prices = np.array([rows(STRATEGIES["zero_intelligence"]()(known(4.0, luck=luck)))[0][2] for luck in draws])
    assert prices.min() == 80
    assert prices.max() == 200
    assert prices.mean() == pytest.approx(140, abs=1)


def test_storage_keeps_to_the_contract():
    """By hand: 1 kW sold, 0.5 kW of load: the store gives 1.5 kW; with 2 kW of sun it takes 1 - 0 ... 2 - 0.5 - 1."""
    mine = known(0.5, low=-5.0, high=5.0, worth=150, cost=180)
    assert steer(mine, np.array([-1.0]), np.array([0.5])).tolist() == [-1.5]
    assert steer(mine, np.array([-1.0]), np.array([-1.5])).tolist() == [0.5]


def test_storage_leaves_the_retailer_what_it_does_better():
    dear = known(1.0, low=-5.0, high=5.0, worth=290, cost=310)
    assert steer(dear, np.zeros(1), np.ones(1)).tolist() == [0.0]  # the retailer's kWh at 300 is cheaper than 310
    cheap = known(1.0, low=-5.0, high=5.0, worth=310, cost=340)
    assert steer(cheap, np.zeros(1), np.ones(1)).tolist() == [5.0]  # and worth storing at 310
    full = known(1.0, low=-5.0, high=0.0, worth=60, cost=70)
    assert steer(full, np.zeros(1), np.ones(1)).tolist() == [-5.0]  # feeding in at 80 is worth more than keeping


def test_a_stored_kwh_is_worth_what_comes_next():
    """By hand: a 10 kWh store with 5 in it, no losses. A night of 12 kWh comes first: it saves 300. A day of 12 kWh of
    sun comes first: it only takes the place of 80. With neither: half way, 190."""
    cell = Battery(np.zeros(1, np.int32), np.array([5.0]), np.array([10.0]), np.array([1.0]))
    quarter = 12 / 48
    night_first = np.repeat([quarter, -quarter], 48)[:, None]
    for expected, worth in ((night_first, 300), (-night_first, 80), (0 * night_first, 190)):
        value, cost = storage_worth(cell, np.array([5.0]), expected, 0, 300, 80)
        assert value[0] == pytest.approx(worth)
        assert cost[0] == pytest.approx(worth)


def test_losses_are_the_owners():
    """By hand: efficiency 0.9, worth of a stored kWh 0.9 x 300 = 270: a kWh in is worth 243, a kWh out costs 300."""
    cell = Battery(np.zeros(1, np.int32), np.array([5.0]), np.array([10.0]), np.array([0.9]))
    value, cost = storage_worth(cell, np.array([5.0]), np.full((96, 1), 0.25), 0, 300, 80)
    assert value[0] == pytest.approx(243)
    assert cost[0] == pytest.approx(300)


def test_shading_goes_a_part_of_the_way():
    """By hand: a buyer with limit 200 hopes for the retailer's 80, 30 % of the way is 164; a seller at 80 hopes for 200: 116."""
    shade = STRATEGIES["shade"]()
    assert rows(shade(known(net=4.0))) == [(1, 1000, 164)]
    assert rows(shade(known(net=-4.0))) == [(-1, 1000, 116)]
    assert rows(STRATEGIES["shade"](0.0)(known(net=-4.0))) == rows(TRUTH(known(net=-4.0)))


def test_withholding_keeps_limits():
    """By hand: 60 % of 1000 Wh over; what is missing is bid whole."""
    withhold = STRATEGIES["withhold"]()
    assert rows(withhold(known(net=-4.0))) == [(-1, 600, 80)]
    assert rows(withhold(known(net=4.0))) == [(1, 1000, 200)]


def test_who_learns_keeps_to_what_paid():
    """By hand: a seller of 1000 Wh at 80 hopes for 200, so the parts ask for 80, 104, 128, 152 and 176. Who explores with a
    luck of 0.1 of 0.15 tries part 3 of 0 to 4. Sold at 152, it gains 72 a kWh; then, with no luck to explore, it asks for
    152 again. When that sells nothing twice, its mean falls to 24; the truth, never tried, stands at 0 and stays behind."""
    learning = STRATEGIES["learning"]()
    memory = learning.start(1)
    explores, settled = known(net=-4.0, luck=0.1), known(net=-4.0, luck=0.5)
    assert rows(learning(settled, memory)) == rows(learning(settled)) == rows(TRUTH(settled))
    first = learning(explores, memory)
    assert rows(first) == [(-1, 1000, 152)]
    memory = learning.learn(memory, explores, first, np.array([1000]), np.array([-152_000]))
    assert memory.gain[1, :, 0].tolist() == [0, 0, 0, 72, 0]
    assert rows(learning(settled, memory)) == [(-1, 1000, 152)]
    for _ in range(2):
        memory = learning.learn(memory, settled, learning(settled, memory), np.array([0]), np.array([0]))
    assert memory.gain[1, 3, 0] == 24
    assert memory.tries[1, :, 0].tolist() == [0, 0, 0, 3, 0]
    assert not memory.tries[0].any()
