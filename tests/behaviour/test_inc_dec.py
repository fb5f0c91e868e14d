"""Gaming the DSO's last resort: when it pays, by hand; and that it does not under the rules of a scenario."""

from dataclasses import replace

import numpy as np
import pytest

import p2p
from p2p.agents.phases import withdraw
from p2p.behaviour.inc_dec import Grudge, IncDec
from p2p.behaviour.marginal_value import MarginalValue
from p2p.build.build import build
from p2p.markets import clear
from p2p.model import ExchangeModel
from p2p.operators.dso import Curtail
from p2p.orders import Orders
from p2p.orders.published import Aftermath, Published
from p2p.regulation import Rulebook
from p2p.settlement import Reason, settle
from p2p.settlement.settle import Prices
from tests.behaviour.test_quotes import known, rows
from tests.operators.test_dso import BAND, feeder, offers, usage
from tests.running import FEW
from tests.settlement.test_settle import delivery, ledger

PRICES = Prices(energy=130, feed_in=80, network=110, local_network=50, levies=40, national=90, imbalance=200)
BUYER = Orders.of([1], [5000], [120], agent=[0], arrival=[99])
HOME = known(net=-20.0, low=0.0, high=16.0, worth=150, cost=160)
"""20 kW over for a quarter of an hour: 1 kWh beyond what its store takes, and 4 kWh that are worth 150 there. It is agent 3."""


def remembers(of_sales, paid):
    """A memory of sales of which a share was withdrawn."""
    over = np.array([1e4])
    return Grudge(over, over * of_sales, over, over * of_sales, np.array([float(paid)]))


def gain(orders, lost, compensation):
    """What the home has of an interval in which the DSO withdraws some of its sale, the sun that it stores at 150. [nEUR]"""
    book = Orders.concat([BUYER, orders])
    cleared = clear(book, "uniform")
    pairs = cleared.pairs(book)
    left = withdraw(book, cleared, pairs, np.array([0] * (len(pairs) - 1) + [lost])) if lost else cleared
    contracted, payment, turnover = left.by_agent(book, 4)
    sold = -int(contracted[3])
    fed_in = [int(contracted[0]), 0, 0, int(contracted[3])]
    done = delivery(contracted=contracted, payment=payment, turnover=turnover, scheduled=fed_in, metered=fed_in, held_back=[0, 0, 0, lost])
    statement = settle(done, 0, PRICES, Rulebook(curtailment_compensation=compensation), ledger((), (-1,) * 4))
    return (5000 - sold - lost) * 150 - int(statement.dues[:, 3].sum())


def test_it_pays_only_if_relief_is_dearer_than_the_own_use():
    """By hand: the line carries 2 kWh of the interval. A buyer wants 5 kWh at 120.

    The truthful home sells 1 kWh at 120, since the buyer would take more, and stores 4 at 150: 120,000 + 600,000 = 720,000.
    Nothing is held back. Who sells all of it at 80 gets 100, half way from 80 to 120; of 5 kWh the DSO withdraws 3. It has
    2 x 100 = 200,000 and the compensation for 3: at 80 that is 240,000, so 280,000 are lost by gaming; at three times
    that, 720,000, it gains 200,000, all of it paid for relieving what was not there before.
    """
    truth = MarginalValue()(HOME)
    assert sorted(rows(truth)) == [(-1, 1000, 80), (-1, 4000, 150)]
    games = IncDec()(HOME, remembers(0.6, 240))
    assert sorted(rows(games)) == [(-1, 1000, 80), (-1, 4000, 80)]
    assert gain(truth, 0, 1.0) == 720_000
    assert gain(games, 3000, 1.0) == 440_000
    assert gain(games, 3000, 3.0) == 920_000


def test_the_dso_holds_back_what_the_line_does_not_carry():
    """20 kW on a line of 8: 12 kW are taken back, which is 3 kWh in the interval; the truthful home's 4 kW fit."""
    line = feeder(1e-4, rating=8.0)
    outcome = Curtail()(line, usage((1, -20.0)), BAND, lambda: offers((0, 1, 20.0, 120)))
    assert outcome.taken.sum() == pytest.approx(12.0, rel=0.03)
    assert Curtail()(line, usage((1, -4.0)), BAND, lambda: offers((0, 1, 4.0, 120))).taken is None


def test_at_the_retailer_s_price_it_keeps_to_the_truth():
    """By hand: of sales 60 % are withdrawn. At 80 a kWh, it would have to ask (150 - 48) / 0.4 = 255, more than the 150 at which
    it is truthful. At 140: (150 - 84) / 0.4 = 165. At 160: (150 - 96) / 0.4 = 135. At 240: 15, but never below 80."""
    for paid, asked in ((80, 150), (140, 150), (160, 135), (240, 80)):
        assert sorted(rows(IncDec()(HOME, remembers(0.6, paid)))) == sorted([(-1, 1000, 80), (-1, 4000, asked)])
    assert rows(IncDec()(HOME)) == rows(MarginalValue()(HOME))
    assert rows(IncDec()(HOME, IncDec().start(1))) == rows(MarginalValue()(HOME))


def test_it_remembers_what_was_withdrawn_and_paid():
    """By hand: it ordered and was promised 5000 Wh, 2000 stand, 3000 were held back for 720,000 nEUR: 60 % at 240. After an interval
    in which nothing is taken back of 5000 Wh sold, 0.9 x 3000 of 0.9 x 5000 + 5000 are: 28.4 %."""
    games = IncDec()
    orders = games(HOME, remembers(0.6, 240))
    book = Orders.concat([BUYER, orders])
    cleared = clear(book, "uniform")
    seen = Aftermath(Published.of(book, cleared), orders.energy, np.array([3000]), np.array([720_000]))
    memory = games.learn(games.start(1), HOME, orders, np.array([1000, 1000]), np.zeros(2, np.int64), seen)
    assert memory.of_sales.tolist() == [0.6]
    assert memory.paid.tolist() == [240]
    assert memory.of_rest.tolist() == [0]
    calm = Aftermath(seen.published, orders.energy, *np.zeros((2, 1), np.int64))
    memory = games.learn(memory, HOME, orders, orders.energy, np.zeros(2, np.int64), calm)
    assert memory.of_sales == pytest.approx(2700 / 9500)
    assert games.learn(memory, HOME, orders, orders.energy, np.zeros(2, np.int64)) is memory


def test_energy_of_the_store_is_not_sold_for_less():
    """A store that could give 2 kW at a cost of 160 on top of 4 kW of sun: only the sun's part is let go."""
    both = known(net=-4.0, low=-2.0, high=4.0, worth=150, cost=160)
    assert sorted(rows(IncDec()(both, remembers(0.6, 240)))) == [(-1, 500, 160), (-1, 1000, 80)]


def test_in_a_congested_run_nobody_gains_by_it():
    """Under a scenario's rules the strategy meets the DSO, remembers, and does not distort: every bill is that of the truthful."""
    changes = FEW | {"population.households": 20, "population.pv": 0.6, "population.battery": 0.4, "grid.rating_scale": 0.02}
    bills, held = {}, 0
    for strategy in ("marginal_value", "inc_dec"):
        last = Sums()
        model = ExchangeModel(build(p2p.Scenario.of({}, changes | {"population.strategies": {strategy: 1.0}})), last)
        while model.running:
            model.step()
        bills[strategy] = last.dues.sum(axis=0)
        held = -last.dues[Reason.COMPENSATION].sum()
    assert held > 0
    memory = model.cohorts[0].memory
    assert memory.paid.max() == pytest.approx(81_000)
    assert memory.held_back.max() > 0
    assert np.array_equal(bills["marginal_value"], bills["inc_dec"])


class Sums:
    """A recorder that adds up what homes owe."""

    dues = 0

    def append(self, interval, record):
        self.dues = self.dues + record.dues


def test_a_regime_that_pays_more_is_gamed():
    """At three times the retailer's price it sells at other limits than the truthful do."""
    changes = FEW | {
        "clock.start": "2016-09-10", "clock.days": 4, "population.households": 20, "population.pv": 0.6, "population.battery": 0.4,
        "population.pv_kw": [8.0, 10.0], "population.battery_kwh": [30.0, 40.0], "population.battery_hours": 8.0, "grid.rating_scale": 0.01,
    }  # fmt: skip
    traded = {}
    for strategy in ("marginal_value", "inc_dec"):
        setup = build(p2p.Scenario.of({}, changes | {"population.strategies": {strategy: 1.0}}))
        last = Sums()
        model = ExchangeModel(replace(setup, rulebook=replace(setup.rulebook, curtailment_compensation=3.0)), last)
        while model.running:
            model.step()
        traded[strategy] = last.dues[Reason.LOCAL_ENERGY]
    assert not np.array_equal(traded["marginal_value"], traded["inc_dec"])
