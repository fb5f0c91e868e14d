"""Trajectories of heat pumps with and without a boiler worked by hand, and days of lock-outs, nights and mornings."""

import numpy as np
import pytest

from p2p.base.errors import InputError
from p2p.devices.heat import heat_pump, hybrid_heat_pump
from p2p.devices.heat.cop import FLOOR
from tests.devices.heated import PRICES, at, column, day, homes, hybrid, pump

HALF = {
    "capacity": 0.2 / np.log(2), "internal": 0.4, "quality": 4 / 3.28, "rating": 2.0, "day_low": 20.0, "night_low": 20.0, "most": 22.0,
}  # fmt: skip
"""A building of 0.2 kW/K that comes halfway to its surroundings in an hour; at 0 degC its heat pump gives 4 kW of heat a kW."""


def lived(module, device, around, choose, places=None):
    """Power, and rooms, comfort missed and fuel at the end of each interval of a day."""
    state, today, rows = module.start(device, around), module.today(device, around), []
    for place in range(around.length if places is None else places):
        state = module.meet(device, state, today, place)
        power = choose(*module.span(device, state, around.hours))
        state = module.step(device, state, power, around.hours)
        rows.append((power, state.room, state.missed, getattr(state, "fuel", 0 * power)))
    return np.array(rows).transpose(1, 0, 2)


def test_a_trajectory_by_hand():
    """0 degC outside: 0.4 kW of gains and 4 p of heat lead towards (0.4 + 4 p) / 0.2 = 2 + 20 p degC, halfway in an hour.

    From 20 degC the hour ends at 11 + 10 p: in the band of 20 to 22 from 0.9 to 1.1 kW. At 1 kW it is 21. From there 11.5 + 10 p:
    0.85 to 1.05 kW. Off it falls to 11.5 degC, 8.5 K·h too cold. From there 6.75 + 10 p: 1.325 to 1.525; at 1.4 kW it is 20.75.
    """
    device = pump(**HALF)
    state, today = at(heat_pump, device, 20.0)
    hours = ((0.9, 1.1, 1.0, 21.0, 0.0, 1), (0.85, 1.05, 0.0, 11.5, 8.5, 0), (1.325, 1.525, 1.4, 20.75, 0.0, 1))
    for low, high, power, room, missed, running in hours:
        assert np.array(heat_pump.span(device, state, 1.0))[:, 0] == pytest.approx([low, high])
        after = heat_pump.step(device, state, column(power), 1.0)
        assert after.room == pytest.approx(room)
        assert after.missed == pytest.approx(missed)
        assert after.running == running
        state = heat_pump.meet(device, after, today, 13)


@pytest.mark.parametrize("hours", [0.25, 1.0, 24.0])
def test_rooms_and_mass_by_hand(hours):
    """1 kWh/K each, 1.5 kW/K to the outside and 1 to the mass: the matrix (-2.5, 1; 1, -1) has -0.5 and -3, along (1, 2) and (2, -1).

    Towards 10 degC from (15, 10): (5, 0) is (1, 2) + 2 (2, -1), so the rooms are at 10 + e^(-t/2) + 4 e^(-3t) and the mass at
    10 + 2 e^(-t/2) - 2 e^(-3t). 10 degC are 1 outside, 1.5 kW of gains and 3 kW of heat a kW at 4 kW: 1 + (1.5 + 12) / 1.5.
    """
    curve = 6.08 - 0.09 * 38 + 0.0005 * 38**2  # 39 degC of flow at 1 degC outside
    device = pump(loss=1.5, outer=0.0, coupling=1.0, capacity=1.0, mass=1.0, internal=1.5, quality=3 / curve, rating=9.0)
    state, _ = at(heat_pump, device, 15.0, mass=10.0, outdoor=1.0)
    after = heat_pump.step(device, state, column(4.0), hours)
    slow, fast = np.exp(-hours / 2), np.exp(-3 * hours)
    assert [after.room, after.mass] == pytest.approx(np.array([[10 + slow + 4 * fast], [10 + 2 * slow - 2 * fast]]))


def test_a_hybrid_trajectory_by_hand():
    """As above with 8 kW of gas: an hour from 20 degC ends at 11 + 10 p + 2.5 g. 20 degC take 3.6 kW of heat.

    Of 0.5 kW come 2; gas gives 1.6, from 1.6 / 0.9 = 1.7778 kWh, and it stays at 20 degC. Off: 3.6 kW, 4 kWh of gas. At 1 kW no gas,
    21 degC; then 20 degC take 10 x 0.85 / 2.5 = 3.4 kW: off, 3.7778 kWh.
    """
    device = hybrid(boiler=8.0, **HALF)
    state, today = at(hybrid_heat_pump, device, 20.0)
    for high, power, room, fuel in (
        (1.1, 0.5, 20.0, 1.6 / 0.9),
        (1.1, 0.0, 20.0, 4.0),
        (1.1, 1.0, 21.0, 0.0),
        (1.05, 0.0, 20.0, 3.4 / 0.9),
    ):
        assert np.array(hybrid_heat_pump.span(device, state, 1.0))[:, 0] == pytest.approx([0.0, high])
        after = hybrid_heat_pump.step(device, state, column(power), 1.0)
        assert after.room == pytest.approx(room)
        assert after.fuel == pytest.approx(fuel, abs=1e-9)
        assert after.missed == 0.0
        state = hybrid_heat_pump.meet(device, after, today, 13)


def test_a_weak_pump_helps_a_weak_boiler():
    """Of 3.6 kW of heat a boiler of 2 leaves 1.6, 0.4 kW for a pump of 0.5, 2 kW of heat. One of 1 leaves 2.6: the pump does all it can.

    Then 0.6 kW lack: the rooms end at 20 - 2.5 x 0.6 = 18.5 degC, and 1 / 0.9 kWh of gas are burnt.
    """
    for boiler, low, room in ((2.0, 0.4, 20.0), (1.0, 0.5, 18.5)):
        device = hybrid(boiler=boiler, **HALF | {"rating": 0.5})
        state, _ = at(hybrid_heat_pump, device, 20.0)
        least, most = hybrid_heat_pump.span(device, state, 1.0)
        assert [least, most] == pytest.approx(np.array([[low], [0.5]]))
        after = hybrid_heat_pump.step(device, state, least, 1.0)
        assert after.room == pytest.approx(room)
        assert after.missed == pytest.approx(20.0 - room, abs=1e-9)
        assert after.fuel == pytest.approx(boiler / 0.9)


def test_a_hybrid_runs_its_least_time_though_gas_could_heat():
    device = hybrid(boiler=8.0, part=0.25, run=0.5, **HALF | {"capacity": 20.0})
    for running, low in ((0.0, 0.0), (0.25, 0.5), (0.5, 0.0)):
        state, _ = at(hybrid_heat_pump, device, 20.5, place=48, running=running, hours=0.25)
        assert hybrid_heat_pump.span(device, state, 0.25)[0] == low


@pytest.mark.parametrize(("cop", "electric"), [(4.0, True), (2.8, True), (2.6, False)])
def test_the_price_decides_by_the_weather(cop, electric):
    """Gas at 11 ct, 0.9 of it heat, electricity at 30 ct and, ahead, 34: from 30 x 0.9 / 11 = 2.45 on it pays now, from 2.78 on always."""
    device = hybrid(boiler=8.0, **HALF | {"quality": cop / 3.28, "rating": 9.0})
    state, today = at(hybrid_heat_pump, device, 20.0)
    steps = hybrid_heat_pump.worth(device, state, today, 12, hybrid_heat_pump.span(device, state, 1.0), PRICES, 1.0)
    assert steps.width[:, 0] == pytest.approx([3.6 / cop, 0.4 / cop, 0.4 / cop])
    assert steps.worth[0] == pytest.approx(cop * 110_000 / 0.9)
    assert steps.worth[0] > PRICES.retail
    assert (steps.worth[0] > PRICES.dearest) == electric


# Lock-outs: what is lost is counted


@pytest.mark.parametrize("hours", [1 / 12, 0.25, 0.5, 1.0])
def test_a_day_of_lock_outs(hours):
    """0.2 kW/K and 10 kWh/K, 0 degC outside: 19.8 degC fall to 19.8 e^(-0.04) = 19.0236 in two hours without power.

    Then the pump gives all that it has, 9.84 kW, until the rooms are back. What is missed is what the rooms lack, hour by hour.
    """
    around = day(hours=hours)
    power, room, missed, _ = lived(heat_pump, pump(locks=[(11.0, 13.0), (17.0, 19.0)]), around, lambda low, high: low)
    each = round(1 / hours)
    assert room[10 * each : 11 * each] == pytest.approx(19.8)
    assert room[13 * each - 1] == pytest.approx(19.8 * np.exp(-0.04))
    assert power[13 * each] == pytest.approx(3.0)
    for first, last in ((11, 13), (17, 19)):
        assert not power[first * each : last * each].any()
        assert np.all(missed[first * each : last * each] > 0)
    assert missed == pytest.approx(np.maximum(19.8 - room, 0.0) * hours, abs=1e-8)
    assert room[-1] == pytest.approx(19.8)
    assert not lived(heat_pump, pump(), around, lambda low, high: low)[2].any()


def test_gas_keeps_the_comfort_of_a_day_of_lock_outs():
    """Locked out all day, 19.8 degC at 0 degC outside take 0.2 x 19.8 = 3.96 kW: 24 h over 0.9 are 105.6 kWh.

    It begins in the middle of the band at 20.9 degC: 1.1 K of 10 kWh/K are 11 kWh that gas need not give, less what the warmer rooms
    lose meanwhile: 50 ln(20.9 / 19.8) = 2.7034 h without gas, then 21.2966 h at 3.96 kW over 0.9: 93.705 kWh.
    """
    device = hybrid(locks=[(0.0, 24.0)], **{"day_low": 19.8})
    power, room, missed, fuel = lived(hybrid_heat_pump, device, day(hours=1 / 12), lambda low, high: high)
    assert not power.any()
    assert not missed.any()
    # in the interval in which 19.8 degC are reached the gas is spread over five minutes: what is lost the more is next to nothing
    assert fuel.sum() == pytest.approx(93.705, abs=0.01)
    assert room[-1] == pytest.approx(19.8)


# Nights and mornings


@pytest.mark.parametrize("hours", [0.25, 1.0])
@pytest.mark.parametrize("kind", ["one node", "two nodes", "hybrid"])
def test_a_night_is_cooler_and_the_morning_is_met(kind, hours):
    """17 degC suffice from 22 to 6 o'clock, 20 by day: at least power the rooms cool, climb in the last hours, and nobody is cold."""
    night = {"day_low": 20.0, "night_low": 17.0, "internal": 0.3}
    two = {"capacity": 1.5, "mass": 8.5, "coupling": 1.5, "radiant": 0.5, "rating": 4.0}
    module = hybrid_heat_pump if kind == "hybrid" else heat_pump
    device = {"one node": pump, "two nodes": lambda **own: pump(**own, **two), "hybrid": lambda **own: hybrid(boiler=6.0, **own)}[kind](
        **night
    )
    power, room, missed, _ = lived(module, device, day(outdoor=-3.0, hours=hours), lambda low, high: low)
    each = round(1 / hours)
    assert not missed.any()
    assert room[6 * each - 1] == pytest.approx(20.0)
    assert room[: 6 * each].min() < 19.5
    coldest = int(room[: 6 * each].argmin())
    assert np.all(np.diff(room[coldest : 6 * each], axis=0) > 0)
    assert room[6 * each : 22 * each - 1] == pytest.approx(20.0)
    assert room[-1] < 20.0
    assert kind == "hybrid" or power[6 * each - 1] == pytest.approx(device.rating)


def test_a_drawn_population_is_warm_in_a_cold_night():
    """200 homes at -8 degC and least power: nobody is cold who has no lock-outs; with them some are, and it shows.

    Only floors answer too late, since the mass takes nine tenths of their heat: where the rooms come down to the bound of the night,
    some undershoot it for a while, by a tenth of a kelvin and less than 0.1 K·h; that is counted, too.
    """
    everyone = np.arange(200, dtype=np.int32)
    around = day(outdoor=-8.0, hours=0.25, homes=200)
    for sizes in (heat_pump.Sizes(nodes=1), heat_pump.Sizes(), hybrid_heat_pump.Sizes()):
        module = hybrid_heat_pump if isinstance(sizes, hybrid_heat_pump.Sizes) else heat_pump
        device = sizes(homes(200), everyone)
        _, room, missed, _ = lived(module, device, around, lambda low, high: low)
        late = (device.at_zero == FLOOR[0]) & (device.mass > 0)
        assert missed[:, ~late].max() < 1e-6
        assert missed.sum(axis=0).max() < 0.1
        assert np.all(room[:, ~late] >= device.night_low[~late] - 1e-6)
    locked = heat_pump.Sizes(locks=3)(homes(200), everyone)
    power, _, missed, _ = lived(heat_pump, locked, around, lambda low, high: low)
    assert not power[4 * 6 : 4 * 8].any()
    assert missed.sum() > 0


def test_the_band_by_the_clock():
    """It is the band at an interval's end: an interval that ends at 6 must end warm, one that ends at 22 need not."""
    device = pump(day_low=20.0, night_low=17.0)
    least = [float(at(heat_pump, device, 20.0, place=hour)[0].least[0]) for hour in range(24)]
    assert least == [17.0] * 5 + [20.0] * 16 + [17.0] * 3


# What is no comfort lost


def test_only_its_own_heat_overheats():
    """11 + 2.5 (gains - 0.4) + 10 p: with 4.4 kW 21 + 10 p, 0.2 kW end 1 K above the band, all its doing; with 6.4 kW 26 + 10 p, 6 K above.

    Of these 2 K come from the pump. Off, the sun's 4 K are nobody's.
    """
    for internal, power, missed in ((0.4, 1.3, 2.0), (4.4, 0.2, 1.0), (6.4, 0.2, 2.0), (6.4, 0.0, 0.0)):
        device = pump(**HALF | {"internal": internal})
        state, _ = at(heat_pump, device, 20.0)
        assert heat_pump.step(device, state, column(power), 1.0).missed == pytest.approx(missed)


# Sizes


def test_every_wrong_size_is_named_at_once():
    """An empty band, shares over 1, negative capacity, no number, the wrong way round: all in one message."""
    wrong = {
        "area": (-5.0, 110.0), "loss": (2.2, 1.1), "heavy": (-30.0, 72.0), "floor_heating": 1.5, "ground": -0.1, "soil": float("nan"),
        "spare": 0.0, "part": 1.01, "run": -1.0, "day_low": (21.0, 19.0), "night_low": (float("nan"), 17.0), "band": -1.0, "locks": 4,
        "lock_hours": float("inf"),
    }  # fmt: skip
    for sizes, more in ((heat_pump.Sizes, {}), (hybrid_heat_pump.Sizes, {"efficiency": 1.2, "switch": "dice"})):
        with pytest.raises(InputError) as error:
            sizes(**wrong, **more)
        assert [fault.where for fault in error.value.faults] == [*wrong, *more]
        assert "band: -1.0; 0 to 15" in str(error.value)
        assert "day_low: (21.0, 19.0); 5 to 30, the second not less than the first" in str(error.value)
