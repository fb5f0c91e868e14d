"""Batteries: standing loss, two efficiencies, reserve and wear by hand, and known answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.devices import battery
from p2p.devices.battery import Battery, Sizes
from tests.devices.days import PRICES, make_days, make_homes, owners


def one(*values):
    return np.array(values, np.float64)


def cell(**changes):
    plain = {
        "rating": 100.0, "capacity": 1000.0, "efficiency": 0.9, "discharging": 0.95, "loss": 0.0, "wear": 0.0, "reserve": 0.0,
    }  # fmt: skip
    return Battery(np.zeros(1, np.int32), *(one(value) for value in (plain | changes).values()))


@pytest.mark.parametrize(
    ("before", "wanted", "held", "after"),
    [(0.5, -100.0, -100.0, 0.3947368421052631), (0.5, 100.0, 100.0, 0.59), (0.05, -100.0, -47.5, 0.0)],
)
def test_steps_of_another_tool(before, wanted, held, after):
    """Figures of assume-framework/assume, tests/test_storage.py: 1000 MWh, 0.9 in and 0.95 out, 1 h."""
    low, high = battery.span(cell(), one(before * 1000), 1.0)
    power = np.clip(one(wanted), low, high)
    assert power == pytest.approx(held)
    assert battery.step(cell(), one(before * 1000), power, 1.0) / 1000 == pytest.approx(after, abs=1e-9)


def test_a_standing_loss_by_hand():
    """1 % an hour of 500 kWh: 495 after an hour, 500 x 0.99^24 = 392.84 after a day, whatever the intervals are."""
    leaky = cell(loss=0.01)
    assert battery.step(leaky, one(500.0), one(0.0), 1.0) == pytest.approx(495.0)
    for hours in (1 / 12, 0.25, 1.0, 24.0):
        soc = one(500.0)
        for _ in range(round(24 / hours)):
            soc = battery.step(leaky, soc, one(0.0), hours)
        assert soc == pytest.approx(500 * 0.99**24)
    low, high = battery.span(leaky, one(1000.0), 1.0)
    assert high == pytest.approx(10 / 0.9)  # as much as was lost
    low, _ = battery.span(leaky, one(50.0), 1.0)
    assert low == pytest.approx(-49.5 * 0.95)


def test_a_reserve_by_hand():
    """A tenth is kept: of 150 kWh 50 can go, 47.5 at the terminals; of 80 none, and nobody has to charge them back."""
    careful = cell(reserve=0.1)
    assert battery.span(careful, one(150.0), 1.0)[0] == pytest.approx(-47.5)
    low, high = battery.span(careful, one(80.0), 1.0)
    assert low == 0.0
    assert high == 100.0


def test_wear_comes_off_both_ways():
    """Wear of 10 ct/kWh makes a kWh in worth 10 ct less, and one out dearer by 10 ct."""
    day = make_days(homes=1)[0]
    soc = one(500.0)
    steps = []
    for wear in (0.0, 100_000.0):
        rows = cell(wear=wear)
        today = battery.today(rows, day)
        steps.append(battery.worth(rows, soc, today, 0, battery.span(rows, soc, 0.25), PRICES, 0.25).worth[:, 0])
    assert steps[1] - steps[0] == pytest.approx([100_000.0, -100_000.0])


@given(
    soc=st.floats(0, 1), at=st.floats(0, 1), hours=st.sampled_from([1 / 12, 0.25, 0.5, 1.0]), efficiency=st.floats(0.5, 1),
    discharging=st.floats(0.5, 1), loss=st.floats(0, 0.2), reserve=st.floats(0, 0.5),
)  # fmt: skip
def test_energy_closes_with_all_of_it(soc, at, hours, efficiency, discharging, loss, reserve):
    rows = cell(efficiency=efficiency, discharging=discharging, loss=loss, reserve=reserve)
    before = one(soc * 1000)
    low, high = battery.span(rows, before, hours)
    assert low <= high
    power = low + at * (high - low)
    after = battery.step(rows, before, power, hours)
    lost = before * (1 - (1 - loss) ** hours)
    stored = power * hours * (efficiency if power > 0 else 1 / discharging)
    assert after - before + lost == pytest.approx(stored, abs=1e-9)
    assert after >= np.minimum(before - lost, reserve * 1000) - 1e-9
    assert after <= 1000


def test_a_day_at_one_price():
    """20 kWh, 80 wished at 23:00, 100 kWh, 20 kW, 0.95 both ways, one price of 0.1 EUR/kWh (FlexMeasures, test_commitments.py).

    60 / 0.95 kWh are bought, and after 23:00 the 20 kW are sold that the hour allows: 43.1579 kWh net, 4.315789 EUR.
    """
    rows = cell(rating=20.0, capacity=100.0, efficiency=0.95, discharging=0.95)
    soc, bought = one(20.0), 0.0
    for hour in range(24):
        low, high = battery.span(rows, soc, 1.0)
        power = np.minimum(high, (80 - soc) / 0.95) if hour < 23 else low
        soc = battery.step(rows, soc, power, 1.0)
        bought += power.item()
    assert bought * 0.1 == pytest.approx(4.315789, abs=1e-6)


def test_sizes_have_all_of_it():
    rows = Sizes(loss=0.001, wear=50.0, reserve=0.2)(make_homes(5), owners(5))
    assert np.all(rows.loss == 0.001)
    assert np.all(rows.wear == 50_000.0)
    assert np.all(rows.reserve == 0.2)
    stores = battery.store(rows, rows.capacity / 2, battery.today(rows, make_days(homes=5)[0]), 0, 8, 0.25)
    assert stores.least == pytest.approx(np.tile(0.2 * rows.capacity, (8, 1)))
    assert stores.keep == pytest.approx(0.999**0.25)
