"""Clearing within network limits: cases worked by hand, other solvers, and what prices must say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from p2p.base.errors import InputError
from p2p.base.solve import Programme, optimum
from p2p.markets import Uniform, clear
from p2p.markets.network import at_nodal_prices, within
from p2p.orders import Limits, Orders, Relief
from p2p.orders.limits import CONGESTION, VOLTAGE

EUR = 1_000_000
"""µEUR."""


def book(*rows, arrival=None):
    """Orders as (side, kWh, EUR/kWh, bus)."""
    side, energy, price, bus = zip(*rows, strict=True)
    return Orders.of(side, [round(1000 * kwh) for kwh in energy], [round(EUR * eur) for eur in price], bus=bus, arrival=arrival)


@st.composite
def within_a_tree(draw, tangents=3):
    """A book on a random tree and limits of its branches: downstream sums, and a few other rows, relief and losses."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    buses, count = int(random.integers(2, 9)), int(random.integers(0, 40))
    orders = Orders.of(
        random.choice([-1, 1], count),
        random.integers(1, 3000, count),
        random.integers(-20, 300, count) * draw(st.sampled_from([1, 1000])),
        bus=random.integers(0, buses, count),
        arrival=random.permutation(count),
    )
    below = np.eye(buses)
    for bus in range(buses - 1, 0, -1):
        below[int(random.integers(0, bus))] += below[bus]
    chosen = below[random.integers(0, buses, random.integers(0, 5))] * random.choice([-1.0, 1.0], (1, 1))
    matrix = chosen * random.uniform(0.1, 30, (len(chosen), 1))
    headroom = random.uniform(-1, 8, len(matrix)) * np.abs(matrix).max(axis=1, initial=0)
    many = int(random.integers(0, 4))
    relief = Relief(
        random.integers(0, buses, many).astype(np.int32),
        random.choice([-1, 1], many).astype(np.int8),
        random.integers(1, 4000, many),
        random.integers(50, 400, many) * 1000,
    )
    cuts = draw(st.integers(0, tangents))
    slopes, lost = random.uniform(-0.08, 0.12, (cuts, buses)), random.uniform(0, 0.4, cuts)
    kind = random.choice([CONGESTION, VOLTAGE], len(matrix)).astype(np.int8)
    names = tuple(f"row {row}" for row in range(len(matrix)))
    return orders, Limits(matrix, headroom, names, kind, slopes, lost, int(random.integers(1, 200)) * 1000, relief)


def best(orders, limits, bus=None, injected=0.0):
    """The largest welfare by HiGHS, from the programme written down anew; `injected` at a bus for nothing. [µEUR]"""
    side, count, reliefs = orders.side.astype(float), len(orders), len(limits.relief)
    rows, cuts = limits.matrix.shape[0], len(limits.lost)
    size = np.abs(limits.matrix).max(axis=1, initial=0)
    each = np.where(size > 0, size, 1.0)  # a row's worth of a kWh at the bus that moves it most
    gain = np.concatenate(
        (
            side * orders.price,
            -limits.relief.cost.astype(float),
            np.full(rows, -float(limits.lost_load)),
            [-float(max(limits.loss_price, 0))],
        )
    )
    table = np.zeros((1 + rows + cuts, count + reliefs + rows + 1))
    table[0, :count] = side
    for at, matrix in ((1, limits.matrix / each[:, None]), (1 + rows, limits.losses)):
        for row in range(len(matrix)):
            table[at + row, :count] = side * matrix[row, orders.bus]
            table[at + row, count : count + reliefs] = limits.relief.sign * matrix[row, limits.relief.bus]
    table[1 + np.arange(rows), count + reliefs + np.arange(rows)] = -1.0
    table[1 + rows :, -1] = -1.0
    high = np.concatenate(([0.0], limits.headroom / each, -limits.lost)) * 1000
    low = np.full(len(high), -np.inf)
    low[0] = 0.0
    if bus is not None:
        effect = np.concatenate(([1.0], limits.matrix[:, bus] / each, limits.losses[:, bus] if cuts else [])) * injected
        high = high + effect
        low[0] += injected
    most = np.concatenate((orders.energy, limits.relief.energy, np.full(rows + 1, 1e9))).astype(float)
    return optimum(Programme(gain, csr_array(table), low, high, np.zeros(len(gain)), most), "oracle").value


def worth(orders, limits, accepted, nodal):
    """What a clearing is worth by the same count. [µEUR]"""
    size = np.abs(limits.matrix).max(axis=1, initial=0)
    beyond = 1000 * nodal.beyond / np.where(size > 0, size, 1.0)
    value = float(orders.side * accepted @ orders.price) - float(limits.relief.cost @ nodal.relief) - limits.lost_load * beyond.sum()
    return value - max(limits.loss_price, 0) * nodal.lost


def test_two_buses_by_hand():
    """docs/network_cases.md, two buses, one line too small: 0.10 at `a`, 0.25 at `b`, a shadow price of 0.15, a rent of 7.50."""
    orders = book((-1, 80, 0.10, 0), (1, 80, 0.40, 1), (-1, 60, 0.25, 1))
    limits = Limits(np.array([[0.0, 1.0]]), np.array([50.0]), ("a-b",))
    clearing = clear(orders, "uniform", limits)
    assert clearing.nodal.price.tolist() == [100_000, 250_000]
    assert clearing.nodal.shadow == pytest.approx([150_000 * 1])
    assert clearing.energy.tolist() == [50_000, 80_000, 30_000]
    assert clearing.payment.tolist() == [-5 * 10**9, 20 * 10**9, -7_500_000_000]
    assert clearing.budget() == 7_500_000_000
    assert clearing.welfare(orders) == 19_500_000_000


def test_three_buses_by_hand():
    """docs/network_cases.md, three buses in a row: 0.10, 0.20, 0.30, both shadow prices 0.10, a rent of 9."""
    orders = book((-1, 90, 0.10, 0), (1, 40, 0.50, 1), (-1, 50, 0.20, 1), (1, 50, 0.50, 2), (-1, 40, 0.30, 2))
    limits = Limits(np.array([[0.0, 1.0, 1.0], [0.0, 0.0, 1.0]]), np.array([60.0, 30.0]), ("a-b", "b-c"))
    clearing = clear(orders, "uniform", limits)
    assert clearing.nodal.price.tolist() == [100_000, 200_000, 300_000]
    assert clearing.nodal.shadow == pytest.approx([100_000, 100_000])
    assert clearing.energy.tolist() == [60_000, 40_000, 10_000, 50_000, 20_000]
    assert clearing.budget() == 9 * 10**9
    assert clearing.welfare(orders) == 31 * 10**9


def test_losses_by_hand():
    """One tangent of slope 0.1 at `b`, a kWh of losses at 0.20: a kWh there costs 0.02 more, and the buyer at 0.11 falls out.

    Sellers at `a` ask 0.10; the bids at `b` are worth 0.13 and 0.11 there, so 0.11 and 0.09 at `a`.
    """
    orders = book((-1, 10, 0.10, 0), (1, 4, 0.13, 1), (1, 4, 0.11, 1))
    limits = Limits(np.zeros((0, 2)), np.zeros(0), losses=np.array([[0.0, 0.1]]), lost=np.array([0.5]), loss_price=200_000)
    clearing = clear(orders, "uniform", limits)
    assert clearing.energy.tolist() == [4000, 4000, 0]
    assert clearing.nodal.losses.tolist() == [0, 20_000]
    assert clearing.nodal.price.tolist() == [100_000, 120_000]
    assert clearing.nodal.lost == pytest.approx(900)  # 0.5 + 0.1 x 4 kWh


def test_relief_sets_the_price_where_it_is_the_cheapest_way():
    """Feed-in of 9 kWh at `b` that the line can't carry by 2: it is held back at 0.08, so a kWh drawn there is worth -0.08 more."""
    orders = book((-1, 5, 0.10, 0), (1, 1, 0.05, 1))
    roof = Relief(np.array([1], np.int32), np.array([1], np.int8), np.array([9000]), np.array([80_000]))
    limits = Limits(np.array([[0.0, -1.0]]), np.array([-2.0]), ("a-b",), relief=roof)
    clearing = clear(orders, "uniform", limits)
    assert clearing.energy.tolist() == [1000, 1000]  # 0.05 at `b` covers 0.10 - 0.08
    assert clearing.nodal.price.tolist() == [100_000, 20_000]
    assert clearing.nodal.relief == pytest.approx([1000])


def test_what_nothing_can_keep_is_named_and_counted():
    """3 kWh beyond a limit that no order moves: they stay, the price is the value of lost load, nobody crashes."""
    orders = book((-1, 5, 0.10, 0), (1, 1, 0.30, 0))
    clearing = clear(orders, "uniform", Limits(np.array([[0.0, 2.0]]), np.array([-6.0]), ("a-b",), lost_load=8 * EUR))
    assert clearing.nodal.beyond == pytest.approx([6.0])
    assert clearing.nodal.price.tolist() == [clearing.nodal.energy, clearing.nodal.energy + 8 * EUR]
    assert clearing.energy.tolist() == [1000, 1000]


@settings(max_examples=150, deadline=None)
@given(case=within_a_tree())
def test_welfare_is_the_largest(case):
    """Against HiGHS: within a millionth, and what rounding to whole Wh costs."""
    orders, limits = case
    if not limits.bind:
        return
    accepted, nodal = within(orders, limits)
    highest = best(orders, limits)
    rounding = 2.0 * len(orders) * float(np.abs(nodal.price).max(initial=0) + np.abs(orders.price).max(initial=0))
    assert worth(orders, limits, accepted, nodal) == pytest.approx(highest, rel=1e-6, abs=rounding)


@settings(max_examples=100, deadline=None)
@given(case=within_a_tree(), seed=st.integers(0, 2**32 - 1))
def test_a_price_is_what_an_injection_is_worth(case, seed):
    """The law of the DLMP: welfare is concave in what is injected at a bus, and the price there is a slope of it."""
    orders, limits = case
    step = 5.0
    sold = int(orders.energy[~orders.bids].sum())
    if not limits.bind or min(sold, int(orders.energy.sum()) - sold) < step:  # somebody must take it
        return
    _, nodal = within(orders, limits)
    bus = int(np.random.default_rng(seed).integers(0, limits.buses))
    here, more, less = (best(orders, limits, bus, injected) for injected in (0.0, step, -step))
    noise = 3.0 * step + 1e-6 * abs(here)
    price = float(nodal.price[bus])
    assert more - here <= price * step + noise
    assert here - less >= price * step - noise


@settings(max_examples=150, deadline=None)
@given(case=within_a_tree(tangents=0))
def test_the_rent_is_shadow_price_times_limit(case):
    """And nobody loses, the limits are kept, as much is bought as sold: what `clear` checks, and what the grid asks for."""
    orders, limits = case
    limits = Limits(limits.matrix, limits.headroom, limits.name, limits.kind)
    if not limits.bind:
        return
    clearing = clear(orders, Uniform(), limits)
    nodal = clearing.nodal
    withdrawn = np.bincount(orders.bus, orders.side * clearing.energy, limits.buses) / 1000
    each = np.abs(limits.matrix).max(axis=1, initial=0)
    assert np.all(limits.matrix @ withdrawn <= limits.headroom + nodal.beyond + 1e-3 * each * (len(orders) + 1))
    rent = float(nodal.shadow @ (limits.headroom + nodal.beyond)) * 1000  # µEUR a unit -> nEUR
    rounding = 3.0 * float(clearing.energy.sum()) + 2.0 * len(orders) * float(nodal.shadow @ each)
    assert clearing.budget() == pytest.approx(rent, abs=rounding + 1)


@settings(max_examples=100, deadline=None)
@given(case=within_a_tree(tangents=0), k=st.sampled_from([0.0, 0.3, 1.0]))
def test_where_nothing_binds_it_is_the_uniform_price(case, k):
    """Wide limits and no losses: the same welfare, and the same price of energy at every bus."""
    orders, limits = case
    wide = Limits(limits.matrix, 1e6 * (1 + np.abs(limits.headroom)), limits.name)
    if not wide.bind:
        return
    free, bound = clear(orders, Uniform(k)), clear(orders, Uniform(k), wide)
    assert bound.welfare(orders) == free.welfare(orders)
    assert not bound.nodal.location.any()
    if free.price is not None:
        assert bound.nodal.energy == free.price


def test_earlier_orders_of_one_price_go_first():
    orders = book((-1, 5, 0.10, 0), (1, 3, 0.30, 1), (1, 3, 0.30, 1), arrival=[0, 2, 1])
    clearing = at_nodal_prices(orders, Limits(np.array([[0.0, 1.0]]), np.array([4.0])))
    assert clearing.energy.tolist() == [4000, 1000, 3000]


def test_an_empty_book_and_one_sided_books():
    limits = Limits(np.array([[0.0, 1.0]]), np.array([4.0]))
    assert clear(Orders.of([], [], []), "uniform", limits).budget() == 0
    alone = book((1, 5, 0.2, 1))
    assert clear(alone, "uniform", limits).energy.tolist() == [0]


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(np.ones((1, 2)), np.array([1.0])), "orders at bus 2, but the limits have 2 buses"),
        (Limits(np.ones((2, 3)), np.array([1.0])), "of shape"),
        (Limits(np.array([[0.0, np.nan, 1.0]]), np.array([1.0])), "no numbers"),
        (Limits(np.ones((1, 3)), np.array([np.inf])), "no numbers"),
    ],
)
def test_limits_that_mean_nothing_are_refused(limits, message):
    with pytest.raises(InputError, match=message):
        clear(book((1, 1, 0.2, 2), (-1, 1, 0.1, 0)), "uniform", limits)
