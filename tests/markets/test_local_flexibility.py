"""Flexibility upwards and downwards on lines: published welfare without limits, and within them as by the flows on the lines."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import lil_array

from p2p.base.errors import InputError
from p2p.base.solve import Programme, SolveFailed, optimum
from p2p.markets import Blocks
from p2p.markets.day.clear import clear_day
from p2p.markets.day.within import largest_welfare
from p2p.orders.day import BLOCK, FLEXIBLE, STEP, WHOLE, DayOrders, Slots, Terms
from p2p.orders.day_limits import DayLimits
from tests.markets.test_day_orders import made

FILE = Path(__file__).parents[1] / "cases" / "local_flexibility" / "local_flexibility.json"
SUITE = json.loads(FILE.read_text())
CASES = {case["name"]: case for case in SUITE["cases"]}


def book_of(case, blocks=True):
    """The bids as a day whose intervals are products: of each period upwards, then downwards. Blocks are taken whole or left."""
    orders, slots, place = [], [], {}
    for side, bus, direction, period, kw, price, block in case["bids"]:
        key = ("block", block) if blocks and block >= 0 else ("single", len(orders))
        if key not in place:
            place[key] = len(orders)
            orders.append([side, bus, BLOCK if key[0] == "block" else STEP, 0, round(price * 1000), WHOLE if key[0] == "block" else 0])
        orders[place[key]][3] += round(kw * 1000)
        slots.append((place[key], 2 * period + (direction < 0), round(kw * 1000)))
    side, bus, kind, energy, price, least = np.array(orders).T
    rows, none = np.arange(len(orders)), np.full(len(orders), -1)
    terms = Terms(
        rows.astype(np.int32), bus.astype(np.int32), side.astype(np.int8), kind.astype(np.int8), energy, price, price, least, none, none,
        rows, np.zeros(len(rows), np.int16),
    )  # fmt: skip
    return DayOrders(2 * len(case["base_injection_kw"]), terms, Slots(*np.array(sorted(slots)).T))


def limits_of(case, scale=1.0):
    """Both ways of every line; what flows into a line is what is drawn below it, since the feeder is radial."""
    base = np.array(case["base_injection_kw"])
    below = np.zeros((len(case["lines"]), base.shape[1]))
    for row in reversed(range(len(case["lines"]))):
        _, end, _ = case["lines"][row]
        below[row, end] = 1
        for other, (start, _, _) in enumerate(case["lines"]):
            if start == end:
                below[row] += below[other]
    most = scale * np.array([limit for _, _, limit in case["lines"]])
    flow = -base @ below.T
    periods = np.repeat(np.arange(len(base)), 2)
    return DayLimits(
        np.vstack((below, -below)), np.hstack((most - flow, most + flow)), periods, np.tile([1, -1], len(base)).astype(np.int8)
    )


def by_flows(case, blocks=True, scale=1.0):
    """The largest welfare [EUR] by a programme with the flow on each line as a column, and a balance at each bus. [kW]"""
    base, bids, lines = np.array(case["base_injection_kw"]), case["bids"], case["lines"]
    periods, buses = base.shape
    numbers = sorted({bid[6] for bid in bids if blocks and bid[6] >= 0})
    flows, choices = len(bids), len(bids) + periods * len(lines)
    columns, products = choices + len(numbers), 2 * periods
    rows = products + periods * buses + (len([bid for bid in bids if bid[6] >= 0]) if blocks else 0)
    matrix, right = lil_array((rows, columns)), np.zeros(rows)
    low, high, gain = np.zeros(columns), np.ones(columns), np.zeros(columns)
    tie = products + periods * buses
    for column, (side, bus, direction, period, kw, price, block) in enumerate(bids):
        high[column], gain[column] = kw, side * price / 1000
        matrix[2 * period + (direction < 0), column] = side
        matrix[products + period * buses + bus, column] = -side * direction  # an offer upwards and a request downwards inject
        if blocks and block >= 0:
            matrix[tie, column], matrix[tie, choices + numbers.index(block)] = 1.0, -kw
            tie += 1
    for period, (line, (start, end, limit)) in product(range(periods), enumerate(lines)):
        column = flows + period * len(lines) + line
        low[column], high[column] = -scale * limit, scale * limit
        matrix[products + period * buses + start, column], matrix[products + period * buses + end, column] = -1.0, 1.0
    right[products : products + periods * buses] = -base.ravel()
    whole = np.arange(columns) >= choices
    return optimum(Programme(gain, matrix.tocsr(), right - 1e-4, right + 1e-4, low, high, whole), "welfare by flows").value


def accepted_is_sound(day, limits, found):
    """Every product balances, blocks are whole, every line holds, and the welfare is that of what is accepted."""
    side, bus = day.terms.side[day.slots.order], day.terms.bus[day.slots.order]
    net = np.bincount(day.slots.interval, side * found.energy, day.intervals)
    assert net == pytest.approx(np.zeros(day.intervals), abs=1e-3)
    part = found.energy / day.slots.energy
    block = day.terms.kind[day.slots.order] == BLOCK
    assert np.all((part > -1e-6) & (part < 1 + 1e-6))
    assert np.minimum(part, 1 - part)[block] == pytest.approx(0, abs=1e-6)
    worth = float(np.sum(side * day.terms.price[day.slots.order] * found.energy)) / 1e9
    assert found.welfare == pytest.approx(worth, abs=1e-5)
    if limits is not None:
        drawn = np.zeros((len(limits.headroom), limits.matrix.shape[1]))
        np.add.at(drawn, (limits.period[day.slots.interval], bus), limits.way[day.slots.interval] * side * found.energy / 1000)
        assert np.all(drawn @ limits.matrix.T <= limits.headroom + 1e-4)


@pytest.mark.parametrize(("name", "options"), [(name, options) for name, case in CASES.items() for options in case["published"]])
def test_the_published_welfare_without_lines(name, options):
    case = CASES[name]
    day = book_of(case, options == "blocks")
    found = largest_welfare(day)
    assert found.welfare == pytest.approx(case["published"][options], abs=SUITE["tolerance"])
    accepted_is_sound(day, None, found)


@pytest.mark.parametrize("options", ["blocks", "single"])
@pytest.mark.parametrize(("name", "scale"), [("5 buses", 1.0), ("33 buses", 1.0), ("33 buses", 0.98)])
def test_the_welfare_within_lines_is_that_by_flows(name, scale, options):
    """To what the slack of the programme by flows is worth, whose base injections are rounded and don't balance to the watt."""
    case, blocks = CASES[name], options == "blocks"
    day, limits = book_of(case, blocks), limits_of(case, scale)
    expected = by_flows(case, blocks, scale)
    found = largest_welfare(day, limits)
    assert found.welfare == pytest.approx(expected, abs=SUITE["tolerance"])
    assert found.bound == pytest.approx(found.welfare, abs=SUITE["tolerance"])
    accepted_is_sound(day, limits, found)


def test_lines_cost_welfare():
    """The limits of the 33 buses bind, so that the test above is not the one before it."""
    case = CASES["33 buses"]
    assert largest_welfare(book_of(case), limits_of(case)).welfare < case["published"]["blocks"] - 1


def placed(orders, slots, intervals, bus):
    """A day's book, as in `made`, at some buses."""
    day = made(orders, slots, intervals)
    return DayOrders(intervals, day.terms.replace(bus=np.array(bus, np.int32)), day.slots)


LINE = np.array([[0.0, 1.0]])
"""Of what is drawn at bus 1, behind a line from bus 0."""


def test_products_share_a_line():
    """The line bears 5 kWh. Upwards 10 are wanted behind it, at 100, and offered before it, at 50. Downwards 3 are wanted there, at 40:
    what feeds them in at bus 1 is drawn, at 30, at bus 0. That leaves room for 8: 8 x 50 + 3 x 10 = 430 EUR/MWh x kWh.
    """
    rows = [(1, STEP, 10_000, 100_000), (-1, STEP, 10_000, 50_000), (1, STEP, 3_000, 40_000), (-1, STEP, 9_000, 30_000)]
    orders = [(side, kind, energy, price, price, 0, -1, -1) for side, kind, energy, price in rows]
    day = placed(orders, [(0, 0, 10_000), (1, 0, 10_000), (2, 1, 3_000), (3, 1, 9_000)], 2, [1, 0, 1, 0])
    shared = DayLimits(LINE, np.array([[5.0]]), np.array([0, 0]), np.array([1, -1], np.int8))
    found = largest_welfare(day, shared)
    assert found.energy == pytest.approx([8_000, 8_000, 3_000, 3_000])
    assert found.welfare == pytest.approx(0.430)
    apart = DayLimits(LINE, np.array([[5.0], [5.0]]), np.array([0, 1]), np.array([1, -1], np.int8))
    assert largest_welfare(day, apart).energy == pytest.approx([5_000, 5_000, 3_000, 3_000])


def test_a_flexible_order_goes_where_the_line_has_room():
    """All of 10 kWh, at most 8 an hour, at bus 1, where the line bears 4, then 7: energy is cheaper first, so 4 and 6."""
    orders = [(1, FLEXIBLE, 10_000, 90_000, 90_000, WHOLE, -1, -1)]
    orders += [(-1, STEP, 10_000, price, price, 0, -1, -1) for price in (20_000, 30_000)]
    day = placed(orders, [(0, 0, 8_000), (0, 1, 8_000), (1, 0, 10_000), (2, 1, 10_000)], 2, [1, 0, 0])
    limits = DayLimits(LINE, np.array([[4.0], [7.0]]), np.array([0, 1]), np.ones(2, np.int8))
    found = largest_welfare(day, limits)
    assert found.energy == pytest.approx([4_000, 6_000, 4_000, 6_000])
    assert found.welfare == pytest.approx((10 * 90 - 4 * 20 - 6 * 30) / 1000)
    narrow = DayLimits(LINE, np.array([[4.0], [5.0]]), np.array([0, 1]), np.ones(2, np.int8))
    assert not largest_welfare(day, narrow).energy.any()


def test_without_limits_a_day_that_all_agree_on_is_that_of_blocks():
    """Where no block is left, prices support the largest welfare."""
    case = CASES["5 buses"]
    day = book_of(case, blocks=False)
    assert clear_day(day, Blocks()).welfare(day) / 1e9 == pytest.approx(largest_welfare(day).welfare)


def test_a_grid_that_is_beyond_before_anybody_trades_has_no_answer():
    day = placed([(1, STEP, 1_000, 9, 9, 0, -1, -1)], [(0, 0, 1_000)], 1, [1])
    with pytest.raises(SolveFailed):
        largest_welfare(day, DayLimits(LINE, np.array([[-1.0]]), np.zeros(1, np.int64), np.ones(1, np.int8)))


def test_limits_of_another_book_are_refused_with_every_fault():
    day = placed([(1, STEP, 1_000, 9, 9, 0, -1, -1)], [(0, 0, 1_000)], 1, [3])
    wrong = DayLimits(LINE, np.array([[np.nan, 2.0]]), np.array([1, 0]), np.array([1, 2], np.int8))
    with pytest.raises(InputError) as raised:
        largest_welfare(day, wrong)
    said = [fault.where for fault in raised.value.faults]
    shapes = "DayLimits.matrix, headroom"
    assert said == [shapes, shapes, "DayOrders.bus", "DayLimits.period, way", "DayLimits.period", "DayLimits.way"]


def test_an_empty_day_has_no_welfare():
    day = made([], [], 3)
    assert largest_welfare(day).welfare == 0
