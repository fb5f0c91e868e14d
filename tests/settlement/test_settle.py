"""Who owes what, worked by hand, and the ledger's law."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from p2p.flexibility import booked
from p2p.orders import Orders
from p2p.regulation import Rulebook
from p2p.settlement import Delivery, Ledger, Reason, settle
from p2p.settlement.ledger import HOME_REASONS
from p2p.settlement.settle import Prices, prices_of

PRICES = Prices(energy=130, feed_in=80, network=110, local_network=50, levies=40, national=90, imbalance=200)
RULES = Rulebook(aggregator_commission=0.002)  # 2 µEUR/kWh


def ledger(pools=("pool",), member=(-1, 0)):
    return Ledger.of(np.array([f"home {row}" for row in range(len(member))]), pools, np.array(member, np.int32))


def delivery(**columns):
    names = ("contracted", "payment", "turnover", "scheduled", "metered", "held_back", "fuel_cost")
    size = len(next(iter(columns.values())))
    return Delivery(*(np.array(columns.get(name, [0] * size), np.int64) for name in names))


def test_a_buyer_and_a_pooled_seller_by_hand():
    """Home 0 bought 600 Wh at 100 and drew 1000; home 1, in a pool, sold 600 and fed in 900; 20 Wh were lost.

    Home 0: 60,000 for local energy; 400 Wh from the retailer at 130 = 52,000; network 600 x 50 + 400 x 110 = 74,000;
    levies 1000 x 40 = 40,000. Home 1: -60,000 from its pool; 300 fed in at 80 = -24,000; commission 600 x 2 = 1,200.
    The retailer bought the schedule of 1000 - 850 = 150 Wh at 90 = 13,500 and its homes used 100 in all: 50 less,
    at 200 = -10,000. The DSO buys 20 x 90 = 1,800.
    """
    book = ledger()
    done = delivery(contracted=[600, -600], payment=[60_000, -60_000], turnover=[600, 600], scheduled=[1000, -850], metered=[1000, -900])
    statement = settle(done, 20, PRICES, RULES, book)
    dues = {reason.name: statement.dues[reason].tolist() for reason in list(Reason)[:HOME_REASONS]}
    assert dues == {
        "LOCAL_ENERGY": [60_000, -60_000],
        "RETAIL_ENERGY": [52_000, 0],
        "FEED_IN": [0, -24_000],
        "NETWORK_FEE": [74_000, 0],
        "LEVIES": [40_000, 0],
        "COMMISSION": [0, 1_200],
        "COMPENSATION": [0, 0],
        "FUEL": [0, 0],
        "POOL_SHARE": [0, 0],
        "LOCATION": [0, 0],
        "RENT_SHARE": [0, 0],
    }
    assert statement.between.tolist() == [-60_000, 13_500, -10_000, 1_800, 0]
    gains = dict(zip(book.names.tolist(), book.balances(statement.dues, statement.between).tolist(), strict=True))
    assert gains == {
        "home 0": -226_000,
        "home 1": 82_800,
        "pool": 1_200,
        "operator": 0,
        "retailer": 52_000 - 24_000 - 13_500 + 10_000,
        "dso": 74_000 - 1_800,
        "tso": -10_000,
        "national_market": 13_500 + 1_800,
        "state": 40_000,
        "fuel_supplier": 0,
    }


def test_a_seller_who_does_not_deliver_buys_the_rest():
    """Sold 500 Wh, fed in 200: the other 300 come from the retailer; nothing was drawn, so no fee or levy."""
    done = delivery(contracted=[-500], payment=[-50_000], metered=[-200], scheduled=[-500])
    statement = settle(done, 0, PRICES, RULES, ledger(member=(-1,)))
    assert statement.dues[:, 0].tolist() == [-50_000, 39_000, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    assert statement.between.tolist() == [0, -45_000, 60_000, 0, 0]


def test_selling_what_one_does_not_have_would_pay_at_the_cost_of_the_dso():
    """Why a run refuses such offers: home 0 has no load and no devices, sells 1000 Wh to home 1 and buys them from the retailer.

    A local kWh is worth 280 - 90 = 190 to home 1, what it saves of the retailer's 130 + 110 + 40 less the fees of 50 + 40. Sold at that,
    home 0 gets 190 and pays 130, no fee and no levy, since it drew nothing: 60 gained, the difference of the two network fees. Home 1
    pays 190 + 50 + 40 = 280 as without the trade, retailer and state get what they got, and the DSO 50 in place of 110: it pays the
    gain for a kWh that came through its whole grid. Below 130 the seller would lose.
    """
    book = ledger((), (-1, -1))

    def gains(sold, price):
        done = delivery(contracted=[-sold, sold], payment=[-sold * price, sold * price], metered=[0, 1000], scheduled=[0, 1000])
        statement = settle(done, 0, PRICES, RULES, book)
        return dict(zip(book.names.tolist(), book.balances(statement.dues, statement.between).tolist(), strict=True))

    without, dear, even = gains(0, 0), gains(1000, 190), gains(1000, 130)
    assert {name: dear[name] - without[name] for name in without if dear[name] != without[name]} == {"home 0": 60_000, "dso": -60_000}
    assert {name: even[name] - without[name] for name in without if even[name] != without[name]} == {"home 1": 60_000, "dso": -60_000}
    sale = Orders.of(side=[-1, 1], energy=[1000, 1000], price=[130, 190], agent=[0, 1])
    stands, refused = booked(sale, np.array([0.0, 4.0]), 0.25)
    assert (stands.agent.tolist(), refused) == ([1], 1000)


def test_what_is_held_back_is_compensated():
    done = delivery(metered=[-100], held_back=[400])
    assert settle(done, 0, PRICES, RULES, ledger(member=(-1,))).dues[Reason.COMPENSATION].tolist() == [-32_000]
    free = settle(done, 0, PRICES, Rulebook(curtailment_compensation=0.0), ledger(member=(-1,)))
    assert free.dues[Reason.COMPENSATION].tolist() == [0]


wh = st.integers(-(10**7), 10**7)


@given(st.lists(st.tuples(wh, wh, wh, wh, st.integers(0, 10**6), st.integers(-1, 1)), min_size=1, max_size=6), st.integers(0, 10**6))
def test_postings_sum_to_zero(homes, losses):
    columns = np.array(homes, np.int64).T
    book = ledger(("a", "b"), columns[5])
    done = Delivery(columns[0], columns[1], np.abs(columns[0]), columns[2], columns[3], columns[4], 0 * columns[4])
    statement = settle(done, losses, PRICES, RULES, book)
    assert book.balances(statement.dues, statement.between).sum() == 0


def test_the_plan_and_the_bill_share_one_tariff():
    """What `Tariff.retail` says a kWh costs is what the bill charges for it, and likewise for a local one."""
    tariff = Rulebook().tariff(np.array([70_000]))
    (prices,) = prices_of(tariff, np.array([70_000]), np.array([70_000]))
    book = ledger((), (-1,))
    from_retailer = settle(delivery(metered=[1000]), 0, prices, Rulebook(), book).dues.sum()
    assert from_retailer == 1000 * int(tariff.retail[0])
    local = settle(delivery(metered=[1000], contracted=[1000], payment=[1000 * 90_000]), 0, prices, Rulebook(), book).dues.sum()
    assert local == 1000 * (90_000 + int(tariff.local_fees[0]))
