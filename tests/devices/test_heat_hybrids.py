"""Hybrid heat pumps by hand: gas makes up what electricity does not, by price and by request."""

import numpy as np
import pytest

from p2p.base.errors import InputError
from p2p.devices import Prices
from p2p.devices.heat import hybrid_heat_pump
from tests.devices.heated import PRICES, at, column, homes, hybrid

LEFT = np.exp(-1 / 50)
KELVIN = (1 - LEFT) / 0.2
NEED = (19.8 - 20 * LEFT) / KELVIN
"""Heat that holds 19.8 degC for an hour from 20 degC, 0 outside: 1.98 kW."""


@pytest.mark.parametrize(("power", "gas"), [(0.0, NEED), (0.3, NEED - 0.984), (0.7, 0.0)])
def test_gas_makes_up_the_rest(power, gas):
    """1.98 kW are needed; 0.3 kW of electricity bring 0.3 x 3.28 = 0.984 of them, 0.7 kW more than all. Gas is heat over 0.9."""
    device = hybrid()
    state, _ = at(hybrid_heat_pump, device, 20.0)
    after = hybrid_heat_pump.step(device, state, column(power), 1.0)
    assert after.fuel == pytest.approx(gas / 0.9)
    assert after.room == pytest.approx(20 * LEFT + (power * 3.28 + gas) * KELVIN)
    assert after.missed == 0


def test_heat_is_the_same_before_and_after_switching():
    """With either energy the rooms end at the lower bound."""
    device = hybrid()
    state, _ = at(hybrid_heat_pump, device, 20.0)
    both = [hybrid_heat_pump.step(device, state, column(power), 1.0).room for power in (0.0, NEED / 3.28)]
    assert both[0] == pytest.approx(both[1])
    assert both[0] == pytest.approx(19.8)


def test_all_its_power_is_flexible_unless_gas_is_too_weak():
    """With 10 kW of gas nothing must be drawn; with 1 kW the 0.98 kW that are left take 0.98 / 3.28 = 0.299 kW."""
    state, _ = at(hybrid_heat_pump, hybrid(), 20.0)
    low, high = hybrid_heat_pump.span(hybrid(), state, 1.0)
    assert low == 0
    assert high == pytest.approx(3.0)
    low, _ = hybrid_heat_pump.span(hybrid(boiler=1.0), state, 1.0)
    assert low == pytest.approx((NEED - 1) / 3.28)


def test_what_both_together_can_not_heat_is_counted():
    """From 10 degC, 3 kW x 3.28 and 1 kW of gas add 1.073 K."""
    device = hybrid(boiler=1.0)
    state, _ = at(hybrid_heat_pump, device, 10.0)
    low, high = hybrid_heat_pump.span(device, state, 1.0)
    assert low == high == pytest.approx(3.0)
    after = hybrid_heat_pump.step(device, state, low, 1.0)
    assert after.missed == pytest.approx(19.8 - (10 * LEFT + (3 * 3.28 + 1) * KELVIN))
    assert after.fuel == pytest.approx(1 / 0.9)


@pytest.mark.parametrize(("gas", "electric"), [(110_000.0, True), (60_000.0, False)])
def test_it_takes_what_is_cheaper(gas, electric):
    """Gas at 11 ct makes a kWh of electricity worth 3.28 x 11 / 0.9 = 40.1 ct, above 30 ct retail; at 6 ct 21.9 ct, below."""
    device = hybrid()
    state, today = at(hybrid_heat_pump, device, 20.0)
    prices = Prices(300_000.0, 80_000.0, 300_000.0, 80_000.0, gas, 160_000.0)
    steps = hybrid_heat_pump.worth(device, state, today, 12, hybrid_heat_pump.span(device, state, 1.0), prices, 1.0)
    assert steps.width[0] == pytest.approx(NEED / 3.28)
    assert steps.worth[0] == pytest.approx(3.28 * gas / 0.9)
    assert (steps.worth[0] > prices.retail) == electric
    assert np.all(np.diff(steps.worth, axis=0) <= 0)


def test_by_request_it_takes_electricity_until_gas_is_asked_for():
    device = hybrid(priced=False)
    state, today = at(hybrid_heat_pump, device, 20.0)
    steps = hybrid_heat_pump.worth(
        device, state, today, 12, hybrid_heat_pump.span(device, state, 1.0), PRICES._replace(gas=1_000.0), 1.0
    )  # fmt: skip
    assert steps.worth[0] == PRICES.dearest
    low, high = hybrid_heat_pump.span(device, state.replace(asked=np.array([-1], np.int8)), 1.0)
    assert low == high == 0
    low, high = hybrid_heat_pump.span(device, state.replace(asked=np.array([1], np.int8)), 1.0)
    assert low == pytest.approx(NEED / 3.28)
    assert high == pytest.approx(3.0)


def test_locked_out_it_burns_gas():
    device = hybrid(locks=[(12.0, 14.0)])
    state, _ = at(hybrid_heat_pump, device, 20.0)
    low, high = hybrid_heat_pump.span(device, state, 1.0)
    assert low == high == 0
    after = hybrid_heat_pump.step(device, state, low, 1.0)
    assert after.fuel == pytest.approx(NEED / 0.9)
    assert after.missed == 0


def test_the_boiler_alone_heats_the_design_day():
    drawn = hybrid_heat_pump.Sizes()(homes(50), np.arange(50, dtype=np.int32))
    assert np.all(drawn.boiler > 3 * drawn.rating)
    assert np.all(drawn.priced)


def test_nonsense_sizes_are_refused_all_at_once():
    with pytest.raises(InputError) as error:
        hybrid_heat_pump.Sizes(area=(0.0, 10.0), efficiency=1.2, switch="coin")
    assert [fault.where for fault in error.value.faults] == ["area", "efficiency", "switch"]
