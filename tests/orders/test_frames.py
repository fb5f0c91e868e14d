"""Books from frames and clearings as frames."""

import numpy as np
import pandas as pd
import pytest

import p2p
from p2p.base.errors import BookInvalid, FileInvalid

FRAME = pd.DataFrame(
    {
        "agent": ["Ada", "Ben", "Ada"],
        "side": ["bid", "offer", "Offer "],
        "energy_kwh": [1.5, 2, 0.0005],
        "price_eur_per_mwh": [250.0004, 90, -3.25],
    }
)


def test_a_frame_is_read_exactly():
    """By hand: a bid's limit goes down and an offer's up to a whole µEUR/kWh; half a watt-hour rounds to even, none."""
    orders = p2p.Orders.from_frame(FRAME.iloc[:2])
    assert orders.agent.tolist() == [0, 1]
    assert orders.energy.tolist() == [1500, 2000]
    assert orders.price.tolist() == [250_000, 90_000]
    with pytest.raises(BookInvalid, match=r"frame, row 2: energy_kwh is 0.0005; 0.001 to"):
        p2p.Orders.from_frame(FRAME)


def test_all_faults_of_a_frame_come_at_once():
    frame = pd.DataFrame({"side": ["bid", "ask"], "energy_kwh": [np.nan, 1], "price_eur_per_mwh": [1e12, "x"]}, index=["first", "second"])
    with pytest.raises(BookInvalid) as caught:
        p2p.Orders.from_frame(frame)
    text = str(caught.value)
    assert "row first: energy_kwh is empty" in text
    assert "row first: price_eur_per_mwh is 1000000000000.0; -1000000 to 1000000" in text
    assert "row second: side is 'ask'; bid or offer" in text
    assert "row second: price_eur_per_mwh is 'x'" in text
    with pytest.raises(FileInvalid, match="has no column 'side'"):
        p2p.Orders.from_frame(pd.DataFrame({"energy_kwh": [1]}))
    with pytest.raises(FileInvalid, match="unknown column 'sid'; did you mean 'side'"):
        p2p.Orders.from_frame(FRAME.assign(sid=1))


def test_tags_are_numbered_by_name():
    orders = p2p.Orders.from_frame(FRAME.iloc[:2].assign(tag=["", "green"]))
    assert orders.tag.tolist() == [0, 1]


def test_a_clearing_as_a_frame():
    """By hand: 1.5 kWh trade at 170 EUR/MWh, half-way between 250 and 90: Ada pays 0.255 EUR."""
    orders = p2p.Orders.of(side=[1, -1, 1], energy=[1500, 1500, 100], price=[250_000, 90_000, 10_000])
    frame = p2p.clear(orders).to_frame(orders, ["Ada", "Ben", "Cem"])
    assert frame.columns.tolist() == ["agent", "side", "energy_kwh", "limit_eur_per_mwh", "accepted_kwh", "price_eur_per_mwh", "pays_eur"]
    assert frame.agent.tolist() == ["Ada", "Ben", "Cem"]
    assert frame.side.tolist() == ["bid", "offer", "bid"]
    assert frame.accepted_kwh.tolist() == [1.5, 1.5, 0]
    assert frame.price_eur_per_mwh.tolist()[:2] == [170.0, 170.0]
    assert np.isnan(frame.price_eur_per_mwh[2])
    assert frame.pays_eur.tolist() == [0.255, -0.255, 0]
    assert p2p.clear(orders).to_frame(orders).agent.tolist() == [0, 1, 2]


def test_a_frame_goes_there_and_back():
    orders = p2p.Orders.from_frame(FRAME.iloc[:2])
    frame = p2p.clear(orders).to_frame(orders)
    again = frame.rename(columns={"limit_eur_per_mwh": "price_eur_per_mwh"}).loc[:, ["agent", "side", "energy_kwh"]]
    again["price_eur_per_mwh"] = frame.limit_eur_per_mwh
    read = p2p.Orders.from_frame(again)
    assert all(np.array_equal(column, getattr(read, name)) for name, column in orders.columns().items())
