"""Who gets which part of what a pool gains: worked by hand, and what holds whatever the contracts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.flexibility import Contracts
from p2p.orders import Clearing, Orders
from p2p.regulation import Rulebook
from p2p.settlement import Agreed, Delivery, Ledger, Parts, Reason, pay, settle
from p2p.settlement.settle import Prices

PRICES = Prices(energy=130, feed_in=80, network=110, local_network=50, levies=40, national=90, imbalance=200)

#: home 0 bids 100 Wh at 200, home 1 offers 100 at 80 and 50 at 90
BOOK = Orders.of(side=[1, -1, -1], energy=[100, 100, 50], price=[200, 80, 90], agent=[0, 1, 1])


def agreed_by(*rows, homes):
    return Agreed.of(Contracts.of([{"aggregator": "pool", **row} for row in rows], homes, ("pool",)), homes)


def ints(*values):
    return np.array(values, np.int64)


def kept(agreed, gain, spread):
    """What aggregators keep where each home gained so much with one Wh, so much of it spread."""
    homes = len(gain)
    book = Orders.of(side=[-1] * homes, energy=[1] * homes, price=[0] * homes)
    cleared = Clearing(np.ones(homes, np.int64), -gain, None)
    return pay(agreed, book, cleared, cleared, Parts(0 * gain, 0 * gain, spread)).kept


CLEARED = Clearing(ints(100, 100, 0), ints(9_000, -9_500, 0), None)


def test_what_members_gain_by_hand():
    """Home 0 pays 9,000 for 100 Wh at 200: 11,000 gained; home 1 gets 9,500 for 100 Wh at 80: 1,500.

    Home 1 keeps 0.6 of it and has a fee of 3 on each of its 100 Wh: 900 - 300 = 600 above its limit. Home 0 is in no pool.
    """
    agreed = pay(agreed_by({"member": 1, "share": 0.6, "fee": 3}, homes=2), BOOK, CLEARED, CLEARED)
    assert agreed.gain.tolist() == [0, 1_500]
    assert agreed.traded.tolist() == [0, 100]
    assert agreed.kept.tolist() == [0, 600]
    assert agreed.fee.tolist() == [0, 300]
    assert agreed.paid.tolist() == [0, 600]


def test_what_went_another_way_is_no_business_of_the_pool():
    """Of home 0's 100 Wh it traded 40 itself and gained 4,000 with them: 60 Wh and 7,000 in the pool, 600 of it spread."""
    parts = Parts(ints(40, 0, 0), ints(4_000, 0, 0), ints(600, 0, 0))
    agreed = pay(agreed_by({"member": 0, "share": 0.5}, homes=2), BOOK, CLEARED, CLEARED, parts)
    assert agreed.gain.tolist() == [7_000, 0]
    assert agreed.traded.tolist() == [60, 0]
    assert agreed.kept.tolist() == [600 + 3_200, 0]


def test_what_the_dso_withdrew_falls_in_proportion():
    """Half of it is left, and was paid 4,500 for: 5,500 gained, of which 2,000 by the home itself, and 300 are spread."""
    parts = Parts(ints(40, 0, 0), ints(4_000, 0, 0), ints(600, 0, 0))
    stands = Clearing(ints(50, 50, 0), ints(4_500, -4_750, 0), None)
    agreed = pay(agreed_by({"member": 0, "share": 0.5}, homes=2), BOOK, CLEARED, stands, parts)
    assert agreed.gain.tolist() == [3_500, 0]
    assert agreed.traded.tolist() == [30, 0]
    assert agreed.kept.tolist() == [300 + 1_600, 0]


def test_shares_by_hand():
    """Of gains of 1,000 nEUR: a member with all of it keeps 1,000; with 0.6, 600; with 0.6 after a spread of 100, 540 of 900.

    A spread of 1,200 is more than there is: the pool keeps the 1,000. A loss of 10 at 0.25: the member bears 2.5, rounded
    against it to 3, and the pool 7. Home 5 is in no pool.
    """
    rows = [{"member": row, "share": share} for row, share in enumerate((1.0, 0.6, 0.6, 0.6, 0.25))]
    found = kept(agreed_by(*rows, homes=6), ints(1000, 1000, 1000, 1000, -10, 1000), ints(0, 0, 100, 1200, 50, 0))
    assert found.tolist() == [0, 400, 460, 1000, -7, 0]


def test_postings_of_a_pool_by_hand():
    """Home 1 sold 100 Wh at 95 (it asked for 80), gains 1,500 and keeps 0.6 of it; its fee is 3 a kWh, here a Wh.

    It owes the pool -9,500 for the energy, 600 of the gain and 300 in fees: 8,600 are 80 x 100 + 900 - 300. The pool
    gets 9,500 from the operator, and keeps 900. Home 0, in no pool, bought the 100 Wh for as much.
    """
    cleared = Clearing(ints(100, 100, 0), ints(9_500, -9_500, 0), None)
    ledger = Ledger.of(np.array(["a", "b"]), ("pool",), np.array([-1, 0], np.int32))
    agreed = pay(agreed_by({"member": 1, "share": 0.6, "fee": 3}, homes=2), BOOK, cleared, cleared)
    delivery = Delivery(ints(100, -100), ints(9_500, -9_500), ints(100, 100), ints(0, 0), ints(100, -100), ints(0, 0), ints(0, 0))
    statement = settle(delivery, 0, PRICES, Rulebook(), ledger, agreed)
    assert statement.dues[[Reason.LOCAL_ENERGY, Reason.COMMISSION, Reason.POOL_SHARE], 1].tolist() == [-9_500, 300, 600]
    assert statement.dues[Reason.POOL_SHARE, 0] == 0
    gained = dict(zip(ledger.names.tolist(), ledger.balances(statement.dues, statement.between).tolist(), strict=True))
    assert (gained["b"], gained["pool"], gained["operator"]) == (8_600, 900, 0)


def test_without_an_agreement_all_is_the_members():
    """The rulebook's commission of 2 on 10 Wh, and nothing kept."""
    ledger = Ledger.of(np.array(["a"]), ("pool",), np.array([0], np.int32))
    delivery = Delivery(ints(10), ints(900), ints(10), ints(10), ints(10), ints(0), ints(0))
    dues = settle(delivery, 0, PRICES, Rulebook(aggregator_commission=0.002), ledger).dues[:, 0]
    assert (dues[Reason.COMMISSION], dues[Reason.POOL_SHARE]) == (20, 0)


def test_a_ledger_after_members_changed():
    """Home 0 goes to the south, home 1 to nobody; accounts stay the same, debts go to whom they are owed now."""
    ledger = Ledger.of(np.array(["a", "b"]), ("north", "south"), np.array([0, 0], np.int32))
    after = ledger.with_members(np.array([1, -1], np.int32))
    assert after.names.tolist() == ledger.names.tolist()
    for reason in (Reason.LOCAL_ENERGY, Reason.COMMISSION, Reason.POOL_SHARE):
        assert after.names[after.payee[reason]].tolist() == ["south", "operator"]
    assert np.array_equal(after.payer_of, ledger.payer_of)


money = st.integers(-(10**12), 10**12)


@given(st.lists(st.tuples(money, st.integers(0, 10**9), st.floats(0, 1)), min_size=1, max_size=8))
def test_a_gain_is_split_whole_and_no_limit_is_broken(homes):
    gain, spread = (np.array(column, np.int64) for column in list(zip(*homes, strict=True))[:2])
    shares = np.array([share for _, _, share in homes])
    own = agreed_by(*({"member": row, "share": share} for row, (_, _, share) in enumerate(homes)), homes=len(homes))
    part = kept(own, gain, spread)
    got = gain - part
    wins = gain >= 0
    assert np.all((got >= 0)[wins])
    assert np.all((part >= 0)[wins])
    assert np.all((part >= np.minimum(spread, gain))[wins])
    rest = gain - np.minimum(spread, np.maximum(gain, 0))
    assert got == pytest.approx(rest * shares, abs=1 + 1e-6 * np.abs(rest).max())
    full = own.replace(share=np.full(len(homes), 1_000_000))
    assert not kept(full, gain, 0 * spread).any()
