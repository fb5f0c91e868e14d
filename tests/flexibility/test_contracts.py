"""Contracts between prosumers and aggregators, and what is seen under them."""

import numpy as np
import pytest

from p2p.base.errors import InputError
from p2p.devices import DEVICES
from p2p.flexibility import PRIVACY, Contracts, seen, shows

POOLS = ("north", "south")


def contracts(*rows, homes=10):
    return Contracts.of([{"member": place, "aggregator": "north", **row} for place, row in enumerate(rows)], homes, POOLS)


def test_what_is_not_said_is_a_contract_for_everything():
    found = contracts({}, {"aggregator": "south"})
    assert found.aggregator.tolist() == [0, 1]
    assert all(found.may_use(device).all() for device in DEVICES)
    assert np.isinf(found.up).all()
    assert np.isinf(found.down).all()
    assert (found.hours == 24).all()
    assert (found.share == 1).all()
    assert (found.fee == 0).all()


def test_every_fault_is_reported_with_its_rows():
    rows = [
        {"devices": ["battery", "windmill"]},
        {"share": 1.2},
        {"member": 3},
        {"member": 3, "up_kw": -1.0},
        {"down_kw": float("nan")},
        {"member": 77},
        {"aggregator": "west"},
        {"hours": 25.0},
        {"fee": -5},
        {"privacy": "everything"},
        {"share": -0.1, "devices": ["windmill"]},
    ]
    with pytest.raises(InputError) as caught:
        contracts(*rows, homes=11)
    said = str(caught.value)
    assert "contracts.devices: 'windmill' is unknown (rows 0, 10)" in said
    assert "contracts.devices: names no device in 1 contract (rows 10)" in said
    assert "contracts.share: is out of range in 2 contracts (rows 1, 10); 0 to 1" in said
    assert "contracts.member: has more than one contract in 2 contracts (rows 2, 3)" in said
    assert "contracts.up_kw: is negative or no number in 1 contract (rows 3)" in said
    assert "contracts.down_kw: is negative or no number in 1 contract (rows 4)" in said
    assert "contracts.member: is nobody in 1 contract (rows 5)" in said
    assert "contracts.aggregator: 'west' is unknown (rows 6)" in said
    assert "contracts.hours: is out of range in 1 contract (rows 7)" in said
    assert "contracts.fee: is negative in 1 contract (rows 8)" in said
    assert "contracts.privacy: 'everything' is unknown (rows 9)" in said


def test_a_bound_is_the_contracts_and_what_its_devices_can_do():
    """Battery alone, 4 kW wide at home 1: 4 up under a bound of 5, 3 down by the contract. Everything, at home 0: no bound."""
    found = Contracts.of(
        [
            {"member": 1, "aggregator": "north", "devices": ["battery"], "up_kw": 5.0, "down_kw": 3.0},
            {"member": 0, "aggregator": "north"},
            {"member": 2, "aggregator": "north", "devices": ["battery", "pv"]},
        ],
        3,
        POOLS,
    )
    ranges = {"load": np.full(3, np.inf), "pv": np.array([0.0, 6.0, 2.5]), "battery": np.array([0.0, 4.0, 0.0])}
    up, down = found.bounds(ranges)
    assert up.tolist() == [4.0, np.inf, 2.5]
    assert down.tolist() == [3.0, np.inf, 2.5]


def test_an_aggregator_sees_what_contracts_allow():
    """Three in the north, of whom one shows its devices, one its meter, one nothing; one in the south shows nothing."""
    levels = ("device", "own meter", "aggregate", "aggregate")
    found = contracts(*({"privacy": level} for level in levels)).replace(aggregator=np.array([0, 0, 0, 1], np.int32))
    values = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    meters = seen(found, values, "own meter", 2)
    assert meters.member.tolist() == [0, 1]
    assert meters.value.tolist() == [1.0, 2.0]
    assert meters.others.tolist() == [4.0, 8.0]
    behind = seen(found, values, "device", 2, group=2)
    assert behind.member.tolist() == [0]
    assert behind.others.tolist() == [6.0, 0.0]
    assert behind.released.tolist() == [True, False]
    assert PRIVACY.index("device") > PRIVACY.index("own meter") > PRIVACY.index("aggregate")
    assert shows(found, "own meter", 5).tolist() == [True, True, False, False, False]
    assert shows(found, "device", 5).tolist() == [True, False, False, False, False]
    assert shows(found, "aggregate", 5).tolist() == [True, True, True, True, False]
