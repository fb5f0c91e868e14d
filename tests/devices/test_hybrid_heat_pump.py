"""Hybrid heat pumps: gas gives what electricity leaves, whoever asks, and it is metered."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p.base.errors import InputError
from p2p.devices.heat import heat_pump, hybrid_heat_pump
from p2p.devices.heat.hybrid_heat_pump import KEPT, HybridHeatPump, Sizes
from tests.devices.days import PRICES, make_days, make_homes, owners, run
from tests.devices.test_heat_pump import building as plain
from tests.devices.test_heat_pump import built, cold, exact, found, lengths, one, state


def building(**changes):
    boiler, efficiency = changes.pop("boiler", 8.0), changes.pop("efficiency", 0.9)
    pump = plain(**changes)
    return HybridHeatPump(*pump.columns().values(), one(boiler), one(efficiency))


def test_a_trajectory_by_hand():
    """The building of `test_heat_pump.test_a_trajectory_by_hand`: an hour ends at 11 + 10 p + 2.5 g, g the heat from gas [kW].

    20 degC take 3.6 kW of heat. Of 0.5 kW, 4 each, come 2; gas gives 1.6 from 1.6 / 0.9 = 1.7778 kWh, and it stays at 20 degC.
    Off: 3.6 kW, 4 kWh of gas. At 1 kW no gas, 21 degC; then it drifts to 11.5, and 20 degC take 3.4 kW: off, 3.7778 kWh.
    """
    pump, now = building(), state()
    for power, ends, fuel in ((0.5, 20.0, 1.6 / 0.9), (0.0, 20.0, 4.0), (1.0, 21.0, 0.0), (0.0, 20.0, 3.4 / 0.9)):
        low, high = hybrid_heat_pump.span(pump, now, 1.0)
        assert low == 0.0
        assert high == pytest.approx(1.1 if now.warmth[0, 0] < 20.5 else 1.05)
        now = hybrid_heat_pump.step(pump, now, one(power), 1.0)
        assert now.warmth[0] == pytest.approx(ends)
        assert now.fuel == pytest.approx(fuel)
        assert now.missed == 0.0


def test_what_a_boiler_is_too_small_for():
    """Of 3.6 kW of heat a boiler of 3 leaves 0.6: 0.15 kW of electricity.

    With a pump of 0.5 kW at most, 2 kW of heat, a boiler of 2 leaves 1.6, 0.4 kW. One of 1 leaves 2.6: the pump does all that it
    can, and 0.6 kW lack: the air ends at 20 - 2.5 x 0.6 = 18.5 degC, 1.5 K·h are missed, and 1 / 0.9 kWh of gas are burnt.
    """
    assert hybrid_heat_pump.span(building(boiler=3.0), state(), 1.0)[0] == pytest.approx(0.15)
    assert hybrid_heat_pump.span(building(boiler=2.0, rating=0.5), state(), 1.0)[0] == pytest.approx(0.4)
    weak = building(boiler=1.0, rating=0.5)
    low, high = hybrid_heat_pump.span(weak, state(), 1.0)
    assert low == high == 0.5
    after = hybrid_heat_pump.step(weak, state(), low, 1.0)
    assert after.warmth[0] == pytest.approx(18.5)
    assert after.missed == pytest.approx(1.5)
    assert after.fuel == pytest.approx(1 / 0.9)


def test_gas_keeps_the_comfort_of_a_lock_out():
    """Locked, 3.6 kW of heat come from 4 kWh of gas; a boiler of 2 kW leaves 1.6 K·kW: 4 K·h."""
    now = state(locked=True, on=0.25)
    assert hybrid_heat_pump.span(building(), now, 1.0) == (0.0, 0.0)
    after = hybrid_heat_pump.step(building(), now, one(0.0), 1.0)
    assert after.missed == 0.0
    assert after.fuel == pytest.approx(4.0)
    assert hybrid_heat_pump.step(building(boiler=2.0), now, one(0.0), 1.0).missed == pytest.approx(4.0)


def test_it_runs_its_shortest_time():
    """Though gas could give all the heat, a pump that runs since a quarter-hour goes on at its 0.5 kW."""
    for on, low in ((0.0, 0.0), (0.25, 0.5), (0.5, 0.0)):
        assert hybrid_heat_pump.span(building(), state(on=on), 0.25)[0] == low


def test_least_power():
    """None or 0.5 kW: gas gives the heat of what it does not run."""
    for power, held in ((0.2, 0.0), (0.3, 0.5), (0.8, 0.8)):
        assert hybrid_heat_pump.hold(building(), state(), one(power), 1.0) == pytest.approx(held)
    assert hybrid_heat_pump.hold(building(boiler=3.0), state(), one(0.15), 1.0) == 0.5  # without gas enough it must run


@given(pump=built, now=found, boiler=st.floats(0, 15), share=st.floats(0, 1), hours=lengths)
def test_energy_closes(pump, now, boiler, share, hours):
    """Heat of the pump and of gas and gains less losses are what is stored; gas is burnt only as far as the band's lower end asks."""
    pump, now = building(boiler=boiler, **pump), state(**now)
    low, high = hybrid_heat_pump.span(pump, now, hours)
    power = low + share * (high - low)
    after = hybrid_heat_pump.step(pump, now, power, hours)
    outdoor, gains, cop, least = now.outside[:4, 0]
    gas = after.fuel[0] * 0.9 / hours
    assert -1e-12 <= gas <= boiler + 1e-9
    air, mass, integral = exact(pump, now, cop * power[0] + gas, hours)
    assert after.warmth[:, 0] == pytest.approx([air, mass], rel=1e-9)
    stored = pump.air[0] * (air - now.warmth[0, 0]) + pump.mass[0] * (mass - now.warmth[1, 0])
    balance = (cop * power[0] + gas + gains) * hours - pump.loss[0] * (integral - outdoor * hours)
    assert stored == pytest.approx(balance, rel=1e-7, abs=1e-7)
    if gas > 1e-7:
        assert air <= least + 1e-7


@given(pump=built, now=found, boiler=st.floats(0, 15), share=st.floats(0, 1), hours=lengths, on=st.sampled_from([0.0, 0.25, 2.0]))
def test_power_in_the_span_keeps_the_band(pump, now, boiler, share, hours, on):
    """Where it ends below, pump and boiler do all that they can; above, the pump is off and nothing is burnt."""
    pump, now = building(boiler=boiler, **pump), state(on=on, **now)
    low, high = hybrid_heat_pump.span(pump, now, hours)
    assert np.all((low >= 0) & (low <= high) & (high <= pump.rating))
    after = hybrid_heat_pump.step(pump, now, low + share * (high - low), hours)
    least, most = now.outside[3:, 0]
    if after.warmth[0] < least - 1e-7:
        assert low == high == pump.rating
        assert after.fuel == pytest.approx(boiler * hours / 0.9)
    if after.warmth[0] > most + 1e-7:
        assert high == 0.0
        assert after.fuel == pytest.approx(0.0)
    assert after.missed == pytest.approx(max(least - after.warmth[0, 0], 0.0) * hours, abs=1e-6)


@pytest.mark.parametrize("cop", [4.0, 2.0])
def test_the_price_decides(cop):
    """Gas at 100 EUR/MWh, 0.9 of it heat: a kWh of electricity spares 4 / 0.9 x 100 = 444.44 EUR/MWh, or half of that at 2.

    At 300 EUR/MWh retail it heats with electricity at 4 and with gas at 2 (from 2.7 on electricity is cheaper). Now 3.6 kW of
    heat are needed; what comes beyond is stored, and worth a tenth less.
    """
    pump, now = building(rating=3.0), state(cop=cop)
    span = hybrid_heat_pump.span(pump, now, 1.0)
    steps = hybrid_heat_pump.worth(pump, now, None, 0, span, PRICES, 1.0)
    spared = cop / 0.9 * 100_000
    assert steps.width[:, 0] == pytest.approx([3.6 / cop, 0.8 / cop])
    assert steps.worth[:, 0] == pytest.approx([spared, KEPT * spared])
    assert (steps.worth[0] > PRICES.retail) == (cop > 0.9 * PRICES.retail / PRICES.gas)


def test_worth_where_it_must_run():
    """A boiler of 3 kW leaves 0.15 kW that come first; the first step is what is needed beyond them."""
    pump = building(boiler=3.0)
    span = hybrid_heat_pump.span(pump, state(), 1.0)
    steps = hybrid_heat_pump.worth(pump, state(), None, 0, span, PRICES, 1.0)
    assert steps.width[:, 0] == pytest.approx([0.75, 0.2])


@pytest.mark.parametrize("minutes", [5, 15, 60])
def test_gas_of_a_day_by_hand(minutes):
    """A day at 0 degC and 20 degC inside, all from gas: 0.2 x 20 - 0.4 = 3.6 kW, 24 h, over 0.9: 96 kWh. It first cools from 21 degC.

    4 kWh/K give 4 kWh of heat for that degree. Towards 2 degC with e^(-0.05 t) 20 degC are reached after 20 ln(19 / 18) =
    1.0813 h; the other 22.9187 h take 3.6 kW. Over 0.9 they are 91.675 kWh.
    """
    days = cold(make_days(date(2016, 1, 11), 1, minutes, 1))
    _, states = run(hybrid_heat_pump, building(air=4.0), days, lambda low, high, number: low)
    # the interval in which 20 degC are reached ends at 20 degC, too, with less gas, of which a little more is lost from warmer air
    assert sum(after.fuel[0] for after in states) == pytest.approx(91.675, abs=0.1)
    assert not any(after.missed[0] for after in states)
    assert states[-1].warmth[0] == pytest.approx(20.0)
    _, states = run(hybrid_heat_pump, building(air=4.0, rating=8.0), days, lambda low, high, number: high)
    assert not any(after.fuel[0] for after in states)
    assert states[-1].warmth[0] == pytest.approx(22.0)


def test_sizes_by_hand():
    """The boiler does 1.2 times the heat load at -12 degC, from as warm as people want it: 1.2 x 0.2 x 32 = 7.68 kW."""
    sizes = Sizes(area=(100.0, 100.0), heat_load=(64.0, 64.0), day=(20.0, 20.0), efficiency=0.8)
    pumps = sizes(make_homes(3), owners(3))
    assert isinstance(pumps, HybridHeatPump)
    assert pumps.boiler == pytest.approx(7.68)
    assert pumps.efficiency == pytest.approx(0.8)
    other = heat_pump.Sizes(area=(100.0, 100.0), heat_load=(64.0, 64.0))(make_homes(3), owners(3))
    assert not np.array_equal(other.band, pumps.band)  # draws of their own


def test_every_wrong_size_is_named():
    with pytest.raises(InputError) as error:
        Sizes(efficiency=1.2, band=(0.0, 0.0), ground=1.5, capacity=(-1.0, 5.0), day=(-20.0, -15.0))
    faults = {fault.where: str(fault) for fault in error.value.faults}
    assert len(error.value.faults) == len(faults)
    assert set(faults) == {"efficiency", "band", "ground", "capacity", "day"}
    assert faults["band"] == "band: [0, 0]: the comfort band is empty; 0.1 <= lower <= upper <= 20"


def test_specification():
    sheet = hybrid_heat_pump.specification(building())
    assert np.isinf(sheet.energy)
    assert np.isinf(sheet.duration)
    assert sheet.recovery == 0.0
    assert hybrid_heat_pump.FUEL == "gas"
    assert hybrid_heat_pump.CONTROL == "DDBC"
