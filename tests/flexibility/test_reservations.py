"""The ledger of reservations: worked by hand, and its laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.base.errors import InputError
from p2p.flexibility import SERVICES, Reservations

FIRST = np.array([0])


def one(low=-4.0, high=6.0, hours=0.5):
    """A device that can do 6 kW more and 4 kW less than planned, for one interval of half an hour."""
    return Reservations.over(np.array([[low]]), np.array([[high]]), hours)


def ask(ledger, service, power, whole=False):
    after, given = ledger.reserve(service, FIRST, FIRST, np.array([power]), whole)
    return after, float(given[0])


def test_the_second_buyer_gets_the_rest():
    """6 kW up: the local market takes 4, the DSO asks for 5 and gets 2, the TSO asks for 3 and gets nothing.

    Refused 3 kW and 3 kW for half an hour: 3 kWh, and all of it would have been sold twice; asked for (4 + 5 + 3) / 2 = 6.
    """
    ledger, local = ask(one(), "local", 4.0)
    ledger, dso = ask(ledger, "dso", 5.0)
    ledger, tso = ask(ledger, "tso", 3.0)
    assert (local, dso, tso) == (4.0, 2.0, 0.0)
    assert ledger.free(1).item() == 0.0
    assert ledger.free(-1).item() == 4.0
    assert ledger.refused.sum() == ledger.double.sum() == 3.0
    assert ledger.conflicts() == 50.0


def test_what_a_device_can_not_do_is_no_conflict():
    ledger, given_ = ask(one(), "dso", -7.0)
    assert given_ == -4.0
    assert ledger.refused.sum() == 1.5
    assert ledger.double.sum() == 0.0


def test_all_or_nothing():
    ledger, _ = ask(one(), "local", 4.0)
    ledger, refused = ask(ledger, "tso", 3.0, whole=True)
    ledger, given_ = ask(ledger, "tso", 2.0, whole=True)
    assert (refused, given_) == (0.0, 2.0)
    assert ledger.double.tolist() == [0.0, 0.0, 0.0, 1.5]


def test_what_is_given_back_may_be_sold_again():
    ledger, _ = ask(one(), "local", 6.0)
    ledger = ledger.released("local", FIRST, FIRST, np.array([2.5]))
    assert ask(ledger, "dso", 6.0)[1] == 2.5
    ledger = ledger.released("dso", FIRST, FIRST, np.array([9.0]))
    assert ledger.of("local").item() == 3.5


def test_directions_do_not_take_from_one_another():
    ledger, up = ask(one(), "local", 6.0)
    ledger, down = ask(ledger, "dso", -4.0)
    assert (up, down) == (6.0, -4.0)
    assert (ledger.of("local").item(), ledger.of("dso").item()) == (6.0, -4.0)


def test_where_the_span_shrinks_the_last_in_line_gives_up_first():
    """5 for its people and the market is 2 + 2, 1 for the TSO; with 3 kW left the TSO loses 1 and the market 1 of 2."""
    ledger = one()
    for service, power in (("self", 2.0), ("local", 2.0), ("tso", 1.0)):
        ledger, _ = ask(ledger, service, power)
    ledger, lost = ledger.narrowed(np.array([[-4.0]]), np.array([[3.0]]))
    assert lost.tolist() == [0.0, 0.5, 0.0, 0.5]
    assert [ledger.of(service).item() for service in SERVICES] == [2.0, 1.0, 0.0, 0.0]


def test_nothing_asked_for_is_no_share():
    assert one().conflicts() is None


def test_a_request_comes_once():
    with pytest.raises(InputError, match="1 requests ask"):
        one().reserve("dso", np.array([0, 0]), np.array([0, 0]), np.array([1.0, 2.0]))


kw = st.floats(0, 50, allow_nan=False)
requests = st.tuples(
    st.sampled_from(SERVICES), st.booleans(), st.lists(st.floats(-80, 80, allow_nan=False), min_size=6, max_size=6), st.booleans()
)


@given(st.lists(kw, min_size=6, max_size=6), st.lists(kw, min_size=6, max_size=6), st.lists(requests, max_size=8))
def test_never_more_than_the_span_is_promised(low, high, wishes):
    """Three devices over two intervals, any sequence of reservations and releases; what is kept adds up with what is refused."""
    low, high = -np.array(low).reshape(2, 3), np.array(high).reshape(2, 3)
    ledger = Reservations.over(low, high, 0.25)
    interval, device = (rows.ravel() for rows in np.indices((2, 3)))
    granted = 0.0
    for service, gives_back, power, whole in wishes:
        power = np.array(power)
        if gives_back:
            ledger = ledger.released(service, device, interval, power)
        else:
            ledger, given_ = ledger.reserve(service, device, interval, power, whole)
            granted += np.abs(given_).sum() * 0.25
            assert np.all(np.abs(given_) <= np.abs(power))
            assert np.all(given_ * power >= 0)
        assert np.all(ledger.held >= 0)
        assert np.all(ledger.held.sum(axis=0) <= ledger.room + 1e-9)
        assert np.all(ledger.free(1) >= 0)
    assert ledger.asked.sum() == pytest.approx(granted + ledger.refused.sum())
    assert np.all(ledger.double <= ledger.refused + 1e-9)
