"""Wrong inputs: every fault at once, in words, before anything is run or written."""

import pytest

from p2p.base.errors import InputError, ScenarioInvalid
from p2p.build.build import build
from p2p.running import run_in
from p2p.scenario import Scenario
from tests.running import FEW, few, price_file, price_rows
from tests.sources.test_matpower import branch, bus, case

SCHEMA = {
    "clock.dayz=3": "clock.dayz: unknown key; did you mean 'days'?",
    "clok.days=3": "clok: unknown key; did you mean 'clock'?",
    "population.aggregators=[{nam='a', share=0.1}]": "population.aggregators.0.nam: unknown key; did you mean 'name'?",
    "clock=5": "clock: 5; ",
    "clock.days=0": "clock.days: 0; Input should be greater than or equal to 1",
    "clock.days=a": "clock.days: 'a'; Input should be a valid integer",
    "clock.days='3'": "clock.days: '3'; Input should be a valid integer",
    "clock.days=1.5": "clock.days: 1.5; Input should be a valid integer",
    "clock.days=true": "clock.days: True; Input should be a valid integer",
    "clock.start=2016": "clock.start: 2016; is no date",
    "clock.start=2016-02-30": "clock.start: '2016-02-30'",
    "clock.start=0001-01-01": "clock.start: Input should be greater than or equal to 1970-01-02",
    "clock.start=9999-12-31": "clock.start: Input should be less than or equal to 2100-12-31",
    "clock.interval_minutes=7": "clock.interval_minutes: 7; Input should be 5, 15, 30 or 60",
    "clock.zone=Mars/Base": "clock.zone: 'Mars/Base'; 'Mars/Base' is no IANA time zone such as Europe/Berlin",
    "seed=-1": "seed: -1; ",
    "population.pv=1.2": "population.pv: 1.2; Input should be less than or equal to 1",
    "population.pv=true": "population.pv: True; Input should be a valid number",
    "population.pv=nan": "population.pv: nan; Input should be a finite number",
    "population.pv_kw=[5, 3]": "[5, 3] is no range; allowed: 0 < lower <= upper",
    "population.pv_kw=[1e300, 1e301]": "is no range",
    "population.battery_efficiency=0": "population.battery_efficiency: 0; ",
    "population.households=-1": "population.households: -1; ",
    "population.strategies={marginal_value=0.5}": "population.strategies: shares sum to 0.5; allowed: exactly 1",
    "population.strategies={}": "population.strategies: shares sum to 0; allowed: exactly 1",
    "population.aggregators=[{name='a', share=0.5}, {name='b', share=0.7}]": "shares sum to 1.2; allowed: at most 1",
    "population.aggregators=[{name='a', share=0.1}, {name='a', share=0.1}]": "two pools have the same name",
    "population.aggregators=[{name='retailer', share=0.1}]": "'retailer' is the name of another account",
    "population.aggregators=[{name='home 01', share=0.1}]": "'home 01' is the name of another account",
    "grid.voltage_band=[1.05, 0.95]": "voltage_band [1.05, 0.95] is upside down",
    "grid.case='case33bw'\ngrid.simbench='1-LV-rural1--0-sw'": "names 2 sources (simbench, case)",
    "grid.phases='three'": "grid.phases: 'three'; Input should be 'balanced' or 'unbalanced'",
    "grid.rating_scale=0": "grid.rating_scale: 0; Input should be greater than 0",
    "dso.value_of_lost_load=1e300": "dso.value_of_lost_load: 1e+300; ",
    "results.agents='hourly'": "results.agents: 'hourly'; Input should be 'auto', 'interval', 'day' or 'off'",
    "results.orders='yes'": "results.orders: 'yes'; Input should be a valid boolean",
    "market.mechanism=['uniform']": "market.mechanism: ",
}

RULES = {
    "market.mechanism='unifrom'": "market.mechanism: 'unifrom' is unknown; did you mean 'uniform'? allowed: ",
    "market.mechanism=''": "market.mechanism: '' is unknown",
    "market.kk=0.5": "market.kk: unknown key; did you mean 'k'?",
    "market.k=2": "market.k: 2.0; 0 to 1",
    "market.k=nan": "market.k: nan is no number",
    "market.k=true": "market.k: True is no float",
    "market.k='half'": "market.k: 'half' is no float",
    "population.strategies={marginal_valu=1.0}": "population.strategies: 'marginal_valu' is unknown; did you mean 'marginal_value'?",
    "population.forecast='crystal_ball'": "population.forecast: 'crystal_ball' is unknown",
    "dso.regime='curtial'": "dso.regime: 'curtial' is unknown; did you mean 'curtail'?",
    "regulation.regime='utopia'": "regulation.regime: 'utopia' is unknown",
    "regulation.network_fees=1": "regulation.network_fees: unknown key; did you mean 'network_fee'?",
    "regulation.retail='monthly'": "regulation.retail: 'monthly'; allowed: indexed, fixed",
    "regulation.network_fee=inf": "regulation.network_fee: inf is no number",
    "regulation.network_fee=1e9": "regulation.network_fee: 1e+09; -100,000 to 100,000 EUR/MWh",
    "regulation.local_network_discount=1.5": "regulation.local_network_discount: 1.5; 0 to 1",
    "regulation.curtailment_compensation=-0.1": "regulation.curtailment_compensation: -0.1; 0 to 1",
    "national.prices='merit_ordr'": "national.prices: 'merit_ordr' is unknown; did you mean 'merit_order'?",
    "national.unit='EUR/MW'": "national.unit: has no use without a file of prices",
    "national.prices='nofile.csv'": "nofile.csv: no such file",
    "national.prices='nofile.CSV'": "nofile.CSV: no such file",
    "grid.case='case33bv'": "grid: 'case33bv' is unknown; did you mean 'case33bw'?",
    "grid.pandapower='nofile.json'": "grid: no file 'nofile.json' in ",
    "grid.matpower='nofile.m'": "grid: no file 'nofile.m' in ",
}


@pytest.mark.parametrize("line", SCHEMA)
def test_what_a_scenario_can_not_say(line):
    with pytest.raises(ScenarioInvalid) as caught:
        Scenario.of({}, line.split("\n"), "mine.toml")
    assert SCHEMA[line] in str(caught.value)
    assert all(fault.where.startswith("mine.toml: ") for fault in caught.value.faults)


@pytest.mark.parametrize("line", RULES)
def test_what_names_nothing(line, tmp_path):
    scenario = Scenario.of({}, FEW).changed([line])
    with pytest.raises(InputError) as caught:
        run_in(scenario, tmp_path, tmp_path / "out")
    assert RULES[line] in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_all_faults_of_the_keys_come_together():
    with pytest.raises(ScenarioInvalid) as caught:
        Scenario.of({"clock": {"days": 0, "zone": "X"}, "population": {"pv": 2, "battery": -1}, "sead": 3})
    assert len(caught.value.faults) == 5


def test_all_faults_of_the_names_come_together(tmp_path):
    lines = [line for line in RULES if "strategies" not in line and ".k" not in line and "csv" not in line.lower()]
    last = {line.partition("=")[0]: line for line in lines}  # one line a key
    last.pop("grid.pandapower")
    last.pop("grid.matpower")
    last.pop("national.unit")
    last["national.prices"] = "national.prices='nofile.csv'"
    scenario = Scenario.of({}, FEW).changed(list(last.values()))
    with pytest.raises(ScenarioInvalid) as caught:
        build(scenario, tmp_path)
    # a regime that is unknown has no levers to look at
    expected = {key for key in last if not key.startswith("regulation.") or key == "regulation.regime"} - {"market.kk"}
    assert len(caught.value.faults) == len(expected)


def test_days_that_do_not_divide_into_intervals_are_refused():
    """Lord Howe's clocks move by half an hour."""
    hours = {"clock": {"zone": "Australia/Lord_Howe", "start": "2016-09-30", "days": 7, "interval_minutes": 60}}
    with pytest.raises(ScenarioInvalid, match="2016-10-02 has 1410 minutes in Australia/Lord_Howe, no intervals of 60; allowed: shorter"):
        Scenario.of(hours)


def test_changes_that_say_nothing_are_named_together():
    with pytest.raises(ScenarioInvalid) as caught:
        Scenario.of({}, ["clock.days=2", "nothing", "=5", ".=5", " . = 5"])
    assert [fault.where for fault in caught.value.faults] == ["--set nothing", "--set =5", "--set .=5", "--set  . = 5"]


PRICES = {
    "text": (price_rows([*range(20), "n/a", "high", 22, 23]), "high"),
    "an empty cell": (price_rows([*range(20), "", 21, 22, 23]), "1 prices are empty (row 22)"),
    "NaN": (price_rows([*range(20), "nan", 21, 22, 23]), "empty"),
    "a gap": ([row for place, row in enumerate(price_rows(range(24))) if place not in (7, 8)], "no price from"),
    "doubled hours": (sorted([*price_rows(range(24)), *price_rows([50, 51], "2016-07-04T03:00")]), "4 rows have a time that another has"),
    "another year": (price_rows(range(24), "2015-07-03T22:00"), "the run needs 2016-07-03 22:00"),
    "the wrong zone": (price_rows(range(24), "2016-07-04T00:00"), "the run needs 2016-07-03 22:00"),
    "one row": (price_rows([5]), "at least two"),
    "nothing": ([], ""),
    "out of this world": (price_rows([*range(23), 2e9]), "beyond"),
    "too dear to trade at": (price_rows([*range(23), 300_000]), "at most 250,000 EUR/MWh"),
}


@pytest.mark.parametrize("name", PRICES)
def test_prices_that_make_no_run(name, tmp_path):
    rows, message = PRICES[name]
    price_file(tmp_path / "prices.csv", rows)
    with pytest.raises(InputError) as caught:
        run_in(Scenario.of({}, FEW | {"national.prices": "prices.csv"}), tmp_path, tmp_path / "out")
    assert message in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["prices.csv"]


def test_a_heading_without_unit_or_zone_says_so(tmp_path):
    price_file(tmp_path / "prices.csv", [row.replace("Z", "") for row in price_rows(range(24))], "time,price")
    scenario = Scenario.of({}, FEW | {"national.prices": "prices.csv"})
    with pytest.raises(InputError) as caught:
        build(scenario, tmp_path)
    assert "has no unit" in str(caught.value)
    assert "no zone" in str(caught.value)
    with pytest.raises(InputError, match="unknown unit 'EUR/MW'"):
        build(scenario.changed({"national.unit": "EUR/MW", "national.time_zone": "UTC"}), tmp_path)
    build(scenario.changed({"national.unit": "EUR/MWh", "national.time_zone": "UTC"}), tmp_path)


@pytest.mark.parametrize("values", [[0] * 24, [-50] * 24, [-500, 3000] * 12], ids=["zero", "negative", "wild"])
def test_zero_and_negative_prices_run(tmp_path, values):
    from tests.running import assert_closed

    price_file(tmp_path / "prices.csv", price_rows(values))
    results = few(tmp_path / "out", national__prices=str(tmp_path / "prices.csv"), regulation__feed_in="indexed")
    assert results.intervals["national_price_eur_per_mwh"].tolist() == [value for value in values for _ in range(4)]
    assert_closed(results)


GRIDS = {
    "not connected": ([bus(1, 3), bus(2, 1, 0.1), bus(3), bus(4)], [branch(1, 2, 0.01, 0.01), branch(3, 4, 0.01, 0.01)], "cut off from the slack"),
    "a bus without a branch": ([bus(1, 3), bus(2, 1, 0.1), bus(3)], [branch(1, 2, 0.01, 0.01)], "1 of 3 hang on no branch: 3"),
    "negative impedance": ([bus(1, 3), bus(2, 1, 0.1)], [branch(1, 2, -0.01, 0.01)], "1 of 1 have a negative impedance"),
    "no impedance": ([bus(1, 3), bus(2, 1, 0.1)], [branch(1, 2, 0, 0)], "no impedance"),
    "nobody lives there": ([bus(1, 3), bus(2)], [branch(1, 2, 0.01, 0.01)], "has no load, so nobody lives there"),
}  # fmt: skip


@pytest.mark.parametrize("name", GRIDS)
def test_grids_that_make_no_run(name, tmp_path):
    buses, branches, message = GRIDS[name]
    (tmp_path / "feeder.m").write_text(case(buses, branches), encoding="utf-8")
    scenario = Scenario.of({}, FEW | {"grid.matpower": "feeder.m"})
    with pytest.raises(InputError) as caught:
        run_in(scenario, tmp_path, tmp_path / "out")
    assert message in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["feeder.m"]


def test_what_a_file_named_a_grid_may_be(tmp_path):
    (tmp_path / "net.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"can.t be read as a pandapower net"):
        run_in(Scenario.of({}, FEW | {"grid.pandapower": "net.json"}), tmp_path, tmp_path / "out")
