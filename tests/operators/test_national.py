"""The national market: known answers of the stack, weather by the calendar, a believable year."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from p2p.base.clock import Clock
from p2p.base.errors import InputError
from p2p.base.noise import calendar_noise, capacity_factor
from p2p.base.sky import clear_sky, season, sine_of_elevation
from p2p.base.streams import Streams
from p2p.operators import NATIONAL
from p2p.operators.merit_order import MeritOrder, Technology
from p2p.operators.national import Balancing, National, from_series

YEAR = Clock(date(2024, 1, 1), 366, 60)
DAY = Clock(date(2024, 7, 4), 1)
STREAMS = Streams(7)

# 10 GW lignite at 3 + (5 + 65 x 0.4) / 0.40 = 80.5, 20 GW gas at 2 + (35 + 65 x 0.2) / 0.50 = 98 EUR/MWh.
TWO_STEPS = (
    Technology("lignite", 10.0, 3.0, 3.0, 5.0, 400.0, 0.40, 0.40),
    Technology("gas", 20.0, 2.0, 2.0, 35.0, 200.0, 0.50, 0.50),
)


def two_steps(**fields: float) -> MeritOrder:
    return MeritOrder(plants=TWO_STEPS, bid_up_eur=0.0, surplus_slope_eur_per_gw=0.0, **fields)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def year() -> National:
    return MeritOrder()(YEAR, STREAMS)


@pytest.mark.parametrize(
    ("residual_gw", "eur_per_mwh"), [(0.0, 80.5), (1.0, 80.5), (9.99, 80.5), (10.01, 98.0), (30.0, 98.0), (40.0, 98.0)]
)
def test_the_price_is_the_cost_of_the_marginal_technology(residual_gw: float, eur_per_mwh: float) -> None:
    assert two_steps().price(np.array([residual_gw]))[0] == pytest.approx(eur_per_mwh, abs=1e-6)


def test_plants_of_one_technology_lie_evenly_between_the_best_and_the_worst() -> None:
    # 20 GW from 60 / 0.6 = 100 to 60 / 0.4 = 150: with 5 GW in use the marginal plant costs 112.5.
    rule = MeritOrder(plants=(Technology("gas", 20.0, 0.0, 0.0, 60.0, 0.0, 0.6, 0.4),), bid_up_eur=0.0)
    assert rule.price(np.array([5.0]))[0] == pytest.approx(112.5)


def test_two_technologies_share_the_band_where_their_costs_overlap() -> None:
    # A: 10 GW over 0 to 100, B: 10 GW over 50 to 100. At 75 A gives 7.5 GW and B 5 GW.
    rule = MeritOrder(plants=(Technology("A", 10.0, 0.0, 100.0), Technology("B", 10.0, 50.0, 100.0)), bid_up_eur=0.0)
    assert rule.price(np.array([12.5]))[0] == pytest.approx(75.0)


def test_carbon_of_what_runs() -> None:
    # 10 GW lignite at 1000 g/kWh, then 5 GW gas at 400 g/kWh.
    assert two_steps().emission(np.array([4.0, 15.0])) == pytest.approx([4_000.0, 12_000.0])


def test_scarcity_bids_the_price_up_and_surplus_pushes_it_down_to_the_limits() -> None:
    rule = MeritOrder(plants=TWO_STEPS, bid_up_eur=100.0, bid_up_gw=10.0, surplus_slope_eur_per_gw=5.0)
    price = rule.price(np.array([-1_000.0, -20.0, 30.0, 40.0, 1_000.0]))
    assert price == pytest.approx([-500.0, 80.5 - 100.0 + 100.0 * np.exp(-5), 198.0, 98.0 + 100 * np.e, 4_000.0])


def test_the_price_never_falls_as_residual_load_rises() -> None:
    assert np.all(np.diff(MeritOrder().price(np.linspace(-60, 120, 2_000))) >= 0)


@pytest.mark.parametrize("change", [{"wind_gw": 90.0}, {"sun_gw": 140.0}, {"load_gw": 45.0}, {"co2_eur_per_t": 40.0}])
def test_more_wind_more_sun_less_load_or_cheaper_carbon_lower_the_price(change: dict[str, float]) -> None:
    week = Clock(date(2024, 3, 4), 7)
    before, after = MeritOrder()(week, STREAMS).price, MeritOrder(**change)(week, STREAMS).price  # type: ignore[arg-type]
    assert np.all(after <= before)
    assert np.any(after < before)


def test_one_seed_gives_one_market_and_another_seed_another() -> None:
    first, again, other = (MeritOrder()(DAY, streams) for streams in (STREAMS, Streams(7), Streams(8)))
    for name, column in first.columns().items():
        assert np.array_equal(column, getattr(again, name)), name
    assert not np.array_equal(first.price, other.price)
    assert not np.array_equal(first.need, other.need)


@pytest.mark.parametrize(("start", "days"), [(date(2024, 7, 4), 2), (date(2024, 7, 1), 10), (date(2024, 1, 1), 366)])
def test_a_day_is_the_same_in_a_run_of_any_length(start: date, days: int) -> None:
    alone, run = MeritOrder()(DAY, STREAMS), Clock(start, days)
    rows = np.isin(run.utc, DAY.utc)
    assert np.sum(rows) == 96
    for name, column in MeritOrder()(run, STREAMS).take(rows).columns().items():
        assert np.array_equal(column, getattr(alone, name)), name


@pytest.mark.parametrize(("day", "intervals"), [(date(2024, 3, 31), 92), (date(2024, 10, 27), 100)])
def test_days_that_change_the_clock_have_92_or_100_intervals(day: date, intervals: int) -> None:
    market = MeritOrder()(Clock(day, 1), STREAMS)
    assert len(market) == intervals
    for column in market.columns().values():
        assert np.all(np.isfinite(column))


def test_columns_have_the_types_of_the_house(year: National) -> None:
    assert [column.dtype for column in year.columns().values()] == [np.int64, np.int64, np.float64, np.float64]
    assert len(year) == YEAR.intervals


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_year_is_believable(seed: int) -> None:
    """Bands around DE-LU 2023 and 2024 (Bundesnetzagentur, SMARD.de): see the notes of `MeritOrder`."""
    market = MeritOrder()(YEAR, Streams(seed))
    price = market.price / 1_000
    assert 65 < np.mean(price) < 100
    assert 40 < np.std(price) < 70
    assert 200 < np.sum(price < 0) < 800
    assert 75 < np.mean(np.ptp(price.reshape(-1, 24), axis=1)) < 125
    assert 150 < np.max(price) < 1_500
    # 363 g/kWh of the mix in 2024 (Umweltbundesamt); with imports and in hourly data lower.
    assert 200 < np.mean(market.co2) < 400
    assert np.all(market.co2 >= 0)


def test_feed_in_and_load_of_a_year_are_those_of_2024() -> None:
    """SMARD, "Der Strommarkt im Jahr 2024": sun 63.3 TWh, wind on land 111.9 and about 26 at sea."""
    rule, seeds = MeritOrder(), [Streams(seed) for seed in range(6)]
    assert np.mean([np.sum(rule.sun(YEAR, streams)) for streams in seeds]) / 1_000 == pytest.approx(63.3, rel=0.05)
    assert np.mean([np.sum(rule.wind(YEAR, streams)) for streams in seeds]) / 1_000 == pytest.approx(137.9, rel=0.08)
    assert np.mean([np.sum(rule.load(YEAR, streams)) for streams in seeds]) / 1_000 == pytest.approx(465.0, rel=0.01)
    assert max(np.max(rule.sun(YEAR, streams)) for streams in seeds) < 60


def test_a_summer_day_has_the_shape_of_a_duck(year: National) -> None:
    month = YEAR.local.astype("datetime64[M]").astype(np.int64) % 12 + 1
    hour = (YEAR.local - YEAR.local.astype("datetime64[D]")).astype("timedelta64[h]").astype(np.int64)
    summer = [float(np.mean(year.price[(hour == h) & (month >= 6) & (month <= 8)])) / 1_000 for h in range(24)]
    assert min(summer[12:16]) < 0.6 * summer[7]
    assert max(summer[18:22]) > 2 * min(summer[12:16])
    assert max(summer[18:22]) > summer[2]


def test_sundays_are_cheaper_than_wednesdays(year: National) -> None:
    weekday = (YEAR.local.astype("datetime64[D]").astype(np.int64) + 3) % 7
    assert np.mean(year.price[weekday == 6]) < np.mean(year.price[weekday == 2]) - 5_000


def test_wind_has_a_memory_and_a_winter() -> None:
    wind = MeritOrder().wind(YEAR, STREAMS)
    assert np.corrcoef(wind[:-1], wind[1:])[0, 1] > 0.95
    assert abs(np.corrcoef(wind[:-240], wind[240:])[0, 1]) < 0.4
    winter = season(YEAR) > 0
    assert np.mean(wind[winter]) > 1.2 * np.mean(wind[~winter])


def test_calendar_noise_is_standard_normal_with_the_stated_memory() -> None:
    noise = np.concatenate([calendar_noise(YEAR, Streams(seed), "x", 3.0, 8) for seed in range(10)])
    assert np.mean(noise) == pytest.approx(0, abs=0.05)
    assert 0.9 < np.var(noise) < 1.03
    assert np.corrcoef(noise[:-3], noise[3:])[0, 1] == pytest.approx(np.exp(-9 / 36), abs=0.05)


def test_the_mean_capacity_factor_is_the_one_asked_for() -> None:
    noise = Streams(1).at("x").standard_normal(200_000)
    for mean in (0.14, 0.22, 0.30, 0.57):
        assert np.mean(capacity_factor(noise, np.full(len(noise), mean), 1.05)) == pytest.approx(mean, rel=0.02)


def test_the_sun_stands_where_it_should() -> None:
    """Noon elevation is 90 - latitude + declination: at 51 N 62.4 deg at the summer solstice, 15.6 in winter."""
    for day, degrees in ((date(2024, 6, 20), 62.4), (date(2024, 12, 21), 15.6), (date(2024, 3, 20), 39.0)):
        sine = sine_of_elevation(Clock(day, 1, 5), 51.0, 10.0)
        assert np.degrees(np.arcsin(np.max(sine))) == pytest.approx(degrees, abs=0.4)
    clock = Clock(date(2024, 4, 15), 1, 5)  # the equation of time is zero: noon at 12 h less 10 deg x 4 min, UTC
    noon = clock.utc[np.argmax(sine_of_elevation(clock, 51.0, 10.0))]
    assert abs(noon - np.datetime64("2024-04-15T11:20:00")) <= np.timedelta64(5, "m")


def test_a_clear_sky_is_dark_at_night_and_bright_at_noon() -> None:
    # Haurwitz: 1098 x 1 x exp(-0.057) = 1037.2 W/m2 with the sun overhead.
    assert clear_sky(np.array([-0.5, 0.0, 1.0])) == pytest.approx([0.0, 0.0, 1037.2], abs=0.1)


def test_the_imbalance_price_rises_with_the_need() -> None:
    market = MeritOrder(balancing=Balancing(slope_eur_per_mwh_per_mw=0.1))(DAY, STREAMS)
    assert np.array_equal(market.imbalance_price - market.price, np.rint(100 * market.need).astype(np.int64))
    assert np.any(market.need > 0)
    assert np.any(market.need < 0)


def test_the_need_has_the_stated_size_and_memory() -> None:
    quarters = Clock(date(2024, 1, 1), 90)
    need = Balancing().need(quarters, STREAMS)
    assert np.mean(need) == pytest.approx(0, abs=40)
    assert np.std(need) == pytest.approx(500, rel=0.05)
    assert 0.4 < np.corrcoef(need[:-1], need[1:])[0, 1] < 0.8
    assert abs(np.corrcoef(need[:-16], need[16:])[0, 1]) < 0.1


def test_a_series_keeps_its_prices_and_meets_the_need_of_the_merit_order() -> None:
    price = np.arange(96, dtype=np.int64) * 1_000
    market, model = from_series(price, DAY, STREAMS, co2_g_per_kwh=300.0), MeritOrder()(DAY, STREAMS)
    assert np.array_equal(market.price, price)
    assert np.array_equal(market.need, model.need)
    assert np.array_equal(market.imbalance_price - market.price, model.imbalance_price - model.price)
    assert np.all(market.co2 == 300.0)


def test_the_registry_builds_with_no_argument() -> None:
    assert NATIONAL["merit_order"]() == MeritOrder()
    assert hash(MeritOrder()) == hash(MeritOrder())


def test_impossible_parameters_are_refused_all_at_once() -> None:
    with pytest.raises(InputError, match="available_gw is -1") as caught:
        replace(TWO_STEPS[0], available_gw=-1.0, best=0.3, worst=0.4)
    assert len(caught.value.faults) == 2
    with pytest.raises(InputError, match="wind_mean") as caught:
        MeritOrder(wind_mean=0.01, load_gw=0.0)
    assert len(caught.value.faults) == 2
