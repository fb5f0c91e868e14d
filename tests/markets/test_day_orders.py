"""Days whose answers are known, small days against all choices, and the laws of a day with their teeth."""

import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p.base.errors import BookInvalid, LawBroken
from p2p.base.solve import SolveFailed, optimum
from p2p.markets import Blocks, Uniform, clear
from p2p.markets.day import laws
from p2p.markets.day.clear import clear_day
from p2p.markets.day.clearing import DayClearing
from p2p.markets.day.programme import Market
from p2p.markets.day.units import steps_of, units_of
from p2p.orders import Orders
from p2p.orders.cells import Cells
from p2p.orders.day import BLOCK, CURVE, FLEXIBLE, STEP, WHOLE, DayOrders, Slots, Terms
from p2p.orders.day_cells import OPTIONAL, read_day_orders
from tests.strategies import books

FOLDER = Path(__file__).parents[1] / "cases" / "day_orders"
CASES = [case for name in ("published", "by_hand") for case in json.loads((FOLDER / f"{name}.json").read_text())["cases"]]
COLUMNS = ("agent", "side", "energy_kwh", "price_eur_per_mwh", *OPTIONAL)


def table(rows):
    return Cells("book", {name: [str(row.get(name, "")) for row in rows] for name in COLUMNS}, lambda row: f"row {row}")


def made(orders, slots, intervals):
    """A day's book of tuples (side, kind, energy, price, price_to, least, parent, group) and (order, interval, energy)."""
    columns = np.array(orders, np.int64).reshape(-1, 8).T
    rows = np.arange(columns.shape[1])
    side, kind, energy, price, price_to, least, parent, group = columns
    terms = Terms(
        rows.astype(np.int32), np.zeros(len(rows), np.int32), side.astype(np.int8), kind.astype(np.int8), energy, price, price_to, least,
        parent, group, rows, np.zeros(len(rows), np.int16),
    )  # fmt: skip
    return DayOrders(intervals, terms, Slots(*np.array(slots, np.int64).reshape(-1, 3).T))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_day_whose_answer_is_known(case):
    book = read_day_orders(table(case["orders"]))
    day, expected = book.orders, case["expected"]
    clearing = clear_day(day, Blocks())
    assert clearing.price.tolist() == [price * 1000 for price in expected["prices"]]
    assert clearing.welfare(day) == pytest.approx(expected["welfare"] * 10**6, abs=1)
    for names, wanted in ((book.names, expected.get("accepted", {})), (book.agents, expected.get("agents", {}))):
        for name, energies in wanted.items():
            mine = np.isin(day.slots.order, [row for row, one in enumerate(names) if one == name])
            found = np.bincount(day.slots.interval[mine], clearing.energy[mine], day.intervals)
            assert found.tolist() == [energy * 1000 for energy in energies], name
    if "rejected" in expected:
        left = {book.names[one["order"]]: one["surplus [EUR]"] * 1000 for one in clearing.facts.get("paradoxically rejected", [])}
        assert left == pytest.approx(expected["rejected"])
    assert clearing.facts.get("gap", 0.0) == 0.0


@st.composite
def days(draw, most_units=5, intervals=3, scales=(1, 1000)):
    """Small days: steps and curves, blocks with links, loops and groups, minimum acceptances and deadlines."""
    orders, slots, blocks = [], [], []

    def add(side, kind, places, price, price_to=None, least=0, parent=-1, group=-1, energy=None):
        number = len(orders)
        total = sum(amount for _, amount in places) if energy is None else energy
        orders.append([side, kind, total, price, price if price_to is None else price_to, least, parent, group])
        slots.extend((number, at, amount) for at, amount in places)
        return number

    sides, amounts, prices = st.sampled_from([1, -1]), st.integers(1, 9), st.integers(-5, 30)
    scale = draw(st.sampled_from(scales))
    for _ in range(draw(st.integers(0, 8))):
        side, price, at = draw(sides), draw(prices), draw(st.integers(0, intervals - 1))
        bent = draw(st.booleans()) and draw(st.booleans())
        add(side, CURVE if bent else STEP, [(at, draw(amounts) * scale)], price, price - side * draw(st.integers(0, 9)) if bent else None)
    for _ in range(draw(st.integers(0, most_units))):
        side, price, least = draw(sides), draw(prices), draw(st.sampled_from([WHOLE, WHOLE, WHOLE // 2, 333_333, 0]))
        kind = draw(st.sampled_from([BLOCK, BLOCK, BLOCK, STEP, FLEXIBLE]))
        first = draw(st.integers(0, intervals - 1))
        last = draw(st.integers(first, intervals - 1))
        if kind == BLOCK:
            link = draw(st.sampled_from(["", "", "parent", "loop", "group"])) if blocks else ""
            other = draw(st.sampled_from(blocks)) if blocks else -1
            if link == "loop" and (orders[other][6] >= 0 or any(one[6] == other for one in orders)):
                link = ""
            places = [(at, draw(amounts) * scale) for at in range(first, last + 1)]
            number = add(side, BLOCK, places, price, least=least, parent=other if link in ("parent", "loop") else -1)
            if link == "loop":
                orders[other][6] = number
            if link == "group":
                orders[other][7] = orders[number][7] = max(orders[other][7], 0) if orders[other][7] >= 0 else number
            blocks.append(number)
        elif kind == STEP:
            add(side, STEP, [(first, draw(amounts) * scale)], price, least=max(least, 1))
        else:
            cap = draw(amounts) * scale
            room = cap * (last - first + 1)
            add(side, FLEXIBLE, [(at, cap) for at in range(first, last + 1)], price, least=least, energy=draw(st.integers(1, room)))
    return made(orders, slots, intervals)


@given(day=days())
@settings(max_examples=150)
def test_every_law_of_a_day_holds(day):
    clearing = clear_day(day, Blocks())
    for law in laws.ALWAYS:
        assert law(day, clearing), law.__doc__


@given(day=days(4, scales=(1000,)))
@settings(max_examples=60)
def test_small_days_are_the_best_of_all_choices(day):
    """Against every choice of what to take: prices and steps of each by linear programming."""
    day.check()
    clearing = clear_day(day, Blocks())
    units, steps = units_of(day), steps_of(day, 32)
    if len(units) == 0:
        return
    limits = np.concatenate((steps.price, units.places.price))
    ends = np.full(day.intervals, limits.min()), np.full(day.intervals, limits.max())
    market = Market(day.intervals, steps, units, ends)
    best = -np.inf
    for taken in product(*((0.0, 1.0) if chosen else (1.0,) for chosen in units.chosen)):
        try:
            found = optimum(market.with_choice(np.array(taken)), "one choice")
        except SolveFailed:
            continue
        best = max(best, found.value * market.scale.energy * market.scale.price)
    rounding = 3 * len(day.slots) * 40 + 1e-6 * abs(best)
    bent = day.terms.kind == CURVE
    rounding += float(np.sum(day.terms.energy[bent] * np.abs(day.terms.price_to - day.terms.price)[bent])) / 8
    assert clearing.welfare(day) >= best - rounding
    assert clearing.facts["gap"] <= 1e-6


@given(orders=books(), k=st.sampled_from([0.0, 0.5, 1.0]))
def test_a_day_of_one_interval_is_the_double_auction(orders, k):
    day = DayOrders.of_one_interval(orders)
    whole, single = clear_day(day, Blocks(k)), clear(orders, Uniform(k))
    assert np.array_equal(whole.energy, single.energy)
    assert np.array_equal(whole.payment(day), single.payment)
    assert clear(orders, Blocks(k)).price == single.price


@given(day=days(4))
@settings(max_examples=40)
def test_steps_may_stand_in_any_order(day):
    """What steps get hangs on price and arrival, not on rows."""
    plain = day.without(day.indivisible)
    turned = plain.terms.take(slice(None, None, -1))
    last = len(plain) - 1
    slots = plain.slots.take(slice(None, None, -1))
    other = DayOrders(plain.intervals, turned, slots.replace(order=last - slots.order))
    forward, back = Blocks().day(plain), Blocks().day(other)
    assert np.array_equal(forward.energy, back.energy[::-1])
    assert np.array_equal(forward.price, back.price)


@pytest.mark.parametrize(
    ("orders", "slots", "prices"),
    [
        ([], [], [0, 0]),
        ([(1, BLOCK, 4, 9, 9, WHOLE, -1, -1)], [(0, 0, 2), (0, 1, 2)], [9, 9]),
        ([(-1, BLOCK, 4, 9, 9, WHOLE, -1, -1)], [(0, 0, 2), (0, 1, 2)], [9, 9]),
        ([(1, FLEXIBLE, 3, 5, 5, WHOLE, -1, -1)], [(0, 0, 2), (0, 1, 2)], [5, 5]),
    ],
    ids=["empty", "a buying block alone", "a selling block alone", "a deadline alone"],
)
def test_days_in_which_nothing_trades(orders, slots, prices):
    day = made(orders, slots, 2)
    clearing = clear_day(day, Blocks())
    assert not clearing.energy.any()
    assert clearing.price.tolist() == prices


def test_two_blocks_trade_with_one_another():
    """By hand: one buys 2 + 4 at 10 and one sells 2 + 4 at 4: whole, at any prices of mean 4 to 10; k = 0 is the lowest sum.

    2 p0 + 4 p1 >= 24 with both between 4 and 10: p0 = p1 = 4, the sum 8.
    """
    day = made([(1, BLOCK, 6, 10, 10, WHOLE, -1, -1), (-1, BLOCK, 6, 4, 4, WHOLE, -1, -1)], [(0, 0, 2), (0, 1, 4), (1, 0, 2), (1, 1, 4)], 2)
    low, high = clear_day(day, Blocks()), clear_day(day, Blocks(k=1.0))
    assert low.energy.tolist() == [2, 4, 2, 4]
    assert low.price.tolist() == [4, 4]
    assert high.price.tolist() == [10, 10]


#: a step buys 10 in each of two intervals at 30; P, whole, and its child C sell 4 + 4 at 10; a step sells the rest at 20
BOOK = made(
    [
        (1, STEP, 10, 30, 30, 0, -1, -1), (1, STEP, 10, 30, 30, 0, -1, -1), (-1, STEP, 9, 20, 20, 0, -1, -1), (-1, STEP, 9, 20, 20, 0, -1, -1),
        (-1, BLOCK, 8, 10, 10, WHOLE, -1, 0), (-1, BLOCK, 8, 10, 10, WHOLE // 2, 4, -1), (-1, BLOCK, 8, 10, 10, WHOLE, -1, 0),
    ],
    [(0, 0, 10), (1, 1, 10), (2, 0, 9), (3, 1, 9), (4, 0, 4), (4, 1, 4), (5, 0, 4), (5, 1, 4), (6, 0, 4), (6, 1, 4)],
    2,
)  # fmt: skip
GOOD = DayClearing(np.array([10, 10, 2, 2, 4, 4, 4, 4, 0, 0]), np.array([20, 20]))
EV = made([(1, FLEXIBLE, 3, 5, 5, WHOLE, -1, -1), (-1, STEP, 9, 2, 2, 0, -1, -1)], [(0, 0, 2), (0, 1, 2), (1, 0, 9)], 2)


def changed(price=(20, 20), **energies):
    energy = GOOD.energy.copy()
    for place, value in energies.items():
        energy[int(place[1:])] = value
    return BOOK, DayClearing(energy, np.array(price))


BROKEN = {
    "balanced_each_interval": changed(_0=9),
    "budget_balanced_each_interval": changed(_0=9),
    "within_slots": changed(_0=11, _2=3),
    "whole_blocks_whole": changed(_4=2, _5=2, _2=4, _3=4),
    "one_ratio": changed(_6=4, _7=0, _3=6),
    "minimum_kept": changed(_6=1, _7=1, _2=5, _3=5),
    "links_kept": changed(_4=0, _5=0, _2=6, _3=6),
    "groups_kept": changed(_8=4, _9=4, _2=0, _3=0, _6=2, _7=2),
    "no_step_loses": changed(price=(19, 20)),
    "no_step_regrets": changed(price=(29, 20)),
    "none_paradoxically_accepted": changed(price=(7, 8)),
    "as_good_as_without_blocks": changed(_0=0, _1=0, _2=0, _3=0, _4=0, _5=0, _6=0, _7=0),
}


@pytest.mark.parametrize("law", laws.ALWAYS, ids=lambda law: law.__name__)
def test_a_law_of_a_day_has_teeth(law):
    BOOK.check()
    assert law(BOOK, GOOD)
    assert not law(*BROKEN[law.__name__])


def test_a_rule_that_breaks_a_law_is_stopped():
    class Thief(Blocks):
        def day(self, day):
            return BROKEN["minimum_kept"][1]

    with pytest.raises(LawBroken, match="minimum_kept"):
        clear_day(BOOK, Thief())


WRONG = {
    "DayOrders.side": lambda day: replace(day, terms=day.terms.replace(side=np.zeros(len(day), np.int8))),
    "energy is not positive": lambda day: replace(day, terms=day.terms.replace(energy=0 * day.terms.energy)),
    "price is out of range": lambda day: replace(day, terms=day.terms.replace(price=day.terms.price + 10**10)),
    "least is out of range": lambda day: replace(day, terms=day.terms.replace(least=day.terms.least - 1)),
    "parent is no order": lambda day: replace(day, terms=day.terms.replace(parent=day.terms.parent + 90)),
    "leads round in a circle": lambda day: replace(day, terms=day.terms.replace(parent=np.array([-1, -1, -1, -1, 5, 6, 4]))),
    "interval is outside the day": lambda day: replace(day, slots=day.slots.replace(interval=day.slots.interval + 1)),
    "stands twice": lambda day: replace(day, slots=day.slots.replace(interval=0 * day.slots.interval)),
    "is empty": lambda day: replace(day, slots=day.slots.take(slice(4))),
    "is not the sum": lambda day: replace(day, slots=day.slots.replace(energy=day.slots.energy + 1)),
    "a block's only": lambda day: replace(day, terms=day.terms.replace(group=np.zeros(len(day), np.int64))),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_days_are_refused(what):
    column, _, words = what.partition(" ") if " " in what else (what, "", "")
    with pytest.raises(BookInvalid) as caught:
        clear_day(WRONG[what](BOOK), Blocks())
    assert words in str(caught.value) or column in str(caught.value)


def test_a_deadline_keeps_its_cap():
    assert laws.within_slots(EV, DayClearing(np.array([2, 1, 3]), np.array([2, 2])))
    assert not laws.within_slots(EV, DayClearing(np.array([3, 0, 3]), np.array([2, 2])))
    assert not laws.within_slots(EV, DayClearing(np.array([2, 2, 4]), np.array([2, 2])))


def test_wrong_tables_are_refused_with_every_fault():
    rows = [
        {"agent": "a", "side": "bid", "energy_kwh": 1, "price_eur_per_mwh": 1, "interval": "x", "kind": "step"},
        {"agent": "a", "side": "bid", "energy_kwh": 0, "price_eur_per_mwh": 1, "interval": 0, "kind": "bloc"},
        {"agent": "b", "side": "offer", "energy_kwh": 1, "price_eur_per_mwh": 1, "interval": 0, "kind": "block", "order": "B", "parent": "C",
         "group": "g", "min_acceptance": 1.5},
        {"agent": "b", "side": "bid", "energy_kwh": 1, "price_eur_per_mwh": 2, "interval": 0, "kind": "block", "order": "B"},
        {"agent": "b", "side": "bid", "energy_kwh": 1, "price_eur_per_mwh": 2, "interval": 0, "kind": "block"},
        {"agent": "c", "side": "bid", "energy_kwh": 9, "price_eur_per_mwh": 2, "kind": "flexible", "earliest": 2, "latest": 1, "most_kwh": 1},
        {"agent": "c", "side": "bid", "energy_kwh": 9, "price_eur_per_mwh": 2, "kind": "flexible", "earliest": 0, "latest": 1, "most_kwh": 1},
        {"agent": "c", "side": "bid", "energy_kwh": 9, "price_eur_per_mwh": 2, "interval": 1, "kind": "curve", "price_to_eur_per_mwh": 3},
        {"agent": "c", "side": "bid", "energy_kwh": 9, "price_eur_per_mwh": 2, "interval": 10000, "parent": "B"},
    ]  # fmt: skip
    with pytest.raises(BookInvalid) as caught:
        read_day_orders(table(rows))
    text = str(caught.value)
    for fault in ("row 0: interval is 'x'", "row 1: kind is 'bloc'", "row 1: energy_kwh is 0", "row 2: min_acceptance is 1.5", "row 2: parent 'C' of order 'B' is no block",
                  "row 2: group 'g' has no other member", "row 3: side of order 'B' is 'bid'", "row 3: price_eur_per_mwh of order 'B'", "row 3: interval 0 stands twice",
                  "row 4: a block without a name", "row 5: latest 1 is before earliest 2", "row 6: the energy does not fit", "row 7: price_to_eur_per_mwh runs the wrong way",
                  "row 8: interval is 10000", "row 8: parent is set for a step"):  # fmt: skip
        assert fault in text, fault


def test_a_plain_book_is_a_day_of_one_interval():
    orders = Orders.of(side=[1, -1], energy=[1000, 2000], price=[300_000, 80_000])
    day = DayOrders.of_one_interval(orders)
    book, clearing = clear_day(day, Blocks()).in_interval(day, 0)
    assert np.array_equal(book.energy, orders.energy)
    assert (clearing.price, clearing.energy.tolist(), clearing.budget()) == (80_000, [1000, 1000], 0)
