"""Wrong devices in a scenario: every fault at once, in words, before anything is run or written."""

from dataclasses import fields

import pytest

from p2p.base.errors import InputError, ScenarioInvalid
from p2p.build.build import build
from p2p.devices import FLEXIBLE
from p2p.running import run_in
from p2p.scenario import Scenario
from tests.running import FEW, command

SCHEMA = {
    "population.heat_pump=1.2": "population.heat_pump: 1.2; Input should be less than or equal to 1",
    "population.ev=-0.1": "population.ev: -0.1; Input should be greater than or equal to 0",
    "population.chp=nan": "population.chp: nan; Input should be a finite number",
    "population.boiler='many'": "population.boiler: 'many'; Input should be a valid number",
    "population.generator=true": "population.generator: True; Input should be a valid number",
    "population.heatpump=0.2": "population.heatpump: unknown key; did you mean 'heat_pump'?",
    "population.battery_kwh=[-5, 10]": "[-5, 10] is no range; allowed: 0 < lower <= upper",
    "devices.heat_pmp={band=2.0}": "devices.heat_pmp: unknown key; did you mean 'heat_pump'?",
    "devices.heat_pump=3": "devices.heat_pump: 3; Input should be a valid dictionary",
    "population.aggregators=[{name='a', share=0.1, devices=['heatpump']}]": "did you mean 'heat_pump'?",
}

RULES = {
    "devices.heat_pump.bnd=2": "devices.heat_pump.bnd: unknown key; did you mean 'band'?",
    "devices.heat_pump.efficiency=0.9": "devices.heat_pump.efficiency: unknown key; ",
    "devices.heat_pump.band=-1": "devices.heat_pump.band: -1.0; 0 to 15",
    "devices.heat_pump.day_low=[21, 19]": "devices.heat_pump.day_low: (21.0, 19.0); 5 to 30, the second not less than the first",
    "devices.heat_pump.heavy=[-30, 72]": "devices.heat_pump.heavy: (-30.0, 72.0); 5 to 300",
    "devices.heat_pump.ground=1.5": "devices.heat_pump.ground: 1.5; 0 to 1",
    "devices.heat_pump.nodes=3": "devices.heat_pump.nodes: 3; 1 to 2",
    "devices.heat_pump.nodes=1.5": "devices.heat_pump.nodes: 1.5 is no int; for example 2",
    "devices.heat_pump.area=90": "devices.heat_pump.area: 90 is no pair of numbers; for example [110.0, 220.0]",
    "devices.heat_pump.area=[90, 120, 150]": "devices.heat_pump.area: [90, 120, 150] is no pair of numbers",
    "devices.heat_pump.area=[90, nan]": "devices.heat_pump.area: [90, nan] is no pair of numbers",
    "devices.heat_pump.quality='good'": "devices.heat_pump.quality: 'good' is no float; for example 0.85",
    "devices.heat_pump.quality=true": "devices.heat_pump.quality: True is no float",
    "devices.heat_pump.quality=inf": "devices.heat_pump.quality: inf is no number",
    "devices.hybrid_heat_pump.efficiency=1.2": "devices.hybrid_heat_pump.efficiency: 1.2; 0.3 to 1",
    "devices.hybrid_heat_pump.swich='price'": "devices.hybrid_heat_pump.swich: unknown key; did you mean 'switch'?",
    "devices.hybrid_heat_pump.switch='dice'": "devices.hybrid_heat_pump.switch: 'dice'; allowed: price, request",
    "devices.ev.capacity=[-40, 80]": "devices.ev.capacity: ",
    "devices.ev.discharge=1.5": "devices.ev.discharge: ",
    "devices.battery.capacity=[1, 2]": "devices.battery.capacity: stands elsewhere; population.battery_kwh",
    "devices.behaviour.share=[0.5, 2]": "devices.behaviour.share: ",
    "devices.generator.minimum=2": "devices.generator.minimum: ",
}

SEVERAL = ["devices.heat_pump.band=-1", "devices.heat_pump.ground=1.5", "devices.heat_pump.heavy=[-30, 72]", "devices.boiler.bnd=[1, 2]",
           "devices.hybrid_heat_pump.area='wide'", "devices.ev.capacity=[-40, 80]", "market.mechanism='unifrom'"]  # fmt: skip
NAMED = ["heat_pump.band", "heat_pump.ground", "heat_pump.heavy", "boiler.bnd", "hybrid_heat_pump.area", "ev.capacity"]


@pytest.mark.parametrize("line", SCHEMA)
def test_what_a_scenario_can_not_say_of_devices(line):
    with pytest.raises(ScenarioInvalid) as caught:
        Scenario.of({}, [line], "mine.toml")
    assert SCHEMA[line] in str(caught.value)
    assert all(fault.where.startswith("mine.toml: ") for fault in caught.value.faults)


@pytest.mark.parametrize("line", RULES)
def test_devices_that_can_not_be_drawn(line, tmp_path):
    """Whether or not anybody owns one."""
    with pytest.raises(InputError) as caught:
        run_in(Scenario.of({}, FEW).changed([line]), tmp_path, tmp_path / "out")
    assert RULES[line] in str(caught.value)
    assert len(caught.value.faults) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", FLEXIBLE)
def test_every_key_of_every_kind_is_looked_at(name, tmp_path):
    """A key that it does not have, and a value of the wrong type for each that it has: each is named, once."""
    keys = [field.name for field in fields(FLEXIBLE[name].sizes)]
    if name == "battery":
        keys = [key for key in keys if key not in ("capacity", "duration", "efficiency")]
    table = {key: [["wrong"]] for key in keys} | {"colour": "blue"}
    with pytest.raises(ScenarioInvalid) as caught:
        build(Scenario.of({"devices": {name: table}}), tmp_path)
    assert sorted(fault.where for fault in caught.value.faults) == sorted(f"devices.{name}.{key}" for key in table)


def test_all_faults_of_all_devices_come_together(tmp_path):
    with pytest.raises(ScenarioInvalid) as caught:
        build(Scenario.of({}, FEW).changed(SEVERAL), tmp_path)
    assert {fault.where for fault in caught.value.faults} == {*(f"devices.{key}" for key in NAMED), "market.mechanism"}
    with pytest.raises(ScenarioInvalid) as caught:
        Scenario.of({"population": {"ev": 2, "heat_pump": -1, "chp": "x"}, "devices": {"evv": {}}})
    assert len(caught.value.faults) == 4


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        (SEVERAL, [f"devices.{key}" for key in NAMED]),
        (["population.heat_pump=1.2", "population.ev=-1", "devices.heatpump={}"], ["population.heat_pump", "population.ev", "devices.heatpump"]),
    ],
)  # fmt: skip
def test_the_command_line_leaves_with_two(lines, named, tmp_path):
    """It names all of them and writes nothing."""
    changes = [word for line in lines for word in ("--set", line)]
    code, _, err = command("run", "--out", tmp_path / "out", *changes)
    assert code == 2
    assert all(name in err for name in named)
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
